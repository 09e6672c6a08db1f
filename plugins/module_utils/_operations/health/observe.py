# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Look for ourselves what stands between a registry's identity and its key; requests that can go side by side do."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import errors, keys, local_roles, role_assignments, sdk
from ..._azure.session import Session
from ..._domain import resource_id
from ..._domain.failure import AzureError, Failure
from ..._domain.identity import Identity, ManagedIdentity
from ..._domain.key import KeyVersion
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.key_store import KeyStore
from ..._domain.registry import Registry
from ..._domain.role import RoleAssignment
from ..._rules.access import grants
from ..._rules.access.grants import Grant
from ..._rules.health.causes import causes
from ..._rules.health.observation import Observation, ObservedIdentity
from ..identity.lookup import AGAIN, identity_at
from ..key_store import lookup


class KeyLook(typing.NamedTuple):
    """The state of a key (see :class:`Observation`), and the key if it can be read."""

    state: str
    key: KeyVersion | None


def key(session: Session, identifier: KeyIdentifier) -> KeyLook:
    """Look at a key; at one that is not found twice, before that is said of it."""
    look = _key(session, identifier)
    if look.state not in ("missing", "gone"):
        return look
    session.clock.sleep(AGAIN, "a key to be found")
    return _key(session, identifier)


def _key(session: Session, identifier: KeyIdentifier) -> KeyLook:
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        return KeyLook("there", keys.get(session, identifier))
    except core.ResourceNotFoundError:
        try:
            return KeyLook("deleted" if keys.deleted(session, identifier) else "missing", None)
        except core.AzureError as error:
            if errors.is_denied(error):
                return KeyLook("gone", None)
            raise errors.failure(error, f"looking for the deleted key {identifier.name}") from error
    except core.AzureError as error:
        if isinstance(error, core.ClientAuthenticationError) and errors.status_of(error) is None:
            raise errors.failure(error, "to sign you in") from error
        if errors.is_denied(error):
            return KeyLook("denied", None)
        if errors.is_unreachable(error):
            return KeyLook("unreachable", None)
        if errors.status_of(error) == 403:
            # the vault's firewall keeps the caller out; it says nothing of the registry
            return KeyLook("unknown", None)
        raise errors.failure(error, f"reading the key {identifier}") from error


def grant(session: Session, store: KeyStore, principal_id: str, key: KeyIdentifier, role: str) -> Grant | None:
    """Whether a principal can use a key; None when the caller may not look."""
    assignments: list[RoleAssignment] = []
    unseen_scopes: list[str] = []
    if not grants.has_policy(store, principal_id, role):
        try:
            if store.access == "local":
                assignments, unseen_scopes = lookup.local_assignments(session, key, principal_id)
            else:
                # at the vault, so that a role for another key of it is seen too
                assignments = role_assignments.assignments(session, store.id, principal_id)
        except Failure as failure:
            if failure.status != 403:
                raise
            if store.access != "policy":
                return None
    # ``assignedTo`` answers for groups too: whoever it lists counts as the principal
    own = [assignment.as_own(principal_id) for assignment in assignments]
    customs = {}
    if store.access == "local":
        customs = local_roles.custom_roles(session, key.host, own)
    elif store.access == "rbac":
        customs = role_assignments.custom_roles(session, own)
    answer = grants.grant(store, own, principal_id, key_name=key.name, role=role, customs=customs)
    return None if unseen_scopes and not answer.allowed else answer


def of_key(
    session: Session,
    identifier: KeyIdentifier,
    identity: Identity | None,
    *,
    reference: str,
    registry: Registry | None = None,
) -> Observation:
    """All that decides whether an identity can use a key.

    :param identity: resolved, None if there is none such.
    :param reference: how the identity was given.
    :param registry: None while it does not exist.
    """
    key_look, store_look, identity_look = session.triple(
        lambda: key(session, identifier),
        lambda: lookup.look(session, identifier),
        lambda: _look_at_identity(session, identity if registry is not None else None),
    )
    observed_identity = _identity(identity, reference, registry, identity_look)
    identity_grant = None
    if store_look.store and observed_identity.principal_id and not observed_identity.deleted:
        identity_grant = grant(
            session, store_look.store, observed_identity.principal_id, identifier, "service_encryption_user"
        )
    return Observation(
        key_identifier=identifier,
        now=session.now(),
        identity=observed_identity,
        store=store_look.store,
        deleted_store=store_look.deleted,
        # a key that can be read is in a vault, whether the caller may see that or not
        store_missing=store_look.missing
        and (key_look.state == "unreachable" if identifier.is_hsm else key_look.state != "there"),
        key=key_look.key,
        key_state=key_look.state,
        grant=identity_grant,
        tenant_id=session.caller.tenant_id,
    )


