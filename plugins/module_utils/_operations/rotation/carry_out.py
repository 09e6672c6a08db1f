# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Carry a rotation out: new versions at each vault's pace, then the registries, the canaries before the rest."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import keys, pace
from ..._domain.failure import Failure
from ..._domain.identity import Identity, is_system
from ..._domain.key import KeyVersion
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.record import Subject
from ..._domain.registry import Encryption, Registry
from ..._domain.wire import Body
from ..._operation import Task
from ..._rules.health.causes import causes
from ..._rules.health.observation import Observation
from ..._rules.registry.steps import encryption_body
from ..._rules.rotation import canary
from ..._rules.rotation.plan import Move, RotationPlan, Target
from ..access import caller
from ..health import observe
from ..identity.lookup import find_identity
from ..image import reading
from ..registry.fleet import Fleet, Outcome, Wish
from .goals import Goals
from .pick_up import wait_for_pick_up

#: Seconds for which what was seen of a key and an identity counts for the next registry that is refused.
_FRESH = 10.0


def reference(target: Target, encryption: Encryption) -> str:
    """How the identity that goes to the key was named."""
    return target.identity.reference if target.identity else encryption.identity_reference


def identity_of(task: Task, target: Target, registry: Registry, key_identity: str) -> Identity | None:
    """The identity as this very registry has it: the system-assigned one is another for each.

    :param key_identity: a client id or ``system``.
    """
    if target.identity is not None and not is_system(target.identity.reference):
        return target.identity
    return find_identity(task.session, key_identity, None, registry=registry)


