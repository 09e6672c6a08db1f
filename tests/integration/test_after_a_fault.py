# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is slow is waited for, what could not be seen is not told as absent, and a run after a fault finds its way."""

from __future__ import annotations

import typing

import pytest
from azure.keyvault.administration import KeyVaultAccessControlClient
from azure.keyvault.keys import KeyClient
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.contoso import Contoso
from support.direct import Direct
from support.locker import CONFIRM, PLACE, TO, Locker, take_role_away

MANAGEMENT, VAULT, REGISTRY = "management.azure.com", ".*vault.azure.net", "contosoacr.azurecr.io"
PAGE: dict[str, typing.Any] = {"status": 200, "page": "Sign in"}
BROKEN = {"status": 500, "body": {"error": {"code": "InternalError", "message": "try later"}}}
DENIED = {
    "status": 403,
    "body": {"error": {"code": "Forbidden", "innererror": {"code": "ForbiddenByRbac"}, "message": "no"}},
}
HIDDEN = {"status": 404, "body": {"error": {"code": "KeyNotFound", "message": "not found"}}}
DEFINITIONS = "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions"
#: Crypto Officer of vaults; Crypto User and Crypto Officer of a Managed HSM.
OFFICER = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"
LOCAL = ("21dbd100-6940-42c2-9190-5d6cb909625b", "515eb02d-2335-4d2d-92f2-b1cbdf9c3778")


def done(result: dict[str, typing.Any]) -> dict[str, typing.Any]:
    assert not result.get("failed"), result
    return result


# --- a deletion takes its time -----------------------------------------------------------------------------------


class Slow:
    """A key in a store that takes ten seconds to delete one, and three to show a recovered one."""

    def __init__(self, address: str, direct: Direct, control: Control, clients: Clients) -> None:
        self.key = {"vault": address, "name": "other"}
        self.direct, self.control = direct, control
        self.keys = KeyClient(address, clients.credential)
        self.made = done(direct("keyvault_rsa_key", **self.key))["key_identifier"]
        control.settings(key_delete_seconds=10, key_recover_seconds=3)

    def __call__(self, **options: typing.Any) -> dict[str, typing.Any]:
        return self.direct("keyvault_rsa_key", **self.key, **options)

    def left(self) -> str:
        data = self.control.state()["data"]
        return str({store: keys for kind in ("keys", "deleted_keys") for store, keys in data[kind].items()})


@pytest.fixture(params=["vault", "Managed HSM"])
def slow(
    request: pytest.FixtureRequest, with_vault: Contoso, azure: LocalAzure, direct: Direct, control: Control
) -> Slow:
    clients = Clients(azure)
    if request.param == "vault":
        options = {"name": "loose-kv", "location": "westeurope", **PLACE}
        vault = done(direct("keyvault", **options, purge_protection=False))["vault"]
        control.grant(scope=vault["id"], role=OFFICER, principal=clients.oid)
        return Slow("https://loose-kv.vault.azure.net", direct, control, clients)
    control._ask("POST", "/managed_hsms", {"name": "contosohsm", "purge_protection": False})
    address = "https://contosohsm.managedhsm.azure.net"
    for role in LOCAL:
        KeyVaultAccessControlClient(address, clients.credential).create_role_assignment(
            "/", f"{DEFINITIONS}/{role}", clients.oid
        )
    return Slow(address, direct, control, clients)


def test_a_key_is_deleted_and_purged_in_one_run(slow: Slow) -> None:
    assert done(slow(state="absent", purge=True))["changed"]
    assert "'other'" not in slow.left()
    assert not done(slow(state="absent", purge=True))["changed"]


def test_a_deletion_whose_answer_is_lost_is_done(slow: Slow) -> None:
    slow.control.fault(method="DELETE", path="/keys/other", when="after", **BROKEN)
    gone = done(slow(state="absent"))
    assert (gone["changed"], "other" in slow.left()) == (True, True)
    assert done(slow(recover=True))["key_identifier"] == slow.made


def test_a_key_that_is_just_being_deleted_is_recovered(slow: Slow) -> None:
    slow.keys.begin_delete_key("other")
    assert slow()["failure"]["code"] == "key_deleted"
    done(slow(recover=True))
    slow.keys.begin_delete_key("other")
    result = done(slow(recover=True, tags={"a": "b"}))
    assert (result["changed"], result["key_identifier"], result["key"]["tags"]) == (True, slow.made, {"a": "b"})
    assert result["plan"][0].startswith("recover")
    assert not done(slow(recover=True, tags={"a": "b"}))["changed"]


def test_a_key_that_somebody_deletes_just_now_comes_back(locker: Locker) -> None:
    locker.control.settings(key_delete_seconds=10, key_recover_seconds=3)
    locker.clients.keys().begin_delete_key("cmk")
    assert done(locker.direct("cmk_restore", **TO))["verified"]
    locker.must_be_readable()


