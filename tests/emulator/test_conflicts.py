# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A 409 for each of its causes: names, changes side by side, deletions under way, locks, providers not registered."""

from __future__ import annotations

import concurrent.futures
import typing

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from local_azure.client import Control
from support.clients import GROUP, PLACE, Clients, refused

LOCKS = "providers/Microsoft.Authorization/locks"


def side_by_side(*calls: typing.Callable[[], typing.Any]) -> list[str]:
    """Make calls at the same time; the code of each refusal, or an empty text."""

    def one(call: typing.Callable[[], typing.Any]) -> str:
        try:
            getattr(call(), "result", lambda: None)()
        except HttpResponseError as error:
            return str(error.error.code)
        return ""

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(one, call) for call in calls]]


# --- vaults ----------------------------------------------------------------------------------------------------------


def test_changes_of_a_vault_side_by_side(clients: Clients, control: Control) -> None:
    clients.vault(enableRbacAuthorization=False)
    control.settings(write_seconds=1.0)

    def put() -> typing.Any:
        return clients.vaults.begin_create_or_update(GROUP, "contoso-kv", body)

    def patch() -> typing.Any:
        return clients.vaults.update(GROUP, "contoso-kv", {"tags": {"a": "b"}})

    def policy() -> typing.Any:
        entry = {"tenantId": clients.tenant, "objectId": clients.oid, "permissions": {"keys": ["get"]}}
        policies = {"properties": {"accessPolicies": [entry]}}
        return clients.vaults.update_access_policy(GROUP, "contoso-kv", "add", policies)

    sku = {"family": "A", "name": "standard"}
    body = {"location": PLACE, "properties": {"tenantId": clients.tenant, "sku": sku, "accessPolicies": []}}
    clients.groups.get(GROUP)
    codes = side_by_side(put, patch, policy)
    assert sorted(codes) == ["", "ConflictError", "ConflictError"]
    # the name is not the matter, and a second try passes
    assert "Please check for parallel operations on the vault and retry." in refused_message(clients, control)
    assert side_by_side(patch) == [""]


def refused_message(clients: Clients, control: Control) -> str:
    """What a change says that another one overtook."""
    messages: list[str] = []

    def patch() -> None:
        try:
            clients.vaults.update(GROUP, "contoso-kv", {"tags": {"c": "d"}})
        except HttpResponseError as error:
            messages.append(error.error.message)

    side_by_side(patch, patch)
    return messages[0]


def test_changes_of_two_vaults_side_by_side_are_no_matter(clients: Clients, control: Control) -> None:
    clients.vault()
    clients.vault("other-kv")
    control.settings(write_seconds=1.0)
    tags = {"tags": {"a": "b"}}
    names = ("contoso-kv", "other-kv")
    calls = [lambda name=name: clients.vaults.update(GROUP, name, tags) for name in names]
    assert side_by_side(*calls) == ["", ""]


def test_a_vault_s_name_that_is_taken_says_so(clients: Clients) -> None:
    clients.vault()
    clients.groups.create_or_update("other", {"location": PLACE})
    properties = {"tenantId": clients.tenant, "sku": {"family": "A", "name": "standard"}, "accessPolicies": []}
    body = {"location": PLACE, "properties": properties}
    error = refused(clients.vaults.begin_create_or_update, "other", "contoso-kv", body)
    assert (error.status_code, error.error.code) == (409, "VaultAlreadyExists")
    clients.vaults.delete(GROUP, "contoso-kv")
    error = refused(clients.vaults.begin_create_or_update, "other", "contoso-kv", body)
    assert error.error.code == "ConflictError"
    assert "A vault with the same name already exists in deleted state" in error.error.message


# --- keys ------------------------------------------------------------------------------------------------------------


def test_changes_of_one_key_s_versions_side_by_side(clients: Clients, control: Control) -> None:
    clients.everything()
    keys = clients.keys()
    versions = [keys.get_key("cmk").properties.version, *(keys.rotate_key("cmk").properties.version for _n in range(2))]
    control.settings(write_seconds=1.0)
    calls = [lambda version=version: keys.update_key_properties("cmk", version, enabled=False) for version in versions]
    codes = side_by_side(*calls)
    assert sorted(codes) == ["", "Conflict", "Conflict"]
    for call in calls:
        assert call().properties.enabled is False


