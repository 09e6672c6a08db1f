# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Give registries their data back: find out what is wrong from Azure's state alone, undo it, and prove it."""

from __future__ import annotations

import typing

from .._azure import keys, registries
from .._operation import Result, Task, planned
from .._rules import data_proof, encryption, health, key_identifier, plan, resource_id, restoration
from .._rules.data_proof import Proof
from .._rules.failure import Failure
from .._rules.registry_facts import Facts, facts
from .._rules.restoration import Situation
from . import caller, observe, proof, resolve, restore_steps

#: Vault, then the caller's right, the key, the identity, its access, what is set anew, and a last look.
ROUNDS = 8


def restore(task: Task) -> Result:
    """The operation of the module ``cmk_restore``."""
    found = resolve.registries_by_reference(task)
    for known in found:
        encryption.check_existing(known)
    run = _Run(task, found)
    while run.rounds < ROUNDS and run.round():
        pass
    return _result(task, found, run)


class _Run:
    """The rounds of one restoration, with what was done and what was proven."""

    def __init__(self, task: Task, found: list[Facts]) -> None:
        self.task = task
        self.found = found
        self.rounds = 0
        self.done: list[plan.Step] = []
        self.left: list[health.Finding] = []
        self.proofs: dict[str, Proof] = {}
        self._recovered: set[str] = set()
        self._anew: set[str] = set()

    def round(self) -> bool:
        """Look, and do what is to be done next; whether another round may find more."""
        task, self.rounds = self.task, self.rounds + 1
        situations = task.session.side_by_side(*(_looker(task, known) for known in self.found))
        remedies = [restoration.remedies(s, recovered=s.key.host in self._recovered) for s in situations]
        self.left = [finding for one in remedies for finding in one.left]
        for situation, one in zip(situations, remedies, strict=True):
            if situation.in_use.key_state == "denied" and not one.steps:
                # the caller may not even look: this raises the grant to ask for
                _read_as_caller(task, situation)
        steps = {
            (step.action, step.text): (step, s) for r, s in zip(remedies, situations, strict=True) for step in r.steps
        }
        if self.left and not self.done and task.check_mode:
            return False
        if not steps:
            steps = {} if self.left else self._prove(situations)
        self.done += [step for step, _situation in steps.values()]
        if task.check_mode or not steps:
            return False
        for step, situation in steps.values():
            restore_steps.apply(task, step, situation)
            if step.action == "recover_vault":
                self._recovered.add(situation.key.host)
        return True

    def _prove(self, situations: list[Situation]) -> dict[tuple[str, str], tuple[plan.Step, Situation]]:
        """Read images; a registry that cannot is set anew, once, unless it only waits for a fresh role."""
        task = self.task
        if not task.params["verify_data"]:
            return {}
        began = task.clock.monotonic()
        while True:
            self.proofs = proof.read_all(task, self.found)
            locked = {name for name, one in self.proofs.items() if one.state == "locked"}
            waiting = [s for s in situations if s.registry["name"] in locked and health.waiting_may_help(s.in_use)]
            waited = task.clock.monotonic() - began
            if not waiting or task.check_mode or waited >= task.timeout:
                break
            task.clock.sleep(caller.pause(waited), "a fresh role assignment to count")
        steps = {}
        for situation in situations:
            name = situation.registry["name"]
            if name in locked and name not in self._anew:
                self._anew.add(name)
                step = restoration.set_anew(situation)
                steps[step.action, step.text] = (step, situation)
        return steps


def _result(task: Task, found: list[Facts], run: _Run) -> Result:
    names = plan.listed(known["name"] for known in found)
    steps = plan.Plan(tuple(run.done), *(({"readable": False}, {"readable": True}) if run.done else ({}, {})))
    if run.left:
        first, *rest = {finding.sentence(): finding for finding in run.left}.values()
        also = " ".join(finding.sentence() for finding in rest)
        raise Failure(
            f"{names} cannot be restored by this task alone: {first.what}",
            hint=first.remedy + (f" Also: {also}" if also else ""),
            code=first.code,
            findings=[finding.show() for finding in run.left],
            details={"changed": steps.changed and not task.check_mode, "plan": steps.words},
        )
    shown = {name: one.show() for name, one in run.proofs.items()}
    locked = [name for name, one in run.proofs.items() if one.state == "locked"]
    if locked and not task.check_mode:
        raise Failure(
            f"Nothing is wrong that can be seen from here, but {plan.listed(locked)} still cannot read its data: "
            f"{run.proofs[locked[0]].message}",
            hint="Azure may need up to an hour to notice; run the same task again then. The vault's own audit log "
            "(AuditEvent, operations KeyGet and KeyUnwrap) names the reason if it stays so.",
            code="still_locked",
            details={"changed": steps.changed, "plan": steps.words, "data": shown},
        )
    proven = data_proof.readable_told(run.proofs)
    told = planned(
        steps,
        nothing=f"Nothing to restore: {names} can reach the key. {proven}".strip(),
        done=f"Restored the access of {names} to the key: {'; '.join(steps.words)}. {proven}".strip(),
        check_mode=task.check_mode,
    )
    verified = bool(run.proofs) and all(one.state == "readable" for one in run.proofs.values())
    rows = [{"name": known["name"], "id": known["id"], "data": shown.get(known["name"])} for known in found]
    return {**told, "registries": rows, "verified": verified}


def _read_as_caller(task: Task, situation: Situation) -> None:
    key = situation.key
    caller.with_right(task, key, f"reading the key {key.name}", lambda: keys.get(task.session, key))


def _looker(task: Task, known: Facts) -> typing.Callable[[], Situation]:
    return lambda: _look(task, known)


def _look(task: Task, known: Facts) -> Situation:
    """Observe one registry: the version in use, and the newest where it follows a versionless key."""
    session = task.session
    fresh = facts(registries.get(session, where_of(known)) or {}, session.cloud)
    block = fresh["encryption"]
    in_use = key_identifier.parse(block["versioned_key_identifier"] or block["key_identifier"], session.cloud)
    identity = resolve.find_identity(session, block["identity"], None, registry=fresh)
    reference = str(block["identity_resource_id"] or (identity and identity.resource_id) or block["identity"])
    reference = reference.rsplit("/", 1)[-1]
    seen = observe.everything(session, in_use, identity, reference=reference, registry=fresh)
    newest = None
    if block["rotation_mode"] == "automatic" and seen.key_state == "there":
        state, key = observe.key(session, in_use.versionless)
        newest = health.Observed(
            str(in_use.versionless), in_use.vault, in_use.name, session.now(), key=key, key_state=state
        )
    return Situation(fresh, in_use, seen, newest)


def where_of(known: Facts) -> resource_id.ResourceId:
    """A registry's resource id."""
    return typing.cast(resource_id.ResourceId, resource_id.parse(known["id"], resource_id.REGISTRY))