def test_a_revocation_by_deletion_is_undone_at_once(locker: Locker) -> None:
    locker.control.settings(key_delete_seconds=10, key_recover_seconds=3)
    done(locker.direct("cmk_revoke", **TO, **CONFIRM, revoke_by="delete_key"))
    assert done(locker.direct("cmk_restore", **TO))["verified"]
    locker.must_be_readable()


# --- proof -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 3])
def test_an_answer_that_proves_nothing_does_not_end_the_wait(locker: Locker, times: int) -> None:
    locker.control.settings(key_cache_seconds=60)
    locker.must_be_readable()
    # read before, and once more after: then the way to the registry is disturbed, which still has its data key
    locker.control.fault(host=REGISTRY, path="/v2/team/app/manifests/.*", nth=3, times=times * 3, **PAGE)
    result = done(locker.direct("cmk_revoke", **TO, **CONFIRM))
    assert (result["locked"], result["proof"]) == (True, "locked")
    assert locker.direct.clock.slept > 30
    locker.must_be_locked()


def test_what_was_not_seen_locked_is_not_called_locked(locker: Locker) -> None:
    """The data plane cannot be reached from here, and the registry still holds its data key."""
    locker.control.settings(key_cache_seconds=3600)
    locker.must_be_readable()
    locker.control.fault(host=REGISTRY, path="/acr/.*|/v2/.*|/oauth2/.*", times=0, status=403, page="Blocked")
    result = done(locker.direct("cmk_revoke", **TO, **CONFIRM))
    assert (result["changed"], result["locked"], result["proof"]) == (True, False, "not_proven")
    assert "Revoked at the vault, NOT proven" in result["msg"]
    locker.control.clear_faults()
    locker.must_be_readable()


def test_without_a_look_nothing_is_proven(locker: Locker) -> None:
    result = done(locker.direct("cmk_revoke", **TO, **CONFIRM, verify_data=False))
    assert (result["locked"], result["proof"]) == (False, "not_proven")
    assert "not proven" in result["msg"]


# --- an error is no absence --------------------------------------------------------------------------------------

LOOKS: dict[str, tuple[str, dict[str, typing.Any], str, str]] = {
    "deleted key": ("keyvault_rsa_key", {"vault": "contoso-kv", "name": "new"}, VAULT, "/deletedkeys/.*"),
    "deleted vault": (
        "keyvault",
        {"name": "new-kv", "location": "westeurope", **PLACE},
        MANAGEMENT,
        ".*/deletedvaults",
    ),
    "registry": ("cmk_health_info", TO, MANAGEMENT, ".*/registries.*"),
    "vault of a registry": ("cmk_health_info", TO, MANAGEMENT, ".*/vaults"),
    "identity": ("managed_identity", {"name": "new-id", "location": "westeurope", **PLACE}, MANAGEMENT, ".*/new-id"),
    "roles": ("cmk_health_info", TO, MANAGEMENT, ".*/roleassignments"),
    "versions": ("cmk_health_info", TO, VAULT, "/keys/cmk/versions"),
}


@pytest.mark.parametrize("what", LOOKS)
def test_a_look_that_failed_is_told(with_registry: Contoso, direct: Direct, control: Control, what: str) -> None:
    module, options, host, path = LOOKS[what]
    control.fault(host=host, method="GET", path=path, times=0, **BROKEN)
    since = control.mark()
    result = direct(module, **options)
    assert (result.get("failed"), result["changed"]) == (True, False), result
    assert "try later" in result["msg"]
    assert not [r for r in control.requests(since) if r["writes"]]


def test_in_an_emergency_a_failed_look_is_no_lost_key(locker: Locker) -> None:
    done(locker.direct("cmk_revoke", **TO, **CONFIRM, revoke_by="delete_key"))
    locker.control.fault(host=VAULT, path="/deletedkeys/.*", times=0, **BROKEN)
    result = locker.direct("cmk_restore", **TO)
    assert result["failed"]
    assert "backup" not in result["msg"]
    assert "try later" in result["msg"]
    locker.control.clear_faults()
    assert done(locker.direct("cmk_restore", **TO))["verified"]


# --- a poll ------------------------------------------------------------------------------------------------------

POLLS: dict[str, dict[str, typing.Any]] = {
    "refused": {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "no"}}},
    "not there": {"status": 404, "body": {"error": {"code": "ResourceNotFound", "message": "no"}}},
    "a page": PAGE,
    "half": {"garble": True},
    "without a status": {"status": 200, "body": {"name": "x"}},
    "a reset": {"reset": True},
}


