# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep an RSA key as wanted."""

from __future__ import annotations

import typing

from ..._azure import errors, keys, sdk
from ..._domain import duration, moment, names
from ..._domain.failure import Failure
from ..._domain.key import KeyVersion, RotationPolicy
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.plan import Plan
from ..._operation import Params, Result, Task, planned
from ..._rules.key import plan as rules
from ..._rules.key.plan import Desired, KeyPlan, KeyStep
from ..._rules.key.policy import desired_policy
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
        return _enable_all(task, key)
    look = _read(task, key, desired)
    newest = look.newest
    if newest is None and not look.vault_missing:
        recovery = _recover_if_deleted(task, key)
        if recovery is not None:
            return recovery
    plan = rules.present(desired, newest, policy=look.policy, now=task.session.now())
    if not task.check_mode:
        newest = carry_out(task, key, plan.steps, newest, material)
    result = planned(plan, nothing=f"The key {key.name} is as wanted.", check_mode=task.check_mode)
    return {**result, **_key_result(key, newest)}


def _key_result(key: KeyIdentifier, newest: KeyVersion | None) -> Result:
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
            task.warn(f"There is no {key.place} yet; this check takes it that an earlier task makes it.")
        else:
            task.warn(
                f"{failure.sentence()} This check takes it that an earlier task gives it, and that the key is new."
            )
        return _Look(None, vault_missing=True)
    if newest is None or desired.rotation_policy is None:
        return _Look(newest)
    doing = f"reading the rotation policy of {key.name}"
    return _Look(newest, caller.with_right(task, key, doing, lambda: keys.find_policy(task.session, key)))


def _recover_if_deleted(task: Task, key: KeyIdentifier) -> Result | None:
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        if not keys.is_deleted(task.session, key):
            return None
    except core.AzureError as error:
        # whoever may not see deleted keys learns of one by the refusal to make it anew
        if not (task.params["recover"] and key.is_hsm and errors.is_denied(error)):
            return None
    if not task.params["recover"]:
        raise Failure(
            f"The key {key.name} in the {key.place} is soft-deleted, and its name cannot be used again.",
            parameter="name",
            hint="Set recover: true to bring it back with all its versions, or choose another name.",
            code="key_deleted",
        )
    step = KeyStep("recover_key", f"recover the soft-deleted key {key.name} with all its versions")
    plan: KeyPlan = Plan((step,), {"state": "soft-deleted"}, {"state": "present"})
    newest = None if task.check_mode else carry_out(task, key, plan.steps, None, Material())
    return {**planned(plan, nothing="", check_mode=task.check_mode), **_key_result(key, newest)}


def _versions(task: Task, key: KeyIdentifier) -> tuple[KeyVersion, ...]:
    doing = f"listing the versions of the key {key.name}"
    return caller.with_right(task, key, doing, lambda: keys.versions(task.session, key))


def _enable_all(task: Task, key: KeyIdentifier) -> Result:
    versions = _versions(task, key)
    if not versions:
        recovery = _recover_if_deleted(task, key)
        if recovery is None:
            raise Failure(f"There is no key {key.name} in the {key.place}.", parameter="name", code="key_missing")
        if task.check_mode:
            return recovery
        again = _enable_all(task, key)
        return {**again, "changed": True, "plan": recovery["plan"] + again["plan"], "msg": recovery["msg"]}
    plan = rules.enable(versions, name=key.name)
    if not task.check_mode:
        carry_out(task, key, plan.steps, None, Material())
    result = planned(plan, nothing=f"Every version of the key {key.name} is enabled.", check_mode=task.check_mode)
    return {**result, "versionless_key_identifier": str(key)}


# --- disabled, absent ---------------------------------------------------------------------------------------------


def _disabled(task: Task, key: KeyIdentifier, desired: Desired) -> Result:
    version = desired.version
    plan = rules.disable(key.name, _versions(task, key), version=version)
    losing = search.of_key(task, key, version=version) if plan.changed else Dependents()
    if not task.check_mode:
        what = f"disabling {f'version {version} of ' if version else ''}the key {key.name}"
        require_confirmation(losing.registries, task.params["confirm"], what=what, others=losing.others)
        carry_out(task, key, plan.steps, None, Material())
    result = planned(plan, nothing=f"The key {key.name} is disabled.", check_mode=task.check_mode)
    return {**result, "versionless_key_identifier": str(key), **losing.result()}


def _absent(task: Task, key: KeyIdentifier) -> Result:
    session, purge = task.session, task.params["purge"]
    is_there = bool(_versions(task, key))
    is_deleted = False
    if purge and not is_there:
        doing = f"looking for the deleted key {key.name}"
        is_deleted = caller.with_right(task, key, doing, lambda: keys.is_deleted(session, key))
    plan: KeyPlan = Plan()
    losing = Dependents()
    if is_there or is_deleted:
        plan = rules.delete(key.name, purge=purge, is_deleted=is_deleted)
        losing = search.of_key(task, key)
    if plan.changed and not task.check_mode:
        what = f"{'purging' if purge else 'deleting'} the key {key.name}"
        require_confirmation(losing.registries, task.params["confirm"], what=what, others=losing.others)
        carry_out(task, key, plan.steps, None, Material())
    result = planned(plan, nothing=f"There is no key {key.name}.", check_mode=task.check_mode)
    return {**result, "versionless_key_identifier": str(key), **losing.result()}
