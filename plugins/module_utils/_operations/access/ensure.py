# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep an identity's, or the caller's, right to the keys of a vault or Managed HSM as right."""

from __future__ import annotations

import typing

from ..._azure import local_roles, role_assignments, vaults
from ..._domain import names, resource_id
from ..._domain.failure import Failure
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.key_store import KeyStore, ManagedHsm
from ..._domain.plan import Plan, Side
from ..._domain.record import Subject
from ..._domain.resource_id import ResourceId
from ..._domain.role import ROLES, Role, RoleAssignment
from ..._operation import Result, Task, planned
from ..._rules.access.plan import AccessChange, Right, absent, present, remaining
from ..._rules.revocation.confirmation import require_confirmation
from ..dependents import search
from ..dependents.search import Dependents
from ..identity.lookup import find_identity
from ..key_store import lookup
from .ways import vault_id


def ensure(task: Task) -> Result:
    """The operation of the module ``keyvault_key_access``."""
    params, session = task.params, task.session
    key = lookup.key_in(session.cloud, params["vault"], names.check("key", params["key"] or "any"))
    principal, store = session.pair(lambda: _principal(task), lambda: _store(task, key))
    role_name = params["role"] or ("crypto_officer" if params["caller"] else "service_encryption_user")
    role = store.role(role_name) if store else ROLES[role_name]
    if store is None or principal is None:
        return _not_there_yet(task, key.place, role, store_is_missing=store is None)
    right = Right(store, principal, role, params["key"])
    assignments = _assignments(task, right, key if params["key"] else None)
    if params["state"] == "present":
        plan, losing = present(right, assignments), Dependents()
    else:
        plan = absent(right, assignments)
        losing = search.of_access(task, key.host, principal) if plan.changed else Dependents()
        if not task.check_mode:
            what = f"taking the access to the {key.place} from {_who(task, principal)}"
            require_confirmation(losing.registries, params["confirm"], what=what, others=losing.others)
    task.intend(plan.words, _subject(right, key, plan))
    if plan.changed and not task.check_mode:
        task.hold(f"the access of {principal} to the {key.place}")
        task.carry_out(plan.steps, lambda step: _apply(task, right, step))
    result = planned(
        plan,
        of=f"access to the {key.place}",
        nothing=_nothing_words(task, principal, key.place),
        check_mode=task.check_mode,
    )
    result |= {"principal_id": principal, "access": store.access, "scope": right.scope}
    if params["state"] == "absent":
        left = remaining(right, assignments, plan)
        result |= losing.result()
        result["remaining"] = [{"kind": one.kind, "name": one.name, "scope": one.scope} for one in left]
        for one in left:
            who = _who(task, principal)
            task.warn(f"{who} can still use the keys of the {key.place}: {one.name} at {one.scope}.")
    return result


def _subject(right: Right, key: KeyIdentifier, plan: Plan[AccessChange]) -> Subject:
    """An access is told of the key store that it is to."""
    store = right.store
    thing = f"https://{key.host}" if isinstance(store, ManagedHsm) else str(store.resource_id)
    who: Side = {"principal_id": right.principal_id, "role": right.role.name, "scope": right.scope}
    return Subject(thing, {**who, **plan.before}, {**who, **plan.after}) if plan.changed else Subject(thing, who, who)


def _assignments(task: Task, right: Right, key: KeyIdentifier | None) -> list[RoleAssignment]:
    if right.store.access == "policy":
        return []
    return lookup.assignments(task.session, right.store, key, right.principal_id)


def _who(task: Task, principal: str) -> str:
    params = task.params
    return "the caller" if params["caller"] else str(params["identity"] or params["principal_id"] or principal)


def _nothing_words(task: Task, principal: str, place: str) -> str:
    has = "has its access" if task.params["state"] == "present" else "has no access"
    who = _who(task, principal)
    return f"{who[0].upper()}{who[1:]} {has} to the {place}."


def _principal(task: Task) -> str | None:
    params = task.params
    if params["caller"]:
        return task.session.caller.object_id
    principal: str | None = params["principal_id"]
    if principal:
        return principal.lower()
    group = params["identity_resource_group"] or params["resource_group"]
    identity = find_identity(task.session, params["identity"], group)
    return identity.principal_id if identity else None


def _store(task: Task, key: KeyIdentifier) -> KeyStore | None:
    session, group = task.session, task.params["resource_group"]
    if key.is_hsm:
        return lookup.find(session, key)
    if not group:
        return lookup.look(session, key).store
    return vaults.get(session, ResourceId(session.subscription_id, group, resource_id.VAULT, key.vault))


def _not_there_yet(task: Task, place: str, role: Role, *, store_is_missing: bool) -> Result:
    """Vault or identity is not there: in check mode an earlier task may be about to make it, else it is an error."""
    what = place if store_is_missing else f"identity {task.params['identity']}"
    parameter = "vault" if store_is_missing else "identity"
    nothing: Plan[AccessChange] = Plan()
    if task.params["state"] == "absent":
        text = f"There is no {what}, so nothing has access by it."
        return planned(nothing, of=f"access to the {place}", nothing=text, check_mode=task.check_mode)
    if not task.check_mode:
        maker = "keyvault" if store_is_missing else "managed_identity"
        raise Failure(f"There is no {what}.", parameter=parameter, hint=f"Make it with {maker}.", code="not_found")
    task.assume(f"There is no {what} yet.", see_to="makes it")
    step = AccessChange("grant", f"give {_who(task, '')} what the role {role.name} gives, on the {place}")
    return planned(
        Plan((step,), {"access": False}, {"access": True}), of=f"access to the {place}", nothing="", check_mode=True
    )


def _apply(task: Task, right: Right, step: AccessChange) -> None:
    session, store = task.session, right.store
    principal, role, assignment = right.principal_id, right.role, step.assignment
    if isinstance(store, ManagedHsm):
        if assignment is None:
            local_roles.assign(session, store.host, right.scope, role=role, principal_id=principal)
        else:
            local_roles.unassign(session, store.host, right.scope, assignment.name)
    elif step.action in ("add_policy", "remove_policy"):
        kind, tenant = step.action.split("_")[0], store.tenant_id
        vaults.change_policy(
            session, vault_id(store), kind=kind, tenant_id=tenant, principal_id=principal, verbs=step.verbs
        )
    elif assignment is None:
        where = typing.cast(ResourceId, store.resource_id)
        role_assignments.assign(
            session,
            right.scope,
            role=role,
            principal_id=principal,
            subscription_id=where.subscription,
            principal_type=session.caller.principal_type if task.params["caller"] else "ServicePrincipal",
        )
    else:
        role_assignments.unassign(session, assignment.id)
