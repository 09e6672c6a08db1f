# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The ways by which an identity can use a key, whatever the key store: read, given, taken away."""

from __future__ import annotations

import typing

from .._azure import access, vaults
from .._azure.session import Session
from .._rules import access as rules
from .._rules import plan, resource_id
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier

Way = dict[str, typing.Any]


def _vault(session: Session, name: str, *, fresh: bool = False) -> dict[str, typing.Any]:
    """A vault by its name.

    :raises Failure: when there is none such that the caller sees.
    """
    found = vaults.find(session, name) if fresh else session.once(f"vault {name}", lambda: vaults.find(session, name))
    if found is None:
        text = f"There is no vault {name} that you can see."
        hint = "If it was deleted, nobody can use its keys; else sign in with the right to read it."
        raise Failure(text, hint=hint, code="vault_missing")
    return found


def of(session: Session, key: KeyIdentifier, principal_id: str, *, fresh: bool = False) -> list[Way]:
    """Every way, see :func:`.rules.access.ways`. Both models are looked at, whichever the vault is in.

    :param fresh: after a change of ours, so ask again.
    :raises Failure: when they cannot be read.
    """
    vault = _vault(session, key.vault, fresh=fresh)
    try:
        listed = access.assignments(session, f"{vault['id']}/keys/{key.name}", principal_id)
    except Failure as failure:
        # with access policies in force, roles are only what would count after a change of the model
        if rules.vault_access(vault) == "rbac" or (failure.azure or {}).get("status") != 403:
            raise
        listed = []
    return rules.ways(vault, listed, principal_id, key.name)


def give(session: Session, vault: dict[str, typing.Any], principal_id: str, role: str) -> None:
    """Give a principal what a role gives, by the model that is to count: a role, or a policy with the same verbs.

    :param role: a key of :data:`.rules.access.ROLES`.
    :raises Failure: when Azure refuses.
    """
    where = typing.cast(resource_id.ResourceId, resource_id.parse(vault["id"], resource_id.VAULT))
    chosen = rules.ROLES[role]
    if rules.vault_access(vault) == "rbac":
        subscription = where.subscription
        access.assign(session, vault["id"], role=chosen, principal_id=principal_id, subscription_id=subscription)
        return
    tenant = vault["properties"]["tenantId"]
    vaults.change_policy(session, where, kind="add", tenant_id=tenant, principal_id=principal_id, verbs=chosen.verbs)


def take(session: Session, key: KeyIdentifier, principal_id: str, step: plan.Step) -> None:
    """Take a right away that is no role assignment of Resource Manager's.

    :raises Failure: when Azure refuses.
    """
    vault = _vault(session, key.vault)
    vaults.change_policy(
        session,
        typing.cast(resource_id.ResourceId, resource_id.parse(vault["id"], resource_id.VAULT)),
        kind="remove",
        tenant_id=vault["properties"]["tenantId"],
        principal_id=principal_id,
        verbs=[*rules.REGISTRY_VERBS, *({"all"} & rules.policy_of(vault, principal_id))],
    )
