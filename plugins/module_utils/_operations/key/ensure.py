# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep an RSA key as wanted."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import keys
from ..._domain import duration, moment, names
from ..._domain.failure import Failure
from ..._domain.key import KeyVersion, RotationPolicy
from ..._domain.key_identifier import PLANNED_VERSION, KeyIdentifier
from ..._domain.plan import Plan
from ..._domain.record import Subject
from ..._operation import Params, Result, Task, planned
from ..._rules.key import plan as rules
from ..._rules.key.plan import Desired, KeyPlan, KeyStep
from ..._rules.key.policy import desired_policy, never_fires
from ..._rules.revocation.confirmation import require_confirmation
from ..access import caller
from ..dependents import search
from ..dependents.search import Dependents
from ..key_store.lookup import key_in
from . import backup_file, pem
from .apply import Material, carry_out


def ensure(task: Task) -> Result:
    """The operation of the module ``keyvault_rsa_key``."""
    params = task.params
    names.check("key", params["name"])
    key = key_in(task.session.cloud, params["vault"], params["name"])
    desired = _desired(task, key)
    rules.check(desired)
    if params["state"] == "absent":
        return _absent(task, key)
    if params["state"] == "disabled":
        return _disabled(task, key, desired)
    return _present(task, key, desired)


def _title(key: KeyIdentifier) -> str:
    return f"key {key.name} in the {key.place}"


def _moment(params: Params, name: str) -> float | None:
    return moment.parse(params[name], parameter=name) if params[name] else None


def _is_all(version: str | None) -> bool:
    return (version or "").lower() == "all"


def _desired(task: Task, key: KeyIdentifier) -> Desired:
    params = task.params
    max_age = duration.parse(params["max_age"], parameter="max_age").total_seconds if params["max_age"] else None
    return Desired(
        name=params["name"],
        size=params["size"],
        # a Managed HSM keeps keys in hardware and nowhere else
        hsm=bool(params["hsm"] or key.is_hsm),
        operations=tuple(params["operations"]) if params["operations"] else None,
        not_before=_moment(params, "not_before"),
        expires_on=_moment(params, "expires_on"),
        tags=params["tags"],
        append_tags=params["append_tags"],
        max_age=max_age,
        rotation_policy=desired_policy(params["rotation_policy"]) if params["rotation_policy"] is not None else None,
        import_pem=bool(params["import_file"] or params["import_pem"]),
        version=None if _is_all(params["version"]) else params["version"] or None,
        backup_file=params["backup_file"],
        backup_time=backup_file.moment(params["backup_file"]) if params["backup_file"] else None,
        restore_file=params["restore_file"],
    )


# --- present -----------------------------------------------------------------------------------------------------


def _present(task: Task, key: KeyIdentifier, desired: Desired) -> Result:
    material = Material(
        jwk=pem.read(task.params, hsm=desired.hsm) if desired.import_pem else {},
        sealed=backup_file.read(desired.restore_file) if desired.restore_file else b"",
        backup_file=desired.backup_file or "",
    )
    if desired.backup_file:
        backup_file.check_writable(desired.backup_file)
    if _is_all(task.params["version"]):
        return _enable_all(task, key, desired)
    look = _read(task, key, desired)
    recovery: KeyPlan = Plan()
    if look.newest is None and not look.vault_missing:
        recovery, look = _recovered(task, key, desired)
    newest = look.newest
    if task.check_mode and recovery.changed and newest is None:
        # what a deleted key of a Managed HSM is like, not everybody may see
        plan: KeyPlan = Plan()
    else:
        plan = rules.present(desired, newest, policy=look.policy, now=task.session.now())
    if never_fires(desired.rotation_policy, newest.expires_on if newest else 0.0) and desired.expires_on is None:
        task.warn(
            f"The rotation policy of the key {key.name} rotates before expiry, and its newest version has none: it "
            "never fires. Give expires_on, or rotate once (max_age: 0d)."
        )
    task.intend(plan.words, Subject.of(key, plan))
    if not task.check_mode:
        instead, newest = _made(task, key, desired, plan, newest, material)
        plan = instead if instead.changed else plan
        if plan.changed and newest is not None:
            _check_outcome(task, key, desired, newest)
    whole = Plan((*recovery.steps, *plan.steps), {**recovery.before, **plan.before}, {**recovery.after, **plan.after})
    result = planned(whole, of=_title(key), nothing=f"The key {key.name} is as wanted.", check_mode=task.check_mode)
    is_made = any(step.action in rules.MAKING for step in plan.steps)
    return {**result, **_key_result(key, newest, planned=task.check_mode and is_made)}


