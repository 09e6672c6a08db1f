# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Image data really behind the key: readable, then not, then readable again, with the very same digests.

Every way of revoking and every accident that ``restore`` undoes, on blobs that were pushed through the registry's own
data plane and are pulled through it.
"""

from __future__ import annotations

import pathlib
import typing
import uuid

import pytest
from support.locker import CMK_ROLE, CONFIRM, KEY, PLACE, TO, Locker, take_role_away

# --- revoke ------------------------------------------------------------------------------------------------------

WAYS = {
    "access": {"revoke_by": "access"},
    "disable every version": {"revoke_by": "disable_key"},
    "disable the version in use": {"revoke_by": "disable_key", "key_versions": "in_use"},
    "delete the key": {"revoke_by": "delete_key"},
}


@pytest.mark.parametrize("mode", ["automatic", "manual"])
@pytest.mark.parametrize("way", WAYS)
def test_revoke_locks_the_image_and_restore_opens_it(locker: Locker, way: str, mode: str) -> None:
    if mode == "manual":
        locker.done("cmk_rotate", **TO, rotation_mode="manual")
    locker.done("cmk_rotate", **TO, max_age="0d", verify_data=True)
    locker.must_be_readable()
    refused = locker.direct("cmk_revoke", **TO, **WAYS[way])
    assert refused["failure"]["code"] == "confirmation_needed"
    foreseen = locker.done("cmk_revoke", **TO, **WAYS[way], check=True)
    locker.must_be_readable()
    result = locker.done("cmk_revoke", **TO, **WAYS[way], **CONFIRM)
    assert foreseen["plan"] == result["plan"] != []
    assert (result["locked"], result["data"]["contosoacr"]["state"]) == (True, "locked")
    assert result["undo"].startswith("ansible-playbook ownkey.acr.restore -e acr_cmk_registry=contosoacr")
    assert [one["name"] for one in result["would_lose_access"]] == ["contosoacr"]
    locker.must_be_locked()
    again = locker.done("cmk_revoke", **TO, **WAYS[way], **CONFIRM)
    assert (again["changed"], again["locked"]) == (False, True)
    locker.restored()


def test_a_role_at_a_higher_scope_is_told_and_the_revocation_does_not_claim_to_be_done(locker: Locker) -> None:
    (identity,) = locker.control.state()["data"]["identities"].values()
    group = f"/subscriptions/{locker.clients.subscription}/resourceGroups/contoso"
    locker.control.grant(scope=group, role=CMK_ROLE, principal=identity["principal_id"])
    foreseen = locker.done("cmk_revoke", **TO, check=True)
    assert any("STILL" in warning for warning in foreseen["warnings"])
    result = locker.direct("cmk_revoke", **TO, **CONFIRM, wait_timeout=5)
    assert result["failure"]["code"] == "still_reachable"
    assert (result["changed"], result["locked"]) == (True, False)
    assert result["remaining"][0]["scope"] == group
    assert "az role assignment delete --ids" in result["msg"]
    locker.must_be_readable()
    done = locker.done("cmk_revoke", **TO, **CONFIRM, revoke_by="disable_key")
    assert done["locked"]
    locker.must_be_locked()
    locker.restored()


def test_access_through_a_group_is_found(locker: Locker) -> None:
    (identity,) = locker.control.state()["data"]["identities"].values()
    group = locker.control.group("image readers", identity["principal_id"])
    (vault,) = locker.control.state()["data"]["vaults"].values()
    locker.control.grant(scope=vault["id"], role=CMK_ROLE, principal=group)
    result = locker.direct("cmk_revoke", **TO, **CONFIRM, wait_timeout=5)
    assert result["failure"]["code"] == "still_reachable"
    assert "through a group" in result["msg"]
    assert result["remaining"][0]["direct"] is False
    locker.must_be_readable()


def test_a_second_way_in_that_sleeps_is_told(locker: Locker) -> None:
    (identity,) = locker.control.state()["data"]["identities"].values()
    state = locker.control.state()
    (vault,) = state["data"]["vaults"].values()
    entry = {"tenantId": locker.clients.tenant, "objectId": identity["principal_id"]}
    vault["properties"]["accessPolicies"].append({**entry, "permissions": {"keys": ["get", "wrapKey", "unwrapKey"]}})
    locker.control.load(state)
    result = locker.done("cmk_revoke", **TO, **CONFIRM)
    assert (result["locked"], [way["kind"] for way in result["dormant"]]) == (True, ["policy"])
    locker.must_be_locked()


def test_azure_may_take_its_time_and_the_revocation_waits_for_it(locker: Locker) -> None:
    locker.control.settings(key_cache_seconds=300)
    locker.must_be_readable()
    result = locker.done("cmk_revoke", **TO, **CONFIRM)
    assert (result["locked"], locker.direct.clock.slept > 100) == (True, True)
    locker.must_be_locked()


def test_if_azure_takes_longer_that_is_said(locker: Locker) -> None:
    locker.control.settings(key_cache_seconds=3600)
    locker.must_be_readable()
    result = locker.done("cmk_revoke", **TO, **CONFIRM, wait_timeout=60)
    assert (result["changed"], result["locked"]) == (True, False)
    assert "can still be read" in result["warnings"][0]
    locker.control.advance(3600)
    assert locker.done("cmk_revoke", **TO, **CONFIRM)["locked"]


def test_who_else_uses_the_key_must_be_named_too(locker: Locker) -> None:
    store = f"/subscriptions/{locker.clients.subscription}/resourceGroups/contoso/providers/Microsoft.Storage/"
    pair = {"keyvaulturi": "https://contoso-kv.vault.azure.net", "keyname": "cmk"}
    locker.control.other(f"{store}storageAccounts/contosostore", {"encryption": {"keyvaultproperties": pair}})
    refused = locker.direct("cmk_revoke", **TO, **CONFIRM, revoke_by="delete_key")
    assert "the storage account contosostore" in refused["msg"]
    for module, options in (
        ("keyvault_rsa_key", {**KEY, "state": "absent"}),
        ("keyvault_rsa_key", {**KEY, "state": "disabled"}),
        ("keyvault", {"name": "contoso-kv", "state": "absent", **PLACE}),
        ("resource_group", {"name": "contoso", "state": "absent"}),
    ):
        assert "contosostore" in locker.direct(module, **options, **CONFIRM)["msg"]
    locker.must_be_readable()
    both = {"confirm": ["contosoacr", "contosostore"]}
    assert locker.done("cmk_revoke", **TO, **both, revoke_by="delete_key")["locked"]
    # taking the identity's access away concerns the registry alone
    locker.done("cmk_restore", **TO)
    assert locker.done("cmk_revoke", **TO, **CONFIRM)["locked"]


# --- accidents ---------------------------------------------------------------------------------------------------


def delete_vault(locker: Locker) -> None:
    locker.done("keyvault", name="contoso-kv", state="absent", **PLACE, **CONFIRM)


def delete_vault_with_a_deleted_key(locker: Locker) -> None:
    locker.clients.keys().begin_delete_key("cmk").result()
    delete_vault(locker)


def delete_key(locker: Locker) -> None:
    locker.clients.keys().begin_delete_key("cmk").result()


def disable_key(locker: Locker) -> None:
    locker.clients.keys().update_key_properties("cmk", enabled=False)


def take_unwrap_away(locker: Locker) -> None:
    locker.clients.keys().update_key_properties("cmk", key_operations=["sign", "verify"])


def close_firewall_without_bypass(locker: Locker) -> None:
    acls = {"defaultAction": "Deny", "bypass": "None", "ipRules": [{"value": "203.0.113.10"}]}
    locker.clients.vaults.update("contoso", "contoso-kv", {"properties": {"networkAcls": acls}})


def close_firewall(locker: Locker) -> None:
    acls = {"defaultAction": "Deny", "bypass": "AzureServices", "ipRules": [{"value": "203.0.113.10"}]}
    locker.clients.vaults.update("contoso", "contoso-kv", {"properties": {"networkAcls": acls}})


def delete_identity(locker: Locker) -> None:
    locker.clients.identities.delete("contoso", "contoso-id")


def recreate_identity(locker: Locker) -> None:
    delete_identity(locker)
    locker.clients.identity()


def detach_identity(locker: Locker) -> None:
    locker.control.settings(identity_removal_detaches=True, identity_life_seconds=90 * 86400.0)
    (known,) = locker.clients.registries.list()
    body = {"location": known.location, "sku": {"name": "Premium"}, "identity": {"type": "None"}}
    with pytest.raises(Exception, match="does not have access to identity"):
        locker.clients.registries.begin_create("contoso", "contosoacr", body).result()
    # what the registry holds of the identity is good for some three months
    locker.must_be_readable()
    locker.control.advance(91 * 86400)


def turn_the_model_round(locker: Locker) -> None:
    locker.clients.vaults.update("contoso", "contoso-kv", {"properties": {"enableRbacAuthorization": False}})
    entry = {"tenantId": locker.clients.tenant, "objectId": locker.clients.oid}
    entry["permissions"] = {"keys": ["get", "list", "update", "recover", "rotate"]}
    policies = {"properties": {"accessPolicies": [entry]}}
    locker.clients.vaults.update_access_policy("contoso", "contoso-kv", "add", policies)


ACCIDENTS: dict[str, typing.Callable[[Locker], None]] = {
    function.__name__.replace("_", " "): function
    for function in (
        delete_vault,
        delete_vault_with_a_deleted_key,
        delete_key,
        disable_key,
        take_unwrap_away,
        take_role_away,
        close_firewall_without_bypass,
        close_firewall,
        delete_identity,
        recreate_identity,
        detach_identity,
        turn_the_model_round,
    )
}


@pytest.mark.parametrize("accident", ACCIDENTS)
def test_an_accident_is_undone_from_azure_s_state_alone(locker: Locker, accident: str) -> None:
    ACCIDENTS[accident](locker)
    locker.must_be_locked()
    locker.restored()
    # and the registry is whole: it can be rotated
    locker.done("cmk_rotate", **TO, max_age="0d", verify_data=True)
    locker.must_be_readable()


def test_several_accidents_at_once(locker: Locker) -> None:
    for accident in (recreate_identity, disable_key, delete_vault):
        accident(locker)
    locker.must_be_locked()
    locker.restored()


def test_a_fresh_role_is_waited_for_until_the_image_can_be_read(locker: Locker) -> None:
    take_role_away(locker)
    locker.control.settings(role_spread_seconds=240)
    locker.control.advance(300)
    result = locker.done("cmk_restore", **TO)
    assert (result["verified"], locker.direct.clock.slept > 200) == (True, True)
    locker.must_be_readable()


def test_a_purged_key_is_said_to_be_lost_with_the_last_thing_that_may_help(locker: Locker) -> None:
    state = locker.control.state()
    state["data"]["keys"]["contoso-kv"].clear()
    locker.control.load(state)
    result = locker.direct("cmk_restore", **TO)
    assert result["failure"]["code"] == "key_missing"
    assert "restore it from a backup" in result["msg"]


def test_a_backup_saves_even_a_purged_key(locker: Locker, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "cmk.backup"
    options = {**KEY, "backup_file": str(file)}
    assert locker.done("keyvault_rsa_key", **options, check=True)["changed"]
    assert not file.exists()
    assert locker.done("keyvault_rsa_key", **options)["changed"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert locker.done("keyvault_rsa_key", **options)["changed"] is False
    locker.control.advance(10)
    locker.done("cmk_rotate", **TO, max_age="0d")
    assert locker.done("keyvault_rsa_key", **options)["plan"] == [f"back the key cmk up to {file}"]
    state = locker.control.state()
    state["data"]["keys"]["contoso-kv"].clear()
    locker.control.load(state)
    locker.must_be_locked()
    restored = {**KEY, "restore_file": str(file)}
    assert locker.done("keyvault_rsa_key", **restored, check=True)["plan"] == [
        f"restore the key cmk with all its versions from {file}"
    ]
    assert locker.done("keyvault_rsa_key", **restored)["changed"]
    assert locker.done("keyvault_rsa_key", **restored)["changed"] is False
    locker.must_be_readable()


def test_a_backup_that_cannot_be_written_is_refused_before_anything_is_changed(locker: Locker) -> None:
    result = locker.direct("keyvault_rsa_key", **KEY, max_age="0d", backup_file="/no/such/folder/cmk.backup")
    assert (result["failure"]["code"], result["failure"]["parameter"]) == ("unwritable_file", "backup_file")
    assert len(locker.control.state()["data"]["keys"]["contoso-kv"]["cmk"]["versions"]) == 1


def test_a_lost_system_assigned_identity_needs_microsoft(locker: Locker) -> None:
    locker.done("acr_cmk_registry", name="contosoacr", system_assigned_identity=True, **PLACE)
    (known,) = locker.clients.registries.list()
    locker.clients.give(f"{locker.control.registries()['contosoacr']['id']}", CMK_ROLE, known.identity.principal_id)
    principal = known.identity.principal_id
    locker.done("keyvault_key_access", vault="contoso-kv", principal_id=principal, **PLACE)
    locker.done("cmk_rotate", **TO, identity="system", verify_data=True)
    locker.must_be_readable()
    state = locker.control.state()
    (registry,) = state["data"]["registries"].values()
    registry["system_principal"] = None
    locker.control.load(state)
    result = locker.direct("cmk_restore", **TO)
    assert result["failure"]["code"] == "system_identity_lost"
    assert "support ticket" in result["msg"]


def give_custom_role(locker: Locker, name: str, data_actions: list[str], scope: str) -> None:
    """Somebody makes a custom role and gives it to the registry's identity."""
    clients, guid = locker.clients, str(uuid.uuid4())
    home = f"/subscriptions/{clients.subscription}"
    permissions = [{"actions": ["Microsoft.Storage/*/read"], "dataActions": data_actions}]
    body = {"roleName": name, "type": "CustomRole", "permissions": permissions, "assignableScopes": [home]}
    clients.definitions.create_or_update(home, guid, {"properties": body})
    clients.give(home + scope, guid, clients.identity()["properties"]["principalId"])


