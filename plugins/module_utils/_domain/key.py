# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keys in a key store: a version of one, what it was asked for with, and its rotation policy."""

from __future__ import annotations

import dataclasses
import typing

from . import duration, moment
from . import wire as json
from .duration import Duration
from .wire import Wire


@dataclasses.dataclass(frozen=True)
class KeyVersion:
    """One version of a key. Moments are seconds since 1970.

    A list of versions gives neither type nor size nor operations: there ``key_type`` is empty and ``size`` None.

    :param key_identifier: with version, as Key Vault wrote it.
    :param size: length of the modulus in bits.
    :param recovery_level: Key Vault's ``recoveryLevel``; it holds ``Purgeable`` unless the vault has purge protection
        (Key Vault documentation, "About keys").
    """

    key_identifier: str
    key_type: str
    size: int | None
    operations: tuple[str, ...]
    enabled: bool
    created: float | None
    updated: float | None
    not_before: float | None
    expires_on: float | None
    recovery_level: str | None
    tags: dict[str, str]
    #: of a key of kind EC, with its public point
    curve: str = ""
    point: tuple[bytes, bytes] = (b"", b"")

    @property
    def _path(self) -> tuple[str, str, str]:
        store, _slash, rest = self.key_identifier.partition("/keys/")
        name, _slash, version = rest.partition("/")
        return store, name, version

    @property
    def name(self) -> str:
        """The key's name."""
        return self._path[1]

    @property
    def version(self) -> str:
        """The version's own 32 digits."""
        return self._path[2]

    @property
    def versionless_key_identifier(self) -> str:
        """The key's identifier without a version."""
        store, name, _version = self._path
        return f"{store}/keys/{name}"

    @property
    def purge_protected(self) -> bool:
        """Whether nobody can purge the key once it is deleted."""
        return "purgeable" not in (self.recovery_level or "purgeable").lower()

    @property
    def is_hardware(self) -> bool:
        """Whether it is kept in hardware."""
        return self.key_type == "RSA-HSM"

    def age(self, now: float) -> float:
        """Seconds since the version was made."""
        return now - (self.created or now)

    def result(self) -> dict[str, object]:
        """As ``keyvault_rsa_key_info`` returns it."""
        return {
            "key_identifier": self.key_identifier,
            "versionless_key_identifier": self.versionless_key_identifier,
            "name": self.name,
            "version": self.version,
            "key_type": self.key_type,
            "size": self.size,
            "operations": list(self.operations),
            "enabled": self.enabled,
            "created": moment.iso(self.created),
            "updated": moment.iso(self.updated),
            "not_before": moment.iso(self.not_before),
            "expires_on": moment.iso(self.expires_on),
            "purge_protected": self.purge_protected,
            "recovery_level": self.recovery_level,
            "tags": self.tags,
        }


@dataclasses.dataclass(frozen=True)
class KeyAttributes:
    """What a new key, or a new version, is to be like; None means Key Vault's default."""

    size: int | None = None
    hsm: bool = False
    operations: tuple[str, ...] | None = None
    not_before: float | None = None
    expires_on: float | None = None
    tags: dict[str, str] | None = None


@dataclasses.dataclass(frozen=True)
class KeyChange:
    """What is to change of a version that is there; None leaves it as it is."""

    enabled: bool | None = None
    not_before: float | None = None
    expires_on: float | None = None
    operations: tuple[str, ...] | None = None
    tags: dict[str, str] | None = None


@dataclasses.dataclass(frozen=True)
class LifetimeAction:
    """One action of a rotation policy. ``kind`` is ``Rotate`` or ``Notify``; one of the two times is given."""

    kind: str
    after_creation: Duration | None = None
    before_expiry: Duration | None = None

    @property
    def trigger(self) -> dict[str, str]:
        """The trigger as Key Vault's JSON has it."""
        times = {"timeAfterCreate": self.after_creation, "timeBeforeExpiry": self.before_expiry}
        return {name: str(time) for name, time in times.items() if time is not None}


@dataclasses.dataclass(frozen=True)
class RotationPolicy:
    """When a key makes a new version of itself, and for how long a version is valid.

    Equal policies mean the same: P1Y and P12M are one, P90D and P3M are not, and order does not matter.
    """

    actions: frozenset[LifetimeAction] = frozenset()
    expiry_time: Duration | None = None

    @classmethod
    def from_wire(cls, wire: Wire | None) -> RotationPolicy:
        """From Key Vault's JSON."""
        actions = set()
        for action in json.blocks(wire, "lifetimeActions"):
            kind = (json.text(action, "action", "type") or "").capitalize()
            after, before = (
                json.text(action, "trigger", "timeAfterCreate"),
                json.text(action, "trigger", "timeBeforeExpiry"),
            )
            actions.add(LifetimeAction(kind, _time(after), _time(before)))
        return cls(frozenset(actions), _time(json.text(wire, "attributes", "expiryTime")))

    @property
    def ordered(self) -> list[LifetimeAction]:
        """The actions, Rotate before Notify."""
        return sorted(self.actions, key=lambda action: (action.kind != "Rotate", str(action.trigger)))

    @property
    def rotates(self) -> bool:
        """Whether it makes new versions at all."""
        return any(action.kind == "Rotate" for action in self.actions)

    def shown(self) -> dict[str, object]:
        """As a diff shows it."""
        expiry = str(self.expiry_time) if self.expiry_time else None
        return {"lifetime_actions": [{one.kind: one.trigger} for one in self.ordered], "expiry_time": expiry}

    def result(self) -> dict[str, object]:
        """As ``keyvault_rsa_key_info`` returns it: in Key Vault's own words."""
        actions = [{"action": {"type": one.kind}, "trigger": one.trigger} for one in self.ordered]
        expiry = str(self.expiry_time) if self.expiry_time else None
        return {"lifetimeActions": actions, "attributes": {"expiryTime": expiry}}


def _time(text: str | None) -> Duration | None:
    return duration.parse(text, parameter="rotation_policy") if text else None


def oldest_first(versions: typing.Iterable[KeyVersion]) -> tuple[KeyVersion, ...]:
    """Versions in the order in which they were made."""
    return tuple(sorted(versions, key=lambda version: version.created or 0.0))
