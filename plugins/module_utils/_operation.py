# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""An operation: what a module does, as a plain function that does not know who calls it.

The module file, the action plugin of the same name and tests all call :func:`execute`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import typing

from ._argspec import ArgumentSpec
from ._azure import errors
from ._azure.session import Session
from ._clock import Clock, Stop, SystemClock, TellingClock
from ._domain.ansible import Params, Result
from ._domain.failure import Failure
from ._domain.plan import Plan, S
from ._domain.progress import Progress, is_in_awx, so_far, steps
from ._domain.record import Subject, Unwritten
from ._recording import recorder
from ._rules import options, outcome
from ._run_folder import shared
from ._turns import LookAgain, Turn, Turns

if typing.TYPE_CHECKING:
    from ._operations.record.recorder import Recorder

#: What an operation is written with.
__all__ = ["Operation", "Params", "Result", "Task", "execute", "planned"]


class Report(typing.Protocol):
    """Tells how far long work is, now and then."""

    def __call__(self, done: int, failed: int, of: int, size: str = "") -> None:
        """Take how far it is now."""


@dataclasses.dataclass
class Task:
    """One run of an operation: the options, whether it is only a check, and the way to Azure."""

    params: Params
    check_mode: bool
    environ: typing.Mapping[str, str]
    clock: TellingClock
    warnings: list[str] = dataclasses.field(default_factory=list)
    assumptions: list[str] = dataclasses.field(default_factory=list)
    progress: Progress = dataclasses.field(default_factory=Progress)
    recorder: Recorder | None = None

    @functools.cached_property
    def session(self) -> Session:
        """The session, made when first asked for."""
        session = Session(self.params, self.environ, self.clock)
        if not self.check_mode:
            session.meter.witness = self.recorder
        return session

    def __post_init__(self) -> None:
        self._turns = Turns(None if self.check_mode else shared(self.environ), self.clock)

    def turn(self, thing: str) -> contextlib.AbstractContextManager[Turn | None]:
        """Wait until no other task of this run changes a thing; until the end of the block no other one does.

        :param thing: as in "the key https://contoso-kv.vault.azure.net/keys/cmk"; the same words everywhere.
        """
        return self._turns.take(thing)

    def hold(self, thing: str) -> None:
        """The same until the end of the task, for a task that is about to make its first change.

        :raises LookAgain: when another task of this run may have changed the thing meanwhile: all is then looked at
            and planned again.
        """
        self._turns.hold(thing)

    def begin_again(self) -> None:
        """Forget what was seen, but for the clients and the turns."""
        self.warnings.clear()
        self.progress = Progress()
        if self.recorder:
            self.recorder.begin_again()
        self.session.forget()

    def end(self) -> None:
        """Give away what others may wait for."""
        self._turns.release()
        if "session" in self.__dict__:
            self.session.close()

    @property
    def timeout(self) -> float:
        """``wait_timeout`` in seconds."""
        return float(self.params.get("wait_timeout") or 900)

    def intend(self, steps: typing.Iterable[str], *subjects: Subject) -> None:
        """Tell what is about to be done, before the first change: a failure and the record tell of it.

        :param steps: in words; none where nothing is to be done.
        :param subjects: what it is done with, from what and to what; nothing of that, where it stays as it is.
        """
        words = list(steps)
        self.progress.intend(words)
        if self.recorder:
            self.recorder.intend(words, subjects)

    def see(self, text: str) -> None:
        """Tell how something was seen to be as wanted, for the record."""
        if self.recorder:
            self.recorder.see(text)

    def carry_out(self, steps: typing.Sequence[S], make: typing.Callable[[S], object]) -> None:
        """Make steps in order; should one fail, the result says which were made and which were not.

        :param make: makes one step.
        """
        self.intend(step.text for step in steps)
        for step in steps:
            make(step)
            self.progress.finish(step.text)

    def name_refusal(self, name: str, ask: typing.Callable[[], str | None]) -> str | None:
        """Why a name cannot be had, None if it is free or nobody may say: then the creation itself tells.

        Whoever has rights on a resource group alone may not ask: names are looked up for the subscription.
        """
        try:
            return ask()
        except Failure as failure:
            if failure.status != 403:
                raise
            self.warn(f"You may not ask whether the name {name} is free; it shows when it is to be made.")
            return None

    def check_outcome(self, rest: Plan[S], what: str, details: Result) -> None:
        """After a change: what Azure shows must be what was wanted; what harms nobody is only warned of.

        :param rest: the plan for the thing as Azure shows it now; nothing, if all is as wanted.
        :param what: as in "registry contosoacr".
        :raises Failure: when something is not as wanted on which others may rely.
        """
        warning = outcome.check(rest, what, details=details)
        if warning:
            self.warn(warning)
        else:
            self.see(f"Azure shows the {what} as wanted")

    def assume(self, missing: str, hint: str | None = None, *, see_to: str = "sees to it") -> None:
        """In check mode: take it that an earlier task of the same play provides what is missing.

        :param missing: a sentence, as a real run would fail with it.
        :param hint: that failure's way out, for ``assumed``; a warning is no place for it, as all is in order so far.
        """
        self.warn(f"{missing} This check takes it that an earlier task {see_to}.")
        self.assumptions.append(f"{missing} {hint}" if hint else missing)

    def report(self, noun: str) -> Report:
        """What tells how far long work is, every few seconds; in AWX, which keeps every line, once a minute.

        :param noun: what is counted, in the plural.
        :returns: takes how many are done, failed and in all, and the size of what is done, if it is known.
        """
        every = 60.0 if is_in_awx(self.environ) else 5.0
        began = told = self.clock.monotonic()

        def tell(done: int, failed: int, of: int, size: str = "") -> None:
            nonlocal told
            now = self.clock.monotonic()
            if of > 1 and now - told >= every:
                told = now
                self.clock.tell(so_far(done, failed, of, now - began, noun, size))

        return tell

    def warn(self, text: str) -> None:
        """Tell the user, once, something that is no failure."""
        if text not in self.warnings:
            self.warnings.append(text)


