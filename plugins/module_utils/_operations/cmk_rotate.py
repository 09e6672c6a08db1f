# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Rotate: plan for all registries together, act side by side, verify each, report each."""

from __future__ import annotations

import typing

from .._azure import errors, keys, registries
from .._operation import Result, Task, planned
from .._rules import (
    data_proof,
    durations,
    encryption,
    health,
    key_facts,
    key_identifier,
    plan,
    resource_id,
    rotation_plan,
)
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from .._rules.registry_facts import Facts, facts
from .._rules.registry_plan import Identity
from .._rules.rotation_plan import Move, RotationPlan, Target
from . import caller, observe, proof, resolve, set_key

#: How long a registry may take to follow a versionless key by itself (documented: within one hour), with some grace.
PICK_UP_SECONDS = 3900


def rotate(task: Task) -> Result:
    """The operation of the module ``cmk_rotate``."""
    target = _target(task.params, task)
    rotation_plan.check(target)
    known = resolve.registries_by_reference(task)
    target = _with_identity(task, target, known)
    read = _keys(task, target, known)
    chosen = rotation_plan.make(known, target, read, now=task.session.now(), cloud=task.session.cloud)
    _check_targets(task, target, chosen, read)
    if task.check_mode:
        rows = [_row(move, move.registry, task, predicted=True) for move in chosen.moves]
    else:
        rows = _apply(task, target, chosen, read)
    told = planned(chosen.plan, nothing=_nothing(known, target), done=_done(rows), check_mode=task.check_mode)
    result = {**told, "registries": rows}
    moved = [move.registry for move in chosen.moves if move.kind != "none"]
    if task.params["verify_data"] and moved and not task.check_mode:
        proofs = proof.require_readable(task, moved, after="the rotation")
        result["data"] = {name: one.show() for name, one in proofs.items()}
        result["msg"] += f" {data_proof.readable_told(proofs)}"
    return result


def _nothing(known: typing.Sequence[Facts], target: Target) -> str:
    everyone = plan.listed(registry["name"] for registry in known)
    verb = "is" if len(known) == 1 else "are"
    if target.max_age is not None:
        return f"Nothing is due: {everyone} {verb} on a key version younger than {durations.words(target.max_age)}."
    return f"Nothing to change: {everyone} {verb} as wanted."


def _done(rows: list[dict[str, typing.Any]]) -> str:
    changed = [row for row in rows if row["changed"]]
    parts = [
        f"{row['name']} moved from version {row['key_version_before']} to {row['key_version_after']}"
        if row["key_version_before"] != row["key_version_after"]
        else f"{row['name']} was changed ({row['reason']})"
        for row in changed[:3]
    ]
    more = f" and {len(changed) - 3} more registries" if len(changed) > 3 else ""
    return f"{'; '.join(parts)}{more}; each reports it."


# --- what is wanted, what is there ---------------------------------------------------------------------------------


def _target(params: dict[str, typing.Any], task: Task) -> Target:
    max_age = durations.parse(params["max_age"], parameter="max_age").total_seconds if params["max_age"] else None
    key = _target_key(params, task)
    if max_age is None and key is None and not params["identity"] and not params["rotation_mode"]:
        raise Failure(
            "Nothing says what to rotate.",
            parameter="max_age",
            hint="Give max_age (90d; 0d rotates in any case), key_identifier, identity or rotation_mode.",
            code="missing_parameter",
        )
    return Target(max_age, key, None, params["rotation_mode"], params["pick_up"])


def _target_key(params: dict[str, typing.Any], task: Task) -> KeyIdentifier | None:
    """The key asked for, by its identifier or in parts."""
    cloud = task.session.cloud
    if params["key_identifier"]:
        return key_identifier.parse(params["key_identifier"], cloud)
    if not params["key"] or not params["vault"]:
        return None
    host = resolve.vault_host(cloud, params["vault"])
    version = f"/{params['key_version']}" if params["key_version"] else ""
    return key_identifier.parse(f"https://{host}/keys/{params['key']}{version}", cloud, parameter="key")


def _with_identity(task: Task, target: Target, known: typing.Sequence[Facts]) -> Target:
    reference = task.params["identity"]
    if not reference:
        return target
    group = task.params["resource_group"] or known[0]["resource_group"]
    identity = resolve.find_identity(task.session, reference, group, registry=known[0])
    if identity is None:
        raise Failure(
            f"The identity {reference} does not exist.",
            parameter="identity",
            hint="Make it with managed_identity, and give it access with keyvault_key_access.",
            code="identity_missing",
        )
    return Target(target.max_age, target.key, identity, target.rotation_mode, target.pick_up)


