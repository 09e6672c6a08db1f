# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A record shows whatever was done to it: every byte, every line, its end, and a head that was kept elsewhere."""

from __future__ import annotations

import dataclasses
import json

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.record import (
    NOTHING_BEFORE,
    Author,
    Head,
    Record,
    Subject,
)
from ansible_collections.ownkey.acr.plugins.module_utils._rules.record import chain

WHO = Author("oid", "alice@contoso.com", "tenant")
ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/r"


def written(*drafts: Record) -> list[bytes]:
    """The lines of records, one after another."""
    lines, last = [], None
    for draft in drafts:
        last, line = chain.chained(draft, last)
        lines.append(line)
    return lines


def intent(text: str = "rotate") -> Record:
    return Record("intent", author=WHO, intended=(text,), subjects=(Subject(ID, {"v": "1"}, {"v": "2"}),))


def outcome(*closes: int) -> Record:
    return Record("outcome", author=WHO, state="done", closes=closes)


SMALL = written(intent(), outcome(1), intent("revoke é"), outcome(3))


def seen(lines: list[bytes], rest: bytes = b"") -> chain.Verification:
    return chain.verification(lines, rest)


def first_bad(lines: list[bytes], rest: bytes = b"") -> int:
    flaw = seen(lines, rest).flaw
    assert flaw is not None
    return flaw.number


def test_what_was_written_is_right_and_reads_back() -> None:
    look = seen(SMALL)
    assert look.is_right
    assert (look.count, look.open, look.fragments) == (4, (), ())
    assert [record.number for record in look.records] == [1, 2, 3, 4]
    assert look.records[0].previous == NOTHING_BEFORE
    assert look.records[2].intended == ("revoke é",)
    assert look.records[0].subjects == (Subject(ID, {"v": "1"}, {"v": "2"}),)
    assert look.head.hash == look.records[-1].hash


def test_no_record_at_all_is_right() -> None:
    assert seen([]).is_right
    assert seen([]).count == 0


def test_every_altered_byte_shows_at_its_record_or_before_it() -> None:
    data = b"\n".join(SMALL) + b"\n"
    ends = [position for position, byte in enumerate(data) if byte == ord("\n")]
    for position in range(len(data)):
        line = sum(end < position for end in ends) + 1
        for change in (1, 0x20, 0x80):
            altered = data[:position] + bytes([data[position] ^ change]) + data[position + 1 :]
            look = seen(*chain.split(altered))
            assert look.flaw is not None, (position, change)
            assert look.flaw.number == line, (position, change, look.flaw)


def test_every_dropped_byte_shows() -> None:
    data = b"\n".join(SMALL) + b"\n"
    # the very last end of a line says nothing: what is written next adds it
    for position in range(len(data) - 1):
        assert seen(*chain.split(data[:position] + data[position + 1 :])).flaw is not None, position


@pytest.mark.parametrize("number", range(1, 5))
def test_a_line_that_is_left_out_doubled_or_exchanged_is_named(number: int) -> None:
    index = number - 1
    head = seen(SMALL).head
    left_out = SMALL[:index] + SMALL[index + 1 :]
    flaw = chain.at_head(seen(left_out), head)
    assert flaw
    assert flaw.number == number
    assert first_bad(SMALL[:number] + SMALL[index:]) == number + 1
    if number < 4:
        exchanged = [*SMALL[:index], SMALL[index + 1], SMALL[index], *SMALL[index + 2 :]]
        assert first_bad(exchanged) == number


@pytest.mark.parametrize("left", range(4))
def test_what_is_cut_off_shows_against_a_head_alone(left: int) -> None:
    look = seen(SMALL[:left])
    assert look.is_right
    for head in (seen(SMALL).head, Head(4, seen(SMALL).head.hash), Head(4, "", seen(SMALL).head.root)):
        flaw = chain.at_head(look, head)
        assert flaw
        assert (flaw.number, flaw.code) == (left + 1, "cut_off")


