# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every described operation on a local Azure with one of everything in it, as plain requests without a network."""

from __future__ import annotations

import base64
import dataclasses
import json
import re
import typing
import urllib.parse

from local_azure.managed_hsms import state as hsms

from .clients import CMK_ROLE, GROUP, PLACE, Clients
from .oci import Wire

if typing.TYPE_CHECKING:
    from local_azure.descriptions.documents import Operation
    from local_azure.server import LocalAzure

Json = typing.Any

HSM, VAULT, REGISTRY, IDENTITY, KEY, REPLICA = (
    "contosohsm",
    "contoso-kv",
    "contosoacr",
    "contoso-id",
    "cmk",
    "northeurope",
)
#: What there is below the registry, by its parameter in the descriptions' paths.
BELOW = {
    "scopeMapName": "contoso-map",
    "tokenName": "contoso-token",
    "webhookName": "contosohook",
    "cacheRuleName": "contoso-rule",
    "credentialSetName": "contoso-set",
}
ASSIGNMENT, ROLE = "00000000-0000-4000-8000-000000000a55", "00000000-0000-4000-8000-0000000001e5"
HSM_USER = "21dbd100-6940-42c2-9190-5d6cb909625b"
_AUDIENCES = {
    "management": "https://management.azure.com",
    "vault": "https://vault.azure.net",
    "hsm": "https://managedhsm.azure.net",
}
_HOSTS = {
    "management": "management.azure.com",
    "vault": f"{VAULT}.vault.azure.net",
    "hsm": f"{HSM}.managedhsm.azure.net",
    "registry": f"{REGISTRY}.azurecr.io",
}


@dataclasses.dataclass(frozen=True)
class Answered:
    """What came back; a body that is JSON is parsed."""

    status: int
    headers: dict[str, str]
    body: Json

    def __str__(self) -> str:
        return f"{self.status} {json.dumps(self.body, default=str)[:400]}"


