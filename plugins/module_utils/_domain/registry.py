# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A registry: what Resource Manager says of it, and the collection's own words for it.

Shapes: ``docs/azure-behaviour.md``, "Registries". The encryption block of a PUT's or PATCH's own reply still shows the
old state; only a registry read by a GET is true.
"""

from __future__ import annotations

import dataclasses
import typing

from . import moment, resource_id
from . import wire as json
from .cloud import Cloud
from .identity import is_system
from .key_identifier import KeyIdentifier, try_parse
from .region import slug
from .resource_id import ResourceId
from .wire import Wire


@dataclasses.dataclass(frozen=True)
class AttachedIdentity:
    """A user-assigned identity that is attached to a registry."""

    resource_id: str
    client_id: str | None
    principal_id: str | None

    @property
    def name(self) -> str:
        """The last part of its resource id."""
        return self.resource_id.rsplit("/", 1)[-1]

    def is_principal(self, principal_id: str) -> bool:
        """Whether it is that principal."""
        return (self.principal_id or "").lower() == principal_id.lower()

    def is_client(self, client_id: str | None) -> bool:
        """Whether it has that client id."""
        return bool(client_id) and str(self.client_id).lower() == str(client_id).lower()


@dataclasses.dataclass(frozen=True)
class Identities:
    """A registry's identities. ``principal_id`` is the system-assigned one's, None without it."""

    system_assigned: bool
    principal_id: str | None
    user_assigned: tuple[AttachedIdentity, ...]

    @classmethod
    def from_wire(cls, block: Wire) -> Identities:
        """From the ``identity`` block of Resource Manager's JSON."""
        system = "systemassigned" in (json.text(block, "type") or "").lower()
        users = tuple(
            AttachedIdentity(name, json.text(ids, "clientId"), json.text(ids, "principalId"))
            for name, ids in json.block(block, "userAssignedIdentities").items()
        )
        return cls(system, json.text(block, "principalId") if system else None, users)

    @property
    def resource_ids(self) -> list[str]:
        """The user-assigned ones' resource ids."""
        return [user.resource_id for user in self.user_assigned]

    def has(self, identity_id: str | None) -> bool:
        """Whether a user-assigned identity is attached."""
        return any(resource_id.same(user.resource_id, identity_id) for user in self.user_assigned)

    def by_client(self, client_id: str | None) -> AttachedIdentity | None:
        """The attached identity with a client id."""
        return next((user for user in self.user_assigned if user.is_client(client_id)), None)

    def result(self) -> dict[str, object]:
        """As the info module returns it."""
        return dataclasses.asdict(self) | {"user_assigned": [dataclasses.asdict(user) for user in self.user_assigned]}


@dataclasses.dataclass(frozen=True)
class Encryption:
    """A customer-managed key as a registry reports it.

    ``key_identifier`` is what was set, ``versioned_key_identifier`` the version in use; both as Azure wrote them, and
    read as ``key`` and ``in_use`` (None for what cannot be read). ``identity`` is a client id or ``system``.
    ``last_key_rotation``: seconds since 1970.
    """

    key_identifier: str
    versioned_key_identifier: str | None
    key: KeyIdentifier | None
    in_use: KeyIdentifier | None
    identity: str
    identity_resource_id: str | None
    rotation_mode: str
    last_key_rotation: float | None

    @classmethod
    def from_wire(cls, block: Wire, identities: Identities, cloud: Cloud) -> Encryption | None:
        """From the ``encryption`` block; None where Azure's own key alone encrypts."""
        settings = json.block(block, "keyVaultProperties")
        if (json.text(block, "status") or "").lower() != "enabled" or not settings:
            return None
        client_id = json.text(settings, "identity") or ""
        user = identities.by_client(client_id)
        return cls(
            key_identifier=json.text(settings, "keyIdentifier") or "",
            versioned_key_identifier=json.text(settings, "versionedKeyIdentifier"),
            key=try_parse(json.text(settings, "keyIdentifier"), cloud),
            in_use=try_parse(json.text(settings, "versionedKeyIdentifier"), cloud),
            identity=client_id,
            identity_resource_id=user.resource_id if user else None,
            rotation_mode="automatic" if json.flag(settings, "keyRotationEnabled") else "manual",
            last_key_rotation=moment.epoch(json.text(settings, "lastKeyRotationTimestamp")),
        )

    @property
    def current(self) -> KeyIdentifier | None:
        """The key with the version in use, or as it was set where no version is reported."""
        return self.in_use or self.key

    @property
    def key_version(self) -> str | None:
        """The version in use."""
        return self.in_use.version if self.in_use else None

    @property
    def key_name(self) -> str | None:
        """The key's name."""
        return self.key.name if self.key else None

    @property
    def is_automatic(self) -> bool:
        """Whether the registry follows the newest version by itself."""
        return self.rotation_mode == "automatic"

    @property
    def identity_reference(self) -> str:
        """The identity as its resource id, where it is attached; else as Azure reports it."""
        return self.identity_resource_id or self.identity

    def result(self) -> dict[str, object]:
        """As the info module returns it."""
        return {
            "status": "enabled",
            "key_identifier": self.key_identifier,
            "versioned_key_identifier": self.versioned_key_identifier,
            "key_version": self.key_version,
            "vault": self.key.vault if self.key else None,
            "key": self.key_name,
            "identity": self.identity,
            "identity_resource_id": self.identity_resource_id,
            "rotation_mode": self.rotation_mode,
            "last_key_rotation": moment.iso(self.last_key_rotation),
        }


