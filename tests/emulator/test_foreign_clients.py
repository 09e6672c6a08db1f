# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other clients' tests met on Azure (docs/coverage.md, third table): keys, registries, roles, endpoints."""

from __future__ import annotations

import uuid

import jwt.algorithms
import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.keyvault.administration import KeyVaultAccessControlClient
from azure.keyvault.keys import JsonWebKey, KeyClient, KeyRotationLifetimeAction, KeyRotationPolicy
from azure.keyvault.keys.crypto import CryptographyClient, EncryptionAlgorithm, SignatureAlgorithm
from azure.mgmt.keyvault import KeyVaultManagementClient
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from local_azure.client import Control
from local_azure.clouds import CLOUDS
from local_azure.server import LocalAzure, running
from support.clients import GROUP, OFFICER, PLACE, Clients

CRYPTO_USER = (
    "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions/21dbd100-6940-42c2-9190-5d6cb909625b"
)
HSM = "https://contoso-hsm.managedhsm.azure.net"


def _rsa_key() -> JsonWebKey:
    given = jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048), as_dict=True)
    numbers = {name: jwt.utils.base64url_decode(given[name]) for name in ("n", "e", "d", "p", "q", "dp", "dq", "qi")}
    return JsonWebKey(kty="RSA", **numbers)


def _ec_key(curve: ec.EllipticCurve, name: str) -> JsonWebKey:
    given = jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(curve), as_dict=True)
    numbers = {part: jwt.utils.base64url_decode(given[part]) for part in ("x", "y", "d")}
    return JsonWebKey(kty="EC", crv=name, **numbers)


def _post(clients: Clients, url: str, body: object) -> requests.Response:
    host = "managedhsm" if "managedhsm" in url else "vault"
    token = clients.credential.get_token(f"https://{host}.azure.net/.default").token
    headers = {"Authorization": f"Bearer {token}"}
    return requests.post(url, params={"api-version": "7.4"}, json=body, headers=headers, timeout=30)


def _with_policy(clients: Clients, *verbs: str) -> KeyClient:
    policy = {"tenantId": clients.tenant, "objectId": clients.oid, "permissions": {"keys": list(verbs)}}
    clients.vault(enableRbacAuthorization=False, accessPolicies=[policy])
    return clients.keys()


@pytest.fixture
def hsm(control: Control, clients: Clients) -> KeyClient:
    control.managed_hsm("contoso-hsm")
    roles = KeyVaultAccessControlClient(HSM, clients.credential, retry_total=0)
    roles.create_role_assignment("/", CRYPTO_USER, clients.oid)
    return KeyClient(HSM, clients.credential, retry_total=0)


# --- keys ---------------------------------------------------------------------------------------------------------


def test_all_in_a_policy_has_the_rotation_policy_and_not_rotation(clients: Clients) -> None:
    keys = _with_policy(clients, "all")
    keys.create_rsa_key("cmk", size=2048)
    action = KeyRotationLifetimeAction("Rotate", time_after_create="P90D")
    kept = keys.update_key_rotation_policy("cmk", KeyRotationPolicy(lifetime_actions=[action]))
    assert any(one.time_after_create == "P90D" for one in kept.lifetime_actions)
    assert keys.get_key_rotation_policy("cmk").lifetime_actions
    with pytest.raises(HttpResponseError, match="keys rotate permission"):
        keys.rotate_key("cmk")
    _with_policy(clients, "rotate", "all")
    assert keys.rotate_key("cmk").properties.version


def test_a_managed_hsm_makes_hardware_keys_of_what_is_asked(clients: Clients, hsm: KeyClient) -> None:
    """The az CLI asks for RSA."""
    made = _post(clients, f"{HSM}/keys/soft/create", {"kty": "RSA"})
    assert (made.status_code, made.json()["key"]["kty"]) == (200, "RSA-HSM")
    assert hsm.import_key("rsa", _rsa_key(), hardware_protected=True).key_type == "RSA-HSM"
    assert hsm.import_key("ec", _ec_key(ec.SECP256R1(), "P-256"), hardware_protected=True).key_type == "EC-HSM"
    assert hsm.create_oct_key("aes", size=256, hardware_protected=True).key_type == "oct-HSM"
    assert hsm.get_key("aes").key.n is None


def test_a_vault_has_no_symmetric_keys(clients: Clients) -> None:
    vault = clients.vault(sku={"family": "A", "name": "premium"})
    clients.give(vault["id"], OFFICER, clients.oid)
    with pytest.raises(HttpResponseError, match="Property kty has invalid value: oct-HSM"):
        clients.keys().create_oct_key("aes", size=256, hardware_protected=True)


