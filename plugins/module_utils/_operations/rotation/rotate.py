# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Rotate: plan for all registries together, act side by side, verify each, report each."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import errors, keys, registries
from ..._domain import duration, key_identifier
from ..._domain.failure import Failure
from ..._domain.identity import Identity, is_system
from ..._domain.key import KeyVersion
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.registry import Encryption, Registry
from ..._domain.wire import Body
from ..._domain.words import listed
from ..._operation import Result, Task, planned
from ..._rules.health.causes import causes
from ..._rules.image import proof
from ..._rules.key.fitness import check_purge_protection
from ..._rules.registry.encryption import check_existing
from ..._rules.registry.key_choice import KeyWish, needs_history, older_version
from ..._rules.registry.steps import encryption_body
from ..._rules.rotation import plan
from ..._rules.rotation.plan import Move, RotationPlan, Target
from ..access import caller
from ..health import observe
from ..identity.lookup import find_identity, key_identity
from ..image import reading
from ..key.history import is_older
from ..key_store.lookup import vault_host
from ..registry import set_key
from ..registry.lookup import registries_by_reference, settled
from .pick_up import wait_for_pick_up

#: A right that an earlier task of the same play may be about to give; check mode only warns of it.
MAY_BE_GIVEN_EARLIER = ("access_missing", "access_wrong_scope")
#: By versionless key identifier: its newest version, or the one that was asked for.
Versions = dict[str, KeyVersion]


def rotate(task: Task) -> Result:
    """The operation of the module ``cmk_rotate``."""
    target = _target(task)
    plan.check(target)
    before = _at_rest(task, registries_by_reference(task))
    target = _with_identity(task, target, before)
    versions = _versions(task, target, before)
    _check_not_older(task, target, before)
    rotation = plan.make(before, target, versions, now=task.session.now())
    _check_targets(task, target, rotation, versions)
    if task.check_mode:
        rows = [_predicted_row(move) for move in rotation.moves]
    else:
        rows = _apply(task, target, rotation, versions)
    result = planned(
        rotation.plan,
        of="keys of registries",
        nothing=_nothing_words(before, target),
        done=_done_words(rows),
        check_mode=task.check_mode,
    )
    result["registries"] = rows
    moved = [move.registry for move in rotation.moves if move.kind != "none"]
    if task.params["verify_data"] and moved and not task.check_mode:
        proofs = reading.require_readable(task, moved, after="the rotation")
        result["data"] = {name: one.result() for name, one in proofs.items()}
        result["msg"] += f" {proof.readable_words(proofs)}"
    return result


def _at_rest(task: Task, registries: typing.Sequence[Registry]) -> list[Registry]:
    """The registries once nothing is under way on them: before that nobody knows which version they will be on, and
    another one would be made for nothing."""

    def waiter(registry: Registry) -> typing.Callable[[], Registry]:
        return lambda: settled(task, registry.resource_id, registry) or registry

    return task.session.side_by_side(*(waiter(registry) for registry in registries))


def _nothing_words(registries: typing.Sequence[Registry], target: Target) -> str:
    everyone = listed(registry.label for registry in registries)
    verb = "is" if len(registries) == 1 else "are"
    if target.max_age is not None:
        return f"Nothing is due: {everyone} {verb} on a key version younger than {duration.words(target.max_age)}."
    return f"Nothing to change: {everyone} {verb} as wanted."


def _done_words(rows: typing.Sequence[Result]) -> str:
    changed = [row for row in rows if row["changed"]]
    parts = [_moved_words(row) for row in changed[:3]]
    more = f" and {len(changed) - 3} more registries" if len(changed) > 3 else ""
    return f"{'; '.join(parts)}{more}; each reports it."


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


# --- what is wanted, what is there ---------------------------------------------------------------------------------


def _target(task: Task) -> Target:
    params = task.params
    max_age = duration.parse(params["max_age"], parameter="max_age").total_seconds if params["max_age"] else None
    key = _key_of_options(task)
    if max_age is None and key is None and not params["identity"] and not params["rotation_mode"]:
        raise Failure(
            "Nothing says what to rotate.",
            parameter="max_age",
            hint="Give max_age (90d; 0d rotates in any case), key_identifier, identity or rotation_mode.",
            code="missing_parameter",
        )
    by_name = key is not None and not params["key_identifier"]
    return Target(max_age, key, None, params["rotation_mode"], params["pick_up"], keeps_mode=by_name)


def _key_of_options(task: Task) -> KeyIdentifier | None:
    """The key asked for, by its identifier or in parts."""
    params, cloud = task.params, task.session.cloud
    if params["key_identifier"]:
        return key_identifier.parse(params["key_identifier"], cloud)
    if not params["key"] or not params["vault"]:
        return None
    host = vault_host(cloud, params["vault"])
    version = f"/{params['key_version']}" if params["key_version"] else ""
    return key_identifier.parse(f"https://{host}/keys/{params['key']}{version}", cloud, parameter="key")


