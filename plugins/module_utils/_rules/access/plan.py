# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What to do so that a principal has, or has not, a right to keys."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain import resource_id
from ..._domain.failure import Failure
from ..._domain.key_store import KeyStore
from ..._domain.plan import Plan, Step
from ..._domain.role import Role, RoleAssignment
from .grants import Means, grant, has_verbs, means_of, policy_verbs


@dataclasses.dataclass(frozen=True)
class Right:
    """The right that is meant: whose, what, and where. ``key``: for one key alone."""

    store: KeyStore
    principal_id: str
    role: Role
    key: str | None

    @property
    def scope(self) -> str:
        """The scope of the key store, or of the key."""
        return self.store.scope(self.key)

    @property
    def place(self) -> str:
        """The scope in words; a Managed HSM's says nothing of where it is."""
        return f"{self.scope} of the Managed HSM {self.store.name}" if self.store.access == "local" else self.scope


@dataclasses.dataclass(frozen=True)
class AccessChange(Step):
    """One change of a right.

    :param verbs: of ``add_policy`` and ``remove_policy``.
    :param assignment: of ``unassign``.
    """

    # again, since some tools do not see what is inherited
    action: str
    text: str
    verbs: tuple[str, ...] = ()
    assignment: RoleAssignment | None = None


def present(right: Right, assignments: typing.Iterable[RoleAssignment]) -> Plan[AccessChange]:
    """The plan for a right that is to be there.

    :param assignments: the principal's, at the scope and above.
    :raises Failure: for one key of a vault with access policies.
    """
    store, role, principal = right.store, right.role, right.principal_id
    if store.access == "policy":
        if right.key:
            raise Failure(
                f"The vault {store.name} uses access policies, which are for all its keys together.",
                parameter="key",
                hint="Leave key out.",
                code="policy_for_one_key",
            )
        if has_verbs(policy_verbs(store, principal), role.verbs):
            return Plan()
        text = f"add {', '.join(role.verbs)} to the access policy of {principal} on the vault {store.name}"
        step = AccessChange("add_policy", text, verbs=role.verbs)
        return Plan((step,), {"access": False}, {"access": list(role.verbs)})
    if any(one.role == role.id and resource_id.within(one.scope, right.scope) for one in assignments):
        return Plan()
    text = f"assign the role {role.name} to {principal} at {right.place}"
    return Plan((AccessChange("assign", text),), {"access": False}, {"access": role.name})


def absent(right: Right, assignments: typing.Iterable[RoleAssignment]) -> Plan[AccessChange]:
    """The plan for a right that is to be gone."""
    store, role, principal = right.store, right.role, right.principal_id
    if store.access == "policy":
        held = policy_verbs(store, principal)
        verbs = [verb for verb in role.verbs if verb.lower() in held or "all" in held]
        if not verbs:
            return Plan()
        text = f"take {', '.join(verbs)} from the access policy of {principal} on the vault {store.name}"
        step = AccessChange("remove_policy", text, verbs=(*verbs, *(["all"] if "all" in held else [])))
        return Plan((step,), {"access": sorted(held)}, {"access": False})
    text = f"remove the role {role.name} of {principal} at {right.place}"
    steps = tuple(
        AccessChange("unassign", text, assignment=one)
        for one in assignments
        # what it has through a group is the group's, and serves others
        if resource_id.same(one.scope, right.scope) and one.is_of(principal) and one.role == role.id
    )
    return Plan(steps, {"access": role.name} if steps else {}, {"access": False} if steps else {})


def remaining(right: Right, assignments: typing.Iterable[RoleAssignment], plan: Plan[AccessChange]) -> list[Means]:
    """What is left after the plan: roles at a higher scope, other roles, a key's own scope."""
    if right.store.access == "policy":
        return []
    gone = {step.assignment.id for step in plan.steps if step.assignment}
    left = [one for one in assignments if one.id not in gone]
    below = [one for one in left if not resource_id.within(one.scope, right.scope)]
    # assignments through a group count as the principal's own
    own = [one.as_own(right.principal_id) for one in left]
    means = grant(right.store, own, right.principal_id).means
    return [*means, *(means_of(one, "a role for one key") for one in below)]
