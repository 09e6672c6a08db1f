# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What Azure shows now of the things that a record tells of."""

from __future__ import annotations

from ..._azure import errors, groups, keys, registries, sdk, vaults
from ..._azure.session import Session
from ..._domain import key_identifier, resource_id
from ..._domain.failure import Failure
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.key_store import Vault
from ..._domain.plan import Side
from ..._domain.record import Subject
from ..._domain.resource_id import ResourceId
from ..identity.lookup import identity_at
from ..key_store import lookup

_ABSENT: Side = {"state": "absent"}


def shown(session: Session, subject: Subject) -> Subject:
    """A thing as Azure shows it now; that it could not be seen is said as well."""
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        return Subject(subject.id, after=_state(session, subject))
    except core.AzureError as error:
        return _not_seen(subject, errors.failure(error, "looking at it"))
    except Failure as failure:
        return _not_seen(subject, failure)


def _not_seen(subject: Subject, failure: Failure) -> Subject:
    return Subject(subject.id, outcome="not_seen", reason=failure.sentence())


def _state(session: Session, subject: Subject) -> Side:
    if subject.id.lower().startswith("https://"):
        return _key_store(session, subject)
    where = resource_id.parse(subject.id)
    if where is None:
        return _group(session, subject.id)
    looks = {resource_id.REGISTRY: _registry, resource_id.VAULT: _vault, resource_id.IDENTITY: _identity}
    look = next((look for kind, look in looks.items() if kind.lower() == where.type.lower()), None)
    if look is None:
        raise Failure("Nothing is known of how to look at it.", code="not_seen")
    return look(session, where, subject)


def _registry(session: Session, where: ResourceId, _subject: Subject) -> Side:
    registry = registries.get(session, where)
    if registry is None:
        return _ABSENT
    encryption = registry.encryption.result() if registry.encryption else {"status": "disabled"}
    return {"state": "present", "provisioning_state": registry.provisioning_state, **encryption}


def _vault(session: Session, where: ResourceId, subject: Subject) -> Side:
    vault = vaults.get(session, where)
    if vault is None:
        return _ABSENT
    principal = _principal(subject)
    rights: Side = {}
    if principal:
        # an access is told of the vault that it is to
        rights = _rights(session, vault, None, principal)
    return {"state": "present", "access": vault.access, "purge_protection": vault.purge_protection, **rights}


def _rights(session: Session, store: Vault, key: KeyIdentifier | None, principal: str) -> Side:
    roles = lookup.assignments(session, store, key, principal) if store.access == "rbac" else []
    return {
        "principal_id": principal,
        "role_definitions": sorted(one.definition_id for one in roles),
        "key_verbs": sorted(store.verbs_of(principal)) if store.access == "policy" else [],
    }


def _principal(subject: Subject) -> str:
    return str(subject.after.get("principal_id") or subject.before.get("principal_id") or "").lower()


def _identity(session: Session, where: ResourceId, _subject: Subject) -> Side:
    identity = identity_at(session, where)
    return {"state": "present", **identity.result()} if identity else _ABSENT


def _group(session: Session, thing: str) -> Side:
    _empty, _word, subscription, word, name, *rest = [*thing.split("/"), "", "", "", ""]
    if word.lower() != "resourcegroups" or not name or any(rest):
        raise Failure("Nothing is known of how to look at it.", code="not_seen")
    group = groups.get(session, name, subscription)
    return {"state": "present", **group.result()} if group else _ABSENT


def _key_store(session: Session, subject: Subject) -> Side:
    """A key, or the access to a Managed HSM."""
    if "/keys/" not in subject.id:
        raise Failure("Who may do what in a Managed HSM is not looked up here.", code="not_seen")
    key = key_identifier.parse(subject.id, session.cloud).versionless
    newest = keys.find(session, key)
    if newest is None:
        return _ABSENT if keys.deleted(session, key) is None else {"state": "soft-deleted"}
    principal, rights = _principal(subject), Side()
    if principal:
        store = lookup.find(session, key)
        rights = _rights(session, store, key, principal) if lookup.is_vault(store) else {}
    return {
        **rights,
        "state": "present",
        "version": newest.version,
        "enabled": newest.enabled,
        "created": newest.result()["created"],
        "expires_on": newest.result()["expires_on"],
    }