def _keys(task: Task, target: Target, known: typing.Sequence[Facts]) -> dict[str, key_facts.Facts]:
    """The newest version (or the one asked for) of each key, each read once, side by side."""
    wanted = {str(rotation_plan.target_key(registry, target, task.session.cloud)): registry for registry in known}

    def reader(text: str) -> typing.Callable[[], key_facts.Facts]:
        key = key_identifier.parse(text, task.session.cloud)
        exact = key.at(target.key.version) if target.key and target.key.version else key
        return lambda: _read(task, exact, wanted[text])

    return dict(zip(wanted, task.session.side_by_side(*(reader(text) for text in wanted)), strict=True))


def _read(task: Task, key: KeyIdentifier, registry: Facts) -> key_facts.Facts:
    state, known = observe.key(task.session, key)
    if known is not None:
        return known
    if state == "denied":
        return caller.with_right(task, key, f"reading the key {key.name}", lambda: keys.get(task.session, key))
    identity = resolve.find_identity(task.session, registry["encryption"]["identity"], None, registry=registry)
    reference = registry["encryption"]["identity_resource_id"] or registry["encryption"]["identity"]
    seen = observe.everything(task.session, key, identity, reference=str(reference), registry=registry)
    parameter = "key_identifier" if task.params["key_identifier"] else "registries"
    raise observe.refuse(seen, parameter=parameter)


def _check_targets(task: Task, target: Target, chosen: RotationPlan, read: dict[str, key_facts.Facts]) -> None:
    """Where key or identity change, the identity must reach the key before anything is changed."""
    for key in {str(move.key) for move in chosen.moves if move.kind == "set"}:
        encryption.check_purge_protection(
            read[key], allowed_without=task.params["allow_vault_without_purge_protection"] or target.key is None
        )
    if target.key is None and target.identity is None:
        return
    checked: set[tuple[str, str]] = set()
    for move in chosen.moves:
        fresh_system = target.identity is not None and move.identity == "system" and bool(move.attach)
        if move.kind != "set" or fresh_system or (str(move.key), move.identity) in checked:
            continue
        checked.add((str(move.key), move.identity))
        identity = _identity_of(task, target, move)
        seen = observe.everything(task.session, move.key, identity, reference=_reference(target, move))
        # a version that is about to be replaced need not be in order
        ignored = ("key_disabled", "key_expired", "key_not_yet_valid") if str(move.key) in chosen.reasons else ()
        for finding in health.causes(seen):
            if finding.severity == "error" and finding.code not in ignored:
                raise observe.refuse(seen, parameter="identity" if target.identity else "key_identifier")


def _reference(target: Target, move: Move) -> str:
    known = move.registry["encryption"]
    return target.identity.reference if target.identity else str(known["identity_resource_id"] or known["identity"])


def _identity_of(task: Task, target: Target, move: Move) -> Identity | None:
    """The identity as this very registry has it: the system-assigned one is another for each."""
    if target.identity is not None and not encryption.is_system(target.identity.reference):
        return target.identity
    return resolve.find_identity(task.session, move.identity, None, registry=move.registry)


# --- act and verify ------------------------------------------------------------------------------------------------


def _apply(
    task: Task, target: Target, chosen: RotationPlan, read: dict[str, key_facts.Facts]
) -> list[dict[str, typing.Any]]:
    made = dict(read)
    renewed = task.session.side_by_side(*(_renewer(task, key, read[str(key)]) for key in chosen.renew))
    made.update({str(key): fresh for key, fresh in zip(chosen.renew, renewed, strict=True)})
    acting = [m for m in chosen.moves if m.kind == "set" or (m.kind == "pick_up" and chosen.nudge)]
    after = {}
    failures: list[tuple[Move, Failure]] = []
    movers = [_mover(task, target, move, made[str(move.key)], failures) for move in acting]
    for move, known in zip(acting, task.session.side_by_side(*movers), strict=True):
        after[move.registry["id"]] = known
    waiting = [move for move in chosen.moves if move.kind == "pick_up" and not chosen.nudge]
    after.update(_wait(task, waiting, made))
    rows = [_row(move, after.get(move.registry["id"]) or move.registry, task) for move in chosen.moves]
    if failures:
        raise _partly(failures, rows)
    return rows


def _partly(failures: list[tuple[Move, Failure]], rows: list[dict[str, typing.Any]]) -> Failure:
    """Some registries could not be moved: tell which, and what became of the others."""
    move, first = failures[0]
    if len(rows) == 1:
        first.details = {**first.details, "registries": rows, "changed": any(row["changed"] for row in rows)}
        return first
    names = plan.listed(failed.registry["name"] for failed, _failure in failures)
    moved = sum(row["changed"] for row in rows)
    return Failure(
        f"{names} could not be moved ({moved} others were, and nothing was disabled). {move.registry['name']}: "
        f"{first.message}",
        hint=f"{first.hint or ''} Run the same task again afterwards: what is done already is left alone.".strip(),
        code=first.code,
        azure=first.azure,
        findings=first.findings,
        details={"registries": rows, "changed": bool(moved)},
    )


