# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep a key vault as wanted."""

from __future__ import annotations

import dataclasses

from ..._azure import errors, groups, role_assignments, sdk, vaults
from ..._domain import names, resource_id
from ..._domain.failure import Failure
from ..._domain.identity import is_system
from ..._domain.key_store import DeletedKeyStore, NetworkAcls, Vault
from ..._domain.plan import Plan
from ..._domain.record import Subject
from ..._domain.registry import Registry
from ..._domain.resource import Resource
from ..._domain.resource_id import ResourceId
from ..._domain.role import HARMLESS_ROLES
from ..._domain.words import listed
from ..._operation import Result, Task, planned
from ..._rules.key_store import plan as rules
from ..._rules.key_store.plan import Desired, VaultPlan, VaultStep
from ..._rules.revocation.confirmation import require_confirmation
from .. import regions
from ..dependents import search
from ..dependents.search import Dependents
from . import move_access


def ensure(task: Task) -> Result:
    """The operation of the module ``keyvault``."""
    params, session = task.params, task.session
    name = names.check("vault", params["name"])
    group = names.check("resource group", params["resource_group"], parameter="resource_group")
    where = ResourceId(session.subscription_id, group, resource_id.VAULT, name)
    if params["state"] == "absent":
        return _absent(task, where)
    desired = _desired(task, name)
    vault = vaults.get(session, where)
    if vault is None and not task.check_mode:
        # else the name would be taken, by another task of this run
        task.hold(f"the vault {where}")
    deleted = _deleted(task, where) if vault is None else None
    if vault is None and deleted is None:
        _check_name(task, name)
    plan = _plan(task, desired, vault, deleted)
    if vault is not None and desired.purge_protection is None and not vault.purge_protection:
        task.warn(
            f"The vault {name} has no purge protection: a deleted key could be purged, and every image with it. "
            "Turning it on cannot be undone, so it takes purge_protection: true (for the playbooks "
            "acr_cmk_purge_protection)."
        )
    losing = _check_lock(task, name, vault, plan)
    if not task.check_mode:
        if plan.changed:
            task.hold(f"the vault {where}")
        vault = _apply(task, where, vault, plan, desired)
        if plan.changed and vault is not None:
            task.check_outcome(rules.update(desired, vault), f"vault {name}", {"vault": vault.result()})
    result = planned(plan, of=f"vault {name}", nothing=f"The vault {name} is as wanted.", check_mode=task.check_mode)
    result["vault"] = vault.result() if vault else _predicted(task, where, desired, deleted)
    result["created"] = bool(plan.steps) and plan.steps[0].action == "put_vault"
    result["recovered"] = deleted is not None
    return {**result, **losing.result()} if losing.registries or losing.others else result


def _check_name(task: Task, name: str) -> None:
    refusal = task.name_refusal(name, lambda: vaults.name_refusal(task.session, name))
    if refusal:
        raise _name_taken(name, refusal)


def _name_taken(name: str, answer: str) -> Failure:
    return Failure(
        f"The vault name {name} is taken: it is in use somewhere in Azure, or held by a deleted vault that you cannot "
        f"see. Azure says: {answer}",
        parameter="name",
        hint="Choose another name; vault names are unique in all of Azure.",
        code="name_taken",
    )


def _desired(task: Task, name: str) -> Desired:
    params = task.params
    acls = params["network_acls"]
    return Desired(
        name=name,
        location=params["location"],
        tenant_id=task.session.caller.tenant_id,
        sku=params["sku"],
        access=params["access"],
        purge_protection=params["purge_protection"],
        soft_delete_retention_days=params["soft_delete_retention_days"],
        public_network_access=params["public_network_access"],
        network_acls=None
        if acls is None
        else NetworkAcls(
            default_action=acls.get("default_action") or "Deny",
            bypass=acls.get("bypass") or "AzureServices",
            ip_rules=tuple(acls.get("ip_rules") or ()),
            virtual_network_rules=tuple(acls.get("virtual_network_rules") or ()),
        ),
        tags=params["tags"],
        append_tags=params["append_tags"],
        creation_tags=params["creation_tags"],
    )


