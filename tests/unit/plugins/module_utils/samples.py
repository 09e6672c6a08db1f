# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that the rules' tests start from."""

from __future__ import annotations

import dataclasses
import typing

from ansible_collections.ownkey.acr.plugins.module_utils._domain import cloud, key_identifier, moment
from ansible_collections.ownkey.acr.plugins.module_utils._domain.key import KeyVersion
from ansible_collections.ownkey.acr.plugins.module_utils._domain.key_store import DeletedKeyStore, Vault
from ansible_collections.ownkey.acr.plugins.module_utils._domain.registry import Registry
from ansible_collections.ownkey.acr.plugins.module_utils._domain.role import RoleAssignment
from ansible_collections.ownkey.acr.plugins.module_utils._rules.access.grants import Grant, Means
from ansible_collections.ownkey.acr.plugins.module_utils._rules.health.observation import Observation, ObservedIdentity

CLOUD = cloud.CLOUDS["AzureCloud"]
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


def registry(name: str = "contosoacr", **options: typing.Any) -> Registry:
    """A registry."""
    return Registry.from_wire(registry_wire(name, **options), CLOUD)


def key(version: str = V1, *, age: float = 10 * DAY, base: str = KEY, **changes: typing.Any) -> KeyVersion:
    """A key version, ``age`` seconds old at :data:`NOW`; moments among the changes may be text."""
    sample = KeyVersion(
        key_identifier=f"{base}/{version}",
        key_type="RSA",
        size=2048,
        operations=("decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey"),
        enabled=True,
        created=NOW - age,
        updated=NOW - age,
        not_before=None,
        expires_on=None,
        recovery_level="Recoverable",
        tags={},
    )
    for name in {"not_before", "expires_on"} & changes.keys():
        changes[name] = moment.epoch(changes[name])
    return dataclasses.replace(sample, **changes)


def vault(*, rbac: bool = True, policies: list | None = None, tags: dict | None = None, **properties: object) -> Vault:
    """A vault, from Resource Manager's JSON."""
    wire = {
        "id": VAULT,
        "name": "contoso-kv",
        "location": "westeurope",
        "tags": tags or {},
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
    return Vault.from_wire(wire)


DELETED_VAULT = DeletedKeyStore.from_wire({"properties": {"vaultId": VAULT, "tags": {"owner": "contoso"}}})


def assignment(
    role: str, *, scope: str = VAULT, created: float = NOW - DAY, principal: str = PRINCIPAL
) -> RoleAssignment:
    """A role assignment."""
    return RoleAssignment(
        id=f"{scope}/providers/Microsoft.Authorization/roleAssignments/{role}",
        name=role,
        definition_id=f"/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/{role}",
        principal_id=principal,
        scope=scope,
        created=created,
    )


def role_of(age: float) -> Means:
    """A role that was assigned ``age`` seconds ago."""
    return Means("role", "r", VAULT, NOW - age)


GRANTED = Grant(True, (role_of(DAY),))


def observed(**changes: typing.Any) -> Observation:
    """A registry's way to its key with nothing wrong, but for the changes."""
    identity = ObservedIdentity(
        reference="contoso-id",
        attached=True,
        client_id=CLIENT,
        principal_id=PRINCIPAL,
        resource_id=IDENTITY,
    )
    sample = Observation(
        key_identifier=key_identifier.parse(f"{KEY}/{V1}", CLOUD),
        now=NOW,
        identity=identity,
        store=vault(),
        key=key(),
        key_state="there",
        grant=GRANTED,
    )
    if changes.get("identity"):
        changes["identity"] = dataclasses.replace(identity, **changes["identity"])
    return dataclasses.replace(sample, **changes)
