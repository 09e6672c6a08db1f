# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Give registries their data back: find out what is wrong from Azure's state alone, undo it, and prove it."""

from __future__ import annotations

import typing

from ..._azure import errors, keys, role_assignments
from ..._domain.failure import Failure
from ..._domain.identity import Identity
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.plan import Plan
from ..._domain.record import Subject
from ..._domain.registry import Registry
from ..._domain.words import NAMED, listed
from ..._operation import Result, Task, planned
from ..._rules.health.causes import waiting_may_help
from ..._rules.health.observation import Finding, Observation
from ..._rules.image.proof import readable_words
from ..._rules.registry.encryption import check_existing
from ..._rules.restoration import plan as rules
from ..._rules.restoration.plan import Remedies, RemedyStep, Situation
from ..access import caller
from ..health import looks, observe
from ..image import reading
from ..image.reading import Proofs
from ..registry.lookup import FEW, registries_by_reference, registries_seen
from . import steps as remedies

#: Vault, then the caller's right, the key, the identity, its access, what is set anew, and a last look.
ROUNDS = 8

#: By action and words, so that what several registries need is done once.
Steps = dict[tuple[str, str], tuple[RemedyStep, Situation]]


def restore(task: Task) -> Result:
    """The operation of the module ``cmk_restore``."""
    targets = registries_by_reference(task, with_all=True)
    for registry in targets:
        check_existing(registry)
    task.intend((), *(Subject(one.id) for one in targets))
    restoration = _Restoration(task, targets)
    goes_on = True
    while goes_on and restoration.rounds < ROUNDS:
        goes_on = restoration.round()
    return _result(task, restoration, is_over=not goes_on)


class _Restoration:
    """The rounds of one restoration, with what was done and what was proven."""

    def __init__(self, task: Task, targets: list[Registry]) -> None:
        self.task = task
        self.targets = targets
        self.rounds = 0
        self.done: list[RemedyStep] = []
        self.left: list[Finding] = []
        #: as they were seen last
        self.situations: list[Situation] = []
        self.proofs: Proofs = {}
        self._recovered_hosts: set[str] = set()
        #: where the caller got a right, which takes some minutes to count
        self._given_hosts: set[str] = set()
        self._set_anew: set[str] = set()
        #: somebody else undid what was done
        self.undone = False

    def round(self) -> bool:
        """Look, and do what is to be done next; whether another round may find more."""
        task, self.rounds = self.task, self.rounds + 1
        situations = self.situations = _situations(task, self.targets)
        plans = self._plans(situations)
        self.left = [finding for plan in plans for finding in plan.left]
        denied = [
            one
            for one, plan in zip(situations, plans, strict=True)
            if one.in_use.key_state == "denied" and not plan.steps
        ]
        for situation in denied:
            # the caller may not even look: this raises the grant to ask for, or there is more to be seen now
            _read_as_caller(task, situation.key)
        if denied:
            return True
        steps: Steps = {
            (step.action, step.text): (step, situation)
            for plan, situation in zip(plans, situations, strict=True)
            for step in plan.steps
        }
        if self.left and not self.done and task.check_mode:
            return False
        if not steps:
            more = {} if self.left else self._prove()
            if more is None:
                return True
            steps = more
        planned_now = [step for step, _situation in steps.values()]
        self.undone |= any(step in self.done for step in planned_now)
        self.done += planned_now
        if task.check_mode or not steps:
            return False
        subjects = (Subject(one.id, after={"reaches_key": True}) for one in self.targets)
        task.intend((step.text for step, _situation in steps.values()), *subjects)
        shared = [pair for pair in steps.values() if pair[0].action not in remedies.OF_REGISTRIES]
        for step, situation in shared:
            remedies.apply(task, step, situation)
            task.progress.finish(step.text)
            if step.action == "recover_vault":
                self._recovered_hosts.add(situation.key.host)
            elif step.action == "grant_caller":
                self._given_hosts.add(situation.key.host)
        for action in remedies.OF_REGISTRIES:
            remedies.apply_to_registries(task, action, [pair for pair in steps.values() if pair[0].action == action])
        return True

    def _plans(self, situations: list[Situation]) -> list[Remedies]:
        lost = {one.key.host for one in situations if self._has_lost_right(one)}
        return [
            rules.remedies(one, recovered=one.key.host in lost, caller_has_right=one.key.host in self._given_hosts)
            for one in situations
        ]

    def _has_lost_right(self, situation: Situation) -> bool:
        """Whether the caller's right to keys went with the roles at a vault that was recovered."""
        observation, host = situation.in_use, situation.key.host
        if observation.key_state == "denied":
            return host in self._recovered_hosts or self._is_laid_bare(situation)
        store = observation.store
        if host not in self._recovered_hosts or host in self._given_hosts or store is None or store.access != "rbac":
            return False
        # behind a firewall that is closed the vault does not say so; Resource Manager does
        session = self.task.session
        mine = observe.grant(session, store, session.caller.object_id, situation.key, "crypto_officer")
        return mine is not None and mine.allowed is False

    def _is_laid_bare(self, situation: Situation) -> bool:
        """Whether a vault is as its recovery leaves it, which an earlier run may have done: no role is assigned there.

        Asked only where both the caller and the registry's identity have lost their access.
        """
        task, observation = self.task, situation.in_use
        store, granted = observation.store, observation.grant
        if observation.key_state != "denied" or store is None or store.access != "rbac":
            return False
        if granted is None or granted.allowed is not False:
            return False
        try:
            return not task.session.once(
                f"roles at {store.id}", lambda: role_assignments.at_scope(task.session, store.id)
            )
        except Failure as failure:
            if failure.status == 403:
                return False
            raise

    def _prove(self) -> Steps | None:
        """Read images; a registry that cannot is set anew, once, unless it only waits for a fresh role.

        :returns: None when all is to be looked at again.
        """
        task = self.task
        if not task.params["verify_data"]:
            return {}
        began = task.clock.monotonic()
        while True:
            self.proofs = reading.read_all(task, self.targets)
            locked = {name for name, proof in self.proofs.items() if proof.state == "locked"}
            waiting = [one for one in self.situations if one.registry.label in locked and waiting_may_help(one.in_use)]
            waited = task.clock.monotonic() - began
            if not waiting or task.check_mode or waited >= task.timeout:
                break
            task.clock.sleep(caller.pause(waited), "a fresh role assignment to count")
            if self._has_more_to_do():
                return None
        # before anything is set anew: a refusal that has passed may have hidden what is wrong
        if locked - self._set_anew and self._has_more_to_do():
            return None
        steps: Steps = {}
        for situation in self.situations:
            name = situation.registry.label
            if name in locked and name not in self._set_anew:
                self._set_anew.add(name)
                step = rules.set_anew(situation)
                steps[step.action, step.text] = (step, situation)
        return steps

    def _has_more_to_do(self) -> bool:
        """Look again; whether the next round has something to do. What it has to do once more somebody undid."""
        self.situations = _situations(self.task, self.targets)
        steps = [step for plan in self._plans(self.situations) for step in plan.steps]
        self.undone |= any(step in self.done for step in steps)
        return bool(steps)

    @property
    def unseen(self) -> list[str]:
        """What could not be looked at between a key and a registry that was not seen to read an image."""
        return list(
            dict.fromkeys(
                part
                for one in self.situations
                if one.registry.label not in self.proofs or self.proofs[one.registry.label].state != "readable"
                for part in one.in_use.unseen
            )
        )


