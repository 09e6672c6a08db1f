# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import key_identifier
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.identity import Identity
from ansible_collections.ownkey.acr.plugins.module_utils._rules.rotation import plan as rotation_plan
from ansible_collections.ownkey.acr.plugins.module_utils._rules.rotation.plan import Target
from hypothesis import given
from hypothesis import strategies as st
from samples import CLIENT, CLOUD, DAY, IDENTITY, KEY, NOW, PRINCIPAL, V1, V2, key, registry

OTHER_KEY = "https://other-kv.vault.azure.net/keys/cmk"
HER = Identity("other", "33333333-3333-4333-8333-333333333333", "p2", IDENTITY.replace("contoso-id", "other"))


def make(registries, target, keys=None):
    return rotation_plan.make(registries, target, keys or {KEY: key()}, now=NOW)


def parsed(text):
    return key_identifier.parse(text, CLOUD)


def test_young_keys_are_left_alone():
    plan = make([registry()], Target(max_age=90 * DAY))
    assert (plan.renew, [move.kind for move in plan.moves], plan.plan.steps) == ((), ["none"], ())


@pytest.mark.parametrize(("age", "due"), [(89.999, False), (90, True), (1000, True)])
def test_due_to_the_day(age, due):
    plan = make([registry()], Target(max_age=90 * DAY), {KEY: key(age=age * DAY)})
    assert bool(plan.renew) is due


def test_zero_rotates_in_any_case():
    assert make([registry()], Target(max_age=0), {KEY: key(age=0)}).renew


@pytest.mark.parametrize(("minutes", "renewed"), [(0, False), (59, False), (60, True)])
def test_a_version_made_just_now_that_not_all_are_on_is_taken_instead_of_another(minutes, renewed):
    fleet = [registry("there", key=f"{KEY}/{V2}", version=V2), registry("behind", key=f"{KEY}/{V1}")]
    plan = make(fleet, Target(max_age=0), {KEY: key(V2, age=minutes * 60)})
    assert bool(plan.renew) is renewed
    assert [move.kind for move in plan.moves] == (["set", "set"] if renewed else ["none", "set"])


def test_a_version_made_just_now_that_cannot_be_used_is_replaced_all_the_same():
    assert make([registry(key=f"{KEY}/{V1}")], Target(max_age=0), {KEY: key(V2, age=0, enabled=False)}).renew


def test_one_new_version_serves_every_registry_on_the_key():
    plan = make([registry(f"acr{n:02}") for n in range(50)], Target(max_age=0))
    assert len(plan.renew) == 1
    assert {move.kind for move in plan.moves} == {"pick_up"}
    assert all(move.kind == "pick_up" for move in plan.moves)


@pytest.mark.parametrize(
    ("pick_up", "count", "nudge"),
    [("auto", 1, True), ("auto", 10, True), ("auto", 11, False), ("nudge", 50, True), ("wait", 1, False)],
)
def test_nudge_or_wait(pick_up, count, nudge):
    plan = make([registry(f"acr{n:02}") for n in range(count)], Target(max_age=0, pick_up=pick_up))
    assert {move.kind for move in plan.moves} == {"nudge" if nudge else "pick_up"}


def test_manual_registries_are_set_to_the_new_version():
    plan = make([registry(key=f"{KEY}/{V1}")], Target(max_age=0))
    (move,) = plan.moves
    assert (move.kind, move.mode, move.version) == ("set", "manual", "")


def test_a_registry_behind_a_young_key_is_moved_without_a_new_version():
    plan = make([registry(key=f"{KEY}/{V1}")], Target(max_age=90 * DAY), {KEY: key(V2)})
    assert plan.renew == ()
    assert (plan.moves[0].kind, plan.moves[0].version) == ("set", V2)


def test_an_automatic_registry_behind_is_picked_up():
    plan = make([registry()], Target(max_age=90 * DAY, pick_up="wait"), {KEY: key(V2)})
    assert (plan.moves[0].kind, plan.moves[0].version) == ("pick_up", V2)


@pytest.mark.parametrize(
    ("text", "mode", "version"), [(OTHER_KEY, "automatic", V2), (f"{OTHER_KEY}/{V2}", "manual", V2)]
)
def test_another_key(text, mode, version):
    plan = make([registry()], Target(key=parsed(text)), {OTHER_KEY: key(V2, base=OTHER_KEY)})
    assert (plan.renew, plan.moves[0].kind, plan.moves[0].mode, plan.moves[0].version) == ((), "set", mode, version)


def test_another_key_by_hand():
    target = Target(key=parsed(OTHER_KEY), rotation_mode="manual")
    assert make([registry()], target, {OTHER_KEY: key(V2, base=OTHER_KEY)}).moves[0].mode == "manual"


@pytest.mark.parametrize(
    ("before", "mode", "kind"),
    [
        (KEY, "automatic", "none"),
        (KEY, "manual", "set"),
        (f"{KEY}/{V1}", "manual", "none"),
        (f"{KEY}/{V1}", "automatic", "set"),
    ],
)
def test_switching_the_mode(before, mode, kind):
    (move,) = make([registry(key=before)], Target(rotation_mode=mode)).moves
    assert (move.kind, move.mode, move.version) == (kind, mode, V1)


def test_switching_to_manual_keeps_the_version_in_use():
    (move,) = make([registry()], Target(rotation_mode="manual"), {KEY: key(V2)}).moves
    assert move.version == V1


def test_another_identity_is_attached_first():
    (move,) = make([registry()], Target(identity=HER)).moves
    assert (move.kind, move.identity) == ("set", HER.client_id)
    assert set(move.attach["userAssignedIdentities"]) == {IDENTITY, HER.resource_id}


