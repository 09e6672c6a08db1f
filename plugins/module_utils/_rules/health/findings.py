# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What is wrong with a registry's key, or about to be: the causes of :mod:`.causes`, and what time makes a trouble.

A healthy registry gives no finding. To add one: write a function that takes a :class:`View` and returns findings, and
name it in :data:`CHECKS`.
"""

from __future__ import annotations

import dataclasses
import typing

from ..._domain import duration
from ..._domain.key import KeyVersion, RotationPolicy
from ..._domain.registry import Encryption, Registry
from ..key.policy import never_fires
from .causes import causes
from .observation import Finding, Observation

DAY = 86400
#: A registry looks for a new version within the hour (Microsoft's guide, part 3); with some grace, in seconds.
PICK_UP = 3900
SEVERITIES = ("info", "warning", "error")


@dataclasses.dataclass(frozen=True)
class Thresholds:
    """From when on something is worth a word. Ages in seconds; ``expect``: ``content_trust``, ``long_task_logs``."""

    max_age: float | None = None
    expiry_within: float = 30 * DAY
    min_size: int = 2048
    expect: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class View:
    """One registry as it was seen; None stands for what could not be seen.

    ``observation``: its way to the version in use. ``versions``: of its key, oldest first. ``policy``: the key's
    rotation policy.
    """

    registry: Registry
    observation: Observation | None
    versions: tuple[KeyVersion, ...] | None
    policy: RotationPolicy | None
    now: float
    thresholds: Thresholds

    @property
    def name(self) -> str:
        """The registry's name."""
        return self.registry.name

    @property
    def encryption(self) -> Encryption:
        """Its encryption; only an encrypted registry comes to the checks."""
        return typing.cast(Encryption, self.registry.encryption)

    @property
    def in_use(self) -> KeyVersion | None:
        """The version in use."""
        return self.observation.key if self.observation else None

    @property
    def newest(self) -> KeyVersion | None:
        """The newest version."""
        return self.versions[-1] if self.versions else None


def diagnose(view: View) -> list[Finding]:
    """Everything worth a word, the worst first."""
    if view.registry.encryption is None:
        return _plain(view)
    findings = [finding for check in CHECKS for finding in check(view)]
    return sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity))


def _plain(view: View) -> list[Finding]:
    return [
        Finding(
            "no_cmk",
            "info",
            f"The registry {view.name} is encrypted with Azure's key, not with yours.",
            "A customer-managed key can be set only at creation: ownkey.acr.move makes a new registry under your key, "
            "and copies all that this one holds.",
            "Where a policy asks for a key of your own, this registry does not fulfil it.",
        )
    ]


def _causes(view: View) -> list[Finding]:
    """What keeps it from its key. That it has the key proves a fresh role to count: that is no trouble here."""
    findings = causes(view.observation) if view.observation else []
    return [dataclasses.replace(one, severity="info") if one.code == "access_fresh" else one for one in findings]


def _purge_protection(view: View) -> list[Finding]:
    observation = view.observation
    if (
        observation is None
        or observation.store is None
        or observation.store.is_partial
        or observation.store.purge_protection
    ):
        return []
    return [
        Finding(
            "no_purge_protection",
            "warning",
            f"The {observation.place} has no purge protection.",
            "Turn it on: keyvault with purge_protection: true (a Managed HSM: az keyvault update-hsm "
            "--enable-purge-protection true). It cannot be turned off again.",
            "A deleted key could be purged, and every image would be lost with it, for good.",
        )
    ]


def _behind(view: View) -> list[Finding]:
    encryption, newest = view.encryption, view.newest
    if not encryption.is_automatic or newest is None or newest.version == encryption.key_version:
        return []
    age = newest.age(view.now)
    if age < PICK_UP or not newest.enabled:
        return []
    return [
        Finding(
            "behind_newest_version",
            "warning",
            f"The registry {view.name} is still on version {encryption.key_version}, although a newer one "
            f"({newest.version}) is {duration.words(age)} old.",
            "See the other findings; then set its key anew with cmk_rotate (pick_up: nudge), or ownkey.acr.restore.",
            "It should have followed within the hour. Something keeps it from the key, and the old version must stay "
            "enabled until it has moved.",
        )
    ]


def _versioned_with_policy(view: View) -> list[Finding]:
    if view.encryption.is_automatic or view.policy is None or not view.policy.rotates:
        return []
    return [
        Finding(
            "versioned_although_policy",
            "warning",
            f"The key {view.encryption.key_name} rotates by policy, but the registry "
            f"{view.name} is fixed to one version.",
            "Follow new versions: cmk_rotate with rotation_mode: automatic. Or rotate by hand, with ownkey.acr.rotate.",
            "It silently stays on the old version, and stops working when somebody disables that.",
        )
    ]


def _no_rotation(view: View) -> list[Finding]:
    if not view.encryption.is_automatic or view.policy is None or view.policy.rotates:
        return []
    if view.thresholds.max_age is None:
        return []
    return [
        Finding(
            "no_rotation_policy",
            "info",
            f"Nothing makes new versions of the key {view.encryption.key_name} by itself.",
            "Run ownkey.acr.rotate on a schedule, or set a rotation_policy with keyvault_rsa_key.",
            "Auditors ask for it (CIS), and a key that nobody rotates grows old.",
        )
    ]


