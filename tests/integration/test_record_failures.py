# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record that cannot be written stops a task before its first change, and loses nothing after it."""

from __future__ import annotations

import json
import os
import pathlib
import resource
import stat

import pytest
from support.outcome import done, failed
from support.recording import ROTATE, Bench, write_nothing_after_the_first


def test_a_task_that_fails_half_way_tells_what_was_done_and_what_was_not(bench: Bench) -> None:
    bench.fault(method="PATCH", host="management.*", status=403, body={"error": {"code": "Denied", "message": "no"}})
    result = bench("cmk_rotate", **ROTATE)
    assert result["failed"]
    intent, outcome = bench.lines
    assert outcome["state"] == "failed"
    assert len(outcome["done"]) == 1
    assert outcome["not_done"]
    assert set(outcome["done"]) | set(outcome["not_done"]) == set(intent["intended"])
    assert outcome["message"] == result["msg"]
    assert outcome["subjects"][0]["outcome"] == "failed"
    assert not bench.look().open


def test_a_change_whose_answer_was_lost_is_told_as_uncertain(bench: Bench) -> None:
    bench.fault(method="PUT", host="management.*", reset=True, when="after", times=0)
    result = bench("resource_group", name="other", location="westeurope")
    assert result["failed"]
    outcome = bench.lines[-1]
    assert outcome["is_certain"] is False
    assert outcome["changes"][0].get("status", 0) == 0


UNWRITABLE = ["folder", "missing folder", "link", "dangling link", "open to others", "hard link", "fifo", "other file"]


def _spoil(path: pathlib.Path, how: str) -> None:
    if how == "folder":
        path.mkdir()
    elif how in ("link", "dangling link"):
        target = path.with_name("target")
        if how == "link":
            target.write_bytes(b"")
        path.symlink_to(target)
    elif how == "open to others":
        path.write_bytes(b"")
        path.chmod(0o666)
    elif how == "hard link":
        path.write_bytes(b"")
        os.link(path, path.with_name("other"))
    elif how == "fifo":
        os.mkfifo(path)
    elif how == "other file":
        path.write_text("root:x:0:0:root:/root:/bin/bash\n", encoding="utf-8")


@pytest.mark.parametrize("how", UNWRITABLE)
def test_where_no_record_can_be_written_nothing_is_changed(bench: Bench, how: str) -> None:
    if how == "missing folder":
        bench.path = bench.path.parent / "nowhere" / "record.jsonl"
    _spoil(bench.path, how)
    before = bench.path.read_bytes() if bench.path.is_file() else b""
    code = "record_altered" if how == "other file" else "record_unwritable"
    for check in (True, False):
        result = failed(bench("cmk_rotate", check=check, **ROTATE), code)
        assert result["changed"] is False
        assert str(bench.path.parent if how == "missing folder" else bench.path) in result["msg"]
    assert not bench.writes
    if bench.path.is_file():
        assert bench.path.read_bytes() == before
    # what changes nothing needs no record
    assert not done(bench("cmk_rotate", registries=["contosoacr"], max_age="90d"))["changed"]


def test_somebody_else_s_file_is_none(bench: Bench) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file away")
    bench.path.write_bytes(b"")
    os.chown(bench.path, 12345, -1)
    failed(bench("cmk_rotate", **ROTATE), "record_unwritable")
    assert not bench.writes


class _FullDisk:
    """Files that may not grow beyond a size."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __enter__(self) -> None:
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self._size, self._limits[1]))

    def __exit__(self, *_details: object) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)


def test_a_full_disk_before_the_change_stops_it_and_leaves_no_half_line(bench: Bench) -> None:
    done(bench("resource_group", name="other", location="westeurope"))
    size, writes = bench.path.stat().st_size, len(bench.writes)
    with _FullDisk(size + 100):
        failed(bench("cmk_rotate", **ROTATE), "record_unwritable")
    assert bench.path.stat().st_size == size
    assert len(bench.writes) == writes


def test_a_full_disk_after_the_change_loses_nothing(bench: Bench) -> None:
    done(bench("cmk_rotate", **ROTATE))
    intent = len(bench.path.read_bytes().splitlines()[0])
    bench.reset(bench.path.parent)
    bench.path.unlink()
    with _FullDisk(intent + 300):
        result = failed(bench("cmk_rotate", **ROTATE), "record_lost")
    assert result["changed"]
    assert result["registries"][0]["outcome"] == "done"
    lost = json.loads(result["msg"][result["msg"].index('{"acr_cmk_record"') :])
    assert lost == result["record"]["lost"]
    assert (lost["kind"], lost["state"]) == ("outcome", "done")
    assert [record.number for record in bench.look().open] == [1]
    assert bench.look().is_right
    # the next run finds that it was done
    again = done(bench("cmk_rotate", registries=["contosoacr"], max_age="90d"))
    assert not again["changed"]
    assert bench.kinds == ["intent", "settlement"]
    assert not bench.look().open


def test_whatever_keeps_the_outcome_from_being_written_the_result_is_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_nothing_after_the_first(monkeypatch, ValueError("a number that JSON cannot say"))
    result = failed(bench("cmk_rotate", **ROTATE), "record_lost")
    assert result["changed"]
    assert [row["outcome"] for row in result["registries"]] == ["done"]
    assert result["record"]["lost"]["state"] == "done"


def test_an_emergency_goes_without_a_record_when_told_to(bench: Bench) -> None:
    bench.direct.environment["OWNKEY_ACR_RECORD"] = str(bench.path.parent / "missing" / "record.jsonl")
    wish = {"registries": ["contosoacr"], "confirm": ["contosoacr"]}
    refusal = failed(bench.direct("cmk_revoke", **wish), "record_unwritable")
    assert "record: none" in refusal["msg"]
    assert not refusal["changed"]
    assert done(bench.direct("cmk_revoke", record="none", **wish))["changed"]


def test_a_file_that_others_may_read_is_its_owner_s_alone_from_then_on(bench: Bench) -> None:
    bench.path.touch(mode=0o644)
    bench.path.chmod(0o644)
    done(bench("cmk_rotate", **ROTATE))
    assert stat.S_IMODE(bench.path.stat().st_mode) == 0o600
