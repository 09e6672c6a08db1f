# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.key import RotationPolicy
from ansible_collections.ownkey.acr.plugins.module_utils._rules.key import plan as key_plan
from ansible_collections.ownkey.acr.plugins.module_utils._rules.key.policy import desired_policy
from samples import DAY, NOW, V1, V2, key


def wish(**changes):
    if "rotation_policy" in changes:
        changes["rotation_policy"] = desired_policy(changes["rotation_policy"])
    return key_plan.Desired(name="cmk", **changes)


def present(known=None, policy=None, **changes):
    return key_plan.present(wish(**changes), known, policy=policy and RotationPolicy.from_wire(policy), now=NOW)


def actions(plan):
    return [step.action for step in plan.steps]


def test_a_key_that_is_not_there_is_created():
    (step,) = present().steps
    assert (step.action, step.attributes.size, step.attributes.hsm) == ("create_key", 2048, False)


@pytest.mark.parametrize("size", key_plan.SIZES)
@pytest.mark.parametrize("hsm", [True, False])
def test_sizes_and_kinds(size, hsm):
    assert present(size=size, hsm=hsm).after["key_type"] == ("RSA-HSM" if hsm else "RSA")


@pytest.mark.parametrize("operations", [("sign",), ("wrapKey",), ("unwrapKey", "sign")])
def test_operations_that_a_registry_needs(operations):
    with pytest.raises(Failure) as caught:
        key_plan.check(wish(operations=operations))
    assert caught.value.parameter == "operations"


def test_validity_must_make_sense():
    with pytest.raises(Failure):
        key_plan.check(wish(not_before=NOW, expires_on=NOW))


SAME = [
    {},
    {"size": 2048},
    {"operations": ("verify", "sign", "encrypt", "decrypt", "wrapKey", "unwrapKey")},
    {"tags": {}},
    {"max_age": 90 * DAY},
    {"version": V1},
]


@pytest.mark.parametrize("changes", SAME)
def test_what_is_as_wanted(changes):
    assert present(key(), **changes).steps == ()


@pytest.mark.parametrize(
    ("known", "changes", "expected"),
    [
        (key(), {"size": 3072}, ["new_version"]),
        (key(), {"hsm": True}, ["new_version"]),
        (key(age=91 * DAY), {"max_age": 90 * DAY}, ["new_version"]),
        (key(enabled=False), {}, ["update_key"]),
        (key(), {"tags": {"a": "b"}}, ["update_key"]),
        (key(), {"expires_on": NOW + DAY}, ["update_key"]),
        (key(), {"not_before": NOW}, ["update_key"]),
        (key(), {"operations": ("wrapKey", "unwrapKey")}, ["update_key"]),
        (key(age=91 * DAY), {"max_age": 90 * DAY, "version": V1}, []),
        (key(), {"rotation_policy": {"rotate_after_creation": "P90D"}}, ["set_policy"]),
    ],
)
def test_what_differs_is_changed(known, changes, expected):
    assert actions(present(known, **changes)) == expected


def test_an_expiry_is_compared_as_a_moment():
    assert present(key(expires_on="2027-01-15T08:00:00Z"), expires_on=NOW).steps == ()


def test_a_version_that_is_not_there_is_not_made():
    with pytest.raises(Failure, match="no version"):
        present(None, version=V2)


def test_an_elliptic_key_of_that_name_is_refused():
    with pytest.raises(Failure, match="of type EC"):
        present(key(key_type="EC"))


def wire(**trigger):
    kind = trigger.pop("kind", "Rotate")
    expiry = trigger.pop("expiry", None)
    return {"lifetimeActions": [{"action": {"type": kind}, "trigger": trigger}], "attributes": {"expiryTime": expiry}}


@pytest.mark.parametrize(
    ("wanted", "known", "same"),
    [
        ({"rotate_after_creation": "P90D"}, wire(timeAfterCreate="P90D"), True),
        ({"rotate_after_creation": "90d"}, wire(timeAfterCreate="P90D"), True),
        ({"rotate_after_creation": "P1Y"}, wire(timeAfterCreate="P12M"), True),
        ({"rotate_after_creation": "P90D"}, wire(timeAfterCreate="P90D", kind="rotate"), True),
        ({"rotate_after_creation": "P90D"}, wire(timeAfterCreate="P3M"), False),
        ({"rotate_after_creation": "P90D"}, wire(timeAfterCreate="P91D"), False),
        ({"rotate_after_creation": "P90D"}, wire(timeBeforeExpiry="P90D", expiry="P1Y"), False),
        ({"rotate_before_expiry": "P30D", "expiry_time": "P1Y"}, wire(timeBeforeExpiry="P30D", expiry="P12M"), True),
        ({"rotate_before_expiry": "P30D", "expiry_time": "P1Y"}, wire(timeBeforeExpiry="P30D", expiry="P2Y"), False),
        ({"notify_before_expiry": "P30D"}, wire(timeBeforeExpiry="P30D", kind="Notify"), True),
        ({"notify_before_expiry": "P30D"}, None, False),
    ],
)
def test_rotation_policies_are_compared_by_meaning(wanted, known, same):
    assert (actions(present(key(), known, rotation_policy=wanted)) == []) is same


@pytest.mark.parametrize(
    "policy",
    [
        {"rotate_after_creation": "P90D", "rotate_before_expiry": "P30D", "expiry_time": "P1Y"},
        {"rotate_before_expiry": "P30D"},
        {"rotate_after_creation": "P6D"},
        {"notify_before_expiry": "P6D"},
        {"rotate_after_creation": "P90D", "expiry_time": "P27D"},
        {"rotate_after_creation": "often"},
    ],
)
def test_policies_that_key_vault_would_refuse(policy):
    with pytest.raises(Failure) as caught:
        desired_policy(policy)
    assert caught.value.parameter.startswith("rotation_policy")


def test_disable_all_or_one():
    versions = [key(V1), key(V2), key("3" * 32, enabled=False)]
    assert [s.version for s in key_plan.disable("cmk", versions).steps] == [V1, V2]
    assert [s.version for s in key_plan.disable("cmk", versions, version=V2).steps] == [V2]
    assert key_plan.disable("cmk", [key(enabled=False)]).steps == ()
    for listed, version in (([], None), (versions, "9" * 32)):
        with pytest.raises(Failure):
            key_plan.disable("cmk", listed, version=version)


def test_enable_all():
    versions = [key(V1, enabled=False), key(V2)]
    assert [s.version for s in key_plan.enable(versions, name="cmk").steps] == [V1]
