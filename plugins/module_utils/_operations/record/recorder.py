# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The record of one task: nothing is changed before its intent stands there, and its outcome comes after the last look.

The transport asks before each request that changes something, so that no operation can forget it.
"""

from __future__ import annotations

import dataclasses
import threading
import typing
import urllib.parse

from ..._azure.session import Session
from ..._domain import moment
from ..._domain.ansible import Result
from ..._domain.failure import Failure
from ..._domain.progress import Progress
from ..._domain.record import Author, Change, Origin, Record, Subject, Unwritten
from ..._domain.record_place import Place
from ..._domain.wire import Body
from ..._rules.record import canonical, chain, telling
from ..._rules.record.chain import Tail
from . import process, state
from .signing import SigningKey
from .store import Store

#: Seconds after which the task of an intent counts as ended, where nobody can see whether its process has.
OLD = 3600.0
#: The way out where a record cannot be written; an emergency does not wait for it.
WITHOUT = (
    "In an emergency give record: none (acr_cmk_record: none for the roles): the task then keeps no "
    "record, and its result alone tells what was done."
)


@dataclasses.dataclass
class Recorder:
    """Writes the records of a task.

    :param module: its name.
    :param secrets: texts that must not stand in a record.
    :param signing: signs the head after each writing; None if that was not asked for.
    """

    place: Place
    store: typing.Callable[[], Store]
    session: typing.Callable[[], Session]
    module: str
    origin: Origin
    secrets: frozenset[str] = frozenset()
    signing: typing.Callable[[], SigningKey] | None = None

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._steps: dict[str, None] = {}
        self._subjects: dict[str, Subject] = {}
        #: what the task looked at, whether it changes it or not
        self._scope: set[str] = set()
        self._seen: list[str] = []
        self._changes: list[Change] = []
        #: what was told since the last intent
        self._untold: tuple[list[str], dict[str, Subject]] = ([], {})
        #: numbers of the intents of this task
        self._intents: list[int] = []
        self._last: Record | None = None
        self._envelope: Body = {}
        self._trouble: Failure | None = None

    # --- what operations tell --------------------------------------------------------------------------------------

    def intend(self, steps: typing.Iterable[str], subjects: typing.Iterable[Subject]) -> None:
        """Note what is meant to be done, and what with; what is new of it is written before the next change."""
        with self._lock:
            words, things = self._untold
            for text in steps:
                if text not in self._steps:
                    self._steps[text] = None
                    words.append(text)
            for subject in subjects:
                name = _name(subject)
                self._scope.add(name)
                if subject.before != subject.after and self._subjects.get(name) != subject:
                    self._subjects[name] = things[name] = subject

    def begin_again(self) -> None:
        """Forget what was to be done and is not written yet: it is planned again."""
        with self._lock:
            self._untold = ([], {})
            if not self._intents:
                self._steps, self._subjects = {}, {}

    def see(self, text: str) -> None:
        """Note how the whole was seen to be as wanted, in words."""
        with self._lock:
            self._seen.append(text)

    # --- what the transport tells ----------------------------------------------------------------------------------

    def before_change(self, method: str, url: str) -> None:
        """See that the intent stands in the record; until then nothing is sent.

        :raises Failure: when it cannot be written.
        """
        with self._lock:
            if self._trouble is not None:
                # one that failed is not tried again for each of a thousand registries
                raise self._trouble
            steps, subjects = self._untold
            if self._intents and not steps and not subjects:
                return
            if not steps and not self._intents:
                steps = [f"{method} {_path(url)}"]
            try:
                self._write(Record("intent", intended=tuple(steps), subjects=tuple(subjects.values())), self._intents)
                # what cannot be signed shows before the first change
                self.sign()
            except Failure as failure:
                failure.hint = f"{failure.hint or ''} {WITHOUT}".strip()
                self._trouble = failure
                raise
            self._untold = ([], {})

    def changed(self, method: str, url: str, status: int, headers: typing.Mapping[str, str]) -> None:
        """Note a request that changed something, or may have.

        :param status: of its answer, 0 if none came.
        """
        ids = (headers.get("x-ms-request-id") or "", headers.get("x-ms-correlation-request-id") or "")
        with self._lock:
            self._changes.append(Change(method, _path(url), status, *ids))

    # --- the end ---------------------------------------------------------------------------------------------------

    @property
    def is_begun(self) -> bool:
        """Whether an intent was written."""
        return bool(self._intents)

    def check(self) -> None:
        """Look whether a record could be written, without writing anything.

        :raises Failure: when it could not.
        """
        # its library is there
        canonical.line({})
        self.store().check_writable()
        if self.signing:
            self.signing().check()

    def end(self, result: Result, progress: Progress, *, is_certain: bool) -> Result:
        """Write what came of the task; the part of its result that tells of its records.

        :param is_certain: False when the answer to a change was lost.
        :raises Unwritten: when it cannot be written; nothing of what was done is lost by that.
        """
        frame = Record("outcome", changes=tuple(self._changes), is_certain=is_certain, closes=tuple(self._intents))
        outcome = dataclasses.replace(frame, message=str(result.get("msg")))
        try:
            outcome = telling.outcome(
                frame,
                result,
                tuple(self._subjects.values()),
                done=progress.done,
                not_done=progress.not_done,
                seen=self._seen,
            )
            self._write(outcome)
        except Exception as error:
            raise Unwritten(_failure(error), self._full(outcome)) from error
        if self._trouble is None:
            try:
                self.sign()
            except Exception as error:
                raise Unwritten(_failure(error)) from error
        return self.result()

    def settle(self) -> int:
        """Close the intents of other tasks that nobody told the outcome of, if this task looked at all that they were
        about; how many.

        :raises Failure: when the record cannot be read or written.
        """
        store = self.store()
        last = self._last or store.end().last
        numbers = set(last.open) - set(self._intents) if last else set()
        if not numbers:
            return 0
        data = store.read() or b""
        if not any(self._is_over(intent) for intent in chain.intents(data, numbers)):
            return 0
        verification = chain.verification(*chain.split(data))
        if verification.flaw is not None and verification.flaw.code != "unfinished":
            raise Failure(f"The record {self.place} is not right. {verification.flaw.what}", code="record_altered")
        # a task may have told what it means to do bit by bit
        tasks: dict[str, list[Record]] = {}
        for one in verification.open:
            if one.number in numbers and self._is_over(one):
                tasks.setdefault(one.origin.task, []).append(one)
        closed = 0
        for intents in tasks.values():
            things = [subject for one in intents for subject in one.subjects]
            if things and all(self._is_seen(subject) for subject in things):
                for one in intents:
                    now = tuple(state.shown(self.session(), subject) for subject in one.subjects)
                    self.close(one, now, "Another run looked at it, and found this.")
                closed += len(intents)
        if closed:
            self.sign()
        return closed

    def _is_seen(self, subject: Subject) -> bool:
        """Whether this task looked at a thing: at the whole of it, or at this very access to it."""
        return bool({_name(subject), _name(Subject(subject.id))} & self._scope)

    def _is_over(self, intent: Record) -> bool:
        """Whether nobody will tell what came of an intent: its process has ended; or that cannot be seen here, and it
        is old. A task of this very run may be at work for hours."""
        origin, now = intent.origin, self.session().now()
        has_ended = process.has_ended(origin.process)
        if has_ended is not None:
            return has_ended
        return origin.run != self.origin.run and now - (intent.moment or now) >= OLD

    def close(self, intent: Record, now: tuple[Subject, ...], message: str) -> None:
        """Write what Azure shows now of what an intent was about; the head is to be signed when all are closed.

        :param message: why this is written.
        :raises Failure: when it cannot be written.
        """
        self._write(Record("settlement", subjects=now, closes=(intent.number,), message=message))

    def result(self) -> Result:
        """What a result says of the record."""
        last = self._last
        if last is None:
            return {"place": str(self.place), "is_written": False}
        head = {"count": last.number, "hash": last.hash}
        signed = {"envelope": self._envelope} if self._envelope else {}
        return {"place": str(self.place), "is_written": True, "head": head, **signed}

    # --- writing ---------------------------------------------------------------------------------------------------

    def _full(self, draft: Record) -> Record:
        """A record with who, when and where from, and without anything secret."""
        session = self.session()
        caller, meter, sign_in = session.caller, session.meter, session.sign_in
        record = dataclasses.replace(
            draft,
            module=self.module,
            origin=self.origin,
            author=Author(caller.object_id, caller.name, caller.tenant_id),
            time=moment.iso(meter.now()) or "",
            clock="azure" if meter.is_azure_s else "controller",
        )
        secrets = {*self.secrets, sign_in.secret or "", sign_in.certificate_password or ""}
        return telling.tidy(record, secrets - {""})

    def _write(self, draft: Record, numbers: list[int] | None = None) -> None:
        """Write a record.

        :param numbers: takes the numbers that it gets.
        """
        store = self.store()
        for part in telling.parts(self._full(draft)):
            self._append(store, part)
            if numbers is not None and self._last:
                numbers.append(self._last.number)

    def _append(self, store: Store, draft: Record) -> None:
        written: list[Record] = []

        def make(end: Tail) -> bytes:
            record, line = chain.chained(draft, end.last, fragment=end.fragment)
            # of a place that others took meanwhile the last one counts
            written[:] = [record]
            return line + b"\n"

        store.append(make, begins=draft.kind == "intent")
        self._last = written[-1]

    def sign(self) -> None:
        """Sign the head of all that stands in the record, if that was asked for, and write it after it.

        :raises Failure: when it cannot be signed or written, and for a record that is not right.
        """
        if self.signing is None:
            return
        store, key = self.store(), self.signing()
        lines, rest = chain.split(store.read() or b"")
        head, flaw = chain.head(lines, rest, key.last_signed(lines))
        if flaw is not None:
            raise Failure(
                f"The head of the record {self.place} was not signed: {flaw.what}",
                parameter="record",
                hint="Look at it with record_verify. Leave it as it is, and name another place for what comes next.",
                code="record_altered",
            )
        head = dataclasses.replace(head, time=moment.iso(self.session().now()) or "")
        self._envelope = key.sealed(head)
        self._append(store, self._full(Record("head", envelope=self._envelope)))


def _failure(error: Exception) -> Failure:
    """Whatever kept something from being written, after it was done."""
    return (
        error if isinstance(error, Failure) else Failure(f"{type(error).__name__}: {error}.", code="record_unwritable")
    )


def _name(subject: Subject) -> str:
    """What a thing is known by: an identity's access to a key is one thing, another's is another."""
    principal = subject.after.get("principal_id") or subject.before.get("principal_id") or ""
    return f"{subject.id} {principal}".lower()


def _path(url: str) -> str:
    """Where a request went, without what may be secret in its query."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.hostname}{parts.path}"
