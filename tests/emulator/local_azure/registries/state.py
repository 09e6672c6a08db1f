# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry's record: how it is read from a request, how it is shown, and what the passing of time does to it."""

from __future__ import annotations

import copy
import typing
import uuid

from ..clock import iso_offset, iso_seven
from ..clouds import CLOUDS
from ..resource_manager import operations
from ..resource_manager.errors import bad_request
from ..resource_manager.scope import Place
from ..routing import Call
from ..world import World, lower
from . import encryption, errors

TYPE = "Microsoft.ContainerRegistry/registries"
_SKUS = {"basic": "Basic", "standard": "Standard", "premium": "Premium"}
_PLAIN = (
    "adminUserEnabled",
    "publicNetworkAccess",
    "networkRuleBypassOptions",
    "dataEndpointEnabled",
    "anonymousPullEnabled",
    "networkRuleBypassAllowedForTasks",
    "roleAssignmentMode",
)


def login_server(world: World, name: str) -> str:
    """The registry's host name."""
    return name.lower() + CLOUDS[world.cloud].registry_suffix


def by_login_server(world: World, host: str) -> dict[str, typing.Any] | None:
    """The registry that answers at a host name; None if there is none such."""
    for key, registry in list(world.data["registries"].items()):
        if login_server(world, registry["name"]) == host.lower():
            return settle(world, key)
    return None


def fresh(call: Call, where: Place) -> dict[str, typing.Any]:
    """The record of a registry that is about to be created, with Azure's defaults."""
    return {
        "id": where.id,
        "name": where.name,
        "location": str(call.body.get("location") or "").replace(" ", "").lower(),
        "created": call.now,
        "modified": call.now,
        "by": (call.caller or {}).get("appid", ""),
        "sku": "",
        "tags": {},
        "state": "Succeeded",
        "system_principal": None,
        "user_identities": {},
        "encryption": None,
        "data_key": None,
        "next_check": 0.0,
        "pending": None,
        "passwords": [uuid.uuid4().hex, uuid.uuid4().hex],
        "retention_updated": call.now,
        "properties": {
            "adminUserEnabled": False,
            "publicNetworkAccess": "Enabled",
            "networkRuleBypassOptions": "AzureServices",
            "zoneRedundancy": "Disabled",
            "dataEndpointEnabled": False,
            "anonymousPullEnabled": False,
            "networkRuleBypassAllowedForTasks": False,
            "roleAssignmentMode": "LegacyRegistryPermissions",
            "networkRuleSet": {"defaultAction": "Allow", "virtualNetworkRules": [], "ipRules": []},
            "policies": {
                "quarantinePolicy": {"status": "disabled"},
                "trustPolicy": {"type": "Notary", "status": "disabled"},
                "retentionPolicy": {"days": 7, "status": "disabled"},
                "exportPolicy": {"status": "enabled"},
            },
        },
    }


def take(world: World, registry: dict[str, typing.Any], body: dict[str, typing.Any], *, replace: bool) -> None:
    """Take over what a request asks for, in the order in which Azure looks at it.

    :param replace: a PUT (what is not said goes back to none) rather than a PATCH.
    :raises Refusal: when Azure would not have it.
    """
    sku = str((body.get("sku") or {}).get("name") or registry["sku"])
    if sku.lower() not in _SKUS:
        raise errors.sku_not_supported(sku or "''")
    registry["sku"] = _SKUS[sku.lower()]
    if registry["sku"] != "Premium" and registry["encryption"]:
        raise errors.sku_not_supported(registry["sku"])
    if replace or body.get("tags") is not None:
        registry["tags"] = body.get("tags") or {}
    asked = body.get("properties") or {}
    _take_identity(world, registry, body, replace=replace)
    _take_properties(registry, asked)
    _take_encryption(world, registry, asked, replace=replace)


