# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Give registries their data back: find out what is wrong from Azure's state alone, and undo it."""

from __future__ import annotations

import typing

from .._azure import access, errors, keys, registries, sdk, vaults
from .._operation import Result, Task, planned
from .._rules import access as access_rules
from .._rules import encryption, health, key_identifier, plan, registry_plan, resource_id, restoration
from .._rules.failure import Failure
from .._rules.registry_facts import Facts, facts
from .._rules.restoration import Situation
from . import caller, observe, resolve

#: Vault, then the caller's right, then the key, then the identity's access, and a last look.
ROUNDS = 6


def restore(task: Task) -> Result:
    """The operation of the module ``cmk_restore``."""
    found = resolve.registries_by_reference(task)
    for known in found:
        encryption.check_existing(known)
    done: list[plan.Step] = []
    recovered: set[str] = set()
    for _round in range(ROUNDS):
        situations = task.session.side_by_side(*(_looker(task, known) for known in found))
        rounds = [restoration.remedies(s, recovered=s.key.host in recovered) for s in situations]
        steps = {
            (step.action, step.text): (step, s) for r, s in zip(rounds, situations, strict=True) for step in r.steps
        }
        left = [finding for one in rounds for finding in one.left]
        for situation, one in zip(situations, rounds, strict=True):
            if situation.in_use.key_state == "denied" and not one.steps:
                # the caller may not even look: this raises the grant to ask for
                _read_as_caller(task, situation)
        if not steps or (left and not done and task.check_mode):
            break
        done += [step for step, _situation in steps.values()]
        if task.check_mode:
            break
        for step, situation in steps.values():
            _apply(task, step, situation)
            if step.action == "recover_vault":
                recovered.add(situation.key.host)
    return _result(task, found, plan.Plan(tuple(done), *_diff(done)), left)


def _diff(done: typing.Sequence[plan.Step]) -> tuple[dict[str, typing.Any], dict[str, typing.Any]]:
    return ({"readable": False}, {"readable": True}) if done else ({}, {})


def _result(task: Task, found: list[Facts], steps: plan.Plan, left: list[health.Finding]) -> Result:
    names = plan.listed(known["name"] for known in found)
    if left:
        first, *rest = {finding.sentence(): finding for finding in left}.values()
        also = " ".join(finding.sentence() for finding in rest)
        raise Failure(
            f"{names} cannot be restored by this task alone: {first.what}",
            hint=first.remedy + (f" Also: {also}" if also else ""),
            code=first.code,
            findings=[finding.show() for finding in left],
            details={"changed": steps.changed and not task.check_mode, "plan": steps.words},
        )
    nothing = f"Nothing to restore: {names} can reach the key."
    done = f"Restored the access of {names} to the key: {'; '.join(steps.words)}."
    told = planned(steps, nothing=nothing, done=done, check_mode=task.check_mode)
    return {**told, "registries": [{"name": known["name"], "id": known["id"]} for known in found]}


def _read_as_caller(task: Task, situation: Situation) -> None:
    key = situation.key
    caller.with_right(task, key, f"reading the key {key.name}", lambda: keys.get(task.session, key))


def _looker(task: Task, known: Facts) -> typing.Callable[[], Situation]:
    return lambda: _look(task, known)


def _look(task: Task, known: Facts) -> Situation:
    """Observe one registry: the version in use, and the newest where it follows a versionless key."""
    session, block = task.session, known["encryption"]
    in_use = key_identifier.parse(block["versioned_key_identifier"] or block["key_identifier"], session.cloud)
    fresh = facts(registries.get(session, _where(known)) or {}, session.cloud)
    identity = resolve.find_identity(session, block["identity"], None, registry=fresh)
    reference = str(block["identity_resource_id"] or (identity and identity.resource_id) or block["identity"])
    reference = reference.rsplit("/", 1)[-1]
    seen = observe.everything(session, in_use, identity, reference=reference, registry=fresh)
    newest = None
    if block["rotation_mode"] == "automatic" and seen.key_state == "there":
        state, key = observe.key(session, in_use.versionless)
        newest = health.Observed(
            str(in_use.versionless), in_use.vault, in_use.name, session.now(), key=key, key_state=state
        )
    return Situation(fresh, in_use, seen, newest)


def _where(known: Facts) -> resource_id.ResourceId:
    return typing.cast(resource_id.ResourceId, resource_id.parse(known["id"], resource_id.REGISTRY))


def _apply(task: Task, step: plan.Step, situation: Situation) -> None:
    session, key = task.session, situation.key
    if step.action == "recover_vault":
        _recover_vault(task, step.details["deleted"])
    elif step.action == "recover_key":
        doing = f"recovering the key {key.name}"
        caller.with_right(task, key, doing, lambda: keys.recover(session, key, timeout=task.timeout))
    elif step.action == "enable_key":
        change = {"enabled": True}
        version = step.details["version"]
        caller.with_right(task, key, f"to {step.text}", lambda: keys.update(session, key, version, change))
    elif step.action == "attach_identity":
        block = registry_plan.identity_block(situation.registry, add=[step.details["resource_id"]])
        _patch(task, situation.registry, {"identity": block})
    elif step.action == "grant":
        _grant(task, step.details["vault"], step.details["principal_id"], "service_encryption_user")
    elif step.action == "grant_caller":
        _grant(task, step.details["vault"], session.caller["object_id"], "crypto_officer")


def _patch(task: Task, known: Facts, body: dict[str, typing.Any]) -> None:
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        registries.patch(task.session, _where(known), body, timeout=task.timeout)
    except core.AzureError as error:
        raise errors.failure(error, f"changing the registry {known['name']}") from error


def _recover_vault(task: Task, deleted: dict[str, typing.Any]) -> None:
    core = sdk.module("azure.core.exceptions", "azure-core")
    properties = deleted["properties"]
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


def _grant(task: Task, vault: dict[str, typing.Any], principal_id: str, role: str) -> None:
    where = typing.cast(resource_id.ResourceId, resource_id.parse(vault["id"], resource_id.VAULT))
    chosen = access_rules.ROLES[role]
    if access_rules.vault_access(vault) == "rbac":
        access.assign(
            task.session, vault["id"], role=chosen, principal_id=principal_id, subscription_id=where.subscription
        )
        return
    vaults.change_policy(
        task.session,
        where,
        kind="add",
        tenant_id=vault["properties"]["tenantId"],
        principal_id=principal_id,
        verbs=chosen.verbs,
    )