def test_just_after_its_recovery_a_key_is_neither_found_nor_changed(clients: Clients, control: Control) -> None:
    clients.everything()
    keys = clients.keys()
    keys.begin_delete_key("cmk").result()
    control.settings(key_recover_seconds=20.0, key_recovered_busy_seconds=40.0)
    keys.begin_recover_deleted_key("cmk")
    with pytest.raises(ResourceNotFoundError):
        keys.get_key("cmk")
    control.advance(21)
    assert keys.get_key("cmk").name == "cmk"
    error = refused(keys.update_key_properties, "cmk", enabled=True)
    assert (error.status_code, error.error.code) == (409, "Conflict")
    assert "in a sequential manner" in error.error.message
    control.advance(20)
    assert keys.update_key_properties("cmk", enabled=True).name == "cmk"


def test_a_purged_key_s_name_is_held_for_a_while(clients: Clients, control: Control) -> None:
    clients.everything()
    keys = clients.keys()
    keys.begin_delete_key("cmk").result()
    control.settings(key_purge_seconds=30.0)
    keys.purge_deleted_key("cmk")
    error = refused(keys.create_rsa_key, "cmk", size=2048)
    assert (error.status_code, error.error.innererror["code"]) == (409, "ObjectIsBeingDeleted")
    control.advance(31)
    assert keys.create_rsa_key("cmk", size=2048).name == "cmk"


# --- replicas --------------------------------------------------------------------------------------------------------


def test_a_replica_in_the_home_region_or_while_one_is_deleted_there(clients: Clients, control: Control) -> None:
    clients.registry()
    home = refused(clients.replications.begin_create, GROUP, "contosoacr", PLACE, {"location": PLACE})
    assert home.status_code == 409
    body = {"location": "northeurope"}
    clients.replications.begin_create(GROUP, "contosoacr", "northeurope", body).result()
    control.settings(operation_seconds=60.0)
    clients.replications.begin_delete(GROUP, "contosoacr", "northeurope", polling=False)
    again = refused(clients.replications.begin_create, GROUP, "contosoacr", "northeurope", body)
    assert again.status_code == 409
    control.advance(61)
    control.settings(operation_seconds=0.05)
    assert clients.replications.begin_create(GROUP, "contosoacr", "northeurope", body).result().name == "northeurope"


def test_a_replica_s_deletion_is_polled_at_the_subscription_s_location(clients: Clients, control: Control) -> None:
    clients.registry()
    clients.replications.begin_create(GROUP, "contosoacr", "northeurope", {"location": "northeurope"}).result()
    control.forget_requests()
    clients.replications.begin_delete(GROUP, "contosoacr", "northeurope").result()
    requests = [(r["method"], r["status"], r["path"]) for r in control.requests() if r["service"] == "management"]
    assert requests[0][:2] == ("DELETE", 202)
    assert "/locations/northeurope/operationResults/replications-" in requests[-1][2]
    assert [one.name for one in clients.replications.list(GROUP, "contosoacr")] == [PLACE]


# --- locks -----------------------------------------------------------------------------------------------------------


def lock(clients: Clients, scope: str, level: str) -> str:
    """Set a lock by the SDK's way for resources of any type; its id."""
    name = f"{scope}/{LOCKS}/keep"
    body = {"properties": {"level": level}}
    clients.resources.begin_create_or_update_by_id(name, body, api_version="2020-05-01").result()
    return name


