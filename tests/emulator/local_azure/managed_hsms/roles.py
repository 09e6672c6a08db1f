# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The built-in local roles of a Managed HSM, and whether one of them lets a principal do something.

Source: "Local RBAC built-in roles for Managed HSM" (docs/azure-behaviour.md, "Managed HSM").
"""

from __future__ import annotations

import fnmatch
import typing

from ..authorization.decide import memberships
from ..authorization.roles import Role
from ..world import World

PREFIX = "Microsoft.KeyVault/managedHsm"
_ROLES = ("roleDefinitions/read/action", "roleDefinitions/write/action", "roleDefinitions/delete/action")
_ASSIGN = ("roleAssignments/read/action", "roleAssignments/write/action", "roleAssignments/delete/action")
_READ_ROLES = (_ROLES[0], _ASSIGN[0])
_KEY_MANAGEMENT = (
    "keys/read/action",
    "keys/write/action",
    "keys/rotate/action",
    "keys/create",
    "keys/delete",
    "keys/import/action",
    "keys/release/action",
    "keys/backup/action",
    "keys/restore/action",
    "keys/encrypt/action",
    "keys/decrypt/action",
    "keys/wrap/action",
    "keys/unwrap/action",
    "keys/sign/action",
    "keys/verify/action",
    "rng/action",
)


def _role(guid: str, name: str, *actions: str) -> Role:
    return Role(guid, f"Managed HSM {name}", (), (), tuple(f"{PREFIX}/{action}" for action in actions))


ROLES = {
    role.id: role
    for role in (
        _role("a290e904-7015-4bba-90c8-60543313cdb4", "Administrator", *_ROLES, *_ASSIGN, "securitydomain/*"),
        _role(
            "515eb02d-2335-4d2d-92f2-b1cbdf9c3778",
            "Crypto Officer",
            *_ROLES,
            *_ASSIGN,
            "keys/deletedKeys/read/action",
            "keys/deletedKeys/delete",
            "keys/deletedKeys/recover/action",
            "keys/export/action",
        ),
        _role("21dbd100-6940-42c2-9190-5d6cb909625b", "Crypto User", *_READ_ROLES, *_KEY_MANAGEMENT),
        _role("4bd23610-cdcf-4971-bdee-bdc562cc28e4", "Policy Administrator", *_ROLES, *_ASSIGN),
        _role(
            "33413926-3206-4cdd-b39a-83574fe37a17",
            "Crypto Service Encryption User",
            "keys/read/action",
            "keys/wrap/action",
            "keys/unwrap/action",
        ),
        _role(
            "2c18b078-7c48-4d3a-af88-5a3a1b3f82b3",
            "Crypto Auditor",
            *_READ_ROLES,
            "keys/read/action",
            "keys/deletedKeys/read/action",
        ),
        _role("7b127d3c-77bd-4e3e-bbe0-dbb8971fa7f8", "Backup User", "keys/backup/action"),
        _role("6efe6056-5259-49d2-8b3d-d3d73544b20b", "Restore", "keys/restore/action"),
        _role("21dbd100-6940-42c2-9190-5d6cb909625c", "Crypto Service Release User", "keys/release/action"),
    )
}


def within(scope: str, target: str) -> bool:
    """Whether a scope (``/``, ``/keys`` or ``/keys/NAME``) is the target's or stands above it."""
    scope, target = scope.lower().rstrip("/"), target.lower().rstrip("/")
    return scope == "" or target == scope or target.startswith(scope + "/")


def _matches(action: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(action, pattern.lower()) for pattern in patterns)


def role_of(hsm: dict[str, typing.Any], guid: str) -> Role | None:
    """A local role by its id, built in or this Managed HSM's own; None if there is none such."""
    custom = hsm.get("custom_roles", {}).get(guid)
    return ROLES.get(guid) or (Role(**custom["role"]) if custom else None)


def allowed(world: World, hsm: dict[str, typing.Any], principal: str, action: str, scope: str) -> bool:
    """Whether a local role at the scope or above it permits a data action (without its prefix)."""
    who, wanted = memberships(world, principal), f"{PREFIX}/{action}".lower()
    world.asked.append((principal, f"{PREFIX}/{action}", True))
    for given in hsm["roles"].values():
        role = role_of(hsm, given["role"])
        if role is None or given["principal"] not in who or not within(given["scope"], scope):
            continue
        if _matches(wanted, role.data_actions) and not _matches(wanted, role.not_data_actions):
            return True
    return False
