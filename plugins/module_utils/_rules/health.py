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

import dataclasses
import typing

from . import access, durations, moments
from .encryption import NEEDED_OPERATIONS, RSA_TYPES

#: Until a fresh role assignment counts everywhere (Azure RBAC documentation: up to 10 minutes), in seconds.
ROLE_SPREAD = 600


@dataclasses.dataclass(frozen=True)
class Observed:
    """What was seen; None stands for what could not be seen, with the reason in ``unseen``.

    ``identity``: ``{reference, client_id, principal_id, resource_id, exists, attached, system, deleted, recreated,
    unseen}``;
    ``deleted``: attached, but the resource is gone; ``recreated``: there is another of that name, whose ids these are.
    ``vault``: Resource Manager's JSON; ``vault_deleted``: the soft-deleted vault's JSON.
    ``key``: facts of the version that would be used; ``key_state``: ``there``, ``missing``, ``deleted``, ``denied``,
    ``unreachable``, ``gone`` (missing or deleted, which the caller may not see) or ``unknown``. ``now``: Azure's time.
    ``tenant_id``: the caller's, empty if it does not matter. ``place``: the key store in words.
    """

    key_identifier: str
    vault_name: str
    key_name: str
    now: float
    identity: dict[str, typing.Any] | None = None
    vault: dict[str, typing.Any] | None = None
    vault_deleted: dict[str, typing.Any] | None = None
    vault_missing: bool = False
    key: dict[str, typing.Any] | None = None
    key_state: str = "unknown"
    grant: access.Grant | None = None
    unseen: tuple[str, ...] = ()
    tenant_id: str = ""
    place: str = ""

    def __post_init__(self) -> None:
        if not self.place:
            object.__setattr__(self, "place", f"vault {self.vault_name}")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    ``severity`` is ``error`` (the registry cannot use the key), ``warning`` (it will not, or less safely than it
    should) or ``info``. ``why`` it matters; if empty, the general word for its severity counts.
    """

    code: str
    severity: str
    what: str
    remedy: str
    why: str = ""

    def show(self) -> dict[str, str]:
        """The finding as a result lists it."""
        return {**dataclasses.asdict(self), "why": self.why or _WHY[self.severity]}

    def sentence(self) -> str:
        """What is wrong and the way out."""
        return f"{self.what} {self.remedy}"


_WHY = {
    "error": "As long as it is so, no image can be pulled or pushed, or none will be after the registry's next look.",
    "warning": "It works now, and may not when it is needed.",
    "info": "Nothing is wrong; it is good to know.",
}


def causes(seen: Observed) -> list[Finding]:
    """Everything that keeps the identity from the key, the most basic first."""
    return [*_identity(seen), *_vault(seen), *_key(seen), *_grant(seen), *_firewall(seen)]


def waiting_may_help(seen: Observed) -> bool:
    """Whether the only trouble can be a role assignment so fresh that it has not spread yet."""
    if any(finding.severity == "error" for finding in causes(seen)) or not seen.grant or not seen.grant.allowed:
        return False
    made = [way["created"] for way in seen.grant.ways if way["kind"] == "role" and way["created"]]
    return bool(made) and seen.now - max(made) < ROLE_SPREAD


def _error(code: str, what: str, remedy: str, why: str = "") -> Finding:
    return Finding(code, "error", what, remedy, why)


def _identity(seen: Observed) -> list[Finding]:
    identity = seen.identity
    if identity is None:
        return []
    name = identity["reference"]
    if identity["system"] and identity["attached"] is False:
        return [
            _error(
                "system_identity_lost",
                "The registry uses its system-assigned identity, which was taken off it.",
                "Only Microsoft can bring that back: open a support ticket for Azure Container Registry, with the "
                "registry's resource id, the key identifier and the time of the removal. Keep the key and its vault as "
                "they are until then.",
            )
        ]
    if identity["deleted"]:
        return [
            _error(
                "identity_deleted",
                f"The identity {name} was deleted; the registry still goes to its key as it.",
                "The playbook ownkey.acr.restore makes it again under the same name, gives the new one its right and "
                "sets it on the registry.",
            )
        ]
    if identity["recreated"]:
        return [
            _error(
                "identity_recreated",
                f"The identity {name} was deleted and made again: it has new ids, and the registry still uses the old, "
                "whose right to the key now dangles.",
                "The playbook ownkey.acr.restore gives the new one its right and sets it on the registry.",
            )
        ]
    if not identity["exists"]:
        return [
            _error(
                "identity_missing",
                f"The identity {name} does not exist.",
                "Make it with managed_identity; one that was deleted and made again has new ids, so give it its right "
                "to the key again and set it anew on the registry (ownkey.acr.restore does both).",
            )
        ]
    if identity["attached"] is False:
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


def _vault(seen: Observed) -> list[Finding]:
    if seen.vault_deleted is not None:
        until = (seen.vault_deleted.get("properties") or {}).get("scheduledPurgeDate", "its retention ends")
        remedy = (
            "Recover it with the playbook ownkey.acr.restore."
            if (seen.vault_deleted.get("properties") or {}).get("mhsmId")
            else "Recover it: keyvault with recover: true, or the playbook ownkey.acr.restore. Role assignments do not "
            "come back with it."
        )
        text = f"The {seen.place} is soft-deleted; it can be recovered until {until}."
        return [_error("vault_deleted", text, remedy)]
    tenant = str(((seen.vault or {}).get("properties") or {}).get("tenantId") or "")
    if seen.tenant_id and tenant and tenant.lower() != seen.tenant_id.lower():
        return [
            _error(
                "vault_other_tenant",
                f"The {seen.place} belongs to the tenant {tenant}, its subscription to {seen.tenant_id}.",
                "Change its tenant (az resource update --set properties.tenantId=TENANT), then give access again.",
                "After a subscription was moved to another tenant, its vaults still trust the old one: nobody can use "
                "their keys.",
            )
        ]
    if seen.vault_missing:
        return [
            _error(
                "vault_missing",
                f"There is no {seen.place} in the subscriptions that you can see.",
                "Check the key identifier; a purged vault cannot be brought back.",
            )
        ]
    return []


def _key(seen: Observed) -> list[Finding]:
    if seen.vault_deleted is not None or seen.vault_missing:
        return []
    name = f"{seen.key_name} in the {seen.place}"
    if seen.key_state == "deleted":
        return [
            _error(
                "key_deleted",
                f"The key {name} is soft-deleted; it can be recovered.",
                "Recover it: keyvault_rsa_key with recover: true, or the playbook ownkey.acr.restore.",
            )
        ]
    if seen.key_state == "missing":
        return [
            _error(
                "key_missing",
                f"There is no key {name}, nor a soft-deleted one of that name (or version).",
                "Check the key identifier, make the key with keyvault_rsa_key, or restore it from a backup with it.",
            )
        ]
    if seen.key_state == "gone":
        return [
            _error(
                "key_gone",
                f"There is no key {name}; whether a soft-deleted one of that name waits, you may not see.",
                "Recover it: keyvault_rsa_key with recover: true, or the playbook ownkey.acr.restore.",
            )
        ]
    return _key_facts(seen, seen.key) if seen.key else []


def _key_facts(seen: Observed, key: dict[str, typing.Any]) -> list[Finding]:
    found, name = [], key["key_identifier"]
    if key["key_type"] not in RSA_TYPES:
        text = f"The key {name} is of type {key['key_type']}; a registry takes RSA and RSA-HSM only."
        found.append(_error("not_rsa", text, "Make an RSA key with keyvault_rsa_key."))
    if not key["enabled"]:
        text = f"The key {name} is disabled."
        remedy = "Enable it: keyvault_rsa_key with state present and this version, or ownkey.acr.restore."
        found.append(_error("key_disabled", text, remedy))
    expires, begins = moments.epoch(key["expires_on"]), moments.epoch(key["not_before"])
    if expires is not None and seen.now >= expires:
        text = f"The key {name} expired on {key['expires_on']}: images can still be read, but nothing new be wrapped."
        found.append(_error("key_expired", text, "Rotate with cmk_rotate, or set a later expires_on."))
    if begins is not None and seen.now < begins:
        text = f"The key {name} is not valid before {key['not_before']}."
        found.append(_error("key_not_yet_valid", text, "Set an earlier not_before with keyvault_rsa_key."))
    lacking = [operation for operation in NEEDED_OPERATIONS if operation not in key["operations"]]
    if lacking:
        text = f"The key {name} does not allow {' and '.join(lacking)}."
        found.append(_error("key_operations", text, "Add them to operations with keyvault_rsa_key."))
    return found


def _grant(seen: Observed) -> list[Finding]:
    if seen.grant is None or seen.vault is None or seen.identity is None:
        return []
    who = seen.identity["reference"]
    if seen.grant.allowed is False:
        mode = access.vault_access(seen.vault)
        role = access.role_in(seen.vault, "service_encryption_user").name
        lacks = "an access policy with get, wrapKey and unwrapKey" if mode == "policy" else f"the role {role}"
        model = {"rbac": "role-based access", "policy": "access policies", "local": "local roles"}[mode]
        other = seen.grant.other
        if other:
            what = f"The identity {who} has {other['name']} at {other['scope']}, which does not count: "
            wrong_mode = other["active"] is False
            reason = f"the {seen.place} uses {model}" if wrong_mode else f"it is not for {seen.key_name}"
            code = "access_wrong_mode" if wrong_mode else "access_wrong_scope"
            return [_error(code, f"{what}{reason}.", f"Grant it {lacks} with keyvault_key_access.")]
        return [
            _error(
                "access_missing",
                f"The identity {who} lacks {lacks} on the {seen.place} (which uses {model}).",
                "Grant it with keyvault_key_access.",
            )
        ]
    made = [way["created"] for way in seen.grant.ways if way["kind"] == "role" and way["created"]]
    if made and seen.now - max(made) < ROLE_SPREAD:
        since = durations.words(max(0.0, seen.now - max(made)))
        return [
            Finding(
                "access_fresh",
                "warning",
                f"The role of the identity {who} was assigned {since} ago; it can take 10 minutes until it counts.",
                "Run the same task again a little later.",
            )
        ]
    return []


def _firewall(seen: Observed) -> list[Finding]:
    properties = (seen.vault or {}).get("properties") or {}
    acls = properties.get("networkAcls") or {}
    closed = str(properties.get("publicNetworkAccess") or "Enabled").lower() == "disabled"
    denies = str(acls.get("defaultAction") or "Allow").lower() == "deny"
    if not closed and not denies:
        return []
    what = "has public network access turned off" if closed else "has a firewall"
    if str(acls.get("bypass") or "AzureServices").lower() != "azureservices":
        return [
            _error(
                "vault_firewall",
                f"The {seen.place} {what} and does not let trusted Azure services through.",
                "Set bypass to AzureServices with keyvault.",
            )
        ]
    if seen.identity and not seen.identity["system"]:
        return [
            Finding(
                "vault_firewall_user_identity",
                "warning",
                f"The {seen.place} {what}; as a trusted service a registry passes it with its "
                "system-assigned identity, not with a user-assigned one.",
                "Open the vault's firewall while the registry is created, move the registry to its system-assigned "
                "identity with cmk_rotate, then close it again.",
            )
        ]
    return []
