# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users of every tool in this field reported, tried on the modules: each kind with the cases that one meets.

The facts and their sources: ``docs/azure-behaviour.md``; line by line: ``docs/coverage.md``, second table.
"""

from __future__ import annotations

import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.contoso import Contoso
from support.direct import Direct
from support.images import Index
from support.locker import CMK_ROLE, CONFIRM, KEY, PLACE, SERVER, TO, Locker, take_role_away
from support.outcome import done, failed

KV = "https://contoso-kv.vault.azure.net/keys/cmk"
REGISTRY = {"name": "contosoacr", **PLACE}
LOCKS = "providers/Microsoft.Authorization/locks"


def vault_id(azure: LocalAzure) -> str:
    group = f"/subscriptions/{Clients(azure).subscription}/resourceGroups/contoso"
    return f"{group}/providers/Microsoft.KeyVault/vaults/contoso-kv"


def principal(azure: LocalAzure) -> str:
    return Clients(azure).identities.get("contoso", "contoso-id").principal_id


# --- 1: on something that is there, what was not said changes nothing -------------------------------------------------


def test_a_change_of_the_permission_model_lists_every_policy_that_would_stop_counting(
    azure: LocalAzure, direct: Direct, control: Control, contoso: Contoso
) -> None:
    for task in contoso.vault_tasks(access="policy"):
        ((module, options),) = task.items()
        done(direct(module.rsplit(".", 1)[-1], **options))
    somebody = control.principal("billing")["oid"]
    done(direct("keyvault_key_access", vault="contoso-kv", principal_id=somebody, **PLACE))
    change = {"name": "contoso-kv", "access": "rbac", **PLACE}
    refusal = failed(direct("keyvault", **change), "confirmation_needed")
    assert somebody in refusal["msg"]
    assert "access policy" in refusal["msg"]
    assert refusal["changed"] is False
    names = [one["name"] for one in refusal["others_would_lose_access"]]
    assert somebody in names
    assert done(direct("keyvault", **change, confirm=names))["changed"]


# --- 2: manual rotation, from end to end ------------------------------------------------------------------------------


def registry_of(direct: Direct) -> dict[str, typing.Any]:
    (registry,) = done(direct("acr_cmk_registry_info", **REGISTRY))["registries"]
    return registry["encryption"]


def test_a_manual_registry_for_years(with_vault: Contoso, direct: Direct, control: Control) -> None:
    """One set of options for creation and rotation: pinned to a version, rotated by hand, never back, idempotent."""
    wish = {
        **REGISTRY,
        "location": "westeurope",
        "identity": "contoso-id",
        "key_identifier": KV,
        "rotation_mode": "manual",
    }
    foreseen = done(direct("acr_cmk_registry", **wish, check=True))
    assert foreseen["changed"]
    done(direct("acr_cmk_registry", **wish))
    start = registry_of(direct)
    assert (start["rotation_mode"], start["key_identifier"]) == ("manual", f"{KV}/{start['key_version']}")
    nightly = {**TO, "max_age": "90d", "vault": "contoso-kv", "key": "cmk", "key_version": start["key_version"]}
    for year in range(2):
        assert not done(direct("acr_cmk_registry", **wish))["changed"]
        assert not done(direct("cmk_rotate", **nightly))["changed"]
        before = registry_of(direct)["key_version"]
        control.advance(91 * 86400)
        assert done(direct("cmk_rotate", **nightly, check=True))["changed"]
        assert done(direct("cmk_rotate", **nightly))["changed"], year
        after = registry_of(direct)
        assert after["rotation_mode"] == "manual"
        assert after["key_version"] not in (before, start["key_version"])
    pinned = {**wish, "key_identifier": f"{KV}/{start['key_version']}"}
    assert not done(direct("acr_cmk_registry", **pinned))["changed"]
    assert not done(direct("acr_cmk_registry", **{**pinned, "rotation_mode": "keep"}))["changed"]


def test_keep_leaves_a_registry_in_its_mode(with_registry: Contoso, direct: Direct) -> None:
    versioned = registry_of(direct)["versioned_key_identifier"]
    done(direct("acr_cmk_registry", **REGISTRY, key_identifier=versioned))
    assert registry_of(direct)["rotation_mode"] == "manual"
    assert not done(direct("acr_cmk_registry", **REGISTRY, key_identifier=KV, rotation_mode="keep"))["changed"]
    assert done(direct("acr_cmk_registry", **REGISTRY, rotation_mode="automatic"))["changed"]
    assert registry_of(direct)["rotation_mode"] == "automatic"
    assert not done(direct("acr_cmk_registry", **REGISTRY, key_identifier=versioned, rotation_mode="keep"))["changed"]


@pytest.mark.parametrize("module", ["acr_cmk_registry", "cmk_rotate"])
def test_an_older_version_needs_so_many_words(with_registry: Contoso, direct: Direct, module: str) -> None:
    old = registry_of(direct)["versioned_key_identifier"]
    done(direct("cmk_rotate", **TO, max_age="0d"))
    new = registry_of(direct)["versioned_key_identifier"]
    wish = {"key_identifier": old, **(REGISTRY if module == "acr_cmk_registry" else TO)}
    refusal = failed(direct(module, **wish), "older_version")
    assert "allow_older_version: true" in refusal["msg"]
    assert registry_of(direct)["versioned_key_identifier"] == new
    assert done(direct(module, **wish, allow_older_version=True))["changed"]
    assert registry_of(direct)["versioned_key_identifier"] == old


def test_a_playbook_of_modules_passes_the_identifier_on_in_check_mode(direct: Direct, contoso: Contoso) -> None:
    for task in contoso.vault_tasks()[:5]:
        ((module, options),) = task.items()
        done(direct(module.rsplit(".", 1)[-1], **options))
    key = done(direct("keyvault_rsa_key", **KEY, check=True))["key"]
    assert key["key_identifier"].startswith(KV)
    wish = {**REGISTRY, "location": "westeurope", "identity": "contoso-id", "key_identifier": key["key_identifier"]}
    assert done(direct("acr_cmk_registry", **wish, check=True))["changed"]
    assert failed(direct("acr_cmk_registry", **wish), "key_missing")["changed"] is False


# --- 3: what Azure changes by itself is no difference -----------------------------------------------------------------


@pytest.mark.parametrize(
    "policy",
    [
        {"rotate_after_creation": "P90D", "expiry_time": "P2Y"},
        {"rotate_after_creation": "P90D"},
        {"rotate_before_expiry": "P30D", "expiry_time": "P1Y"},
        {"rotate_after_creation": "90d", "notify_before_expiry": "P45D", "expiry_time": "P1Y"},
        {"notify_before_expiry": "P45D"},
    ],
)
def test_a_rotation_policy_is_set_once(with_vault: Contoso, direct: Direct, policy: dict[str, str]) -> None:
    assert done(direct("keyvault_rsa_key", **KEY, rotation_policy=policy))["changed"]
    assert not done(direct("keyvault_rsa_key", **KEY, rotation_policy=policy))["changed"]


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("acr_cmk_registry", REGISTRY),
        ("keyvault", {"name": "contoso-kv", **PLACE}),
        ("managed_identity", {"name": "contoso-id", **PLACE}),
        ("resource_group", {"name": "contoso"}),
    ],
)
def test_a_tag_in_another_spelling_is_the_same(
    with_registry: Contoso, direct: Direct, module: str, options: dict[str, str]
) -> None:
    assert done(direct(module, **options, tags={"Owner": "contoso"}))["changed"]
    assert not done(direct(module, **options, tags={"OWNER": "contoso"}))["changed"]
    assert done(direct(module, **options, tags={"owner": "fabrikam"}))["changed"]
    failed(direct(module, **options, tags={"a": "1", "A": "2"}), "contradiction")


def test_zone_redundancy_that_azure_turned_on(with_vault: Contoso, direct: Direct) -> None:
    wish = {**with_vault.registry_task(zone_redundancy="Disabled")["ownkey.acr.acr_cmk_registry"]}
    done(direct("acr_cmk_registry", **wish))
    assert done(direct("acr_cmk_registry_info", **REGISTRY))["registries"][0]["zone_redundancy"] == "Enabled"
    assert not done(direct("acr_cmk_registry", **wish))["changed"]


# --- 4: every way in counts -------------------------------------------------------------------------------------------


def above(azure: LocalAzure, control: Control, place: str) -> str:
    subscription = Clients(azure).subscription
    if place == "/":
        return "/"
    top = control.management_group("corp", *([] if place == "parent" else [subscription]))
    if place == "parent":
        control.management_group("platform", subscription, parent="corp")
    return top


@pytest.mark.parametrize("place", ["group", "parent", "/"])
def test_a_role_above_the_subscription_is_a_way_in(
    locker: Locker, azure: LocalAzure, control: Control, place: str
) -> None:
    take_role_away(locker)
    control.grant(scope=above(azure, control, place), role=CMK_ROLE, principal=principal(azure))
    control.advance(3600)
    locker.must_be_readable()
    given = locker.done("keyvault_key_access", vault="contoso-kv", identity="contoso-id", **PLACE)
    assert not given["changed"]
    assert locker.done("cmk_health_info", **TO)["healthy"]
    still = failed(locker.direct("cmk_revoke", **TO, **CONFIRM, wait_timeout=5), "still_reachable")
    assert still["locked"] is False
    locker.must_be_readable()


def test_a_role_for_a_person(with_vault: Contoso, azure: LocalAzure, control: Control, direct: Direct) -> None:
    """The assignment has to say what kind of principal it is for; Azure itself tells, if nobody else does."""
    person = control.user("ada@contoso.example")
    done(direct("keyvault_key_access", vault="contoso-kv", principal_id=person["oid"], role="crypto_officer", **PLACE))
    listed = list(Clients(azure).assignments.list_for_scope(vault_id(azure), filter=f"assignedTo('{person['oid']}')"))
    assert [one.principal_type for one in listed] == ["User"]


def test_a_policy_with_an_application_is_no_way_in(with_registry: Contoso, azure: LocalAzure, direct: Direct) -> None:
    clients = Clients(azure)
    direct("keyvault", name="contoso-kv", access="policy", confirm="contosoacr", move_access=True, **PLACE)
    compound = {
        "tenantId": clients.vaults.get("contoso", "contoso-kv").properties.tenant_id,
        "objectId": principal(azure),
        "applicationId": "44444444-4444-4444-8444-444444444444",
        "permissions": {"keys": ["get", "wrapKey", "unwrapKey"]},
    }
    clients.vaults.update("contoso", "contoso-kv", {"properties": {"accessPolicies": [compound]}})
    assert done(direct("keyvault_key_access", vault="contoso-kv", identity="contoso-id", check=True, **PLACE))[
        "changed"
    ]


# --- 5: proof is proof ------------------------------------------------------------------------------------------------


def test_locked_is_said_only_of_what_was_seen(locker: Locker) -> None:
    blind = locker.done("cmk_revoke", **TO, **CONFIRM, verify_data=False)
    assert blind["locked"] is False
    locker.restored()
    seen = locker.done("cmk_revoke", **TO, **CONFIRM)
    assert (seen["locked"], seen["data"]["contosoacr"]["state"]) == (True, "locked")


def test_an_empty_registry_is_not_called_locked(with_registry: Contoso, direct: Direct) -> None:
    result = done(direct("cmk_revoke", **TO, **CONFIRM))
    assert (result["locked"], result["data"]["contosoacr"]["state"]) == (False, "empty")
    assert "NOT proven" in result["msg"]


def test_an_index_with_purged_images_does_not_hide_the_others(locker: Locker, azure: LocalAzure) -> None:
    index = Index()
    assert index.push(Clients(azure).credential, SERVER, "team/app", "newest")
    client = locker.images.client(SERVER)
    for image in index.images:
        client.delete_manifest("team/app", image.digest)
    proof = locker.done("cmk_restore", **TO)["registries"][0]["data"]
    assert proof["state"] == "readable"
    assert locker.done("cmk_revoke", **TO, **CONFIRM)["locked"] is True


def test_a_registry_whose_roles_go_by_repository_is_not_called_locked(
    locker: Locker, azure: LocalAzure, control: Control
) -> None:
    Clients(azure).arm(
        "PATCH",
        f"/subscriptions/{Clients(azure).subscription}/resourceGroups/contoso/providers/"
        "Microsoft.ContainerRegistry/registries/contosoacr",
        {"properties": {"roleAssignmentMode": "AbacRepositoryPermissions"}},
        "2025-11-01",
    )
    control.advance(3600)
    result = locker.done("cmk_revoke", **TO, **CONFIRM)
    assert result["locked"] is False
    assert "Container Registry Repository Reader" in result["msg"]


def test_a_storage_account_with_the_same_identity_loses_too(
    locker: Locker, azure: LocalAzure, control: Control
) -> None:
    clients = Clients(azure)
    identity = clients.identities.get("contoso", "contoso-id").id
    place = f"/subscriptions/{clients.subscription}/resourceGroups/contoso/providers"
    store = {
        "encryption": {"keyvaultproperties": {"keyvaulturi": "https://contoso-kv.vault.azure.net", "keyname": "cmk"}}
    }
    control.other(f"{place}/Microsoft.Storage/storageAccounts/contosostore", store, identity)
    for module, options in (
        ("cmk_revoke", {**TO, "wait_timeout": 5}),
        ("keyvault_key_access", {"vault": "contoso-kv", "identity": "contoso-id", "state": "absent", **PLACE}),
    ):
        refusal = failed(locker.direct(module, **options, **CONFIRM), "confirmation_needed")
        assert [one["name"] for one in refusal["others_would_lose_access"]] == ["contosostore"]
        assert "not confirmed yet: contosostore" in refusal["msg"]


# --- 6: a refusal has its own cause -----------------------------------------------------------------------------------


def test_a_policy_is_told_as_a_policy(with_vault: Contoso, azure: LocalAzure, direct: Direct) -> None:
    Clients(azure).forbid("ours", {"field": "type", "equals": "Microsoft.ContainerRegistry/registries"})
    task = with_vault.registry_task()["ownkey.acr.acr_cmk_registry"]
    refusal = failed(direct("acr_cmk_registry", **task), "disallowed_by_policy")
    assert "Azure Policy" in refusal["msg"]
    assert "lacks the right" not in refusal["msg"]
    assert direct.clock.slept < 5


def test_changes_of_a_vault_at_the_same_time_are_waited_out(
    with_vault: Contoso, control: Control, direct: Direct
) -> None:
    message = (
        "The vault 'contoso-kv' could not be updated because its state was changed from the point the operation began. "
        "Please check for parallel operations on the vault and retry."
    )
    body = {"error": {"code": "ConflictError", "message": message}}
    control.fault(method="PATCH", path=".*/vaults/contoso-kv", status=409, body=body, times=2)
    assert done(direct("keyvault", name="contoso-kv", tags={"a": "b"}, **PLACE))["changed"]


@pytest.mark.parametrize("access", ["Disabled", "SecuredByPerimeter"])
def test_what_keeps_a_caller_out_is_told_as_what_it_is(
    with_vault: Contoso, azure: LocalAzure, direct: Direct, access: str
) -> None:
    body = {"properties": {"publicNetworkAccess": access}}
    assert Clients(azure).arm("PATCH", vault_id(azure), body, "2023-07-01").ok
    refusal = failed(direct("keyvault_rsa_key", **KEY, tags={"a": "b"}), "firewall")
    assert "no role and no waiting helps" in refusal["msg"]
    assert "lack the right" not in refusal["msg"]
    assert direct.clock.slept < 5


def test_what_passes_by_itself_is_waited_out(with_vault: Contoso, direct: Direct, control: Control) -> None:
    for _version in range(2):
        done(direct("keyvault_rsa_key", **KEY, max_age="0d"))
    control.settings(key_recover_seconds=20.0, key_recovered_busy_seconds=60.0, write_seconds=5.0)
    done(direct("keyvault_rsa_key", **KEY, state="disabled"))
    done(direct("keyvault_rsa_key", **KEY, state="absent"))
    result = done(direct("keyvault_rsa_key", **KEY, version="all", recover=True))
    assert result["changed"]
    assert not done(direct("keyvault_rsa_key", **KEY, version="all"))["changed"]
    assert direct.clock.slept > 20


def test_a_lock_stops_a_revocation_and_shows_the_ways_on(locker: Locker, azure: LocalAzure) -> None:
    clients = Clients(azure)
    path = f"{vault_id(azure)}/{LOCKS}/keep"
    assert clients.arm("PUT", path, {"properties": {"level": "CanNotDelete"}}, "2020-05-01").ok
    refusal = failed(locker.direct("cmk_revoke", **TO, **CONFIRM), "resource_locked")
    assert "disable_key" in refusal["msg"]
    assert "lock" in refusal["msg"]
    assert refusal["still_open"]
    locker.must_be_readable()
    assert locker.done("cmk_revoke", **TO, **CONFIRM, revoke_by="disable_key")["locked"] is True


def test_no_provider_is_registered_by_itself(
    with_vault: Contoso, azure: LocalAzure, control: Control, direct: Direct
) -> None:
    clients = Clients(azure)
    path = f"/subscriptions/{clients.subscription}/providers/Microsoft.ManagedIdentity/unregister"
    assert clients.arm("POST", path, version="2021-04-01").ok
    control.forget_requests()
    wish = {"name": "other-id", "location": "westeurope", **PLACE}
    refusal = failed(direct("managed_identity", **wish), "provider_not_registered")
    assert "az provider register --namespace Microsoft.ManagedIdentity" in refusal["msg"]
    assert refusal["changed"] is False
    assert not [one for one in control.requests() if one["path"].lower().endswith("/register")]


# --- 7: a task that fails says what it did ----------------------------------------------------------------------------


def test_ten_versions_of_which_some_were_disabled(locker: Locker, control: Control) -> None:
    for _version in range(3):
        locker.done("keyvault_rsa_key", **KEY, max_age="0d")
    control.fault(method="PATCH", path="/keys/cmk/.*", status=400, nth=3, times=0)
    result = locker.direct("cmk_revoke", **TO, **CONFIRM, revoke_by="disable_key", verify_data=False)
    assert (result["failed"], result["changed"]) == (True, True)
    assert len(result["done"]) == 2
    assert len(result["not_done"]) == 2
    assert "ansible-playbook ownkey.acr.restore" in result["undo"]
    assert result["undo"] in result["msg"]
    control.clear_faults()
    locker.restored()


def test_an_identity_attached_and_then_a_400(locker: Locker, control: Control) -> None:
    locker.done("managed_identity", name="second-id", location="westeurope", **PLACE)
    locker.done("keyvault_key_access", vault="contoso-kv", identity="second-id", **PLACE)
    control.fault(method="PATCH", path=".*/registries/contosoacr", status=400, nth=2)
    result = locker.direct("acr_cmk_registry", **REGISTRY, identity="second-id")
    assert (result["failed"], result["changed"]) == (True, True)
    assert ["attach" in text for text in result["done"]] == [True]
    assert "Not done: have the registry" in result["msg"]


# --- 8: nothing is written before the whole is known to be allowed ----------------------------------------------------


def test_a_purge_that_cannot_be_deletes_nothing(with_vault: Contoso, direct: Direct) -> None:
    for check in (True, False):
        refusal = failed(direct("keyvault_rsa_key", **KEY, state="absent", purge=True, check=check), "purge_protected")
        assert refusal["changed"] is False
    assert done(direct("keyvault_rsa_key", **KEY))["changed"] is False


@pytest.mark.parametrize("check", [True, False])
def test_names_that_are_taken(with_registry: Contoso, direct: Direct, check: bool) -> None:
    done(direct("resource_group", name="other", location="westeurope"))
    place = {"resource_group": "other", "location": "westeurope"}
    wish = {"key_identifier": KV, "identity": f"{vault_free_identity(direct)}"}
    refusal = failed(direct("acr_cmk_registry", name="contosoacr", **wish, **place, check=check), "name_taken")
    assert refusal["failure"]["parameter"] == "name"
    failed(direct("keyvault", name="contoso-kv", **place, check=check), "name_taken")


def vault_free_identity(direct: Direct) -> str:
    return str(done(direct("managed_identity", name="contoso-id", **PLACE))["identity"]["id"])


# --- 11: time ---------------------------------------------------------------------------------------------------------


def test_the_first_version_of_a_key_that_rotates_before_expiry_has_one(
    with_vault: Contoso, direct: Direct, control: Control
) -> None:
    policy = {"rotate_before_expiry": "P30D", "expiry_time": "P1Y"}
    key = done(direct("keyvault_rsa_key", vault="contoso-kv", name="fresh", rotation_policy=policy))["key"]
    assert key["expires_on"]
    late = done(direct("keyvault_rsa_key", **KEY, rotation_policy=policy))
    assert any("never fires" in text for text in late["warnings"])


@pytest.mark.parametrize("wish", [{"tags": {"a": "b"}}, {"size": 3072}, {}])
def test_a_key_that_was_disabled_before_it_was_deleted_is_as_wished_after_one_run(
    with_vault: Contoso, direct: Direct, wish: dict[str, typing.Any]
) -> None:
    done(direct("keyvault_rsa_key", **KEY, state="disabled"))
    done(direct("keyvault_rsa_key", **KEY, state="absent"))
    foreseen = done(direct("keyvault_rsa_key", **KEY, recover=True, **wish, check=True))
    result = done(direct("keyvault_rsa_key", **KEY, recover=True, **wish))
    assert foreseen["plan"] == result["plan"]
    assert result["key"]["enabled"] is True
    assert not done(direct("keyvault_rsa_key", **KEY, recover=True, **wish))["changed"]


def test_a_recovered_vault_keeps_its_tags_and_needs_its_group(
    with_vault: Contoso, azure: LocalAzure, direct: Direct
) -> None:
    clients = Clients(azure)
    done(direct("keyvault", name="contoso-kv", tags={"owner": "contoso"}, **PLACE))
    clients.vaults.delete("contoso", "contoso-kv")
    wish = {"name": "contoso-kv", "location": "westeurope", "recover": True, **PLACE}
    assert done(direct("keyvault", **wish))["vault"]["tags"] == {"owner": "contoso"}
    clients.vaults.delete("contoso", "contoso-kv")
    group = f"/subscriptions/{clients.subscription}/resourcegroups/contoso"
    assert clients.arm("DELETE", group).ok
    refusal = failed(direct("keyvault", **wish), "group_missing")
    assert "az group create --name contoso" in refusal["msg"]