def _take_identity(
    world: World, registry: dict[str, typing.Any], body: dict[str, typing.Any], *, replace: bool
) -> None:
    if "identity" not in body and not replace:
        return
    asked = body.get("identity") or {}
    kind = str(asked.get("type") or "None").lower()
    before = registry["user_identities"]
    given = asked.get("userAssignedIdentities") or {}
    attached = {} if replace or "userassigned" not in kind else dict(before)
    for identity_id, value in given.items():
        attached = {k: v for k, v in attached.items() if lower(k) != lower(identity_id)}
        if value is None:
            continue
        known = world.data["identities"].get(lower(identity_id))
        if known is None:
            raise errors.identity_not_found(registry["id"], identity_id)
        attached[identity_id] = {"principalId": known["principal_id"], "clientId": known["client_id"]}
    if "userassigned" not in kind:
        attached = {}
    system = "systemassigned" in kind
    used = (registry["encryption"] or {}).get("identity")
    # an identity that was made again under its name is attached anew by being named again (*inferred*)
    kept = {lower(name) for name in attached}
    gone = {value["clientId"] for name, value in before.items() if lower(name) not in kept}
    if used and (used in gone or (used == "system" and not system)):
        if world.settings.identity_removal_detaches and used in gone:
            _detach(world, registry, used)
        raise errors.no_access_to_identity(registry["id"], used)
    registry["user_identities"] = attached
    registry["system_principal"] = (registry["system_principal"] or str(uuid.uuid4())) if system else None


def _detach(world: World, registry: dict[str, typing.Any], client_id: str) -> None:
    """The removal is answered with an error, and yet takes the identity off (*inferred* from the guide, part 4)."""
    stored = world.data["registries"][lower(registry["id"])]
    for name, value in list(stored["user_identities"].items()):
        if value["clientId"] == client_id:
            del stored["user_identities"][name]
            until = world.clock.now() + world.settings.identity_life_seconds
            stored.setdefault("detached", {})[client_id.lower()] = {**value, "until": until}


def _take_properties(registry: dict[str, typing.Any], asked: dict[str, typing.Any]) -> None:
    known, premium = registry["properties"], registry["sku"] == "Premium"
    for name in _PLAIN:
        if asked.get(name) is not None:
            known[name] = asked[name]
    if known["publicNetworkAccess"] == "Disabled" and not premium:
        raise errors.private_access_not_supported(registry["sku"])
    if asked.get("zoneRedundancy") is not None and asked["zoneRedundancy"] != known["zoneRedundancy"]:
        if registry["state"] != "New":
            raise bad_request("The zone redundancy of a registry cannot be changed after its creation.")
        known["zoneRedundancy"] = asked["zoneRedundancy"]
    if asked.get("networkRuleSet") is not None:
        rules = asked["networkRuleSet"]
        known["networkRuleSet"] = {
            "defaultAction": rules.get("defaultAction", "Allow"),
            "virtualNetworkRules": [],
            "ipRules": [{"action": "Allow", "value": rule["value"]} for rule in rules.get("ipRules") or []],
        }
    if not premium and (
        known["dataEndpointEnabled"]
        or known["zoneRedundancy"] == "Enabled"
        or known["networkRuleSet"]["defaultAction"] == "Deny"
    ):
        raise errors.sku_not_supported(registry["sku"])
    for name, given in (asked.get("policies") or {}).items():
        if given is not None:
            kept = {k: v for k, v in given.items() if k != "lastUpdatedTime" and v is not None}
            known["policies"][name] = {**known["policies"].get(name, {}), **kept}


def _take_encryption(
    world: World, registry: dict[str, typing.Any], asked: dict[str, typing.Any], *, replace: bool
) -> None:
    given = asked.get("encryption")
    wanted = str((given or {}).get("status") or "").lower()
    has = registry["encryption"] is not None
    properties = (given or {}).get("keyVaultProperties")
    if wanted == "enabled" or properties:
        if not has and registry["state"] != "New":
            raise errors.bad_encryption("Encryption with a customer-managed key can be enabled only at creation.")
        if registry["sku"] != "Premium":
            raise errors.sku_not_supported(registry["sku"])
        if not properties:
            raise errors.bad_encryption("The encryption property keyVaultProperties is required.")
        encryption.apply(world, registry, properties)
    elif has and (wanted == "disabled" or replace):
        raise errors.bad_encryption("Encryption with a customer-managed key cannot be disabled after creation.")
    trusts = registry["properties"]["policies"].get("trustPolicy", {}).get("status") == "enabled"
    if registry["encryption"] and trusts:
        raise errors.content_trust_blocked(registry["name"])


