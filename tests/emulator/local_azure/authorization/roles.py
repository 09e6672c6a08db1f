# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built-in roles that matter here, by id, with what they permit.

Ids and the exact definition of the CMK role: docs/azure-behaviour.md, "Roles". Of the other roles the parts that
concern this local Azure are given.
"""

from __future__ import annotations

import dataclasses

KEYS = "Microsoft.KeyVault/vaults/keys"


@dataclasses.dataclass(frozen=True)
class Role:
    id: str
    name: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()


_ASSIGN = (
    "Microsoft.Authorization/*/Delete",
    "Microsoft.Authorization/*/Write",
    "Microsoft.Authorization/elevateAccess/Action",
)


def _repositories(*verbs: str) -> tuple[str, ...]:
    """Data actions at the content and the metadata of repositories."""
    base = "Microsoft.ContainerRegistry/registries/repositories"
    return tuple(f"{base}/{part}/{verb}" for part in ("content", "metadata") for verb in verbs)


ROLES = {
    role.id: role
    for role in (
        Role("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner", ("*",)),
        Role("b24988ac-6180-42a0-ab88-20f7382dd24c", "Contributor", ("*",), _ASSIGN),
        Role("acdd72a7-3385-48ef-bd42-f606fba81ae7", "Reader", ("*/read",)),
        Role(
            "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
            "User Access Administrator",
            ("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
        ),
        Role(
            "e147488a-f6f5-4113-8e2d-b22465e65bf6",
            "Key Vault Crypto Service Encryption User",
            tuple(f"Microsoft.EventGrid/eventSubscriptions/{verb}" for verb in ("write", "read", "delete")),
            (),
            (f"{KEYS}/read", f"{KEYS}/wrap/action", f"{KEYS}/unwrap/action"),
        ),
        Role(
            "14b46e9e-c2b7-41b4-b07b-48a6ebf60603",
            "Key Vault Crypto Officer",
            ("Microsoft.Authorization/*/read", "Microsoft.KeyVault/*/read"),
            (),
            (f"{KEYS}/*", "Microsoft.KeyVault/vaults/keyrotationpolicies/*"),
        ),
        Role(
            "12338af0-0e69-4776-bea7-57ae8d297424",
            "Key Vault Crypto User",
            (),
            (),
            tuple(
                f"{KEYS}/{verb}"
                for verb in (
                    "read",
                    "update/action",
                    "backup/action",
                    "encrypt/action",
                    "decrypt/action",
                    "wrap/action",
                    "unwrap/action",
                    "sign/action",
                    "verify/action",
                )
            ),
        ),
        Role(
            "00482a5a-887f-4fb3-b363-3b7fe8e74483",
            "Key Vault Administrator",
            ("Microsoft.Authorization/*/read", "Microsoft.KeyVault/*/read"),
            (),
            ("Microsoft.KeyVault/vaults/*",),
        ),
        Role(
            "21090545-7ca7-4776-b22c-e363652d74d2",
            "Key Vault Reader",
            ("Microsoft.Authorization/*/read", "Microsoft.KeyVault/*/read"),
            (),
            ("Microsoft.KeyVault/vaults/*/read",),
        ),
        Role(
            "8b54135c-b56d-4d72-a534-26097cfdc8d8",
            "Key Vault Data Access Administrator",
            (
                "Microsoft.Authorization/roleAssignments/write",
                "Microsoft.Authorization/roleAssignments/delete",
                "Microsoft.Authorization/*/read",
                "Microsoft.KeyVault/vaults/*/read",
            ),
        ),
        Role(
            "f25e0fa2-a7c8-4377-a976-54943a77a395",
            "Key Vault Contributor",
            ("Microsoft.Authorization/*/read", "Microsoft.KeyVault/*"),
            ("Microsoft.KeyVault/locations/deletedVaults/purge/action",),
        ),
        Role("7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPull", ("Microsoft.ContainerRegistry/registries/pull/read",)),
        Role(
            "8311e382-0749-4cb8-b61a-304f252e45ec",
            "AcrPush",
            ("Microsoft.ContainerRegistry/registries/pull/read", "Microsoft.ContainerRegistry/registries/push/write"),
        ),
        Role(
            "c2f4ef07-c644-48eb-af81-4b1b4947fb11",
            "AcrDelete",
            ("Microsoft.ContainerRegistry/registries/artifacts/delete",),
        ),
        Role(
            "b93aa761-3e63-49ed-ac28-beffa264f7ac",
            "Container Registry Repository Reader",
            data_actions=_repositories("read"),
        ),
        Role(
            "2a1e307c-b015-4ebd-883e-5b7698a07328",
            "Container Registry Repository Writer",
            data_actions=_repositories("read", "write"),
        ),
        Role(
            "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
            "Container Registry Repository Contributor",
            data_actions=_repositories("read", "write", "delete"),
        ),
        Role(
            "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
            "Container Registry Repository Catalog Lister",
            data_actions=("Microsoft.ContainerRegistry/registries/catalog/read",),
        ),
    )
}