def _plan(task: Task, desired: Desired, vault: Vault | None, deleted: DeletedKeyStore | None) -> VaultPlan:
    if vault is None:
        if deleted is None:
            regions.check(task, desired.location)
        return rules.recover(desired, deleted) if deleted else rules.create(desired)
    plan = rules.update(desired, vault)
    if task.params["move_access"] and "access" in plan.after:
        grants = move_access.missing_grants(task, vault, str(desired.access))
        plan = rules.with_access_moved(plan, grants)
    return plan


def _predicted(task: Task, where: ResourceId, desired: Desired, deleted: DeletedKeyStore | None) -> Result:
    """The vault that a check foresees."""
    tags = deleted.tags if deleted else desired.creation_tags
    return {
        "id": str(where),
        "name": where.name,
        "location": desired.location,
        "vault_uri": f"https://{task.session.cloud.vault_host(where.name)}/",
        "access": desired.access or "rbac",
        "purge_protection": desired.purge_protection is not False,
        "tags": {**(tags or {}), **(desired.tags or {})},
    }


def _deleted(task: Task, where: ResourceId) -> DeletedKeyStore | None:
    """A vault that is not there may be soft-deleted, and then holds its name.

    :raises Failure: when it is, and recovering it was not asked for.
    """
    deleted = vaults.find_deleted(task.session, where.name)
    if deleted is None:
        return None
    home, until = deleted.resource_id, deleted.scheduled_purge
    if home:
        check_group(task, deleted, home)
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


def _rights_that_stop(task: Task, vault: Vault) -> list[Resource]:
    """The access policies, or the roles given at the vault, that would not count any more; named by object id.

    :raises Failure: when the roles cannot be listed.
    """
    if vault.rbac:
        assignments = role_assignments.at_scope(task.session, vault.id)
        return [
            Resource(one.principal_id, one.id, "microsoft.authorization/roleassignments", "role assignment of")
            for one in assignments
            if one.role not in HARMLESS_ROLES
        ]
    return [
        Resource(one.object_id, f"{vault.id}#{one.object_id}", "accesspolicy", f"access policy ({one.words()}) of")
        for one in vault.policies
    ]


def check_group(task: Task, deleted: DeletedKeyStore, home: ResourceId) -> None:
    """A deleted vault comes back into the resource group of its own name only.

    Source: Key Vault documentation, "Azure Key Vault recovery management". Whoever may not look learns it from Azure.

    :param home: the resource id that it had.
    :raises Failure: when that group is gone.
    """
    try:
        if groups.get(task.session, home.group, home.subscription) is not None:
            return
    except Failure as failure:
        if failure.status != 403:
            raise
        return
    raise Failure(
        f"The resource group {home.group} of the soft-deleted vault {home.name} is gone; the vault can come back only "
        "into a group of that name.",
        parameter="resource_group",
        hint=f"Make it again first: az group create --name {home.group} --location {deleted.location} --subscription "
        f"{home.subscription}",
        code="group_missing",
    )


def _check_lock(task: Task, name: str, vault: Vault | None, plan: VaultPlan) -> Dependents:
    """A change of the permission model or a tighter firewall can lock registries out: needs a confirmation."""
    moved = [step for step in plan.steps if step.action == "patch_vault" and "access" in step.locks]
    for right in _rights_that_stop(task, vault) if moved and vault else ():
        if right.name not in {step.principal_id for step in plan.steps}:
            task.warn(f"The {right.kind} {right.name} at the vault {name} does not count any more after the move.")
    locking = [step for step in plan.steps if step.action == "lock"]
    if not locking or vault is None:
        return Dependents()
    losing = search.of_vault(task, task.session.cloud.vault_host(name))
    if any("access" in step.locks for step in locking):
        # whoever has a right by the model that stops counting loses it, applications that we know nothing of too
        others = {one.id.lower(): one for one in (*losing.others, *_rights_that_stop(task, vault))}
        losing = dataclasses.replace(losing, others=tuple(others.values()))
    if all(step.spares_trusted_services for step in locking):
        # with its system-assigned identity a registry passes as a trusted service
        kept_out = tuple(registry for registry in losing.registries if not _passes_as_trusted(registry))
        losing = dataclasses.replace(losing, registries=kept_out)
    if not task.check_mode:
        what = f"changing {listed(plan.after)} of the vault {name}, which can lock its registries out,"
        require_confirmation(losing.registries, task.params["confirm"], what=what, others=losing.others)
    return losing


