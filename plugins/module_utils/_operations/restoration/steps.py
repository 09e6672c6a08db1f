# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The steps of a restoration, each as Azure is asked to make it."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import errors, identities, keys, managed_hsms, registries, sdk, vaults
from ..._domain import resource_id
from ..._domain.identity import Identity, is_system
from ..._domain.key import KeyChange
from ..._domain.key_store import DeletedKeyStore, KeyStore
from ..._domain.registry import Registry
from ..._domain.resource_id import ResourceId
from ..._domain.wire import Body
from ..._operation import Task
from ..._rules.key_store.plan import recovery_body
from ..._rules.registry.encryption import check_existing
from ..._rules.registry.identities import identity_block
from ..._rules.registry.steps import encryption_body
from ..._rules.restoration.plan import RemedyStep, Situation
from ..access import caller, ways
from ..access.ways import give_caller
from ..key_store.ensure import check_group
from ..registry import set_key


def apply(task: Task, step: RemedyStep, situation: Situation) -> None:
    """Make one step.

    :raises Failure: when Azure refuses.
    """
    _STEPS[step.action](task, step, situation)


def _recover_vault(task: Task, step: RemedyStep, _situation: Situation) -> None:
    core = sdk.module("azure.core.exceptions", "azure-core")
    deleted = typing.cast(DeletedKeyStore, step.deleted_store)
    where = typing.cast(ResourceId, deleted.resource_id)
    if deleted.is_hsm:
        managed_hsms.recover(task.session, where, deleted.location, timeout=task.timeout)
        return
    check_group(task, deleted, where)
    body = recovery_body(task.session.caller.tenant_id, deleted)
    try:
        vaults.put(task.session, where, body, timeout=task.timeout)
    except core.AzureError as error:
        raise errors.failure(error, f"recovering the vault {where.name}") from error


def _recover_key(task: Task, _step: RemedyStep, situation: Situation) -> None:
    key = situation.key
    doing = f"recovering the key {key.name}"
    caller.with_right(task, key, doing, lambda: keys.recover(task.session, key, timeout=task.timeout))


def _update_key(task: Task, step: RemedyStep, situation: Situation) -> None:
    key, version = situation.key, step.version
    change = KeyChange(operations=step.operations) if step.operations else KeyChange(enabled=True)
    caller.with_right(task, key, f"to {step.text}", lambda: keys.update(task.session, key, version, change))


def _trust_services(task: Task, step: RemedyStep, situation: Situation) -> None:
    store = typing.cast(KeyStore, step.store)
    acls = dataclasses.replace(store.network_acls, bypass="AzureServices")
    body: Body = {"properties": {"networkAcls": acls.body()}}
    where = typing.cast(ResourceId, store.resource_id)
    if situation.key.is_hsm:
        managed_hsms.patch(task.session, where, body, timeout=task.timeout)
    else:
        vaults.patch(task.session, where, body)


def _recreate_identity(task: Task, step: RemedyStep, situation: Situation) -> None:
    where = typing.cast(ResourceId, resource_id.parse(step.resource_id, resource_id.IDENTITY))
    identities.put(task.session, where, {"location": situation.registry.location, "tags": {}})


def _attach(task: Task, step: RemedyStep, situation: Situation) -> Registry:
    body: Body = {"identity": identity_block(situation.registry, add=[step.resource_id])}
    return _patch(task, situation.registry, body)


def _set_identity(task: Task, step: RemedyStep, situation: Situation) -> None:
    _set_key(task, _attach(task, step, situation), situation, step.client_id)


def _set_anew(task: Task, _step: RemedyStep, situation: Situation) -> None:
    _set_key(task, situation.registry, situation, check_existing(situation.registry).identity)


def _use_system(task: Task, step: RemedyStep, situation: Situation) -> None:
    registry = situation.registry
    if not registry.identities.system_assigned:
        registry = _patch(task, registry, {"identity": identity_block(registry, system=True)})
    principal, store = registry.identities.principal_id or "", typing.cast(KeyStore, step.store)
    ways.give(task.session, store, principal, "service_encryption_user", situation.key.name)
    _set_key(task, registry, situation, "system")


def _set_key(task: Task, registry: Registry, situation: Situation, key_identity: str) -> None:
    """Have the registry use its key as an identity; a right that was given just now is waited for.

    :param key_identity: a client id or ``system``.
    """
    body = encryption_body(check_existing(registry).key_identifier, key_identity)
    user = registry.identities.by_client(key_identity)
    identity = (
        Identity(key_identity, user.client_id, user.principal_id, user.resource_id)
        if user and not is_system(key_identity)
        else Identity("system", None, registry.identities.principal_id, None)
    )
    set_key.change(task, registry, body, key=situation.key, identity=identity, reference=key_identity)


def _patch(task: Task, registry: Registry, body: Body) -> Registry:
    return registries.change(task.session, registry, body, timeout=task.timeout)


def _grant(task: Task, step: RemedyStep, situation: Situation) -> None:
    store = typing.cast(KeyStore, step.store)
    ways.give(task.session, store, step.principal_id, "service_encryption_user", situation.key.name)


def _grant_caller(task: Task, step: RemedyStep, _situation: Situation) -> None:
    store = typing.cast(KeyStore, step.store)
    give_caller(task, store)


_STEPS: dict[str, typing.Callable[[Task, RemedyStep, Situation], object]] = {
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
