# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep a registry under its own key as wanted."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import registries
from ..._domain import key_identifier, names, resource_id
from ..._domain.failure import Failure
from ..._domain.identity import Identity
from ..._domain.key_identifier import PLANNED_VERSION, KeyIdentifier
from ..._domain.plan import deletion
from ..._domain.record import Subject
from ..._domain.registry import Encryption, Registry, Settings
from ..._domain.resource_id import ResourceId
from ..._operation import Result, Task, planned
from ..._rules.health.causes import causes
from ..._rules.health.observation import Observation
from ..._rules.key.fitness import check_purge_protection
from ..._rules.registry import encryption, key_choice, plan
from ..._rules.registry.desired import Desired, DesiredNetwork, DesiredReplica
from ..._rules.registry.key_choice import KeyWish
from ..._rules.registry.steps import RegistryStep
from ..._rules.revocation.confirmation import affected, labels, require_confirmation
from .. import regions
from ..health import observe
from ..identity.lookup import find_identity, identity_id
from ..image import reading
from ..key.history import is_older as is_older_version
from . import set_key
from .lookup import settled

#: Causes that an earlier task of the same play may be about to remove; check mode only warns of them.
_MAY_BE_MADE_EARLIER = ("identity_missing", "vault_missing", "key_missing", "access_missing", "access_wrong_scope")


def ensure(task: Task) -> Result:
    """The operation of the module ``acr_cmk_registry``."""
    params, session = task.params, task.session
    name = names.check("registry", params["name"])
    group = names.check("resource group", params["resource_group"], parameter="resource_group")
    where = ResourceId(session.subscription_id, group, resource_id.REGISTRY, name)
    if params["state"] == "absent":
        return _absent(task, where)
    encryption.check_tier(params["sku"])
    encryption.check_status(params["encryption_status"])
    key = key_identifier.parse(params["key_identifier"], session.cloud) if params["key_identifier"] else None
    wish = KeyWish(key, params["rotation_mode"], params["allow_older_version"])
    key_choice.check(wish)
    registry = settled(task, where)
    # a creation that Azure refused at its end leaves this behind: it is created again
    is_again = bool(registry and registry.encryption is None and registry.provisioning_state == "Failed")
    if registry is None or is_again:
        return _create(task, where, wish, is_again=is_again)
    return _update(task, registry, wish)


def _desired(task: Task, group: str, key: KeyIdentifier | None, identity: Identity | None) -> Desired:
    params = task.params
    further = [
        str(identity_id(task.session, reference, group, parameter="identities"))
        for reference in params["identities"] or []
    ]
    network = params["network_rule_set"]
    for replica in params["replicas"] or []:
        regions.check(task, replica["location"])
    return Desired(
        name=params["name"],
        location=params["location"],
        sku=params["sku"],
        key=key,
        identity=identity,
        settings=Settings(
            admin_user_enabled=params["admin_user_enabled"],
            anonymous_pull_enabled=params["anonymous_pull_enabled"],
            data_endpoint_enabled=params["data_endpoint_enabled"],
            public_network_access=params["public_network_access"],
            network_rule_bypass=params["network_rule_bypass"],
        ),
        network_rule_set=None
        if network is None
        else DesiredNetwork(network.get("default_action") or "Deny", tuple(network.get("ip_rules") or ())),
        zone_redundancy=params["zone_redundancy"],
        tags=params["tags"],
        append_tags=params["append_tags"],
        identities=tuple(further),
        purge_identities=params["purge_identities"],
        system_assigned=params["system_assigned_identity"],
        replicas=tuple(DesiredReplica(**replica) for replica in params["replicas"] or []),
    )


# --- create ------------------------------------------------------------------------------------------------------


