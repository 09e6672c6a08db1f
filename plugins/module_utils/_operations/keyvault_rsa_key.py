# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep an RSA key as wanted."""

from __future__ import annotations

import typing

from .._azure import errors, keys, sdk
from .._operation import Result, Task, planned
from .._rules import durations, key_facts, key_plan, moments, names, plan, revocation
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from . import backup_file, caller, dependents, pem, resolve
from .dependents import Dependents


def ensure(task: Task) -> Result:
    """The operation of the module ``keyvault_rsa_key``."""
    params = task.params
    names.check("key", params["name"])
    key = resolve.key_in(task.session.cloud, params["vault"], params["name"])
    # a Managed HSM keeps keys in hardware and nowhere else
    desired = _desired({**params, "hsm": params["hsm"] or key.is_hsm})
    key_plan.check(desired)
    if params["state"] == "absent":
        return _absent(task, key)
    if params["state"] == "disabled":
        return _disabled(task, key, desired)
    return _present(task, key, desired)


def _moment(params: dict[str, typing.Any], name: str) -> float | None:
    return moments.parse(params[name], parameter=name) if params[name] else None


def _desired(params: dict[str, typing.Any]) -> key_plan.Desired:
    max_age = durations.parse(params["max_age"], parameter="max_age").total_seconds if params["max_age"] else None
    if params["rotation_policy"]:
        key_plan.policy_wire(params["rotation_policy"])
    version = params["version"] if params["version"] and params["version"].lower() != "all" else None
    return key_plan.Desired(
        name=params["name"],
        size=params["size"],
        hsm=bool(params["hsm"]),
        operations=tuple(params["operations"]) if params["operations"] else None,
        not_before=_moment(params, "not_before"),
        expires_on=_moment(params, "expires_on"),
        tags=params["tags"],
        append_tags=params["append_tags"],
        max_age=max_age,
        rotation_policy=params["rotation_policy"],
        import_pem=bool(params["import_file"] or params["import_pem"]),
        version=version,
        backup_file=params["backup_file"],
        backup_made=backup_file.moment(params["backup_file"]) if params["backup_file"] else None,
        restore_file=params["restore_file"],
    )


# --- present -----------------------------------------------------------------------------------------------------


def _present(task: Task, key: KeyIdentifier, desired: key_plan.Desired) -> Result:
    jwk = pem.read(task.params) if desired.import_pem else None
    sealed = backup_file.read(desired.restore_file) if desired.restore_file else b""
    if desired.backup_file:
        backup_file.check_writable(desired.backup_file)
    if task.params["version"] and task.params["version"].lower() == "all":
        return _enable_all(task, key)
    known, policy, missing_vault = _read(task, key, desired)
    if known is None and not missing_vault:
        recovered = _recover_if_deleted(task, key)
        if recovered is not None:
            return recovered
    steps = key_plan.present(desired, known, policy=policy, now=task.session.now())
    if not task.check_mode:
        for step in steps.steps:
            known = _apply(task, key, step, known, jwk, sealed) or known
    told = planned(steps, nothing=f"The key {key.name} is as wanted.", check_mode=task.check_mode)
    return {**told, **_shown(key, known)}


def _shown(key: KeyIdentifier, known: key_facts.Facts | None) -> Result:
    return {"key": known, "versionless_key_identifier": str(key), "key_identifier": (known or {}).get("key_identifier")}


def _read(
    task: Task, key: KeyIdentifier, desired: key_plan.Desired
) -> tuple[key_facts.Facts | None, dict[str, typing.Any] | None, bool]:
    """The key and, if one is wanted, its rotation policy; None if it is not there.

    In check mode a vault that is not there counts as one that an earlier task would make.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    wanted = key.at(desired.version) if desired.version else key

    def read_key() -> key_facts.Facts | None:
        try:
            return keys.get(task.session, wanted)
        except core.ResourceNotFoundError:
            return None

    def read_policy() -> dict[str, typing.Any] | None:
        try:
            return keys.get_policy(task.session, key)
        except core.ResourceNotFoundError:
            return None

    doing = f"reading the key {key.name}"
    try:
        known = caller.with_right(task, key, doing, read_key)
    except Failure as failure:
        if not task.check_mode or failure.code not in ("vault_missing", "caller_denied"):
            raise
        if failure.code == "vault_missing":
            task.warn(f"There is no {key.place} yet; this check takes it that an earlier task makes it.")
        else:
            task.warn(
                f"{failure.sentence()} This check takes it that an earlier task gives it, and that the key is new."
            )
        return None, None, True
    if known is None or desired.rotation_policy is None:
        return known, None, False
    return known, caller.with_right(task, key, f"reading the rotation policy of {key.name}", read_policy), False


def _recover_if_deleted(task: Task, key: KeyIdentifier) -> Result | None:
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        if not keys.deleted(task.session, key):
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
    step = plan.Step("recover_key", f"recover the soft-deleted key {key.name} with all its versions")
    steps = plan.Plan((step,), {"state": "soft-deleted"}, {"state": "present"})
    known = None
    if not task.check_mode:
        doing = f"recovering the key {key.name}"
        caller.with_right(task, key, doing, lambda: keys.recover(task.session, key, timeout=task.timeout))
        known = caller.with_right(task, key, f"reading the key {key.name}", lambda: keys.get(task.session, key))
    return {**planned(steps, nothing="", check_mode=task.check_mode), **_shown(key, known)}


def _apply(
    task: Task,
    key: KeyIdentifier,
    step: plan.Step,
    known: key_facts.Facts | None,
    jwk: dict[str, typing.Any] | None,
    sealed: bytes,
) -> key_facts.Facts | None:
    session, made = task.session, step.details

    def change() -> key_facts.Facts | None:
        if step.action == "import_key":
            return keys.import_key(session, key, typing.cast(dict[str, typing.Any], jwk), made)
        if step.action == "restore_key":
            return keys.restore_backup(session, key, sealed)
        if step.action == "back_up":
            backup_file.write(str(task.params["backup_file"]), keys.backup(session, key), session.now())
            return None
        if step.action == "set_policy":
            keys.set_policy(session, key, made["policy"])
            return None
        if step.action == "update_key":
            given = {name: value for name, value in made.items() if name != "version"}
            return keys.update(session, key, made["version"], given)
        if step.action == "new_version" and known is not None and _as_before(made, known):
            return keys.renew(session, key, known)
        return keys.create(session, key, _like(made, known), newest=known["version"] if known else "")

    return caller.with_right(task, key, f"to {step.text}", change)


def _as_before(made: dict[str, typing.Any], known: key_facts.Facts) -> bool:
    """Whether a new version is to be of the same kind, so that Key Vault's own rotation can make it."""
    same_kind = (made["size"] or known["size"]) == known["size"] and (not made["hsm"] or known["key_type"] == "RSA-HSM")
    return same_kind and made["expires_on"] is None and made["not_before"] is None and made["operations"] is None


