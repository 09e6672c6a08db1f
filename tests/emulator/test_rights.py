# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where rights come from: management groups, people, applications, repositories' own roles, the az CLI."""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import typing

import jwt
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import AzureCliCredential, UsernamePasswordCredential
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.az import Az
from support.clients import CMK_ROLE, GROUP, OFFICER, Clients, refused
from support.images import Image, Sdk

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

SERVER = "contosoacr.azurecr.io"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
ACCESS_ADMINISTRATOR = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
REPOSITORY_READER = "b93aa761-3e63-49ed-ac28-beffa264f7ac"
CATALOG_LISTER = "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7"
MANAGEMENT = "https://management.azure.com"


def sign_in_person(clients: Clients, control: Control, name: str = "alice@contoso.com") -> dict[str, typing.Any]:
    """Go on as a person who has no rights yet."""
    user = control.user(name)
    cli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
    clients.use(UsernamePasswordCredential(cli, name, user["password"], tenant_id=clients.tenant))
    return user


# --- scopes above the subscription -----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["management group", "its parent", "root group", "/"])
def test_a_role_above_the_subscription_counts_for_everything_below(
    clients: Clients, control: Control, place: str
) -> None:
    registry, identity, key = clients.registry()
    control.management_group("platform")
    inner = control.management_group("contoso", clients.subscription, parent="platform")
    scope = {"management group": inner, "its parent": inner.replace("contoso", "platform"), "/": "/"}.get(
        place, f"/providers/Microsoft.Management/managementGroups/{clients.tenant}"
    )
    control.grant(scope="/", role=ACCESS_ADMINISTRATOR, principal=clients.oid)
    principal = identity["properties"]["principalId"]
    clients.give(scope, CMK_ROLE, principal)
    vault = clients.vaults.get(GROUP, "contoso-kv").id
    at = {one.scope: one for one in clients.assignments.list_for_scope(vault, filter=f"assignedTo('{principal}')")}
    assert set(at) == {scope, vault}
    assert scope in {one.scope for one in clients.assignments.list_for_scope(vault, filter="atScope()")}
    clients.assignments.delete_by_id(at[vault].id)
    assert control.registries()["contosoacr"]["readable"]
    clients.assignments.delete_by_id(at[scope].id)
    assert not control.registries()["contosoacr"]["readable"]
    assert (registry["name"], key.split("/")[-2]) == ("contosoacr", "cmk")


def test_a_role_at_another_management_group_does_not_count(clients: Clients, control: Control) -> None:
    vault, identity, _key = clients.everything()
    elsewhere = control.management_group("fabrikam")
    control.grant(scope=elsewhere, role=CMK_ROLE, principal=identity["properties"]["principalId"])
    scopes = {one.scope for one in clients.assignments.list_for_scope(vault["id"])}
    assert elsewhere not in scopes
    assert f"/subscriptions/{clients.subscription}" in scopes


def test_the_owner_of_a_subscription_may_give_no_role_above_it(clients: Clients, control: Control) -> None:
    group = control.management_group("contoso", clients.subscription)
    error = refused(clients.give, group, READER, clients.oid)
    assert (error.status_code, error.error.code) == (403, "AuthorizationFailed")
    assert clients.arm("GET", group).status_code == 403
    control.grant(scope=group, role=READER, principal=clients.oid)
    assert clients.arm("GET", group).json()["properties"]["displayName"] == "contoso"


# --- who one is ------------------------------------------------------------------------------------------------------


def test_the_kind_of_a_principal_must_be_its_own(clients: Clients, control: Control) -> None:
    vault, user = clients.vault()["id"], control.user("alice@contoso.com")
    group = control.group("operators", user["oid"])
    error = refused(clients.give, vault, OFFICER, user["oid"])
    assert (error.status_code, error.error.code) == (400, "UnmatchedPrincipalType")
    assert "has type 'User' , which is different from specified PrinciaplType 'ServicePrincipal'" in error.message
    assert refused(clients.give, vault, OFFICER, group, "User").error.code == "UnmatchedPrincipalType"
    assert refused(clients.give, vault, OFFICER, clients.oid, "User").error.code == "UnmatchedPrincipalType"
    clients.give(vault, OFFICER, user["oid"], "User")
    clients.give(vault, OFFICER, group, "Group")
    kinds = {one.principal_id: one.principal_type for one in clients.assignments.list_for_scope(vault)}
    assert (kinds[user["oid"]], kinds[group], kinds[clients.oid]) == ("User", "Group", "ServicePrincipal")


