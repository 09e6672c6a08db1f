# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What the record tells of a period, and whether it can be believed."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain import moment, wire
from ..._domain.record import Head, Record
from ..._domain.wire import Wire
from ..record import chain
from ..record.chain import Flaw, Verification

#: ``none``: no record was named; ``empty``: nothing is in it yet, or there is none at that place; ``unreadable``: it
#: could not be read; ``altered``: it is not as it was written; ``newer``: a newer version of the collection wrote on,
#: so this one reads no further; ``unfinished``: its last line is not whole; ``whole``.
STATES = ("none", "empty", "unreadable", "altered", "newer", "unfinished", "whole")
#: Flaws that accuse nobody, by their codes: what a killed writer or a newer version leaves behind is no alteration.
_HARMLESS = {"newer_form": "newer", "unfinished": "unfinished"}


@dataclasses.dataclass(frozen=True)
class Event:
    """A task that changed something, or meant to.

    :ivar number: of the record that tells how it ended; of the intent where none does.
    :ivar at: seconds since 1970; None if it cannot be read.
    :ivar operation: the module's name.
    :ivar outcome: ``done``, ``failed``, ``settled`` (what Azure showed later) or ``open``.
    :ivar steps: what was done, and with these words before it what was not, or was meant only.
    :ivar who: the name of whoever it was, with ``principal``, the object id.
    :ivar lines: what each thing was and is, in words.
    """

    number: int
    at: float | None
    operation: str
    outcome: str
    who: str
    principal: str
    origin: str
    steps: tuple[str, ...]
    lines: tuple[str, ...]
    verified: tuple[str, ...]
    message: str = ""
    subjects: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        lists = ("steps", "lines", "verified", "subjects", "request_ids")
        own = {name: list(getattr(self, name)) for name in lists}
        return {**dataclasses.asdict(self), "at": moment.iso(self.at), **own}


@dataclasses.dataclass(frozen=True)
class Anchor:
    """What once stood in a record that was whole: where, how much, and when a report saw it, in seconds since 1970.

    Reports hand it on, so that a record that was cut is told as such by every later one, and not by the next alone.
    """

    place: str
    head: Head
    at: float

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        return {"place": self.place, "count": self.head.count, "hash": self.head.hash, "at": moment.iso(self.at)}

    @classmethod
    def from_result(cls, block: Wire) -> Anchor | None:
        """From an earlier report's JSON; None if that has none."""
        place, head, at = wire.text(block, "place"), Head.from_wire(block), moment.epoch(wire.text(block, "at"))
        return cls(place, head, at) if place and head.hash and head.count > 0 and at is not None else None


@dataclasses.dataclass(frozen=True)
class History:
    """The record: its place, its state, and what it tells.

    :ivar state: one of :data:`STATES`.
    :ivar reason: a sentence, where it is not whole or could not be read.
    :ivar count: how many records are right, up to the first that is not.
    :ivar signed: how many of them a signed head covers; whether the signature is right is not judged here.
    :ivar events: of the period, as far as the record is right, in the order of the record.
    :ivar open: intents without an outcome, whenever they were written.
    :ivar hash: of the last record that is right.
    :ivar anchor: what the next report holds the record against.
    """

    place: str = ""
    state: str = "none"
    reason: str = ""
    count: int = 0
    signed: int = 0
    hash: str = ""
    fragments: tuple[int, ...] = ()
    events: tuple[Event, ...] = ()
    open: tuple[Event, ...] = ()
    anchor: Anchor | None = None

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        return {
            "place": self.place,
            "state": self.state,
            "reason": self.reason,
            "records": self.count,
            "signed_records": self.signed,
            "hash": self.hash,
            "killed_writers": list(self.fragments),
            "events": [event.result() for event in self.events],
            "open": [event.result() for event in self.open],
            "anchor": self.anchor.result() if self.anchor else None,
        }


def history(
    place: str, seen: Verification | None, *, since: float, until: float, anchor: Anchor | None = None
) -> History:
    """What a record tells.

    :param place: where it is, as somebody wrote it.
    :param seen: None where there is no record.
    :param since: seconds since 1970, as ``until``; an event whose time cannot be read belongs to every period.
    :param anchor: what an earlier report knew, of this record or of another.
    """
    own_anchor = anchor if anchor and anchor.place == place else None
    if seen is None:
        reason = _since(own_anchor, "none is left") if own_anchor else ""
        return History(place, "altered" if own_anchor else "empty", reason, anchor=anchor)
    flaw = _flaw(seen, own_anchor)
    state = _HARMLESS.get(flaw.code, "altered") if flaw else "whole" if seen.count else "empty"
    by_number = {record.number: record for record in seen.records}
    ended = {number for record in seen.records if record.kind == "outcome" for number in record.closes}
    # what a task told itself counts, not what another one saw while it was at work
    ends = [
        record
        for record in seen.records
        if record.kind == "outcome" or (record.kind == "settlement" and not ended.issuperset(record.closes))
    ]
    events = [_ended(record, by_number) for record in ends]
    opened = tuple(_event(record, "open", record) for record in seen.open)
    inside = [one for one in (*events, *opened) if one.at is None or since <= one.at <= until]
    return History(
        place=place,
        state=state,
        reason=flaw.what if flaw else "",
        count=seen.count,
        signed=seen.signed,
        hash=seen.head.hash,
        fragments=seen.fragments,
        events=tuple(sorted(inside, key=lambda one: one.number)),
        open=opened,
        anchor=Anchor(place, seen.head, until) if state == "whole" else anchor,
    )