@pytest.mark.parametrize("poll", POLLS)
def test_a_bad_poll_does_not_end_a_task(with_registry: Contoso, direct: Direct, control: Control, poll: str) -> None:
    control.settings(operation_seconds=10)
    control.fault(host=MANAGEMENT, method="GET", path=".*operation(result|statuse)s/.*", nth=2, times=3, **POLLS[poll])
    result = done(direct("cmk_rotate", **TO, rotation_mode="manual"))
    assert result["changed"]
    assert result["registries"][0]["rotation_mode"] == "manual" if "rotation_mode" in result["registries"][0] else True


def test_if_no_poll_can_be_read_that_is_said(with_registry: Contoso, direct: Direct, control: Control) -> None:
    control.settings(operation_seconds=30)
    path = ".*operation(result|statuse)s/.*"
    control.fault(host=MANAGEMENT, method="GET", path=path, times=0, **POLLS["refused"])
    result = direct("cmk_rotate", **TO, max_age="0d", pick_up="nudge")
    assert result["failure"]["code"] == "not_followed"
    assert result["changed"]
    control.clear_faults()
    again = done(direct("cmk_rotate", **TO, rotation_mode="automatic"))
    assert control.registries()["contosoacr"]["readable"], again


# --- a run at once after a lost answer ---------------------------------------------------------------------------


def test_a_rotation_waits_for_what_is_under_way(with_registry: Contoso, direct: Direct, control: Control) -> None:
    control.settings(operation_seconds=120)
    first = direct("cmk_rotate", **TO, max_age="0d", wait_timeout=5)
    assert first["failed"]

    def versions() -> int:
        return len(control.state()["data"]["keys"]["contoso-kv"]["cmk"]["versions"])

    assert versions() == 2
    blocked = direct("cmk_rotate", **TO, max_age="0d", wait_timeout=5)
    assert (blocked["failure"]["code"], blocked["changed"], versions()) == ("timeout", False, 2)
    done(direct("cmk_rotate", **TO, max_age="1d"))
    assert versions() == 2
    done(direct("cmk_rotate", **TO, max_age="0d"))
    assert versions() == 3


# --- a creation that ended badly ---------------------------------------------------------------------------------


@pytest.mark.parametrize("takes_key", [True, False])
@pytest.mark.parametrize("end", ["Failed", "Canceled"])
def test_a_creation_that_ended_badly(
    with_vault: Contoso, direct: Direct, control: Control, end: str, takes_key: bool
) -> None:
    """What Azure does with a PUT on what is left is not known: it is made again, or told what to do with."""
    control.settings(failed_creation_takes_key=takes_key)
    options = with_vault.registry_task("newacr")["ownkey.acr.acr_cmk_registry"]
    control.fault(host=MANAGEMENT, method="PUT", path=".*/registries/newacr", ends=end)
    first = direct("acr_cmk_registry", **options)
    assert (first.get("failed"), first["changed"]) == (True, True), first
    assert "un the same task again" in first["msg"]
    again = direct("acr_cmk_registry", **options)
    if not takes_key:
        assert (again["failure"]["code"], again["changed"]) == ("failed_creation", False)
        assert "az acr delete --name newacr" in again["msg"]
        done(direct("acr_cmk_registry", name="newacr", state="absent", confirm=["newacr"], **PLACE))
        again = direct("acr_cmk_registry", **options)
    assert done(again)["changed"]
    assert control.registries()["newacr"]["readable"]
    assert not done(direct("acr_cmk_registry", **options))["changed"]


# --- what was there a moment ago, or an earlier run did ----------------------------------------------------------


def test_a_key_that_is_hidden_for_a_moment_is_not_recovered(locker: Locker) -> None:
    """Just after it was enabled it is not found, and the caller may not look at deleted keys."""
    done(locker.direct("cmk_revoke", **TO, **CONFIRM, revoke_by="disable_key"))
    found = locker.control.mark()
    done(locker.direct("cmk_restore", **TO, check=True))
    before = [r for r in locker.control.requests(found) if r["host"].endswith("vault.azure.net")]
    locker.control.fault(method="GET", path="/deletedkeys/cmk", times=0, **DENIED)
    locker.control.fault(method="GET", host=VAULT, path="/keys/cmk/.+", nth=len(before), times=1, **HIDDEN)
    result = done(locker.direct("cmk_restore", **TO))
    assert result["verified"]
    assert "recover" not in " ".join(result["plan"])


def test_a_key_that_was_recovered_and_is_hidden_for_a_moment_gets_no_second_version(slow: Slow) -> None:
    done(slow(state="absent"))
    slow.control.settings(key_recover_seconds=0.0)
    slow.control.fault(method="GET", path="/keys/other/", nth=3, times=2, **HIDDEN)
    assert done(slow(recover=True))["key_identifier"] == slow.made