def _passes_as_trusted(registry: Registry) -> bool:
    return registry.encryption is not None and is_system(registry.encryption.identity)


def _apply(task: Task, where: ResourceId, vault: Vault | None, plan: VaultPlan, desired: Desired) -> Vault | None:
    """Make the steps; returns the vault as it is then."""
    grants = [step for step in plan.steps if step.action == "grant"]
    task.intend(plan.words, Subject.of(where, plan))
    for step in grants:
        if vault is not None:
            move_access.give(task, vault, step)
            task.progress.finish(step.text)
    if any(step.model == "rbac" for step in grants):
        move_access.wait_until_given(task)
    for step in plan.steps:
        if step.action in ("patch_vault", "lock"):
            vault = vaults.patch(task.session, where, step.body)
            task.progress.finish(step.text)
        elif step.action in ("put_vault", "recover_vault"):
            vault = _put(task, where, step)
            task.progress.finish(step.text)
        if step.action == "recover_vault" and vault is not None:
            rest = rules.update(desired, vault)
            if not any(more.action == "lock" for more in rest.steps):
                vault = _apply(task, where, vault, rest, desired)
    return vault


def _put(task: Task, where: ResourceId, step: VaultStep) -> Vault:
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        return vaults.put(task.session, where, step.body, timeout=task.timeout)
    except core.AzureError as error:
        raise _refused(where, error) from error


def _refused(where: ResourceId, error: Exception) -> Failure:
    if errors.is_taken_vault_name(error):
        failure = _name_taken(where.name, errors.message_of(error))
        failure.azure = errors.described(error)
        return failure
    return errors.failure(error, f"creating the vault {where.name}")


def _absent(task: Task, where: ResourceId) -> Result:
    session, purge = task.session, task.params["purge"]
    vault = vaults.get(session, where)
    if vault is None and not task.check_mode:
        # else the name would be taken, by another task of this run
        task.hold(f"the vault {where}")
    deleted = vaults.find_deleted(session, where.name) if vault is None and purge else None
    plan: VaultPlan = Plan()
    losing = Dependents()
    if vault or deleted:
        if purge and ((vault and vault.purge_protection) or (deleted and deleted.purge_protected)):
            raise _purge_protected(where.name)
        plan = rules.delete(where.name, purge=purge, is_deleted=vault is None)
        losing = search.of_vault(task, session.cloud.vault_host(where.name))
    if plan.changed and not task.check_mode:
        what = f"{'purging' if purge else 'deleting'} the vault {where.name}"
        require_confirmation(losing.registries, task.params["confirm"], what=what, others=losing.others)
        location = vault.location if vault else deleted.location if deleted else ""

        def make(step: VaultStep) -> None:
            if step.action == "delete":
                vaults.delete(session, where)
            else:
                vaults.purge(session, where.name, location, timeout=task.timeout)

        task.intend(plan.words, Subject.of(where, plan))
        task.carry_out(plan.steps, make)
    result = planned(
        plan, of=f"vault {where.name}", nothing=f"The vault {where.name} does not exist.", check_mode=task.check_mode
    )
    return {**result, **losing.result()}


def _purge_protected(name: str) -> Failure:
    return Failure(
        f"The vault {name} has purge protection: nobody can purge it before its retention ends.",
        parameter="purge",
        hint="Leave purge out.",
        code="purge_protected",
    )
