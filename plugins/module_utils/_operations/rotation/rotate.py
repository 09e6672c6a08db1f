# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Rotate: plan for all registries together, act side by side, verify each, report each."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import keys
from ..._domain import duration, key_identifier
from ..._domain.failure import Failure
from ..._domain.key import KeyVersion
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.registry import Registry
from ..._operation import Result, Task
from ..._rules.health.causes import causes
from ..._rules.health.observation import Observation
from ..._rules.key.fitness import check_purge_protection
from ..._rules.registry.encryption import check_existing
from ..._rules.registry.key_choice import KeyWish, needs_history, older_version
from ..._rules.rotation import canary, plan
from ..._rules.rotation.canary import Canary
from ..._rules.rotation.plan import Move, RotationPlan, Target
from ..access import caller
from ..health import observe
from ..identity.lookup import find_identity, key_identity
from ..key.history import is_older
from ..key_store.lookup import vault_host
from ..registry.lookup import at_rest, registries_by_reference
from .carry_out import Rotation, identity_of, reference
from .rows import Telling

#: A right that an earlier task of the same play may be about to give; check mode only warns of it.
MAY_BE_GIVEN_EARLIER = ("access_missing", "access_wrong_scope")
#: By versionless key identifier: its newest version, or the one that was asked for.
Versions = dict[str, KeyVersion]


def rotate(task: Task) -> Result:
    """The operation of the module ``cmk_rotate``."""
    target = _target(task)
    plan.check(target)
    first = canary.canary(task.params["canary"] or [])
    registries = registries_by_reference(task, with_all=True)
    telling = Telling()
    for _again in range(_PASSES):
        if not registries:
            break
        registries = _pass(task, target, first, registries, telling)
    return telling.result(task, target)


#: How often what somebody else changed meanwhile is planned anew.
_PASSES = 3


def _pass(
    task: Task, target: Target, first: Canary | None, registries: typing.Sequence[Registry], telling: Telling
) -> list[Registry]:
    """Plan for some registries together, and carry it out; those that somebody else changed meanwhile are left."""
    before = at_rest(task, registries)
    target = _with_identity(task, target, before)
    versions = _versions(task, target, before)
    _check_not_older(task, target, before)
    rotation = plan.make(before, target, versions, now=task.session.now(), canary=None if telling.rows else first)
    _check_targets(task, target, rotation, versions)
    if task.check_mode:
        telling.foretell(rotation)
        return []
    work = Rotation(task, target, rotation, versions)
    work.carry_out()
    return telling.tell(rotation, work)


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
    checked: dict[tuple[str, str], Move] = {}
    for move in rotation.moves:
        fresh_system = target.identity is not None and move.identity == "system" and bool(move.attach)
        if move.kind == "set" and not fresh_system:
            who = move.registry.id if move.identity == "system" else move.identity
            checked.setdefault((str(move.key), who), move)

    def looker(move: Move) -> typing.Callable[[], Observation]:
        identity = identity_of(task, target, move.registry, move.identity)
        named = reference(target, move.encryption)
        return lambda: observe.of_key(task.session, move.key, identity, reference=named)

    observations = task.session.side_by_side(*(looker(move) for move in checked.values()))
    for move, observation in zip(checked.values(), observations, strict=True):
        # a version that is about to be replaced need not be in order
        ignored = ("key_disabled", "key_expired", "key_not_yet_valid") if str(move.key) in rotation.reasons else ()
        for finding in causes(observation):
            if finding.severity != "error" or finding.code in ignored:
                continue
            if task.check_mode and finding.code in MAY_BE_GIVEN_EARLIER:
                task.assume(finding.what, finding.remedy)
            else:
                raise observe.refuse(observation, parameter="identity" if target.identity else "key_identifier")