def _create(task: Task, where: ResourceId, wish: KeyWish, *, is_again: bool) -> Result:
    """Create it.

    :param is_again: it is there, as a creation that Azure refused at its end left it.
    """
    params, session = task.params, task.session
    encryption.check_identity_at_creation(params["identity"])
    if wish.key is None:
        raise plan.missing_at_creation(where.name, "key_identifier")
    key = wish.key
    if not params["location"]:
        raise plan.missing_at_creation(where.name, "location")
    regions.check(task, params["location"])
    if not task.check_mode:
        # else the name would be taken, by another task of this run
        task.hold(f"the registry {where}")
    reference: str = params["identity"]
    identity, refusal = session.pair(
        lambda: find_identity(session, reference, where.group),
        lambda: None if is_again else task.name_refusal(where.name, lambda: registries.name_refusal(session, where)),
    )
    if refusal:
        raise set_key.name_taken(where.name, refusal)
    observation = observe.of_key(session, key, identity, reference=reference)
    _check(task, observation)
    key = key_choice.choose(wish, None, newest=_newest(observation)) or key
    if identity is None:
        expected = identity_id(session, reference, where.group, parameter="identity")
        identity = Identity(reference, None, None, str(expected))
    desired = _desired(task, where.group, key, identity)
    creation = plan.create(desired)
    registry: Registry | None = None
    if not task.check_mode:
        create, *replicas = creation.steps
        task.intend(creation.words, Subject.of(where, creation))
        try:
            registry = set_key.attempt(
                task,
                f"creating the registry {where.name}",
                lambda: registries.create(session, where, create.body, timeout=task.timeout),
                lambda: observe.of_key(session, key, identity, reference=reference),
            )
        except Failure as failure:
            if is_again and failure.status == 400 and not failure.findings:
                raise _leftover(where, failure) from failure
            raise
        task.progress.finish(create.text)
        registry = _carry_out(task, replicas, registry, identity)
        _check_outcome(task, desired, registry)
    done = f"Created the registry {where.name}, encrypted with {key}."
    result = planned(creation, of=f"registry {where.name}", nothing="", done=done, check_mode=task.check_mode)
    return {**result, "registry": registry.result() if registry else None, **_proven(task, registry, "its creation")}


def _leftover(where: ResourceId, refusal: Failure) -> Failure:
    """The failure for a registry that a failed creation left, and to which Azure gives no key any more."""
    return Failure(
        f"The registry {where.name} is there as Failed and has no key of its own: a creation that did not succeed left "
        f"it behind, and Azure does not finish it. {refusal.message}",
        parameter="name",
        hint="See that it holds no image, delete it (the same task with state: absent and confirm: "
        f"[{where.name}]; az acr delete --name {where.name}), and run the same task again.",
        code="failed_creation",
        azure=refusal.azure,
    )


def _newest(observation: Observation) -> str:
    """The newest version of a key that was looked at; in check mode it may be still to be made."""
    return observation.key.version if observation.key else PLANNED_VERSION


def _check(task: Task, observation: Observation) -> None:
    """Nothing is changed until the whole is known to be allowed.

    :raises Failure: with every cause that there is.
    """
    findings = causes(observation)
    errors = [finding for finding in findings if finding.severity == "error"]
    for finding in findings:
        if finding.severity == "warning" and finding.code != "access_fresh":
            task.warn(finding.sentence())
    if task.check_mode and errors and all(finding.code in _MAY_BE_MADE_EARLIER for finding in errors):
        for finding in errors:
            task.assume(finding.what, finding.remedy)
        return
    if errors:
        parameter = "identity" if errors[0].code.startswith(("identity", "access")) else "key_identifier"
        raise observe.refuse(observation, parameter=parameter)
    _check_purge_protection(task, observation)


def _check_purge_protection(task: Task, observation: Observation) -> None:
    allowed: bool = task.params["allow_vault_without_purge_protection"]
    store = observation.store
    if observation.key is not None:
        protected = observation.key.purge_protected
    elif store is None:
        return
    elif not store.is_partial:
        protected = store.purge_protection
    elif allowed:
        return
    else:
        raise Failure(
            f"You may see neither the key {observation.key_identifier} nor the {observation.place} as a resource, so "
            "it is not known whether a deleted key could be purged.",
            parameter="key_identifier",
            hint="Ask for Reader on it, or for the right to read the key; or set "
            "allow_vault_without_purge_protection: true to accept the risk.",
            code="not_seen",
        )
    identifier = observation.key.key_identifier if observation.key else str(observation.key_identifier)
    check_purge_protection(identifier, protected=protected, allowed_without=allowed)


# --- update ------------------------------------------------------------------------------------------------------


def _chosen_key(task: Task, wish: KeyWish, current: Encryption) -> KeyIdentifier | None:
    """The key identifier that an existing registry is to have; None if it stays as it is."""
    session, key = task.session, wish.key
    newest, is_older = "", False
    if key is not None and key_choice.needs_newest(wish, current):
        look = observe.key(session, key)
        newest = look.key.version if look.key else PLANNED_VERSION if task.check_mode else ""
    if key is not None and current.in_use and key_choice.needs_history(wish, current):
        is_older = is_older_version(task, key, current.in_use)
    return key_choice.choose(wish, current, newest=newest, is_older=is_older)


