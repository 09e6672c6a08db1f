# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many registries rotated together: canaries, failures, throttles, others at work, and what it costs."""

from __future__ import annotations

import copy
import re
import typing

import pytest
from local_azure.client import Control
from local_azure.faults import Fault
from local_azure.server import LocalAzure
from support import fleet
from support.contoso import Contoso
from support.direct import Direct
from support.near import NearClock, near, variables

Result = dict[str, typing.Any]
EACH, KEYS = 10, 2


class Fleet:
    """Registries on two keys, pinned to their versions, 91 days old; near, by a clock that moves."""

    def __init__(self, azure: LocalAzure) -> None:
        self.azure = azure
        self.clock = NearClock(azure)
        self.direct = Direct(variables(azure), self.clock)
        contoso = Contoso(typing.cast(Control, None))
        for task in contoso.vault_tasks():
            ((module, options),) = task.items()
            assert not self.direct(module.rsplit(".", 1)[-1], **options).get("failed")
        names = fleet.prototypes(contoso, self.direct, keys=KEYS, rotation_mode="manual")
        state = azure.world.dump()
        self.ids = fleet.multiply(state, names, each=EACH)
        azure.world.load(state)
        azure.world.clock.advance(91 * 86400)
        self._begin = copy.deepcopy(azure.world.dump())

    def reset(self) -> None:
        self.azure.world.load(copy.deepcopy(self._begin))
        self.azure.azure.faults.faults.clear()
        self.azure.world.settings.change({"throttle": False, "operation_seconds": 12.0})
        self.azure.azure.log.clear()

    def rotate(self, registries: typing.Sequence[str] | None = None, **options: typing.Any) -> Result:
        options = {"max_age": "90d", **options}
        return self.direct("cmk_rotate", registries=list(registries or self.ids), **options)

    def fault(self, **what: typing.Any) -> None:
        self.azure.azure.faults.faults.append(Fault(**what))

    def asked(self, method: str, path: str) -> int:
        return sum(one.method == method and bool(re.fullmatch(path, one.path)) for one in self.azure.azure.log.since(0))

    @property
    def versions(self) -> int:
        (keys,) = self.azure.world.data["keys"].values()
        return sum(len(key["versions"]) for key in keys.values())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> typing.Iterator[Fleet]:
    with near(tmp_path_factory.mktemp("home")) as azure:
        yield Fleet(azure)


@pytest.fixture
def many(made: Fleet) -> Fleet:
    made.reset()
    return made


def outcomes(result: Result) -> dict[str, int]:
    words = [row["outcome"] for row in result["registries"]]
    return {word: words.count(word) for word in sorted(set(words))}


def test_all_are_moved_with_one_version_for_each_key_and_no_worker_for_each_registry(many: Fleet) -> None:
    before, began = many.versions, many.clock.monotonic()
    result = many.rotate()
    assert outcomes(result) == {"done": EACH * KEYS}
    assert many.versions == before + KEYS
    # eight workers that wait for their operations would need 36 seconds
    assert many.clock.monotonic() - began < 16
    assert many.asked("PATCH", ".*") == EACH * KEYS
    assert many.asked("GET", ".*/registries/[^/]+") == 0
    assert many.asked("GET", ".*operationStatuses.*") == 0
    again = many.rotate()
    assert (again["changed"], outcomes(again), many.versions) == (False, {"nothing_due": EACH * KEYS}, before + KEYS)


