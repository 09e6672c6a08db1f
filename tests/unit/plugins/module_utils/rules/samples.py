# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plain data that the rules' tests start from."""

from __future__ import annotations

import copy
import typing

from ansible_collections.ownkey.acr.plugins.module_utils._rules import access, clouds, health, key_facts
from ansible_collections.ownkey.acr.plugins.module_utils._rules.registry_facts import facts

CLOUD = clouds.CLOUDS["AzureCloud"]
NOW = 1_800_000_000.0
DAY = 86400
V1, V2 = "1" * 32, "2" * 32
KEY = "https://contoso-kv.vault.azure.net/keys/cmk"
CLIENT = "11111111-1111-4111-8111-111111111111"
PRINCIPAL = "22222222-2222-4222-8222-222222222222"
SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/contoso"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/contoso-id"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/contoso-kv"


def registry_wire(name: str = "contosoacr", *, key: str = KEY, version: str = V1, **properties: typing.Any) -> dict:
    """A registry as Resource Manager's JSON has it."""
    versioned = f"{key.split('/keys/')[0]}/keys/{key.split('/keys/')[1].split('/')[0]}/{version}"
    encryption = {
        "status": "enabled",
        "keyVaultProperties": {
            "keyIdentifier": key,
            "versionedKeyIdentifier": versioned,
            "identity": CLIENT,
            "keyRotationEnabled": key.count("/") == 4,
        },
    }
    base = {
        "loginServer": f"{name}.azurecr.io",
        "provisioningState": "Succeeded",
        "adminUserEnabled": False,
        "publicNetworkAccess": "Enabled",
        "networkRuleBypassOptions": "AzureServices",
        "networkRuleSet": {"defaultAction": "Allow", "ipRules": []},
        "zoneRedundancy": "Disabled",
        "dataEndpointEnabled": False,
        "anonymousPullEnabled": False,
        "encryption": encryption,
        "policies": {"trustPolicy": {"status": "disabled"}},
    }
    attached = {IDENTITY: {"clientId": CLIENT, "principalId": PRINCIPAL}}
    return {
        "id": f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/{name}",
        "name": name,
        "location": "westeurope",
        "sku": {"name": "Premium"},
        "tags": {"team": "a"},
        "identity": {"type": "userAssigned", "userAssignedIdentities": attached},
        "properties": {**base, **properties},
    }


def registry(name: str = "contosoacr", **options: typing.Any) -> dict:
    """A registry's facts."""
    return facts(registry_wire(name, **options), CLOUD)


def key(version: str = V1, *, age: float = 10 * DAY, base: str = KEY, **changes: typing.Any) -> dict:
    """A key version's facts, ``age`` seconds old at :data:`NOW`."""
    known = key_facts.facts(
        key_identifier=f"{base}/{version}",
        key_type="RSA",
        size=2048,
        operations=["wrapKey", "unwrapKey", "encrypt", "decrypt", "sign", "verify"],
        enabled=True,
        created=NOW - age,
        updated=NOW - age,
        not_before=None,
        expires_on=None,
        recovery_level="Recoverable",
        tags={},
    )
    return {**known, **changes}


def vault(*, rbac: bool = True, policies: list | None = None, **properties: typing.Any) -> dict:
    """A vault as Resource Manager's JSON has it."""
    return {
        "id": VAULT,
        "name": "contoso-kv",
        "location": "westeurope",
        "tags": {},
        "properties": {
            "tenantId": "t",
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": rbac,
            "accessPolicies": policies or [],
            "enablePurgeProtection": True,
            "softDeleteRetentionInDays": 90,
            "vaultUri": "https://contoso-kv.vault.azure.net/",
            **properties,
        },
    }


def assignment(role: str, *, scope: str = VAULT, created: float = NOW - DAY, principal: str = PRINCIPAL) -> dict:
    """A role assignment as Resource Manager's JSON has it."""
    import datetime

    moment = datetime.datetime.fromtimestamp(created, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{role}",
        "properties": {
            "roleDefinitionId": f"/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/{role}",
            "principalId": principal,
            "scope": scope,
            "createdOn": moment,
        },
    }


WAY = {"kind": "role", "name": "r", "scope": VAULT, "created": NOW - DAY, "id": "a"}
GRANTED = access.Grant(True, (WAY,))


def observed(**changes: typing.Any) -> health.Observed:
    """A registry's way to its key with nothing wrong, but for the changes."""
    identity = {
        "reference": "contoso-id",
        "exists": True,
        "attached": True,
        "system": False,
        "client_id": CLIENT,
        "principal_id": PRINCIPAL,
        "resource_id": IDENTITY,
        "deleted": False,
        "recreated": False,
    }
    base: dict[str, typing.Any] = {
        "key_identifier": f"{KEY}/{V1}",
        "vault_name": "contoso-kv",
        "key_name": "cmk",
        "now": NOW,
        "identity": identity,
        "vault": vault(),
        "key": key(),
        "key_state": "there",
        "grant": GRANTED,
    }
    if changes.get("identity"):
        changes["identity"] = {**identity, **changes["identity"]}
    return health.Observed(**{**copy.deepcopy(base), **changes})