class Rotation:
    """A plan that is carried out.

    :ivar outcomes: by resource id, of what was to be done.
    :ivar data: by the registry's label, what came of reading an image.
    :ivar stopped: why what is not begun was not, as the end of a sentence.
    :ivar notes: sentences about what somebody else did meanwhile.
    """

    def __init__(self, task: Task, target: Target, rotation: RotationPlan, versions: dict[str, KeyVersion]) -> None:
        self._task = task
        self._target = target
        self._plan = rotation
        self._goals = Goals(task, target, versions)
        self._renewed: set[str] = set()
        self._looks: dict[tuple[str, str], tuple[float, Observation]] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.data: reading.Proofs = {}
        self.stopped = ""
        self.notes: list[str] = []

    def carry_out(self) -> None:
        """Stage by stage: after one in which too many failed nothing more is begun."""
        self._task.intend(self._plan.plan.words, *self._subjects())
        stages = self._plan.stages
        for number, stage in enumerate(stages):
            is_canary = bool(self._plan.first) and number < len(stages) - 1
            self._carry_out(stage)
            failed = sum(bool(self._failure(move)) for move in stage)
            if failed and is_canary:
                self.stopped = "the first, which were to show whether all goes well, did not"
                break
            if not self._may_go_on():
                self.stopped = f"more than {self._task.params['max_fail_percentage']:g} % failed"
                break
        for move in self._plan.to_do:
            self.outcomes.setdefault(move.registry.id, Outcome("not_begun", move.registry))

    def _subjects(self) -> list[Subject]:
        """The registries and the keys, for the record."""
        newest = {str(key): self._goals.versions[str(key)].version for key in self._plan.renew}
        new_keys = [Subject(key, {"version": version}, {"version": "(new)"}) for key, version in newest.items()]
        looks = [thing for move in self._plan.moves for thing in (move.registry.id, str(move.key.versionless))]
        return [*(move.subject for move in self._plan.to_do), *new_keys, *map(Subject, looks)]

    def _failure(self, move: Move) -> Failure | None:
        outcome = self.outcomes.get(move.registry.id)
        return outcome.failure if outcome else None

    def _may_go_on(self, failed_now: int = 0) -> bool:
        """Whether anything more may be begun.

        :param failed_now: of those whose outcomes are not told yet.
        """
        failed = failed_now + sum(bool(outcome.failure) for outcome in self.outcomes.values())
        return not canary.is_beyond(failed, len(self._plan.to_do), self._task.params["max_fail_percentage"])

    def _carry_out(self, stage: typing.Sequence[Move]) -> None:
        self._renew(stage)
        self._set([move for move in self._open(stage) if move.kind in ("set", "nudge")])
        self._await([move for move in self._open(stage) if move.kind == "pick_up"])
        if self._task.params["verify_data"]:
            self._prove([move for move in stage if self.outcomes.get(move.registry.id)])

    def _open(self, moves: typing.Sequence[Move]) -> list[Move]:
        """Those of which nothing is known yet, and whose version is there."""
        return [
            move
            for move in moves
            if move.registry.id not in self.outcomes
            and (str(move.key) in self._renewed or str(move.key) not in self._plan.reasons)
        ]

    # --- new versions ----------------------------------------------------------------------------------------------

    def _renew(self, stage: typing.Sequence[Move]) -> None:
        """Make the versions that a stage needs; where that fails, the key's registries fail, and others go on."""
        needed = {str(move.key) for move in stage}
        left = [key for key in self._plan.renew if str(key) in needed and str(key) not in self._renewed]
        tell = self._task.report("new key versions")
        total, session = len(left), self._task.session
        while left and self._may_go_on():
            lanes = {key.host: pace.new_keys(key.host) for key in left}
            free = {host: session.pace.free(lane) for host, lane in lanes.items()}
            turn = []
            for key in left:
                if free[key.host] > 0:
                    free[key.host] -= 1
                    turn.append(key)
            if not turn:
                wait = min(session.pace.wait(lane) for lane in lanes.values())
                self._task.clock.sleep(max(0.05, wait), "the vaults' limits for new keys")
                continue
            troubles = session.side_by_side(*(self._renewer(key) for key in turn))
            for key, trouble in zip(turn, troubles, strict=True):
                if trouble is None:
                    self._renewed.add(str(key))
                else:
                    users = [move for move in stage if move.key == key]
                    self.outcomes |= {move.registry.id: Outcome("failed", move.registry, trouble) for move in users}
            done = set(turn)
            left = [key for key in left if key not in done]
            tell(total - len(left), 0, total)

    def _renewer(self, key: KeyIdentifier) -> typing.Callable[[], Failure | None]:
        task, versions = self._task, self._goals.versions
        newest = versions[str(key)]

        def make() -> KeyVersion:
            with task.turn(f"the key {key}") as turn:
                now = keys.get(task.session, key) if turn and turn.others_changed else newest
                if now.version != newest.version:
                    self.notes.append(f"Another task made a new version of {key.name} just before.")
                    return now
                if turn:
                    turn.change()
                return keys.renew(task.session, key, newest)

        def renew() -> Failure | None:
            try:
                doing = f"making a new version of the key {key.name}"
                versions[str(key)] = caller.with_right(task, key, doing, make)
            except Failure as failure:
                return failure
            task.progress.finish(self._plan.renewal_words(key))
            return None

        return renew

    # --- registries ------------------------------------------------------------------------------------------------

    def _set(self, moves: typing.Sequence[Move]) -> None:
        """Set keys and identities; what needs an identity first gets it first."""
        attaching = [move for move in moves if move.attach]
        attached = self._fleet([self._attachment(move) for move in attaching], "registries' identities")
        registries = {move.registry.id: move.registry for move in moves}
        for move, outcome in zip(attaching, attached, strict=True):
            if outcome.state != "done":
                self.outcomes[move.registry.id] = outcome
                continue
            self._task.progress.finish(move.attachment_words)
            registries[move.registry.id] = outcome.registry
            try:
                if move.identity == "system":
                    self._check_system_right(move.key, outcome.registry)
            except Failure as failure:
                self.outcomes[move.registry.id] = Outcome("failed", outcome.registry, failure, is_sent=True)
        acting = self._open(moves)
        with_identity = {move.registry.id for move in attaching}
        outcomes = self._fleet([self._wish(move, registries[move.registry.id]) for move in acting], "registries")
        for move, outcome in zip(acting, outcomes, strict=True):
            is_sent = outcome.is_sent or move.registry.id in with_identity
            self.outcomes[move.registry.id] = dataclasses.replace(outcome, is_sent=is_sent)
            if outcome.state == "done":
                self._task.progress.finish(self._plan.move_words(move))

    def _fleet(self, wishes: typing.Sequence[Wish], noun: str) -> list[Outcome]:
        return Fleet(self._task, wishes, may_go_on=self._may_go_on, tell=self._task.report(noun)).carry_out()

    def _attachment(self, move: Move) -> Wish:
        body: Body = {"identity": move.attach}

        def reached(registry: Registry) -> bool:
            if is_system(move.identity):
                return registry.identities.system_assigned
            return registry.identities.by_client(move.identity) is not None

        doing = f"attaching the identity to the registry {move.registry.label}"
        identity = self._target.identity
        return Wish(move.registry, body, doing, reached, identity=(identity.resource_id if identity else "") or "")

    def _wish(self, move: Move, registry: Registry) -> Wish:
        goal = self._goals.version(move)
        body = encryption_body(str(move.key) if move.mode == "automatic" else str(goal), move.identity)
        return Wish(
            registry,
            body,
            f"changing the key of the registry {registry.label}",
            lambda seen: self._goals.reached(move, seen),
            lambda: self._observation(goal, move, registry),
        )

    def _observation(self, goal: KeyIdentifier, move: Move, registry: Registry) -> Observation:
        """What stands between a key and an identity, looked at anew at most every few seconds."""
        task = self._task
        identity = identity_of(task, self._target, registry, move.identity)
        name, now = (str(goal), str(identity.principal_id if identity else registry.id)), task.clock.monotonic()
        moment, look = self._looks.get(name, (now, None))
        if look is None or now - moment > _FRESH:
            as_named = reference(self._target, move.encryption)
            look = observe.of_key(task.session, goal, identity, reference=as_named, registry=registry)
            self._looks[name] = (task.clock.monotonic(), look)
        return look

    def _check_system_right(self, key: KeyIdentifier, registry: Registry) -> None:
        """The system-assigned identity was just made: it has no right yet, unless someone gives it one now."""
        task = self._task
        identity = find_identity(task.session, "system", None, registry=registry)
        observation = observe.of_key(task.session, key, identity, reference="system", registry=registry)
        if any(finding.code.startswith("access_") and finding.severity == "error" for finding in causes(observation)):
            failure = observe.refuse(observation, parameter="identity")
            failure.details["principal_id"] = identity.principal_id if identity else None
            failure.hint = (
                f"The registry {registry.label} has its system-assigned identity now (object id "
                f"{failure.details['principal_id']}); its key was not changed. Give that identity access with "
                "keyvault_key_access (principal_id), then run the same task again."
            )
            raise failure

    def _await(self, moves: typing.Sequence[Move]) -> None:
        by_id = {move.registry.id.lower(): move for move in moves}

        def reached(registry: Registry) -> bool:
            return self._goals.reached(by_id[registry.id.lower()], registry)

        report = self._task.report("registries")
        outcomes = wait_for_pick_up(self._task, [move.registry for move in moves], reached, report)
        for move, outcome in zip(moves, outcomes, strict=True):
            self.outcomes[move.registry.id] = outcome
            if outcome.state == "done":
                self._task.progress.finish(self._plan.move_words(move))

    # --- proof -----------------------------------------------------------------------------------------------------

    def _prove(self, moves: typing.Sequence[Move]) -> None:
        """Read an image of each that was moved; one that cannot be read is a failure."""
        moved = [move for move in moves if self.outcomes[move.registry.id].state == "done"]
        if not moved:
            return
        proofs = reading.proofs_after(self._task, [move.registry for move in moved])
        self.data |= proofs
        for move in moved:
            if proofs[move.registry.label].state == "locked":
                trouble = reading.not_readable([move.registry.label], proofs, after="the rotation")
                self.outcomes[move.registry.id] = dataclasses.replace(
                    self.outcomes[move.registry.id], state="failed", failure=trouble
                )