def _with_identity(task: Task, target: Target, registries: typing.Sequence[Registry]) -> Target:
    reference = task.params["identity"]
    if not reference:
        return target
    group = task.params["resource_group"] or registries[0].resource_id.group
    identity = find_identity(task.session, reference, group, registry=registries[0])
    if identity is None:
        raise Failure(
            f"The identity {reference} does not exist.",
            parameter="identity",
            hint="Make it with managed_identity, and give it access with keyvault_key_access.",
            code="identity_missing",
        )
    return dataclasses.replace(target, identity=identity)


def _versions(task: Task, target: Target, registries: typing.Sequence[Registry]) -> Versions:
    """The newest version (or the one asked for) of each key, each read once, side by side."""
    users = {plan.target_key(registry, target): registry for registry in registries}

    def reader(key: KeyIdentifier, registry: Registry) -> typing.Callable[[], KeyVersion]:
        exact = key.at(target.key.version) if target.key and target.key.version and not target.is_start else key
        return lambda: _read(task, exact, registry)

    versions = task.session.side_by_side(*(reader(key, registry) for key, registry in users.items()))
    return {str(key): version for key, version in zip(users, versions, strict=True)}


def _check_not_older(task: Task, target: Target, registries: typing.Sequence[Registry]) -> None:
    """A version that is named is never a way back to an older one without a word."""
    key = target.key
    if key is None or not key.version or target.is_start or task.params["allow_older_version"]:
        return
    for registry in registries:
        encryption = check_existing(registry)
        if needs_history(KeyWish(key), encryption) and encryption.in_use and is_older(task, key, encryption.in_use):
            raise older_version(key, encryption)


def _read(task: Task, key: KeyIdentifier, registry: Registry) -> KeyVersion:
    look = observe.key(task.session, key)
    if look.key is not None:
        return look.key
    if look.state == "denied":
        return caller.with_right(task, key, f"reading the key {key.name}", lambda: keys.get(task.session, key))
    identity = key_identity(task.session, registry)
    reference = check_existing(registry).identity_reference
    observation = observe.of_key(task.session, key, identity, reference=reference, registry=registry)
    parameter = "key_identifier" if task.params["key_identifier"] else "registries"
    raise observe.refuse(observation, parameter=parameter)


def _check_targets(task: Task, target: Target, rotation: RotationPlan, versions: Versions) -> None:
    """Where key or identity change, the identity must reach the key before anything is changed."""
    allowed: bool = task.params["allow_vault_without_purge_protection"] or target.key is None
    for name in {str(move.key) for move in rotation.moves if move.kind == "set"}:
        version = versions[name]
        check_purge_protection(version.key_identifier, protected=version.purge_protected, allowed_without=allowed)
    if target.key is None and target.identity is None:
        return
    checked: set[tuple[str, str]] = set()
    for move in rotation.moves:
        fresh_system = target.identity is not None and move.identity == "system" and bool(move.attach)
        if move.kind != "set" or fresh_system or (str(move.key), move.identity) in checked:
            continue
        checked.add((str(move.key), move.identity))
        identity = _identity_of(task, target, move)
        observation = observe.of_key(task.session, move.key, identity, reference=_reference(target, move.encryption))
        # a version that is about to be replaced need not be in order
        ignored = ("key_disabled", "key_expired", "key_not_yet_valid") if str(move.key) in rotation.reasons else ()
        for finding in causes(observation):
            if finding.severity != "error" or finding.code in ignored:
                continue
            if task.check_mode and finding.code in MAY_BE_GIVEN_EARLIER:
                task.assume(finding.what, finding.remedy)
            else:
                raise observe.refuse(observation, parameter="identity" if target.identity else "key_identifier")


def _reference(target: Target, encryption: Encryption) -> str:
    return target.identity.reference if target.identity else encryption.identity_reference


def _identity_of(task: Task, target: Target, move: Move) -> Identity | None:
    """The identity as this very registry has it: the system-assigned one is another for each."""
    if target.identity is not None and not is_system(target.identity.reference):
        return target.identity
    return find_identity(task.session, move.identity, None, registry=move.registry)


# --- act and verify ------------------------------------------------------------------------------------------------


class MoveFailure(typing.NamedTuple):
    """A registry that could not be moved, and why."""

    move: Move
    failure: Failure


