# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Look for ourselves what stands between a registry's identity and its key; requests that can go side by side do."""

from __future__ import annotations

import typing

from .._azure import access, errors, identities, keys, sdk
from .._azure.session import Session
from .._rules import access as access_rules
from .._rules import health, key_facts, resource_id
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from .._rules.registry_facts import Facts
from .._rules.registry_plan import Identity
from . import key_store


def key(session: Session, wanted: KeyIdentifier) -> tuple[str, key_facts.Facts | None]:
    """The state of a key (see :class:`health.Observed`) and its facts if it can be read."""
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        return "there", keys.get(session, wanted)
    except core.ResourceNotFoundError:
        try:
            return ("deleted" if keys.deleted(session, wanted) else "missing"), None
        except core.AzureError as error:
            return ("gone" if errors.is_denied(error) else "missing"), None
    except core.AzureError as error:
        if isinstance(error, core.ClientAuthenticationError) and errors.status_of(error) is None:
            raise errors.failure(error, "to sign you in") from error
        if errors.is_denied(error):
            return "denied", None
        if errors.is_unreachable(error):
            return "unreachable", None
        if errors.status_of(error) == 403:
            # the vault's firewall keeps the caller out; it says nothing of the registry
            return "unknown", None
        raise errors.failure(error, f"reading the key {wanted}") from error


def grant(
    session: Session, store: dict[str, typing.Any], principal_id: str, key: KeyIdentifier, role: str
) -> access_rules.Grant | None:
    """Whether a principal can use a key; None when the caller may not look."""
    listed: list[dict[str, typing.Any]] = []
    unseen: list[str] = []
    model, verbs = access_rules.vault_access(store), access_rules.role_in(store, role).verbs
    if not (model == "policy" and access_rules.has_verbs(access_rules.policy_of(store, principal_id), verbs)):
        try:
            if model == "local":
                listed, unseen = key_store.local_assignments(session, key, principal_id)
            else:
                # at the vault, so that a role for another key of it is seen too
                listed = access.assignments(session, store["id"], principal_id)
        except Failure as failure:
            if (failure.azure or {}).get("status") != 403:
                raise
            if model != "policy":
                return None
    # ``assignedTo`` answers for groups too: whoever it lists counts as the principal
    for assignment in listed:
        assignment["properties"]["principalId"] = principal_id
    customs = access.custom_roles(session, listed) if model == "rbac" else {}
    found = access_rules.grant(store, listed, principal_id, key_name=key.name, role=role, customs=customs)
    return None if unseen and not found.allowed else found


def everything(
    session: Session, wanted: KeyIdentifier, identity: Identity | None, *, reference: str, registry: Facts | None = None
) -> health.Observed:
    """All that decides whether an identity can use a key.

    :param identity: resolved, None if there is none such.
    :param reference: how the identity was given.
    :param registry: the registry's facts, None while it does not exist.
    """
    (state, (found, deleted, missing), now) = session.side_by_side(
        lambda: key(session, wanted),
        lambda: key_store.look(session, wanted),
        lambda: _identity_now(session, identity) if registry is not None else None,
    )
    shown = _identity(identity, reference, registry, now)
    given = None
    if found and shown["principal_id"] and not shown["deleted"]:
        given = grant(session, found, shown["principal_id"], wanted, "service_encryption_user")
    return health.Observed(
        key_identifier=str(wanted),
        vault_name=wanted.vault,
        key_name=wanted.name,
        now=session.now(),
        identity=shown,
        vault=found,
        vault_deleted=deleted,
        # a key that can be read is in a vault, whether the caller may see that or not
        vault_missing=missing and (state[0] == "unreachable" if wanted.is_hsm else state[0] != "there"),
        place=wanted.place,
        key=state[1],
        key_state=state[0],
        grant=given,
        tenant_id=session.caller["tenant_id"],
    )


def everything_about_vault(session: Session, wanted: KeyIdentifier) -> health.Observed:
    """What can be seen of a key's vault alone, when its host does not answer."""
    found, deleted, missing = key_store.look(session, wanted)
    return health.Observed(
        key_identifier=str(wanted),
        vault_name=wanted.vault,
        key_name=wanted.name,
        now=session.now(),
        vault=found,
        vault_deleted=deleted,
        vault_missing=missing,
        place=wanted.place,
    )


def _identity_now(session: Session, identity: Identity | None) -> dict[str, typing.Any] | None:
    """What the user-assigned identity's own resource says now: ``{}`` if it is gone, None if it cannot be told."""
    where = resource_id.parse((identity.resource_id if identity else None) or "", resource_id.IDENTITY)
    if where is None:
        return None
    try:
        return identities.get(session, where) or {}
    except Failure as failure:
        if (failure.azure or {}).get("status") == 403:
            return None
        raise


def _identity(
    identity: Identity | None, reference: str, registry: Facts | None, now: dict[str, typing.Any] | None
) -> dict[str, typing.Any]:
    attached: bool | None = None
    system = identity is not None and identity.reference == "system"
    if registry is not None and identity is not None:
        users = registry["identity"]["user_assigned"]
        attached = any(resource_id.same(user["resource_id"], identity.resource_id) for user in users)
        if system:
            attached = registry["identity"]["system_assigned"]
    user = identity is not None and bool(identity.resource_id)
    shown = {
        "reference": reference,
        "exists": identity is not None,
        "attached": attached,
        "system": system,
        "client_id": identity.client_id if identity else None,
        "principal_id": identity.principal_id if identity else None,
        "resource_id": identity.resource_id if identity else None,
        "deleted": now == {},
        # nobody said whether the resource is still there
        "unseen": registry is not None and user and now is None,
        "recreated": False,
    }
    own = (now or {}).get("properties") or {}
    if own and str(own.get("clientId")).lower() != str(shown["client_id"]).lower():
        shown |= {"recreated": True, "client_id": own.get("clientId"), "principal_id": own.get("principalId")}
    return shown


def refuse(
    seen: health.Observed, *, azure: dict[str, typing.Any] | None = None, parameter: str | None = None
) -> Failure:
    """The failure for what was observed: the true cause and the way out, beside Azure's own text."""
    found = health.causes(seen)
    first = next((finding for finding in found if finding.severity == "error"), found[0] if found else None)
    if first is None:
        text = (
            f"Azure cannot use the key {seen.key_identifier} as the identity given, and no cause can be seen from here."
        )
        hint = "The vault's own audit log (AuditEvent, operations KeyGet, KeyWrap, KeyUnwrap) names the reason."
        return Failure(text, hint=hint, code="key_refused", azure=azure)
    rest = " ".join(finding.sentence() for finding in found if finding is not first)
    return Failure(
        first.what,
        parameter=parameter,
        hint=first.remedy + (f" Also: {rest}" if rest else ""),
        code=first.code,
        azure=azure,
        findings=[finding.show() for finding in found],
    )