def _like(made: dict[str, typing.Any], known: key_facts.Facts | None) -> dict[str, typing.Any]:
    """What is not said of a new version is as with the one before."""
    if known is None:
        return made
    before = {"size": known["size"], "operations": known["operations"], "tags": known["tags"]}
    kept = {name: made[name] if made[name] is not None else value for name, value in before.items()}
    return {**made, **kept, "hsm": made["hsm"] or known["key_type"] == "RSA-HSM"}


def _versions(task: Task, key: KeyIdentifier) -> list[key_facts.Facts]:
    doing = f"listing the versions of the key {key.name}"
    return caller.with_right(task, key, doing, lambda: keys.versions(task.session, key))


def _update_all(task: Task, key: KeyIdentifier, steps: plan.Plan) -> None:
    def updater(step: plan.Step) -> typing.Callable[[], key_facts.Facts]:
        change = {"enabled": step.details["enabled"]}
        return lambda: caller.with_right(
            task, key, f"to {step.text}", lambda: keys.update(task.session, key, step.details["version"], change)
        )

    task.session.side_by_side(*(updater(step) for step in steps.steps))


def _enable_all(task: Task, key: KeyIdentifier) -> Result:
    versions = _versions(task, key)
    if not versions:
        recovered = _recover_if_deleted(task, key)
        if recovered is None:
            raise Failure(f"There is no key {key.name} in the {key.place}.", parameter="name", code="key_missing")
        if task.check_mode:
            return recovered
        again = _enable_all(task, key)
        return {**again, "changed": True, "plan": recovered["plan"] + again["plan"], "msg": recovered["msg"]}
    steps = key_plan.enable(versions, name=key.name)
    if not task.check_mode:
        _update_all(task, key, steps)
    told = planned(steps, nothing=f"Every version of the key {key.name} is enabled.", check_mode=task.check_mode)
    return {**told, "versionless_key_identifier": str(key)}


# --- disabled, absent ---------------------------------------------------------------------------------------------


def _disabled(task: Task, key: KeyIdentifier, desired: key_plan.Desired) -> Result:
    steps = key_plan.disable(key.name, _versions(task, key), version=desired.version)
    lost = dependents.of_key(task, key, version=desired.version) if steps.changed else Dependents()
    if not task.check_mode:
        what = (
            f"disabling version {desired.version} of the key {key.name}"
            if desired.version
            else f"disabling the key {key.name}"
        )
        revocation.require_confirmation(lost.registries, task.params["confirm"], what=what, others=lost.others)
        _update_all(task, key, steps)
    told = planned(steps, nothing=f"The key {key.name} is disabled.", check_mode=task.check_mode)
    return {**told, "versionless_key_identifier": str(key), **lost.show()}


def _absent(task: Task, key: KeyIdentifier) -> Result:
    session, purge = task.session, task.params["purge"]
    there = bool(_versions(task, key))
    waiting = False
    if purge and not there:
        doing = f"looking for the deleted key {key.name}"
        waiting = caller.with_right(task, key, doing, lambda: keys.deleted(session, key))
    steps = []
    if there:
        steps.append(plan.Step("delete", f"delete the key {key.name} with all its versions (it stays recoverable)"))
    if purge and (there or waiting):
        steps.append(plan.Step("purge", f"purge the key {key.name}, for good"))
    result = plan.Plan(tuple(steps), {"state": "present"} if steps else {}, {"state": "absent"} if steps else {})
    lost = dependents.of_key(task, key) if steps else Dependents()
    if steps and not task.check_mode:
        verb = "purging" if purge else "deleting"
        what = f"{verb} the key {key.name}"
        revocation.require_confirmation(lost.registries, task.params["confirm"], what=what, others=lost.others)
        if there:
            doing = f"deleting the key {key.name}"
            caller.with_right(task, key, doing, lambda: keys.delete(session, key, timeout=task.timeout))
        if purge:
            _purge(task, key)
    told = planned(result, nothing=f"There is no key {key.name}.", check_mode=task.check_mode)
    return {**told, "versionless_key_identifier": str(key), **lost.show()}


def _purge(task: Task, key: KeyIdentifier) -> None:
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        keys.purge(task.session, key)
    except core.AzureError as error:
        raise errors.failure(error, f"purging the key {key.name}") from error
