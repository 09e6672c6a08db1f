# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contract of a Managed HSM, by the unmodified SDKs (docs/azure-behaviour.md, "Managed HSM")."""

from __future__ import annotations

import uuid

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError
from azure.keyvault.administration import KeyVaultAccessControlClient, KeyVaultDataAction, KeyVaultPermission
from azure.keyvault.keys import KeyClient
from azure.mgmt.keyvault import KeyVaultManagementClient
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import GROUP, PLACE, Clients, refused

HOST = "https://contosohsm.managedhsm.azure.net"
CRYPTO_USER, CRYPTO_OFFICER = "21dbd100-6940-42c2-9190-5d6cb909625b", "515eb02d-2335-4d2d-92f2-b1cbdf9c3778"
ENCRYPTION_USER = "33413926-3206-4cdd-b39a-83574fe37a17"
DEFINITION = "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions/"


@pytest.fixture
def hsm(clients: Clients, control: Control) -> KeyVaultAccessControlClient:
    control.managed_hsm("contosohsm")
    return KeyVaultAccessControlClient(HOST, clients.credential, retry_total=0)


def keys(clients: Clients) -> KeyClient:
    return KeyClient(HOST, clients.credential, retry_total=0)


def test_its_administrator_manages_roles_and_not_keys(clients: Clients, hsm: KeyVaultAccessControlClient) -> None:
    names = {role.role_name for role in hsm.list_role_definitions("/")}
    assert "Managed HSM Crypto Service Encryption User" in names
    with pytest.raises(HttpResponseError, match=r"Not authorized to access Microsoft\.KeyVault/managedHsm/keys/create"):
        keys(clients).create_rsa_key("cmk", hardware_protected=True)
    hsm.create_role_assignment("/keys", DEFINITION + CRYPTO_USER, clients.oid)
    made = keys(clients).create_rsa_key("cmk", hardware_protected=True, size=3072)
    assert (made.key_type, made.properties.vault_url) == ("RSA-HSM", HOST)


def test_roles_are_given_and_taken_at_the_very_scope(clients: Clients, hsm: KeyVaultAccessControlClient) -> None:
    made = {
        scope: hsm.create_role_assignment(scope, DEFINITION + ENCRYPTION_USER, clients.oid)
        for scope in ("/", "/keys", "/keys/cmk")
    }
    seen = {one.properties.scope for one in hsm.list_role_assignments("/keys/cmk")}
    assert {"/", "/keys", "/keys/cmk"} <= seen
    hsm.delete_role_assignment("/keys/cmk", made["/keys/cmk"].name)
    left = {one.name for one in hsm.list_role_assignments("/keys/cmk")}
    assert made["/keys/cmk"].name not in left
    assert {made["/"].name, made["/keys"].name} <= left
    error = refused(hsm.create_role_assignment, "/keys", DEFINITION + ENCRYPTION_USER, clients.oid)
    assert (error.status_code, error.error.code) == (400, "MatchingRoleAssignmentExists")
    assert f"'{made['/keys'].name}' already adds role" in error.message


def test_an_assignment_is_not_given_to_another(clients: Clients, hsm: KeyVaultAccessControlClient) -> None:
    name, other = str(uuid.uuid4()), str(uuid.uuid4())
    hsm.create_role_assignment("/keys", DEFINITION + CRYPTO_USER, clients.oid, name=name)
    assert refused(hsm.create_role_assignment, "/keys", DEFINITION + CRYPTO_USER, other, name=name).status_code == 409
    assert hsm.get_role_assignment("/keys", name).properties.principal_id == clients.oid


@pytest.mark.parametrize(
    ("scope", "principal", "name"),
    [("/foo/bar", "", ""), ("/keys/a/b", "", ""), ("/keys", "nobody", ""), ("/keys", "", "notaguid")],
)
def test_what_cannot_be_assigned_is_refused(
    clients: Clients, hsm: KeyVaultAccessControlClient, scope: str, principal: str, name: str
) -> None:
    asked = (scope, DEFINITION + CRYPTO_USER, principal or clients.oid)
    before = len(list(hsm.list_role_assignments("/")))
    assert refused(hsm.create_role_assignment, *asked, name=name or str(uuid.uuid4())).status_code == 400
    assert len(list(hsm.list_role_assignments("/"))) == before
    if name:
        assert refused(hsm.set_role_definition, "/", name=name, role_name="Makers").status_code == 400


def test_a_list_is_filtered_as_described_or_not_at_all(clients: Clients, hsm: KeyVaultAccessControlClient) -> None:
    hsm.create_role_assignment("/keys", DEFINITION + CRYPTO_USER, clients.oid)
    token = clients.credential.get_token("https://managedhsm.azure.net/.default").token

    def asked(text: str) -> requests.Response:
        options = {"api-version": "7.4", "$filter": text}
        headers = {"Authorization": f"Bearer {token}"}
        path = f"{HOST}/keys/providers/Microsoft.Authorization/roleAssignments"
        return requests.get(path, params=options, headers=headers, timeout=10)

    for text in ("atScope()", f"principalId eq '{clients.oid}'", f"principalId eq {clients.oid}"):
        assert len(asked(text).json()["value"]) == 2
    assert asked("nonsense").status_code == 400


