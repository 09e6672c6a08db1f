# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What to do so that a key is as wanted: make it, change it, give it a new version, disable it, delete it."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain import duration, moment, tags
from ..._domain.failure import Failure
from ..._domain.key import KeyAttributes, KeyChange, KeyVersion, RotationPolicy
from ..._domain.plan import Plan, Side, Step
from ..._domain.words import listed
from .fitness import NEEDED_OPERATIONS, RSA_TYPES
from .policy import never_fires, with_unsaid

SIZES = (2048, 3072, 4096)
#: The actions that make a key, or a version of one.
MAKING = ("create_key", "import_key", "new_version", "restore_key")


@dataclasses.dataclass(frozen=True)
class Desired:
    """A key as wanted; None means not asked for. Moments are seconds since 1970, ``max_age`` is in seconds.

    ``backup_time``: when the file ``backup_file`` was written, None if it is not there.
    """

    name: str
    size: int | None = None
    hsm: bool = False
    operations: tuple[str, ...] | None = None
    not_before: float | None = None
    expires_on: float | None = None
    tags: dict[str, str] | None = None
    append_tags: bool = True
    max_age: float | None = None
    rotation_policy: RotationPolicy | None = None
    import_pem: bool = False
    version: str | None = None
    backup_file: str | None = None
    backup_time: float | None = None
    restore_file: str | None = None

    @property
    def attributes(self) -> KeyAttributes:
        """What a version that is made is to be like."""
        return KeyAttributes(self.size, self.hsm, self.operations, self.not_before, self.expires_on, self.tags)


@dataclasses.dataclass(frozen=True)
class KeyStep(Step):
    """One change of a key.

    :param version: the version that is changed, empty for the key itself.
    :param change: of ``update_key``.
    :param attributes: of what is made.
    :param policy: of ``set_policy``.
    """

    # again, since some tools do not see what is inherited
    action: str
    text: str
    version: str = ""
    change: KeyChange = dataclasses.field(default_factory=KeyChange)
    attributes: KeyAttributes = dataclasses.field(default_factory=KeyAttributes)
    policy: RotationPolicy | None = None


KeyPlan = Plan[KeyStep]


def check(desired: Desired) -> None:
    """What can be said of the wish alone.

    :raises Failure: for a set of operations that would not do, or times that contradict each other.
    """
    missing = [op for op in NEEDED_OPERATIONS if desired.operations is not None and op not in desired.operations]
    if missing:
        raise Failure(
            f"A registry needs a key that allows {' and '.join(NEEDED_OPERATIONS)}; {' and '.join(missing)} "
            "is missing.",
            parameter="operations",
            hint="Add it, or leave operations out.",
            code="key_operations",
        )
    if desired.not_before is not None and desired.expires_on is not None and desired.expires_on <= desired.not_before:
        raise Failure("expires_on is not after not_before.", parameter="expires_on", code="contradiction")


def present(desired: Desired, newest: KeyVersion | None, *, policy: RotationPolicy | None, now: float) -> KeyPlan:
    """The plan for a key that is to be there.

    :param newest: the newest version (or ``desired.version``), None if there is no such key.
    :param policy: the rotation policy; read only if one is wanted.
    :param now: Azure's time.
    :raises Failure: for a key of another type, or a version that is not there.
    """
    if newest is None:
        if desired.version:
            text = f"The key {desired.name} has no version {desired.version}."
            raise Failure(text, parameter="version", hint="Leave version out to make the key.", code="key_missing")
        return _with_backup(desired, _restore(desired) if desired.restore_file else _create(desired, now), None)
    if newest.key_type not in RSA_TYPES:
        raise Failure(
            f"The key {desired.name} is there, but of type {newest.key_type}; a registry takes RSA and RSA-HSM only.",
            parameter="name",
            hint="Choose another name for an RSA key.",
            code="not_rsa",
        )
    before: Side = {}
    after: Side = {}
    steps = _attribute_steps(desired, newest, before, after)
    reason = _renewal_reason(desired, newest, now)
    if reason:
        _check_usable_at_once(desired, now)
        text = f"make a new version of the key {desired.name}: {reason}"
        steps.append(KeyStep("new_version", text, attributes=desired.attributes))
        before["version"], after["version"] = newest.version, "(new)"
    goal = with_unsaid(desired.rotation_policy, policy) if desired.rotation_policy is not None else policy
    if goal is not None and goal != policy:
        steps.append(_policy_step(desired.name, goal))
        before["rotation_policy"] = (policy or RotationPolicy()).shown()
        after["rotation_policy"] = goal.shown()
    return _with_backup(desired, Plan(tuple(steps), before, after), newest)


