# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A management group: its name, its title, the group above it, and the subscriptions in it."""

from __future__ import annotations

import typing

from ..world import World

TYPE = "Microsoft.Management/managementGroups"


def add(world: World, name: str, *, parent: str | None = None, subscriptions: list[str] | None = None) -> None:
    """Put a management group in place; the named subscriptions leave the group in which they were.

    :param parent: the group above it; the tenant's root group if not given.
    """
    inside = [one.lower() for one in subscriptions or []]
    groups = world.data["management_groups"]
    for group in groups.values():
        group["subscriptions"] = [one for one in group["subscriptions"] if one not in inside]
    above = (parent or world.data["tenant"]).lower()
    groups[name.lower()] = {"name": name, "title": name, "parent": above, "subscriptions": inside}


def render(world: World, group: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """The management group as Resource Manager shows it."""
    return {
        "id": f"/providers/{TYPE}/{group['name']}",
        "type": TYPE,
        "name": group["name"],
        "properties": {"tenantId": world.data["tenant"], "displayName": group["title"]},
    }


def descendants(world: World, name: str) -> list[dict[str, typing.Any]]:
    """What is below a management group, at any depth, as its list shows it: groups and subscriptions.

    :param name: in lower case.
    """
    groups = world.data["management_groups"]
    parent = {"parent": {"id": f"/providers/{TYPE}/{groups[name]['name']}"}}
    rows: list[dict[str, typing.Any]] = []
    for key, group in groups.items():
        if group["parent"] == name and key != name:
            shown = {**render(world, group), "properties": {"displayName": group["title"], **parent}}
            rows += [shown, *descendants(world, key)]
    for one in groups[name]["subscriptions"]:
        title = world.data["subscriptions"].get(one, {}).get("displayName", one)
        properties = {"displayName": title, **parent}
        rows.append({"id": f"/subscriptions/{one}", "type": "/subscriptions", "name": one, "properties": properties})
    return rows
