# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a vault: alive, soft-deleted, recovered, purged."""

from __future__ import annotations

import copy
import typing

from ..clock import iso_millis
from ..clouds import CLOUDS
from ..resource_manager import system_data
from ..world import World

TYPE = "Microsoft.KeyVault/vaults"
DAY = 86400
_OPEN = {"bypass": "AzureServices", "defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []}


def render(world: World, vault: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """A vault as Resource Manager shows it."""
    properties = copy.deepcopy(vault["properties"])
    if properties.get("networkAcls") == _OPEN:
        # recorded: a firewall that keeps nobody out is not shown
        del properties["networkAcls"]
    properties["vaultUri"] = f"https://{vault['name'].lower()}{CLOUDS[world.cloud].vault_suffix}/"
    properties["provisioningState"] = "Succeeded"
    return {
        "id": vault["id"],
        "name": vault["name"],
        "type": TYPE,
        "location": vault["location"],
        "tags": vault["tags"],
        "systemData": system_data.show(vault, iso_millis),
        "properties": properties,
    }


def by_name(world: World, name: str) -> dict[str, typing.Any] | None:
    """The living vault of that name, wherever it stands; vault names are unique in the whole of Azure."""
    return next(iter(world.shelf("vaults").having(name.lower())), None)


def all_deleted(world: World) -> list[dict[str, typing.Any]]:
    """The soft-deleted vaults; those whose time is over are forgotten here."""
    deleted = world.data["deleted_vaults"]
    for name in [name for name, one in deleted.items() if world.clock.now() >= one["purge_date"]]:
        _forget(world, name)
    return list(deleted.values())


def deleted_by_name(world: World, name: str) -> dict[str, typing.Any] | None:
    """The soft-deleted vault of that name, unless its time is over."""
    deleted: dict[str, typing.Any] | None = world.data["deleted_vaults"].get(name.lower())
    if deleted and world.clock.now() >= deleted["purge_date"]:
        _forget(world, name.lower())
        return None
    return deleted


def soft_delete(world: World, key: str) -> None:
    """Move a vault to the deleted ones. Its role assignments go for good; its keys wait inside."""
    vault = world.data["vaults"].pop(key)
    now = world.clock.now()
    world.data["deleted_vaults"][vault["name"].lower()] = {
        "vault": vault,
        "key": key,
        "deleted_date": now,
        "purge_date": now + vault["retention_days"] * DAY,
    }
    assignments = world.shelf("assignments")
    for name in assignments.below(key):
        del assignments[name]


def recover(world: World, name: str) -> dict[str, typing.Any]:
    """Bring a soft-deleted vault back with its keys and access policies, without role assignments."""
    deleted = world.data["deleted_vaults"].pop(name.lower())
    world.data["vaults"][deleted["key"]] = deleted["vault"]
    answer: dict[str, typing.Any] = deleted["vault"]
    return answer


def _forget(world: World, name: str) -> None:
    del world.data["deleted_vaults"][name]
    world.data["keys"].pop(name, None)
    world.data["deleted_keys"].pop(name, None)


def purge(world: World, name: str) -> None:
    """Remove a soft-deleted vault and everything in it for good."""
    _forget(world, name.lower())