@dataclasses.dataclass(frozen=True)
class Operation:
    """A module's work.

    :param run: from a task to its result; raises :class:`Failure`.
    :param spec: the options.
    :param clients: the parts of the Azure SDK that it uses, names of ``_azure/sdk.py``.
    """

    run: typing.Callable[[Task], Result]
    spec: ArgumentSpec
    clients: tuple[str, ...]
    #: the module's, where it changes something and a record may be kept of that
    name: str = ""


def execute(
    operation: Operation,
    params: typing.Mapping[str, typing.Any],
    *,
    check_mode: bool,
    environ: typing.Mapping[str, str],
    clock: Clock | None = None,
    tell: typing.Callable[[str], None] | None = None,
    stop: Stop | None = None,
) -> Result:
    """Run an operation and return its result, of a failure too.

    Options that are empty text count as not given, as AWX surveys send them. Whatever ends this early (a time-out, a
    signal) leaves nothing behind that would send another request; what was on its way already may take effect.

    :param tell: takes lines that say what is waited for, if that takes long.
    :param stop: what tells the task to end, if something other than an exception does.
    :raises Stopped: when told to end by ``stop``.
    """
    given = {name: None if value == "" else value for name, value in params.items()}
    stop = stop or Stop()
    task = Task(
        given, check_mode, environ, TellingClock(clock or SystemClock(stop), tell or (lambda _line: None), stop)
    )
    try:
        result = _recorded(task, _result(operation, task))
    except Exception:
        raise
    except BaseException:
        stop.set()
        raise
    finally:
        task.end()
    if "session" in task.__dict__:
        result["requests"] = task.session.meter.requests + task.session.record_meter.requests
    if task.warnings:
        result["warnings"] = task.warnings
    if task.assumptions:
        result["assumed"] = list(dict.fromkeys(task.assumptions))
    return result


def _result(operation: Operation, task: Task) -> Result:
    """The result of an operation, of a failure too."""
    try:
        options.check(operation.spec.options, task.params, names_of=operation.spec.names)
        task.recorder = recorder(
            operation.name, operation.spec, task.params, task.environ, task.clock, lambda: task.session
        )
        return _in_turn(operation, task)
    except Failure as failure:
        return _failed(task, failure)
    except Exception as error:
        refusal = errors.unexpected(error)
        if refusal is None:
            raise
        return _failed(task, refusal)