def _result(task: Task, restoration: _Restoration, *, is_over: bool) -> Result:
    names = listed((registry.label for registry in restoration.targets), NAMED)
    done, proofs = tuple(restoration.done), restoration.proofs
    plan = Plan(done, {"readable": False}, {"readable": True}) if done else Plan[RemedyStep]()
    data = {name: proof.result() for name, proof in proofs.items()}
    if restoration.left:
        first, *rest = {finding.sentence(): finding for finding in restoration.left}.values()
        also = " ".join(finding.sentence() for finding in rest)
        raise Failure(
            f"{names} cannot be restored by this task alone: {first.what}",
            hint=first.remedy + (f" Also: {also}" if also else ""),
            code=first.code,
            findings=[finding.result() for finding in restoration.left],
            details={"changed": plan.changed and not task.check_mode, "plan": plan.words},
        )
    unseen = f" You could not see {', '.join(restoration.unseen)}." if restoration.unseen else ""
    locked = [name for name, proof in proofs.items() if proof.state == "locked"]
    if not is_over and not restoration.undone:
        raise Failure(
            f"Restoring {names} came to no end: each look told of something else to be done.",
            hint="Run the same task again. If it stays so, somebody takes the key away at the same time.",
            code="parallel_change",
            details={"changed": plan.changed and not task.check_mode, "plan": plan.words, "data": data},
        )
    if not is_over or (locked and not task.check_mode and restoration.undone):
        raise Failure(
            f"Somebody takes the key away from {listed(locked, NAMED) if locked else names} again and again, as by a "
            "revocation at the same time.",
            hint="Agree on one or the other; then run the same task again.",
            code="parallel_change",
            details={"changed": plan.changed, "plan": plan.words, "data": data},
        )
    if locked and not task.check_mode:
        raise Failure(
            f"Nothing is wrong that can be seen from here, but {listed(locked, NAMED)} still cannot read its data: "
            f"{proofs[locked[0]].message}{unseen}",
            hint="Azure may need up to an hour to notice; run the same task again then. The vault's own audit log "
            "(AuditEvent, operations KeyGet and KeyUnwrap) names the reason if it stays so.",
            code="still_locked",
            details={"changed": plan.changed, "plan": plan.words, "data": data},
        )
    proven = readable_words(proofs)
    # in a check what is planned may show more
    if unseen and not locked and not (task.check_mode and done):
        raise Failure(
            f"Nothing is wrong that can be seen from here, and it is not known whether {names} can reach the key. "
            f"{proven}{unseen}",
            hint="Ask for the right to look at it, or to pull an image, which proves it; then run the same task again.",
            code="not_proven",
            details={"changed": plan.changed and not task.check_mode, "plan": plan.words, "data": data},
        )
    result = planned(
        plan,
        of=f"images of {names}",
        nothing=f"Nothing to restore: {names} can reach the key. {proven}".strip(),
        done=f"Restored the access of {names} to the key: {'; '.join(plan.words)}. {proven}".strip(),
        check_mode=task.check_mode,
    )
    result["registries"] = [{"name": one.name, "id": one.id, "data": data.get(one.name)} for one in restoration.targets]
    result["verified"] = bool(proofs) and all(proof.state == "readable" for proof in proofs.values())
    return result


