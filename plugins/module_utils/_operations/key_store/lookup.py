# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The key store that a key is in, a vault or a Managed HSM: looked up by its name, and who was given what in it."""

from __future__ import annotations

import typing

from ..._azure import groups, local_roles, managed_hsms, role_assignments, vaults
from ..._azure.session import Session
from ..._domain import key_identifier, names, resource_id
from ..._domain.cloud import Cloud
from ..._domain.failure import Failure
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.key_store import DeletedKeyStore, KeyStore, ManagedHsm, Vault, hsm_at
from ..._domain.role import RoleAssignment

T = typing.TypeVar("T")


def vault_host(cloud: Cloud, reference: str, *, parameter: str = "vault") -> str:
    """The host of a key store given by name or address.

    :raises Failure: for what is neither, or is in another cloud.
    """
    if "://" not in reference and "." not in reference:
        return cloud.vault_host(names.check("vault", reference, parameter=parameter))
    text = reference if "://" in reference else f"https://{reference}"
    return key_identifier.parse(f"{text.rstrip('/')}/keys/any", cloud, parameter=parameter).host


def key_in(cloud: Cloud, store: str, name: str, *, parameter: str = "vault") -> KeyIdentifier:
    """A key of a key store, which is given as :func:`vault_host` takes it.

    :raises Failure: for what is no key store.
    """
    host = vault_host(cloud, store, parameter=parameter)
    return KeyIdentifier(host, name, "", "managed_hsm" if host.endswith(cloud.hsm_suffix) else "vault")


def _anywhere(session: Session, ask: typing.Callable[[str | None], T | None]) -> T | None:
    """What is in the session's subscription, or else in another that the caller sees: a registry and its key store need
    not share one.

    :raises Failure: when a subscription cannot be asked, but for those that the caller may not look into.
    """
    answer = ask(None)
    if answer is not None:
        return answer
    try:
        others = [one for one in groups.subscriptions(session) if one.lower() != session.subscription_id.lower()]
    except Failure as failure:
        if failure.status != 403:
            raise
        return None

    def asker(subscription: str) -> typing.Callable[[], T | None]:
        def ask_there() -> T | None:
            try:
                return ask(subscription)
            except Failure as failure:
                # not every subscription that is seen may be looked into, and one may go meanwhile
                if failure.status not in (403, 404):
                    raise
                return None

        return ask_there

    return next((one for one in session.side_by_side(*(asker(other) for other in others)) if one), None)


class StoreLook(typing.NamedTuple):
    """What came of looking for a key store; ``missing``: there is neither it nor a soft-deleted one of that name."""

    store: KeyStore | None
    deleted: DeletedKeyStore | None
    missing: bool


def look(session: Session, key: KeyIdentifier) -> StoreLook:
    """A key store, or the soft-deleted one of that name, or the knowledge that there is neither.

    A Managed HSM answers on its own host to people who do not see its resource; then what is returned is partial.

    :returns: all empty when the caller may not look.
    """
    partial = hsm_at(key.host) if key.is_hsm else None
    deleted: DeletedKeyStore | None = None
    try:
        store = _find(session, key)
        if store is None:
            room = managed_hsms if key.is_hsm else vaults
            deleted = _anywhere(session, lambda where: room.find_deleted(session, key.vault, where))
    except Failure as failure:
        if failure.status != 403:
            raise
        return StoreLook(partial, None, missing=False)
    missing = store is None and deleted is None
    return StoreLook(partial if missing else store, deleted, missing)


def _find(session: Session, key: KeyIdentifier) -> KeyStore | None:
    if key.is_hsm:
        return _anywhere(session, lambda where: managed_hsms.find(session, key.vault, where))
    return _anywhere(session, lambda where: vaults.find(session, key.vault, where))


def find(session: Session, key: KeyIdentifier, *, fresh: bool = False) -> KeyStore:
    """The key store of a key.

    :param fresh: after a change of ours, so ask again.
    :raises Failure: when there is none such that the caller sees.
    """
    if key.is_hsm:
        return hsm_at(key.host)
    store = _find(session, key) if fresh else session.once(f"vault {key.vault}", lambda: _find(session, key))
    if store is None:
        text = f"There is no {key.place} that you can see."
        hint = "If it was deleted, nobody can use its keys; else sign in with the right to read it."
        raise Failure(text, hint=hint, code="vault_missing")
    return store


class LocalAssignments(typing.NamedTuple):
    """A principal's local roles, and the scopes that the caller may not list."""

    assignments: list[RoleAssignment]
    unseen_scopes: list[str]


def local_assignments(session: Session, key: KeyIdentifier, principal_id: str) -> LocalAssignments:
    """A principal's local roles at a key of a Managed HSM and above.

    It is not documented whether the list at a scope holds what was given above it, so each scope is asked.

    :raises Failure: when even the list at the key itself cannot be read.
    """
    scopes = (f"/keys/{key.name}", "/keys", "/")
    unseen_scopes: list[str] = []

    def lister(scope: str) -> typing.Callable[[], list[RoleAssignment]]:
        def assignments_at() -> list[RoleAssignment]:
            try:
                return local_roles.assignments(session, key.host, scope, principal_id)
            except Failure as failure:
                if failure.code != "caller_denied" or scope == scopes[0]:
                    raise
                unseen_scopes.append(scope)
                return []

        return assignments_at

    lists = session.side_by_side(*(lister(scope) for scope in scopes))
    unique = {assignment.id: assignment for one in lists for assignment in one}
    return LocalAssignments(list(unique.values()), unseen_scopes)


def assignments(
    session: Session, store: KeyStore, key: KeyIdentifier | None, principal_id: str
) -> list[RoleAssignment]:
    """A principal's role assignments at a key store, or at one key of it, and above, by the store's own kind of roles.

    :raises Failure: when they cannot be listed.
    """
    if not isinstance(store, ManagedHsm):
        return role_assignments.assignments(session, store.scope(key.name if key else None), principal_id)
    if key is None:
        return local_roles.assignments(session, store.host, store.scope(), principal_id)
    # a list above the key holds other keys' roles too
    there = local_assignments(session, key, principal_id).assignments
    return [one for one in there if resource_id.within(one.scope, f"/keys/{key.name}")]


def is_vault(store: KeyStore | None) -> typing.TypeGuard[Vault]:
    """Whether a key store is a vault."""
    return isinstance(store, Vault)
