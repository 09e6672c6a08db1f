# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a Managed HSM says when it says no (docs/azure-behaviour.md, "Managed HSM")."""

from __future__ import annotations

import uuid

from ..keys.errors import refuse
from ..routing import Call, Refusal
from .roles import PREFIX


def unauthorized(call: Call, login: str, resource: str) -> Refusal:
    """The challenge; unlike a vault's its body is a bare word, whatever its type says (recorded)."""
    challenge = f'Bearer authorization="https://{login}/{call.world.data["tenant"]}", resource="{resource}"'
    headers = {"WWW-Authenticate": challenge, "Content-Type": "application/json; charset=utf-8"}
    return Refusal(401, b"OK", headers)


def denied(action: str, scope: str) -> Refusal:
    text = f"Not authorized to access {PREFIX}/{action} on {scope} (Activity ID: {uuid.uuid4()})"
    return refuse(403, "AccessDenied", text)


def role_assignment_not_found(name: str) -> Refusal:
    return refuse(404, "RoleAssignmentNotFound", f"Requested role assignment not found: {name}")


def role_definition_not_found(name: str) -> Refusal:
    return refuse(404, "RoleDefinitionNotFound", f"Requested role definition not found: {name}")


def built_in_role(name: str) -> Refusal:
    """*Inferred*."""
    return refuse(400, "BadParameter", f"The role definition {name} is built in and cannot be changed.")


def role_assignment_exists() -> Refusal:
    """*Inferred*, of a name that something else has."""
    return refuse(409, "RoleAssignmentExists", "The role assignment already exists.").inferred()


def matching_role_assignment_exists(name: str, role: str, principal: str, scope: str) -> Refusal:
    """azure-powershell #22463."""
    text = f"Role assignment '{name}' already adds role '{role}' to principal '{principal}' in scope '{scope}'."
    return refuse(400, "MatchingRoleAssignmentExists", f"{text} (Activity ID: {uuid.uuid4()})")


def invalid(part: str, value: str) -> Refusal:
    """*Inferred*: what a local role cannot be given as."""
    return refuse(400, "BadParameter", f"The {part} '{value}' is not valid. (Activity ID: {uuid.uuid4()})").inferred()


def deleted_not_found(name: str) -> Refusal:
    return refuse(404, "DeletedManagedHsmNotFound", f"The deleted Managed HSM '{name}' does not exist.")


def purge_not_allowed() -> Refusal:
    return refuse(400, "MethodNotAllowed", "Operation 'DeletedManagedHsmPurge' is not allowed.")
