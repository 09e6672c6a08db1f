# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record in a file: several writers at once, killed ones, one that is moved away, and a long one."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import pathlib
import stat
import typing

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.record import Author, Record
from ansible_collections.ownkey.acr.plugins.module_utils._operations.record.file import RecordFile
from ansible_collections.ownkey.acr.plugins.module_utils._rules.record import chain
from ansible_collections.ownkey.acr.plugins.module_utils._rules.record.chain import Tail


def record_file(path: pathlib.Path, patience: float = 60.0) -> RecordFile:
    def sleep(seconds: float, _why: str) -> None:
        os.sched_yield()
        del seconds

    return RecordFile(str(path), "/nowhere", sleep, patience)


def write(path: pathlib.Path, text: str = "rotate", times: int = 1) -> None:
    """Write intents."""

    def make(end: Tail) -> bytes:
        draft = Record("intent", author=Author("oid"), intended=(text,))
        _record, line = chain.chained(draft, end.last, fragment=end.fragment)
        return line + b"\n"

    for _time in range(times):
        record_file(path, patience=1e9).append(make)


def look(path: pathlib.Path) -> chain.Verification:
    return chain.verification(*chain.split(path.read_bytes()))


@pytest.fixture
def path(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "record.jsonl"


def test_processes_that_write_at_once_never_break_it(path: pathlib.Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write, args=(path, f"writer {number}", 15)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert (look(path).flaw, look(path).count) == (None, 60)
    assert {record.intended for record in look(path).records} == {(f"writer {number}",) for number in range(4)}


def test_it_is_for_its_owner_alone_whatever_the_mask(path: pathlib.Path) -> None:
    before = os.umask(0)
    try:
        write(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_one_longer_than_what_is_read_of_its_end(path: pathlib.Path) -> None:
    write(path)
    write(path, "x" * 400_000)
    write(path)
    assert (look(path).flaw, look(path).count) == (None, 3)


def test_what_a_killed_writer_left_is_kept(path: pathlib.Path) -> None:
    write(path, times=2)
    with path.open("ab") as stream:
        stream.write(b'{"acr_cmk_record":1,"call')
    write(path)
    assert (look(path).flaw, look(path).fragments) == (None, (3,))


def test_a_writer_that_waited_for_one_that_moved_the_file_away_begins_another(path: pathlib.Path) -> None:
    write(path)
    holder = os.open(path, os.O_RDWR)
    fcntl.flock(holder, fcntl.LOCK_EX)
    moved = path.with_name("record.jsonl.1")

    def sleep(_seconds: float, _why: str) -> None:
        if not moved.exists():
            path.rename(moved)
            os.close(holder)

    RecordFile(str(path), "", sleep, 60.0).append(lambda end: chain.chained(Record("intent"), end.last)[1] + b"\n")
    assert (look(path).count, look(moved).count) == (1, 1)


def test_a_lock_that_is_never_given_back_is_told(path: pathlib.Path) -> None:
    write(path)
    holder = os.open(path, os.O_RDWR)
    fcntl.flock(holder, fcntl.LOCK_EX)
    with pytest.raises(Failure) as refusal:
        record_file(path, patience=1.0).append(lambda _end: b"")
    os.close(holder)
    assert refusal.value.code == "record_locked"


@pytest.mark.parametrize("how", ["short", "full"])
def test_a_line_that_cannot_be_written_whole_leaves_nothing(
    path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """What a system does at the end of its disk: a part is written, then nothing more."""
    write(path)
    before, real, calls = path.read_bytes(), os.write, []

    def short(file: int, data: typing.Any) -> int:
        calls.append(len(data))
        if len(calls) > 1 or how == "full":
            raise OSError(28, "No space left on device")
        return real(file, bytes(data)[:10])

    monkeypatch.setattr(os, "write", short)
    with pytest.raises(Failure) as refusal:
        record_file(path).append(lambda end: chain.chained(Record("intent"), end.last)[1] + b"\n")
    monkeypatch.undo()
    assert refusal.value.code == "record_unwritable"
    assert "No space left" in refusal.value.message
    assert path.read_bytes() == before