def test_a_record_that_was_written_anew_shows_against_a_head_alone() -> None:
    head = seen(SMALL[:2]).head
    assert chain.at_head(seen(SMALL), head) is None
    anew = written(intent("nothing"), outcome(1), intent(), outcome(3))
    assert seen(anew).is_right
    flaw = chain.at_head(seen(anew), head)
    assert flaw
    assert flaw.code == "rewritten"


def test_a_head_with_a_wrong_hash_and_the_right_root_is_another_s() -> None:
    head = seen(SMALL).head
    assert chain.at_head(seen(SMALL), dataclasses.replace(head, hash="0" * 64)) is not None
    assert chain.at_head(seen(SMALL), Head(4, "")) is not None


def test_a_flaw_after_the_head_is_told_too() -> None:
    head = seen(SMALL[:2]).head
    flaw = chain.at_head(seen([*SMALL[:3], SMALL[3].replace(b"done", b"Done")]), head)
    assert flaw
    assert flaw.number == 4


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"acr_cmk_record":2,"number":1}',
        b'{"acr_cmk_record":1}',
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"number": 1e400}).encode(),
        SMALL[0].replace(b'"number":1', b'"number":1.0'),
        SMALL[0].replace(b'"number":1', b'"number":true'),
        SMALL[0] + b" ",
        SMALL[0] + b"\r",
        SMALL[0].replace(b":", b": ", 1),
    ],
)
def test_hostile_lines_are_named_and_break_nothing(line: bytes) -> None:
    assert first_bad([line]) == 1
    assert first_bad([line, *SMALL]) == 1
    assert first_bad([*SMALL, line]) == 5


def test_a_newer_form_is_told_as_such() -> None:
    flaw = seen([SMALL[0].replace(b'"acr_cmk_record":1', b'"acr_cmk_record":2')]).flaw
    assert flaw
    assert flaw.code == "newer_form"


# --- open intents --------------------------------------------------------------------------------------------------


def test_an_intent_is_open_until_an_outcome_or_a_settlement() -> None:
    lines = written(intent(), intent("other"), outcome(2))
    assert [record.number for record in seen(lines).open] == [1]
    closed = written(intent(), intent("other"), outcome(2), Record("settlement", author=WHO, closes=(1,)))
    assert not seen(closed).open
    # a run that goes on although another one took it for dead
    assert seen(written(intent(), Record("settlement", closes=(1,)), outcome(1))).is_right


def test_an_outcome_in_parts_closes_with_the_last() -> None:
    first = dataclasses.replace(outcome(1), part=(1, 2))
    last = dataclasses.replace(outcome(1), part=(2, 2))
    assert [record.number for record in seen(written(intent(), first)).open] == [1]
    assert not seen(written(intent(), first, last)).open


def test_a_lie_about_what_is_open_shows() -> None:
    """Whoever makes a record anew could hide an intent that way."""
    record, _line = chain.chained(intent(), None)
    lie = dataclasses.replace(outcome(), number=2, previous=record.hash, open=())
    body = lie.body()
    line = chain.canonical.line({**body, "hash": chain.canonical.digest(chain.canonical.line(body))})
    assert first_bad([SMALL[0], line]) == 2


# --- killed writers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [1, 5, 18, 19, 100, -2])
def test_what_a_killed_writer_left_is_told_and_kept_by_the_next_one(length: int) -> None:
    fragment = SMALL[2][:length]
    data = b"\n".join(SMALL[:2]) + b"\n" + fragment
    flaw = seen(*chain.split(data)).flaw
    assert flaw
    assert (flaw.number, flaw.code) == (3, "unfinished")
    end = chain.tail(data, is_all=True)
    assert end
    assert end.last
    assert (end.last.number, end.fragment, end.gap) == (2, fragment, b"\n")
    _record, line = chain.chained(intent("next"), end.last, fragment=end.fragment)
    after = data + end.gap + line + b"\n"
    look = seen(*chain.split(after))
    assert look.is_right
    assert look.fragments == (3,)
    # and from then on it may not be touched either
    spoiled = after.replace(fragment + b"\n", fragment[:-1] + b"?\n") if len(fragment) > 1 else after[:0]
    assert not spoiled or first_bad(*chain.split(spoiled)) == 3
    gone = after.replace(b"\n" + fragment + b"\n", b"\n")
    assert first_bad(*chain.split(gone)) == 3