def _check_outcome(task: Task, key: KeyIdentifier, desired: Desired, newest: KeyVersion) -> None:
    """The version, as the last answer shows it, is as wanted; what is made at a certain age was made just now."""
    wish = dataclasses.replace(desired, max_age=None, rotation_policy=None, backup_file=None, restore_file=None)
    rest = rules.present(dataclasses.replace(wish, import_pem=False), newest, policy=None, now=task.session.now())
    task.check_outcome(rest, _title(key), _key_result(key, newest))


def _key_result(key: KeyIdentifier, newest: KeyVersion | None, *, planned: bool = False) -> Result:
    """The parts of a result that tell of the key.

    :param planned: a check foresees a version; a later task of the same check can take its identifier.
    """
    if planned:
        identifier = str(key.at(PLANNED_VERSION))
        row = newest.result() if newest else {"name": key.name, "versionless_key_identifier": str(key)}
        row |= {"version": PLANNED_VERSION, "key_identifier": identifier}
        return {"key": row, "versionless_key_identifier": str(key), "key_identifier": identifier}
    return {
        "key": newest.result() if newest else None,
        "versionless_key_identifier": str(key),
        "key_identifier": newest.key_identifier if newest else None,
    }


class _Look(typing.NamedTuple):
    """The key (None: it is not there) and, if one is wanted, its rotation policy."""

    newest: KeyVersion | None
    policy: RotationPolicy | None = None
    vault_missing: bool = False


def _read(task: Task, key: KeyIdentifier, desired: Desired) -> _Look:
    """Look at the key. In check mode a vault that is not there counts as one that an earlier task would make."""
    exact = key.at(desired.version) if desired.version else key
    doing = f"reading the key {key.name}"
    try:
        newest = caller.with_right(task, key, doing, lambda: keys.find(task.session, exact))
    except Failure as failure:
        if not task.check_mode or failure.code not in ("vault_missing", "caller_denied"):
            raise
        if failure.code == "vault_missing":
            task.assume(f"There is no {key.place} yet.", see_to="makes it")
        else:
            task.assume(failure.message, failure.hint, see_to="gives it, and that the key is new")
        return _Look(None, vault_missing=True)
    if newest is None or desired.rotation_policy is None:
        return _Look(newest)
    doing = f"reading the rotation policy of {key.name}"
    return _Look(newest, caller.with_right(task, key, doing, lambda: keys.find_policy(task.session, key)))


def _recovered(task: Task, key: KeyIdentifier, desired: Desired, *, is_known: bool = False) -> tuple[KeyPlan, _Look]:
    """A soft-deleted key of that name is brought back first, if that was asked for; then it is looked at again.

    :param is_known: Azure said that there is one, whoever may see it.
    :raises Failure: when there is one, and recovering it was not asked for.
    """
    doing = f"looking for the deleted key {key.name}"
    try:
        deleted = caller.with_right(task, key, doing, lambda: keys.deleted(task.session, key))
        if deleted is None:
            return Plan(), _Look(None)
    except Failure as failure:
        if failure.code != "caller_denied":
            raise
        # whoever may not see deleted keys learns of one by the refusal to make it anew
        if not (task.params["recover"] and (key.is_hsm or is_known)):
            return Plan(), _Look(None)
        deleted = None
    if not task.params["recover"]:
        raise _held_by_deleted(key)
    step = KeyStep("recover_key", f"recover the soft-deleted key {key.name} with all its versions")
    plan: KeyPlan = Plan((step,), {"state": "soft-deleted"}, {"state": "present"})
    if task.check_mode:
        return plan, _Look(deleted)
    task.intend(plan.words, Subject.of(key, plan))
    carry_out(task, key, plan.steps, None, Material())
    look = _read(task, key, desired)
    if look.newest is None and caller.with_right(
        task, key, f"reading the key {key.name}", lambda: keys.await_shown(task.session, key, timeout=task.timeout)
    ):
        # just after a change it may not be found for a moment: no reason to make another
        look = _read(task, key, desired)
    if look.newest is None:
        raise Failure(
            f"The key {key.name} was recovered and cannot be read yet.",
            parameter="wait_timeout",
            hint="Run the same task again.",
            code="timeout",
        )
    return plan, look


def _held_by_deleted(key: KeyIdentifier) -> Failure:
    return Failure(
        f"The key {key.name} in the {key.place} is soft-deleted, and its name cannot be used again.",
        parameter="name",
        hint="Set recover: true to bring it back with all its versions, or choose another name.",
        code="key_deleted",
    )


