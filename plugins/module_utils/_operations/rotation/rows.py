# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What is told of a rotation: a row for each registry, the message, and the failure where some could not be moved."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain import duration
from ..._domain.failure import Failure
from ..._domain.plan import Plan, Step
from ..._domain.registry import Registry
from ..._domain.words import NAMED, listed
from ..._operation import Result, Task, planned
from ..._rules.image import proof
from ..._rules.registry.encryption import check_existing
from ..._rules.rotation.plan import Move, RotationPlan, Target
from ..image.reading import Proofs
from ..registry.fleet import Outcome
from .carry_out import Rotation


def nothing_words(registries: typing.Sequence[Registry], target: Target) -> str:
    """The message when nothing was to be done."""
    everyone = listed((registry.label for registry in registries), NAMED)
    verb = "is" if len(registries) == 1 else "are"
    if target.max_age is not None:
        return f"Nothing is due: {everyone} {verb} on a key version younger than {duration.words(target.max_age)}."
    return f"Nothing to change: {everyone} {verb} as wanted."


def done_words(rows: typing.Sequence[Result]) -> str:
    """The message after a rotation."""
    changed = [row for row in rows if row["changed"]]
    parts = [_moved_words(row) for row in changed[:3]]
    more = f" and {len(changed) - 3} more registries" if len(changed) > 3 else ""
    return f"{'; '.join(parts)}{more}; each reports it." if changed else "Another run did it meanwhile."


def _moved_words(row: Result) -> str:
    """One registry's move; both keys with their vaults, if it is on another one."""
    old_key, new_key = (_key_words(row[f"key_identifier_{when}"]) for when in ("before", "after"))
    if old_key != new_key:
        return f"{row['name']} moved from {old_key} to {new_key}, version {row['key_version_after']}"
    if row["key_version_before"] != row["key_version_after"]:
        return f"{row['name']} moved from version {row['key_version_before']} to {row['key_version_after']}"
    return f"{row['name']} was changed ({row['reason']})"


def _key_words(identifier: str) -> str:
    store, _keys, rest = identifier.removeprefix("https://").partition("/keys/")
    return f"the key {rest.split('/')[0]} in {store}"


def _before(move: Move) -> Result:
    before = move.encryption
    return {
        "name": move.registry.name,
        "id": move.registry.id,
        "changed": move.kind != "none",
        "outcome": "nothing_due" if move.kind == "none" else "done",
        "reason": move.reason or "nothing is due",
        "key_identifier_before": before.key_identifier,
        "key_version_before": before.key_version,
        "identity_before": before.identity,
        "rotation_mode_before": before.rotation_mode,
    }


def predicted(move: Move) -> Result:
    """One registry's part of the result of a check."""
    if move.kind == "none":
        return row(move, None)
    goal = str(move.key) if move.mode == "automatic" else str(move.key.at(move.version))
    return {
        **_before(move),
        "key_identifier_after": goal,
        "key_version_after": move.version or None,
        "identity_after": move.identity,
        "rotation_mode_after": move.mode,
    }


def row(move: Move, outcome: Outcome | None) -> Result:
    """One registry's part of the result.

    :param outcome: None where nothing was to be done.
    """
    now = check_existing(outcome.registry if outcome else move.registry)
    parts = _before(move)
    if outcome:
        parts["outcome"] = "not_begun" if outcome.state == "meanwhile" else outcome.state
        # of what failed on its way nobody knows whether it took effect
        is_open = outcome.is_sent and outcome.state in ("failed", "not_begun", "meanwhile")
        parts["changed"] = is_open or (move.encryption != now and not outcome.by_another)
        if outcome.by_another:
            parts["reason"] = "another run did it meanwhile"
        if outcome.failure:
            parts["failure"] = {"code": outcome.failure.code, "msg": outcome.failure.sentence()}
    return {
        **parts,
        "key_identifier_after": now.key_identifier,
        "key_version_after": now.key_version,
        "identity_after": now.identity,
        "rotation_mode_after": now.rotation_mode,
        "last_key_rotation": now.result()["last_key_rotation"],
    }


