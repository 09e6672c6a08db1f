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

from ..._azure import role_assignments
from ..._domain.failure import Failure
from ..._domain.key_store import Vault
from ..._operation import Task
from ..._rules.access.grants import grant
from ..._rules.dependents.registries import users_of_store
from ..._rules.health.causes import ROLE_SPREAD
from ..._rules.key_store.plan import VaultStep
from ..access import ways
from ..identity.lookup import key_principal
from ..registry.lookup import all_registries


def missing_grants(task: Task, vault: Vault, model: str) -> tuple[VaultStep, ...]:
    """The rights that the registries' identities, and the caller, lack under the new model.

    :param vault: as it is now.
    :param model: ``rbac`` or ``policy``.
    :raises Failure: when rights or registries cannot be read.
    """
    host = task.session.cloud.vault_host(vault.name)
    users: dict[str, tuple[str, str]] = {}
    for registry in users_of_store(all_registries(task.session), host):
        principal = key_principal(task.session, registry)
        if principal is None:
            raise Failure(
                f"The registry {registry.label} goes to its key as an identity that is not attached to it, and that is "
                "not found among those that you can see: its right cannot be carried over.",
                parameter="move_access",
                hint="Have the registry go there as an identity that is there (cmk_rotate with identity), then run the "
                "same task again.",
                code="identity_missing",
            )
        users.setdefault(principal, ("service_encryption_user", f"the identity of the registry {registry.label}"))
    caller = task.session.caller.object_id
    if _has(task, vault, caller, "crypto_officer"):
        users.setdefault(caller, ("crypto_officer", "you"))
    goal = vault.with_access(model)
    steps = []
    for principal, (role, who) in users.items():
        if not _has(task, goal, principal, role):
            right = f"the role {vault.role(role).name}" if model == "rbac" else "an access policy with the same rights"
            text = f"give {who} {right} on the vault {vault.name}"
            steps.append(VaultStep("grant", text, principal_id=principal, role=role, model=model))
    return tuple(steps)


def _has(task: Task, vault: Vault, principal: str, role: str) -> bool:
    assignments = role_assignments.assignments(task.session, vault.id, principal) if vault.rbac else []
    # what it has through a group counts as its own
    own = [assignment.as_own(principal) for assignment in assignments]
    return grant(vault, own, principal, role=role).allowed is True


def give(task: Task, vault: Vault, step: VaultStep) -> None:
    """Give one right of a plan.

    :raises Failure: when Azure refuses.
    """
    who = task.session.caller
    principal_type = who.principal_type if step.principal_id == who.object_id else "ServicePrincipal"
    ways.give(task.session, vault.with_access(step.model), step.principal_id, step.role, principal_type=principal_type)


def wait_until_given(task: Task) -> None:
    """Wait for fresh roles: nobody can be asked whether another's counts already, so the documented time it is."""
    task.clock.sleep(ROLE_SPREAD, "the fresh role assignments to count everywhere, which takes 10 minutes")
