# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a locked scope says (docs/azure-behaviour.md, "Locks")."""

from __future__ import annotations

from ..resource_manager.errors import refuse
from ..routing import Refusal


def scope_locked(target: str, verb: str, scopes: list[str]) -> Refusal:
    names = ",".join(f"'{scope}'" for scope in scopes)
    text = (
        f"The scope '{target}' cannot perform {verb} operation because following scope(s) are locked: {names}. Please "
        "remove the lock and try again."
    )
    return refuse(409, "ScopeLocked", text)


def unknown_level(level: str) -> Refusal:
    return refuse(400, "InvalidLockLevel", f"The lock level '{level}' is not one of CanNotDelete and ReadOnly.")


def not_found(name: str) -> Refusal:
    return refuse(404, "LockNotFound", f"The lock '{name}' could not be found.")