class Telling:
    """What is told of all passes: what somebody else changed meanwhile is planned anew.

    :ivar rows: by resource id, of each registry.
    """

    def __init__(self) -> None:
        self.rows: dict[str, Result] = {}
        self._moves: dict[str, Move] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._plans: list[Plan[Step]] = []
        self._proofs: Proofs = {}
        self._stopped = ""
        self._notes: list[str] = []
        self._registries: list[Registry] = []

    def foretell(self, rotation: RotationPlan) -> None:
        """Take in a plan that is not carried out."""
        self._plans.append(rotation.plan)
        self._registries = [move.registry for move in rotation.moves]
        self.rows = {move.registry.id: predicted(move) for move in rotation.moves}

    def tell(self, rotation: RotationPlan, work: Rotation) -> list[Registry]:
        """Take in a plan that was carried out; the registries that are to be planned anew."""
        self._plans.append(rotation.plan)
        self._proofs |= work.data
        self._stopped = self._stopped or work.stopped
        self._notes += [note for note in work.notes if note not in self._notes]
        if not self._registries:
            self._registries = [move.registry for move in rotation.moves]
        left = []
        for move in rotation.moves:
            name = move.registry.id
            outcome = work.outcomes.get(name)
            first = self._moves.setdefault(name, move)
            if outcome is None and first is not move:
                # nothing is left to do: whoever changed it meanwhile did what was wanted
                earlier = self._outcomes[name]
                outcome = Outcome("done", move.registry, by_another=not earlier.is_sent, is_sent=earlier.is_sent)
            if outcome:
                self._outcomes[name] = outcome
            if outcome and outcome.state == "meanwhile":
                left.append(outcome.registry)
            self.rows[name] = row(first, outcome)
        if left:
            names = listed((registry.label for registry in left), NAMED)
            self._notes.append(f"{names}: changed by somebody else meanwhile, and planned anew.")
        return left

    def result(self, task: Task, target: Target) -> Result:
        """The result.

        :raises Failure: when some registries could not be moved.
        """
        for name, outcome in self._outcomes.items():
            if outcome.state == "meanwhile":
                self._outcomes[name] = dataclasses.replace(outcome, state="failed", failure=_restless(outcome.registry))
                self.rows[name] = row(self._moves[name], self._outcomes[name])
        rows = list(self.rows.values())
        trouble = failure(list(self._moves.values()), self._outcomes, rows, self._stopped)
        if trouble:
            raise trouble
        steps = tuple(step for plan in self._plans for step in plan.steps)
        first = self._plans[0] if self._plans else Plan[Step]()
        result = planned(
            Plan(steps, first.before, first.after),
            of="keys of registries",
            nothing=nothing_words(self._registries, target),
            done=" ".join([done_words(rows), *self._notes]),
            check_mode=task.check_mode,
        )
        result["registries"] = rows
        if not task.check_mode:
            # a version that was made is a change, whoever had the registries use it
            result["changed"] = any(row["changed"] for row in rows) or task.session.meter.writes > 0
        if self._proofs:
            result["data"] = {name: one.result() for name, one in self._proofs.items()}
            result["msg"] += f" {proof.readable_words(self._proofs)}"
        return result


def _restless(registry: Registry) -> Failure:
    return Failure(
        f"Somebody else changes the key of the registry {registry.label} again and again.",
        hint="Find out who rotates it too, then run the same task again.",
        code="parallel_change",
    )


def failure(
    moves: typing.Sequence[Move],
    outcomes: typing.Mapping[str, Outcome],
    rows: typing.Sequence[Result],
    stopped: str,
) -> Failure | None:
    """The failure of a rotation in which some could not be moved; None if none failed.

    :param outcomes: by resource id.
    :param stopped: why some were not begun, as the end of a sentence; empty if none was held back.
    """
    failed = [(move, outcomes[move.registry.id].failure) for move in moves if move.registry.id in outcomes]
    troubles = [(move, trouble) for move, trouble in failed if trouble]
    if not troubles:
        return None
    move, first = troubles[0]
    changed = sum(bool(row["changed"]) for row in rows)
    if len(rows) == 1:
        first.details = {**first.details, "registries": list(rows), "changed": bool(changed)}
        return first
    not_begun = sum(row["outcome"] == "not_begun" for row in rows)
    names = listed((one.registry.label for one, _failure in troubles), NAMED)
    held = f" {not_begun} were not begun: {stopped}." if stopped and not_begun else ""
    return Failure(
        f"{names} could not be moved ({changed} others were, and nothing was disabled).{held} {move.registry.label}: "
        f"{first.message}",
        hint=f"{first.hint or ''} Run the same task again afterwards: what is done already is left alone.".strip(),
        code=first.code,
        azure=first.azure,
        findings=first.findings,
        details={**_proof_details(first), "registries": list(rows), "changed": bool(changed)},
    )


def _proof_details(first: Failure) -> dict[str, object]:
    return {name: first.details[name] for name in ("data", "needed_grant", "principal_id") if name in first.details}