def _never_rotates(view: View) -> list[Finding]:
    newest = view.newest
    if newest is None or not never_fires(view.policy, newest.expires_on):
        return []
    return [
        Finding(
            "rotation_never_fires",
            "warning",
            f"The key {view.encryption.key_name} rotates by its policy before expiry, and its newest version has no "
            "expiry.",
            "Set expires_on with keyvault_rsa_key, or rotate once with ownkey.acr.rotate: the policy gives the next "
            "version one.",
            "The policy looks as if it rotated the key, and never will.",
        )
    ]


def _age(view: View) -> list[Finding]:
    key, limit = view.in_use, view.thresholds.max_age
    if key is None or limit is None or key.age(view.now) < limit:
        return []
    return [
        Finding(
            "key_old",
            "warning",
            f"The version in use of the key {key.name} is {duration.words(key.age(view.now))} old; "
            f"{duration.words(limit)} are allowed.",
            "Rotate: ownkey.acr.rotate.",
            "Your own rule for the life of a key is broken.",
        )
    ]


def _expiry(view: View) -> list[Finding]:
    key = view.in_use
    expires = key.expires_on if key else None
    if key is None or expires is None or not view.now < expires < view.now + view.thresholds.expiry_within:
        return []
    return [
        Finding(
            "key_expires_soon",
            "warning",
            f"The version in use of the key {key.name} expires in {duration.words(expires - view.now)}.",
            "Rotate before: ownkey.acr.rotate; or set a later expires_on with keyvault_rsa_key.",
            "After that nothing new can be wrapped with it: pushes and rotations fail, pulls go on.",
        )
    ]


def _size(view: View) -> list[Finding]:
    key = view.in_use
    if key is None or not key.size or key.size >= view.thresholds.min_size:
        return []
    return [
        Finding(
            "key_small",
            "warning",
            f"The key {key.name} has {key.size} bits; {view.thresholds.min_size} are asked for.",
            f"Make a version of that size with keyvault_rsa_key (size: {view.thresholds.min_size}), then rotate.",
            "Your own rule for the strength of a key is broken.",
        )
    ]


def _old_versions(view: View) -> list[Finding]:
    """The version in use disabled while a newer one is not: somebody was too early."""
    key, newest = view.in_use, view.newest
    if key is None or newest is None or key.enabled or not newest.enabled:
        return []
    return [
        Finding(
            "old_version_disabled_too_early",
            "error",
            f"Version {key.version} of the key {key.name} was disabled, but the registry {view.name} still reports it.",
            "Enable it again (ownkey.acr.restore), let the registry move with cmk_rotate, then disable it.",
        )
    ]


def _content_trust(view: View) -> list[Finding]:
    name, on = view.name, (view.registry.content_trust or "").lower() == "enabled"
    findings = []
    if on or "content_trust" in view.thresholds.expect:
        findings.append(
            Finding(
                "content_trust",
                "warning",
                f"Content trust is {'on for' if on else 'expected of'} the registry {name}.",
                "Sign images otherwise (Notation); az acr config content-trust update --status disabled turns it off.",
                "It does not work on a registry with a customer-managed key.",
            )
        )
    if "long_task_logs" in view.thresholds.expect:
        findings.append(
            Finding(
                "task_logs_24_hours",
                "info",
                f"Logs of tasks that run in the registry {name} are kept for 24 hours.",
                "Send them elsewhere while they are there (az acr task logs, or a diagnostic setting).",
                "That is so on every registry with a customer-managed key.",
            )
        )
    return findings


def lacks(view: View) -> list[str]:
    """What of a registry with a customer-managed key could not be looked at, each with the right that it takes."""
    observation = view.observation
    if observation is None:
        return [f"the key ({'its key store' if view.encryption.current else 'the registry'} did not tell)"]
    parts = observation.unseen
    if observation.key_state == "there":
        parts += ["the key's versions"] if view.versions is None else []
        parts += ["the key's rotation policy"] if view.policy is None else []
        if observation.key is not None and observation.key.created is None:
            parts.append("when the key version was made (the key store does not tell)")
    return parts


def _unseen(view: View) -> list[Finding]:
    """What could not be looked at: a clean bill that nobody signed must not look like one."""
    unseen = lacks(view)
    if not unseen:
        return []
    return [
        Finding(
            "not_seen",
            "info",
            f"Of the registry {view.name} you could not see {', '.join(unseen)}.",
            "Run it as somebody who has the rights that are named, where the key store answers. When a version was "
            "made, the key store's audit log may tell.",
            "What was not seen was not checked.",
        )
    ]


def image_refused(name: str) -> Finding:
    """What only a look at an image shows: the registry's own word, whatever was seen of its key.

    :param name: the registry's.
    """
    return Finding(
        "image_refused",
        "error",
        f"The registry {name} refused to give out an image, as it cannot use its key.",
        "Mend the other findings with ownkey.acr.restore. Where there are none, look again in an hour: Azure may need "
        "as long to notice. If it stays so, the key store's audit log names the reason.",
    )


#: Every check, each a function from a view to findings.
CHECKS: tuple[typing.Callable[[View], list[Finding]], ...] = (
    _causes,
    _old_versions,
    _behind,
    _purge_protection,
    _versioned_with_policy,
    _no_rotation,
    _never_rotates,
    _age,
    _expiry,
    _size,
    _content_trust,
    _unseen,
)


def worst(findings: typing.Iterable[Finding]) -> str:
    """The worst severity, ``none`` if there is no finding."""
    levels = [SEVERITIES.index(finding.severity) for finding in findings]
    return SEVERITIES[max(levels)] if levels else "none"
