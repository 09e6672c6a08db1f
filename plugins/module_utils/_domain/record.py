# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Records: what was meant to be done to keys and registries, what came of it, and by whom.

A record is one line of canonical JSON. Each holds the hash of the one before.
"""

from __future__ import annotations

import dataclasses
import typing

from . import moment, wire
from .failure import Failure
from .plan import Plan, Side
from .wire import Body, Wire

#: What a record tells: what is about to be done; what came of it; what Azure showed later, where nobody told what came
#: of it; and the state of the record itself, signed.
KINDS = ("intent", "outcome", "settlement", "head")
#: What says that a line is a record, first of all that stands in it; and the form of those that this writes and reads.
MARK, FORM = "acr_cmk_record", 1
#: What the first record has for the hash of the one before.
NOTHING_BEFORE = "0" * 64


@dataclasses.dataclass(frozen=True)
class Author:
    """Who made a change, as the token says with which it was made.

    :ivar name: of a person the sign-in name, of an application its client id.
    """

    object_id: str = ""
    name: str = ""
    tenant_id: str = ""

    @classmethod
    def from_wire(cls, block: Wire) -> Author:
        """From a record."""
        return cls(*(wire.text(block, name) or "" for name in ("object_id", "name", "tenant_id")))


@dataclasses.dataclass(frozen=True)
class Origin:
    """What a change was part of, as Ansible and AWX say.

    :ivar run: one for all tasks of a run of ansible-playbook; a task of its own for a module that runs by itself.
    :ivar task: one for each task on each host.
    :ivar process: which process of which machine, as far as the system tells.
    :ivar playbook: its file or name.
    :ivar awx_user: who started the job.
    """

    run: str = ""
    task: str = ""
    process: str = ""
    playbook: str = ""
    play: str = ""
    host: str = ""
    controller: str = ""
    awx_job: str = ""
    awx_template: str = ""
    awx_user: str = ""

    @classmethod
    def from_wire(cls, block: Wire) -> Origin:
        """From a record, or from what the action plugin tells."""
        return cls(**{field.name: wire.text(block, field.name) or "" for field in dataclasses.fields(cls)})


@dataclasses.dataclass(frozen=True)
class Subject:
    """One thing that a record tells of: a registry, a key, a vault, an identity, an access.

    :ivar id: a resource id, or a key identifier without a version.
    :ivar before: what it was, by the result's own names.
    :ivar after: of an intent what it is to be, of an outcome what it is, of a settlement what Azure showed.
    :ivar outcome: of an outcome ``done``, ``failed``, ``not_begun`` or ``nothing_due``; empty where the record as a
        whole says it.
    :ivar verified: how it was seen, in words; empty if it was not.
    """

    id: str
    before: Side = dataclasses.field(default_factory=dict)
    after: Side = dataclasses.field(default_factory=dict)
    outcome: str = ""
    reason: str = ""
    verified: str = ""

    @classmethod
    def from_wire(cls, block: Wire) -> Subject:
        """From a record."""
        words = {name: wire.text(block, name) or "" for name in ("id", "outcome", "reason", "verified")}
        return cls(before=dict(wire.block(block, "from")), after=dict(wire.block(block, "to")), **words)

    @classmethod
    def of(cls, thing: object, plan: Plan[typing.Any]) -> Subject:
        """A thing as a plan is to change it.

        :param thing: its id.
        """
        return cls(str(thing), plan.before, plan.after)

    def body(self) -> Body:
        """As a record holds it."""
        sides = {"from": self.before, "to": self.after}
        words = {name: getattr(self, name) for name in ("outcome", "reason", "verified")}
        return {"id": self.id, **_given({**sides, **words})}


@dataclasses.dataclass(frozen=True)
class Change:
    """A request that changed something, or may have: where it went, and Azure's ids for it.

    :ivar status: of the answer; 0 where none came.
    """

    method: str
    path: str
    status: int = 0
    request_id: str = ""
    correlation_id: str = ""

    @classmethod
    def from_wire(cls, block: Wire) -> Change:
        """From a record."""
        words = {name: wire.text(block, name) or "" for name in ("method", "path", "request_id", "correlation_id")}
        return cls(status=wire.number(block, "status") or 0, **words)

    def body(self) -> Body:
        """As a record holds it."""
        return _given(dataclasses.asdict(self))


@dataclasses.dataclass(frozen=True)
class Head:
    """The state of a record at a moment: how many records, and what stands for all of them.

    :ivar root: of the tree of RFC 6962 over the lines of all records, in hexadecimal digits; empty if not reckoned.
    :ivar hash: of the last record.
    """

    count: int
    hash: str
    root: str = ""
    time: str = ""

    @classmethod
    def from_wire(cls, block: Wire) -> Head:
        """From a result, or from the payload of an envelope."""
        words = {name: wire.text(block, name) or "" for name in ("hash", "root", "time")}
        return cls(wire.number(block, "count") or 0, **words)

    def body(self) -> Body:
        """As a result and an envelope have it."""
        return _given(dataclasses.asdict(self))


@dataclasses.dataclass(frozen=True)
class Record:
    """One record.

    :ivar number: from 1.
    :ivar time: as ``2027-01-31T12:00:00Z``.
    :ivar clock: whose time that is: ``azure``, or ``controller`` where Azure had not answered yet.
    :ivar module: the module that made the change.
    :ivar intended: steps in words, of an intent.
    :ivar done: steps in words, of an outcome.
    :ivar not_done: likewise, what was meant to be done and was not.
    :ivar state: of an outcome ``done`` or ``failed``.
    :ivar is_certain: False where the answer to a change was lost, which may have taken effect.
    :ivar verified: how the whole was seen, in words.
    :ivar closes: the numbers of the intents whose outcome or settlement this is.
    :ivar open: the numbers of the intents that have neither, as of this record.
    :ivar part: of a record that is too long for one line, which this is, from 1, and how many there are.
    :ivar fragment: the hash of an unfinished line just before this one.
    :ivar envelope: a signed head, as DSSE has it.
    """

    kind: str
    number: int = 0
    time: str = ""
    clock: str = ""
    module: str = ""
    origin: Origin = Origin()
    author: Author = Author()
    subjects: tuple[Subject, ...] = ()
    intended: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    not_done: tuple[str, ...] = ()
    state: str = ""
    is_certain: bool = True
    message: str = ""
    code: str = ""
    verified: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    closes: tuple[int, ...] = ()
    open: tuple[int, ...] = ()
    part: tuple[int, int] = (1, 1)
    fragment: str = ""
    envelope: Body = dataclasses.field(default_factory=dict)
    previous: str = ""
    hash: str = ""

    @property
    def run(self) -> str:
        """The run of ansible-playbook that it is of."""
        return self.origin.run

    @property
    def moment(self) -> float | None:
        """When, seconds since 1970; None if it cannot be read."""
        return moment.epoch(self.time)

    @classmethod
    def from_wire(cls, line: Wire) -> Record:
        """From a line; of what it does not hold nothing is said."""
        words = ("kind", "time", "clock", "module", "state", "message", "code", "fragment", "previous", "hash")
        part = _numbers(line, "part")
        return cls(
            number=wire.number(line, "number") or 0,
            origin=Origin.from_wire(wire.block(line, "origin")),
            author=Author.from_wire(wire.block(line, "caller")),
            subjects=tuple(Subject.from_wire(one) for one in wire.blocks(line, "subjects")),
            intended=tuple(wire.texts(line, "intended")),
            done=tuple(wire.texts(line, "done")),
            not_done=tuple(wire.texts(line, "not_done")),
            is_certain=line.get("is_certain") is not False,
            verified=tuple(wire.texts(line, "verified")),
            changes=tuple(Change.from_wire(one) for one in wire.blocks(line, "changes")),
            closes=_numbers(line, "closes"),
            open=_numbers(line, "open"),
            part=(part[0], part[1]) if len(part) == 2 else (1, 1),
            envelope=dict(wire.block(line, "envelope")),
            **{name: wire.text(line, name) or "" for name in words},
        )

    def body(self) -> Body:
        """What a line holds, but for its own hash; what there is nothing to say of is left out."""
        words = ("time", "clock", "module", "state", "message", "code", "fragment", "envelope")
        rest = {
            **{name: getattr(self, name) for name in words},
            "origin": _given(dataclasses.asdict(self.origin)),
            "caller": _given(dataclasses.asdict(self.author)),
            "subjects": [one.body() for one in self.subjects],
            "changes": [one.body() for one in self.changes],
            "part": list(self.part) if self.part != (1, 1) else [],
            **{
                name: list(getattr(self, name))
                for name in ("intended", "done", "not_done", "verified", "closes", "open")
            },
        }
        certainty = {} if self.is_certain else {"is_certain": False}
        fixed = {MARK: FORM, "kind": self.kind, "number": self.number, "previous": self.previous}
        return {**fixed, **_given(rest), **certainty}


class Unwritten(Exception):
    """What came of a task could not be written, or not be signed.

    :ivar failure: why.
    :ivar record: what would have been written; None if it was, and only its signature is missing.
    """

    def __init__(self, failure: Failure, record: Record | None = None) -> None:
        super().__init__(failure)
        self.failure = failure
        self.record = record


def _given(values: typing.Mapping[str, object]) -> Body:
    """Without what there is nothing to say of."""
    return {name: value for name, value in values.items() if value not in ("", None, 0, [], {}, ())}


def _numbers(line: Wire, name: str) -> tuple[int, ...]:
    values = line.get(name)
    return tuple(value for value in values if wire.is_number(value)) if isinstance(values, list) else ()