def _policy_step(name: str, policy: RotationPolicy) -> KeyStep:
    return KeyStep("set_policy", f"set the rotation policy of the key {name}", policy=policy)


def _restore(desired: Desired) -> KeyPlan:
    text = f"restore the key {desired.name} with all its versions from {desired.restore_file}"
    return Plan((KeyStep("restore_key", text),), {}, {"name": desired.name, "restored": True})


def _with_backup(desired: Desired, plan: KeyPlan, newest: KeyVersion | None) -> KeyPlan:
    """The plan, with a backup at its end where there is none yet, or none of the newest version."""
    if not desired.backup_file:
        return plan
    created = newest.created if newest else None
    fresh = desired.backup_time is not None and created is not None and desired.backup_time >= created
    if fresh and not any(step.action in MAKING for step in plan.steps):
        return plan
    step = KeyStep("back_up", f"back the key {desired.name} up to {desired.backup_file}")
    before = {**plan.before, "backup": moment.iso(desired.backup_time)}
    return Plan((*plan.steps, step), before, {**plan.after, "backup": desired.backup_file})


def _with_first_expiry(desired: Desired, attributes: KeyAttributes, now: float) -> KeyAttributes:
    """A policy gives an expiry only to versions made after it, and one that rotates before expiry needs one: the first
    version gets it here (how-to-configure-key-rotation)."""
    policy = desired.rotation_policy
    if policy is None or policy.expiry_time is None or not never_fires(policy, attributes.expires_on):
        return attributes
    return dataclasses.replace(attributes, expires_on=float(int(now) + policy.expiry_time.total_seconds))


def _create(desired: Desired, now: float) -> KeyPlan:
    kind = "RSA-HSM" if desired.hsm else "RSA"
    attributes = desired.attributes
    if desired.import_pem:
        attributes = _with_first_expiry(desired, attributes, now)
        steps = [KeyStep("import_key", f"import the {kind} key {desired.name}", attributes=attributes)]
    else:
        attributes = _with_first_expiry(desired, attributes, now)
        attributes = dataclasses.replace(attributes, size=desired.size or SIZES[0])
        text = f"create the {kind} {attributes.size} key {desired.name}"
        steps = [KeyStep("create_key", text, attributes=attributes)]
    after: Side = {"name": desired.name, "key_type": kind, "size": attributes.size}
    after |= {"tags": desired.tags or {}, "expires_on": moment.iso(attributes.expires_on)}
    if desired.rotation_policy is not None:
        steps.append(_policy_step(desired.name, desired.rotation_policy))
        after["rotation_policy"] = desired.rotation_policy.shown()
    return Plan(tuple(steps), {}, after)


def _attribute_steps(desired: Desired, newest: KeyVersion, before: Side, after: Side) -> list[KeyStep]:
    enabled = None if newest.enabled else True
    if enabled:
        before["enabled"], after["enabled"] = False, True
    not_before = _new_moment("not_before", desired.not_before, newest.not_before, before, after)
    expires_on = _new_moment("expires_on", desired.expires_on, newest.expires_on, before, after)
    operations = None
    if desired.operations is not None and sorted(desired.operations) != list(newest.operations):
        operations = desired.operations
        before["operations"], after["operations"] = list(newest.operations), sorted(operations)
    new_tags = tags.merged(desired.tags, newest.tags, append=desired.append_tags, ignore_case=False)
    if new_tags is not None:
        before["tags"], after["tags"] = newest.tags, new_tags
    change = KeyChange(enabled, not_before, expires_on, operations, new_tags)
    if change == KeyChange():
        return []
    text = f"set {listed(after)} of the key {desired.name}"
    return [KeyStep("update_key", text, version=newest.version, change=change)]


def _new_moment(name: str, wanted: float | None, current: float | None, before: Side, after: Side) -> float | None:
    """A moment that is to be set, None if it is as wanted. Key Vault keeps whole seconds."""
    if wanted is None or int(wanted) == current:
        return None
    before[name], after[name] = moment.iso(current), moment.iso(wanted)
    return wanted