def _recorded(task: Task, result: Result) -> Result:
    """The result, once the record tells of it; a failure, where it cannot."""
    keeper = task.recorder
    if keeper is None:
        return result
    if task.check_mode:
        return _recorded_if_real(task, keeper, result)
    try:
        if keeper.is_begun:
            is_certain = not task.session.meter.unanswered_writes
            result["record"] = keeper.end(result, task.progress, is_certain=is_certain)
    except Unwritten as loss:
        return _unrecorded(result, loss, keeper)
    if not result.get("failed"):
        try:
            if keeper.settle():
                result["record"] = keeper.result()
        except Exception as error:
            # the task's own result is not lost for what others left
            text = error.sentence() if isinstance(error, Failure) else f"{type(error).__name__}: {error}."
            task.warn(f"Whether an earlier run was interrupted, the record does not tell: {text}")
    return result


def _recorded_if_real(task: Task, keeper: Recorder, result: Result) -> Result:
    if result.get("failed") or not result["changed"]:
        return result
    try:
        keeper.check()
    except Failure as failure:
        return _failed(task, failure)
    msg = f"{result['msg']} A record of it would be written to {keeper.place}."
    return {**result, "msg": msg, "record": keeper.result()}


def _unrecorded(result: Result, loss: Unwritten, keeper: Recorder) -> Result:
    """The result of a task whose outcome is in no record: it was done all the same, and this is the record of it."""
    cause = loss.failure
    if loss.record is None:
        lost: dict[str, object] = {}
        failure = Failure(
            f"Its outcome stands in the record, but the record's head could not be signed: {cause.message}",
            hint=cause.hint,
            code="record_unsigned",
            azure=cause.azure,
        )
    else:
        lost = {"lost": loss.record.body()}
        # not by what may have kept it from being written
        text = json.dumps(loss.record.body(), sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
        failure = Failure(
            f"What came of it could not be written into its record: {cause.message}",
            hint=f"{cause.hint or ''} Keep what was to be written: {text}".strip(),
            code="record_lost",
            azure=cause.azure,
        )
    own = failure.result()
    return {
        **result,
        "failed": True,
        "msg": f"{result['msg']} {own['msg']}",
        # what went wrong before goes before
        "failure": result.get("failure") or own["failure"],
        "record": {**keeper.result(), **lost},
    }


def _in_turn(operation: Operation, task: Task) -> Result:
    """Run an operation, and again for each thing that another task of the run changed before it was this one's turn."""
    while True:
        try:
            return operation.run(task)
        except LookAgain:
            task.begin_again()


def _failed(task: Task, failure: Failure) -> Result:
    """The result of a failure, with what was done before it: true even then."""
    result: Result = {"changed": False, **failure.result()}
    meter = task.session.meter if "session" in task.__dict__ else None
    if task.check_mode or meter is None or not (meter.writes or meter.unanswered_writes or task.progress.done):
        return result
    result |= {"changed": True, **task.progress.result()}
    result["msg"] = f"{result['msg']} {task.progress.sentence(is_certain=not meter.unanswered_writes)}"
    return result


def planned(plan: Plan[S], *, of: str, nothing: str, done: str | None = None, check_mode: bool) -> Result:
    """The part of a result that tells of a plan: ``changed``, ``msg``, ``plan``, ``diff``.

    :param of: what it is about, as the diff's header says it: "registry contosoacr".
    :param nothing: the message when there was nothing to do.
    :param done: the message after a real run; the plan's own words if None.
    """
    words = plan.words
    if not words:
        message = nothing
    elif check_mode:
        message = f"Would {steps(words)}."
    else:
        message = done or f"Done: {steps(words)}."
    return {
        "changed": plan.changed,
        "msg": message,
        "plan": words,
        "diff": {
            "before_header": of,
            "after_header": of,
            "before": plan.before,
            "after": plan.after,
        },
    }
