# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The key store that a key is in, a vault or a Managed HSM: looked up by its name, and who was given what in it."""

from __future__ import annotations

import typing

from .._azure import access, groups, local_roles, managed_hsms, vaults
from .._azure.session import Session
from .._rules import access as rules
from .._rules import resource_id
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier

Wire = dict[str, typing.Any]


def _anywhere(session: Session, ask: typing.Callable[[str | None], Wire | None]) -> Wire | None:
    """What is in the session's subscription, or else in another that the caller sees: a registry and its key store need
    not share one.

    :raises Failure: when the session's own subscription cannot be asked.
    """
    found = ask(None)
    if found is not None:
        return found
    try:
        others = [one for one in groups.subscriptions(session) if one.lower() != session.subscription_id.lower()]
    except Failure:
        return None

    def asker(subscription: str) -> typing.Callable[[], Wire | None]:
        def asked() -> Wire | None:
            try:
                return ask(subscription)
            except Failure:
                # not every subscription that is seen may be looked into
                return None

        return asked

    return next((one for one in session.side_by_side(*(asker(other) for other in others)) if one), None)


def look(session: Session, key: KeyIdentifier) -> tuple[Wire | None, Wire | None, bool]:
    """A key store, or the soft-deleted one of that name, or the knowledge that there is neither.

    A Managed HSM answers on its own host to people who do not see its resource; then what is returned is marked
    ``partial``.

    :returns: store, deleted store, missing. All empty when the caller may not look.
    """
    room: typing.Any = managed_hsms if key.is_hsm else vaults
    try:
        found = _anywhere(session, lambda where: room.find(session, key.vault, where))
        deleted = None
        if found is None:
            deleted = _anywhere(session, lambda where: room.find_deleted(session, key.vault, where))
    except Failure as failure:
        if (failure.azure or {}).get("status") != 403:
            raise
        return (rules.partial_hsm(key.host) if key.is_hsm else None), None, False
    if found is None and deleted is None and key.is_hsm:
        return rules.partial_hsm(key.host), None, True
    return found, deleted, found is None and deleted is None


def find(session: Session, key: KeyIdentifier, *, fresh: bool = False) -> Wire:
    """The key store of a key.

    :param fresh: after a change of ours, so ask again.
    :raises Failure: when there is none such that the caller sees.
    """
    if key.is_hsm:
        return rules.partial_hsm(key.host)

    def ask() -> Wire | None:
        return _anywhere(session, lambda where: vaults.find(session, key.vault, where))

    found = ask() if fresh else session.once(f"vault {key.vault}", ask)
    if found is None:
        text = f"There is no {key.place} that you can see."
        hint = "If it was deleted, nobody can use its keys; else sign in with the right to read it."
        raise Failure(text, hint=hint, code="vault_missing")
    return found


def local_assignments(session: Session, key: KeyIdentifier, principal_id: str) -> tuple[list[Wire], list[str]]:
    """A principal's local roles at a key of a Managed HSM and above, and the scopes that the caller may not list.

    It is not documented whether the list at a scope holds what was given above it, so each scope is asked.

    :raises Failure: when even the list at the key itself cannot be read.
    """
    scopes, unseen = (f"/keys/{key.name}", "/keys", "/"), []

    def lister(scope: str) -> typing.Callable[[], list[Wire]]:
        def listed() -> list[Wire]:
            try:
                return local_roles.assignments(session, key.host, scope, principal_id)
            except Failure as failure:
                if failure.code != "caller_denied" or scope == scopes[0]:
                    raise
                unseen.append(scope)
                return []

        return listed

    found = session.side_by_side(*(lister(scope) for scope in scopes))
    return list({one["id"]: one for listed in found for one in listed}.values()), unseen


def assignments(session: Session, store: Wire, key: KeyIdentifier | None, principal_id: str) -> list[Wire]:
    """A principal's role assignments at a key store, or at one key of it, and above, by the store's own kind of roles.

    :raises Failure: when they cannot be listed.
    """
    if rules.vault_access(store) != "local":
        return access.assignments(session, rules.scope_of(store, key.name if key else None), principal_id)
    if key is not None:
        listed = local_assignments(session, key, principal_id)[0]
        # a list above the key holds other keys' roles too
        return [one for one in listed if resource_id.within(one["properties"]["scope"], f"/keys/{key.name}")]
    return local_roles.assignments(session, rules.hsm_host(store), rules.scope_of(store), principal_id)