def _made(
    task: Task, key: KeyIdentifier, desired: Desired, plan: KeyPlan, newest: KeyVersion | None, material: Material
) -> tuple[KeyPlan, KeyVersion | None]:
    """Carry out a plan; the steps of recovering the key first, where that is what turned out to be due.

    A key that is just being deleted is neither among the keys nor among the deleted ones: making it anew is refused,
    and only then it shows.
    """
    try:
        return Plan(), carry_out(task, key, plan.steps, newest, material)
    except Failure as failure:
        if newest is not None or not failure.azure or failure.azure.code != "ObjectIsDeletedButRecoverable":
            raise
        if not task.params["recover"]:
            refusal = _held_by_deleted(key)
            refusal.azure = failure.azure
            raise refusal from failure
    recovery, look = _recovered(task, key, desired, is_known=True)
    rest = rules.present(desired, look.newest, policy=look.policy, now=task.session.now())
    task.progress.give_up(step.text for step in plan.steps)
    newest = carry_out(task, key, rest.steps, look.newest, material)
    return Plan((*recovery.steps, *rest.steps), recovery.before, {**recovery.after, **rest.after}), newest


def _versions(task: Task, key: KeyIdentifier) -> tuple[KeyVersion, ...]:
    doing = f"listing the versions of the key {key.name}"
    return caller.with_right(task, key, doing, lambda: keys.versions(task.session, key))


def _enable_all(task: Task, key: KeyIdentifier, desired: Desired) -> Result:
    versions = _versions(task, key)
    recovery: KeyPlan = Plan()
    if not versions:
        recovery, _look = _recovered(task, key, desired)
        if not recovery.changed:
            raise Failure(f"There is no key {key.name} in the {key.place}.", parameter="name", code="key_missing")
        versions = () if task.check_mode else _versions(task, key)
    plan = rules.enable(versions, name=key.name)
    task.intend(plan.words, Subject.of(key, plan))
    if not task.check_mode:
        carry_out(task, key, plan.steps, None, Material())
    plan = Plan((*recovery.steps, *plan.steps), {**recovery.before, **plan.before}, {**recovery.after, **plan.after})
    result = planned(
        plan, of=_title(key), nothing=f"Every version of the key {key.name} is enabled.", check_mode=task.check_mode
    )
    return {**result, "versionless_key_identifier": str(key)}


# --- disabled, absent ---------------------------------------------------------------------------------------------


def _disabled(task: Task, key: KeyIdentifier, desired: Desired) -> Result:
    version = desired.version
    plan = rules.disable(key.name, _versions(task, key), version=version)
    losing = search.of_key(task, key, version=version) if plan.changed else Dependents()
    if not task.check_mode:
        what = f"disabling {f'version {version} of ' if version else ''}the key {key.name}"
        require_confirmation(losing.registries, task.params["confirm"], what=what, others=losing.others)
        task.intend(plan.words, Subject.of(key, plan))
        carry_out(task, key, plan.steps, None, Material())
    result = planned(plan, of=_title(key), nothing=f"The key {key.name} is disabled.", check_mode=task.check_mode)
    return {**result, "versionless_key_identifier": str(key), **losing.result()}


def _absent(task: Task, key: KeyIdentifier) -> Result:
    session, purge = task.session, task.params["purge"]
    versions = _versions(task, key)
    deleted: KeyVersion | None = None
    if purge and not versions:
        doing = f"looking for the deleted key {key.name}"
        # one that is just being deleted is neither here nor there, and would outlive the purge that was asked for
        patience = 0.0 if task.check_mode else min(keys.DELETION / 2, task.timeout)
        if caller.with_right(task, key, doing, lambda: keys.await_deleted(session, key, timeout=patience)) is not None:
            deleted = caller.with_right(task, key, doing, lambda: keys.deleted(session, key))
    if purge and any(version.purge_protected for version in (*versions, *([deleted] if deleted else []))):
        raise Failure(
            f"The key {key.name} cannot be purged: the {key.place} has purge protection, so it stays recoverable until "
            "its retention ends. Nothing was deleted.",
            parameter="purge",
            hint="Leave purge out.",
            code="purge_protected",
        )
    plan: KeyPlan = Plan()
    losing = Dependents()
    if versions or deleted:
        plan = rules.delete(key.name, purge=purge, is_deleted=not versions)
        losing = search.of_key(task, key)
    if plan.changed and not task.check_mode:
        what = f"{'purging' if purge else 'deleting'} the key {key.name}"
        require_confirmation(losing.registries, task.params["confirm"], what=what, others=losing.others)
        task.intend(plan.words, Subject.of(key, plan))
        carry_out(task, key, plan.steps, None, Material())
    result = planned(plan, of=_title(key), nothing=f"There is no key {key.name}.", check_mode=task.check_mode)
    return {**result, "versionless_key_identifier": str(key), **losing.result()}