def of_registry(
    session: Session, identifier: KeyIdentifier, identity: Identity | None, registry: Registry
) -> Observation:
    """All that decides whether a registry, as it is, can use a key by the identity that it goes there with."""
    reference = registry.encryption.identity_reference if registry.encryption else ""
    return of_key(session, identifier, identity, reference=reference.rsplit("/", 1)[-1], registry=registry)


def of_store(session: Session, identifier: KeyIdentifier) -> Observation:
    """What can be seen of a key's vault alone, when its host does not answer."""
    store_look = lookup.look(session, identifier)
    return Observation(
        key_identifier=identifier,
        now=session.now(),
        store=store_look.store,
        deleted_store=store_look.deleted,
        store_missing=store_look.missing,
    )


class IdentityLook(typing.NamedTuple):
    """What the user-assigned identity's own resource says now; ``answered`` is False where nobody would say."""

    answered: bool
    resource: ManagedIdentity | None = None


def _look_at_identity(session: Session, identity: Identity | None) -> IdentityLook:
    where = resource_id.parse((identity.resource_id if identity else None) or "", resource_id.IDENTITY)
    if where is None:
        return IdentityLook(answered=False)
    try:
        return IdentityLook(answered=True, resource=identity_at(session, where))
    except Failure as failure:
        if failure.status == 403:
            return IdentityLook(answered=False)
        raise


def _identity(
    identity: Identity | None, reference: str, registry: Registry | None, look: IdentityLook
) -> ObservedIdentity:
    if identity is None:
        return ObservedIdentity(reference, exists=False)
    attached: bool | None = None
    if registry is not None:
        identities_now = registry.identities
        attached = identities_now.system_assigned if identity.is_system else identities_now.has(identity.resource_id)
    observed = ObservedIdentity(
        reference=reference,
        attached=attached,
        system=identity.is_system,
        client_id=identity.client_id,
        principal_id=identity.principal_id,
        resource_id=identity.resource_id,
        deleted=look.answered and look.resource is None,
        unseen=registry is not None and bool(identity.resource_id) and not look.answered,
    )
    own = look.resource
    if own is None or str(own.client_id).lower() == str(identity.client_id).lower():
        return observed
    return dataclasses.replace(observed, recreated=True, client_id=own.client_id, principal_id=own.principal_id)


def refuse(observation: Observation, *, azure: AzureError | None = None, parameter: str | None = None) -> Failure:
    """The failure for what was observed: the true cause and the way out, beside Azure's own text."""
    findings = causes(observation)
    first = next((finding for finding in findings if finding.severity == "error"), findings[0] if findings else None)
    unseen = f" You could not see {', '.join(observation.unseen)}." if observation.unseen else ""
    if first is None:
        text = (
            f"Azure cannot use the key {observation.key_identifier} as the identity given, "
            "and no cause can be seen from here."
        )
        hint = "The vault's own audit log (AuditEvent, operations KeyGet, KeyWrap, KeyUnwrap) names the reason."
        return Failure(text + unseen, hint=hint, code="key_refused", azure=azure)
    rest = " ".join(finding.sentence() for finding in findings if finding is not first)
    # where nothing that was seen is wrong for certain, it may as well be what was not seen
    is_certain = first.severity == "error"
    return Failure(
        first.what if is_certain else first.what + unseen,
        parameter=parameter,
        hint=first.remedy + (f" Also: {rest}" if rest else ""),
        code=first.code,
        azure=azure,
        findings=[finding.result() for finding in findings],
    )