def _update(task: Task, registry: Registry, wish: KeyWish) -> Result:
    params, session = task.params, task.session
    key = _chosen_key(task, wish, encryption.check_existing(registry))
    where = registry.resource_id
    identity = _identity(task, registry, params["identity"]) if params["identity"] else None
    replicas = registries.replicas(session, where) if params["replicas"] else []
    desired = _desired(task, where.group, key, identity)
    change = plan.update(desired, registry, replicas=replicas)
    setting = next((step for step in change.steps if step.action == "set_encryption"), None)
    if setting is not None:
        _check_new_key(task, registry, setting, identity)
    if not task.check_mode:
        task.intend(change.words, Subject.of(registry.id, change))
        registry = _carry_out(task, change.steps, registry, identity)
        if setting is not None and setting.key is not None:
            registry = set_key.verify(task, registry, setting.key)
        if change.changed:
            _check_outcome(task, desired, registry)
    result = planned(
        change,
        of=f"registry {where.name}",
        nothing=f"The registry {where.name} is as wanted.",
        check_mode=task.check_mode,
    )
    proof = _proven(task, registry if change.steps else None, "the change")
    return {**result, "registry": registry.result(), **proof}


def _check_outcome(task: Task, desired: Desired, registry: Registry) -> None:
    """The registry, as a GET shows it, is as wanted; replicas were waited for one by one."""
    rest = plan.update(dataclasses.replace(desired, replicas=()), registry)
    task.check_outcome(rest, f"registry {registry.label}", {"registry": registry.result()})


def _identity(task: Task, registry: Registry, reference: str) -> Identity:
    identity = find_identity(task.session, reference, registry.resource_id.group, registry=registry)
    if identity is None:
        raise Failure(
            f"The identity {reference} does not exist.",
            parameter="identity",
            hint="Make it with managed_identity.",
            code="identity_missing",
        )
    if identity.is_system and not registry.identities.system_assigned:
        raise Failure(
            f"The registry {registry.name} has no system-assigned identity yet.",
            parameter="identity",
            hint="First set system_assigned_identity: true and give it access with keyvault_key_access, then set "
            "identity: system; or let cmk_rotate do it.",
            code="identity_not_attached",
        )
    return identity


def _proven(task: Task, registry: Registry | None, after: str) -> Result:
    """With ``verify_data``: what came of reading an image of a registry that was changed."""
    if not task.params["verify_data"] or registry is None or task.check_mode:
        return {}
    proofs = reading.require_readable(task, registry, after=after)
    return {"data": {name: proof.result() for name, proof in proofs.items()}}


def _check_new_key(task: Task, registry: Registry, setting: RegistryStep, identity: Identity | None) -> None:
    """The key that an existing registry is to move to must be one that it can use, before it is told to."""
    reference = identity.reference if identity else setting.identity
    identity = identity or find_identity(task.session, reference, None, registry=registry)
    key = typing.cast(KeyIdentifier, setting.key)
    _check(task, observe.of_key(task.session, key, identity, reference=reference))


def _carry_out(
    task: Task, steps: typing.Sequence[RegistryStep], registry: Registry, identity: Identity | None
) -> Registry:
    """Make the steps; returns the registry as it is then."""

    def make(step: RegistryStep) -> None:
        nonlocal registry
        registry = _apply(task, step, registry, identity)

    if steps:
        task.hold(f"the registry {registry.id}")
    task.carry_out(steps, make)
    return registry


def _apply(task: Task, step: RegistryStep, registry: Registry, identity: Identity | None) -> Registry:
    session, where = task.session, registry.resource_id
    if step.action == "put_replica":
        registries.put_replica(session, where, step.location, step.body, timeout=task.timeout)
        return registry
    if step.action == "patch_replica":
        registries.patch_replica(session, where, step.location, step.body, timeout=task.timeout)
        return registry
    if step.action == "set_encryption" and step.key is not None:
        reference = identity.reference if identity else step.identity
        return set_key.change(task, registry, step.body, key=step.key, identity=identity, reference=reference)
    key = registry.encryption.key if registry.encryption else None
    return set_key.attempt(
        task,
        f"changing the registry {where.name}",
        lambda: registries.patch(session, registry, step.body, timeout=task.timeout),
        lambda: observe.of_store(session, typing.cast(KeyIdentifier, key)),
    )


# --- absent ------------------------------------------------------------------------------------------------------


def _absent(task: Task, where: ResourceId) -> Result:
    registry = registries.get(task.session, where)
    losing = [registry] if registry else []
    steps = [RegistryStep("delete", f"delete the registry {one.name} with all its images") for one in losing]
    whole = deletion(*steps)
    if losing and not task.check_mode:
        require_confirmation(losing, task.params["confirm"], what=f"deleting the registry {where.name}")
        task.intend(whole.words, Subject.of(where, whole))
        registries.delete(task.session, where, timeout=task.timeout)
    nothing = f"The registry {where.name} does not exist."
    result = planned(whole, of=f"registry {where.name}", nothing=nothing, check_mode=task.check_mode)
    return {**result, "would_lose_access": affected(losing), "confirm": labels(losing)} if losing else result