def test_two_writers_killed_one_after_the_other() -> None:
    data = b"\n".join(SMALL[:2]) + b"\n" + SMALL[2][:30] + b"\n" + SMALL[2][:40]
    end = chain.tail(data, is_all=True)
    assert end
    assert end.last
    _record, line = chain.chained(intent(), end.last, fragment=end.fragment)
    assert seen(*chain.split(data + end.gap + line + b"\n")).is_right


def test_a_writer_killed_just_before_the_end_of_its_line_left_a_record() -> None:
    data = b"\n".join(SMALL[:2])
    assert seen(*chain.split(data)).is_right
    end = chain.tail(data, is_all=True)
    assert end
    assert end.last
    assert (end.last.number, end.fragment, end.gap) == (2, b"", b"\n")


def test_the_first_writer_of_all_was_killed() -> None:
    end = chain.tail(SMALL[0][:7], is_all=True)
    assert end
    assert (end.last, end.fragment) == (None, SMALL[0][:7])


@pytest.mark.parametrize(
    "data",
    [
        b"root:x:0:0:root:/root:/bin/bash\n",
        b'{"a": 1}',
        b"\n",
        b"\n".join(SMALL[:2]) + b"\n" + SMALL[2].replace(b"revoke", b"restore") + b"\n",
        b"\n".join(SMALL[:2]) + b"\nsomething else\n",
        SMALL[0].replace(b"alice", b"mallory") + b"\n",
    ],
)
def test_nothing_is_written_after_what_is_no_record(data: bytes) -> None:
    with pytest.raises(Failure) as refusal:
        chain.tail(data, is_all=True)
    assert refusal.value.code == "record_altered"


def test_the_end_is_found_in_a_part_of_it() -> None:
    data = b"\n".join(SMALL) + b"\n"
    assert chain.tail(data[-20:], is_all=False) is None
    part = data[-len(SMALL[-1]) - 2 :]
    end = chain.tail(part, is_all=False)
    assert end
    assert end.last
    assert end.last.number == 4


def test_what_a_known_head_covers_is_seen_to_be_the_same_byte_by_byte() -> None:
    lines = written(intent(), outcome(1), intent("revoke é"))
    fragment = lines[-1][:40]
    _record, after = chain.chained(intent("rotate again"), seen(lines).records[-1], fragment=fragment)
    whole = [*lines, fragment, after]
    _record, last = chain.chained(outcome(3), seen(whole).records[-1])
    known = seen(whole).head
    assert chain.head([*whole, last], b"", known) == (seen([*whole, last]).head, None)
    assert chain.head(whole, b"", known) == (known, None)
    data = b"\n".join([*whole, last]) + b"\n"
    for position in range(len(data)):
        altered = chain.split(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        flaw = chain.head(*altered, known)[1]
        assert flaw is not None, position
        assert flaw == seen(*altered).flaw, position
    for number in range(len(whole)):
        assert chain.head([*whole[:number], *whole[number + 1 :], last], b"", known)[1], number
    assert chain.head(whole[:-1], b"", known)[1] == seen(whole[:-1]).flaw


def test_of_a_signed_head_that_is_of_another_record_nothing_is_believed() -> None:
    other = seen(written(intent("nothing"), outcome(1))).head
    assert chain.head(SMALL, b"", other) == (seen(SMALL).head, None)
    assert chain.head(SMALL, b"", dataclasses.replace(seen(SMALL).head, root="")) == (seen(SMALL).head, None)