@pytest.mark.parametrize("says_so", [True, False])
def test_a_person_s_token_is_told_from_an_application_s(clients: Clients, control: Control, says_so: bool) -> None:
    control.settings(user_token_idtyp=says_so)
    app = jwt.decode(clients.credential.get_token(f"{MANAGEMENT}/.default").token, options={"verify_signature": False})
    assert (app["idtyp"], "upn" in app, "scp" in app) == ("app", False, False)
    user = sign_in_person(clients, control)
    mine = jwt.decode(clients.credential.get_token(f"{MANAGEMENT}/.default").token, options={"verify_signature": False})
    assert (mine["oid"], mine["upn"]) == (user["oid"], "alice@contoso.com")
    assert (mine.get("idtyp"), "scp" in mine) == ("user" if says_so else None, True)


def test_a_person_works_with_its_own_rights(clients: Clients, control: Control) -> None:
    clients.vault()
    user = sign_in_person(clients, control)
    error = refused(clients.vaults.get, GROUP, "contoso-kv")
    assert f"The client 'alice@contoso.com' with object id '{user['oid']}'" in error.message
    control.grant(scope=f"/subscriptions/{clients.subscription}", role=OWNER, principal=user["oid"])
    assert refused(clients.keys().create_rsa_key, "cmk", size=2048).error.innererror["code"] == "ForbiddenByRbac"
    clients.give(clients.vaults.get(GROUP, "contoso-kv").id, OFFICER, user["oid"], "User")
    assert clients.keys().create_rsa_key("cmk", size=2048).name == "cmk"


def test_microsoft_graph_knows_people(clients: Clients, control: Control) -> None:
    def ask(path: str) -> requests.Response:
        token = clients.credential.get_token("https://graph.microsoft.com/.default").token
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"https://graph.microsoft.com/v1.0/{path}", headers=headers, timeout=10)

    assert ask("me").status_code == 400
    user = sign_in_person(clients, control)
    assert ask("me").json()["userPrincipalName"] == "alice@contoso.com"
    assert ask("users/alice@contoso.com").json()["id"] == user["oid"]
    assert ask(f"directoryObjects/{user['oid']}").json()["@odata.type"] == "#microsoft.graph.user"
    assert ask(f"servicePrincipals/{user['oid']}").status_code == 404


def test_a_wrong_password_is_refused(clients: Clients, control: Control) -> None:
    control.user("alice@contoso.com")
    cli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
    wrong = UsernamePasswordCredential(cli, "alice@contoso.com", "wrong", tenant_id=clients.tenant)
    with pytest.raises(ClientAuthenticationError, match="AADSTS50126"):
        wrong.get_token(f"{MANAGEMENT}/.default")


# --- access policies with an application -----------------------------------------------------------------------------


def test_a_policy_with_an_application_gives_nothing_to_the_object_alone(clients: Clients, control: Control) -> None:
    clients.vault(enableRbacAuthorization=False)
    cli = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

    def put(oid: str, verbs: list[str], application: str | None = None) -> None:
        entry = {"tenantId": clients.tenant, "objectId": oid, "permissions": {"keys": verbs}}
        entry |= {"applicationId": application} if application else {}
        clients.vaults.update_access_policy(GROUP, "contoso-kv", "add", {"properties": {"accessPolicies": [entry]}})

    put(clients.oid, ["create"], cli)
    assert refused(clients.keys().create_rsa_key, "cmk", size=2048).error.innererror["code"] == "AccessDenied"
    put(clients.oid, ["get"])
    assert refused(clients.keys().create_rsa_key, "cmk", size=2048).error.innererror["code"] == "AccessDenied"
    policies = clients.vaults.get(GROUP, "contoso-kv").properties.access_policies
    assert [(one.application_id, list(one.permissions.keys_property)) for one in policies] == [
        (cli, ["create"]),
        (None, ["get"]),
    ]
    user = control.user("alice@contoso.com")
    put(user["oid"], ["create"], cli)
    clients.use(UsernamePasswordCredential(cli, user["name"], user["password"], tenant_id=clients.tenant))
    assert clients.keys().create_rsa_key("cmk", size=2048).name == "cmk"


def test_an_identity_s_policy_with_an_application_opens_no_registry(clients: Clients, control: Control) -> None:
    _registry, identity, _key = clients.registry()
    ids = identity["properties"]
    entry = {
        "tenantId": clients.tenant,
        "objectId": ids["principalId"],
        "applicationId": ids["clientId"],
        "permissions": {"keys": ["get", "wrapKey", "unwrapKey"]},
    }
    policies = {"enableRbacAuthorization": False, "accessPolicies": [entry]}
    clients.vaults.update(GROUP, "contoso-kv", {"properties": policies})
    assert not control.registries()["contosoacr"]["readable"]


# --- registries whose roles go by repository -------------------------------------------------------------------------


