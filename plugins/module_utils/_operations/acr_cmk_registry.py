# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep a registry under its own key as wanted."""

from __future__ import annotations

import typing

from .._azure import registries
from .._operation import Result, Task, planned
from .._rules import encryption, health, key_identifier, names, plan, registry_plan, resource_id, revocation
from .._rules.failure import Failure
from .._rules.registry_facts import Facts, facts, is_encrypted
from .._rules.registry_plan import Identity
from . import caller, observe, proof, resolve, set_key

#: Causes that an earlier task of the same play may be about to remove; check mode only warns of them.
_MAY_BE_MADE_EARLIER = ("identity_missing", "vault_missing", "key_missing", "access_missing", "access_wrong_scope")


def ensure(task: Task) -> Result:
    """The operation of the module ``acr_cmk_registry``."""
    params, session = task.params, task.session
    name = names.check("registry", params["name"])
    group = names.check("resource group", params["resource_group"], parameter="resource_group")
    where = resource_id.ResourceId(session.subscription_id, group, resource_id.REGISTRY, name)
    if params["state"] == "absent":
        return _absent(task, where)
    encryption.check_tier(params["sku"])
    encryption.check_status(params["encryption_status"])
    key = key_identifier.parse(params["key_identifier"], session.cloud) if params["key_identifier"] else None
    wire = _settled(task, where)
    known = facts(wire, session.cloud) if wire else None
    if known and not is_encrypted(known) and known["provisioning_state"] == "Failed":
        # a creation that Azure refused at its end leaves this behind: it is created again
        known = None
    if known is None:
        return _create(task, where, key)
    return _update(task, where, known, key)


def _settled(task: Task, where: resource_id.ResourceId) -> dict[str, typing.Any] | None:
    """The registry at rest: a run that was killed may have left an operation under way."""
    began = task.clock.monotonic()
    while True:
        wire = registries.get(task.session, where)
        state = ((wire or {}).get("properties") or {}).get("provisioningState")
        waited = task.clock.monotonic() - began
        if state not in ("Creating", "Updating", "Deleting") or task.check_mode or waited >= task.timeout:
            return wire
        task.clock.sleep(caller.pause(waited), "an earlier operation on the registry to end")


def _settings(params: dict[str, typing.Any]) -> dict[str, typing.Any]:
    return {name: params[name] for name in registry_plan.SETTINGS}


def _desired(
    task: Task, group: str, key: key_identifier.KeyIdentifier | None, identity: Identity | None
) -> registry_plan.Desired:
    params = task.params
    further = [
        str(resolve.identity_id(task.session, reference, group, parameter="identities"))
        for reference in params["identities"] or []
    ]
    return registry_plan.Desired(
        name=params["name"],
        location=params["location"],
        sku=params["sku"],
        key=key,
        identity=identity,
        settings=_settings(params),
        network_rule_set=params["network_rule_set"],
        zone_redundancy=params["zone_redundancy"],
        tags=params["tags"],
        append_tags=params["append_tags"],
        identities=tuple(further),
        purge_identities=params["purge_identities"],
        system_assigned=params["system_assigned_identity"],
        replicas=tuple(params["replicas"] or []),
    )


# --- create ------------------------------------------------------------------------------------------------------


def _create(task: Task, where: resource_id.ResourceId, key: key_identifier.KeyIdentifier | None) -> Result:
    params, session = task.params, task.session
    encryption.check_identity_at_creation(params["identity"])
    if key is None:
        text = f"The registry {where.name} does not exist yet; to create it, key_identifier is needed."
        raise Failure(text, parameter="key_identifier", code="missing_parameter")
    if not params["location"]:
        text = f"The registry {where.name} does not exist yet; to create it, location is needed."
        raise Failure(text, parameter="location", code="missing_parameter")
    identity = resolve.find_identity(session, params["identity"], where.group)
    seen = observe.everything(session, key, identity, reference=params["identity"])
    _check(task, seen)
    if identity is None:
        expected = resolve.identity_id(session, params["identity"], where.group, parameter="identity")
        identity = Identity(params["identity"], None, None, str(expected))
    steps = registry_plan.create(_desired(task, where.group, key, identity))
    known = None
    if not task.check_mode:
        create, *rest = steps.steps
        known = set_key.attempt(
            task,
            f"creating the registry {where.name}",
            lambda: registries.create(session, where, create.details["body"], timeout=task.timeout),
            lambda: observe.everything(session, key, identity, reference=params["identity"]),
        )
        for step in rest:
            known = _apply(task, where, step, known, identity)
    done = f"Created the registry {where.name}, encrypted with {key}."
    told = planned(steps, nothing="", done=done, check_mode=task.check_mode)
    return {**told, "registry": known, **_proven(task, known, "its creation")}