@dataclasses.dataclass(frozen=True)
class NetworkRuleSet:
    """The addresses that a registry lets in."""

    default_action: str | None
    ip_rules: tuple[str, ...]

    @classmethod
    def from_wire(cls, block: Wire) -> NetworkRuleSet:
        """From the ``networkRuleSet`` block."""
        addresses = (json.text(rule, "value") or "" for rule in json.blocks(block, "ipRules"))
        return cls(json.text(block, "defaultAction"), tuple(sorted(addresses)))

    def result(self) -> dict[str, object]:
        """As the info module returns it."""
        return {"default_action": self.default_action, "ip_rules": list(self.ip_rules)}


@dataclasses.dataclass(frozen=True)
class Settings:
    """What of a registry is plainly set, by the options' names; None for what is not said."""

    admin_user_enabled: bool | None = None
    anonymous_pull_enabled: bool | None = None
    data_endpoint_enabled: bool | None = None
    public_network_access: str | None = None
    network_rule_bypass: str | None = None

    @classmethod
    def from_wire(cls, properties: Wire) -> Settings:
        """From the resource's properties."""
        return cls(
            admin_user_enabled=json.flag(properties, "adminUserEnabled"),
            anonymous_pull_enabled=json.flag(properties, "anonymousPullEnabled"),
            data_endpoint_enabled=json.flag(properties, "dataEndpointEnabled"),
            public_network_access=json.text(properties, "publicNetworkAccess"),
            network_rule_bypass=json.text(properties, "networkRuleBypassOptions"),
        )

    def result(self) -> dict[str, bool | str | None]:
        """By the options' names."""
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Policies:
    """A registry's policies (``properties.policies``), in texts and days; None for what is off or not said."""

    retention_days: int | None = None
    quarantine: str | None = None
    arm_tokens: str | None = None

    @classmethod
    def from_wire(cls, policies: Wire) -> Policies:
        """From the ``policies`` block."""

        is_kept = (json.text(policies, "retentionPolicy", "status") or "").lower() == "enabled"
        return cls(
            json.number(policies, "retentionPolicy", "days") if is_kept else None,
            json.text(policies, "quarantinePolicy", "status"),
            json.text(policies, "azureADAuthenticationAsArmPolicy", "status"),
        )


#: Setting, and the property of the resource that holds it.
SETTING_PROPERTIES = {
    "admin_user_enabled": "adminUserEnabled",
    "anonymous_pull_enabled": "anonymousPullEnabled",
    "data_endpoint_enabled": "dataEndpointEnabled",
    "public_network_access": "publicNetworkAccess",
    "network_rule_bypass": "networkRuleBypassOptions",
}


