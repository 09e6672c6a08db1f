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

from ..._domain import duration
from ..._domain.failure import Failure
from ..._domain.identity import Identity
from ..._domain.key import KeyVersion
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.plan import Plan, Side, Step
from ..._domain.record import Subject
from ..._domain.registry import Encryption, Registry
from ..._domain.wire import Body
from ..key import fitness
from ..registry.encryption import check_existing
from ..registry.identities import identity_block
from .canary import Canary

#: Seconds for which a new version that not all registries are on is a rotation that is not over: what follows a key by
#: itself has the hour to do so, and another run, or one that was stopped, made it for them.
UNFINISHED = 3600.0
#: With ``pick_up: auto``, up to this many registries are nudged; more are waited for, by list.
NUDGE_AT_MOST = 10


@dataclasses.dataclass(frozen=True)
class Target:
    """What the registries are to run on; None means as it is. ``max_age`` is in seconds.

    With ``max_age`` a version of ``key`` is a start: a registry on another key goes to it, one on this key grows old on
    it and then gets a new one.
    """

    max_age: float | None = None
    key: KeyIdentifier | None = None
    identity: Identity | None = None
    rotation_mode: str | None = None
    pick_up: str = "auto"
    #: the key was named by vault and name, which say nothing of the mode: it stays as it is
    keeps_mode: bool = False

    @property
    def is_start(self) -> bool:
        """Whether the key's version is where registries start, and not where they stay."""
        return self.max_age is not None and self.key is not None and bool(self.key.version)


@dataclasses.dataclass(frozen=True)
class Move:
    """What becomes of one registry.

    ``kind``: ``none``, ``set`` (a PATCH), ``nudge`` (its key is set anew, so that it looks at once), ``pick_up`` (it
    follows by itself).

    :param encryption: what it reports now.
    :param identity: a client id or ``system``.
    :param attach: the ``identity`` of a PATCH that comes first, None if what is needed is attached.
    :param version: empty for one that is still to be made.
    """

    registry: Registry
    encryption: Encryption
    key: KeyIdentifier
    mode: str
    identity: str
    kind: str
    reason: str
    attach: Body | None = None
    version: str = ""
    identity_name: str = ""

    @property
    def goal_words(self) -> str:
        """The key and version that it goes to."""
        return f"{self.key.versionless} version {self.version or '(new)'}"

    @property
    def subject(self) -> Subject:
        """The registry as it is and as it is to be, for the record."""
        now, version = self.encryption, self.version or "(new)"
        before: Side = {
            "key_identifier": now.key_identifier,
            "key_version": now.key_version,
            "identity": now.identity,
            "rotation_mode": now.rotation_mode,
        }
        after: Side = {
            "key_identifier": str(self.key) if self.mode == "automatic" else str(self.key.at(version)),
            "key_version": version,
            "identity": self.identity,
            "rotation_mode": self.mode,
        }
        return Subject(self.registry.id, before, after)

    @property
    def attachment_words(self) -> str:
        """The attachment that comes first, as a step in words."""
        return f"attach the identity to the registry {self.registry.label}"


@dataclasses.dataclass(frozen=True)
class RotationPlan:
    """The whole: keys that get a new version, and a move for every registry.

    ``first``: the ids of those that come first, and must be well before anything else is begun.
    """

    renew: tuple[KeyIdentifier, ...]
    moves: tuple[Move, ...]
    reasons: dict[str, str]
    first: frozenset[str] = frozenset()

    @property
    def to_do(self) -> tuple[Move, ...]:
        """The moves that change something."""
        return tuple(move for move in self.moves if move.kind != "none")

    @property
    def stages(self) -> tuple[tuple[Move, ...], ...]:
        """What is done together, one stage after the other; a stage without moves is none."""
        first = tuple(move for move in self.to_do if move.registry.id in self.first)
        rest = tuple(move for move in self.to_do if move.registry.id not in self.first)
        return tuple(stage for stage in (first, rest) if stage)

    @property
    def plan(self) -> Plan[Step]:
        """The same as steps in words, with before and after for the diff."""
        steps = [Step("new_version", self.renewal_words(key)) for key in self.renew]
        before: Side = {}
        after: Side = {}
        for move in self.to_do:
            name, now = move.registry.label, move.encryption
            if move.attach:
                steps.append(Step("attach_identity", move.attachment_words))
            steps.append(Step(move.kind, self.move_words(move)))
            before[name] = {
                "key": now.versioned_key_identifier,
                "identity": move.registry.identity_name(now.identity),
                "mode": now.rotation_mode,
            }
            after[name] = {"key": move.goal_words, "identity": move.identity_name, "mode": move.mode}
        return Plan(tuple(steps), before, after)

    def renewal_words(self, key: KeyIdentifier) -> str:
        """A new version, as a step in words."""
        return f"make a new version of the key {key}: {self.reasons[str(key)]}"

    def move_words(self, move: Move) -> str:
        """A move, as a step in words."""
        verbs = ("wait until", "uses") if move.kind == "pick_up" else ("have", "use")
        return f"{verbs[0]} the registry {move.registry.label} {verbs[1]} {move.goal_words}: {move.reason}"


def target_key(registry: Registry, target: Target) -> KeyIdentifier:
    """The key, without version, that a registry is to run on.

    :raises Failure: when the registry has no customer-managed key, or reports one that cannot be read.
    """
    key = target.key or check_existing(registry).key
    check_existing(registry)
    if key is None:
        raise Failure(f"The registry {registry.label} reports no key identifier that can be read.", code="unreadable")
    return key.versionless