def test_all_stands_for_every_registry_with_a_key_of_its_own(many: Fleet) -> None:
    assert outcomes(many.rotate(["all"])) == {"done": EACH * KEYS}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"registries": ["all", "fleet0x0acr"]}, "contradiction"),
        ({"canary": ["strangeracr"]}, "canary_missing"),
        ({"canary": ["0"]}, "invalid_canary"),
        ({"max_fail_percentage": 101}, "out_of_range"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_made(many: Fleet, options: Result, code: str) -> None:
    before = many.versions
    result = many.rotate(options.pop("registries", None), **options)
    assert (result["failed"], result["failure"]["code"], many.versions) == (True, code, before)


def test_a_canary_that_goes_well_lets_the_rest_follow(many: Fleet) -> None:
    result = many.rotate(canary=["10%"])
    assert outcomes(result) == {"done": EACH * KEYS}
    patched = [one.path for one in many.azure.azure.log.since(0) if one.method == "PATCH"]
    assert {path.lower() for path in patched[:2]} == {one.lower() for one in many.ids[:2]}


def test_after_a_canary_that_fails_nothing_more_is_begun_and_the_same_command_takes_up_the_rest(many: Fleet) -> None:
    before = many.versions
    many.fault(method="PATCH", path=".*/registries/.*", ends="Failed")
    result = many.rotate(canary=["1"])
    assert result["failed"]
    assert outcomes(result) == {"failed": 1, "not_begun": EACH * KEYS - 1}
    assert result["changed"] is True, "a new version was made"
    (failed,) = [row for row in result["registries"] if row["outcome"] == "failed"]
    assert failed["failure"]["msg"]
    assert "19 were not begun" in result["msg"]
    assert many.versions == before + 1
    assert outcomes(many.rotate(canary=["1"])) == {"done": EACH * KEYS}
    assert many.versions == before + KEYS


@pytest.mark.parametrize("max_age", ["90d", "0d"])
def test_beyond_the_limit_for_failures_nothing_more_is_begun(many: Fleet, max_age: str) -> None:
    before = many.versions
    many.azure.world.settings.change({"throttle": True})
    many.fault(
        method="PATCH",
        path=".*/registries/.*",
        status=403,
        times=0,
        nth=4,
        body={"error": {"code": "No", "message": "no"}},
    )
    result = many.rotate(max_fail_percentage=10, max_age=max_age)
    parts = outcomes(result)
    assert result["failed"]
    assert sum(parts.values()) == EACH * KEYS
    assert parts["done"] == 3, "what was begun is seen to its end"
    assert 3 <= parts["failed"] <= 16
    assert parts.get("not_begun", 0) > 0
    many.azure.azure.faults.faults.clear()
    rest = many.rotate(max_age=max_age)
    assert outcomes(rest) == {"done": EACH * KEYS - 3, "nothing_due": 3}
    assert many.versions == before + KEYS, "no second version for what was left"


def test_without_a_limit_all_are_tried_and_each_has_its_reason(many: Fleet) -> None:
    many.fault(
        method="PATCH",
        path=f"{many.ids[3]}|{many.ids[15]}",
        status=403,
        times=0,
        body={"error": {"code": "No", "message": "no"}},
    )
    result = many.rotate()
    assert outcomes(result) == {"done": EACH * KEYS - 2, "failed": 2}
    assert all("failure" in row for row in result["registries"] if row["outcome"] == "failed")
    assert "18 others were" in result["msg"]


def test_a_key_that_cannot_be_renewed_stops_its_own_registries_only(many: Fleet) -> None:
    many.fault(
        method="POST",
        path="/keys/cmk1/rotate.*",
        status=403,
        times=0,
        body={"error": {"code": "Forbidden", "message": "m", "innererror": {"code": "ForbiddenByFirewall"}}},
    )
    result = many.rotate()
    assert outcomes(result) == {"done": EACH, "failed": EACH}


def test_a_throttle_by_others_is_obeyed_and_nobody_knocks_meanwhile(many: Fleet) -> None:
    many.fault(
        method="PATCH",
        path=".*/registries/.*",
        status=429,
        nth=5,
        headers={"Retry-After": "30"},
        body={"error": {"code": "TooManyRequests", "message": "m"}},
    )
    result = many.rotate()
    assert outcomes(result) == {"done": EACH * KEYS}
    assert many.clock.slept >= 30
    assert many.asked("PATCH", ".*") <= EACH * KEYS + 1


def test_a_list_that_cannot_be_read_for_a_while_says_nothing_of_any_registry(many: Fleet) -> None:
    many.fault(
        method="GET",
        path=".*/registries",
        status=503,
        nth=2,
        times=30,
        body={"error": {"code": "Down", "message": "m"}},
    )
    assert outcomes(many.rotate()) == {"done": EACH * KEYS}


def test_a_newer_version_that_another_run_made_meanwhile_counts(many: Fleet) -> None:
    """Another run has the first registry's key rotated and the registry pointed there, just before this one's turn."""
    other = Direct(variables(many.azure), many.clock)
    state = {"is_done": False}
    send = many.azure.azure.near

    def between(method: str, url: str, headers: typing.Any, raw: bytes) -> typing.Any:
        if method == "PATCH" and not state["is_done"]:
            state["is_done"] = True
            result = other("cmk_rotate", registries=[many.ids[0]], max_age="1s")
            assert not result.get("failed"), result
        return send(method, url, headers, raw)

    many.azure.azure.near = between  # type: ignore[method-assign, assignment]
    try:
        result = many.rotate()
    finally:
        many.azure.azure.near = send  # type: ignore[method-assign]
    assert not result.get("failed"), result["msg"]
    assert set(outcomes(result)) == {"done"}


def test_long_work_tells_how_far_it_is_and_how_long_it_will_take(many: Fleet) -> None:
    lines: list[str] = []
    many.direct.tell = lines.append
    many.azure.world.settings.change({"operation_seconds": 120.0})
    try:
        many.rotate()
    finally:
        many.direct.tell = None
    progress = [line for line in lines if line.startswith("Progress: ")]
    assert progress
    assert re.fullmatch(r"Progress: \d+ of 20 registries done, \d+ left(, about .* to go)?\.", progress[-1]), progress


def test_an_emergency_on_many_registries_of_one_key_is_one_keys_work(many: Fleet) -> None:
    """Requests to Resource Manager and the vault do not grow with the number of registries."""
    many.azure.world.settings.change({"operation_seconds": 0.0})
    costs = {}
    for ids in (many.ids[:5], many.ids[:EACH]):
        names = [one.rsplit("/", 1)[-1] for one in many.ids[:EACH]]
        costs[len(ids)] = []
        for module, options in (
            ("cmk_health_info", {"registries": ids}),
            ("cmk_revoke", {"registries": ids, "revoke_by": "disable_key", "confirm": names}),
            ("cmk_restore", {"registries": ids}),
        ):
            many.azure.azure.log.clear()
            result = many.direct(module, **options)
            assert not result.get("failed"), result["msg"]
            costs[len(ids)].append(sum(one.service != "registry" for one in many.azure.azure.log.since(0)))
    assert costs[5] == costs[EACH]


def test_beyond_the_limit_while_versions_are_made_nothing_is_called_done(many: Fleet) -> None:
    """What follows by itself is still on the old version of a key that got no new one."""
    assert not many.rotate(max_age=None, rotation_mode="automatic").get("failed")
    many.azure.world.clock.advance(91 * 86400)
    before = many.versions
    many.fault(
        method="POST", path="/keys/.*/rotate.*", status=403, times=0, body={"error": {"code": "F", "message": "m"}}
    )
    result = many.rotate(max_fail_percentage=0, pick_up="wait", canary=[many.ids[0].rsplit("/", 1)[-1]])
    assert result["failed"]
    assert "done" not in outcomes(result)
    assert (many.versions, result["changed"]) == (before, False)


def test_a_change_whose_answer_is_lost_may_have_taken_effect(many: Fleet) -> None:
    many.fault(method="PATCH", path=many.ids[4], when="after", reset=True, times=0)
    result = many.rotate()
    (row,) = [row for row in result["registries"] if row["outcome"] == "failed"]
    assert (row["changed"], result["changed"]) == (True, True)
    many.azure.azure.faults.faults.clear()
    again = many.rotate()
    assert not again.get("failed")
    assert outcomes(again).get("done", 0) <= 1


def test_a_restoration_that_stops_half_way_tells_what_was_done(many: Fleet) -> None:
    """Key and identity are set anew on registries that say they cannot read; one of them is refused."""
    lost = many.ids[:EACH]
    names = [one.rsplit("/", 1)[-1] for one in lost]
    place = {"resource_group": "contoso"}
    made = many.direct("managed_identity", name="contoso-id", location="westeurope", **place)
    gone = many.direct(
        "managed_identity",
        name="contoso-id",
        state="absent",
        confirm=[one.rsplit("/", 1)[-1] for one in many.ids],
        **place,
    )
    assert made["identity"], gone
    assert not gone.get("failed"), gone["msg"]
    many.fault(method="PATCH", path=lost[2], status=403, times=0, body={"error": {"code": "No", "message": "no"}})
    result = many.direct("cmk_restore", registries=lost)
    assert result["failed"]
    told = " ".join(result["done"])
    assert names[0] in told
    assert names[2] not in told
    many.azure.azure.faults.faults.clear()
    assert not many.direct("cmk_restore", registries=lost).get("failed")
