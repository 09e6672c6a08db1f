# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The steps of a restoration, each as Azure is asked to make it."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import errors, identities, keys, managed_hsms, sdk, vaults
from ..._domain import resource_id
from ..._domain.failure import Failure
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
from ..health import observe
from ..key_store.ensure import check_group
from ..registry.fleet import Fleet, Wish


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


def _attachment(step: RemedyStep, situation: Situation) -> Wish:
    """The identity attached again, with its new ids if it was made again."""

    def reached(registry: Registry) -> bool:
        users = registry.identities.user_assigned
        mine = [user for user in users if resource_id.same(user.resource_id, step.resource_id)]
        return any(not step.client_id or user.is_client(step.client_id) for user in mine)

    body: Body = {"identity": identity_block(situation.registry, add=[step.resource_id])}
    return dataclasses.replace(_wish(situation.registry, body, reached), identity=step.resource_id)


def _system(_step: RemedyStep, situation: Situation) -> Wish:
    """The system-assigned identity, which may be there already."""
    body: Body = {"identity": identity_block(situation.registry, system=True)}
    return _wish(situation.registry, body, lambda registry: bool(registry.identities.system_assigned))


def _wish(registry: Registry, body: Body, reached: typing.Callable[[Registry], bool]) -> Wish:
    return Wish(registry, body, f"changing the registry {registry.label}", reached)


def _key_wish(task: Task, situation: Situation, registry: Registry, key_identity: str) -> Wish:
    """The registry using its key as an identity; a right that was given just now is waited for.

    :param registry: as it is now.
    :param key_identity: a client id or ``system``.
    """
    identity: Identity | None = None
    if is_system(key_identity):
        identity = Identity("system", None, registry.identities.principal_id, None)
    elif user := registry.identities.by_client(key_identity):
        identity = Identity(key_identity, user.client_id, user.principal_id, user.resource_id)
    return Wish(
        registry,
        encryption_body(check_existing(registry).key_identifier, key_identity),
        f"changing the key of the registry {registry.label}",
        lambda now: now.encryption is not None and now.encryption.identity.lower() == key_identity.lower(),
        lambda: observe.of_key(task.session, situation.key, identity, reference=key_identity, registry=registry),
    )


class Registries:
    """Registries on their way through the changes of one step.

    :ivar well: the step, the situation that it was planned for, and the registry as it is now, of those that came so
        far.
    """

    def __init__(self, task: Task, pairs: typing.Sequence[tuple[RemedyStep, Situation]]) -> None:
        self._task = task
        self.well = [(step, situation, situation.registry) for step, situation in pairs]
        self.failures: list[Failure] = []

    def change(self, wish: typing.Callable[[RemedyStep, Situation, Registry], Wish | None]) -> None:
        """Make a change of each that needs one; who fails, or was changed by somebody else meanwhile, goes no further.

        :param wish: None for one that needs none.
        """
        wishes = [(one, wish(*one)) for one in self.well]
        acting = [(one, each) for one, each in wishes if each]
        fleet = Fleet(self._task, [each for _one, each in acting], tell=self._task.report("registries"))
        outcomes = fleet.carry_out()
        self.failures += [outcome.failure for outcome in outcomes if outcome.failure]
        self.well = [one for one, each in wishes if each is None]
        for ((step, situation, _registry), _each), outcome in zip(acting, outcomes, strict=True):
            if outcome.state == "done":
                self.well.append((step, situation, outcome.registry))


#: The steps of which each registry has its own, in their order.
OF_REGISTRIES = ("attach_identity", "set_identity", "use_system", "set_key")


def apply_to_registries(task: Task, action: str, pairs: typing.Sequence[tuple[RemedyStep, Situation]]) -> None:
    """Make one of those steps for many registries together.

    :raises Failure: when Azure refuses one; the others are done, and told as such.
    """
    group = Registries(task, pairs)
    if action in ("attach_identity", "set_identity"):
        group.change(lambda step, situation, _registry: _attachment(step, situation))
    if action == "use_system":
        group.change(
            lambda step, situation, registry: None if registry.identities.system_assigned else _system(step, situation)
        )
        task.session.side_by_side(*(_right_giver(task, *one) for one in group.well))
    if action != "attach_identity":
        group.change(
            lambda step, situation, registry: _key_wish(task, situation, registry, _identity(action, step, registry))
        )
    for step, _situation, _registry in group.well:
        task.progress.finish(step.text)
    if group.failures:
        raise group.failures[0]


def _identity(action: str, step: RemedyStep, registry: Registry) -> str:
    """As whom a registry is to use its key: a client id or ``system``."""
    if action == "use_system":
        return "system"
    return step.client_id if action == "set_identity" else check_existing(registry).identity


def _right_giver(task: Task, step: RemedyStep, situation: Situation, registry: Registry) -> typing.Callable[[], object]:
    principal, store = registry.identities.principal_id or "", typing.cast(KeyStore, step.store)
    return lambda: ways.give(task.session, store, principal, "service_encryption_user", situation.key.name)


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
}
