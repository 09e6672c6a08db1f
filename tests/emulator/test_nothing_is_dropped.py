# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client may send is shown afterwards, or is refused with its name: each writable property that is described."""

from __future__ import annotations

import copy
import dataclasses
import typing

import pytest
from local_azure.descriptions import library
from local_azure.world import SUBSCRIPTION
from support.clients import GROUP, PLACE
from support.described import BELOW, HSM_USER, REGISTRY, Answered, Described
from support.near import near

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

    from local_azure.descriptions.documents import Document, Operation, Schema

Json = typing.Any

RESOURCE_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
OID, OTHER = "00000000-0000-4000-8000-00000000b0b0", "00000000-0000-4000-8000-00000000cafe"


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    with near(tmp_path_factory.mktemp("home")) as azure:
        yield Described(azure)


@dataclasses.dataclass(frozen=True)
class Request:
    """How an operation is asked for, and where its properties are shown.

    :param body: what is sent with each property, so that the request makes sense.
    :param names: other names in the path than those of what is there.
    :param reads: the operation that shows what was set; or None: the answer itself does.
    :param elsewhere: where a property is shown, if not at its own place.
    :param otherwise: properties that are seen in another way, each with where that is tested.
    :param samples: values that make sense, by place.
    """

    body: Json = dataclasses.field(default_factory=dict)
    names: dict[str, str] = dataclasses.field(default_factory=dict)
    reads: str | None = None
    elsewhere: dict[str, str] = dataclasses.field(default_factory=dict)
    otherwise: dict[str, str] = dataclasses.field(default_factory=dict)
    samples: dict[str, list[Json]] = dataclasses.field(default_factory=dict)


_POLICIES = {"accessPolicies": [{"tenantId": OID, "objectId": OID, "permissions": {"keys": ["get"]}}]}
_PRINCIPAL = {"principalId": OID}
_CLOSED = {"networkAcls": {"defaultAction": "Deny", "bypass": "None"}}
_VAULT = {"sku": {"family": "A", "name": "standard"}, "tenantId": OID, "accessPolicies": [], **_CLOSED}
_PERMISSIONS = {
    "permissions": [{"actions": ["*/read"]}],
    "assignableScopes": [f"/subscriptions/{OID}"],
    "roleName": "Contoso other",
}
_IDENTITIES = {"identity.type": "test_registries.py: identities are attached and taken off"}
_NO_TRUST = {"properties.policies.trustPolicy.status": "test_registries.py: refused beside a key of one's own"}
#: What every client sends back as it was shown.
_ECHOED = dict.fromkeys(("properties.vaultUri", "properties.provisioningState"), "read-only in all but the description")
_RECOVERY = {"properties.createMode": "test_keys_and_vaults.py: recovery"}

_ABOVE = f"{RESOURCE_GROUP}/providers/Microsoft.ContainerRegistry/registries/{REGISTRY}"
_TOKEN = {"properties": {"scopeMapId": f"{_ABOVE}/scopeMaps/{BELOW['scopeMapName']}"}}
_OTHER_MAP: dict[str, list[Json]] = {"properties.scopeMapId": [f"{_ABOVE}/scopeMaps/_repositories_pull"]}
_ACTIONS: dict[str, list[Json]] = {
    "properties.actions[]": ["repositories/app/content/read", "gateway/far/message/read", "*/write"]
}
_EVENTS: dict[str, list[Json]] = {
    "properties.actions[]": ["push", "delete", "quarantine", "chart_push", "chart_delete", "other"]
}
_EXPIRY: dict[str, list[Json]] = {"expiry": ["2027-01-31T10:00:00+00:00"]}
_OF_TOKEN = {"tokenId": f"{_ABOVE}/tokens/{BELOW['tokenName']}"}
_IN_PASSWORDS = {"name": "passwords[].name", "expiry": "passwords[].expiry"}
_TOKEN_ID = {"tokenId": "test_scope_maps_and_tokens.py: it takes a token of the registry"}
_PASSWORDS = {
    f"properties.credentials.passwords[].{name}": "test_scope_maps_and_tokens.py: what is not named goes"
    for name in ("name", "creationTime", "expiry")
}
_RULE = {"sourceRepository": "mcr.microsoft.com/dotnet/*", "targetRepository": "dotnet/*"}
_SET: dict[str, list[Json]] = {
    "properties.credentialSetResourceId": [f"{_ABOVE}/credentialSets/{BELOW['credentialSetName']}"]
}
_WEBHOOK = {"serviceUri": "https://ci.contoso.com", "actions": ["push"]}
_CALLBACK = {
    f"properties.{name}": "test_webhooks.py: shown by getCallbackConfig" for name in ("serviceUri", "customHeaders.*")
}

#: Operations that are 501 as a whole.
_NOT_THERE = {("hsm", "RoleDefinitions_CreateOrUpdate")}
_SHOWN_BY_TIME = {"properties.zoneRedundancy": "test_own_values.py: shown as enabled, whatever was set"}
_OF_KEYS = {"kty": "key.kty", "key_ops[]": "key.key_ops[]", "crv": "key.crv"}
_SEEN_IN_KEYS = {"key_size": "test_keys_and_vaults.py"}
_POLICY = {
    "lifetimeActions": [{"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Notify"}}],
    "attributes": {"expiryTime": "P1Y"},
}
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"

