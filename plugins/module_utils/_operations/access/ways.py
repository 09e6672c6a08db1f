# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The ways by which an identity can use a key, whatever the key store: read, given, taken away."""

from __future__ import annotations

import typing

from ..._azure import local_roles, role_assignments, vaults
from ..._azure.session import Session
from ..._domain import resource_id
from ..._domain.failure import Failure
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.key_store import KeyStore, ManagedHsm, Vault
from ..._domain.resource_id import ResourceId
from ..._domain.role import REGISTRY_VERBS
from ..._operation import Task
from ..._rules.access import ways as rules
from ..._rules.access.ways import Way
from ..._rules.revocation.plan import AccessStep
from ..key_store import lookup


def of(task: Task, key: KeyIdentifier, principal_id: str, *, fresh: bool = False) -> list[Way]:
    """Every way, see :func:`.rules.ways`. Both models are looked at, whichever the vault is in.

    :param fresh: after a change of ours, so ask again.
    :raises Failure: when they cannot be read.
    """
    session, store = task.session, lookup.find(task.session, key, fresh=fresh)
    if key.is_hsm:
        assignments, unseen_scopes = lookup.local_assignments(session, key, principal_id)
        for scope in unseen_scopes:
            task.warn(f"You may not list the role assignments at {scope} of the {key.place}: one may be left there.")
        customs = local_roles.custom_roles(session, key.host, assignments)
        return rules.ways(store, assignments, principal_id, key.name, customs=customs)
    try:
        assignments = role_assignments.assignments(session, store.scope(key.name), principal_id)
    except Failure as failure:
        # with access policies in force, roles are only what would count after a change of the model
        if store.access == "rbac" or failure.status != 403:
            raise
        assignments = []
    customs = role_assignments.custom_roles(session, assignments)
    return rules.ways(store, assignments, principal_id, key.name, customs=customs)


def give(
    session: Session,
    store: KeyStore,
    principal_id: str,
    role: str,
    key: str | None = None,
    *,
    principal_type: str = "ServicePrincipal",
) -> None:
    """Give a principal what a role gives, by the model that is to count: a role, or a policy with the same verbs.

    In a Managed HSM the right is for one key, if ``key`` names one.

    :param role: a key of :data:`.._domain.role.ROLES`.
    :param principal_type: ``User`` for a person.
    :raises Failure: when Azure refuses.
    """
    built_in = store.role(role)
    if isinstance(store, ManagedHsm):
        local_roles.assign(session, store.host, store.scope(key), role=built_in, principal_id=principal_id)
        return
    where = vault_id(store)
    if store.access == "rbac":
        role_assignments.assign(
            session,
            store.id,
            role=built_in,
            principal_id=principal_id,
            subscription_id=where.subscription,
            principal_type=principal_type,
        )
        return
    tenant = store.tenant_id
    vaults.change_policy(session, where, kind="add", tenant_id=tenant, principal_id=principal_id, verbs=built_in.verbs)


def give_caller(task: Task, store: KeyStore) -> None:
    """Give whoever runs this the right to make and rotate keys.

    :raises Failure: when Azure refuses.
    """
    who = task.session.caller
    give(task.session, store, who.object_id, "crypto_officer", principal_type=who.principal_type)


def take(session: Session, key: KeyIdentifier, principal_id: str, step: AccessStep) -> None:
    """Take a right away.

    :raises Failure: when Azure refuses.
    """
    if step.action == "unassign":
        if key.is_hsm:
            local_roles.unassign(session, key.host, step.scope, step.id.rsplit("/", 1)[-1])
        else:
            role_assignments.unassign(session, step.id)
        return
    store = lookup.find(session, key)
    held = store.verbs_of(principal_id) if isinstance(store, Vault) else frozenset()
    vaults.change_policy(
        session,
        vault_id(store),
        kind="remove",
        tenant_id=store.tenant_id,
        principal_id=principal_id,
        verbs=[*REGISTRY_VERBS, *({"all"} & held)],
    )


def vault_id(store: KeyStore) -> ResourceId:
    """A vault's resource id in parts."""
    return typing.cast(ResourceId, resource_id.parse(store.id, resource_id.VAULT))
