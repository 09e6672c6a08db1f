# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory's objects: applications' and identities' service principals, people, and groups."""

from __future__ import annotations

import typing

from ..world import World


def objects(world: World) -> typing.Iterator[dict[str, typing.Any]]:
    """Every object, as Microsoft Graph shows it."""
    for client_id, app in world.data["apps"].items():
        yield _principal(app["oid"], client_id, app["name"], "Application")
    for identity in world.data["identities"].values():
        yield _principal(identity["principal_id"], identity["client_id"], identity["name"], "ManagedIdentity")
    for registry in world.data["registries"].values():
        if registry.get("system_principal"):
            oid = registry["system_principal"]
            yield _principal(oid, oid, registry["name"], "ManagedIdentity")
    for below in world.data["children"].values():
        if oid := below.get("principal"):  # a credential set's own
            yield _principal(oid, oid, below["name"], "ManagedIdentity")
    for oid, user in world.data["users"].items():
        yield {
            "@odata.type": "#microsoft.graph.user",
            "id": oid,
            "displayName": user["name"].split("@")[0],
            "userPrincipalName": user["name"],
        }
    for oid, group in world.data["directory_groups"].items():
        yield {"@odata.type": "#microsoft.graph.group", "id": oid, "displayName": group["name"]}


def kind_of(world: World, oid: str) -> str | None:
    """What a principal is, as role assignments write it: User, Group, ServicePrincipal; None if it is not there."""
    if oid in world.data["users"]:
        return "User"
    if oid in world.data["directory_groups"]:
        return "Group"
    machines = [world.shelf(name).having(oid) for name in ("identities", "registries", "children")]
    there = any(machines) or any(app["oid"] == oid for app in world.data["apps"].values())
    return "ServicePrincipal" if there else None


def _principal(oid: str, app_id: str, name: str, kind: str) -> dict[str, typing.Any]:
    return {
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "id": oid,
        "appId": app_id,
        "displayName": name,
        "appDisplayName": name,
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": kind,
        "accountEnabled": True,
    }
