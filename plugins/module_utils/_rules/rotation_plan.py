# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Rotation: what is due, for many registries at once, in an order in which nothing can be lost.

Registries are grouped by key: one new version serves every registry on that key. The order is: the new version exists,
the identity is attached, the registry points to the new version, the registry reports it. A versionless registry
follows by itself within the hour (Microsoft's guide, part 3) or at once when its key is set anew.
"""

from __future__ import annotations

import dataclasses
import typing

from . import durations, encryption, key_facts, plan
from .clouds import Cloud
from .failure import Failure
from .key_identifier import KeyIdentifier, try_parse
from .registry_facts import Facts
from .registry_plan import Identity, identity_block

#: With ``pick_up: auto``, up to this many registries are nudged; more are waited for, by list.
NUDGE_AT_MOST = 10


@dataclasses.dataclass(frozen=True)
class Target:
    """What the registries are to run on; None means as it is. ``max_age`` is in seconds."""

    max_age: float | None = None
    key: KeyIdentifier | None = None
    identity: Identity | None = None
    rotation_mode: str | None = None
    pick_up: str = "auto"


@dataclasses.dataclass(frozen=True)
class Move:
    """What becomes of one registry. ``kind``: ``none``, ``set`` (a PATCH), ``pick_up`` (it follows by itself)."""

    registry: Facts
    key: KeyIdentifier
    mode: str
    identity: str
    kind: str
    reason: str
    attach: dict[str, typing.Any] | None = None
    version: str = ""


@dataclasses.dataclass(frozen=True)
class RotationPlan:
    """The whole: keys that get a new version, and a move for every registry. ``nudge``: do not wait an hour."""

    renew: tuple[KeyIdentifier, ...]
    moves: tuple[Move, ...]
    reasons: dict[str, str]
    nudge: bool

    @property
    def plan(self) -> plan.Plan:
        """The same as steps in words, with before and after for the diff."""
        steps = [
            plan.Step("new_version", f"make a new version of the key {key}: {self.reasons[str(key)]}")
            for key in self.renew
        ]
        before, after = {}, {}
        for move in self.moves:
            if move.kind == "none":
                continue
            name, now = move.registry["name"], move.registry["encryption"]
            if move.attach:
                steps.append(plan.Step("attach_identity", f"attach the identity to the registry {name}"))
            goal = f"{move.key.versionless} version {move.version or '(new)'}"
            verb = "have" if move.kind == "set" or self.nudge else "wait until"
            text = f"{verb} the registry {name} {'use' if verb == 'have' else 'uses'} {goal}: {move.reason}"
            steps.append(plan.Step(move.kind, text))
            before[name] = {
                "key": now["versioned_key_identifier"],
                "identity": now["identity"],
                "mode": now["rotation_mode"],
            }
            after[name] = {"key": goal, "identity": move.identity, "mode": move.mode}
        return plan.Plan(tuple(steps), before, after)


def target_key(registry: Facts, target: Target, cloud: Cloud) -> KeyIdentifier:
    """The key, without version, that a registry is to run on.

    :raises Failure: when the registry has no customer-managed key, or reports one that cannot be read.
    """
    encryption.check_existing(registry)
    key = target.key or try_parse(registry["encryption"]["key_identifier"], cloud)
    if key is None:
        raise Failure(f"The registry {registry['name']} reports no key identifier that can be read.", code="unreadable")
    return key.versionless


def make(
    registries: typing.Sequence[Facts], target: Target, keys: dict[str, key_facts.Facts], *, now: float, cloud: Cloud
) -> RotationPlan:
    """Plan for all registries together; the target is one that :func:`check` lets pass.

    :param keys: by versionless key identifier, the facts of the newest version (of the version given, if the target
        names one).
    :param now: Azure's time.
    :raises Failure: when any of it is not allowed; then nothing is to be done at all.
    """
    renew: dict[str, KeyIdentifier] = {}
    reasons: dict[str, str] = {}
    for registry in registries:
        key = target_key(registry, target, cloud)
        facts = keys[str(key)]
        reason = _due(target, facts, now)
        if reason and str(key) not in renew:
            renew[str(key)], reasons[str(key)] = key, reason
        # a disabled or expired newest version is no hindrance when it is about to be replaced
        if not reason:
            encryption.check_key(facts, now=now, parameter="registries" if target.key is None else "key_identifier")
        elif facts["key_type"] not in encryption.RSA_TYPES:
            encryption.check_key(facts, now=now)
    moves = tuple(_move(r, target, keys, renew, reasons, cloud) for r in registries)
    pick_ups = sum(move.kind == "pick_up" for move in moves)
    nudge = target.pick_up == "nudge" or (target.pick_up == "auto" and pick_ups <= NUDGE_AT_MOST)
    return RotationPlan(tuple(renew.values()), moves, reasons, nudge)


def check(target: Target) -> None:
    """What can be said of the wish alone.

    :raises Failure: for contradictions.
    """
    if target.key and target.key.version:
        if target.max_age is not None:
            raise Failure(
                "max_age and a key_identifier with a version contradict each other.",
                parameter="key_identifier",
                hint="Leave the version out, or max_age.",
                code="contradiction",
            )
        if target.rotation_mode == "automatic":
            raise Failure(
                "Automatic rotation needs a versionless key identifier.",
                parameter="key_identifier",
                hint="Leave the version out.",
                code="contradiction",
            )


def _due(target: Target, newest: key_facts.Facts, now: float) -> str:
    if target.max_age is None:
        return ""
    old = key_facts.age(newest, now)
    if old < target.max_age:
        return ""
    return f"the newest is {durations.words(max(0.0, old))} old"


def _move(
    registry: Facts,
    target: Target,
    keys: dict[str, key_facts.Facts],
    renew: dict[str, KeyIdentifier],
    reasons: dict[str, str],
    cloud: Cloud,
) -> Move:
    now = registry["encryption"]
    key = target_key(registry, target, cloud)
    there = try_parse(now["versioned_key_identifier"], cloud)
    asked_version = target.key.version if target.key else ""
    mode = target.rotation_mode or ("manual" if asked_version else None)
    if mode is None:
        # a key given without a version means automatic rotation, as Azure reads it
        mode = "automatic" if target.key else now["rotation_mode"]
    identity = target.identity.key_identity if target.identity else now["identity"]
    renewed = str(key) in renew
    stays = there is not None and there.same_key(key)
    newest = keys[str(key)]["version"]
    if renewed:
        version = ""
    elif stays and target.max_age is None and target.key is None and mode == "manual":
        version = typing.cast(KeyIdentifier, there).version
    else:
        version = newest
    reason = _reason(now, key, identity, mode, version, stays, reasons.get(str(key), ""))
    kind = "none"
    if reason:
        same_setting = stays and mode == now["rotation_mode"] and str(identity).lower() == str(now["identity"]).lower()
        kind = "pick_up" if same_setting and mode == "automatic" else "set"
    attach = _attach(registry, target) if kind == "set" else None
    return Move(registry, key, mode, str(identity), kind, reason, attach, version)


def _reason(
    now: dict[str, typing.Any],
    key: KeyIdentifier,
    identity: str | None,
    mode: str,
    version: str,
    stays: bool,
    renewed: str,
) -> str:
    if not stays:
        return f"another key than {now['key_identifier']}"
    if str(identity).lower() != str(now["identity"]).lower():
        return f"another identity than {now['identity']}"
    if mode != now["rotation_mode"]:
        return f"{mode} rotation instead of {now['rotation_mode']}"
    if renewed:
        return renewed
    if version != now["key_version"]:
        return f"it is still on version {now['key_version']}"
    return ""


def _attach(registry: Facts, target: Target) -> dict[str, typing.Any] | None:
    """The identity block of a PATCH that attaches what the registry needs first, None if it is there."""
    if target.identity is None:
        return None
    if encryption.is_system(target.identity.reference):
        return None if registry["identity"]["system_assigned"] else identity_block(registry, system=True)
    attached = {str(user["client_id"]).lower() for user in registry["identity"]["user_assigned"]}
    if str(target.identity.client_id).lower() in attached or not target.identity.resource_id:
        return None
    return identity_block(registry, add=[target.identity.resource_id])
