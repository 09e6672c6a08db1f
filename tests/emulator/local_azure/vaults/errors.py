# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the vault resource provider says when it says no (docs/azure-behaviour.md, "Key vaults")."""

from __future__ import annotations

from ..resource_manager.errors import refuse
from ..routing import Refusal


def irreversible(name: str) -> Refusal:
    what = {"enablePurgeProtection": "purge protection", "enableSoftDelete": "soft delete"}[name]
    text = f'The property "{name}" cannot be set to false. Enabling the {what} for a vault is an irreversible action.'
    return refuse(400, "BadRequest", text)


def held_by_deleted() -> Refusal:
    text = (
        "A vault with the same name already exists in deleted state. You need to either recover or purge existing key "
        "vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete."
    )
    return refuse(409, "ConflictError", text)


def changed_meanwhile(name: str) -> Refusal:
    """Another change came in between: to be read again and tried again, and no matter of the name."""
    text = (
        f"The vault '{name}' could not be updated because its state was changed from the point the operation began. "
        "Please check for parallel operations on the vault and retry."
    )
    return refuse(409, "ConflictError", text)


def already_exists(name: str) -> Refusal:
    text = f"The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the "
    text += "name is already taken."
    return refuse(409, "VaultAlreadyExists", text)


def invalid_name(name: str) -> Refusal:
    text = (
        f"The vault name '{name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name "
        "must begin with a letter, end with a letter or digit, and not contain consecutive hyphens."
    )
    return refuse(400, "VaultNameNotValid", text)


def deleted_not_found(name: str) -> Refusal:
    return refuse(404, "DeletedVaultNotFound", f"The deleted vault '{name}' does not exist.")


def purge_not_allowed() -> Refusal:
    return refuse(400, "MethodNotAllowed", "Operation 'DeletedVaultPurge' is not allowed.")
