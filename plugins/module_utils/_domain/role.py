# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Roles and their assignments, in Resource Manager and in a Managed HSM, and the verbs of access policies.

Roles and verbs: Microsoft's guide, part 2, and the built-in roles page; ``docs/azure-behaviour.md``, "Roles".
"""

from __future__ import annotations

import dataclasses
import fnmatch
import typing

from . import moment
from . import wire as json
from .wire import Wire

#: What a registry's identity needs, as access-policy verbs.
REGISTRY_VERBS = ("get", "wrapKey", "unwrapKey")
#: What a caller needs to make, look after and rotate keys, as access-policy verbs.
OFFICER_VERBS = (
    "get",
    "list",
    "create",
    "update",
    "import",
    "delete",
    "recover",
    "backup",
    "restore",
    "rotate",
    "getrotationpolicy",
    "setrotationpolicy",
)


@dataclasses.dataclass(frozen=True)
class Role:
    """A built-in role and the access-policy verbs that mean the same."""

    id: str
    name: str
    verbs: tuple[str, ...]


ROLES = {
    "service_encryption_user": Role(
        "e147488a-f6f5-4113-8e2d-b22465e65bf6", "Key Vault Crypto Service Encryption User", REGISTRY_VERBS
    ),
    "crypto_officer": Role("14b46e9e-c2b7-41b4-b07b-48a6ebf60603", "Key Vault Crypto Officer", OFFICER_VERBS),
}

#: What means the same in a Managed HSM. Its Crypto Officer is another thing than a vault's: it purges and recovers
#: deleted keys, and makes none ("Local RBAC built-in roles for Managed HSM").
LOCAL_ROLES = {
    "service_encryption_user": Role(
        "33413926-3206-4cdd-b39a-83574fe37a17", "Managed HSM Crypto Service Encryption User", REGISTRY_VERBS
    ),
    "crypto_officer": Role("21dbd100-6940-42c2-9190-5d6cb909625b", "Managed HSM Crypto User", OFFICER_VERBS),
}
#: Whoever is to see, recover or purge a deleted key of a Managed HSM needs this one.
LOCAL_RECOVERY_ROLE = "Managed HSM Crypto Officer"

#: Built-in roles by which a registry's identity can get, wrap and unwrap.
REGISTRY_ROLES = {
    ROLES["service_encryption_user"].id: ROLES["service_encryption_user"].name,
    ROLES["crypto_officer"].id: ROLES["crypto_officer"].name,
    "12338af0-0e69-4776-bea7-57ae8d297424": "Key Vault Crypto User",
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
    **{role.id: role.name for role in LOCAL_ROLES.values()},
}
#: Built-in roles by which a caller can make and rotate keys.
OFFICER_ROLES = {
    LOCAL_ROLES["crypto_officer"].id: LOCAL_ROLES["crypto_officer"].name,
    ROLES["crypto_officer"].id: ROLES["crypto_officer"].name,
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
}
#: Built-in roles that certainly give no right to keys; any other role may be a custom one that does.
HARMLESS_ROLES = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "21090545-7ca7-4776-b22c-e363652d74d2",
    "8b54135c-b56d-4d72-a534-26097cfdc8d8",
    "f25e0fa2-a7c8-4377-a976-54943a77a395",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "4633458b-17de-408a-b874-0445c86b69e6",
    "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "8311e382-0749-4cb8-b61a-304f252e45ec",
    "c2f4ef07-c644-48eb-af81-4b1b4947fb11",
    # of a Managed HSM: Administrator, Crypto Officer, Policy Administrator, Crypto Auditor, Backup, Restore, Release
    "a290e904-7015-4bba-90c8-60543313cdb4",
    "515eb02d-2335-4d2d-92f2-b1cbdf9c3778",
    "4bd23610-cdcf-4971-bdee-bdc562cc28e4",
    "2c18b078-7c48-4d3a-af88-5a3a1b3f82b3",
    "7b127d3c-77bd-4e3e-bbe0-dbb8971fa7f8",
    "6efe6056-5259-49d2-8b3d-d3d73544b20b",
    "21dbd100-6940-42c2-9190-5d6cb909625c",
}


def guid(role_definition_id: str) -> str:
    """The GUID at the end of a role definition's id; its prefix differs by who wrote it."""
    return role_definition_id.rsplit("/", 1)[-1].lower()


