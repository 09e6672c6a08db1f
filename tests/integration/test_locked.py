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

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.contoso import Contoso
from support.direct import Direct
from support.images import Image, Sdk, Skopeo

PLACE = {"resource_group": "contoso"}
SERVER = "contosoacr.azurecr.io"
TO = {"registries": ["contosoacr"], **PLACE}
CONFIRM = {"confirm": ["contosoacr"]}
KEY = {"vault": "contoso-kv", "name": "cmk"}
CMK_ROLE = "e147488a-f6f5-4113-8e2d-b22465e65bf6"


class Locker:
    """A registry with an image in it, and the ways to break and mend it."""

    def __init__(self, azure: LocalAzure, direct: Direct, control: Control) -> None:
        self.azure, self.direct, self.control = azure, direct, control
        self.image = Image()
        assert self.images.push(self.image, SERVER, "team/app", "v1") == ""
        self.must_be_readable()

    @property
    def clients(self) -> Clients:
        """Signed in anew: tokens expire by the local Azure's clock, which the SDK does not see."""
        return Clients(self.azure)

    @property
    def images(self) -> Sdk:
        return Sdk(self.clients.credential)

    def must_be_readable(self) -> None:
        assert self.images.pull(SERVER, "team/app", "v1") == (self.image.digest, "")

    def must_be_locked(self) -> None:
        digest, problem = self.images.pull(SERVER, "team/app", "v1")
        assert (digest, "Forbidden" in problem) == ("", True), problem

    def done(self, module: str, **options: typing.Any) -> dict[str, typing.Any]:
        result = self.direct(module, **options)
        assert not result.get("failed"), result["msg"]
        return result

    def restored(self) -> dict[str, typing.Any]:
        """Restore, and see that it holds, that check mode foresaw it, and that nothing is left to do."""
        foreseen = self.done("cmk_restore", **TO, check=True)
        assert foreseen["changed"]
        result = self.done("cmk_restore", **TO)
        assert (result["changed"], result["verified"]) == (True, True), result
        assert foreseen["plan"] == result["plan"][: len(foreseen["plan"])]
        assert result["registries"][0]["data"]["state"] == "readable"
        self.must_be_readable()
        again = self.done("cmk_restore", **TO)
        assert (again["changed"], again["verified"]) == (False, True), again
        return result


@pytest.fixture
def locker(
    with_registry: Contoso, azure: LocalAzure, direct: Direct, control: Control, monkeypatch: pytest.MonkeyPatch
) -> Locker:
    return Locker(azure, direct, control)


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


def take_role_away(locker: Locker) -> None:
    for assignment in list(locker.clients.assignments.list_for_subscription()):
        if assignment.role_definition_id.endswith(CMK_ROLE):
            locker.clients.assignments.delete_by_id(assignment.id)


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


# --- nothing is claimed that was not seen ------------------------------------------------------------------------


def test_what_was_not_proven_is_not_claimed(locker: Locker) -> None:
    image = locker.clients.registries
    image.begin_update("contoso", "contosoacr", {"properties": {"publicNetworkAccess": "Disabled"}}).result()
    take_role_away(locker)
    result = locker.done("cmk_restore", **TO)
    assert (result["changed"], result["verified"]) == (True, False)
    assert "NOT proven: its data plane cannot be reached from here" in result["msg"]


def test_an_empty_registry_proves_nothing(with_registry: Contoso, direct: Direct) -> None:
    result = direct("cmk_restore", **TO)
    assert (result["changed"], result["verified"]) == (False, False)
    assert "holds no image" in result["msg"]


def test_whoever_may_not_pull_is_told(locker: Locker) -> None:
    someone = locker.control.principal("someone")
    scope = f"/subscriptions/{locker.clients.subscription}"
    for role in ("14b46e9e-c2b7-41b4-b07b-48a6ebf60603", "21090545-7ca7-4776-b22c-e363652d74d2"):
        locker.control.grant(scope=scope, role=role, principal=someone["oid"])
    registry = locker.control.registries()["contosoacr"]["id"]
    contributor = "f25e0fa2-a7c8-4377-a976-54943a77a395"
    locker.control.grant(scope=scope, role=contributor, principal=someone["oid"])
    result = locker.direct(
        "cmk_restore", registries=[registry], client_id=someone["client_id"], secret=someone["secret"]
    )
    assert result.get("failed") or result["verified"] is False, result


# --- the image outlives every change -----------------------------------------------------------------------------


