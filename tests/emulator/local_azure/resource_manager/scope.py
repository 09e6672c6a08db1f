# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where in Azure a resource stands: ids, and the checks that every provider makes alike."""

from __future__ import annotations

import dataclasses
import re
import typing

from ..routing import Call, Refusal
from ..world import World, lower
from . import errors

GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
SUBSCRIPTION = "/subscriptions/{subscription}"


@dataclasses.dataclass(frozen=True)
class Place:
    """A resource's place. ``id`` keeps the case in which it was asked for."""

    subscription: str
    group: str
    type: str
    name: str

    @property
    def id(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/{self.type}/{self.name}"

    @property
    def key(self) -> str:
        return lower(self.id)

    def not_found(self) -> Refusal:
        """The refusal for a resource that is not there."""
        return errors.resource_not_found(f"{self.type}/{self.name}", self.group)


def place(call: Call, resource_type: str) -> Place:
    """The place that a call names; the resource group must exist.

    :raises Refusal: 404 ResourceGroupNotFound.
    """
    require_group(call.world, call.params["subscription"], call.params["group"])
    return Place(call.params["subscription"], call.params["group"], resource_type, call.params["name"])


def group_key(subscription: str, group: str) -> str:
    return lower(f"/subscriptions/{subscription}/resourceGroups/{group}")


def require_group(world: World, subscription: str, group: str) -> dict[str, typing.Any]:
    """The resource group.

    :raises Refusal: 404 ResourceGroupNotFound.
    """
    found = world.data["groups"].get(group_key(subscription, group))
    if found is None:
        raise errors.group_not_found(group)
    answer: dict[str, typing.Any] = found
    return answer


def within(scope: str, resource_id: str) -> bool:
    """Whether a resource is the scope or stands below it."""
    scope, resource_id = lower(scope), lower(resource_id)
    return scope == "" or resource_id == scope or resource_id.startswith(scope + "/")


_GROUP_PREFIX = "/providers/microsoft.management/managementgroups/"
_MANAGEMENT_GROUP = re.compile(_GROUP_PREFIX + "([^/]+)")


def management_groups(world: World, resource_id: str) -> list[str]:
    """The management groups above a resource, or the one that the id itself is about and those above it: names."""
    place, groups = lower(resource_id), world.data["management_groups"]
    match, parts = _MANAGEMENT_GROUP.match(place), place.split("/")
    name = match[1] if match else None
    if name is None and place.startswith("/subscriptions/"):
        name = next((key for key, group in groups.items() if parts[2] in group["subscriptions"]), None)
    chain: list[str] = []
    while name and name in groups and name not in chain:
        chain.append(name)
        name = groups[name]["parent"]
    return chain


def scopes_over(world: World, resource_id: str) -> list[str]:
    """The scopes at which an assignment counts for a resource, in lower case: its own, those above it, the tenant's
    (empty) and its management groups'."""
    place = lower(resource_id)
    above = [place[: slash.start()] for slash in re.finditer("/", place)]
    groups = [_GROUP_PREFIX + name for name in management_groups(world, place)]
    return list(dict.fromkeys([place, *reversed(above), *groups, ""]))


def covers(world: World, scope: str, resource_id: str) -> bool:
    """Whether what is assigned at a scope counts for a resource: ``/``, management groups, and ids above it."""
    match = _MANAGEMENT_GROUP.fullmatch(lower(scope))
    if match is None:
        return within(scope, resource_id)
    return match[1] in management_groups(world, resource_id)


def scope_of_list(call: Call) -> str:
    """The subscription or resource group that a list is about; the group must exist."""
    if "group" in call.params:
        require_group(call.world, call.params["subscription"], call.params["group"])
        return group_key(call.params["subscription"], call.params["group"])
    return lower(f"/subscriptions/{call.params['subscription']}")
