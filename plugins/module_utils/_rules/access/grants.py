# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Who can use a key: read from a vault's access policies or from role assignments."""

from __future__ import annotations

import dataclasses
import typing
import uuid

from ..._domain import resource_id
from ..._domain.key_store import KeyStore, Vault
from ..._domain.role import HARMLESS_ROLES, OFFICER_ROLES, REGISTRY_ROLES, ROLES, CustomRole, RoleAssignment


@dataclasses.dataclass(frozen=True)
class Means:
    """By what a principal can use keys: ``kind`` is ``role`` or ``policy``; ``created`` in seconds since 1970."""

    kind: str
    name: str
    scope: str
    created: float | None = None


@dataclasses.dataclass(frozen=True)
class OtherRight:
    """A right that looks as if it were enough, and is not; ``active`` says whether its model is the one that counts."""

    name: str
    scope: str
    active: bool


@dataclasses.dataclass(frozen=True)
class Grant:
    """Whether a principal can use the keys (None: it cannot be told), and by what."""

    allowed: bool | None
    means: tuple[Means, ...] = ()
    other: OtherRight | None = None

    @property
    def newest_role(self) -> float | None:
        """When the youngest of its roles was assigned; None if it has none, or nothing says when."""
        moments = [one.created for one in self.means if one.kind == "role" and one.created]
        return max(moments) if moments else None


def assignment_name(*, scope: str, principal_id: str, role_id: str) -> str:
    """The name of the assignment that we make: the same for the same scope, principal and role.

    Names are GUIDs, unique in the tenant (Azure RBAC documentation, "Troubleshoot Azure RBAC").
    """
    text = f"{scope.rstrip('/').lower()}|{principal_id.lower()}|{role_id.lower()}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"ownkey.acr/{text}"))


def grant_command(
    store: KeyStore, principal_id: str, role: str, *, principal_type: str = "ServicePrincipal", scope: str = ""
) -> str:
    """The az CLI's command that gives a principal what a role gives, by the key store's own model.

    :param role: a key of :data:`.._domain.role.ROLES`.
    :param scope: another one than the whole key store.
    """
    built_in = store.role(role)
    if store.access == "policy":
        verbs = " ".join(built_in.verbs)
        return f"az keyvault set-policy --name {store.name} --object-id {principal_id} --key-permissions {verbs}"
    to = f"--assignee-object-id {principal_id} --assignee-principal-type {principal_type}"
    if store.access == "local":
        return (
            f'az keyvault role assignment create --hsm-name {store.name} --role "{built_in.name}" '
            f"--scope {scope or '/keys'} {to}"
        )
    return f'az role assignment create --role "{built_in.name}" {to} --scope {scope or store.id}'


def policy_verbs(store: KeyStore, principal_id: str) -> frozenset[str]:
    """The key verbs, in lower case, that a vault's access policies give a principal."""
    return store.verbs_of(principal_id) if isinstance(store, Vault) else frozenset()


def has_verbs(granted: frozenset[str], needed: typing.Iterable[str]) -> bool:
    """Whether a policy's verbs cover the needed ones; ``all`` leaves out rotate, but not the rotation policy.

    Recorded: with ``rotate`` and ``all`` a rotation policy is set and read (azure-cli, test_keyvault_key_rotation).
    """
    extra = {"purge", "rotate", "release"}
    return all(verb.lower() in granted or ("all" in granted and verb.lower() not in extra) for verb in needed)


def has_policy(store: KeyStore, principal_id: str, role: str) -> bool:
    """Whether access policies alone give a principal, now, what a role gives."""
    return store.access == "policy" and has_verbs(policy_verbs(store, principal_id), store.role(role).verbs)


def grant(
    store: KeyStore,
    assignments: typing.Sequence[RoleAssignment],
    principal_id: str,
    *,
    key_name: str | None = None,
    role: str = "service_encryption_user",
    customs: typing.Mapping[str, CustomRole] | None = None,
) -> Grant:
    """Whether a principal has what the role gives, by whichever model the key store is in.

    :param assignments: role assignments of the principal, from a list at the key store's scope.
    :param key_name: one key; an assignment at that key's own scope then counts too.
    :param role: ``service_encryption_user`` (a registry) or ``crypto_officer`` (a caller).
    :param customs: what is known of custom roles, by GUID.
    """
    if store.access == "policy":
        if has_verbs(policy_verbs(store, principal_id), ROLES[role].verbs):
            return Grant(True, (Means("policy", "access policy", store.id),))
        return Grant(False, other=_other(store, assignments, principal_id))
    sufficient = REGISTRY_ROLES if role == "service_encryption_user" else OFFICER_ROLES
    means, has_unknown = [], False
    target = store.scope(key_name)
    for assignment in assignments:
        if not assignment.is_of(principal_id) or not resource_id.within(assignment.scope, target):
            continue
        custom = (customs or {}).get(assignment.role)
        if assignment.role in sufficient:
            means.append(means_of(assignment, sufficient[assignment.role]))
        elif custom and role == "service_encryption_user":
            means += [means_of(assignment, custom.name)] if custom.enough else []
        elif assignment.role not in HARMLESS_ROLES and assignment.role not in REGISTRY_ROLES:
            has_unknown = True
    if means or has_unknown:
        return Grant(True if means else None, tuple(means))
    return Grant(False, other=_other(store, assignments, principal_id))


def means_of(assignment: RoleAssignment, name: str) -> Means:
    """A role assignment as one of a grant's means."""
    return Means("role", name, assignment.scope, assignment.created)


def _other(store: KeyStore, assignments: typing.Iterable[RoleAssignment], principal_id: str) -> OtherRight | None:
    """A right by the model that the key store is not in, or for another key of it."""
    by_role = store.access != "policy"
    if by_role and has_verbs(policy_verbs(store, principal_id), ("unwrapKey",)):
        return OtherRight("an access policy", store.id, active=False)
    for assignment in assignments:
        if assignment.is_of(principal_id) and assignment.role in REGISTRY_ROLES:
            return OtherRight(f"the role {REGISTRY_ROLES[assignment.role]}", assignment.scope, active=by_role)
    return None
