# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure's built-in roles: all of them by id and name, and what those permit that matter here.

Source: Microsoft, "Azure built-in roles", and its pages on security, containers and identity (docs/azure-behaviour.md,
"Roles"). The roles of Key Vault are whole, conditions left out; of the others the parts are given that concern this
local Azure. A role of which nothing is given can be assigned and is listed, and permits nothing here.
"""

from __future__ import annotations

import dataclasses
import pathlib

VAULTS = "Microsoft.KeyVault/vaults"
KEYS = f"{VAULTS}/keys"
REGISTRIES = "Microsoft.ContainerRegistry/registries"
IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
_CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"


@dataclasses.dataclass(frozen=True)
class Role:
    """A role; without any of the four lists it is one of which we do not know what it permits."""

    id: str
    name: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class _Permits:
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()


def _below(base: str, *parts: str) -> tuple[str, ...]:
    return tuple(f"{base}/{part}" for part in parts)


def _keys(*verbs: str) -> tuple[str, ...]:
    """Data actions at keys: ``read``, ``delete``, and others that end in ``/action``."""
    return tuple(f"{KEYS}/{verb}" + ("" if verb in ("read", "delete", "*") else "/action") for verb in verbs)


def _repositories(*verbs: str) -> tuple[str, ...]:
    """Data actions at the content and the metadata of repositories."""
    return _below(
        f"{REGISTRIES}/repositories", *(f"{part}/{verb}" for part in ("content", "metadata") for verb in verbs)
    )


_GROUPS = "Microsoft.Resources/subscriptions/resourceGroups/read"
_COMMON = (
    "Microsoft.Authorization/*/read",
    "Microsoft.Insights/alertRules/*",
    "Microsoft.Resources/deployments/*",
    _GROUPS,
    "Microsoft.Support/*",
)
#: What those who work inside vaults may do outside.
_AT_VAULTS = (
    *_COMMON,
    *_below("Microsoft.KeyVault", "checkNameAvailability/read", "deletedVaults/read", "locations/*/read"),
    *_below("Microsoft.KeyVault", "vaults/*/read", "operations/read"),
)
_ASSIGN = _below("Microsoft.Authorization", "roleAssignments/write", "roleAssignments/delete")

_PERMITS = {
    "Owner": _Permits(("*",)),
    "Contributor": _Permits(("*",), _below("Microsoft.Authorization", "*/Delete", "*/Write", "elevateAccess/Action")),
    "Reader": _Permits(("*/read",)),
    "User Access Administrator": _Permits(("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*")),
    "Role Based Access Control Administrator": _Permits((*_ASSIGN, "*/read", "Microsoft.Support/*")),
    "Locks Contributor": _Permits(_below("Microsoft.Authorization/locks", "read", "write", "delete")),
    "Key Vault Administrator": _Permits(_AT_VAULTS, (), (f"{VAULTS}/*",)),
    "Key Vault Certificate User": _Permits(
        data_actions=(
            *_below(VAULTS, "certificates/read", "secrets/getSecret/action", "secrets/readMetadata/action"),
            *_keys("read"),
        )
    ),
    "Key Vault Certificates Officer": _Permits(
        _AT_VAULTS, (), _below(VAULTS, "certificatecas/*", "certificates/*", "certificatecontacts/write")
    ),
    "Key Vault Contributor": _Permits(
        (*_COMMON, "Microsoft.KeyVault/*"),
        _below("Microsoft.KeyVault", "locations/deletedVaults/purge/action", "hsmPools/*", "managedHsms/*"),
    ),
    "Key Vault Crypto Officer": _Permits(_AT_VAULTS, (), (*_keys("*"), f"{VAULTS}/keyrotationpolicies/*")),
    "Key Vault Crypto Service Encryption User": _Permits(
        _below("Microsoft.EventGrid/eventSubscriptions", "write", "read", "delete"), (), _keys("read", "wrap", "unwrap")
    ),
    "Key Vault Crypto Service Release User": _Permits(data_actions=_keys("release")),
    "Key Vault Crypto User": _Permits(
        data_actions=_keys("read", "update", "backup", "encrypt", "decrypt", "wrap", "unwrap", "sign", "verify")
    ),
    "Key Vault Data Access Administrator": _Permits(
        (
            *_ASSIGN,
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/deployments/*",
            _GROUPS,
            "Microsoft.Resources/subscriptions/read",
            "Microsoft.Management/managementGroups/read",
            "Microsoft.Support/*",
            f"{VAULTS}/*/read",
        )
    ),
    "Key Vault Reader": _Permits(_AT_VAULTS, (), _below(VAULTS, "*/read", "secrets/readMetadata/action")),
    "Key Vault Secrets Officer": _Permits(_AT_VAULTS, (), (f"{VAULTS}/secrets/*",)),
    "Key Vault Secrets User": _Permits(
        data_actions=_below(VAULTS, "secrets/getSecret/action", "secrets/readMetadata/action")
    ),
    "Managed HSM contributor": _Permits(
        _below(
            "Microsoft.KeyVault",
            "managedHSMs/*",
            "deletedManagedHsms/read",
            "locations/deletedManagedHsms/read",
            "locations/deletedManagedHsms/purge/action",
            "locations/managedHsmOperationResults/read",
        )
    ),
    "Managed Identity Contributor": _Permits(
        (
            *_COMMON,
            *_below(IDENTITIES, "read", "write", "delete"),
            *_below(f"{IDENTITIES}/federatedIdentityCredentials", "read", "write", "delete"),
        )
    ),
    "Managed Identity Operator": _Permits((*_COMMON, *_below(IDENTITIES, "*/read", "*/assign/action"))),
    # "Azure built-in roles", Storage
    "Storage Blob Data Contributor": _Permits(
        _below(_CONTAINERS, "delete", "read", "write"),
        (),
        _below(f"{_CONTAINERS}/blobs", "delete", "read", "write", "move/action", "add/action"),
    ),
    "Storage Blob Data Reader": _Permits((f"{_CONTAINERS}/read",), (), (f"{_CONTAINERS}/blobs/read",)),
    "AcrPull": _Permits((f"{REGISTRIES}/pull/read",)),
    "AcrPush": _Permits(_below(REGISTRIES, "pull/read", "push/write")),
    "AcrDelete": _Permits((f"{REGISTRIES}/artifacts/delete",)),
    "AcrImageSigner": _Permits((f"{REGISTRIES}/sign/write",)),
    # Azure/acr #281
    "Container Registry Data Importer and Data Reader": _Permits(
        _below(REGISTRIES, "importImage/action", "read", "pull/read")
    ),
    "AcrQuarantineReader": _Permits((f"{REGISTRIES}/quarantine/read",)),
    "AcrQuarantineWriter": _Permits(_below(REGISTRIES, "quarantine/read", "quarantine/write")),
    "Container Registry Repository Reader": _Permits(data_actions=_repositories("read")),
    "Container Registry Repository Writer": _Permits(data_actions=_repositories("read", "write")),
    "Container Registry Repository Contributor": _Permits(data_actions=_repositories("read", "write", "delete")),
    "Container Registry Repository Catalog Lister": _Permits(data_actions=(f"{REGISTRIES}/catalog/read",)),
}


def _read() -> dict[str, Role]:
    text = (pathlib.Path(__file__).parent / "built_in_roles.txt").read_text(encoding="utf-8")
    named = (line.split(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    return {guid: Role(guid, name, **dataclasses.asdict(_PERMITS.get(name, _Permits()))) for guid, name in named}


ROLES = _read()
