# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a Managed HSM: there from the start, soft-deleted, recovered, purged."""

from __future__ import annotations

import copy
import typing
import uuid

from ..clouds import CLOUDS
from ..world import GROUP, LOCATION, SUBSCRIPTION, World, lower

if typing.TYPE_CHECKING:
    from collections.abc import Iterable

TYPE = "Microsoft.KeyVault/managedHSMs"
DAY = 86400
ADMINISTRATOR = "a290e904-7015-4bba-90c8-60543313cdb4"


def add(world: World, name: str, *, purge_protection: bool = True) -> dict[str, typing.Any]:
    """An activated Managed HSM, of which the service principal is the administrator.

    On Azure that takes some 20 minutes and the download of the security domain by its owners, which no client of the
    local Azure is spared elsewhere; here it is there at once.
    """
    key = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    group = world.data["groups"].setdefault(lower(key), {"id": key, "name": GROUP, "location": LOCATION, "tags": {}})
    resource = f"{group['id']}/providers/{TYPE}/{name}"
    owner = world.app()["oid"]
    hsm = {
        "kind": "managed_hsm",
        "id": resource,
        "name": name,
        "location": group["location"],
        "tags": {},
        "retention_days": 90,
        "properties": {
            "tenantId": world.data["tenant"],
            "initialAdminObjectIds": [owner],
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": 90,
            "enablePurgeProtection": purge_protection,
            "publicNetworkAccess": "Enabled",
            "networkAcls": {"bypass": "AzureServices", "defaultAction": "Allow", "ipRules": []},
        },
        "roles": {},
    }
    world.data["hsms"][lower(resource)] = hsm
    assign(hsm, scope="/", role=ADMINISTRATOR, principal=owner)
    return hsm


def add_all(world: World, names: Iterable[str]) -> None:
    """Have these Managed HSMs there from the start."""
    for name in names:
        add(world, name)


def assign(
    hsm: dict[str, typing.Any], *, scope: str, role: str, principal: str, name: str = ""
) -> dict[str, typing.Any]:
    """Give a local role."""
    name = name or str(uuid.uuid4())
    hsm["roles"][name] = {"name": name, "scope": scope, "role": role, "principal": principal}
    answer: dict[str, typing.Any] = hsm["roles"][name]
    return answer


def render(world: World, hsm: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """A Managed HSM as Resource Manager shows it."""
    properties = copy.deepcopy(hsm["properties"])
    properties |= {
        "hsmUri": f"https://{hsm['name'].lower()}{CLOUDS[world.cloud].hsm_suffix}/",
        "provisioningState": "Succeeded",
        "statusMessage": "The Managed HSM is provisioned and ready to use.",
    }
    return {
        "id": hsm["id"],
        "name": hsm["name"],
        "type": TYPE,
        "location": hsm["location"],
        "tags": hsm["tags"],
        "sku": {"family": "B", "name": "Standard_B1"},
        "properties": properties,
    }


def by_name(world: World, name: str) -> dict[str, typing.Any] | None:
    """The living Managed HSM of that name; names are unique in the whole of Azure."""
    return next((hsm for hsm in world.data["hsms"].values() if hsm["name"].lower() == name.lower()), None)


def soft_delete(world: World, key: str) -> None:
    """Move a Managed HSM to the deleted ones. *Inferred*: its keys and its local roles, which are inside it, wait."""
    hsm, now = world.data["hsms"].pop(key), world.clock.now()
    deleted = {"hsm": hsm, "key": key, "deleted_date": now, "purge_date": now + hsm["retention_days"] * DAY}
    world.data["deleted_hsms"][hsm["name"].lower()] = deleted


def deleted(world: World) -> list[dict[str, typing.Any]]:
    """The soft-deleted Managed HSMs, but for those whose time is over."""
    return [d for d in world.data["deleted_hsms"].values() if world.clock.now() < d["purge_date"]]


def recover(world: World, name: str) -> dict[str, typing.Any]:
    """Bring a soft-deleted Managed HSM back with all that is in it."""
    found = world.data["deleted_hsms"].pop(name.lower())
    world.data["hsms"][found["key"]] = found["hsm"]
    if not world.settings.hsm_recovers_whole:
        kept = {name: one for name, one in found["hsm"]["roles"].items() if one["role"] == ADMINISTRATOR}
        found["hsm"]["roles"] = kept
    answer: dict[str, typing.Any] = found["hsm"]
    return answer


def purge(world: World, name: str) -> None:
    """Remove a soft-deleted Managed HSM with its keys for good."""
    del world.data["deleted_hsms"][name.lower()]
    for kind in ("keys", "deleted_keys"):
        world.data[kind].pop(f"{name.lower()}.managedhsm", None)
