# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What a report says of one registry: from what was seen of it, and nothing beyond that."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain import moment, resource_id
from ..._domain.identity import is_system
from ..._domain.key import KeyVersion, RotationPolicy
from ..health.findings import DAY, View, image_refused, lacks, worst
from ..health.observation import Finding

#: The states of a registry, the worst first. ``unseen``: nothing worse was seen, and not all could be seen.
STATES = ("error", "warning", "unseen", "no_key", "good")


@dataclasses.dataclass(frozen=True)
class ProofFacts:
    """What reading an image proved, and when. ``source``: ``now``, ``record`` or ``report`` (the last one)."""

    state: str
    at: float
    source: str
    words: str = ""

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        return {**dataclasses.asdict(self), "at": moment.iso(self.at)}

    @classmethod
    def from_result(cls, block: typing.Mapping[str, object], source: str) -> ProofFacts | None:
        """From an earlier report's JSON; None if that does not tell."""
        at = moment.epoch(str(block.get("at") or ""))
        return cls(str(block.get("state")), at, source, str(block.get("words") or "")) if at is not None else None


@dataclasses.dataclass(frozen=True)
class Due:
    """Something that falls due of a key version: ``kind`` is ``max_age`` (it reaches the age that the policy allows),
    ``expiry``, or ``rotation`` (Key Vault makes a new version); seconds since 1970."""

    at: float
    kind: str