def _apply(task: Task, target: Target, rotation: RotationPlan, versions: Versions) -> list[Result]:
    task.progress.intend(rotation.plan.words)
    renewed = task.session.side_by_side(*(_renewer(task, rotation, key, versions[str(key)]) for key in rotation.renew))
    versions = {**versions, **{str(key): version for key, version in zip(rotation.renew, renewed, strict=True)}}
    acting = [m for m in rotation.moves if m.kind == "set" or (m.kind == "pick_up" and rotation.nudge)]
    failures: list[MoveFailure] = []
    movers = [_mover(task, target, rotation, move, versions[str(move.key)], failures) for move in acting]
    moved = task.session.side_by_side(*movers)
    after = {move.registry.id: registry for move, registry in zip(acting, moved, strict=True) if registry}
    waiting = [
        (move.registry, move.key.at(versions[str(move.key)].version))
        for move in rotation.moves
        if move.kind == "pick_up" and not rotation.nudge
    ]
    after |= wait_for_pick_up(task, waiting)
    rows = [_row(move, after.get(move.registry.id) or move.registry) for move in rotation.moves]
    if failures:
        raise _partly(failures, rows)
    return rows


def _partly(failures: typing.Sequence[MoveFailure], rows: list[Result]) -> Failure:
    """Some registries could not be moved: tell which, and what became of the others."""
    move, first = failures[0]
    if len(rows) == 1:
        first.details = {**first.details, "registries": rows, "changed": any(row["changed"] for row in rows)}
        return first
    names = listed(one.move.registry.label for one in failures)
    moved = sum(row["changed"] for row in rows)
    return Failure(
        f"{names} could not be moved ({moved} others were, and nothing was disabled). {move.registry.label}: "
        f"{first.message}",
        hint=f"{first.hint or ''} Run the same task again afterwards: what is done already is left alone.".strip(),
        code=first.code,
        azure=first.azure,
        findings=first.findings,
        details={"registries": rows, "changed": bool(moved)},
    )


def _renewer(
    task: Task, rotation: RotationPlan, key: KeyIdentifier, newest: KeyVersion
) -> typing.Callable[[], KeyVersion]:
    doing = f"making a new version of the key {key.name}"

    def renew() -> KeyVersion:
        version = caller.with_right(task, key, doing, lambda: keys.renew(task.session, key, newest))
        task.progress.finish(rotation.renewal_words(key))
        return version

    return renew


def _mover(
    task: Task,
    target: Target,
    rotation: RotationPlan,
    move: Move,
    version: KeyVersion,
    failures: list[MoveFailure],
) -> typing.Callable[[], Registry | None]:
    def run() -> Registry | None:
        try:
            registry = _move(task, target, move, version)
            task.progress.finish(rotation.move_words(move))
            return registry
        except Failure as failure:
            failures.append(MoveFailure(move, failure))
            return None

    return run


def _move(task: Task, target: Target, move: Move, version: KeyVersion) -> Registry:
    registry = move.registry
    if move.attach:
        with errors.explained(f"attaching the identity to the registry {registry.label}"):
            attachment: Body = {"identity": move.attach}
            registry = registries.patch(task.session, registry.resource_id, attachment, timeout=task.timeout)
        task.progress.finish(move.attachment_words)
        if move.identity == "system":
            _check_system_right(task, move.key, registry)
    goal = move.key.at(move.version or version.version)
    identity = _identity_of(task, target, dataclasses.replace(move, registry=registry))
    body = encryption_body(str(move.key) if move.mode == "automatic" else str(goal), move.identity)
    reference = _reference(target, move.encryption)
    registry = set_key.change(task, registry, body, key=goal, identity=identity, reference=reference)
    return set_key.verify(task, registry, goal)


def _check_system_right(task: Task, key: KeyIdentifier, registry: Registry) -> None:
    """The system-assigned identity was just made: it has no right yet, unless someone gives it one now."""
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


# --- telling of it -------------------------------------------------------------------------------------------------


def _before_row(move: Move) -> Result:
    before = move.encryption
    return {
        "name": move.registry.name,
        "id": move.registry.id,
        "changed": move.kind != "none",
        "reason": move.reason or "nothing is due",
        "key_identifier_before": before.key_identifier,
        "key_version_before": before.key_version,
        "identity_before": before.identity,
        "rotation_mode_before": before.rotation_mode,
    }


def _predicted_row(move: Move) -> Result:
    """One registry's part of the result of a check."""
    if move.kind == "none":
        return _row(move, move.registry)
    goal = str(move.key) if move.mode == "automatic" else str(move.key.at(move.version))
    return {
        **_before_row(move),
        "key_identifier_after": goal,
        "key_version_after": move.version or None,
        "identity_after": move.identity,
        "rotation_mode_after": move.mode,
    }


def _row(move: Move, after: Registry) -> Result:
    """One registry's part of the result."""
    now = check_existing(after)
    row = _before_row(move)
    return {
        **row,
        "changed": row["changed"] and move.encryption != now,
        "key_identifier_after": now.key_identifier,
        "key_version_after": now.key_version,
        "identity_after": now.identity,
        "rotation_mode_after": now.rotation_mode,
        "last_key_rotation": now.result()["last_key_rotation"],
    }
