# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep a key vault as wanted."""

from __future__ import annotations

import dataclasses
import typing

from .._azure import errors, sdk, vaults
from .._operation import Result, Task, planned
from .._rules import names, plan, resource_id, revocation, vault_plan
from .._rules.failure import Failure
from . import dependents, move_access
from .dependents import Dependents


def ensure(task: Task) -> Result:
    """The operation of the module ``keyvault``."""
    params, session = task.params, task.session
    name = names.check("vault", params["name"])
    group = names.check("resource group", params["resource_group"], parameter="resource_group")
    where = resource_id.ResourceId(session.subscription_id, group, resource_id.VAULT, name)
    if params["state"] == "absent":
        return _absent(task, where)
    desired = _desired(task, name)
    vault_plan.check(desired)
    known = vaults.get(session, where)
    deleted = _check_deleted(task, where) if known is None else None
    if known is not None:
        steps = vault_plan.update(desired, known)
        if params["move_access"] and "access" in steps.after:
            grants = move_access.before_switch(task, known, str(desired.access))
            steps = vault_plan.with_access_moved(steps, grants)
    elif deleted is not None:
        steps = vault_plan.create(desired, recover=True)
    else:
        steps = vault_plan.create(desired)
    if known is not None and desired.purge_protection is None and not vault_plan.facts(known)["purge_protection"]:
        task.warn(
            f"The vault {name} has no purge protection: a deleted key could be purged, and every image with it. "
            "Turning it on cannot be undone, so it takes purge_protection: true (for the playbooks "
            "acr_cmk_purge_protection)."
        )
    lost = _check_lock(task, name, steps)
    if not task.check_mode:
        rest = move_access.give_first(task, known, steps) if known else steps
        known = _apply(task, where, rest, desired) or known
    told = planned(steps, nothing=f"The vault {name} is as wanted.", check_mode=task.check_mode)
    facts = vault_plan.facts(known) if known else _predicted(task, where, desired, deleted)
    created = bool(steps.steps) and steps.steps[0].action == "put_vault"
    result = {**told, "vault": facts, "created": created, "recovered": deleted is not None}
    return {**result, **lost.show()} if lost.registries or lost.others else result


def _desired(task: Task, name: str) -> vault_plan.Desired:
    params = task.params
    return vault_plan.Desired(
        name=name,
        location=params["location"],
        tenant_id=task.session.caller["tenant_id"],
        sku=params["sku"],
        access=params["access"],
        purge_protection=params["purge_protection"],
        soft_delete_retention_days=params["soft_delete_retention_days"],
        public_network_access=params["public_network_access"],
        network_acls=params["network_acls"],
        tags=params["tags"],
        append_tags=params["append_tags"],
        creation_tags=params["creation_tags"],
    )


def _predicted(
    task: Task, where: resource_id.ResourceId, desired: vault_plan.Desired, deleted: dict[str, typing.Any] | None
) -> dict[str, typing.Any]:
    tags = deleted["properties"].get("tags") if deleted else desired.creation_tags
    return {
        "id": str(where),
        "name": where.name,
        "location": desired.location,
        "vault_uri": f"https://{task.session.cloud.vault_host(where.name)}/",
        "access": desired.access or "rbac",
        "purge_protection": desired.purge_protection is not False,
        "tags": {**(tags or {}), **(desired.tags or {})},
    }


def _check_deleted(task: Task, where: resource_id.ResourceId) -> dict[str, typing.Any] | None:
    """A vault that is not there may be soft-deleted, and then holds its name.

    :raises Failure: when it is, and recovering it was not asked for.
    """
    deleted = vaults.find_deleted(task.session, where.name)
    if deleted is None:
        return None
    properties = deleted["properties"]
    home = resource_id.parse(properties["vaultId"])
    until = properties.get("scheduledPurgeDate")
    if home and home.group.lower() != where.group.lower():
        raise Failure(
            f"The name {where.name} is held by a soft-deleted vault of the resource group {home.group}, until {until}.",
            parameter="name",
            hint=f"Recover it with resource_group: {home.group} and recover: true, or choose another name.",
            code="name_held_by_deleted_vault",
        )
    if not task.params["recover"]:
        raise Failure(
            f"The name {where.name} is held by a soft-deleted vault, with its keys, until {until}.",
            parameter="name",
            hint="Set recover: true to bring it back (role assignments on it have to be given again), or choose "
            "another name.",
            code="name_held_by_deleted_vault",
        )
    return deleted


