# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep an identity's, or the caller's, right to the keys of a vault or Managed HSM as wanted."""

from __future__ import annotations

import typing

from .._azure import access, local_roles, vaults
from .._azure.session import Session
from .._operation import Result, Task, planned
from .._rules import access as rules
from .._rules import names, plan, resource_id, revocation
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from .._rules.registry_facts import Facts
from . import key_store, resolve


def ensure(task: Task) -> Result:
    """The operation of the module ``keyvault_key_access``."""
    params, session = task.params, task.session
    any_key = resolve.key_in(session.cloud, params["vault"], names.check("key", params["key"] or "any"))
    principal, vault = session.side_by_side(
        lambda: _principal(task), lambda: _store(session, any_key, params["resource_group"])
    )
    chosen = params["role"] or ("crypto_officer" if params["caller"] else "service_encryption_user")
    role = rules.role_in(vault, chosen) if vault else rules.ROLES[chosen]
    name = any_key.place
    if vault is None or principal is None:
        return _not_there_yet(task, name, role, missing_vault=vault is None)
    scope = rules.scope_of(vault, params["key"])
    policy = rules.vault_access(vault) == "policy"
    asked = any_key if params["key"] else None
    listed = [] if policy else key_store.assignments(session, vault, asked, principal)
    if params["state"] == "present":
        steps = _present(vault, listed, principal, role, scope, params["key"])
        lost: list[Facts] = []
    else:
        steps = _absent(vault, listed, principal, role, scope)
        lost = _losing(task, principal, any_key.host) if steps.changed else []
        if not task.check_mode:
            what = f"taking the access to the {name} from {_who(params, principal)}"
            revocation.require_confirmation(lost, params["confirm"], what=what)
    if not task.check_mode:
        _apply(task, vault, principal, role, scope, steps)
    told = planned(steps, nothing=_nothing(params, principal, name), check_mode=task.check_mode)
    result = {**told, "principal_id": principal, "access": rules.vault_access(vault), "scope": scope}
    if params["state"] == "absent":
        result["would_lose_access"] = revocation.affected(lost)
        result["remaining"] = _remaining(vault, listed, principal, scope, steps)
        for way in result["remaining"]:
            who = _who(params, principal)
            task.warn(f"{who} can still use the keys of the {name}: {way['name']} at {way['scope']}.")
    return result


def _who(params: dict[str, typing.Any], principal: str) -> str:
    return "the caller" if params["caller"] else str(params["identity"] or params["principal_id"] or principal)


def _nothing(params: dict[str, typing.Any], principal: str, name: str) -> str:
    has = "has its access" if params["state"] == "present" else "has no access"
    who = _who(params, principal)
    return f"{who[0].upper()}{who[1:]} {has} to the {name}."


def _principal(task: Task) -> str | None:
    params = task.params
    if params["caller"]:
        return task.session.caller["object_id"]
    if params["principal_id"]:
        if not names.is_guid(params["principal_id"]):
            text = f"{params['principal_id']!r} is not an object id."
            raise Failure(text, parameter="principal_id", hint="An object id is a GUID.", code="malformed_principal")
        return params["principal_id"].lower()
    group = params["identity_resource_group"] or params["resource_group"]
    found = resolve.find_identity(task.session, params["identity"], group)
    return found.principal_id if found else None


def _store(session: Session, key: KeyIdentifier, group: str | None) -> dict[str, typing.Any] | None:
    if key.is_hsm:
        return key_store.find(session, key)
    if not group:
        return key_store.look(session, key)[0]
    return vaults.get(session, resource_id.ResourceId(session.subscription_id, group, resource_id.VAULT, key.vault))


def _not_there_yet(task: Task, name: str, role: rules.Role, *, missing_vault: bool) -> Result:
    """Vault or identity is not there: in check mode an earlier task may be about to make it, else it is an error."""
    params = task.params
    what = name if missing_vault else f"identity {params['identity']}"
    parameter = "vault" if missing_vault else "identity"
    if params["state"] == "absent":
        text = f"There is no {what}, so nothing has access by it."
        return planned(plan.Plan(), nothing=text, check_mode=task.check_mode)
    if not task.check_mode:
        maker = "keyvault" if missing_vault else "managed_identity"
        raise Failure(f"There is no {what}.", parameter=parameter, hint=f"Make it with {maker}.", code="not_found")
    task.warn(f"There is no {what} yet; this check takes it that an earlier task makes it.")
    who = _who(params, "")
    step = plan.Step("grant", f"give {who} what the role {role.name} gives, on the {name}")
    return planned(plan.Plan((step,), {"access": False}, {"access": True}), nothing="", check_mode=True)


def _at(vault: dict[str, typing.Any], scope: str) -> str:
    """A scope in words; a Managed HSM's says nothing of where it is."""
    return f"{scope} of the Managed HSM {vault['name']}" if rules.vault_access(vault) == "local" else scope


