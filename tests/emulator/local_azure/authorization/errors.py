# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What role assignments say when they say no (docs/azure-behaviour.md, "Roles")."""

from __future__ import annotations

from ..resource_manager.errors import refuse
from ..routing import Refusal


def principal_not_found(tenant: str, principal: str) -> Refusal:
    text = (
        f"Principal {principal.replace('-', '')} does not exist in the directory {tenant}. Check that you have the "
        "correct principal ID. If you are creating this principal and then immediately assigning a role, this error "
        "might be related to a replication delay. In this case, set the role assignment principalType property to a "
        "value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype"
    )
    return refuse(400, "PrincipalNotFound", text)


def unmatched_type(principal: str, kind: str, asked: str) -> Refusal:
    """The principal is of another kind than the request says; the spelling is Azure's."""
    text = (
        f"The PrincipalId '{principal.replace('-', '')}' has type '{kind}' , which is different from specified "
        f"PrinciaplType '{asked}'."
    )
    return refuse(400, "UnmatchedPrincipalType", text)


def name_not_a_guid(name: str) -> Refusal:
    """azure-service-operator #2586."""
    text = f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
    return refuse(400, "InvalidRoleAssignmentId", text)


def principal_not_a_guid(principal: str) -> Refusal:
    """azure-powershell #16627."""
    text = f"The Principal ID '{principal}' is not valid. Principal ID must be a GUID."
    return refuse(400, "InvalidPrincipalId", text)


def not_assignable(role: str) -> Refusal:
    """Azure/ALZ-PowerShell-Module #144."""
    text = f"The role {role} is not available for assignment at the requested scope."
    return refuse(400, "RoleAssignmentScopeNotAssignableToRoleDefinition", text)


def filter_of_assignments(text: str) -> Refusal:
    """azure-rest-api-specs #28255."""
    text = (
        f"The filter '{text}' is not supported. Supported filters are either 'atScope()' or 'principalId eq "
        "'{value}' or assignedTo('{value}')'."
    )
    return refuse(400, "UnsupportedQuery", text)


def filter_of_definitions(text: str) -> Refusal:
    """That others than those described are refused is inferred."""
    return refuse(400, "UnsupportedQuery", f"The filter '{text}' is not supported.").inferred()


def role_not_a_guid(name: str) -> Refusal:
    """That it is a 400 is told; code and text are inferred."""
    text = f"The role definition ID '{name}' is not valid. The role definition ID must be a GUID."
    return refuse(400, "InvalidRoleDefinitionId", text).inferred()


def no_action(action: str) -> Refusal:
    """terraform-provider-azurerm #4594."""
    text = f"'{action}' does not match any of the actions supported by the providers."
    return refuse(400, "InvalidActionOrNotAction", text)


def no_assignable_scope(scope: str, number: int) -> Refusal:
    """That a custom role has subscriptions, what is in them, or management groups is described; the rest inferred."""
    text = f"Property id '{scope}' at path 'properties.assignableScopes[{number}]' is invalid."
    return refuse(400, "LinkedInvalidPropertyId", text).inferred()