@dataclasses.dataclass(frozen=True)
class Registry:
    """A container registry, read by a GET or from a list. ``encryption`` is None without a customer-managed key."""

    id: str
    name: str
    location: str
    sku: str | None
    login_server: str
    provisioning_state: str | None
    tags: dict[str, str]
    encryption: Encryption | None
    identities: Identities
    settings: Settings
    network_rule_set: NetworkRuleSet
    zone_redundancy: str | None
    content_trust: str | None
    #: ``AbacRepositoryPermissions`` where roles go by repository
    role_assignment_mode: str | None = None
    export_policy: str | None = None
    policies: Policies = Policies()

    @classmethod
    def from_wire(cls, wire: Wire, cloud: Cloud) -> Registry:
        """From Resource Manager's JSON."""
        properties = json.block(wire, "properties")
        identities = Identities.from_wire(json.block(wire, "identity"))
        return cls(
            id=json.text(wire, "id") or "",
            name=json.text(wire, "name") or "",
            location=json.text(wire, "location") or "",
            sku=json.text(wire, "sku", "name"),
            login_server=json.text(properties, "loginServer") or "",
            provisioning_state=json.text(properties, "provisioningState"),
            tags=json.tags(wire, "tags"),
            encryption=Encryption.from_wire(json.block(properties, "encryption"), identities, cloud),
            identities=identities,
            settings=Settings.from_wire(properties),
            network_rule_set=NetworkRuleSet.from_wire(json.block(properties, "networkRuleSet")),
            zone_redundancy=json.text(properties, "zoneRedundancy"),
            content_trust=json.text(properties, "policies", "trustPolicy", "status"),
            export_policy=json.text(properties, "policies", "exportPolicy", "status"),
            policies=Policies.from_wire(json.block(properties, "policies")),
            role_assignment_mode=json.text(properties, "roleAssignmentMode"),
        )

    @property
    def resource_id(self) -> ResourceId:
        """Its resource id in parts."""
        return typing.cast(ResourceId, resource_id.parse(self.id, resource_id.REGISTRY))

    @property
    def label(self) -> str:
        """What it is called where several may be meant: its name, or its login server if it has a domain name label.

        With one, two registries may share a name (azure-cli PR #30404).
        """
        is_plain = self.login_server.partition(".")[0].lower() in ("", self.name.lower())
        return self.name if is_plain else self.login_server

    @property
    def goes_by_repository(self) -> bool:
        """Whether AcrPull and its like give no data (container-registry-rbac-abac-repository-permissions)."""
        return (self.role_assignment_mode or "").lower() == "abacrepositorypermissions"

    def identity_name(self, key_identity: str) -> str:
        """What people call the identity that goes to the key: its name, ``system``, or the client id of one unknown.

        :param key_identity: as ``keyVaultProperties.identity`` has it.
        """
        user = self.identities.by_client(key_identity)
        return user.name if user else key_identity

    @property
    def key_principal(self) -> str | None:
        """The object id, in lower case, that it goes to its key store as; None if that identity is not attached."""
        if self.encryption is None:
            return None
        if is_system(self.encryption.identity):
            principal = self.identities.principal_id
        else:
            user = self.identities.by_client(self.encryption.identity)
            principal = user.principal_id if user else None
        return principal.lower() if principal else None

    def result(self) -> dict[str, object]:
        """As ``acr_cmk_registry_info`` returns it."""
        where = resource_id.parse(self.id)
        return {
            "id": self.id,
            "name": self.name,
            "resource_group": where.group if where else None,
            "subscription_id": where.subscription if where else None,
            "location": self.location,
            "sku": self.sku,
            "login_server": self.login_server or None,
            "provisioning_state": self.provisioning_state,
            "tags": self.tags,
            "encryption": self.encryption.result() if self.encryption else {"status": "disabled"},
            "identity": self.identities.result(),
            **self.settings.result(),
            "network_rule_set": self.network_rule_set.result(),
            "zone_redundancy": self.zone_redundancy,
            "content_trust": self.content_trust,
        }


@dataclasses.dataclass(frozen=True)
class Replica:
    """A replication of a registry, or its home region. ``location`` as Azure writes it, without spaces."""

    location: str
    zone_redundancy: str | None = None
    region_endpoint_enabled: bool | None = None

    @classmethod
    def from_wire(cls, wire: Wire) -> Replica:
        """From Resource Manager's JSON."""
        return cls(
            location=slug(json.text(wire, "location") or ""),
            zone_redundancy=json.text(wire, "properties", "zoneRedundancy"),
            region_endpoint_enabled=json.flag(wire, "properties", "regionEndpointEnabled"),
        )
