# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no source settles, the other way round: the modules stay truthful whichever way Azure does it.

Each switch of ``local_azure/settings.py`` that is marked *inferred* has a case here or in another file of tests.
"""

from __future__ import annotations

import pathlib
import re
import typing

import pytest
from local_azure import settings
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.contoso import Contoso
from support.direct import Direct
from support.locker import CONFIRM, PLACE, TO, Locker, take_role_away
from support.movers import OLD, Movers
from support.outcome import done, failed


def test_a_refusal_in_no_particular_words_is_a_failure_that_passes(
    with_registry: Contoso, azure: LocalAzure, control: Control, direct: Direct
) -> None:
    """A replica that is still being deleted: told is only that it is a 409."""
    wish = {"name": "contosoacr", "replicas": [{"location": "northeurope"}], **PLACE}
    done(direct("acr_cmk_registry", **wish))
    control.settings(inferred_words=False, operation_seconds=20)
    Clients(azure).replications.begin_delete("contoso", "contosoacr", "northeurope")
    refusal = direct("acr_cmk_registry", **wish)
    assert not refusal.get("failed") or refusal["changed"] is False
    control.advance(30)
    done(direct("acr_cmk_registry", **wish))
    places = [replica.location for replica in Clients(azure).replications.list("contoso", "contosoacr")]
    assert sorted(places) == ["northeurope", "westeurope"]


@pytest.mark.parametrize("counted", [True, False])
def test_what_is_hidden_from_the_lists_stops_a_move_or_is_named(
    with_registry: Contoso, azure: LocalAzure, control: Control, direct: Direct, counted: bool
) -> None:
    movers = Movers(azure, direct, control)
    movers.old.image("app", "v1")
    movers.lock(OLD, f"app/_manifests/{movers.old.image('app', 'h', 'hidden').digest}", listEnabled=False)
    control.settings(counts_include_unlisted=counted)
    result = movers.move()
    if counted:
        assert result["failure"]["code"] == "cannot_be_moved"
    else:
        assert "hidden" in {one["kind"] for one in done(result)["left_behind"]}


def test_a_registry_that_does_not_look_again_is_told_not_to_report(
    with_registry: Contoso, control: Control, direct: Direct
) -> None:
    control.settings(same_key_looks_again=False)
    nudge = {**TO, "max_age": "0d", "pick_up": "nudge", "wait_timeout": 60}
    refusal = failed(direct("cmk_rotate", **nudge), "not_reported")
    assert refusal["changed"] is True
    control.advance(3700)
    again = done(direct("cmk_rotate", **{**nudge, "max_age": "1d"}))
    assert again["changed"] is False


def test_an_identity_made_again_that_is_not_attached_anew_is_told(
    locker: Locker, control: Control, direct: Direct
) -> None:
    control.settings(remade_identity_attaches=False)
    clients = locker.clients
    clients.identities.delete("contoso", "contoso-id")
    result = direct("cmk_restore", **TO, wait_timeout=60)
    assert result["failed"], result
    assert result.get("verified") is not True
    locker.must_be_locked()


def test_an_identity_that_null_does_not_take_off_is_not_said_to_be_off(
    with_registry: Contoso, control: Control, direct: Direct
) -> None:
    done(direct("managed_identity", name="second-id", location="westeurope", **PLACE))
    done(direct("acr_cmk_registry", name="contosoacr", identities=["second-id"], **PLACE))
    control.settings(identity_null_detaches=False)
    result = direct("acr_cmk_registry", name="contosoacr", identities=["contoso-id"], purge_identities=True, **PLACE)
    attached = done(direct("acr_cmk_registry_info", name="contosoacr", **PLACE))["registries"][0]["identity"]
    assert len(attached["user_assigned"]) == 2
    assert failed(result, "not_reported")["changed"] is True


@pytest.mark.parametrize(
    "switch", [{"key_refusal_status": 401}, {"key_refusal_status": 503}, {"lists_without_key": True}]
)
def test_locked_is_seen_whatever_form_the_refusal_has(
    locker: Locker, control: Control, direct: Direct, switch: dict[str, typing.Any]
) -> None:
    control.settings(**switch)
    result = done(direct("cmk_revoke", **TO, **CONFIRM))
    assert result["locked"] is True, result
    assert done(direct("cmk_restore", **TO))["verified"] is True


def test_a_disabled_key_that_still_wraps_is_no_way_to_the_data(
    locker: Locker, control: Control, direct: Direct
) -> None:
    control.settings(wrap_on_disabled_key=True)
    assert done(direct("cmk_revoke", **TO, revoke_by="disable_key", **CONFIRM))["locked"] is True
    locker.must_be_locked()
    assert done(direct("cmk_restore", **TO))["verified"] is True


def test_a_provider_is_not_registered_whatever_the_status(
    control: Control, azure: LocalAzure, direct: Direct, contoso: Contoso
) -> None:
    clients = Clients(azure)
    namespace = f"/subscriptions/{clients.subscription}/providers/Microsoft.ManagedIdentity/unregister"
    done(direct("resource_group", name="contoso", location="westeurope"))
    assert clients.arm("POST", namespace).ok
    for status in (409, 403, 400):
        control.settings(unregistered_status=status)
        refusal = direct("managed_identity", name="contoso-id", location="westeurope", **PLACE)
        assert failed(refusal, "provider_not_registered")


def test_a_right_to_attach_that_is_not_asked_for(control: Control, direct: Direct, contoso: Contoso) -> None:
    control.settings(identity_needs_assign_right=False)
    for task in [*contoso.vault_tasks(), contoso.registry_task()]:
        ((module, options),) = task.items()
        done(direct(module.rsplit(".", 1)[-1], **options))


def test_a_registry_that_is_deleted_at_once_is_gone(with_registry: Contoso, control: Control, direct: Direct) -> None:
    control.settings(cmk_deletion_takes_time=False)
    gone = {"name": "contosoacr", "state": "absent", **PLACE}
    assert done(direct("acr_cmk_registry", **gone, **CONFIRM))["changed"] is True
    assert done(direct("acr_cmk_registry", **gone))["changed"] is False


def test_a_role_whose_star_does_not_cover_the_parent(locker: Locker, control: Control, direct: Direct) -> None:
    control.settings(star_covers_parent=False)
    assert done(direct("cmk_revoke", **TO, **CONFIRM))["locked"] is True
    assert done(direct("cmk_restore", **TO))["verified"] is True


def test_a_policy_that_judges_a_rotation_is_told_as_a_policy(
    with_registry: Contoso, azure: LocalAzure, control: Control, direct: Direct
) -> None:
    Clients(azure).forbid(
        "size",
        {
            "allOf": [
                {"field": "type", "equals": "Microsoft.KeyVault.Data/vaults/keys"},
                {"field": "Microsoft.KeyVault.Data/vaults/keys/keySize", "less": 8192},
            ]
        },
        mode="Microsoft.KeyVault.Data",
    )
    control.settings(policy_judges_rotation=True)
    refusal = failed(direct("cmk_rotate", **TO, max_age="0d"), "disallowed_by_policy")
    assert refusal["changed"] is False


def test_an_image_that_is_hidden_from_lists_is_no_proof_of_anything(
    locker: Locker, control: Control, direct: Direct
) -> None:
    take_role_away(locker)
    control.settings(unlisted_is_hidden=False)
    assert done(direct("cmk_restore", **TO))["verified"] is True


def test_every_inferred_switch_has_a_case() -> None:
    text = pathlib.Path(settings.__file__).read_text(encoding="utf-8")
    switches = set(re.findall(r"#: \*Inferred\*[^\n]*\n(?:    #:[^\n]*\n)*    (\w+):", text))
    here = pathlib.Path(__file__)
    folders = (here.parent, here.parents[1] / "emulator")
    tests = "".join(file.read_text(encoding="utf-8") for folder in folders for file in folder.glob("test_*.py"))
    assert switches
    assert {name for name in switches if name not in tests} == set()
