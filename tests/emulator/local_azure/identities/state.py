# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user-assigned identity as Resource Manager shows it."""

from __future__ import annotations

import typing

from ..world import World

TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"


def render(world: World, identity: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """The resource."""
    return {
        "id": identity["id"],
        "name": identity["name"],
        "type": TYPE,
        "location": identity["location"],
        "tags": identity["tags"],
        "properties": {
            "tenantId": world.data["tenant"],
            "principalId": identity["principal_id"],
            "clientId": identity["client_id"],
            **({"isolationScope": identity["isolation"]} if identity.get("isolation") else {}),
        },
    }