def _check(task: Task, seen: health.Observed) -> None:
    """Nothing is changed until the whole is known to be allowed.

    :raises Failure: with every cause that was found.
    """
    found = [finding for finding in health.causes(seen) if finding.severity == "error"]
    for finding in health.causes(seen):
        if finding.severity == "warning" and finding.code != "access_fresh":
            task.warn(finding.sentence())
    if task.check_mode and found and all(finding.code in _MAY_BE_MADE_EARLIER for finding in found):
        for finding in found:
            task.warn(f"{finding.what} This check takes it that an earlier task sees to it.")
        return
    if found:
        parameter = "identity" if found[0].code.startswith(("identity", "access")) else "key_identifier"
        raise observe.refuse(seen, parameter=parameter)
    if seen.key is not None:
        encryption.check_purge_protection(seen.key, allowed_without=task.params["allow_vault_without_purge_protection"])
    elif seen.vault is not None and seen.vault.get("partial"):
        if not task.params["allow_vault_without_purge_protection"]:
            raise Failure(
                f"You may see neither the key {seen.key_identifier} nor the {seen.place} as a resource, so it is not "
                "known whether a deleted key could be purged.",
                parameter="key_identifier",
                hint="Ask for Reader on it, or for the right to read the key; or set "
                "allow_vault_without_purge_protection: true to accept the risk.",
                code="not_seen",
            )
    elif seen.vault is not None:
        protected = bool(seen.vault["properties"].get("enablePurgeProtection"))
        stand_in = {"key_identifier": seen.key_identifier, "purge_protected": protected}
        allowed = task.params["allow_vault_without_purge_protection"]
        encryption.check_purge_protection(stand_in, allowed_without=allowed)


# --- update ------------------------------------------------------------------------------------------------------


def _update(
    task: Task, where: resource_id.ResourceId, known: Facts, key: key_identifier.KeyIdentifier | None
) -> Result:
    params, session = task.params, task.session
    encryption.check_existing(known)
    identity = None
    if params["identity"]:
        identity = resolve.find_identity(session, params["identity"], where.group, registry=known)
        if identity is None:
            raise Failure(
                f"The identity {params['identity']} does not exist.",
                parameter="identity",
                hint="Make it with managed_identity.",
                code="identity_missing",
            )
        _check_system(identity, known)
    replicas = registries.replicas(session, where) if params["replicas"] else []
    desired = _desired(task, where.group, key, identity)
    steps = registry_plan.update(desired, known, session.cloud, replicas=replicas)
    setting = next((step for step in steps.steps if step.action == "set_encryption"), None)
    if setting is not None:
        _check_new_key(task, known, setting, identity)
    if not task.check_mode:
        for step in steps.steps:
            known = _apply(task, where, step, known, identity)
        if setting is not None:
            known = set_key.verify(task, known, key_identifier.parse(setting.details["key_identifier"], session.cloud))
    told = planned(steps, nothing=f"The registry {where.name} is as wanted.", check_mode=task.check_mode)
    return {**told, "registry": known, **_proven(task, known if steps.changed else None, "the change")}


def _proven(task: Task, known: Facts | None, after: str) -> dict[str, typing.Any]:
    """With ``verify_data``: what came of reading an image of a registry that was changed."""
    if not task.params["verify_data"] or known is None or task.check_mode:
        return {}
    proofs = proof.require_readable(task, [known], after=after)
    return {"data": {name: one.show() for name, one in proofs.items()}}


def _check_system(identity: Identity, known: Facts) -> None:
    if encryption.is_system(identity.reference) and not known["identity"]["system_assigned"]:
        raise Failure(
            f"The registry {known['name']} has no system-assigned identity yet.",
            parameter="identity",
            hint="First set system_assigned_identity: true and give it access with keyvault_key_access, then set "
            "identity: system; or let cmk_rotate do it.",
            code="identity_not_attached",
        )


def _check_new_key(task: Task, known: Facts, setting: plan.Step, identity: Identity | None) -> None:
    """The key that an existing registry is to move to must be one that it can use, before it is told to."""
    wanted = key_identifier.parse(setting.details["key_identifier"], task.session.cloud)
    reference = identity.reference if identity else known["encryption"]["identity"]
    identity = identity or resolve.find_identity(task.session, reference, None, registry=known)
    seen = observe.everything(task.session, wanted, identity, reference=str(reference))
    _check(task, seen)


def _apply(
    task: Task, where: resource_id.ResourceId, step: plan.Step, known: Facts, identity: Identity | None
) -> Facts:
    session, details = task.session, step.details
    if step.action == "put_replica":
        registries.put_replica(session, where, details["location"], details["body"], timeout=task.timeout)
        return known
    if step.action == "patch_replica":
        registries.patch_replica(session, where, details["location"], details["body"], timeout=task.timeout)
        return known
    if step.action == "set_encryption":
        key = key_identifier.parse(details["key_identifier"], session.cloud)
        reference = identity.reference if identity else str(details["identity"])
        return set_key.patch(task, known, details["body"], key=key, identity=identity, reference=reference)
    return set_key.attempt(
        task,
        f"changing the registry {where.name}",
        lambda: registries.patch(session, where, details["body"], timeout=task.timeout),
        lambda: observe.everything_about_vault(
            session, key_identifier.parse(known["encryption"]["key_identifier"], session.cloud)
        ),
    )


# --- absent ------------------------------------------------------------------------------------------------------


def _absent(task: Task, where: resource_id.ResourceId) -> Result:
    wire = registries.get(task.session, where)
    nothing = f"The registry {where.name} does not exist."
    if wire is None:
        return planned(plan.Plan(), nothing=nothing, check_mode=task.check_mode)
    known = facts(wire, task.session.cloud)
    step = plan.Step("delete", f"delete the registry {where.name} with all its images")
    steps = plan.Plan((step,), {"state": "present"}, {"state": "absent"})
    if not task.check_mode:
        revocation.require_confirmation([known], task.params["confirm"], what=f"deleting the registry {where.name}")
        registries.delete(task.session, where, timeout=task.timeout)
    told = planned(steps, nothing=nothing, check_mode=task.check_mode)
    return {**told, "would_lose_access": revocation.affected([known])}