@pytest.mark.parametrize(("curve", "name"), [(ec.SECP256R1(), "P-256"), (ec.SECP521R1(), "P-521")])
def test_a_key_of_an_elliptic_curve_is_imported_and_signs(clients: Clients, curve: ec.EllipticCurve, name: str) -> None:
    vault = clients.vault()
    clients.give(vault["id"], OFFICER, clients.oid)
    made = clients.keys().import_key("signer", _ec_key(curve, name))
    assert (made.key_type, made.key.crv, sorted(made.key_operations)) == ("EC", name, ["sign", "verify"])
    algorithm = SignatureAlgorithm.es256 if name == "P-256" else SignatureAlgorithm.es512
    digest = b"d" * (32 if name == "P-256" else 64)
    signer = CryptographyClient(made.id, clients.credential, retry_total=0)
    signature = signer.sign(algorithm, digest).signature
    assert signer.verify(algorithm, digest, signature).is_valid


def test_what_a_key_is_not_for_is_forbidden(clients: Clients) -> None:
    vault = clients.vault()
    clients.give(vault["id"], OFFICER, clients.oid)
    made = clients.keys().create_rsa_key("cmk", size=2048, key_operations=["wrapKey", "unwrapKey"])
    reply = _post(clients, f"{made.id}/encrypt", {"alg": "RSA-OAEP", "value": "YWJj"})
    error = reply.json()["error"]
    assert (reply.status_code, error["innererror"]["code"]) == (403, "KeyOperationForbidden")
    assert error["message"] == "Operation encrypt is not permitted on this key."


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("sign", {"alg": "RS256", "value": "YWJj"}),
        ("wrapkey", {"alg": "RSA-OAEP", "value": "Y" * 600}),
        ("encrypt", {"alg": "RSA1_5", "value": "Y" * 600}),
        ("sign", {"alg": "ES256", "value": "Y" * 43}),
        ("sign", {"alg": "RS256X", "value": "Y" * 43}),
        ("sign", {"alg": "PS256K", "value": "Y" * 43}),
    ],
)
def test_what_does_not_suit_the_key_is_a_bad_parameter(clients: Clients, operation: str, body: dict[str, str]) -> None:
    vault = clients.vault()
    clients.give(vault["id"], OFFICER, clients.oid)
    made = clients.keys().create_rsa_key("cmk", size=2048)
    reply = _post(clients, f"{made.id}/{operation}", body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "BadParameter")


@pytest.mark.parametrize("path", ["cmk//wrapkey", "cmk/wrapkey"])
def test_a_key_without_a_version_is_the_newest(clients: Clients, path: str) -> None:
    vault = clients.vault()
    clients.give(vault["id"], OFFICER, clients.oid)
    keys = clients.keys()
    keys.create_rsa_key("cmk", size=2048)
    newest = keys.create_rsa_key("cmk", size=2048)
    body = {"alg": "RSA-OAEP-256", "value": "YWJj"}
    reply = _post(clients, f"https://contoso-kv.vault.azure.net/keys/{path}", body)
    assert reply.json()["kid"] == newest.id
    decrypted = CryptographyClient(newest.id, clients.credential, retry_total=0).decrypt(
        EncryptionAlgorithm.rsa_oaep_256, jwt.utils.base64url_decode(reply.json()["value"])
    )
    assert decrypted.plaintext == b"abc"


def test_keys_are_listed_by_25_at_most(clients: Clients, azure: LocalAzure) -> None:
    vault = clients.vault()
    clients.give(vault["id"], OFFICER, clients.oid)
    for number in range(30):
        clients.keys().create_ec_key(f"key-{number}")
    assert len(list(clients.keys().list_properties_of_keys())) == 30
    token = clients.credential.get_token("https://vault.azure.net/.default").token
    url, headers = "https://contoso-kv.vault.azure.net/keys?api-version=7.4", {"Authorization": f"Bearer {token}"}
    first = requests.get(url, headers=headers, timeout=30).json()
    assert len(first["value"]) == 25
    assert first["nextLink"].startswith("https://contoso-kv.vault.azure.net:443/keys?api-version=7.4&$skiptoken=")


def test_a_token_for_another_service_is_told_from_none(clients: Clients) -> None:
    clients.vault()
    token = clients.credential.get_token("https://management.azure.com/.default").token
    url, headers = "https://contoso-kv.vault.azure.net/keys?api-version=7.4", {"Authorization": f"Bearer {token}"}
    reply = requests.get(url, headers=headers, timeout=30)
    expected = "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com."
    assert (reply.status_code, reply.json()["error"]["message"].replace("com/.", "com.")) == (401, expected)


