# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules.rotation import canary, plan
from ansible_collections.ownkey.acr.plugins.module_utils._rules.rotation.canary import Canary
from ansible_collections.ownkey.acr.plugins.module_utils._rules.rotation.plan import Target
from samples import DAY, KEY, NOW, V1, key, registry

FLEET = [registry(f"acr{number:03}", key=f"{KEY}/{V1}") for number in range(30)]


@pytest.mark.parametrize(
    ("texts", "wish"),
    [
        ([], None),
        (["", " "], None),
        (["1"], Canary(count=1)),
        ([" 10% "], Canary(percent=10)),
        (["100 %"], Canary(percent=100)),
        (["contosoacr", "fabrikamacr"], Canary(names=("contosoacr", "fabrikamacr"))),
    ],
)
def test_what_is_written_for_a_canary(texts, wish):
    assert canary.canary(texts) == wish


@pytest.mark.parametrize(
    "texts", [["0"], ["0%"], ["101%"], ["-1"], ["1.5"], ["10 %%"], ["1", "2"], ["all%"], ["ten"], ["/x"]]
)
def test_what_is_no_canary_is_refused_by_name(texts):
    with pytest.raises(Failure) as caught:
        canary.canary(texts)
    assert caught.value.parameter == "canary"


@pytest.mark.parametrize(
    ("wish", "count"),
    [
        (Canary(count=2), 2),
        (Canary(count=99), 30),
        (Canary(percent=10), 3),
        (Canary(percent=1), 1),
        (Canary(percent=34), 11),
    ],
)
def test_how_many_come_first(wish, count):
    assert wish.chosen(FLEET) == tuple(FLEET[:count])


def test_names_come_first_in_the_order_of_the_registries():
    assert Canary(names=("ACR007", FLEET[3].id.upper())).chosen(FLEET) == (FLEET[3], FLEET[7])


def test_a_canary_is_one_of_the_registries():
    with pytest.raises(Failure) as caught:
        Canary(names=("stranger",)).check_names(FLEET)
    assert (caught.value.code, "stranger" in caught.value.message) == ("canary_missing", True)


@pytest.mark.parametrize(
    ("failed", "percentage", "beyond"),
    [(0, 0, False), (1, 0, True), (1, 5, False), (5, 5, False), (6, 5, True), (100, 100, False), (100, None, False)],
)
def test_when_too_many_failed(failed, percentage, beyond):
    assert canary.is_beyond(failed, 100, percentage) is beyond


def test_the_first_stage_needs_only_its_own_keys():
    plain = plan.make(FLEET, Target(max_age=90 * DAY), {KEY: key(age=91 * DAY)}, now=NOW, canary=Canary(count=1))
    assert [[move.registry.name for move in stage] for stage in plain.stages] == [
        ["acr000"],
        [one.name for one in FLEET[1:]],
    ]


def test_where_nothing_is_due_nothing_comes_first():
    assert plan.make(FLEET, Target(max_age=90 * DAY), {KEY: key()}, now=NOW, canary=Canary(count=1)).stages == ()


def test_those_that_come_first_do_not_wait_an_hour():
    fleet = [registry(f"acr{number:03}") for number in range(30)]
    first, rest = plan.make(fleet, Target(max_age=0), {KEY: key()}, now=NOW, canary=Canary(count=2)).stages
    assert {move.kind for move in first} == {"nudge"}
    assert {move.kind for move in rest} == {"pick_up"}
