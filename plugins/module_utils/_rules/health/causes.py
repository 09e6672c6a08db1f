# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Why a registry cannot use its key: the true cause behind Azure's one opaque message, with the way out.

Azure answers "Failed to access KeyId …" for a missing right, a missing, disabled or deleted key, a vault firewall and a
right that has not spread yet alike (``docs/azure-behaviour.md``, "Failed to access KeyId"). These rules look at what
was observed and say which it is. They serve the checks before a change as well as the search after a refusal.
"""

from __future__ import annotations

from ..._domain import duration, moment, names
from ..._domain.key import KeyVersion
from ..access.grants import grant_command
from ..key.fitness import NEEDED_OPERATIONS, RSA_TYPES
from .observation import Finding, Observation

#: Until a fresh role assignment counts everywhere (Azure RBAC documentation: up to 10 minutes), in seconds.
ROLE_SPREAD = 600


def causes(observation: Observation) -> list[Finding]:
    """Everything that keeps the identity from the key, the most basic first."""
    return [
        *_identity(observation),
        *_store(observation),
        *_key(observation),
        *_grant(observation),
        *_firewall(observation),
    ]


def waiting_may_help(observation: Observation) -> bool:
    """Whether the only trouble can be a role assignment so fresh that it has not spread yet."""
    if (
        any(finding.severity == "error" for finding in causes(observation))
        or not observation.grant
        or not observation.grant.allowed
    ):
        return False
    assigned = observation.grant.newest_role
    return assigned is not None and observation.now - assigned < ROLE_SPREAD


def _error(code: str, what: str, remedy: str, why: str = "") -> Finding:
    return Finding(code, "error", what, remedy, why)


def _identity(observation: Observation) -> list[Finding]:
    identity = observation.identity
    if identity is None:
        return []
    name = identity.reference
    if identity.system and identity.attached is False:
        return [
            _error(
                "system_identity_lost",
                "The registry uses its system-assigned identity, which was taken off it.",
                "Only Microsoft can bring that back: open a support ticket for Azure Container Registry, with the "
                "registry's resource id, the key identifier and the time of the removal. Keep the key and its vault as "
                "they are until then.",
            )
        ]
    if identity.deleted:
        return [
            _error(
                "identity_deleted",
                f"The identity {name} was deleted; the registry still goes to its key as it.",
                "The playbook ownkey.acr.restore makes it again under the same name, gives the new one its right and "
                "sets it on the registry.",
            )
        ]
    if identity.recreated:
        return [
            _error(
                "identity_recreated",
                f"The identity {name} was deleted and made again: it has new ids, and the registry still uses the old, "
                "whose right to the key now dangles.",
                "The playbook ownkey.acr.restore gives the new one its right and sets it on the registry.",
            )
        ]
    if not identity.exists:
        # a client id leads to an identity only by a look at all that the caller may see
        where = "was not found among those that you can see" if names.is_guid(name) else "does not exist"
        return [
            _error(
                "identity_missing",
                f"The identity {name} {where}.",
                "Make it with managed_identity; one that was deleted and made again has new ids, so give it its right "
                "to the key again and set it anew on the registry (ownkey.acr.restore does both).",
            )
        ]
    if identity.attached is False:
        return [
            _error(
                "identity_not_attached",
                f"The identity {name} is not attached to the registry.",
                "Attach it again: acr_cmk_registry with it in identities, or the playbook ownkey.acr.restore.",
                "Pulls and pushes go on until what the registry holds of it expires, about three months after it was "
                "taken off; then they fail. The key cannot be rotated any more.",
            )
        ]
    return []


def _store(observation: Observation) -> list[Finding]:
    deleted = observation.deleted_store
    if deleted is not None:
        remedy = (
            "Recover it with the playbook ownkey.acr.restore."
            if deleted.is_hsm
            else "Recover it: keyvault with recover: true, or the playbook ownkey.acr.restore. Role assignments do not "
            "come back with it."
        )
        until = deleted.scheduled_purge or "its retention ends"
        text = f"The {observation.place} is soft-deleted; it can be recovered until {until}."
        return [_error("vault_deleted", text, remedy)]
    tenant = observation.store.tenant_id if observation.store else ""
    if observation.tenant_id and tenant and tenant.lower() != observation.tenant_id.lower():
        return [
            _error(
                "vault_other_tenant",
                f"The {observation.place} belongs to the tenant {tenant}, its subscription to {observation.tenant_id}.",
                "Change its tenant (az resource update --set properties.tenantId=TENANT), then give access again.",
                "After a subscription was moved to another tenant, its vaults still trust the old one: nobody can use "
                "their keys.",
            )
        ]
    if observation.store_missing:
        return [
            _error(
                "vault_missing",
                f"There is no {observation.place} in the subscriptions that you can see.",
                "Check the key identifier; a purged vault cannot be brought back.",
            )
        ]
    return []


def _key(observation: Observation) -> list[Finding]:
    if observation.deleted_store is not None or observation.store_missing:
        return []
    name = f"{observation.key_name} in the {observation.place}"
    if observation.key_state == "deleted":
        return [
            _error(
                "key_deleted",
                f"The key {name} is soft-deleted; it can be recovered.",
                "Recover it: keyvault_rsa_key with recover: true, or the playbook ownkey.acr.restore.",
            )
        ]
    if observation.key_state == "missing":
        return [
            _error(
                "key_missing",
                f"There is no key {name}, nor a soft-deleted one of that name (or version).",
                "Check the key identifier, make the key with keyvault_rsa_key, or restore it from a backup with it.",
            )
        ]
    if observation.key_state == "gone":
        return [
            _error(
                "key_gone",
                f"There is no key {name}; whether a soft-deleted one of that name waits, you may not see.",
                "Recover it: keyvault_rsa_key with recover: true, or the playbook ownkey.acr.restore.",
            )
        ]
    return _version(observation, observation.key) if observation.key else []


def _version(observation: Observation, key: KeyVersion) -> list[Finding]:
    findings, name = [], key.key_identifier
    if key.key_type not in RSA_TYPES:
        text = f"The key {name} is of type {key.key_type}; a registry takes RSA and RSA-HSM only."
        findings.append(_error("not_rsa", text, "Make an RSA key with keyvault_rsa_key."))
    if not key.enabled:
        text = f"The key {name} is disabled."
        remedy = "Enable it: keyvault_rsa_key with state present and this version, or ownkey.acr.restore."
        findings.append(_error("key_disabled", text, remedy))
    if key.expires_on is not None and observation.now >= key.expires_on:
        since = moment.iso(key.expires_on)
        text = f"The key {name} expired on {since}: images can still be read, but nothing new be wrapped."
        findings.append(_error("key_expired", text, "Rotate with cmk_rotate, or set a later expires_on."))
    if key.not_before is not None and observation.now < key.not_before:
        text = f"The key {name} is not valid before {moment.iso(key.not_before)}."
        findings.append(_error("key_not_yet_valid", text, "Set an earlier not_before with keyvault_rsa_key."))
    lacking = [operation for operation in NEEDED_OPERATIONS if operation not in key.operations]
    if lacking:
        text = f"The key {name} does not allow {' and '.join(lacking)}."
        findings.append(_error("key_operations", text, "Add them to operations with keyvault_rsa_key."))
    return findings


def _grant(observation: Observation) -> list[Finding]:
    if observation.grant is None or observation.store is None or observation.identity is None:
        return []
    who = observation.identity.reference
    if observation.grant.allowed is False:
        mode = observation.store.access
        role = observation.store.role("service_encryption_user").name
        lacks = "an access policy with get, wrapKey and unwrapKey" if mode == "policy" else f"the role {role}"
        model = {"rbac": "role-based access", "policy": "access policies", "local": "local roles"}[mode]
        other = observation.grant.other
        principal = observation.identity.principal_id
        right = grant_command(observation.store, principal, "service_encryption_user") if principal else ""
        command = f" (ownkey.acr.rotate: acr_cmk_grant_identity=true), or: {right}" if right else ""
        if other:
            what = f"The identity {who} has {other.name} at {other.scope}, which does not count: "
            wrong_mode = not other.active
            reason = f"the {observation.place} uses {model}" if wrong_mode else f"it is not for {observation.key_name}"
            code = "access_wrong_mode" if wrong_mode else "access_wrong_scope"
            return [_error(code, f"{what}{reason}.", f"Grant it {lacks} with keyvault_key_access{command}.")]
        return [
            _error(
                "access_missing",
                f"The identity {who} lacks {lacks} on the {observation.place} (which uses {model}).",
                f"Grant it with keyvault_key_access{command}.",
            )
        ]
    assigned = observation.grant.newest_role
    if assigned is not None and observation.now - assigned < ROLE_SPREAD:
        since = duration.words(max(0.0, observation.now - assigned))
        return [
            Finding(
                "access_fresh",
                "warning",
                f"The role of the identity {who} was assigned {since} ago; it can take 10 minutes until it counts.",
                "Run the same task again a little later.",
            )
        ]
    return []


def _firewall(observation: Observation) -> list[Finding]:
    store = observation.store
    if store is None or not (store.is_closed or store.network_acls.denies):
        return []
    what = "has public network access turned off" if store.is_closed else "has a firewall"
    if not store.network_acls.spares_trusted_services:
        return [
            _error(
                "vault_firewall",
                f"The {observation.place} {what} and does not let trusted Azure services through.",
                "Set bypass to AzureServices with keyvault.",
            )
        ]
    if observation.identity and not observation.identity.system:
        return [
            Finding(
                "vault_firewall_user_identity",
                "warning",
                f"The {observation.place} {what}; as a trusted service a registry passes it with its "
                "system-assigned identity, not with a user-assigned one.",
                "Open the vault's firewall while the registry is created, move the registry to its system-assigned "
                "identity with cmk_rotate, then close it again.",
            )
        ]
    return []