@dataclasses.dataclass(frozen=True)
class RegistryFacts:
    """A registry with its key. None stands for what could not be seen, or is not there; moments in seconds since 1970.

    :ivar key: its key's identifier without a version.
    :ivar store: where the key is: a vault's or a Managed HSM's name.
    :ivar is_hsm: whether that is a Managed HSM.
    :ivar version: the version in use.
    :ivar created: when that was made, and ``newest_created`` when the newest one was.
    :ivar key_state: as :class:`..health.observation.Observation` has it.
    :ivar rotates: whether the key's rotation policy makes new versions.
    :ivar allowed: whether the identity can use the key.
    :ivar means: by what it can.
    :ivar unseen: what could not be looked at.
    :ivar dues: what falls due, the soonest first.
    """

    id: str
    name: str
    resource_group: str
    subscription: str
    location: str
    sku: str
    tags: tuple[tuple[str, str], ...]
    encrypted: bool
    key: str | None = None
    key_name: str | None = None
    store: str | None = None
    is_hsm: bool = False
    version: str | None = None
    newest: str | None = None
    key_state: str = "unknown"
    created: float | None = None
    newest_created: float | None = None
    not_before: float | None = None
    expires_on: float | None = None
    enabled: bool | None = None
    size: int | None = None
    key_type: str | None = None
    mode: str | None = None
    rotates: bool | None = None
    scheduled: float | None = None
    last_rotation: float | None = None
    purge_protection: bool | None = None
    retention_days: int | None = None
    access_model: str | None = None
    identity: str | None = None
    system_identity: bool | None = None
    allowed: bool | None = None
    means: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    unseen: tuple[str, ...] = ()
    dues: tuple[Due, ...] = ()
    proof: ProofFacts | None = None
    #: seconds since 1970 at which it was looked at
    now: float = 0.0

    @property
    def state(self) -> str:
        """One of :data:`STATES`; what was not seen whole is never good."""
        severity = worst(self.findings)
        if severity in ("error", "warning"):
            return severity
        if self.unseen:
            return "unseen"
        return "good" if self.encrypted else "no_key"

    @property
    def age_days(self) -> int | None:
        """Whole days since the version in use was made."""
        return None if self.created is None else int((self.now - self.created) // DAY)

    @property
    def next_due(self) -> Due | None:
        """What falls due first."""
        return self.dues[0] if self.dues else None

    @property
    def is_newest(self) -> bool | None:
        """Whether the newest version is in use."""
        return None if self.version is None or self.newest is None else self.version == self.newest

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        due = self.next_due
        plain = {
            name: getattr(self, name)
            for name in (
                "id",
                "name",
                "resource_group",
                "subscription",
                "location",
                "sku",
                "encrypted",
                "state",
                "key",
                "store",
                "version",
                "newest",
                "age_days",
                "enabled",
                "size",
                "key_type",
                "mode",
                "rotates",
                "purge_protection",
                "retention_days",
                "access_model",
                "identity",
                "allowed",
            )
        }
        return plain | {
            "tags": dict(self.tags),
            "created": moment.iso(self.created),
            "expires_on": moment.iso(self.expires_on),
            "next_due": {"at": moment.iso(due.at), "kind": due.kind} if due else None,
            "last_rotation": moment.iso(self.last_rotation),
            "means": list(self.means),
            "unseen": list(self.unseen),
            "findings": [finding.result() for finding in self.findings],
            "proof": self.proof.result() if self.proof else None,
        }


def of_view(view: View, findings: typing.Sequence[Finding], *, max_age: float | None) -> RegistryFacts:
    """The facts of one registry.

    :param view: the registry as it was seen.
    :param findings: what is wrong with it.
    :param max_age: how old a version in use may become, in seconds; None for no such rule.
    """
    registry, where = view.registry, resource_id.parse(view.registry.id)
    facts = RegistryFacts(
        id=registry.id,
        name=registry.label,
        resource_group=(where.group if where else None) or "",
        subscription=where.subscription if where else "",
        location=registry.location,
        sku=registry.sku or "",
        tags=tuple(sorted(registry.tags.items())),
        encrypted=registry.encryption is not None,
        findings=tuple(findings),
        now=view.now,
    )
    return _with_key(facts, view, max_age) if registry.encryption else facts


def with_proof(facts: RegistryFacts, proof: ProofFacts | None) -> RegistryFacts:
    """The facts with the last proof on an image; that one was refused just now is a finding."""
    if not facts.encrypted:
        return facts
    is_refused = proof is not None and (proof.source, proof.state) == ("now", "locked")
    findings = (image_refused(facts.name), *facts.findings) if is_refused else facts.findings
    return dataclasses.replace(facts, proof=proof, findings=findings)


def _with_key(facts: RegistryFacts, view: View, max_age: float | None) -> RegistryFacts:
    encryption, observation, key, newest = view.encryption, view.observation, view.in_use, view.newest
    identifier = encryption.current
    store = observation.store if observation else None
    is_whole = store is not None and not store.is_partial
    grant = observation.grant if observation else None
    scheduled = scheduled_rotation(newest, view.policy)
    return dataclasses.replace(
        facts,
        key=str(identifier.versionless) if identifier else encryption.key_identifier,
        key_name=encryption.key_name,
        store=identifier.vault if identifier else None,
        is_hsm=bool(identifier and identifier.is_hsm),
        version=encryption.key_version or (identifier.version if identifier else None) or None,
        newest=newest.version if newest else None,
        key_state=observation.key_state if observation else "unknown",
        created=key.created if key else None,
        newest_created=newest.created if newest else None,
        not_before=key.not_before if key else None,
        expires_on=key.expires_on if key else None,
        enabled=key.enabled if key else None,
        size=key.size if key else None,
        key_type=key.key_type if key else None,
        mode=encryption.rotation_mode,
        rotates=view.policy.rotates if view.policy else None,
        scheduled=scheduled,
        last_rotation=encryption.last_key_rotation,
        purge_protection=store.purge_protection if store and is_whole else None,
        retention_days=store.soft_delete_retention_days if store and is_whole else None,
        access_model=store.access if store else None,
        identity=view.registry.identity_name(encryption.identity),
        system_identity=is_system(encryption.identity),
        allowed=grant.allowed if grant else None,
        means=tuple(dict.fromkeys(one.name for one in grant.means)) if grant else (),
        unseen=tuple(lacks(view)),
        dues=_dues(key, scheduled, max_age),
    )


def scheduled_rotation(newest: KeyVersion | None, policy: RotationPolicy | None) -> float | None:
    """When Key Vault makes the next version by the key's rotation policy, in seconds since 1970.

    None where it never will, or where that cannot be seen. A time before expiry counts only where the version expires.
    """
    moments = []
    for action in policy.ordered if policy else ():
        if action.kind != "Rotate" or newest is None:
            continue
        if action.after_creation and newest.created is not None:
            moments.append(newest.created + action.after_creation.total_seconds)
        if action.before_expiry and newest.expires_on is not None:
            moments.append(newest.expires_on - action.before_expiry.total_seconds)
    return min(moments, default=None)


def _dues(key: KeyVersion | None, scheduled: float | None, max_age: float | None) -> tuple[Due, ...]:
    dues = []
    if key is not None and key.created is not None and max_age is not None:
        dues.append(Due(key.created + max_age, "max_age"))
    if key is not None and key.expires_on is not None:
        dues.append(Due(key.expires_on, "expiry"))
    if scheduled is not None:
        dues.append(Due(scheduled, "rotation"))
    return tuple(sorted(dues, key=lambda due: due.at))