def test_a_purge_that_is_begun_anew_while_the_key_is_being_deleted_waits_for_it(slow: Slow) -> None:
    slow.keys.begin_delete_key("other")
    assert done(slow(state="absent", purge=True))["changed"]
    assert "'other'" not in slow.left()


def test_an_identity_that_is_hidden_for_a_moment_is_not_made_anew(locker: Locker) -> None:
    done(locker.direct("cmk_revoke", **TO, **CONFIRM, revoke_by="disable_key"))
    gone = {"status": 404, "body": {"error": {"code": "ResourceNotFound", "message": "not found"}}}
    locker.control.fault(host=MANAGEMENT, method="GET", path=".*/userassignedidentities/contoso-id", nth=2, **gone)
    result = done(locker.direct("cmk_restore", **TO))
    assert (result["verified"], [step for step in result["plan"] if "identity" in step]) == (True, [])


@pytest.mark.parametrize(
    ("slow", "what"),
    # no Managed HSM is deleted by the collection
    [("vault", "group"), ("vault", "vault"), ("vault", "key"), ("Managed HSM", "group"), ("Managed HSM", "key")],
    indirect=["slow"],
)
def test_what_is_gone_by_a_request_whose_answer_was_lost_is_gone(slow: Slow, what: str) -> None:
    purging = {"method": "DELETE", "path": "/deletedkeys/other"}
    away = {
        "group": ({"method": "DELETE", "path": ".*/resourcegroups/contoso"}, "resource_group", {"name": "contoso"}),
        "vault": ({"method": "POST", "path": ".*/purge"}, "keyvault", {"name": "loose-kv", "purge": True, **PLACE}),
        "key": (purging, "keyvault_rsa_key", {**slow.key, "purge": True}),
    }
    fault, module, options = away[what]
    slow.control.fault(when="after", **fault, **BROKEN)
    assert done(slow.direct(module, state="absent", confirm=[], **options))["changed"]


def test_a_restoration_that_ended_after_the_vault_was_recovered_goes_on(locker: Locker) -> None:
    """Deletion takes every role at a vault, the caller's own too, and the run that recovered it is no more."""
    locker.done("keyvault", name="contoso-kv", state="absent", **PLACE, **CONFIRM)
    locker.control.fault(method="GET", host=MANAGEMENT, path=".*/roleassignments", times=0, reset=True)
    first = locker.direct("cmk_restore", **TO)
    assert (first.get("failed"), first["done"]) == (True, ["recover the soft-deleted vault contoso-kv with its keys"])
    locker.control.clear_faults()
    again = locker.done("cmk_restore", **TO)
    assert again["plan"][0] == "give you the right to the keys of the vault contoso-kv back"
    locker.must_be_readable()


def test_a_right_that_others_have_at_the_vault_too_is_not_given_to_oneself(locker: Locker) -> None:
    """The caller's right is gone, and no deletion took it: whoever took it meant it."""
    take_role_away(locker)
    for assignment in list(locker.clients.assignments.list_for_subscription()):
        if assignment.role_definition_id.endswith(OFFICER):
            locker.clients.assignments.delete_by_id(assignment.id)
    vault = done(locker.direct("keyvault", name="contoso-kv", location="westeurope", **PLACE))["vault"]
    locker.control.grant(scope=vault["id"], role=OFFICER, principal="99999999-0000-4000-8000-000000000000")
    locker.control.advance(7200)
    result = locker.direct("cmk_restore", **TO)
    assert result["failure"]["code"] == "caller_denied", result
    assert "give you" not in " ".join(result["done"])


def test_recovering_where_deleted_keys_cannot_be_seen(slow: Slow) -> None:
    done(slow(state="absent"))
    slow.control.fault(method="GET", path="/deletedkeys/other", times=0, **DENIED)
    again = done(slow(recover=True))
    assert (again["changed"], again["key_identifier"]) == (True, slow.made)


def test_recovering_without_any_right_to_it_names_the_right(slow: Slow) -> None:
    done(slow(state="absent"))
    slow.control.fault(path="/deletedkeys/other.*", times=0, **DENIED)
    result = slow(recover=True)
    assert (result["failure"]["code"], result["changed"]) == ("caller_denied", False), result
    assert "lack the right to recover the soft-deleted key other" in result["msg"]


def test_a_page_in_place_of_the_answer_to_a_change_is_told_by_its_title(
    with_registry: Contoso, direct: Direct, control: Control
) -> None:
    wish: dict[str, typing.Any] = {"name": "contosoacr", "tags": {"a": "1"}, **PLACE}
    control.fault(host=MANAGEMENT, method="PATCH", path=".*/contosoacr", status=502, page="502 Bad Gateway")
    result = direct("acr_cmk_registry", **wish)
    assert (result["failure"]["code"], "'502 Bad Gateway'" in result["msg"]) == ("not_azure", True), result
    assert done(direct("acr_cmk_registry", **wish))["changed"]