REQUESTS = {
    "Registries_Create": Request(
        {"location": PLACE, "sku": {"name": "Premium"}, "properties": {"publicNetworkAccess": "Disabled"}},
        {"registryName": "fabrikamacr"},
        "Registries_Get",
        otherwise={**_SHOWN_BY_TIME, **_IDENTITIES},
    ),
    "Registries_Update": Request(
        {"properties": {"publicNetworkAccess": "Disabled"}}, {}, "Registries_Get", otherwise=_IDENTITIES | _NO_TRUST
    ),
    "Replications_Create": Request(
        {"location": "westus2"}, {"replicationName": "westus2"}, "Replications_Get", otherwise=_SHOWN_BY_TIME
    ),
    "Replications_Update": Request({}, {}, "Replications_Get"),
    "ScopeMaps_Create": Request(
        {"properties": {"actions": []}}, {"scopeMapName": "another-map"}, "ScopeMaps_Get", samples=_ACTIONS
    ),
    "ScopeMaps_Update": Request({}, {}, "ScopeMaps_Get", samples=_ACTIONS),
    "Tokens_Create": Request(
        _TOKEN, {"tokenName": "another-token"}, "Tokens_Get", otherwise=_PASSWORDS, samples=_OTHER_MAP
    ),
    "Tokens_Update": Request({}, {}, "Tokens_Get", otherwise=_PASSWORDS, samples=_OTHER_MAP),
    "Registries_GenerateCredentials": Request(_OF_TOKEN, {}, None, _IN_PASSWORDS, _TOKEN_ID, _EXPIRY),
    "Webhooks_Create": Request(
        {"location": PLACE, "properties": _WEBHOOK},
        {"webhookName": "anotherhook"},
        "Webhooks_Get",
        otherwise=_CALLBACK,
        samples=_EVENTS,
    ),
    "Webhooks_Update": Request({}, {}, "Webhooks_Get", otherwise=_CALLBACK, samples=_EVENTS),
    "CacheRules_Create": Request(
        {"properties": _RULE}, {"cacheRuleName": "another-rule"}, "CacheRules_Get", samples=_SET
    ),
    "CacheRules_Update": Request({}, {}, "CacheRules_Get", samples=_SET),
    "CredentialSets_Create": Request(
        {"properties": {"loginServer": "docker.io"}},
        {"credentialSetName": "another-set"},
        "CredentialSets_Get",
        otherwise=_IDENTITIES,
    ),
    "CredentialSets_Update": Request({}, {}, "CredentialSets_Get", otherwise=_IDENTITIES),
    "Vaults_CreateOrUpdate": Request(
        {"location": PLACE, "properties": _VAULT},
        {"vaultName": "fabrikam-kv"},
        "Vaults_Get",
        otherwise=_RECOVERY | _ECHOED,
    ),
    "Vaults_Update": Request({"properties": _CLOSED}, {}, "Vaults_Get", otherwise=_RECOVERY),
    "Vaults_UpdateAccessPolicy": Request({"properties": _POLICIES}, {}, "Vaults_Get"),
    "UserAssignedIdentities_CreateOrUpdate": Request(
        {"location": PLACE}, {"resourceName": "other-id"}, "UserAssignedIdentities_Get"
    ),
    "UserAssignedIdentities_Update": Request({}, {}, "UserAssignedIdentities_Get"),
    "ResourceGroups_CreateOrUpdate": Request({"location": PLACE}, {"resourceGroupName": "other"}, "ResourceGroups_Get"),
    "ResourceGroups_Update": Request({}, {}, "ResourceGroups_Get"),
    "RoleDefinitions_CreateOrUpdate": Request(
        {"properties": _PERMISSIONS}, {"roleDefinitionId": OTHER, "roleDefinitionName": OTHER}, "RoleDefinitions_Get"
    ),
    "RoleAssignments_Create": Request(
        {"properties": {"roleDefinitionId": f"/roleDefinitions/{READER}", **_PRINCIPAL, "principalType": "User"}},
        {"roleAssignmentName": OTHER},
    ),
    "hsm RoleAssignments_Create": Request(
        {"properties": {"roleDefinitionId": f"/roleDefinitions/{HSM_USER}", **_PRINCIPAL}},
        {"roleAssignmentName": OTHER},
    ),
    **dict.fromkeys(
        ("CreateKey", "KeyVaultClient_CreateKey"), Request({"kty": "EC"}, {}, None, _OF_KEYS, _SEEN_IN_KEYS)
    ),
    **dict.fromkeys(("UpdateKey", "KeyVaultClient_UpdateKey"), Request({}, {}, None, _OF_KEYS)),
    **dict.fromkeys(("UpdateKeyRotationPolicy", "KeyVaultClient_UpdateKeyRotationPolicy"), Request(_POLICY)),
}