def _flaw(seen: Verification, anchor: Anchor | None) -> Flaw | None:
    """What is not right with a record, held against what an earlier report knew of it."""
    flaw = chain.at_head(seen, anchor.head) if anchor else seen.flaw
    if anchor is None or flaw is None:
        return flaw
    if seen.count < anchor.head.count and flaw.code in ("cut_off", "unfinished"):
        # what stood there is gone, whatever else is at its end now
        return Flaw(seen.count + 1, _since(anchor, f"{seen.count} are left"), "cut_off")
    return flaw if flaw is seen.flaw else dataclasses.replace(flaw, what=_since(anchor, "they are not the same now"))


def _since(anchor: Anchor, what: str) -> str:
    """What became of the records that an earlier report knew."""
    text = f"There were {anchor.head.count} records when the report of {moment.iso(anchor.at)} was made, and {what}."
    # the same path on another host is another record
    return text if "://" in anchor.place else f"{text} If it was made on another host, it was another file."


def _ended(record: Record, by_number: typing.Mapping[int, Record]) -> Event:
    intents = [by_number[number] for number in record.closes if number in by_number]
    outcome = "settled" if record.kind == "settlement" else "failed" if record.state == "failed" else "done"
    return _event(record, outcome, intents[0] if intents else record)


def _lines(record: Record, intent: Record) -> tuple[str, ...]:
    """What became of each thing. Azure's state of later tells all of it: of that, what the intent was about."""
    intended = {one.id.lower(): {*one.before, *one.after} for one in intent.subjects}
    lines = []
    for one in record.subjects:
        before, after = one.before, one.after
        if record.kind == "settlement":
            names = intended.get(one.id.lower(), set())
            after = {name: value for name, value in after.items() if name in names}
        if words := _sides(before, after):
            lines.append(f"{_short(one.id)}: {words}")
    return tuple(lines)


def _event(record: Record, outcome: str, intent: Record) -> Event:
    author, origin = intent.author, intent.origin
    job = f"AWX {origin.awx_job}" if origin.awx_job else ""
    return Event(
        number=record.number,
        at=record.moment,
        operation=intent.module or record.module,
        outcome=outcome,
        who=author.name or author.object_id,
        principal=author.object_id if author.name else "",
        origin=", ".join(part for part in (job, origin.awx_user, origin.playbook) if part),
        steps=_steps(record, outcome, intent),
        lines=_lines(record, intent),
        verified=tuple(dict.fromkeys([*record.verified, *(one.verified for one in record.subjects if one.verified)])),
        message=record.message,
        subjects=tuple(one.id for one in record.subjects or intent.subjects),
        request_ids=tuple(one.request_id for one in record.changes if one.request_id),
    )


def _steps(record: Record, outcome: str, intent: Record) -> tuple[str, ...]:
    """What was done. An intention is no deed: a step that nobody saw done is not shown as one."""
    intended = record.intended or intent.intended
    if outcome == "done":
        return record.done or intended
    if outcome != "failed":
        return record.done or tuple(f"intended: {step}" for step in intended)
    left = record.not_done or tuple(step for step in intended if step not in record.done)
    if record.is_certain:
        return (*record.done, *(f"not done: {step}" for step in left))
    lost = "the answer to a change was lost: it may have taken effect"
    return (*record.done, lost, *(f"not done, or not known: {step}" for step in left))


def _short(id: str) -> str:
    """What people call a thing: the last part of its resource id; a key by its address."""
    return id if id.startswith("https://") else id.rstrip("/").rsplit("/", 1)[-1]


def _sides(before: typing.Mapping[str, object], after: typing.Mapping[str, object]) -> str:
    """What became of a thing: each part that is not as it was."""
    parts = []
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        words = (_word(old), _word(new))
        if words[0] != words[1] and not isinstance(old, (dict, list)) and not isinstance(new, (dict, list)):
            parts.append(f"{name} {words[0]} → {words[1]}")
    return ", ".join(parts)


def _word(value: object) -> str:
    return "–" if value in (None, "") else str(value)