@dataclasses.dataclass(frozen=True)
class RoleAssignment:
    """A role assignment. ``role`` is the definition's GUID, ``definition_id`` its id as Azure wrote it."""

    id: str
    name: str
    definition_id: str
    principal_id: str
    scope: str
    #: seconds since 1970, None where it is not said
    created: float | None = None
    principal_type: str = "ServicePrincipal"
    #: on which repositories, say; with the version of its language
    condition: str | None = None
    condition_version: str | None = None

    @classmethod
    def from_wire(cls, wire: Wire) -> RoleAssignment:
        """From Resource Manager's JSON."""
        return cls(
            id=json.text(wire, "id") or "",
            name=json.text(wire, "name") or "",
            definition_id=json.text(wire, "properties", "roleDefinitionId") or "",
            principal_id=json.text(wire, "properties", "principalId") or "",
            scope=json.text(wire, "properties", "scope") or "",
            created=moment.epoch(json.text(wire, "properties", "createdOn")),
            principal_type=json.text(wire, "properties", "principalType") or "ServicePrincipal",
            condition=json.text(wire, "properties", "condition"),
            condition_version=json.text(wire, "properties", "conditionVersion"),
        )

    @property
    def role(self) -> str:
        """The role's GUID."""
        return guid(self.definition_id)

    def gives_as(self, other: RoleAssignment) -> bool:
        """Whether it gives the same to the same principal, at whatever scope."""
        return (self.role.lower(), self.principal_id.lower(), self.condition) == (
            other.role.lower(),
            other.principal_id.lower(),
            other.condition,
        )

    def is_of(self, principal_id: str) -> bool:
        """Whether it was given to that principal itself, not to a group of it."""
        return self.principal_id.lower() == principal_id.lower()

    def as_own(self, principal_id: str) -> RoleAssignment:
        """The same as if given to the principal itself: what it has through a group counts as its own."""
        return dataclasses.replace(self, principal_id=principal_id)


@dataclasses.dataclass(frozen=True)
class CustomRole:
    """What of a role that we do not know by its id concerns keys.

    :param unwraps: whether it lets one unwrap.
    :param enough: whether it is enough for a registry.
    """

    name: str
    unwraps: bool
    enough: bool

    @classmethod
    def from_wire(cls, definition: Wire) -> CustomRole:
        """From Resource Manager's JSON of its definition."""
        return cls._of(definition, "microsoft.keyvault/vaults/keys", ("read", "wrap/action", "unwrap/action"))

    @classmethod
    def from_local_wire(cls, definition: Wire) -> CustomRole:
        """From a Managed HSM's JSON of a local role's definition."""
        actions = ("read/action", "wrap/action", "unwrap/action")
        return cls._of(definition, "microsoft.keyvault/managedhsm/keys", actions)

    @classmethod
    def _of(cls, definition: Wire, keys: str, needed: tuple[str, ...]) -> CustomRole:
        permissions = json.blocks(definition, "properties", "permissions")

        def permits(action: str) -> bool:
            data_action = f"{keys}/{action}"

            def covered(patterns: typing.Iterable[str]) -> bool:
                # "keys/*/action" has "keys/action" too: some of Azure's own roles permit by such patterns alone
                forms = [form for one in patterns for form in (one.lower(), one.lower().replace("/*/", "/"))]
                return any(fnmatch.fnmatchcase(data_action, form) for form in forms)

            return any(
                covered(json.texts(one, "dataActions")) and not covered(json.texts(one, "notDataActions"))
                for one in permissions
            )

        # there are built-in roles that we do not know by their ids
        built_in = "builtinrole" in (json.text(definition, "properties", "type") or "").lower()
        title = json.text(definition, "properties", "roleName") or json.text(definition, "name")
        name = f"the {'role' if built_in else 'custom role'} {title}"
        return cls(name, permits("unwrap/action"), all(permits(action) for action in needed))


def unknown_roles(assignments: typing.Iterable[RoleAssignment]) -> dict[str, str]:
    """The roles of which we do not know what they permit, custom or built in: GUID, and id to look it up by."""
    known_roles = HARMLESS_ROLES | set(REGISTRY_ROLES) | set(OFFICER_ROLES)
    return {one.role: one.definition_id for one in assignments if one.role not in known_roles}
