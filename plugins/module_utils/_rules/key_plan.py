# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What to do so that a key is as wanted: make it, change it, give it a new version, disable it, delete it."""

from __future__ import annotations

import dataclasses
import typing

from . import durations, key_facts, moments, plan
from .encryption import NEEDED_OPERATIONS, RSA_TYPES
from .failure import Failure

SIZES = (2048, 3072, 4096)
#: What a key can do unless told otherwise: what a registry needs of it, and nothing else would be enough, but other
#: Azure services that share the key expect Key Vault's own default.
DEFAULT_OPERATIONS = ("decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey")


@dataclasses.dataclass(frozen=True)
class Desired:
    """A key as wanted; None means not asked for. Moments are seconds since 1970, ``max_age`` is in seconds.

    ``backup_made``: when the file ``backup_file`` was written, None if it is not there.
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
    rotation_policy: dict[str, typing.Any] | None = None
    import_pem: bool = False
    version: str | None = None
    backup_file: str | None = None
    backup_made: float | None = None
    restore_file: str | None = None


def check(desired: Desired) -> None:
    """What can be said of the wish alone.

    :raises Failure: for a size or a set of operations that would not do.
    """
    if desired.size is not None and desired.size not in SIZES:
        raise Failure(
            f"{desired.size} bits is not a size that Key Vault offers.",
            parameter="size",
            hint="Give 2048, 3072 or 4096.",
            code="invalid_size",
        )
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


def policy_wire(policy: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """A rotation policy as Key Vault's JSON has it, from the module's option.

    Limits (Key Vault documentation, "Configure key auto-rotation"): an expiry of at least 28 days, a rotation at least
    7 days after creation and at least 7 days before expiry.

    :param policy: ``{rotate_after_creation, rotate_before_expiry, notify_before_expiry, expiry_time}``, durations.
    :raises Failure: for contradictions and for what Key Vault would refuse.
    """
    parsed = {
        name: durations.parse(value, parameter=f"rotation_policy.{name}") for name, value in policy.items() if value
    }
    if "rotate_after_creation" in parsed and "rotate_before_expiry" in parsed:
        raise Failure(
            "rotate_after_creation and rotate_before_expiry exclude each other.",
            parameter="rotation_policy",
            hint="Give one of them.",
            code="contradiction",
        )
    if "rotate_before_expiry" in parsed and "expiry_time" not in parsed:
        raise Failure(
            "rotate_before_expiry needs expiry_time.", parameter="rotation_policy.expiry_time", code="missing_parameter"
        )
    limits = {"rotate_after_creation": 7, "rotate_before_expiry": 7, "notify_before_expiry": 7, "expiry_time": 28}
    for name, days in limits.items():
        if name in parsed and parsed[name].total_seconds < days * 86400:
            raise Failure(
                f"{name} must be at least {days} days.", parameter=f"rotation_policy.{name}", code="invalid_duration"
            )
    actions = []
    if "rotate_after_creation" in parsed:
        actions.append(_action("Rotate", "timeAfterCreate", parsed["rotate_after_creation"]))
    if "rotate_before_expiry" in parsed:
        actions.append(_action("Rotate", "timeBeforeExpiry", parsed["rotate_before_expiry"]))
    if "notify_before_expiry" in parsed:
        actions.append(_action("Notify", "timeBeforeExpiry", parsed["notify_before_expiry"]))
    expiry = str(parsed["expiry_time"]) if "expiry_time" in parsed else None
    return {"lifetimeActions": actions, "attributes": {"expiryTime": expiry}}


def _action(kind: str, trigger: str, duration: durations.Duration) -> dict[str, typing.Any]:
    return {"action": {"type": kind}, "trigger": {trigger: str(duration)}}


def _policy_meaning(wire: dict[str, typing.Any] | None) -> tuple[typing.Any, ...]:
    """A policy by its meaning: P1Y and P12M are the same, P90D and P3M are not, and order does not matter."""
    wire = wire or {}
    actions = set()
    for action in wire.get("lifetimeActions") or []:
        for trigger, text in (action.get("trigger") or {}).items():
            if text:
                kind = str((action.get("action") or {}).get("type")).lower()
                actions.add((kind, trigger, durations.parse(text, parameter="rotation_policy")))
    expiry = (wire.get("attributes") or {}).get("expiryTime")
    return frozenset(actions), durations.parse(expiry, parameter="rotation_policy") if expiry else None


def present(
    desired: Desired, known: key_facts.Facts | None, *, policy: dict[str, typing.Any] | None, now: float
) -> plan.Plan:
    """The plan for a key that is to be there.

    :param known: facts of the newest version (or of ``desired.version``), None if there is no such key.
    :param policy: the rotation policy as Key Vault's JSON has it; read only if one is wanted.
    :param now: Azure's time.
    :raises Failure: for a key of another type, or a version that is not there.
    """
    if known is None:
        if desired.version:
            text = f"The key {desired.name} has no version {desired.version}."
            raise Failure(text, parameter="version", hint="Leave version out to make the key.", code="key_missing")
        return _with_backup(desired, _restore(desired) if desired.restore_file else _create(desired), None)
    if known["key_type"] not in RSA_TYPES:
        raise Failure(
            f"The key {desired.name} is there, but of type {known['key_type']}; a registry takes RSA and RSA-HSM only.",
            parameter="name",
            hint="Choose another name for an RSA key.",
            code="not_rsa",
        )
    steps, before, after = _attributes(desired, known)
    renew = _renewal(desired, known, now)
    if renew:
        steps.append(plan.Step("new_version", f"make a new version of the key {desired.name}: {renew}", _made(desired)))
        before["version"], after["version"] = known["version"], "(new)"
    if desired.rotation_policy is not None:
        wire = policy_wire(desired.rotation_policy)
        if _policy_meaning(wire) != _policy_meaning(policy):
            steps.append(
                plan.Step("set_policy", f"set the rotation policy of the key {desired.name}", {"policy": wire})
            )
            before["rotation_policy"], after["rotation_policy"] = _policy_shown(policy), _policy_shown(wire)
    return _with_backup(desired, plan.Plan(tuple(steps), before, after), known)


def _restore(desired: Desired) -> plan.Plan:
    text = f"restore the key {desired.name} with all its versions from {desired.restore_file}"
    return plan.Plan((plan.Step("restore_key", text),), {}, {"name": desired.name, "restored": True})


def _with_backup(desired: Desired, steps: plan.Plan, known: key_facts.Facts | None) -> plan.Plan:
    """The plan, with a backup at its end where there is none yet, or none of the newest version."""
    if not desired.backup_file:
        return steps
    made = moments.epoch(known["created"]) if known else None
    fresh = desired.backup_made is not None and made is not None and desired.backup_made >= made
    new_version = any(step.action in ("create_key", "import_key", "new_version", "restore_key") for step in steps.steps)
    if fresh and not new_version:
        return steps
    step = plan.Step("back_up", f"back the key {desired.name} up to {desired.backup_file}")
    before = {**steps.before, "backup": moments.iso(desired.backup_made)}
    return plan.Plan((*steps.steps, step), before, {**steps.after, "backup": desired.backup_file})


def _policy_shown(wire: dict[str, typing.Any] | None) -> dict[str, typing.Any]:
    wire = wire or {}
    actions = [{str(a["action"]["type"]): a["trigger"]} for a in wire.get("lifetimeActions") or []]
    return {"lifetime_actions": actions, "expiry_time": (wire.get("attributes") or {}).get("expiryTime")}


def _made(desired: Desired) -> dict[str, typing.Any]:
    return {
        "size": desired.size,
        "hsm": desired.hsm,
        "operations": list(desired.operations) if desired.operations is not None else None,
        "not_before": desired.not_before,
        "expires_on": desired.expires_on,
        "tags": desired.tags,
    }


def _create(desired: Desired) -> plan.Plan:
    kind = "RSA-HSM" if desired.hsm else "RSA"
    made = _made(desired)
    if desired.import_pem:
        step = plan.Step("import_key", f"import the {kind} key {desired.name}", made)
    else:
        made["size"] = desired.size or 2048
        step = plan.Step("create_key", f"create the {kind} {made['size']} key {desired.name}", made)
    after: dict[str, typing.Any] = {"name": desired.name, "key_type": kind, "size": made["size"]}
    after |= {"tags": desired.tags or {}, "expires_on": moments.iso(desired.expires_on)}
    steps = [step]
    if desired.rotation_policy is not None:
        wire = policy_wire(desired.rotation_policy)
        steps.append(plan.Step("set_policy", f"set the rotation policy of the key {desired.name}", {"policy": wire}))
        after["rotation_policy"] = _policy_shown(wire)
    return plan.Plan(tuple(steps), {}, after)


def _attributes(
    desired: Desired, known: key_facts.Facts
) -> tuple[list[plan.Step], dict[str, typing.Any], dict[str, typing.Any]]:
    before: dict[str, typing.Any] = {}
    after: dict[str, typing.Any] = {}
    change: dict[str, typing.Any] = {}
    if not known["enabled"]:
        change["enabled"] = True
        before["enabled"], after["enabled"] = False, True
    for name in ("not_before", "expires_on"):
        wanted = getattr(desired, name)
        if wanted is not None and int(wanted) != moments.epoch(known[name]):
            change[name] = wanted
            before[name], after[name] = known[name], moments.iso(wanted)
    if desired.operations is not None and sorted(desired.operations) != known["operations"]:
        change["operations"] = list(desired.operations)
        before["operations"], after["operations"] = known["operations"], sorted(desired.operations)
    tags = plan.merged_tags(desired.tags, known["tags"], append=desired.append_tags)
    if tags is not None:
        change["tags"] = tags
        before["tags"], after["tags"] = known["tags"], tags
    if not change:
        return [], before, after
    text = f"set {plan.listed(after)} of the key {desired.name}"
    return [plan.Step("update_key", text, {"version": known["version"], **change})], before, after


def _renewal(desired: Desired, known: key_facts.Facts, now: float) -> str:
    if desired.version or desired.import_pem:
        return ""
    wanted = "RSA-HSM" if desired.hsm else None
    if wanted and known["key_type"] != wanted:
        return f"the newest one is of type {known['key_type']}, not {wanted}"
    if desired.size is not None and desired.size != known["size"]:
        return f"the newest one has {known['size']} bits, not {desired.size}"
    old = key_facts.age(known, now)
    if desired.max_age is not None and old >= desired.max_age:
        return f"the newest one is {durations.words(old)} old"
    return ""


def disable(name: str, versions: typing.Sequence[key_facts.Facts], *, version: str | None = None) -> plan.Plan:
    """The plan for a key whose versions (or one of them) are to be disabled.

    :param versions: all versions, oldest first.
    :raises Failure: when the key or the version is not there.
    """
    chosen = [v for v in versions if not version or v["version"] == version.lower()]
    if not chosen:
        what = f"version {version} of the key {name}" if version else f"key {name}"
        raise Failure(f"There is no {what}.", parameter="version" if version else "name", code="key_missing")
    enabled = [v["version"] for v in chosen if v["enabled"]]
    steps = [
        plan.Step("update_key", f"disable version {one} of the key {name}", {"version": one, "enabled": False})
        for one in enabled
    ]
    return plan.Plan(tuple(steps), {"enabled": enabled}, {"enabled": []})


def enable(versions: typing.Sequence[key_facts.Facts], *, name: str) -> plan.Plan:
    """The plan for a key all of whose versions are to be enabled."""
    disabled = [v["version"] for v in versions if not v["enabled"]]
    steps = [
        plan.Step("update_key", f"enable version {one} of the key {name}", {"version": one, "enabled": True})
        for one in disabled
    ]
    return plan.Plan(tuple(steps), {"disabled": disabled}, {"disabled": []})