def _check_lock(task: Task, name: str, steps: plan.Plan) -> Dependents:
    """A change of the permission model or a tighter firewall can lock registries out: needs a confirmation."""
    if not any(step.action == "lock" for step in steps.steps):
        return Dependents()
    lost = dependents.of_vault(task, task.session.cloud.vault_host(name))
    if all(vault_plan.spares_trusted_services(step) for step in steps.steps):
        # with its system-assigned identity a registry passes as a trusted service
        kept_out = tuple(known for known in lost.registries if known["encryption"].get("identity") != "system")
        lost = dataclasses.replace(lost, registries=kept_out)
    if not task.check_mode:
        what = f"changing {plan.listed(steps.after)} of the vault {name}, which can lock its registries out,"
        revocation.require_confirmation(lost.registries, task.params["confirm"], what=what, others=lost.others)
    return lost


def _apply(
    task: Task, where: resource_id.ResourceId, steps: plan.Plan, desired: vault_plan.Desired
) -> dict[str, typing.Any] | None:
    known = None
    core = sdk.module("azure.core.exceptions", "azure-core")
    for step in steps.steps:
        body = step.details["body"]
        if step.action in ("patch_vault", "lock"):
            known = vaults.patch(task.session, where, body)
            continue
        try:
            known = vaults.put(task.session, where, body, timeout=task.timeout)
        except core.HttpResponseError as error:
            raise _refused(where, error) from error
        if step.action == "recover_vault":
            more = vault_plan.update(desired, known)
            if not any(extra.action == "lock" for extra in more.steps):
                known = _apply(task, where, more, desired) or known
    return known


def _refused(where: resource_id.ResourceId, error: Exception) -> Failure:
    if errors.code_of(error) in ("VaultAlreadyExists", "ConflictError"):
        return Failure(
            f"The vault name {where.name} is taken: it is in use somewhere in Azure, or held by a deleted vault that "
            "you cannot see.",
            parameter="name",
            hint="Choose another name; vault names are unique in all of Azure.",
            code="name_taken",
            azure=errors.described(error),
        )
    return errors.failure(error, f"creating the vault {where.name}")


def _absent(task: Task, where: resource_id.ResourceId) -> Result:
    session, steps = task.session, []
    known = vaults.get(session, where)
    lost = Dependents()
    if known is not None:
        steps.append(plan.Step("delete", f"delete the vault {where.name} (it stays recoverable)"))
    deleted = vaults.find_deleted(session, where.name) if known is None and task.params["purge"] else None
    if task.params["purge"] and (known or deleted):
        _check_purge(known or deleted or {}, where.name)
        steps.append(plan.Step("purge", f"purge the vault {where.name} with all its keys, for good"))
    if steps:
        lost = dependents.of_vault(task, session.cloud.vault_host(where.name))
    result = plan.Plan(tuple(steps), {"state": "present"} if steps else {}, {"state": "absent"} if steps else {})
    if steps and not task.check_mode:
        verb = "purging" if task.params["purge"] else "deleting"
        what = f"{verb} the vault {where.name}"
        revocation.require_confirmation(lost.registries, task.params["confirm"], what=what, others=lost.others)
        location = known["location"] if known else deleted["properties"]["location"] if deleted else ""
        if known is not None:
            vaults.delete(session, where)
        if task.params["purge"]:
            vaults.purge(session, where.name, location, timeout=task.timeout)
    told = planned(result, nothing=f"The vault {where.name} does not exist.", check_mode=task.check_mode)
    return {**told, **lost.show()}


def _check_purge(known: dict[str, typing.Any], name: str) -> None:
    properties = known.get("properties") or {}
    if properties.get("enablePurgeProtection") or properties.get("purgeProtectionEnabled"):
        raise Failure(
            f"The vault {name} has purge protection: nobody can purge it before its retention ends.",
            parameter="purge",
            hint="Leave purge out.",
            code="purge_protected",
        )