def test_a_custom_role_that_has_nothing_to_do_with_keys_is_no_way_in(locker: Locker) -> None:
    give_custom_role(locker, "Build agent", [], "/resourceGroups/contoso")
    result = locker.done("cmk_revoke", **TO, **CONFIRM)
    assert (result["locked"], result["remaining"]) == (True, [])
    locker.must_be_locked()


def test_a_custom_role_that_unwraps_is_named_and_left_to_its_owner(locker: Locker) -> None:
    give_custom_role(locker, "Key users", ["Microsoft.KeyVault/vaults/keys/*"], "/resourceGroups/contoso")
    result = locker.direct("cmk_revoke", **TO, **CONFIRM)
    assert result["failure"]["code"] == "still_reachable"
    assert "STILL reach the key by the custom role Key users at" in result["msg"]
    # and a registry that goes to its key by such a role alone lacks nothing
    found = locker.done("cmk_health_info", **TO)["registries"][0]["findings"]
    assert "access_missing" not in [finding["code"] for finding in found]
    locker.must_be_readable()


def test_a_custom_role_that_only_reads_keys_does_not_count_as_access(locker: Locker) -> None:
    take_role_away(locker)
    give_custom_role(locker, "Key readers", ["Microsoft.KeyVault/vaults/keys/read"], "/resourceGroups/contoso")
    found = locker.done("cmk_health_info", **TO)["registries"][0]["findings"]
    assert "access_missing" in [finding["code"] for finding in found]
    locker.restored()