def _check_usable_at_once(desired: Desired, now: float) -> None:
    """What holds for one version is not applied to the next by accident: registries would follow one that is no use.

    :raises Failure: for an expiry that is past, or a beginning that is to come.
    """
    if desired.expires_on is not None and desired.expires_on <= now:
        raise Failure(
            f"A new version is due, and with this expires_on ({moment.iso(desired.expires_on)}) it would be expired at "
            "once.",
            parameter="expires_on",
            hint="Give a later moment, or leave it out.",
            code="key_expired",
        )
    if desired.not_before is not None and desired.not_before > now:
        raise Failure(
            f"A new version is due, and registries would follow it before it is valid (not_before "
            f"{moment.iso(desired.not_before)}).",
            parameter="not_before",
            hint="Leave it out, or run this again then.",
            code="key_not_yet_valid",
        )


def _renewal_reason(desired: Desired, newest: KeyVersion, now: float) -> str:
    if desired.version or desired.import_pem:
        return ""
    if desired.hsm and not newest.is_hardware:
        return f"the newest one is of type {newest.key_type}, not RSA-HSM"
    if desired.size is not None and desired.size != newest.size:
        return f"the newest one has {newest.size} bits, not {desired.size}"
    age = newest.age(now)
    if desired.max_age is not None and age >= desired.max_age:
        return f"the newest one is {duration.words(age)} old"
    return ""


def disable(name: str, versions: typing.Sequence[KeyVersion], *, version: str | None = None) -> KeyPlan:
    """The plan for a key whose versions (or one of them) are to be disabled.

    :param versions: all versions, oldest first.
    :raises Failure: when the key or the version is not there.
    """
    meant = [one for one in versions if not version or one.version == version.lower()]
    if not meant:
        what = f"version {version} of the key {name}" if version else f"key {name}"
        raise Failure(f"There is no {what}.", parameter="version" if version else "name", code="key_missing")
    enabled = [one.version for one in meant if one.enabled]
    steps = [_switch(name, one, enabled=False) for one in enabled]
    return Plan(tuple(steps), {"enabled": enabled}, {"enabled": []})


def enable(versions: typing.Sequence[KeyVersion], *, name: str) -> KeyPlan:
    """The plan for a key all of whose versions are to be enabled."""
    disabled = [one.version for one in versions if not one.enabled]
    steps = [_switch(name, one, enabled=True) for one in disabled]
    return Plan(tuple(steps), {"disabled": disabled}, {"disabled": []})


def _switch(name: str, version: str, *, enabled: bool) -> KeyStep:
    text = f"{'enable' if enabled else 'disable'} version {version} of the key {name}"
    return KeyStep("update_key", text, version=version, change=KeyChange(enabled=enabled))


def delete(name: str, *, purge: bool, is_deleted: bool) -> KeyPlan:
    """The plan for a key that is to be gone.

    :param purge: for good, too.
    :param is_deleted: it is soft-deleted already.
    """
    steps = []
    if not is_deleted:
        steps.append(KeyStep("delete_key", f"delete the key {name} with all its versions (it stays recoverable)"))
    if purge:
        steps.append(KeyStep("purge_key", f"purge the key {name}, for good"))
    return Plan(tuple(steps), {"state": "soft-deleted" if is_deleted else "present"}, {"state": "absent"})


def attributes_like(attributes: KeyAttributes, newest: KeyVersion | None) -> KeyAttributes:
    """What is not said of a new version is as with the one before."""
    if newest is None:
        return attributes
    return dataclasses.replace(
        attributes,
        size=attributes.size if attributes.size is not None else newest.size,
        operations=attributes.operations if attributes.operations is not None else newest.operations,
        tags=attributes.tags if attributes.tags is not None else newest.tags,
        hsm=attributes.hsm or newest.is_hardware,
    )


def is_plain_rotation(attributes: KeyAttributes, newest: KeyVersion) -> bool:
    """Whether a new version is to be of the same kind, so that Key Vault's own rotation can make it."""
    same_kind = (attributes.size or newest.size) == newest.size and (not attributes.hsm or newest.is_hardware)
    plain = attributes.expires_on is None and attributes.not_before is None and attributes.operations is None
    return same_kind and plain
