# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The ways by which an identity can use a key, whatever the key store: read, given, taken away."""

from __future__ import annotations

import typing

from .._azure import access, local_roles, vaults
from .._azure.session import Session
from .._operation import Task
from .._rules import access as rules
from .._rules import plan, resource_id
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from . import key_store

Way = dict[str, typing.Any]


def of(task: Task, key: KeyIdentifier, principal_id: str, *, fresh: bool = False) -> list[Way]:
    """Every way, see :func:`.rules.access.ways`. Both models are looked at, whichever the vault is in.

    :param fresh: after a change of ours, so ask again.
    :raises Failure: when they cannot be read.
    """
    session, vault = task.session, key_store.find(task.session, key, fresh=fresh)
    if key.is_hsm:
        local, unseen = key_store.local_assignments(session, key, principal_id)
        for scope in unseen:
            task.warn(f"You may not list the role assignments at {scope} of the {key.place}: one may be left there.")
        return rules.ways(vault, local, principal_id, key.name)
    try:
        listed = access.assignments(session, rules.scope_of(vault, key.name), principal_id)
    except Failure as failure:
        # with access policies in force, roles are only what would count after a change of the model
        if rules.vault_access(vault) == "rbac" or (failure.azure or {}).get("status") != 403:
            raise
        listed = []
    customs = access.custom_roles(session, listed)
    return rules.ways(vault, listed, principal_id, key.name, customs=customs)


def give(session: Session, vault: dict[str, typing.Any], principal_id: str, role: str, key: str | None = None) -> None:
    """Give a principal what a role gives, by the model that is to count: a role, or a policy with the same verbs.

    In a Managed HSM the right is for one key, if ``key`` names one.

    :param role: a key of :data:`.rules.access.ROLES`.
    :raises Failure: when Azure refuses.
    """
    chosen = rules.role_in(vault, role)
    if rules.vault_access(vault) == "local":
        scope = rules.scope_of(vault, key)
        local_roles.assign(session, rules.hsm_host(vault), scope, role=chosen, principal_id=principal_id)
        return
    where = typing.cast(resource_id.ResourceId, resource_id.parse(vault["id"], resource_id.VAULT))
    if rules.vault_access(vault) == "rbac":
        subscription = where.subscription
        access.assign(session, vault["id"], role=chosen, principal_id=principal_id, subscription_id=subscription)
        return
    tenant = vault["properties"]["tenantId"]
    vaults.change_policy(session, where, kind="add", tenant_id=tenant, principal_id=principal_id, verbs=chosen.verbs)


def take(session: Session, key: KeyIdentifier, principal_id: str, step: plan.Step) -> None:
    """Take a right away.

    :param step: ``unassign`` with an assignment's ``id`` and ``scope``, or ``remove_policy``.
    :raises Failure: when Azure refuses.
    """
    if step.action == "unassign":
        if key.is_hsm:
            local_roles.unassign(session, key.host, step.details["scope"], step.details["id"].rsplit("/", 1)[-1])
        else:
            access.unassign(session, step.details["id"])
        return
    vault = key_store.find(session, key)
    vaults.change_policy(
        session,
        typing.cast(resource_id.ResourceId, resource_id.parse(vault["id"], resource_id.VAULT)),
        kind="remove",
        tenant_id=vault["properties"]["tenantId"],
        principal_id=principal_id,
        verbs=[*rules.REGISTRY_VERBS, *({"all"} & rules.policy_of(vault, principal_id))],
    )
