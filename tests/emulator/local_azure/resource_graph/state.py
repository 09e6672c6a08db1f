# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory: every resource there is, in the shape of a row of Resource Graph."""

from __future__ import annotations

import typing

from .. import identities, managed_hsms, vaults
from ..registries import state as registries
from ..world import World


def everything(world: World) -> typing.Iterator[dict[str, typing.Any]]:
    """Rows ``{id, name, type, location, resourceGroup, subscriptionId, tags, properties, sku, identity}``.

    Types are in lower case, as Resource Graph has them.
    """
    shown = [registries.render(world, one) for one in world.data["registries"].values()]
    shown += [vaults.render(world, one) for one in world.data["vaults"].values()]
    shown += [managed_hsms.render(world, one) for one in world.data["hsms"].values()]
    shown += [identities.render(world, one) for one in world.data["identities"].values()]
    shown += list(world.data["others"].values())
    for one in shown:
        parts = one["id"].split("/")
        yield {
            "id": one["id"],
            "name": one["name"],
            "type": one["type"].lower(),
            "location": one.get("location", ""),
            "resourceGroup": parts[4].lower(),
            "subscriptionId": parts[2],
            "tags": one.get("tags") or {},
            "properties": one.get("properties") or {},
            "sku": one.get("sku"),
            "identity": one.get("identity"),
            "systemData": one.get("systemData"),
            # in the case in which the provider writes it, for the generic list
            "resource_type": one["type"],
        }
