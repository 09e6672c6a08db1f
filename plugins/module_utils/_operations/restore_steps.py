# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The steps of a restoration, each as Azure is asked to make it."""

from __future__ import annotations

import typing

from .._azure import errors, identities, keys, managed_hsms, registries, sdk, vaults
from .._operation import Task
from .._rules import plan, registry_plan, resource_id
from .._rules.registry_facts import Facts, facts
from .._rules.registry_plan import Identity
from .._rules.restoration import Situation
from . import access_ways, caller, set_key


def apply(task: Task, step: plan.Step, situation: Situation) -> None:
    """Make one step.

    :raises Failure: when Azure refuses.
    """
    _STEPS[step.action](task, step, situation)


def _recover_vault(task: Task, step: plan.Step, _situation: Situation) -> None:
    core = sdk.module("azure.core.exceptions", "azure-core")
    properties = step.details["deleted"]["properties"]
    if properties.get("mhsmId"):
        hsm = typing.cast(resource_id.ResourceId, resource_id.parse(properties["mhsmId"]))
        managed_hsms.recover(task.session, hsm, properties["location"], timeout=task.timeout)
        return
    where = typing.cast(resource_id.ResourceId, resource_id.parse(properties["vaultId"], resource_id.VAULT))
    asked = {
        "tenantId": task.session.caller["tenant_id"],
        "sku": {"family": "A", "name": "standard"},
        "createMode": "recover",
    }
    body = {"location": properties["location"], "properties": asked}
    try:
        vaults.put(task.session, where, body, timeout=task.timeout)
    except core.AzureError as error:
        raise errors.failure(error, f"recovering the vault {where.name}") from error


def _recover_key(task: Task, _step: plan.Step, situation: Situation) -> None:
    key = situation.key
    doing = f"recovering the key {key.name}"
    caller.with_right(task, key, doing, lambda: keys.recover(task.session, key, timeout=task.timeout))


def _update_key(task: Task, step: plan.Step, situation: Situation) -> None:
    key, version = situation.key, step.details["version"]
    operations = step.details.get("operations")
    change = {"operations": operations} if operations else {"enabled": True}
    caller.with_right(task, key, f"to {step.text}", lambda: keys.update(task.session, key, version, change))


def _trust_services(task: Task, step: plan.Step, situation: Situation) -> None:
    vault = step.details["vault"]
    rules = {**(vault["properties"].get("networkAcls") or {}), "bypass": "AzureServices"}
    body = {"properties": {"networkAcls": rules}}
    if situation.key.is_hsm:
        hsm = typing.cast(resource_id.ResourceId, resource_id.parse(vault["id"]))
        managed_hsms.patch(task.session, hsm, body, timeout=task.timeout)
        return
    where = typing.cast(resource_id.ResourceId, resource_id.parse(vault["id"], resource_id.VAULT))
    vaults.patch(task.session, where, body)


def _recreate_identity(task: Task, step: plan.Step, situation: Situation) -> None:
    where = resource_id.parse(step.details["resource_id"], resource_id.IDENTITY)
    body = {"location": situation.registry["location"], "tags": {}}
    identities.put(task.session, typing.cast(resource_id.ResourceId, where), body)


def _attach(task: Task, step: plan.Step, situation: Situation) -> Facts:
    block = registry_plan.identity_block(situation.registry, add=[step.details["resource_id"]])
    return _patch(task, situation.registry, {"identity": block})


def _set_identity(task: Task, step: plan.Step, situation: Situation) -> None:
    registry, client_id = _attach(task, step, situation), step.details["client_id"]
    _set_key(task, registry, situation, client_id)


def _set_anew(task: Task, _step: plan.Step, situation: Situation) -> None:
    _set_key(task, situation.registry, situation, situation.registry["encryption"]["identity"])


def _use_system(task: Task, _step: plan.Step, situation: Situation) -> None:
    registry = situation.registry
    if not registry["identity"]["system_assigned"]:
        registry = _patch(task, registry, {"identity": registry_plan.identity_block(registry, system=True)})
    principal, store = registry["identity"]["principal_id"], situation.in_use.vault or {}
    access_ways.give(task.session, store, principal, "service_encryption_user", situation.key.name)
    _set_key(task, registry, situation, "system")


def _set_key(task: Task, registry: Facts, situation: Situation, identity: str) -> None:
    """Have the registry use its key as an identity; a right that was given just now is waited for."""
    body = set_key.body(registry["encryption"]["key_identifier"], identity)
    user = next((u for u in registry["identity"]["user_assigned"] if u["client_id"] == identity), None)
    resolved = (
        Identity(identity, user["client_id"], user["principal_id"], user["resource_id"])
        if user
        else Identity("system", None, registry["identity"]["principal_id"], None)
    )
    set_key.patch(task, registry, body, key=situation.key, identity=resolved, reference=identity)


def _patch(task: Task, known: Facts, body: dict[str, typing.Any]) -> Facts:
    core = sdk.module("azure.core.exceptions", "azure-core")
    where = typing.cast(resource_id.ResourceId, resource_id.parse(known["id"], resource_id.REGISTRY))
    try:
        return facts(registries.patch(task.session, where, body, timeout=task.timeout), task.session.cloud)
    except core.AzureError as error:
        raise errors.failure(error, f"changing the registry {known['name']}") from error


def _grant(task: Task, step: plan.Step, situation: Situation) -> None:
    store, principal = step.details["vault"], step.details["principal_id"]
    access_ways.give(task.session, store, principal, "service_encryption_user", situation.key.name)


def _grant_caller(task: Task, step: plan.Step, _situation: Situation) -> None:
    access_ways.give(task.session, step.details["vault"], task.session.caller["object_id"], "crypto_officer")


_STEPS: dict[str, typing.Callable[[Task, plan.Step, Situation], typing.Any]] = {
    "recover_vault": _recover_vault,
    "grant_caller": _grant_caller,
    "recover_key": _recover_key,
    "enable_key": _update_key,
    "allow_operations": _update_key,
    "trust_services": _trust_services,
    "recreate_identity": _recreate_identity,
    "grant": _grant,
    "attach_identity": _attach,
    "set_identity": _set_identity,
    "set_key": _set_anew,
    "use_system": _use_system,
}