def writable(
    document: Document, schema: Schema, place: str = "", above: tuple[int, ...] = ()
) -> Iterator[tuple[str, Schema]]:
    """The places of a body that a client may set, each with its schema; lists and dictionaries by what is in them."""
    whole = document.resolve(schema)
    if id(whole) in above:
        return
    inner = (*above, id(whole))
    if whole.get("type") == "array":
        yield from writable(document, whole["items"], f"{place}[]", inner)
    elif "properties" in whole:
        for name, one in whole["properties"].items():
            if not one.get("readOnly"):
                yield from writable(document, one, f"{place}.{name}".lstrip("."), inner)
    elif isinstance(whole.get("additionalProperties"), dict):
        yield from writable(document, whole["additionalProperties"], f"{place}.*", inner)
    else:
        yield place, whole


#: Values that make sense, by a property's last name; all others come from the schema.
_SAMPLES: dict[str, list[Json]] = {
    "location": [PLACE],
    "value": ["198.51.100.7"],
    "days": [9],
    "retentionDays": [9],
    "softDeleteRetentionInDays": [30],
    "key_size": [3072],
    "public_exponent": [3],
    "keyIdentifier": ["https://contoso-kv.vault.azure.net/keys/cmk"],
    "nbf": [1_700_000_000],
    "exp": [4_000_000_000],
    "expiryTime": ["P2Y"],
    "timeAfterCreate": ["P90D"],
    "timeBeforeExpiry": ["P40D"],
    "actions": ["*/write"],
    "notActions": ["*/delete"],
    "assignableScopes": [f"/subscriptions/{OID}"],
    "$top": [1],
    "$skip": [1],
}


def values(place: str, schema: Schema) -> list[Json]:
    """Valid values of a property."""
    name = place.replace("[]", "").removesuffix(".*").rsplit(".", 1)[-1]
    if name in _SAMPLES:
        return _SAMPLES[name]
    if "enum" in schema:
        return list(schema["enum"])
    if schema.get("type") == "boolean":
        return [True, False]
    if schema.get("type") in ("integer", "number"):
        return [schema.get("minimum", 1)]
    return {"uuid": [OTHER], "date-time": ["2027-01-31T10:00:00Z"], "base64url": ["AQAB"]}.get(
        schema.get("format", ""), ["contoso"]
    )


def with_value(body: Json, place: str, value: Json) -> Json:
    """A body with a value at a place; a list there has one entry, or the entry that is there is completed."""
    whole = copy.deepcopy(body)
    steps = place.replace("[]", ".[]").split(".")
    at, step = whole, steps[0]
    for following in [*steps[1:], ""]:
        fresh: Json = value if not following else [] if following == "[]" else {}
        if step == "[]":
            if not at or not following:
                at[:] = [fresh]
            at = at[0]
        else:
            name = "contoso" if step == "*" else step
            at[name] = fresh if not following or name not in at else at[name]
            at = at[name]
        step = following
    return whole


def found(body: Json, place: str) -> list[Json]:
    """What stands at a place of what is shown."""
    at = [body]
    for step in place.replace("[]", ".[]").split("."):
        if step == "[]":
            at = [one for each in at if isinstance(each, list) for one in each]
        else:
            name = "contoso" if step == "*" else step
            at = [each[name] for each in at if isinstance(each, dict) and name in each]
    return at


def names_it(answer: Answered, place: str, value: Json) -> bool:
    """Whether a refusal names the property, the object that it belongs to, or the value."""
    text = str((answer.body.get("error") or answer.body["errors"][0])["message"]).lower()
    steps = [step for step in place.replace("[]", "").split(".") if step not in ("properties", "*", "attributes")]
    return answer.status in (400, 404, 409, 501) and any(str(word).lower() in text for word in (*steps, value))


def operations() -> list[Operation]:
    """Those for which there is a request here; an operation of another name is another matter on a Managed HSM."""
    known = [each for each in library.operations() if each.name in REQUESTS]
    return [each for each in known if (each.document.host, each.name) not in _NOT_THERE]


@pytest.mark.parametrize("operation", operations(), ids=lambda each: each.title.replace(" ", "-"))
def test_what_can_be_set_is_shown_or_refused_by_name(described: Described, operation: Operation) -> None:
    assert operation.body is not None
    request = REQUESTS.get(f"{operation.document.host} {operation.name}") or REQUESTS[operation.name]
    silent = []
    for place, schema in writable(operation.document, operation.body):
        if place in request.otherwise:
            continue
        for value in request.samples.get(place) or values(place, schema):
            described.begin_anew()
            body = with_value(request.body, place, value)
            answer = described.ask(operation, body, path=described.path(operation, **request.names))
            if answer.status >= 400:
                if not names_it(answer, place, value):
                    silent.append(f"{place}={value!r}: {answer}")
                continue
            if request.reads:
                reading = next(one for one in operation.document.operations if one.name == request.reads)
                answer = described.ask(reading, path=described.path(reading, **request.names))
            shown = found(answer.body, request.elsewhere.get(place, place))
            if not any(str(one).lower() == str(value).lower() for one in shown):
                silent.append(f"{place}={value!r}: {shown or answer}")
    assert not silent, "\n".join(silent)
