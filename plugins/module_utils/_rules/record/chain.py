# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Whether a record is whole: no byte altered, no line left out, doubled, exchanged or cut off."""

from __future__ import annotations

import dataclasses
import itertools
import json
import typing

from ..._domain import wire
from ..._domain.failure import Failure
from ..._domain.record import FORM, KINDS, MARK, NOTHING_BEFORE, Head, Record
from ..._domain.wire import Body, Wire
from . import canonical, envelope
from .merkle import Tree

#: How many heads are looked at for one that a certain key has signed: several may sign in turn.
_FEW = 8


@dataclasses.dataclass(frozen=True)
class Flaw:
    """What is not right.

    :ivar number: of the first line that is not right, from 1; 0 where that cannot be said more exactly than ``what``.
    :ivar what: a sentence.
    :ivar code: a stable word for programs: ``altered``, ``left_out``, ``unfinished``, ``cut_off``, ``rewritten``,
        ``newer_form``, ``signature``.
    """

    number: int
    what: str
    code: str = "altered"


@dataclasses.dataclass(frozen=True)
class Verification:
    """What was seen of a record.

    :ivar records: those before the first that is not right; all, if all are.
    :ivar flaw: None if all is right.
    :ivar open: the intents of which nobody told what came, in the order in which they were written.
    :ivar head: of ``records``.
    :ivar roots: of the tree up to each record, from none on.
    :ivar fragments: numbers of the records just before which a writer was killed while it wrote; what is left of its
        line is part of the record.
    """

    records: tuple[Record, ...]
    flaw: Flaw | None
    open: tuple[Record, ...]
    head: Head
    roots: tuple[str, ...]
    fragments: tuple[int, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.flaw is None

    @property
    def count(self) -> int:
        """How many records are right."""
        return len(self.records)

    @property
    def signed(self) -> int:
        """How many records a signed head covers; whether the signature is right is not judged here."""
        return max((envelope.head(record.envelope).count for record in self.records if record.envelope), default=0)


def intents(data: bytes, numbers: typing.Collection[int]) -> list[Record]:
    """Some intents as they stand there, right or not, without a look at the rest of a long record."""
    marks = [f'"number":{number},'.encode() for number in numbers]
    lines = (text for text in split(data)[0] if b'"kind":"intent"' in text and any(mark in text for mark in marks))
    bodies = (parsed(text) for text in lines)
    return [Record.from_wire(body) for body in bodies if body is not None and body.get("number") in numbers]


def split(data: bytes) -> tuple[list[bytes], bytes]:
    """The lines of a record, and what comes after the last end of a line: nothing, if no writer was killed."""
    *lines, rest = data.split(b"\n")
    return lines, rest


def verification(lines: typing.Sequence[bytes], rest: bytes = b"") -> Verification:
    """Look at all lines, up to the first that is not right.

    :param lines: without their ends.
    :param rest: what comes after the last end of a line.
    :raises Failure: when a library is missing.
    """
    reader = _Reader()
    reader.take_all(lines, rest)
    return reader.verification()


def last_signed(lines: typing.Sequence[bytes], public_key: str) -> Head | None:
    """The last head in a record that a key has signed; None if that is none of the last few.

    :param public_key: as PEM.
    :raises Failure: when a library is missing.
    """
    heads = (text for text in reversed(lines) if b'"kind":"head"' in text)
    for text in itertools.islice(heads, _FEW):
        sealed = wire.block(parsed(text) or {}, "envelope")
        if envelope.is_signed_by(sealed, public_key):
            return envelope.head(sealed)
    return None


def head(lines: typing.Sequence[bytes], rest: bytes, known: Head | None = None) -> tuple[Head, Flaw | None]:
    """The head of a record, and the first flaw in it.

    :param known: a head that is known to have been signed when all that it covers was right: of that it is only seen
        whether it is the same, byte by byte, which takes a hundredth of the time.
    :raises Failure: when a library is missing.
    """
    reader = _Reader()
    if known is None or not reader.skip(lines, known):
        reader = _Reader()
    reader.take_all(lines, rest)
    return reader.head, reader.flaw


def at_head(seen: Verification, head: Head) -> Flaw | None:
    """What was altered, left out or cut off since a head that was kept elsewhere; None if nothing was."""
    if seen.flaw is not None and seen.flaw.number <= head.count:
        return seen.flaw
    if head.count > seen.count:
        what = f"There were {head.count} records when the head was taken, and {seen.count} are left."
        return Flaw(seen.count + 1, what, "cut_off")
    last = seen.records[head.count - 1].hash if head.count else NOTHING_BEFORE
    is_same = (not head.hash or head.hash == last) and (not head.root or head.root == seen.roots[head.count])
    if is_same and (head.hash or head.root):
        return seen.flaw
    what = f"Of the first {head.count} records one at least is not what it was when the head was taken."
    return Flaw(0, what, "rewritten")


class _Reader:
    """Takes line after line."""

    def __init__(self) -> None:
        #: without those that were skipped
        self.records: list[Record] = []
        self.flaw: Flaw | None = None
        self.tree = Tree()
        self.roots = [self.tree.root]
        self.fragments: list[int] = []
        self._hashes: list[str] = []
        self._lines = 0
        self._time = ""
        self._open: dict[int, Record] = {}
        #: lines that are no records: right only if the next record says so
        self._fragment: list[bytes] = []

    def verification(self) -> Verification:
        return Verification(
            tuple(self.records),
            self.flaw,
            tuple(self._open.values()),
            self.head,
            tuple(self.roots),
            tuple(self.fragments),
        )

    @property
    def head(self) -> Head:
        return Head(len(self._hashes), self._last_hash, self.roots[-1], self._time)

    @property
    def _last_hash(self) -> str:
        return self._hashes[-1] if self._hashes else NOTHING_BEFORE

    def skip(self, lines: typing.Sequence[bytes], known: Head) -> bool:
        """Take the lines that a head covers for right, if they are the very ones that it was signed over."""
        texts: list[bytes] = []
        body: Wire = {}
        for self._lines, text in enumerate(lines, 1):
            body = parsed(text) or {}
            if not body:
                self._fragment.append(text)
                continue
            if (body.get("fragment") or "") != self._left:
                return False
            self._fragment.clear()
            texts.append(text)
            self._hashes.append(str(body.get("hash")))
            self._grow(text)
            if len(texts) == known.count:
                break
        if len(texts) != known.count or (known.root, known.hash) != (self.roots[-1], self._last_hash):
            return False
        last = Record.from_wire(body)
        self._time = last.time
        self._open = {number: Record.from_wire(parsed(texts[number - 1]) or {}) for number in last.open}
        return True

    def take_all(self, lines: typing.Sequence[bytes], rest: bytes) -> None:
        """Take the lines that were not skipped, up to the first that is not right."""
        if all(self.take(text) for text in lines[self._lines :]):
            self.end(rest)

    def take(self, text: bytes) -> bool:
        """Take a line; whether it is right, as far as can be said."""
        body = parsed(text)
        if body is None:
            self._fragment.append(text)
            return True
        self.flaw = self._flaw(text, body)
        if self.flaw is not None:
            return False
        record = Record.from_wire(body)
        if record.fragment:
            self.fragments.append(record.number)
        self._fragment.clear()
        self._add(record, text)
        return True

    def end(self, rest: bytes) -> None:
        """What comes after the last line: of a writer that was killed just before the end of its line, a record."""
        if rest and not self.take(rest):
            return
        if self._fragment:
            number = len(self._hashes) + 1
            what = (
                f"Where record {number} should be, there is no whole record: its writer was killed while it wrote, or "
                "something was cut off or altered."
            )
            self.flaw = Flaw(number, what, "unfinished")

    def _flaw(self, text: bytes, body: Wire) -> Flaw | None:
        number, fragment = len(self._hashes) + 1, self._left
        if wire.is_number(body.get(MARK)) and body[MARK] > FORM:
            return Flaw(number, f"Record {number} was written by a newer version of this collection.", "newer_form")
        if self._fragment and body.get("fragment") != fragment:
            return Flaw(number, f"Where record {number} should be, there is none that can be read.")
        if not is_as_written(text, body):
            return Flaw(number, f"Record {number} is not as it was written.")
        record = Record.from_wire(body)
        if record.number != number:
            what = f"Where record {number} should be, there is record {record.number}."
            return Flaw(number, what, "left_out" if record.number > number else "altered")
        if record.previous != self._last_hash:
            return Flaw(number, f"Record {number} was not written after the one that stands before it.", "rewritten")
        if record.fragment != fragment:
            return Flaw(number, f"What stood before record {number} when it was written is not there.", "left_out")
        if record.open != opened(tuple(self._open), record):
            return Flaw(number, f"Record {number} does not tell truly which intents are open.")
        return self._flaw_of_head(record)

    def _flaw_of_head(self, record: Record) -> Flaw | None:
        if record.kind != "head":
            return None
        signed = envelope.head(record.envelope)
        if not 0 < signed.count < record.number:
            return Flaw(record.number, f"Record {record.number} is no signed head of this record.")
        if signed.root == self.roots[signed.count] and signed.hash == self._hashes[signed.count - 1]:
            return None
        what = (
            f"The head in record {record.number} is signed over other records than the {signed.count} that stand here."
        )
        return Flaw(record.number, what, "rewritten")

    def _add(self, record: Record, text: bytes) -> None:
        self.records.append(record)
        self._hashes.append(record.hash)
        self._time = record.time
        self._grow(text)
        for number in set(self._open) - set(record.open):
            del self._open[number]
        if record.number in record.open:
            self._open[record.number] = record

    @property
    def _left(self) -> str:
        """The hash of what a writer left that was killed; empty if none was."""
        return canonical.digest(b"\n".join(self._fragment)) if self._fragment else ""

    def _grow(self, text: bytes) -> None:
        self.tree.add(text)
        self.roots.append(self.tree.root)


def is_as_written(text: bytes, body: Wire) -> bool:
    """Whether a line is a record in its one form, with its own hash in it.

    :param body: what it says.
    """
    own = {name: value for name, value in body.items() if name != "hash"}
    try:
        is_own = canonical.line(body) == text and canonical.digest(canonical.line(own)) == body.get("hash")
    except (ValueError, TypeError, RecursionError):
        return False
    return is_own and body.get("kind") in KINDS and wire.is_number(body.get("number")) and body.get(MARK) == FORM


def opened(before: tuple[int, ...], record: Record) -> tuple[int, ...]:
    """The intents of which nobody told what came, after a record.

    :param before: those before it.
    """
    # what is told in several parts is told with the last
    closed = record.closes if record.part[0] == record.part[1] else ()
    own = (record.number,) if record.kind == "intent" else ()
    return (*(number for number in before if number not in closed), *own)


def parsed(text: bytes) -> Wire | None:
    """The object that a line is; None for any other text."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def chained(record: Record, last: Record | None, *, fragment: bytes = b"") -> tuple[Record, bytes]:
    """A record as the next one after another, and its line.

    :param last: the one that it comes after; None for the first.
    :param fragment: what stands between them, of a writer that was killed.
    """
    record = dataclasses.replace(
        record,
        number=last.number + 1 if last else 1,
        previous=last.hash if last else NOTHING_BEFORE,
        fragment=canonical.digest(fragment) if fragment else "",
    )
    record = dataclasses.replace(record, open=opened(last.open if last else (), record))
    body: Body = record.body()
    own = canonical.digest(canonical.line(body))
    return dataclasses.replace(record, hash=own), canonical.line({**body, "hash": own})


# --- the end, which the next record is written after ---------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Tail:
    """The end of a record.

    :ivar last: None where there is no record yet.
    :ivar fragment: what a writer left that was killed while it wrote; empty if none was.
    :ivar gap: what has to be written before the next line: the end of the one before it, where that has none.
    """

    last: Record | None = None
    fragment: bytes = b""
    gap: bytes = b""


#: How each line begins.
_BEGINNING = f'{{"{MARK}":'.encode()


def tail(data: bytes, *, is_all: bool, place: object = "it") -> Tail | None:
    """Look at the last record.

    :param data: the end of what is there.
    :param is_all: whether that is all.
    :param place: where that is, for a failure.
    :returns: None if more has to be looked at.
    :raises Failure: for what is no record, and for a last record that is not as it was written.
    """
    lines, rest = split(data)
    if not is_all:
        if not lines:
            return None
        # where this begins, a line may have begun before
        del lines[0]
    texts = [*lines, *([rest] if rest else [])]
    gap = b"\n" if rest else b""
    for index in range(len(texts) - 1, -1, -1):
        body = parsed(texts[index])
        if body is not None:
            if not is_as_written(texts[index], body):
                raise _altered(place)
            return Tail(Record.from_wire(body), b"\n".join(texts[index + 1 :]), gap)
        is_begun = texts[index] and _BEGINNING.startswith(texts[index])
        if not (is_begun or texts[index].startswith(_BEGINNING)):
            raise _altered(place)
    return Tail(None, b"\n".join(texts), gap) if is_all else None


def _altered(place: object) -> Failure:
    return Failure(
        f"What stands at the end of {place} is no record of this collection's, or not as it was written.",
        parameter="record",
        hint="Look at it with record_verify. Leave it as it is, and name another place for what comes next.",
        code="record_altered",
    )
