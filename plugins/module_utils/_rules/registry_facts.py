# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What Resource Manager says of a registry, in the collection's own words.

Shapes: ``docs/azure-behaviour.md``, "Registries". The encryption block of a PUT's or PATCH's own reply still shows the
old state; only facts read by a GET are true.
"""

from __future__ import annotations

import typing

from . import moments, resource_id
from .clouds import Cloud
from .key_identifier import try_parse

Facts = dict[str, typing.Any]


def facts(wire: dict[str, typing.Any], cloud: Cloud) -> Facts:
    """A registry as the info module returns it.

    :param wire: the resource as Resource Manager's JSON has it.
    :returns: see the RETURN of ``acr_cmk_registry_info``.
    """
    properties = wire.get("properties") or {}
    where = resource_id.parse(wire.get("id", ""))
    return {
        "id": wire.get("id"),
        "name": wire.get("name"),
        "resource_group": where.group if where else None,
        "subscription_id": where.subscription if where else None,
        "location": wire.get("location"),
        "sku": (wire.get("sku") or {}).get("name"),
        "login_server": properties.get("loginServer"),
        "provisioning_state": properties.get("provisioningState"),
        "tags": wire.get("tags") or {},
        "encryption": _encryption(wire, properties.get("encryption") or {}, cloud),
        "identity": _identity(wire.get("identity") or {}),
        "admin_user_enabled": properties.get("adminUserEnabled"),
        "anonymous_pull_enabled": properties.get("anonymousPullEnabled"),
        "data_endpoint_enabled": properties.get("dataEndpointEnabled"),
        "public_network_access": properties.get("publicNetworkAccess"),
        "network_rule_bypass": properties.get("networkRuleBypassOptions"),
        "network_rule_set": _network(properties.get("networkRuleSet") or {}),
        "zone_redundancy": properties.get("zoneRedundancy"),
        "content_trust": ((properties.get("policies") or {}).get("trustPolicy") or {}).get("status"),
    }


def _network(rules: dict[str, typing.Any]) -> dict[str, typing.Any]:
    return {
        "default_action": rules.get("defaultAction"),
        "ip_rules": sorted(rule.get("value", "") for rule in rules.get("ipRules") or []),
    }


def _identity(block: dict[str, typing.Any]) -> dict[str, typing.Any]:
    kind = str(block.get("type") or "").lower()
    users = [
        {"resource_id": name, "client_id": value.get("clientId"), "principal_id": value.get("principalId")}
        for name, value in (block.get("userAssignedIdentities") or {}).items()
    ]
    system = "systemassigned" in kind
    return {
        "system_assigned": system,
        "principal_id": block.get("principalId") if system else None,
        "user_assigned": users,
    }


def _encryption(wire: dict[str, typing.Any], block: dict[str, typing.Any], cloud: Cloud) -> dict[str, typing.Any]:
    known = block.get("keyVaultProperties") or {}
    if str(block.get("status") or "").lower() != "enabled" or not known:
        return {"status": "disabled"}
    in_use = try_parse(known.get("versionedKeyIdentifier"), cloud)
    key = try_parse(known.get("keyIdentifier"), cloud)
    client_id = known.get("identity")
    users = _identity(wire.get("identity") or {})["user_assigned"]
    matching = [u["resource_id"] for u in users if str(u["client_id"]).lower() == str(client_id).lower()]
    return {
        "status": "enabled",
        "key_identifier": known.get("keyIdentifier"),
        "versioned_key_identifier": known.get("versionedKeyIdentifier"),
        "key_version": in_use.version if in_use else None,
        "vault": key.vault if key else None,
        "key": key.name if key else None,
        "identity": client_id,
        "identity_resource_id": matching[0] if matching else None,
        "rotation_mode": "automatic" if known.get("keyRotationEnabled") else "manual",
        "last_key_rotation": moments.iso(moments.epoch(known.get("lastKeyRotationTimestamp"))),
    }


def is_encrypted(known: Facts) -> bool:
    """Whether the registry has a customer-managed key."""
    return known["encryption"]["status"] == "enabled"
