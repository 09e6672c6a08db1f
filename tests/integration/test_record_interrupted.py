# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a killed run left is closed by what Azure shows, and by nobody while that run is at work."""

from __future__ import annotations

import subprocess
import typing

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._clock import Stopped
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._operations.record import process
from ansible_collections.ownkey.acr.plugins.module_utils._operations.record.recorder import Recorder
from support.outcome import done, failed
from support.recording import CHANGES, ROTATE, Bench, write_nothing_after_the_first


@pytest.mark.parametrize("name", ["rotation", "key version", "registry settings", "revocation"])
def test_a_run_that_is_killed_at_any_request_leaves_an_intent_before_each_change(bench: Bench, name: str) -> None:
    module, options = CHANGES[name]
    for at in range(1, 60):
        bench.reset(bench.path.parent)
        bench.path.unlink(missing_ok=True)
        if not bench.killed(at, module, **options):
            break
        look = bench.look()
        assert look.is_right
        if bench.writes:
            assert look.open
        # the next run closes it, whatever it finds
        result = done(bench(module, **options))
        assert bench.look().is_right
        assert not bench.look().open, (at, result["msg"], bench.kinds)
    assert 3 < at < 59


def test_what_a_killed_run_left_record_settle_closes_by_what_azure_shows(bench: Bench) -> None:
    at = 1
    while True:
        bench.reset(bench.path.parent)
        bench.path.unlink(missing_ok=True)
        assert bench.killed(at, "cmk_rotate", **ROTATE)
        if len(bench.writes) == 1:
            break
        at += 1
    place = {"record": str(bench.path)}
    young = done(bench.direct("record_settle", **place))
    assert (young["changed"], len(young["left"])) == (False, 1)
    bench.azure.world.clock.advance(3700)
    foreseen = done(bench.direct("record_settle", check=True, **place))
    assert foreseen["changed"]
    assert bench.kinds == ["intent"]
    settled = done(bench.direct("record_settle", **place))
    assert settled["changed"]
    assert bench.kinds == ["intent", "settlement"]
    registry, key = bench.lines[1]["subjects"]
    state = bench.azure.world.data
    newest = next(iter(state["keys"]["contoso-kv"].values()))["order"][-1]
    assert key["to"]["version"] == newest
    assert registry["to"]["key_version"]
    assert not done(bench.direct("record_settle", **place))["changed"]
    assert not bench.look().open


def test_what_cannot_be_seen_is_told_as_not_seen(bench: Bench) -> None:
    assert bench.killed(9, "cmk_rotate", **ROTATE) or bench.killed(8, "cmk_rotate", **ROTATE)
    if not bench.look().open:
        pytest.fail(str(bench.kinds))
    bench.fault(method="GET", host=".*vault.azure.net", status=403, body={"error": {"code": "Forbidden"}}, times=0)
    done(bench.direct("record_settle", record=str(bench.path), min_age="0d"))
    rows = {one["id"].rsplit("/", 1)[-1]: one for one in bench.lines[-1]["subjects"]}
    assert rows["cmk"]["outcome"] == "not_seen"
    assert "to" not in rows["cmk"]
    assert rows["contosoacr"]["to"]["state"] == "present"


def test_another_run_that_looks_at_something_else_closes_nothing(bench: Bench) -> None:
    at = 1
    while not bench.look().open:
        assert bench.killed(at, "cmk_rotate", **ROTATE)
        at += 1
    done(bench("resource_group", name="other", location="westeurope"))
    assert [record.number for record in bench.look().open] == [1]


# --- whose intent it is --------------------------------------------------------------------------------------------

ACCESS = {"vault": "contoso-kv", "resource_group": "contoso"}
FIRST, SECOND = "11111111-2222-3333-4444-555555555555", "99999999-2222-3333-4444-555555555555"


def interrupted(bench: Bench, module: str, **options: typing.Any) -> int:
    """Kill a run after its first change; at which request."""
    for at in range(1, 40):
        bench.reset(bench.path.parent)
        bench.path.unlink(missing_ok=True)
        assert bench.killed(at, module, **options)
        if bench.writes:
            return at
    raise AssertionError("it changed nothing")


def test_what_another_process_is_about_to_do_is_left_open(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle task beside one that is at work must not tell what became of it."""
    with subprocess.Popen(["sleep", "60"]) as other:
        monkeypatch.setattr(process.os, "getpid", lambda: other.pid)
        interrupted(bench, "cmk_rotate", **ROTATE)
        monkeypatch.undo()
        idle = {"registries": ["contosoacr"], "max_age": "900d"}
        done(bench("cmk_rotate", **idle))
        assert bench.look().open
        # what waits for Azure may take hours
        bench.azure.world.clock.advance(7200)
        done(bench("cmk_rotate", **idle))
        assert bench.look().open
        other.kill()
    result = done(bench("cmk_rotate", **idle))
    assert not bench.look().open
    assert result["record"]["head"] == {"count": len(bench.lines), "hash": bench.lines[-1]["hash"]}


def test_what_a_process_that_nobody_sees_left_is_closed_when_it_is_old(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "name", lambda: "")
    interrupted(bench, "cmk_rotate", **ROTATE)
    idle = {"registries": ["contosoacr"], "max_age": "900d"}
    done(bench("cmk_rotate", **idle))
    assert bench.look().open
    bench.azure.world.clock.advance(3700)
    done(bench("cmk_rotate", **idle))
    assert not bench.look().open


def test_an_access_of_another_identity_is_another_thing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    write_nothing_after_the_first(monkeypatch, Stopped())
    with pytest.raises(Stopped):
        bench("keyvault_key_access", principal_id=FIRST, **ACCESS)
    monkeypatch.undo()
    other = {"principal_id": SECOND, **ACCESS}
    done(bench.direct("keyvault_key_access", **other))
    assert not done(bench("keyvault_key_access", **other))["changed"]
    assert bench.look().open
    done(bench("keyvault_key_access", principal_id=FIRST, **ACCESS))
    assert not bench.look().open


def test_what_record_settle_closed_before_it_failed_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("other", "third"):
        write_nothing_after_the_first(monkeypatch, Stopped())
        with pytest.raises(Stopped):
            bench("resource_group", name=name, location="westeurope")
        monkeypatch.undo()
    full = Failure("The disk is full.", parameter="record", code="record_unwritable")
    write_nothing_after_the_first(monkeypatch, full)
    result = failed(bench.direct("record_settle", record=str(bench.path), min_age="0d"), "record_unwritable")
    assert (result["changed"], result["done"], result["not_done"]) == (
        True,
        ["close the intent 1"],
        ["close the intent 2"],
    )
    assert bench.kinds == ["intent", "intent", "settlement"]


def test_no_trouble_with_what_others_left_loses_a_result(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(bench, "cmk_rotate", **ROTATE)

    def broken(_self: object) -> int:
        raise ValueError("a number that JSON cannot say")

    monkeypatch.setattr(Recorder, "settle", broken)
    result = done(bench("cmk_rotate", registries=["contosoacr"], max_age="900d"))
    assert any("a number that JSON cannot say" in text for text in result["warnings"])
