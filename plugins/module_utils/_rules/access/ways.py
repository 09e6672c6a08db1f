# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Every way by which a principal can use a key, as revoking needs it: what opens it now, and what would later."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain import resource_id
from ..._domain.key_store import KeyStore
from ..._domain.role import HARMLESS_ROLES, REGISTRY_ROLES, CustomRole, RoleAssignment
from .grants import has_verbs, policy_verbs


@dataclasses.dataclass(frozen=True)
class Way:
    """One way in.

    :param kind: ``role`` or ``policy``.
    :param id: the assignment's, None of a policy.
    :param direct: given to the principal itself, not to a group of it.
    :param here: at the key store or at the key, not above.
    :param active: by the permission model that the key store is in.
    :param certain: False for a role that we do not know, which may be a custom one.
    :param removal: the command that would take it away.
    """

    kind: str
    name: str
    scope: str
    id: str | None
    direct: bool
    here: bool
    active: bool
    certain: bool
    removal: str

    @property
    def is_ours_to_take(self) -> bool:
        """Whether it serves this principal at this key store alone."""
        return self.direct and self.here and self.certain

    def words(self) -> str:
        """For a sentence."""
        return f"{self.name} at {self.scope}{'' if self.direct else ' through a group'}"

    def result(self) -> dict[str, object]:
        """As a result lists it."""
        return {"kind": self.kind, "name": self.name, "scope": self.scope, "id": self.id, "direct": self.direct}


def ways(
    store: KeyStore,
    assignments: typing.Iterable[RoleAssignment],
    principal_id: str,
    key_name: str,
    *,
    customs: typing.Mapping[str, CustomRole] | None = None,
) -> list[Way]:
    """Every way by which a principal can use a key, now or as soon as the vault's permission model is turned round.

    :param assignments: role assignments of the principal and of its groups, from a list at the key's scope.
    :param customs: what is known of custom roles, by GUID. One that lets nobody unwrap is no way; another is told and
        never taken away, since it may serve for more.
    """
    model, target = store.access, store.scope(key_name)
    open_ways = []
    for assignment in assignments:
        role = assignment.role
        custom = (customs or {}).get(role)
        if (
            not resource_id.within(assignment.scope, target)
            or role in HARMLESS_ROLES
            or (custom and not custom.unwraps)
        ):
            continue
        open_ways.append(
            Way(
                kind="role",
                name=custom.name if custom else REGISTRY_ROLES.get(role, f"a role of unknown rights ({role})"),
                scope=assignment.scope,
                id=assignment.id,
                direct=assignment.is_of(principal_id),
                # a Managed HSM's roles are all its own
                here=model == "local" or resource_id.within(store.id, assignment.scope),
                active=model != "policy",
                certain=role in REGISTRY_ROLES,
                removal=_removal(store, assignment, principal_id),
            )
        )
    if has_verbs(policy_verbs(store, principal_id), ("unwrapKey",)):
        open_ways.append(
            Way(
                kind="policy",
                name="access policy",
                scope=store.id,
                id=None,
                direct=True,
                here=True,
                active=model == "policy",
                certain=True,
                removal=f"az keyvault delete-policy --name {store.name} --object-id {principal_id}",
            )
        )
    return open_ways


def _removal(store: KeyStore, assignment: RoleAssignment, principal_id: str) -> str:
    """The command that would take a role assignment away."""
    if store.access != "local":
        return f"az role assignment delete --ids {assignment.id}"
    return (
        f"az keyvault role assignment delete --hsm-name {store.name} --scope {assignment.scope} "
        f"--assignee-object-id {principal_id} --role {assignment.role}"
    )