# --- registries ---------------------------------------------------------------------------------------------------


def _registry(clients: Clients, **properties: object) -> dict:
    clients.groups.create_or_update(GROUP, {"location": PLACE})
    body = {"location": PLACE, "sku": {"name": "Premium"}, "properties": properties}
    return clients.registries.begin_create(GROUP, "contosoacr", body).result().as_dict()


def test_a_put_sets_back_what_it_does_not_mention_and_a_patch_does_not(clients: Clients) -> None:
    closed = {"publicNetworkAccess": "Disabled", "policies": {"exportPolicy": {"status": "disabled"}}}
    assert _registry(clients, **closed)["properties"]["policies"]["exportPolicy"]["status"] == "disabled"
    path = f"/subscriptions/{clients.subscription}/resourceGroups/{GROUP}/providers"
    path += "/Microsoft.ContainerRegistry/registries/contosoacr"
    patched = clients.arm("PATCH", path, {"tags": {"a": "b"}}, version="2023-07-01")
    assert (patched.status_code, patched.json()["properties"]["policies"]["exportPolicy"]) == (
        200,
        {"status": "disabled"},
    )
    body = {"location": PLACE, "sku": {"name": "Premium"}, "properties": {"publicNetworkAccess": "Disabled"}}
    reply = clients.arm("PUT", path, body, version="2023-07-01")
    assert (reply.status_code, reply.json()["properties"]["provisioningState"]) == (201, "Updating")
    assert reply.headers["Azure-AsyncOperation"]
    again = _registry(clients, publicNetworkAccess="Disabled")
    assert again["properties"]["policies"]["exportPolicy"]["status"] == "enabled"
    assert not again["tags"]


def test_policies_that_nobody_set_are_told(clients: Clients) -> None:
    _registry(clients)
    path = f"/subscriptions/{clients.subscription}/resourceGroups/{GROUP}/providers"
    path += "/Microsoft.ContainerRegistry/registries/contosoacr"
    policies = clients.arm("GET", path, version="2026-09-01-preview").json()["properties"]["policies"]
    assert policies["azureADAuthenticationAsArmPolicy"] == {"status": "enabled"}
    assert {name: policies["softDeletePolicy"][name] for name in ("retentionDays", "status")} == {
        "retentionDays": 7,
        "status": "disabled",
    }


def test_data_endpoints_are_named_for_every_region(clients: Clients) -> None:
    assert _registry(clients, dataEndpointEnabled=True)["properties"]["dataEndpointHostNames"] == [
        "contosoacr.westeurope.data.azurecr.io"
    ]
    clients.replications.begin_create(GROUP, "contosoacr", "northeurope", {"location": "northeurope"}).result()
    shown = clients.registries.get(GROUP, "contosoacr").as_dict()["properties"]["dataEndpointHostNames"]
    assert shown == ["contosoacr.northeurope.data.azurecr.io", "contosoacr.westeurope.data.azurecr.io"]
    linked = next(iter(clients.registries.list_private_link_resources(GROUP, "contosoacr"))).as_dict()["properties"]
    assert linked["requiredMembers"] == ["registry", "registry_data_westeurope", "registry_data_northeurope"]
    assert linked["requiredZoneNames"] == ["privatelink.azurecr.io"]


def test_there_are_no_credentials_without_the_admin_user(clients: Clients) -> None:
    _registry(clients)
    with pytest.raises(HttpResponseError, match="as admin user is disabled") as refused:
        clients.registries.list_credentials(GROUP, "contosoacr")
    assert refused.value.error is not None
    assert refused.value.error.code == "UnAuthorizedForCredentialOperations"


# --- roles, directory, providers, endpoints -----------------------------------------------------------------------


def test_a_role_definition_that_is_there_is_answered_as_a_new_one(clients: Clients) -> None:
    scope, name = f"/subscriptions/{clients.subscription}", str(uuid.uuid4())
    permissions = [{"actions": ["Microsoft.KeyVault/vaults/read"]}]
    body = {"properties": {"roleName": "Looker", "permissions": permissions, "assignableScopes": [scope]}}
    path = f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{name}"
    assert [clients.arm("PUT", path, body).status_code for _time in range(2)] == [201, 201]


def test_microsoft_graph_takes_two_slashes_for_one(clients: Clients, azure: LocalAzure) -> None:
    token = clients.credential.get_token("https://graph.microsoft.com/.default").token
    app = azure.world.app()["client_id"]
    url = f"https://graph.microsoft.com/v1.0//servicePrincipals?$filter=appId eq '{app}'"
    reply = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
    assert [one["appId"] for one in reply.json()["value"]] == [app]