def test_in_a_registry_with_repository_roles_only_those_give_data(clients: Clients, control: Control) -> None:
    registry, _identity, _key = clients.registry()
    assert Sdk(clients.credential).push(Image(), SERVER, "team/app", "v1") == ""
    change = {"properties": {"roleAssignmentMode": "AbacRepositoryPermissions"}}
    clients.registries.begin_update(GROUP, "contosoacr", change).result()
    # the owner of the subscription, and AcrPull, get nothing
    clients.give(registry["id"], PULL, clients.oid)
    assert "Unauthorized" in Sdk(clients.credential).pull(SERVER, "team/app", "v1")[1]
    clients.give(registry["id"], REPOSITORY_READER, clients.oid)
    assert Sdk(clients.credential).pull(SERVER, "team/app", "v1")[1] == ""
    with Sdk(clients.credential).client(SERVER) as images:
        error = refused(lambda: list(images.list_repository_names()))
        assert error.status_code == 401
        assert [tag.name for tag in images.list_tag_properties("team/app")] == ["v1"]
    clients.give(registry["id"], CATALOG_LISTER, clients.oid)
    with Sdk(clients.credential).client(SERVER) as images:
        assert list(images.list_repository_names()) == ["team/app"]


# --- the az CLI ------------------------------------------------------------------------------------------------------


@pytest.fixture
def az(azure: LocalAzure, clients: Clients, control: Control, tmp_path: pathlib.Path, monkeypatch) -> Az:
    """Signed in as a person, with a default subscription of another tenant than the second one."""
    control.user("alice@contoso.com")
    other = {"id": "11111111-1111-4111-8111-111111111111", "tenant": "22222222-2222-4222-8222-222222222222"}
    mine = {"id": clients.subscription, "tenant": clients.tenant, "name": "Local Azure"}
    stand_in = Az(tmp_path / "bin", azure.url, "alice@contoso.com", [other, mine], seconds=0.1)
    monkeypatch.setenv("PATH", f"{stand_in.folder}{os.pathsep}{os.environ['PATH']}")
    return stand_in


def test_az_gives_a_token_of_the_default_subscription_s_tenant(az: Az, clients: Clients, control: Control) -> None:
    def tenant(**options: str) -> str:
        token = AzureCliCredential(**options).get_token(f"{MANAGEMENT}/.default").token
        return jwt.decode(token, options={"verify_signature": False})["tid"]

    assert tenant() == "22222222-2222-4222-8222-222222222222"
    assert tenant(subscription=clients.subscription) == tenant(tenant_id=clients.tenant) == clients.tenant
    clients.use(AzureCliCredential())
    error = refused(lambda: list(clients.groups.list()))
    assert (error.status_code, error.error.code) == (401, "InvalidAuthenticationTokenTenant")
    person = az.calls()[0]
    assert person["argv"][:2] == ["account", "get-access-token"]


def test_az_takes_a_tenant_or_a_subscription_not_both(az: Az, clients: Clients) -> None:
    both = AzureCliCredential(tenant_id=clients.tenant, subscription=clients.subscription)
    with pytest.raises(ClientAuthenticationError, match="only one of subscription and tenant"):
        both.get_token(f"{MANAGEMENT}/.default")


def test_several_az_at_once_are_seen(az: Az) -> None:
    def sign_in(_number: int) -> str:
        return AzureCliCredential().get_token(f"{MANAGEMENT}/.default").token

    sign_in(0)
    sign_in(1)
    assert [call["others"] for call in az.calls()] == [False, False]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(sign_in, range(3)))
    assert [call["others"] for call in az.calls()[2:]].count(True) >= 1


def test_az_with_nobody_signed_in_says_so(azure: LocalAzure, tmp_path: pathlib.Path, monkeypatch) -> None:
    nobody = Az(tmp_path / "bin", azure.url, "", [])
    monkeypatch.setenv("PATH", f"{nobody.folder}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ClientAuthenticationError, match="az login"):
        AzureCliCredential().get_token(f"{MANAGEMENT}/.default")


def test_an_az_at_the_same_time_can_fail(
    azure: LocalAzure, clients: Clients, control: Control, tmp_path: pathlib.Path, monkeypatch
) -> None:
    control.user("alice@contoso.com")
    mine = {"id": clients.subscription, "tenant": clients.tenant}
    stand_in = Az(tmp_path / "bin", azure.url, "alice@contoso.com", [mine], seconds=2.0, damaged_by_others=True)
    monkeypatch.setenv("PATH", f"{stand_in.folder}{os.pathsep}{os.environ['PATH']}")

    def sign_in(_number: int) -> bool:
        try:
            return bool(AzureCliCredential(process_timeout=60).get_token(f"{MANAGEMENT}/.default").token)
        except ClientAuthenticationError:
            return False

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(sign_in, range(2))) == [False, True]
    assert sign_in(0)