def test_the_same_identity_changes_nothing():
    (move,) = make([registry()], Target(identity=Identity("contoso-id", CLIENT, PRINCIPAL, IDENTITY))).moves
    assert move.kind == "none"


def test_the_system_identity_is_enabled_first():
    (move,) = make([registry()], Target(identity=Identity("system", None, None, None))).moves
    assert (move.identity, move.attach["type"]) == ("system", "SystemAssigned, UserAssigned")


def test_a_version_and_automatic_rotation_contradict_each_other():
    with pytest.raises(Failure) as caught:
        rotation_plan.check(Target(key=parsed(f"{KEY}/{V1}"), rotation_mode="automatic"))
    assert caught.value.code == "contradiction"


@pytest.mark.parametrize(
    ("in_use", "newest", "age", "renewed", "version"),
    [
        # young, on the version where it started: nothing
        (V1, V1, 10, False, V1),
        # rotated since: never back to the start
        (V2, V2, 10, False, V2),
        # due: a new one, whatever was named
        (V1, V1, 91, True, ""),
        (V2, V2, 91, True, ""),
        # behind a newer version
        (V1, V2, 10, False, V2),
    ],
)
def test_a_version_with_an_age_is_a_start(in_use, newest, age, renewed, version):
    target = Target(key=parsed(f"{KEY}/{V1}"), max_age=90 * DAY)
    rotation_plan.check(target)
    plan = make([registry(key=f"{KEY}/{in_use}", version=in_use)], target, {KEY: key(newest, age=age * DAY)})
    (move,) = plan.moves
    assert (bool(plan.renew), move.version, move.mode) == (renewed, version, "manual")
    assert move.kind == ("none" if version == in_use else "set")


@pytest.mark.parametrize("text", [KEY, OTHER_KEY])
@pytest.mark.parametrize(("before", "mode"), [(KEY, "automatic"), (f"{KEY}/{V1}", "manual")])
def test_a_key_by_its_name_leaves_the_mode_as_it_is(text, before, mode):
    target = Target(key=parsed(text), keeps_mode=True)
    (move,) = make([registry(key=before)], target, {text: key(base=text)}).moves
    assert (move.mode, move.version) == (mode, V1)
    assert move.kind == ("none" if text == KEY else "set")


def test_a_registry_on_another_key_goes_to_the_start():
    target = Target(key=parsed(f"{OTHER_KEY}/{V1}"), max_age=90 * DAY)
    (move,) = make([registry()], target, {OTHER_KEY: key(V2, base=OTHER_KEY)}).moves
    assert (move.kind, move.version, move.mode) == ("set", V1, "manual")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key_type": "EC"}, "not_rsa"),
        ({"enabled": False}, "key_disabled"),
        ({"operations": ["sign"]}, "key_operations"),
    ],
)
def test_a_key_that_cannot_be_used_stops_everything(changes, code):
    with pytest.raises(Failure) as caught:
        make([registry(), registry("second")], Target(max_age=90 * DAY), {KEY: key(**changes)})
    assert caught.value.code == code


def test_a_disabled_newest_version_that_is_due_is_simply_replaced():
    assert make([registry()], Target(max_age=0), {KEY: key(enabled=False)}).renew


def test_a_registry_without_cmk_stops_everything():
    with pytest.raises(Failure) as caught:
        make([registry(), registry("plain", encryption={"status": "disabled"})], Target(max_age=0))
    assert caught.value.code == "created_without_cmk"


@given(
    ages=st.lists(st.floats(0, 1000), min_size=1, max_size=4),
    owners=st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=1, max_size=12),
    max_age=st.floats(0, 1000),
    pick_up=st.sampled_from(["auto", "nudge", "wait"]),
)
def test_whatever_the_fleet(ages, owners, max_age, pick_up):
    """Only what is due is renewed, once per key, and planning again for what it leads to finds nothing to do."""
    bases = [f"https://kv-{n}.vault.azure.net/keys/cmk" for n in range(len(ages))]
    keys = {base: key(V1, age=age * DAY, base=base) for base, age in zip(bases, ages, strict=True)}
    fleet = []
    for number, (owner, automatic, behind) in enumerate(owners):
        base, version = bases[owner % len(bases)], V2 if behind else V1
        fleet.append(registry(f"acr{number:03}", key=base if automatic else f"{base}/{version}", version=version))
    target = Target(max_age=max_age * DAY, pick_up=pick_up)
    plan = rotation_plan.make(fleet, target, keys, now=NOW)
    renewed = {str(one) for one in plan.renew}
    assert len(plan.renew) == len(renewed)
    used = {str(move.key) for move in plan.moves}
    behind = {bases[owner % len(bases)] for owner, _automatic, behind in owners if behind}
    unfinished = {base for base in behind if keys[base].age(NOW) < rotation_plan.UNFINISHED}
    assert renewed == {base for base in used - unfinished if _due(keys[base], max_age)}
    after_keys = {base: key("3" * 32, age=0, base=base) if base in renewed else known for base, known in keys.items()}
    after = [
        registry(
            move.registry.name,
            key=str(move.key) if move.mode == "automatic" else str(move.key.at(after_keys[str(move.key)].version)),
            version=after_keys[str(move.key)].version,
        )
        for move in plan.moves
    ]
    again = rotation_plan.make(after, target, after_keys, now=NOW)
    if max_age > 0:
        assert {move.kind for move in again.moves if str(move.key) in renewed} <= {"none"}


def _due(known, max_age):
    return known.age(NOW) >= max_age * DAY
