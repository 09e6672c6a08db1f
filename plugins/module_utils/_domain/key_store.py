# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Key stores: key vaults and Managed HSMs, as Resource Manager shows them, and soft-deleted ones."""

from __future__ import annotations

import dataclasses

from . import wire as json
from .resource_id import ResourceId, parse
from .role import LOCAL_ROLES, ROLES, Role
from .wire import Wire

HSM_TYPE = "Microsoft.KeyVault/managedHSMs"


@dataclasses.dataclass(frozen=True)
class NetworkAcls:
    """A key store's firewall."""

    default_action: str = "Allow"
    bypass: str = "AzureServices"
    ip_rules: tuple[str, ...] = ()
    virtual_network_rules: tuple[str, ...] = ()

    @classmethod
    def from_wire(cls, acls: Wire) -> NetworkAcls:
        """From the ``networkAcls`` block."""
        return cls(
            default_action=json.text(acls, "defaultAction") or "Allow",
            bypass=json.text(acls, "bypass") or "AzureServices",
            ip_rules=tuple(json.text(rule, "value") or "" for rule in json.blocks(acls, "ipRules")),
            virtual_network_rules=tuple(
                json.text(rule, "id") or "" for rule in json.blocks(acls, "virtualNetworkRules")
            ),
        )

    @property
    def denies(self) -> bool:
        """Whether it lets in only whom it names."""
        return self.default_action.lower() == "deny"

    @property
    def spares_trusted_services(self) -> bool:
        """Whether trusted Azure services pass it."""
        return self.bypass.lower() == "azureservices"

    def body(self) -> dict[str, object]:
        """As it is sent."""
        return {
            "defaultAction": self.default_action,
            "bypass": self.bypass,
            "ipRules": [{"value": value} for value in self.ip_rules],
            "virtualNetworkRules": [{"id": value} for value in self.virtual_network_rules],
        }

    def result(self) -> dict[str, object]:
        """In the module's words, in one order: two that mean the same are equal."""
        return {
            "default_action": self.default_action,
            "bypass": self.bypass,
            # Azure writes a single address back with its prefix length
            "ip_rules": sorted(value.removesuffix("/32") for value in self.ip_rules),
            "virtual_network_rules": sorted(value.lower() for value in self.virtual_network_rules),
        }


@dataclasses.dataclass(frozen=True)
class PolicyEntry:
    """One entry of a vault's access policies; key verbs in lower case."""

    object_id: str
    key_verbs: frozenset[str]
    application_id: str | None = None
    #: whether it gives rights to secrets, certificates or storage too
    has_more: bool = False

    @classmethod
    def from_wire(cls, entry: Wire) -> PolicyEntry:
        """From one item of ``accessPolicies``."""
        return cls(
            object_id=json.text(entry, "objectId") or "",
            key_verbs=frozenset(verb.lower() for verb in json.texts(entry, "permissions", "keys")),
            application_id=json.text(entry, "applicationId"),
            has_more=any(json.texts(entry, "permissions", kind) for kind in ("secrets", "certificates", "storage")),
        )

    def words(self) -> str:
        """What it gives, in words."""
        parts = [f"keys: {', '.join(sorted(self.key_verbs))}"] if self.key_verbs else []
        return " and ".join([*parts, *(["secrets or certificates"] if self.has_more else [])]) or "nothing"


@dataclasses.dataclass(frozen=True)
class KeyStore:
    """What vaults and Managed HSMs have in common. ``tenant_id`` is that of whose identities it lets in."""

    id: str
    name: str
    location: str
    tags: dict[str, str]
    tenant_id: str
    sku: str | None
    purge_protection: bool
    soft_delete_retention_days: int | None
    #: as Azure says it, None where nothing is said
    public_network_access: str | None
    network_acls: NetworkAcls

    @property
    def access(self) -> str:
        """The permission model: ``rbac`` or ``policy`` of a vault, ``local`` of a Managed HSM."""
        raise NotImplementedError

    @property
    def resource_id(self) -> ResourceId | None:
        """Its resource id in parts; None where only its address is known."""
        return parse(self.id)

    @property
    def is_partial(self) -> bool:
        """Whether only its address is known."""
        return False

    @property
    def is_closed(self) -> bool:
        """Whether its public network access is off."""
        return (self.public_network_access or "Enabled").lower() == "disabled"

    def scope(self, key_name: str | None = None) -> str:
        """The scope of the key store, or of one key of it, in its own kind of roles."""
        return f"{self.id}/keys/{key_name}" if key_name else self.id

    def role(self, name: str) -> Role:
        """The built-in role of the key store's kind.

        :param name: a key of :data:`.role.ROLES`.
        """
        return ROLES[name]