def test_old_images_stay_readable_through_every_change_of_key_vault_and_identity(locker: Locker) -> None:
    second = "https://second-kv.vault.azure.net/keys/other"
    for task in (
        {"module": "managed_identity", "name": "second-id", "location": "westeurope", **PLACE},
        {"module": "keyvault", "name": "second-kv", "location": "westeurope", **PLACE},
        {"module": "keyvault_key_access", "vault": "second-kv", "caller": True, **PLACE},
        {"module": "keyvault_key_access", "vault": "second-kv", "identity": "second-id", **PLACE},
        {"module": "keyvault_key_access", "vault": "second-kv", "identity": "contoso-id", **PLACE},
        {"module": "keyvault_rsa_key", "vault": "second-kv", "name": "other", "size": 3072},
    ):
        options = dict(task)
        locker.done(options.pop("module"), **options)
    for number in range(4):
        locker.done("cmk_rotate", **TO, max_age="0d", verify_data=True)
        assert locker.images.push(Image(f"image {number}"), SERVER, "team/more", f"v{number}") == ""
    locker.done("cmk_rotate", **TO, rotation_mode="manual", verify_data=True)
    locker.done("cmk_rotate", **TO, key_identifier=second, verify_data=True)
    locker.done("cmk_rotate", **TO, identity="second-id", verify_data=True)
    locker.must_be_readable()
    for number in range(4):
        assert locker.images.pull(SERVER, "team/more", f"v{number}") == (Image(f"image {number}").digest, "")
    # the first key can go now, and the old vault with it: nothing needs it any more
    locker.done("keyvault_rsa_key", **KEY, state="absent")
    locker.must_be_readable()


def test_a_key_that_a_registry_still_needs_is_guarded_after_a_rotation(locker: Locker) -> None:
    """A registry that has not picked the new version up yet still needs the old one."""
    old = locker.done("keyvault_rsa_key_info", **KEY)["keys"][0]["version"]
    locker.done("keyvault_rsa_key", **KEY, max_age="0d")
    refused = locker.direct("keyvault_rsa_key", **KEY, version=old, state="disabled")
    assert refused["failure"]["code"] == "confirmation_needed"
    locker.control.advance(3700)
    locker.done("keyvault_rsa_key", **KEY, version=old, state="disabled")
    locker.must_be_readable()


def test_skopeo_and_the_sdk_read_each_other_s_images(locker: Locker, azure: LocalAzure, tmp_path: pathlib.Path) -> None:
    """Where skopeo is installed it takes its part; the image must be the same for both."""
    app = azure.world.app()
    clients: list[typing.Any] = [locker.images]
    if Skopeo.there():
        clients.append(Skopeo(azure.environment, tmp_path, f"{app['client_id']}:{app['secret']}"))
    for number, one in enumerate(clients):
        image = Image(f"from {one.name}")
        assert one.push(image, SERVER, "team/shared", f"v{number}") == ""
        for other in clients:
            assert other.pull(SERVER, "team/shared", f"v{number}") == (image.digest, "")
    locker.done("cmk_revoke", **TO, **CONFIRM)
    for one in clients:
        digest, problem = one.pull(SERVER, "team/shared", "v0")
        assert (digest, problem != "") == ("", True)


# --- who depends on it -------------------------------------------------------------------------------------------


def test_dependents_of_key_vault_and_identity(locker: Locker) -> None:
    scope = f"/subscriptions/{locker.clients.subscription}/resourceGroups/contoso/providers"
    locker.control.other(
        f"{scope}/Microsoft.Sql/servers/contososql",
        {"keyId": "https://contoso-kv.vault.azure.net/keys/cmk/" + "1" * 32},
    )
    locker.control.other(f"{scope}/Microsoft.Storage/storageAccounts/elsewhere", {"encryption": {}})
    key = "https://contoso-kv.vault.azure.net/keys/cmk"
    for options, others in (
        ({"key_identifier": key}, ["contososql"]),
        ({"vault": "contoso-kv"}, ["contososql"]),
        ({"identity": "contoso-id", **PLACE}, []),
        ({"key_identifier": f"{key}/{'2' * 32}"}, []),
    ):
        found = locker.done("cmk_dependents_info", **options)
        names = [known["name"] for known in found["registries"]]
        assert [one["name"] for one in found["others"]] == others
        assert names == ([] if "2222" in str(options) else ["contosoacr"])
        assert found["complete"]
    assert locker.direct("cmk_dependents_info")["failure"]["code"] == "missing_parameter"


def test_when_it_cannot_be_known_who_else_uses_the_key_that_is_said(locker: Locker) -> None:
    locker.control.fault(method="POST", path=".*Microsoft.ResourceGraph/resources", status=403, times=0)
    found = locker.done("cmk_dependents_info", vault="contoso-kv")
    assert (found["complete"], [known["name"] for known in found["registries"]]) == (False, ["contosoacr"])
    assert "not known which other Azure resources" in found["msg"]
    refused = locker.direct("keyvault_rsa_key", **KEY, state="absent")
    assert "contosoacr" in refused["msg"]
    assert any("not known" in warning for warning in refused["warnings"])