def begin(
    world: World,
    before: dict[str, typing.Any] | None,
    after: dict[str, typing.Any],
    *,
    error: dict[str, typing.Any] | None = None,
) -> dict[str, typing.Any]:
    """Start the operation that turns ``before`` (None for a new registry) into ``after``.

    :returns: the record as it stands until the operation ends.
    """
    operation = operations.start(
        world, kind="registries", resource=lower(after["id"]), seconds=world.settings.operation_seconds, error=error
    )
    now = copy.deepcopy(before) if before else copy.deepcopy(after)
    if before is None:
        # recorded: while it is being created a registry shows neither identity nor encryption
        now |= {"user_identities": {}, "encryption": None, "system_principal": None, "data_key": None}
    now["state"] = "Creating" if before is None else "Updating"
    after["state"] = "Failed" if error else "Succeeded"
    if error:
        after = {**(before or now), "state": "Failed", "pending": None}
    now["pending"] = {"operation": operation["id"], "after": after}
    world.data["registries"][lower(after["id"])] = now
    return now


def settle(world: World, key: str) -> dict[str, typing.Any] | None:
    """The registry as the passing of time has left it; None if it is gone."""
    registry = world.data["registries"].get(key)
    if registry and registry["pending"] and operations.ended(world, registry["pending"]["operation"]):
        after = registry["pending"]["after"]
        if after is None:
            del world.data["registries"][key]
            world.data["images"].pop(key, None)
            return None
        after["pending"] = None
        registry = world.data["registries"][key] = after
    if registry and not registry["pending"]:
        encryption.follow(world, registry)
    return registry


def _identity(world: World, registry: dict[str, typing.Any]) -> dict[str, typing.Any] | None:
    system, users = registry["system_principal"], registry["user_identities"]
    if not system and not users:
        return None
    # recorded: the service answers in camel case
    kind = ", ".join(name for name, there in (("systemAssigned", system), ("userAssigned", users)) if there)
    shown: dict[str, typing.Any] = {"type": kind}
    if system:
        shown |= {"principalId": system, "tenantId": world.data["tenant"]}
    if users:
        shown["userAssignedIdentities"] = copy.deepcopy(users)
    return shown


def render(world: World, registry: dict[str, typing.Any], api_version: str) -> dict[str, typing.Any]:
    """The registry as Resource Manager shows it."""
    properties = copy.deepcopy(registry["properties"])
    if api_version < "2025":
        properties.pop("networkRuleBypassAllowedForTasks", None)
        properties.pop("roleAssignmentMode", None)
    retention = properties["policies"]["retentionPolicy"]
    retention["lastUpdatedTime"] = iso_offset(registry["retention_updated"])
    server = login_server(world, registry["name"])
    hosts = [f"{registry['name'].lower()}.{registry['location']}.data.{server.split('.', 1)[1]}"]
    shown = {
        "sku": {"name": registry["sku"], "tier": registry["sku"]},
        "type": TYPE,
        "id": registry["id"],
        "name": registry["name"],
        "location": registry["location"],
        "tags": copy.deepcopy(registry["tags"]),
        "systemData": {
            "createdBy": registry["by"],
            "createdByType": "Application",
            "createdAt": iso_offset(registry["created"]),
            "lastModifiedBy": registry["by"],
            "lastModifiedByType": "Application",
            "lastModifiedAt": iso_offset(registry["modified"]),
        },
        "properties": {
            "loginServer": server,
            "creationDate": iso_seven(registry["created"]),
            "provisioningState": registry["state"],
            **properties,
            "encryption": encryption.render(registry),
            "dataEndpointHostNames": hosts if properties["dataEndpointEnabled"] else [],
            "privateEndpointConnections": [],
        },
    }
    identity = _identity(world, registry)
    if identity:
        shown["identity"] = identity
    return shown