def make(
    registries: typing.Sequence[Registry],
    target: Target,
    keys: typing.Mapping[str, KeyVersion],
    *,
    now: float,
    canary: Canary | None = None,
) -> RotationPlan:
    """Plan for all registries together; the target is one that :func:`check` lets pass.

    :param keys: by versionless key identifier, the newest version; the version given, if the target names one that is
        no start.
    :param now: Azure's time.
    :param canary: which come first, None for all at once.
    :raises Failure: when any of it is not allowed; then nothing is to be done at all.
    """
    renew: dict[str, KeyIdentifier] = {}
    reasons: dict[str, str] = {}
    unfinished = _unfinished(registries, target, keys, now)
    for registry in registries:
        key = target_key(registry, target)
        newest = keys[str(key)]
        reason = "" if str(key) in unfinished else _due(target, newest, now)
        if reason and str(key) not in renew:
            renew[str(key)], reasons[str(key)] = key, reason
        # a disabled or expired newest version is no hindrance when it is about to be replaced
        if not reason:
            fitness.check_key(newest, now=now, parameter="registries" if target.key is None else "key_identifier")
        elif newest.key_type not in fitness.RSA_TYPES:
            fitness.check_key(newest, now=now)
    moves = tuple(_move(registry, target, keys, reasons) for registry in registries)
    to_do = [move.registry for move in moves if move.kind != "none"]
    if canary:
        canary.check_names(registries)
    first = frozenset(registry.id for registry in (canary.chosen(to_do) if canary else ()))
    return RotationPlan(tuple(renew.values()), _nudged(moves, target, first), reasons, first)


def _unfinished(
    registries: typing.Sequence[Registry], target: Target, keys: typing.Mapping[str, KeyVersion], now: float
) -> set[str]:
    """The keys of which a version was made so lately that what is not on it yet only has to follow."""
    names = set()
    for registry in registries:
        key, in_use = str(target_key(registry, target)), check_existing(registry).in_use
        newest = keys[key]
        is_behind = in_use is not None and str(in_use.versionless) == key and in_use.version != newest.version
        if is_behind and newest.enabled and newest.age(now) < UNFINISHED:
            names.add(key)
    return names


def _nudged(moves: tuple[Move, ...], target: Target, first: frozenset[str]) -> tuple[Move, ...]:
    """The moves, with those that are not to wait an hour set anew; few are, of the first and of the rest."""

    def are_nudged(stage: typing.Sequence[Move]) -> bool:
        return target.pick_up == "nudge" or (target.pick_up == "auto" and len(stage) <= NUDGE_AT_MOST)

    pick_ups = [move for move in moves if move.kind == "pick_up"]
    stages = [[move for move in pick_ups if (move.registry.id in first) is is_first] for is_first in (True, False)]
    nudged = {move.registry.id for stage in stages if are_nudged(stage) for move in stage}
    return tuple(dataclasses.replace(one, kind="nudge") if one.registry.id in nudged else one for one in moves)


def check(target: Target) -> None:
    """What can be said of the wish alone.

    :raises Failure: for contradictions.
    """
    if target.key and target.key.version and target.rotation_mode == "automatic":
        raise Failure(
            "Automatic rotation needs a versionless key identifier.",
            parameter="key_identifier",
            hint="Leave the version out.",
            code="contradiction",
        )


def _due(target: Target, newest: KeyVersion, now: float) -> str:
    """Why a new version is due; empty if none is."""
    if target.max_age is None or newest.age(now) < target.max_age:
        return ""
    return f"the newest is {duration.words(max(0.0, newest.age(now)))} old"


def _move(
    registry: Registry, target: Target, keys: typing.Mapping[str, KeyVersion], reasons: typing.Mapping[str, str]
) -> Move:
    encryption = check_existing(registry)
    key = target_key(registry, target)
    mode = _mode(target, encryption)
    identity = (target.identity.key_identity if target.identity else encryption.identity) or ""
    in_use = encryption.in_use
    stays = in_use is not None and in_use.same_key(key)
    if str(key) in reasons:
        version = ""
    elif target.is_start and target.key and not stays:
        version = target.key.version
    elif in_use and stays and target.max_age is None and target.key is None and mode == "manual":
        version = in_use.version
    else:
        version = keys[str(key)].version
    same_identity = identity.lower() == encryption.identity.lower()
    if not stays:
        reason = f"another key than {encryption.key_identifier}"
    elif not same_identity:
        reason = f"another identity than {registry.identity_name(encryption.identity)}"
    elif mode != encryption.rotation_mode:
        reason = f"{mode} rotation instead of {encryption.rotation_mode}"
    elif str(key) in reasons:
        reason = reasons[str(key)]
    elif version != encryption.key_version:
        reason = f"it is still on version {encryption.key_version}"
    else:
        return Move(registry, encryption, key, mode, identity, "none", "", version=version)
    identity_name = target.identity.name if target.identity else registry.identity_name(identity)
    same_setting = stays and same_identity and mode == encryption.rotation_mode
    kind = "pick_up" if same_setting and mode == "automatic" else "set"
    attach = _attach(registry, target) if kind == "set" else None
    return Move(registry, encryption, key, mode, identity, kind, reason, attach, version, identity_name)


def _mode(target: Target, encryption: Encryption) -> str:
    if target.rotation_mode:
        return target.rotation_mode
    if target.key and (target.key.version or not target.keeps_mode):
        # an identifier without a version means automatic rotation, as Azure reads it
        return "manual" if target.key.version else "automatic"
    return encryption.rotation_mode


def _attach(registry: Registry, target: Target) -> Body | None:
    """The identity block of a PATCH that attaches what the registry needs first, None if it is there."""
    identity = target.identity
    if identity is None:
        return None
    if identity.is_system:
        return None if registry.identities.system_assigned else identity_block(registry, system=True)
    if registry.identities.by_client(identity.client_id) or not identity.resource_id:
        return None
    return identity_block(registry, add=[identity.resource_id])