@pytest.mark.parametrize("place", ["subscription", "group", "vault"])
def test_a_lock_keeps_role_assignments_and_vaults_from_going(clients: Clients, place: str) -> None:
    vault, identity, _key = clients.everything()
    scopes = {"subscription": f"/subscriptions/{clients.subscription}", "vault": vault["id"]}
    scope = scopes.get(place, vault["id"].split("/providers/")[0])
    name = lock(clients, scope, "CanNotDelete")
    principal = identity["properties"]["principalId"]
    (assignment,) = clients.assignments.list_for_scope(vault["id"], filter=f"principalId eq '{principal}'")
    error = refused(clients.assignments.delete_by_id, assignment.id)
    assert (error.status_code, error.error.code) == (409, "ScopeLocked")
    assert f"'{scope}'" in error.error.message
    assert refused(clients.vaults.delete, GROUP, "contoso-kv").error.code == "ScopeLocked"
    assert refused(clients.groups.begin_delete, GROUP).error.code == "ScopeLocked"
    # what it does not touch: changes, further roles, and the keys themselves
    clients.vaults.update(GROUP, "contoso-kv", {"tags": {"a": "b"}})
    clients.give(vault["id"], "12338af0-0e69-4776-bea7-57ae8d297424", clients.oid)
    clients.keys().update_key_properties("cmk", enabled=False)
    clients.keys().begin_delete_key("cmk").result()
    clients.resources.begin_delete_by_id(name, api_version="2020-05-01").result()
    clients.assignments.delete_by_id(assignment.id)


@pytest.mark.parametrize(("level", "taken"), [("CanNotDelete", True), ("ReadOnly", False)])
def test_an_access_policy_is_kept_by_a_read_only_lock_alone(clients: Clients, level: str, taken: bool) -> None:
    vault = clients.vault(enableRbacAuthorization=False)
    entry = {"tenantId": clients.tenant, "objectId": clients.oid, "permissions": {"keys": ["get"]}}
    policies = {"properties": {"accessPolicies": [entry]}}
    clients.vaults.update_access_policy(GROUP, "contoso-kv", "add", policies)
    lock(clients, vault["id"], level)
    if taken:
        clients.vaults.update_access_policy(GROUP, "contoso-kv", "remove", policies)
    else:
        error = refused(clients.vaults.update_access_policy, GROUP, "contoso-kv", "remove", policies)
        assert error.error.code == "ScopeLocked"
    assert (clients.vaults.get(GROUP, "contoso-kv").properties.access_policies == []) is taken


def test_a_lock_on_a_registry(clients: Clients) -> None:
    registry, _identity, _key = clients.registry()
    lock(clients, registry["id"], "CanNotDelete")
    assert refused(clients.registries.begin_delete, GROUP, "contosoacr").error.code == "ScopeLocked"
    locks = clients.arm("GET", f"{registry['id']}/{LOCKS}", version="2020-05-01").json()["value"]
    assert [one["properties"]["level"] for one in locks] == ["CanNotDelete"]


def test_one_who_may_not_set_locks_may_not(clients: Clients, control: Control) -> None:
    vault, someone = clients.vault()["id"], control.principal("someone")
    contributor = "b24988ac-6180-42a0-ab88-20f7382dd24c"
    control.grant(scope=f"/subscriptions/{clients.subscription}", role=contributor, principal=someone["oid"])
    clients.sign_in(someone["client_id"], someone["secret"])
    assert refused(lock, clients, vault, "CanNotDelete").error.code == "AuthorizationFailed"


# --- providers -------------------------------------------------------------------------------------------------------


def test_the_sdk_registers_a_provider_by_itself(clients: Clients, control: Control) -> None:
    clients.groups.create_or_update(GROUP, {"location": PLACE})
    assert clients.providers.unregister("Microsoft.ManagedIdentity").registration_state == "NotRegistered"
    control.forget_requests()
    assert clients.identities.create_or_update(GROUP, "contoso-id", {"location": PLACE}).name == "contoso-id"
    posts = [r["path"] for r in control.requests() if r["method"] == "POST" and r["service"] == "management"]
    assert [path.rsplit("/", 2)[-2:] for path in posts] == [["Microsoft.ManagedIdentity", "register"]]
    assert clients.providers.get("Microsoft.ManagedIdentity").registration_state == "Registered"


def test_a_provider_that_is_not_registered(clients: Clients) -> None:
    clients.groups.create_or_update(GROUP, {"location": PLACE})
    clients.providers.unregister("Microsoft.ContainerRegistry")
    group = f"/subscriptions/{clients.subscription}/resourceGroups/{GROUP}"
    path = f"{group}/providers/Microsoft.ContainerRegistry/registries/contosoacr"
    body = {"location": PLACE, "sku": {"name": "Basic"}}
    answer = clients.arm("PUT", path, body, "2025-11-01")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "MissingSubscriptionRegistration")
    assert error["details"][0]["target"] == "Microsoft.ContainerRegistry"