def _read_as_caller(task: Task, key: KeyIdentifier) -> None:
    try:
        caller.with_right(task, key, f"reading the key {key.name}", lambda: keys.get(task.session, key))
    except Failure as failure:
        # he may look: what is wrong with the key the next look finds out
        if failure.status != 404:
            raise


def _is_just_deleted(task: Task, key: KeyIdentifier) -> bool:
    """Whether a key that a registry uses is being deleted: until that is over it is neither here nor there, and nobody
    is told to go to a backup."""
    timeout = min(keys.DELETION, task.timeout)
    with errors.explained(f"looking for the deleted key {key.name}"):
        return (
            not keys.find(task.session, key.versionless)
            and keys.await_deleted(task.session, key, timeout=timeout) is not None
        )


def _situations(task: Task, targets: typing.Sequence[Registry]) -> list[Situation]:
    """Observe registries: the version in use, and the newest where they follow a versionless key. What several share is
    looked at once."""
    session = task.session
    current = registries_seen(session, targets, few=FEW)
    registries = [current.get(target.id.lower()) or target for target in targets]
    pairs = [(registry, _key_in_use(registry)) for registry in registries]
    observations = looks.ways_to_keys(task, pairs)
    lost = {str(key): key for registry, key in pairs if observations[registry.id].key_state == "missing"}
    if any(_is_just_deleted(task, key) for key in lost.values()):
        observations = looks.ways_to_keys(task, pairs)
    followed = {
        str(key.versionless): key.versionless
        for registry, key in pairs
        if check_existing(registry).is_automatic and observations[registry.id].key_state == "there"
    }
    key_looks = session.side_by_side(*(_newest_looker(task, key) for key in followed.values()))
    newest = dict(zip(followed, key_looks, strict=True))
    return [
        Situation(
            registry,
            key,
            observations[registry.id],
            _newest(registry, key, newest),
            _by_attached(task, registry, observations[registry.id]),
        )
        for registry, key in pairs
    ]


def _by_attached(task: Task, registry: Registry, observation: Observation) -> tuple[Observation, ...]:
    """What stands between the key and each attached identity, where nothing tells which is the registry's own, and it
    cannot read its data: one that can has it still, though it does not show."""
    own = observation.identity
    if own is None or own.exists or not task.params["verify_data"]:
        return ()
    if reading.read_all(task, [registry])[registry.label].state != "locked":
        return ()
    key = observation.key_identifier
    identities = registry.identities
    attached = [
        *([Identity("system", None, identities.principal_id, None)] if identities.system_assigned else []),
        *(
            Identity(user.name, user.client_id, user.principal_id, user.resource_id)
            for user in identities.user_assigned
        ),
    ]
    return tuple(
        observe.of_key(task.session, key, identity, reference=identity.name, registry=registry) for identity in attached
    )


def _newest(registry: Registry, key: KeyIdentifier, newest: typing.Mapping[str, Observation]) -> Observation | None:
    return newest.get(str(key.versionless)) if check_existing(registry).is_automatic else None


def _newest_looker(task: Task, key: KeyIdentifier) -> typing.Callable[[], Observation]:
    def look() -> Observation:
        answer = observe.key(task.session, key)
        return Observation(key, task.session.now(), key=answer.key, key_state=answer.state)

    return look


def _key_in_use(registry: Registry) -> KeyIdentifier:
    key = check_existing(registry).current
    if key is None:
        raise Failure(f"The registry {registry.label} reports no key identifier that can be read.", code="unreadable")
    return key