class Described:
    """Asks for operations on a local Azure with one of everything; :meth:`begin_anew` undoes what they did."""

    def __init__(self, azure: LocalAzure) -> None:
        self.azure = azure
        self._make_one_of_everything(Clients(azure))
        self._before = json.dumps(azure.world.dump())
        self._tokens = {host: self._token(host) for host in _AUDIENCES}

    def _make_one_of_everything(self, clients: Clients) -> None:
        self.subscription, self.principal = clients.subscription, clients.oid
        _registry, identity, self.key_identifier = clients.registry(REGISTRY)
        self.identity = identity
        clients.replications.begin_create(GROUP, REGISTRY, REPLICA, {"location": REPLICA}).result()
        self._make_one_of_each_kind_below(clients)
        clients.keys().create_rsa_key("gone")
        clients.keys().begin_delete_key("gone").result()
        app = self.azure.world.app()
        self.wire = Wire(f"https://{_HOSTS['registry']}", (app["client_id"], app["secret"]))
        self.image = self.wire.image("hello", "v1")
        hsms.add(self.azure.world, HSM, purge_protection=False)
        hsm = next(iter(self.azure.world.data["hsms"].values()))
        hsms.assign(hsm, scope="/", role=HSM_USER, principal=clients.oid, name=ASSIGNMENT)
        role = {
            "roleName": "Contoso reader",
            "permissions": [{"actions": ["*/read"]}],
            "assignableScopes": [self.scope],
        }
        clients.arm(
            "PUT", f"{self.scope}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}", {"properties": role}
        )
        given = {"roleDefinitionId": self.role(CMK_ROLE), "principalId": self.principal}
        where = f"{self.scope}/providers/Microsoft.Authorization/roleAssignments/{ASSIGNMENT}"
        clients.arm("PUT", where, {"properties": {**given, "principalType": "ServicePrincipal"}})

    def _make_one_of_each_kind_below(self, clients: Clients) -> None:
        """Of each kind that a registry has below it, one of the name in :data:`BELOW`."""
        actions = {"properties": {"actions": ["repositories/hello/content/read"]}}
        scope_map = clients.scope_maps.begin_create(GROUP, REGISTRY, BELOW["scopeMapName"], actions).result()
        held = {"properties": {"scopeMapId": scope_map.id}}
        token = clients.tokens.begin_create(GROUP, REGISTRY, BELOW["tokenName"], held).result()
        clients.registries.begin_generate_credentials(GROUP, REGISTRY, {"tokenId": token.id}).result()
        hook = {"location": PLACE, "properties": {"serviceUri": "https://ci.contoso.com", "actions": ["push"]}}
        clients.webhooks.begin_create(GROUP, REGISTRY, BELOW["webhookName"], hook).result()
        login = {"properties": {"loginServer": "docker.io"}, "identity": {"type": "SystemAssigned"}}
        clients.credential_sets.begin_create(GROUP, REGISTRY, BELOW["credentialSetName"], login).result()
        rule = {"properties": {"sourceRepository": "mcr.microsoft.com/*", "targetRepository": "mcr/*"}}
        clients.cache_rules.begin_create(GROUP, REGISTRY, BELOW["cacheRuleName"], rule).result()

    @property
    def scope(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{GROUP}"

    def role(self, guid: str) -> str:
        return f"/subscriptions/{self.subscription}/providers/Microsoft.Authorization/roleDefinitions/{guid}"

    def begin_anew(self) -> None:
        """Everything as it was in the beginning."""
        self.azure.world.load(json.loads(self._before))

    def _token(self, host: str) -> str:
        app = self.azure.world.app()
        form = {
            "grant_type": "client_credentials",
            "client_id": app["client_id"],
            "client_secret": app["secret"],
            "scope": f"{_AUDIENCES[host]}/.default",
        }
        url = f"https://login.microsoftonline.com/{self.azure.world.data['tenant']}/oauth2/v2.0/token"
        kind = {"content-type": "application/x-www-form-urlencoded"}
        _status, _headers, content = self.azure.azure.near("POST", url, kind, urllib.parse.urlencode(form).encode())
        return f"Bearer {json.loads(content)['access_token']}"

    def _authorization(self, host: str) -> str:
        if host != "registry":
            return self._tokens[host]
        app = self.azure.world.app()
        return "Basic " + base64.b64encode(f"{app['client_id']}:{app['secret']}".encode()).decode()

    def host(self, operation: Operation) -> str:
        """The service on whose host an operation is asked for."""
        return operation.document.host

    def path(self, operation: Operation, **names: str) -> str:
        """An operation's path, about what is there; ``names`` are other names for its parameters."""
        known = {
            "subscriptionId": self.subscription,
            "resourceGroupName": GROUP,
            "resourceName": IDENTITY,
            "registryName": REGISTRY,
            "replicationName": REPLICA,
            "vaultName": VAULT,
            "location": PLACE,
            "operationKind": "add",
            "key-name": "gone" if "/deletedkeys/" in operation.path else KEY,
            "key-version": self.key_identifier.rsplit("/", 1)[1],
            "roleAssignmentName": ASSIGNMENT,
            "roleDefinitionName": HSM_USER,
            "roleDefinitionId": ROLE,
            "roleId": self.role(ROLE),
            "roleAssignmentId": f"{self.scope}/providers/Microsoft.Authorization/roleAssignments/{ASSIGNMENT}",
            "scope": "" if operation.document.host == "hsm" else self.scope,
            "resourceProviderNamespace": "Microsoft.ContainerRegistry",
            "resourceType": "registries",
            **BELOW,
            "digest": self.image.digest,
            "reference": "v1",
            "nextBlobUuidLink": "v2/hello/blobs/uploads/none",
            "name": HSM if operation.document.host == "management" else "hello",
            **names,
        }
        if operation.path.startswith("/{scope}"):
            known["roleDefinitionId"] = known["roleDefinitionId"].rsplit("/", 1)[-1]
        path = re.sub(r"\{([^}]*)\}", lambda match: known.get(match[1], "none"), operation.path)
        return re.sub("^/+", "/", path)

    def ask(
        self,
        operation: Operation,
        body: Json = None,
        *,
        path: str | None = None,
        query: typing.Mapping[str, str] | None = None,
        raw: bytes | None = None,
        kind: str = "application/json",
    ) -> Answered:
        """Ask for an operation.

        :param body: a body as JSON; ``raw`` is one as it stands.
        :param query: options beside the api-version, or another one.
        """
        service = operation.document.host
        options = {"api-version": operation.versions[0], **(query or {})}
        url = f"https://{_HOSTS[service]}{urllib.parse.quote(path or self.path(operation))}"
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": self._authorization(service), **({"content-type": kind} if content else {})}
        whole = f"{url}?{urllib.parse.urlencode(options)}"
        status, given, answer = self.azure.azure.near(operation.method, whole, headers, content)
        try:
            parsed = json.loads(answer) if answer else None
        except ValueError:
            parsed = answer
        return Answered(status, given, parsed)
