# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Close the intents of which nobody told what came, as after a run that was killed: by what Azure shows now."""

from __future__ import annotations

from ..._domain import duration, record_place
from ..._domain.failure import Failure
from ..._domain.record import Record, Subject
from ..._domain.words import NAMED, listed
from ..._operation import Result, Task
from . import reading, state
from .verify import missing, shown


def settle(task: Task) -> Result:
    """The operation of the module ``record_settle``."""
    place = record_place.parse(task.params["record"])
    verification = reading.look(task, place)
    if verification is None:
        raise missing(str(place))
    if verification.flaw is not None and verification.flaw.code != "unfinished":
        raise Failure(
            f"The record {place} is not right. {verification.flaw.what}",
            parameter="record",
            hint="Look at it with record_verify. Leave it as it is, and name another place for what comes next.",
            code=f"record_{verification.flaw.code}",
        )
    # Azure is looked at first: by its clock the ages are reckoned
    looks = [(intent, tuple(state.shown(task.session, one) for one in intent.subjects)) for intent in verification.open]
    min_age = duration.parse(task.params["min_age"], parameter="min_age").total_seconds
    now = task.session.now()
    stale = [(intent, subjects) for intent, subjects in looks if now - (intent.moment or 0.0) >= min_age]
    fresh = [intent for intent, _subjects in looks if now - (intent.moment or 0.0) < min_age]
    if not task.check_mode and task.recorder:
        # what is closed is written, should a later one fail
        task.progress.intend(_step(intent) for intent, _subjects in stale)
        for intent, subjects in stale:
            task.recorder.close(intent, subjects, "record_settle looked at it, and found this.")
            task.progress.finish(_step(intent))
        if stale:
            task.recorder.sign()
    return {
        "changed": bool(stale),
        "msg": _words(stale, fresh, check_mode=task.check_mode),
        "settled": [{**shown(intent), "now": [one.body() for one in subjects]} for intent, subjects in stale],
        "left": [shown(intent) for intent in fresh],
        **({"record": task.recorder.result()} if task.recorder and stale and not task.check_mode else {}),
    }


def _step(intent: Record) -> str:
    return f"close the intent {intent.number}"


def _words(stale: list[tuple[Record, tuple[Subject, ...]]], fresh: list[Record], *, check_mode: bool) -> str:
    numbers = listed((str(intent.number) for intent, _subjects in stale), NAMED)
    young = listed((str(intent.number) for intent in fresh), NAMED)
    verb = "Would close" if check_mode else "Closed"
    text = f"{verb} the intents {numbers} by what Azure shows now." if stale else "No intent is to be closed."
    rest = f" The intents {young} are younger than min_age: their runs may still be under way." if fresh else ""
    return text + rest