def test_recovering_takes_a_right_of_its_own(clients: Clients, hsm: KeyVaultAccessControlClient) -> None:
    hsm.create_role_assignment("/keys", DEFINITION + CRYPTO_USER, clients.oid)
    client = keys(clients)
    client.create_rsa_key("cmk", hardware_protected=True)
    client.begin_delete_key("cmk").wait()
    with pytest.raises(HttpResponseError, match="deletedKeys/read/action on /keys/cmk"):
        client.get_deleted_key("cmk")
    hsm.create_role_assignment("/keys", DEFINITION + CRYPTO_OFFICER, clients.oid)
    assert client.begin_recover_deleted_key("cmk").result().name == "cmk"


def test_a_registry_uses_a_key_of_it(
    clients: Clients, hsm: KeyVaultAccessControlClient, control: Control, azure: LocalAzure
) -> None:
    hsm.create_role_assignment("/keys", DEFINITION + CRYPTO_USER, clients.oid)
    key, identity = keys(clients).create_rsa_key("cmk", hardware_protected=True), clients.identity()
    body = clients.registry_body(identity, f"{HOST}/keys/cmk")
    with pytest.raises(HttpResponseError, match="Failed to access KeyId"):
        clients.registries.begin_create(GROUP, "contosoacr", body).result()
    principal = identity["properties"]["principalId"]
    given = hsm.create_role_assignment("/keys/cmk", DEFINITION + ENCRYPTION_USER, principal)
    made = clients.registries.begin_create(GROUP, "contosoacr", body).result().as_dict()
    shown = made["properties"]["encryption"]["keyVaultProperties"]
    assert shown["versionedKeyIdentifier"] == key.id
    newer = keys(clients).create_rsa_key("cmk", hardware_protected=True)
    control.advance(3601)
    again = Clients(azure)
    shown = again.registries.get(GROUP, "contosoacr").as_dict()["properties"]["encryption"]["keyVaultProperties"]
    assert shown["versionedKeyIdentifier"] == newer.id
    client = KeyVaultAccessControlClient(HOST, again.credential, retry_total=0)
    client.delete_role_assignment("/keys/cmk", given.name)
    told = control.registries()["contosoacr"]
    assert (told["readable"], "keys/read/action on /keys/cmk" in told["why"]) == (False, True)


def test_the_resource_is_read_deleted_and_recovered(clients: Clients, hsm: KeyVaultAccessControlClient) -> None:
    resources = KeyVaultManagementClient(clients.credential, clients.subscription, retry_total=0).managed_hsms
    (known,) = [one.as_dict() for one in resources.list_by_subscription()]
    assert known["properties"]["hsmUri"] == f"{HOST}/"
    assert known["properties"]["provisioningState"] == "Succeeded"
    resources.begin_delete("managed-hsms", "contosohsm").wait()
    assert [one.name for one in resources.list_deleted()] == ["contosohsm"]
    with pytest.raises((ServiceRequestError, HttpResponseError)):
        list(KeyVaultAccessControlClient(HOST, clients.credential, retry_total=0).list_role_assignments("/"))
    body = {"location": PLACE, "properties": {"createMode": "recover"}}
    resources.begin_create_or_update("managed-hsms", "contosohsm", body).wait()
    assert [one.name for one in resources.list_deleted()] == []
    assert list(KeyVaultAccessControlClient(HOST, clients.credential, retry_total=0).list_role_assignments("/"))


def test_making_one_is_not_emulated(clients: Clients) -> None:
    resources = KeyVaultManagementClient(clients.credential, clients.subscription, retry_total=0).managed_hsms
    clients.groups.create_or_update(GROUP, {"location": PLACE})
    with pytest.raises(HttpResponseError, match="--managed-hsm NAME"):
        resources.begin_create_or_update(GROUP, "another", {"location": PLACE, "properties": {}}).wait()


def test_a_name_that_is_not_there_does_not_resolve(clients: Clients) -> None:
    with pytest.raises((ServiceRequestError, ResourceNotFoundError)):
        KeyClient("https://nobody.managedhsm.azure.net", clients.credential, retry_total=0).get_key("cmk")


def test_a_role_of_its_own_is_made_given_and_removed(clients: Clients, hsm: KeyVaultAccessControlClient) -> None:
    permission = KeyVaultPermission(data_actions=[KeyVaultDataAction.READ_HSM_KEY, KeyVaultDataAction.CREATE_HSM_KEY])
    made = hsm.set_role_definition("/", role_name="Makers", permissions=[permission])
    assert (made.role_type, made.role_name) == ("CustomRole", "Makers")
    hsm.create_role_assignment("/keys", DEFINITION + made.name, clients.oid)
    assert keys(clients).create_rsa_key("cmk", hardware_protected=True).key_type == "RSA-HSM"
    assert made.name in {one.name for one in hsm.list_role_definitions("/")}
    hsm.delete_role_definition("/", made.name)
    with pytest.raises(HttpResponseError, match="role definition not found"):
        hsm.get_role_definition("/", made.name)
