# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unmodified SDK clients, for contract tests."""

from __future__ import annotations

import typing
import uuid

import requests
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from azure.keyvault.keys import KeyClient
from azure.mgmt.authorization.v2022_04_01 import AuthorizationManagementClient
from azure.mgmt.containerregistry import ContainerRegistryManagementClient
from azure.mgmt.keyvault import KeyVaultManagementClient
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resource.resources import ResourceManagementClient
from local_azure.server import LocalAzure

GROUP, PLACE = "contoso", "westeurope"
CMK_ROLE = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
OFFICER = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"


def refused(call: typing.Callable[..., typing.Any], *arguments: typing.Any, **options: typing.Any) -> HttpResponseError:
    """What a call of the SDK is refused with, at once or as the end of its operation."""
    try:
        getattr(call(*arguments, **options), "result", lambda: None)()
    except HttpResponseError as error:
        return error
    raise AssertionError(f"{call} was not refused")


class Clients:
    """The SDK's clients, signed in as the owner of the subscription."""

    def __init__(self, azure: LocalAzure) -> None:
        app = azure.world.app()
        self.subscription = azure.environment["AZURE_SUBSCRIPTION_ID"]
        self.tenant = azure.environment["AZURE_TENANT_ID"]
        self.oid = app["oid"]
        self.sign_in(app["client_id"], app["secret"])

    def sign_in(self, client_id: str, secret: str) -> None:
        self.use(ClientSecretCredential(self.tenant, client_id, secret))

    def use(self, credential: typing.Any) -> None:
        """Sign in by any credential of azure-identity."""
        self.credential = credential
        arguments: typing.Any = (self.credential, self.subscription)
        fast = {"polling_interval": 0.05, "retry_total": 0}
        resources = ResourceManagementClient(*arguments, **fast)
        self.groups, self.resources, self.providers = (
            resources.resource_groups,
            resources.resources,
            resources.providers,
        )
        self.identities = ManagedServiceIdentityClient(*arguments, **fast).user_assigned_identities
        self.vaults = KeyVaultManagementClient(*arguments, **fast).vaults
        registries = ContainerRegistryManagementClient(*arguments, **fast)
        self.registries, self.replications = registries.registries, registries.replications
        self.scope_maps, self.tokens, self.webhooks = registries.scope_maps, registries.tokens, registries.webhooks
        self.cache_rules, self.credential_sets = registries.cache_rules, registries.credential_sets
        access = AuthorizationManagementClient(*arguments, **fast)
        self.assignments, self.definitions = access.role_assignments, access.role_definitions

    def arm(self, method: str, path: str, body: typing.Any = None, version: str = "2022-04-01") -> requests.Response:
        """A bare request to Resource Manager, for what the installed SDKs have no client for."""
        token = self.credential.get_token("https://management.azure.com/.default").token
        url, headers = f"https://management.azure.com{path}", {"Authorization": f"Bearer {token}"}
        return requests.request(method, url, params={"api-version": version}, json=body, headers=headers, timeout=30)

    def keys(self, vault: str = "contoso-kv") -> KeyClient:
        return KeyClient(f"https://{vault}.vault.azure.net", self.credential, retry_total=0)

    def vault(self, name: str = "contoso-kv", **properties: typing.Any) -> dict:
        self.groups.create_or_update(GROUP, {"location": PLACE})
        asked = {
            "tenantId": self.tenant,
            "sku": {"family": "A", "name": "standard"},
            "accessPolicies": [],
            "enableRbacAuthorization": True,
            **properties,
        }
        body = {"location": PLACE, "properties": asked}
        return self.vaults.begin_create_or_update(GROUP, name, body).result().as_dict()

    def give(self, scope: str, role: str, principal: str, kind: str = "ServicePrincipal") -> None:
        definition = f"/subscriptions/{self.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        body = {
            "properties": {
                "roleDefinitionId": definition,
                "principalId": principal,
                "principalType": kind,
            }
        }
        self.assignments.create(scope, str(uuid.uuid4()), body)

    def forbid(self, name: str, condition: dict[str, typing.Any], *, mode: str = "Indexed", reason: str = "") -> None:
        """Assign a policy of one's own to the subscription, by the SDK's way for resources of any type."""
        scope, version = f"/subscriptions/{self.subscription}", "2022-06-01"
        provider = f"{scope}/providers/Microsoft.Authorization"
        rule = {"if": condition, "then": {"effect": "[parameters('effect')]"}}
        parameters = {"effect": {"type": "String", "defaultValue": "Deny"}}
        definition = f"{provider}/policyDefinitions/{name}"
        properties = {"displayName": f"About {name}", "mode": mode, "policyRule": rule, "parameters": parameters}
        put = self.resources.begin_create_or_update_by_id
        put(definition, {"properties": properties}, api_version=version).result()
        messages = [{"message": reason}] if reason else []
        assigned = {"policyDefinitionId": definition, "nonComplianceMessages": messages}
        put(f"{provider}/policyAssignments/{name}", {"properties": assigned}, api_version=version).result()

    def identity(self, name: str = "contoso-id") -> dict:
        self.groups.create_or_update(GROUP, {"location": PLACE})
        made = self.identities.create_or_update(GROUP, name, {"location": PLACE})
        return made.serialize(keep_readonly=True)

    def everything(self, **vault: typing.Any) -> tuple[dict, dict, str]:
        """Vault, identity with its right, key ``cmk``; returns vault, identity, versioned key identifier."""
        made, identity = self.vault(**vault), self.identity()
        self.give(made["id"], OFFICER, self.oid)
        self.give(made["id"], CMK_ROLE, identity["properties"]["principalId"])
        return made, identity, self.keys().create_rsa_key("cmk", size=2048).id

    def registry_body(self, identity: dict, key: str, **more: typing.Any) -> dict:
        properties = {"keyIdentifier": key, "identity": identity["properties"]["clientId"]}
        return {
            "location": PLACE,
            "sku": {"name": "Premium"},
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity["id"]: {}}},
            "properties": {"encryption": {"status": "enabled", "keyVaultProperties": properties}},
            **more,
        }

    def plain_registry(self, name: str, sku: str = "Standard") -> None:
        """A registry without a key of its own, in the group, which is made too."""
        self.groups.create_or_update(GROUP, {"location": PLACE})
        self.registries.begin_create(GROUP, name, {"location": PLACE, "sku": {"name": sku}}).result()

    def registry(self, name: str = "contosoacr", versioned: bool = False) -> tuple[dict, dict, str]:
        """A registry under the key ``cmk``; returns registry, identity, versioned key identifier."""
        _vault, identity, key = self.everything()
        body = self.registry_body(identity, key if versioned else key.rsplit("/", 1)[0])
        return self.registries.begin_create(GROUP, name, body).result().as_dict(), identity, key