def test_endpoints_are_told_without_a_token(azure: LocalAzure) -> None:
    url = "https://management.azure.com/metadata/endpoints"
    old = requests.get(url, params={"api-version": "2015-01-01"}, timeout=30).json()
    assert old["authentication"]["loginEndpoint"] == "https://login.microsoftonline.com/"
    assert old["authentication"]["audiences"][0] == "https://management.core.windows.net/"
    every = requests.get(url, params={"api-version": "2019-05-01"}, timeout=30).json()
    assert {one["name"]: one["suffixes"]["acrLoginServer"] for one in every} == {
        name: cloud.registry_suffix[1:] for name, cloud in CLOUDS.items()
    }
    one = requests.get(url, params={"api-version": "2022-09-01"}, timeout=30).json()
    assert (one["name"], one["suffixes"]["mhsmDns"]) == ("AzureCloud", "managedhsm.azure.net")
    assert one["resourceManager"] == "https://management.azure.com/"
    assert requests.get(url, timeout=30).json()["error"]["code"] == "MissingApiVersionParameter"


@pytest.mark.parametrize("cloud", ["AzureUSGovernment", "AzureChinaCloud"])
def test_every_cloud_tells_its_own_endpoints(cloud: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(cloud=cloud) as started:
        for name, value in started.environment.items():
            monkeypatch.setenv(name, value)
        url = f"https://{CLOUDS[cloud].management}/metadata/endpoints"
        shown = requests.get(url, params={"api-version": "2022-09-01"}, timeout=30).json()
    assert (shown["name"], shown["resourceManager"]) == (cloud, f"https://{CLOUDS[cloud].management}")
    assert shown["authentication"]["loginEndpoint"] == f"https://{CLOUDS[cloud].login}"


def test_providers_are_listed_with_their_types_and_registered(clients: Clients) -> None:
    listed = {one.namespace: one for one in clients.providers.list()}
    types = {one.resource_type: one for one in listed["Microsoft.ContainerRegistry"].resource_types}
    assert "2025-11-01" in types["registries"].api_versions
    assert "West Europe" in types["registries"].locations
    clients.providers.unregister("Microsoft.ContainerRegistry")
    assert clients.providers.get("Microsoft.ContainerRegistry").registration_state == "NotRegistered"
    assert clients.providers.register("Microsoft.ContainerRegistry").registration_state == "Registered"
    with pytest.raises(ResourceNotFoundError, match="InvalidResourceNamespace"):
        clients.providers.get("Microsoft.Nowhere")


def test_a_subscription_tells_its_regions(clients: Clients) -> None:
    path = f"/subscriptions/{clients.subscription}/locations"
    found = {one["name"]: one for one in clients.arm("GET", path, version="2022-12-01").json()["value"]}
    assert found["westeurope"]["displayName"] == "West Europe"
    assert [one["logicalZone"] for one in found["westeurope"]["availabilityZoneMappings"]] == ["1", "2", "3"]
    assert "availabilityZoneMappings" not in found["westus"]


def test_a_deleted_managed_hsm_is_found_held_and_purged(clients: Clients, control: Control) -> None:
    control.managed_hsm("contoso-hsm")
    client = KeyVaultManagementClient(clients.credential, clients.subscription, polling_interval=0.05, retry_total=0)
    hsms, group = client.managed_hsms, "managed-hsms"
    assert not hsms.check_mhsm_name_availability({"name": "contoso-hsm"}).name_available
    assert hsms.check_mhsm_name_availability({"name": "-"}).reason == "AccountNameInvalid"
    path = f"/subscriptions/{clients.subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault"
    linked = clients.arm("GET", f"{path}/managedHSMs/contoso-hsm/privateLinkResources", version="2023-07-01").json()
    assert linked["value"][0]["properties"]["groupId"] == "managedhsm"
    hsms.begin_delete(group, "contoso-hsm").result()
    deleted = hsms.get_deleted("contoso-hsm", "westeurope")
    assert (deleted.name, deleted.properties.purge_protection_enabled) == ("contoso-hsm", True)
    held = hsms.check_mhsm_name_availability({"name": "contoso-hsm"})
    assert (held.name_available, held.reason) == (False, "AlreadyExists")
    with pytest.raises(HttpResponseError, match="DeletedManagedHsmPurge"):
        hsms.begin_purge_deleted("contoso-hsm", "westeurope").result()
    with pytest.raises(ResourceNotFoundError):
        hsms.get_deleted("another-hsm", "westeurope")
