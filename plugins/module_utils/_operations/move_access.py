# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The safe move of a vault to the other permission model: first every right under the new one, then the switch.

Switching makes the rights of the other model count at once, and those of the old one not any more (Key Vault
documentation, "Migrate to Azure role-based access control").
"""

from __future__ import annotations

import typing

from .._azure import access
from .._operation import Task
from .._rules import access as rules
from .._rules import health, plan, revocation, vault_plan
from . import access_ways, resolve

Wire = dict[str, typing.Any]


def before_switch(task: Task, vault: Wire, goal: str) -> tuple[plan.Step, ...]:
    """The rights that the registries' identities, and the caller, lack under the new model.

    :param vault: as it is now.
    :param goal: ``rbac`` or ``policy``.
    :raises Failure: when rights or registries cannot be read.
    """
    host = task.session.cloud.vault_host(vault["name"])
    users = revocation.users_of_store(resolve.all_registries(task.session), host, task.session.cloud)
    wanted: dict[str, tuple[str, str]] = {}
    for known in users:
        principal = revocation.principal_of(known)
        if principal:
            wanted.setdefault(principal, ("service_encryption_user", f"the identity of the registry {known['name']}"))
    caller = task.session.caller["object_id"]
    if _has(task, vault, caller, "crypto_officer"):
        wanted.setdefault(caller, ("crypto_officer", "you"))
    after = vault_plan.as_if(vault, goal)
    steps = []
    for principal, (role, who) in wanted.items():
        if not _has(task, after, principal, role):
            chosen = rules.ROLES[role]
            what = f"the role {chosen.name}" if goal == "rbac" else "an access policy with the same rights"
            text = f"give {who} {what} on the vault {vault['name']}"
            steps.append(plan.Step("grant", text, {"principal": principal, "role": role, "model": goal}))
    return tuple(steps)


def _has(task: Task, vault: Wire, principal: str, role: str) -> bool:
    listed = access.assignments(task.session, vault["id"], principal) if rules.vault_access(vault) == "rbac" else []
    for assignment in listed:
        # what it has through a group counts as its own
        assignment["properties"]["principalId"] = principal
    return rules.grant(vault, listed, principal, role=role).allowed is True


def give_first(task: Task, vault: Wire, steps: plan.Plan) -> plan.Plan:
    """Give the rights of a plan, and wait until they count; returns what is left of the plan.

    Nobody can be asked whether another's fresh role counts already, so the documented time is waited for.

    :raises Failure: when Azure refuses.
    """
    grants = [step for step in steps.steps if step.action == "grant"]
    for step in grants:
        model = vault_plan.as_if(vault, step.details["model"])
        access_ways.give(task.session, model, step.details["principal"], step.details["role"])
    if any(step.details["model"] == "rbac" for step in grants):
        task.clock.sleep(health.ROLE_SPREAD, "the fresh role assignments to count everywhere, which takes 10 minutes")
    return plan.Plan(tuple(step for step in steps.steps if step.action != "grant"), steps.before, steps.after)