def _present(
    vault: dict[str, typing.Any],
    listed: list[dict[str, typing.Any]],
    principal: str,
    role: rules.Role,
    scope: str,
    key: str | None,
) -> plan.Plan:
    if rules.vault_access(vault) == "policy":
        if key:
            raise Failure(
                f"The vault {vault['name']} uses access policies, which are for all its keys together.",
                parameter="key",
                hint="Leave key out.",
                code="policy_for_one_key",
            )
        if rules.has_verbs(rules.policy_of(vault, principal), role.verbs):
            return plan.Plan()
        text = f"add {', '.join(role.verbs)} to the access policy of {principal} on the vault {vault['name']}"
        return plan.Plan((plan.Step("add_policy", text),), {"access": False}, {"access": list(role.verbs)})
    for assignment in listed:
        there = assignment["properties"]
        if rules.role_guid(there["roleDefinitionId"]) == role.id and resource_id.within(there["scope"], scope):
            return plan.Plan()
    text = f"assign the role {role.name} to {principal} at {_at(vault, scope)}"
    return plan.Plan((plan.Step("assign", text),), {"access": False}, {"access": role.name})


def _absent(
    vault: dict[str, typing.Any], listed: list[dict[str, typing.Any]], principal: str, role: rules.Role, scope: str
) -> plan.Plan:
    if rules.vault_access(vault) == "policy":
        held = rules.policy_of(vault, principal)
        taken = [verb for verb in role.verbs if verb.lower() in held or "all" in held]
        if not taken:
            return plan.Plan()
        text = f"take {', '.join(taken)} from the access policy of {principal} on the vault {vault['name']}"
        details = {"verbs": [*taken, *(["all"] if "all" in held else [])]}
        return plan.Plan((plan.Step("remove_policy", text, details),), {"access": sorted(held)}, {"access": False})
    steps = [
        plan.Step("unassign", f"remove the role {role.name} of {principal} at {_at(vault, scope)}", dict(assignment))
        for assignment in listed
        if resource_id.same(assignment["properties"]["scope"], scope)
        # what it has through a group is the group's, and serves others
        and str(assignment["properties"]["principalId"]).lower() == principal.lower()
        and rules.role_guid(assignment["properties"]["roleDefinitionId"]) == role.id
    ]
    return plan.Plan(tuple(steps), {"access": role.name} if steps else {}, {"access": False} if steps else {})


def _remaining(
    vault: dict[str, typing.Any], listed: list[dict[str, typing.Any]], principal: str, scope: str, steps: plan.Plan
) -> list[dict[str, typing.Any]]:
    """Ways in that are left: roles at a higher scope, other roles, a key's own scope."""
    if rules.vault_access(vault) == "policy":
        return []
    gone = {step.details.get("id") for step in steps.steps}
    left = [assignment for assignment in listed if assignment["id"] not in gone]
    below = [a for a in left if not resource_id.within(a["properties"]["scope"], scope)]
    known = rules.grant(vault, _as_own(left, principal), principal)
    ways = [*known.ways, *(rules.way(a, "a role for one key") for a in below)]
    return [{"kind": way["kind"], "name": way["name"], "scope": way["scope"]} for way in ways]


def _as_own(listed: list[dict[str, typing.Any]], principal: str) -> list[dict[str, typing.Any]]:
    """Assignments through a group count as the principal's own."""
    return [{**a, "properties": {**a["properties"], "principalId": principal}} for a in listed]


def _losing(task: Task, principal: str, host: str) -> list[Facts]:
    """The registries that go to this key store as this principal."""
    users = revocation.users_of_store(resolve.all_registries(task.session), host, task.session.cloud)
    return [known for known in users if revocation.principal_of(known) == principal.lower()]


def _apply(
    task: Task, vault: dict[str, typing.Any], principal: str, role: rules.Role, scope: str, steps: plan.Plan
) -> None:
    where = resource_id.parse(vault["id"], resource_id.VAULT)
    hsm = rules.hsm_host(vault) if rules.vault_access(vault) == "local" else ""
    for step in steps.steps:
        if hsm and step.action == "assign":
            local_roles.assign(task.session, hsm, scope, role=role, principal_id=principal)
        elif hsm:
            local_roles.unassign(task.session, hsm, scope, step.details["name"])
        elif where and step.action in ("add_policy", "remove_policy"):
            vaults.change_policy(
                task.session,
                where,
                kind=step.action.split("_")[0],
                tenant_id=vault["properties"]["tenantId"],
                principal_id=principal,
                verbs=step.details.get("verbs") or role.verbs,
            )
        elif step.action == "assign":
            subscription = where.subscription if where else task.session.subscription_id
            access.assign(task.session, scope, role=role, principal_id=principal, subscription_id=subscription)
        elif step.action == "unassign":
            access.unassign(task.session, step.details["id"])