@dataclasses.dataclass(frozen=True)
class Vault(KeyStore):
    """A key vault."""

    vault_uri: str | None = None
    rbac: bool = True
    policies: tuple[PolicyEntry, ...] = ()

    @classmethod
    def from_wire(cls, wire: Wire) -> Vault:
        """From Resource Manager's JSON."""
        properties = json.block(wire, "properties")
        return cls(
            **_common(wire),
            vault_uri=json.text(properties, "vaultUri"),
            rbac=bool(json.flag(properties, "enableRbacAuthorization")),
            policies=tuple(PolicyEntry.from_wire(entry) for entry in json.blocks(properties, "accessPolicies")),
        )

    @classmethod
    def unseen(cls, name: str, vault_id: str) -> Vault:
        """What stands for a vault that the caller may not see, in a command for somebody who may."""
        return cls(**_common({"id": vault_id, "name": name}))

    @property
    def access(self) -> str:
        """``rbac`` or ``policy``."""
        return "rbac" if self.rbac else "policy"

    def with_access(self, model: str) -> Vault:
        """The vault as it would be with another permission model."""
        return dataclasses.replace(self, rbac=model == "rbac")

    def verbs_of(self, principal_id: str) -> frozenset[str]:
        """The key verbs, in lower case, that its access policies give a principal by itself.

        An entry with an application id is for the two together (azure-cli #17806, azure-docs #113471).
        """
        own = (entry for entry in self.policies if not entry.application_id)
        entries = (entry for entry in own if entry.object_id.lower() == principal_id.lower())
        return frozenset(verb for entry in entries for verb in entry.key_verbs)

    def result(self) -> dict[str, object]:
        """As ``keyvault`` returns it."""
        return {
            "id": self.id,
            "name": self.name,
            "location": self.location,
            "vault_uri": self.vault_uri,
            "sku": self.sku,
            "access": self.access,
            "purge_protection": self.purge_protection,
            "soft_delete_retention_days": self.soft_delete_retention_days,
            "public_network_access": self.public_network_access or "Enabled",
            "network_acls": self.network_acls.result(),
            "tags": self.tags,
        }


@dataclasses.dataclass(frozen=True)
class ManagedHsm(KeyStore):
    """A Managed HSM. ``partial``: only its address is known; its data plane says the rest."""

    host: str = ""
    partial: bool = False

    @classmethod
    def from_wire(cls, wire: Wire) -> ManagedHsm:
        """From Resource Manager's JSON."""
        uri = json.text(wire, "properties", "hsmUri") or ""
        return cls(**_common(wire), host=uri.removeprefix("https://").strip("/").lower())

    @property
    def access(self) -> str:
        """``local``."""
        return "local"

    @property
    def is_partial(self) -> bool:
        """Whether only its address is known."""
        return self.partial

    def scope(self, key_name: str | None = None) -> str:
        """``/``, or ``/keys/NAME``."""
        return f"/keys/{key_name}" if key_name else "/"

    def role(self, name: str) -> Role:
        """The local role that means the same as a vault's."""
        return LOCAL_ROLES[name]


def hsm_at(host: str) -> ManagedHsm:
    """What stands for a Managed HSM of which only the address is known."""
    return ManagedHsm(
        id="/",
        name=host.split(".", 1)[0],
        location="",
        tags={},
        tenant_id="",
        sku=None,
        purge_protection=False,
        soft_delete_retention_days=None,
        public_network_access=None,
        network_acls=NetworkAcls(),
        host=host,
        partial=True,
    )


def _common(wire: Wire) -> Wire:
    properties = json.block(wire, "properties")
    return {
        "id": json.text(wire, "id") or "",
        "name": json.text(wire, "name") or "",
        "location": json.text(wire, "location") or "",
        "tags": json.tags(wire, "tags"),
        "tenant_id": json.text(properties, "tenantId") or "",
        "sku": json.text(properties, "sku", "name") or json.text(wire, "sku", "name"),
        "purge_protection": bool(json.flag(properties, "enablePurgeProtection")),
        "soft_delete_retention_days": json.number(properties, "softDeleteRetentionInDays"),
        "public_network_access": json.text(properties, "publicNetworkAccess"),
        "network_acls": NetworkAcls.from_wire(json.block(properties, "networkAcls")),
    }


@dataclasses.dataclass(frozen=True)
class DeletedKeyStore:
    """A soft-deleted key store. ``id`` is the resource id that it had, and gets back."""

    id: str
    name: str
    location: str
    tags: dict[str, str]
    is_hsm: bool
    purge_protected: bool
    scheduled_purge: str | None

    @classmethod
    def from_wire(cls, wire: Wire) -> DeletedKeyStore:
        """From an item of the list of deleted vaults or Managed HSMs."""
        properties = json.block(wire, "properties")
        hsm = json.text(properties, "mhsmId")
        return cls(
            id=hsm or json.text(properties, "vaultId") or "",
            name=json.text(wire, "name") or "",
            location=json.text(properties, "location") or "",
            tags=json.tags(properties, "tags"),
            is_hsm=bool(hsm),
            purge_protected=bool(json.flag(properties, "purgeProtectionEnabled")),
            scheduled_purge=json.text(properties, "scheduledPurgeDate"),
        )

    @property
    def resource_id(self) -> ResourceId | None:
        """Its resource id in parts."""
        return parse(self.id)
