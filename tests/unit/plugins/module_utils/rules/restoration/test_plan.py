# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import key_identifier
from ansible_collections.ownkey.acr.plugins.module_utils._rules.access.grants import Grant
from ansible_collections.ownkey.acr.plugins.module_utils._rules.restoration import plan as restoration
from samples import CLOUD, DELETED_VAULT, KEY, V1, V2, key, observed, registry, vault


def situation(newest=None, **changes):
    return restoration.Situation(registry(), key_identifier.parse(f"{KEY}/{V1}", CLOUD), observed(**changes), newest)


def actions(remedies):
    return [step.action for step in remedies.steps]


def test_nothing_wrong_nothing_done():
    assert restoration.remedies(situation()) == restoration.Remedies((), ())


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        (
            {
                "store": None,
                "deleted_store": DELETED_VAULT,
                "key": None,
                "key_state": "unreachable",
                "grant": None,
            },
            "recover_vault",
        ),
        ({"key": None, "key_state": "deleted"}, "recover_key"),
        ({"key": key(enabled=False)}, "enable_key"),
        ({"grant": Grant(False)}, "grant"),
        ({"identity": {"attached": False}}, "attach_identity"),
        ({"identity": {"deleted": True}, "grant": None}, "recreate_identity"),
        ({"identity": {"recreated": True}}, "set_identity"),
        ({"key": key(operations=["sign"])}, "allow_operations"),
        ({"store": vault(networkAcls={"defaultAction": "Deny", "bypass": "None"})}, "trust_services"),
    ],
)
def test_each_trouble_has_its_step(changes, action):
    remedies = restoration.remedies(situation(**changes))
    assert (actions(remedies), remedies.left) == ([action], ())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        (
            {"store": None, "store_missing": True, "key": None, "key_state": "unreachable", "grant": None},
            "vault_missing",
        ),
        ({"key": None, "key_state": "missing"}, "key_missing"),
        ({"identity": {"exists": False}, "grant": None}, "identity_missing"),
        ({"identity": {"system": True, "attached": False}, "grant": None}, "system_identity_lost"),
    ],
)
def test_what_cannot_be_restored_is_left_and_said(changes, code):
    remedies = restoration.remedies(situation(**changes))
    assert (remedies.steps, [finding.code for finding in remedies.left]) == ((), [code])


@pytest.mark.parametrize("past", [{"expires_on": "2020-01-01T00:00:00Z"}, {"not_before": "2040-01-01T00:00:00Z"}])
def test_what_does_not_keep_anybody_from_reading_is_left_alone(past):
    assert restoration.remedies(situation(key=key(**past))) == restoration.Remedies((), ())


def test_a_registry_that_cannot_read_for_no_reason_is_set_anew():
    assert restoration.set_anew(situation()).action == "set_key"
    closed = vault(networkAcls={"defaultAction": "Deny", "bypass": "AzureServices"})
    assert restoration.set_anew(situation(store=closed)).action == "use_system"
    system = situation(store=closed, identity={"system": True})
    assert restoration.set_anew(system).action == "set_key"


def test_steps_come_in_an_order_in_which_each_can_succeed():
    troubles = {"key": key(enabled=False), "grant": Grant(False), "identity": {"recreated": True}}
    assert actions(restoration.remedies(situation(**troubles))) == ["enable_key", "grant", "set_identity"]


def test_the_version_in_use_and_the_newest_are_enabled_and_no_other():
    newest = dataclasses.replace(observed(), key=key(V2, enabled=False))
    remedies = restoration.remedies(situation(newest, key=key(V1, enabled=False)))
    assert [step.version for step in remedies.steps] == [V1, V2]


def test_the_newest_version_is_let_be_used_too_if_a_registry_follows_it():
    newest = dataclasses.replace(observed(), key=key(V2, operations=["sign"]))
    remedies = restoration.remedies(situation(newest, key=key(V1, operations=["sign"])))
    assert [(step.action, step.version) for step in remedies.steps] == [
        ("allow_operations", V1),
        ("allow_operations", V2),
    ]
    assert actions(restoration.remedies(situation(key=key(V1, operations=["sign"])))) == ["allow_operations"]


def without_identity(*by_attached):
    lost = situation(identity={"exists": False}, grant=None)
    return dataclasses.replace(lost, by_attached=by_attached)


@pytest.mark.parametrize(
    ("by_attached", "expected"),
    [
        ([observed(identity={"reference": "other"})], ["set_identity"]),
        ([observed(identity={"system": True, "reference": "system"})], ["use_system"]),
        ([observed(grant=Grant(False)), observed(identity={"reference": "other"})], ["set_identity"]),
        ([observed(grant=Grant(False))], []),
        ([observed(grant=None)], []),
        ([], []),
    ],
)
def test_an_attached_identity_with_the_right_takes_the_place_of_one_that_is_not_there_any_more(by_attached, expected):
    remedies = restoration.remedies(without_identity(*by_attached))
    assert actions(remedies) == expected
    assert [finding.code for finding in remedies.left] == ([] if expected else ["identity_missing"])


def test_the_caller_s_right_is_given_back_behind_a_firewall_too_and_once():
    closed = situation(store=vault(), key=None, key_state="unreachable")
    assert "grant_caller" in actions(restoration.remedies(closed, recovered=True))
    assert "grant_caller" not in actions(restoration.remedies(closed))
    assert "grant_caller" not in actions(restoration.remedies(closed, recovered=True, caller_has_right=True))


@pytest.mark.parametrize(
    ("tags", "recovered", "given"), [({}, False, False), ({}, True, True), ({"made-by": "ownkey.acr"}, False, True)]
)
def test_the_caller_s_own_right_is_given_back_only_where_it_was_lost_with_the_vault_or_by_us(tags, recovered, given):
    observation = situation(store=vault(tags=tags), key=None, key_state="denied")
    assert ("grant_caller" in actions(restoration.remedies(observation, recovered=recovered))) is given