def _renewer(task: Task, key: KeyIdentifier, newest: key_facts.Facts) -> typing.Callable[[], key_facts.Facts]:
    doing = f"making a new version of the key {key.name}"
    return lambda: caller.with_right(task, key, doing, lambda: keys.renew(task.session, key, newest))


def _mover(
    task: Task, target: Target, move: Move, fresh: key_facts.Facts, failures: list[tuple[Move, Failure]]
) -> typing.Callable[[], Facts | None]:
    def run() -> Facts | None:
        try:
            return _move(task, target, move, fresh)
        except Failure as failure:
            failures.append((move, failure))
            return None

    return run


def _move(task: Task, target: Target, move: Move, fresh: key_facts.Facts) -> Facts:
    registry = move.registry
    where = typing.cast(resource_id.ResourceId, resource_id.parse(registry["id"], resource_id.REGISTRY))
    if move.attach:
        with errors.explained(f"attaching the identity to the registry {registry['name']}"):
            wire = registries.patch(task.session, where, {"identity": move.attach}, timeout=task.timeout)
        registry = facts(wire, task.session.cloud)
        if move.identity == "system":
            _check_system_right(task, move, registry)
    version = move.version or fresh["version"]
    wanted = move.key.at(version)
    sent = str(move.key) if move.mode == "automatic" else str(wanted)
    identity = _identity_of(task, target, Move(registry, move.key, move.mode, move.identity, move.kind, move.reason))
    body = set_key.body(sent, move.identity)
    reference = _reference(target, move)
    known = set_key.patch(task, registry, body, key=wanted, identity=identity, reference=reference)
    return set_key.verify(task, known, wanted)


def _check_system_right(task: Task, move: Move, registry: Facts) -> None:
    """The system-assigned identity was just made: it has no right yet, unless someone gives it one now."""
    identity = resolve.find_identity(task.session, "system", None, registry=registry)
    seen = observe.everything(task.session, move.key, identity, reference="system", registry=registry)
    if any(finding.code.startswith("access_") and finding.severity == "error" for finding in health.causes(seen)):
        failure = observe.refuse(seen, parameter="identity")
        failure.details["principal_id"] = identity.principal_id if identity else None
        failure.hint = (
            f"The registry {registry['name']} has its system-assigned identity now (object id "
            f"{failure.details['principal_id']}); its key was not changed. Give that identity access with "
            "keyvault_key_access (principal_id), then run the same task again."
        )
        raise failure


def _wait(task: Task, waiting: typing.Sequence[Move], made: dict[str, key_facts.Facts]) -> dict[str, Facts]:
    """Wait until every registry has followed its versionless key by itself; look at lists, not at each registry."""
    left = {move.registry["id"]: move for move in waiting}
    after: dict[str, Facts] = {}
    began = task.clock.monotonic()
    limit = max(task.timeout, PICK_UP_SECONDS)
    while left:
        subscriptions = list(dict.fromkeys(move.registry["subscription_id"] for move in left.values()))
        for known in resolve.listed(task.session, subscriptions):
            move = left.get(known["id"])
            if move is not None and set_key.reports(known, move.key.at(made[str(move.key)]["version"]), task):
                after[known["id"]] = known
                del left[known["id"]]
        waited = task.clock.monotonic() - began
        if left and waited >= limit:
            names = plan.listed(move.registry["name"] for move in left.values())
            raise Failure(
                f"{names} did not pick the new version up within {durations.words(limit)}.",
                hint="Their identity may have lost its access to the key. The old version is still there; run with "
                "pick_up: nudge to learn Azure's reason.",
                code="not_picked_up",
            )
        if left:
            task.clock.sleep(min(60.0, max(5.0, waited / 10)), "registries to pick the new version up")
    return after


def _row(move: Move, after: Facts, task: Task, *, predicted: bool = False) -> dict[str, typing.Any]:
    """One registry's part of the result."""
    before, now = move.registry["encryption"], after["encryption"]
    changed = move.kind != "none" and (predicted or before != now)
    row = {
        "name": move.registry["name"],
        "id": move.registry["id"],
        "changed": changed,
        "reason": move.reason or "nothing is due",
        "key_identifier_before": before["key_identifier"],
        "key_version_before": before["key_version"],
        "identity_before": before["identity"],
        "rotation_mode_before": before["rotation_mode"],
    }
    if predicted and move.kind != "none":
        goal = str(move.key) if move.mode == "automatic" else str(move.key.at(move.version))
        version = move.version or None
        return {
            **row,
            "key_identifier_after": goal,
            "key_version_after": version,
            "identity_after": move.identity,
            "rotation_mode_after": move.mode,
        }
    return {
        **row,
        "key_identifier_after": now["key_identifier"],
        "key_version_after": now["key_version"],
        "identity_after": now["identity"],
        "rotation_mode_after": now["rotation_mode"],
        "last_key_rotation": now["last_key_rotation"],
    }
