# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Role assignments and definitions in Resource Manager."""

from __future__ import annotations

import re
import typing

from .._domain import resource_id
from .._domain.role import CustomRole, Role, RoleAssignment, unknown_roles
from .._domain.wire import Body
from .._rules.access.grants import assignment_name
from . import errors, sdk
from .session import Session, wire

#: Of "The PrincipalId '…' has type 'User' , which is different from …".
_OWN_TYPE = re.compile(r"has type '(\w+)'")
_ROLES = "/providers/Microsoft.Authorization/roleDefinitions"


def assignments(session: Session, scope: str, principal_id: str) -> list[RoleAssignment]:
    """A principal's role assignments at a scope, above it and below it.

    Uses ``assignedTo``, which counts those that it has through groups too.

    :raises Failure: when they cannot be listed.
    """
    client = session.client("access").role_assignments
    with errors.explained(f"listing the role assignments at {scope}"):
        models = client.list_for_scope(scope, filter=f"assignedTo('{principal_id}')")
        return [RoleAssignment.from_wire(wire(model)) for model in models]


def at_scope(session: Session, scope: str) -> list[RoleAssignment]:
    """Everybody's role assignments at the very scope.

    :raises Failure: when they cannot be listed.
    """
    client = session.client("access").role_assignments
    with errors.explained(f"listing the role assignments at {scope}"):
        models = client.list_for_scope(scope, filter="atScope()")
        assignments = [RoleAssignment.from_wire(wire(model)) for model in models]
    return [one for one in assignments if resource_id.same(one.scope, scope)]


def custom_roles(session: Session, listed: typing.Sequence[RoleAssignment]) -> dict[str, CustomRole]:
    """What the roles of some assignments permit that are not built in, by GUID; asked once in a session.

    A definition that the caller may not read is left out, and one that is gone.

    :raises Failure: when one cannot be read for another reason.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")

    def asker(definition_id: str) -> typing.Callable[[], CustomRole | None]:
        def ask() -> CustomRole | None:
            try:
                return CustomRole.from_wire(wire(session.client("access").role_definitions.get_by_id(definition_id)))
            except core.AzureError as error:
                if errors.status_of(error) in (403, 404):
                    return None
                raise errors.failure(error, f"reading the role definition {definition_id}") from error

        return lambda: session.once(f"role {definition_id}", ask)

    definitions = unknown_roles(listed)
    roles = session.side_by_side(*(asker(definition_id) for definition_id in definitions.values()))
    return {guid: role for guid, role in zip(definitions, roles, strict=True) if role is not None}


def assign(
    session: Session,
    scope: str,
    *,
    role: Role,
    principal_id: str,
    subscription_id: str,
    principal_type: str = "ServicePrincipal",
) -> None:
    """Give a role to a principal; an assignment that is there already is fine.

    The principal's type is said, so that Azure does not look a brand-new identity up in a directory that does not know
    it yet (Azure RBAC documentation, "Troubleshoot Azure RBAC"). If Azure says that it is of another type, that one is
    taken (azure-dev #5814).

    :param principal_type: ``ServicePrincipal`` (managed identities are such), ``User`` or ``Group``.
    :raises Failure: when Azure refuses.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    name = assignment_name(scope=scope, principal_id=principal_id, role_id=role.id)
    body: Body = {
        "properties": {
            "roleDefinitionId": f"/subscriptions/{subscription_id}{_ROLES}/{role.id}",
            "principalId": principal_id,
            "principalType": principal_type,
        }
    }
    client = session.client("access").role_assignments
    with errors.explained(f"giving the role {role.name} at {scope}"):
        try:
            client.create(scope, name, body)
        except core.ResourceExistsError as error:
            if errors.code_of(error) != "RoleAssignmentExists":
                raise
        except core.HttpResponseError as error:
            own_type = _OWN_TYPE.search(errors.message_of(error))
            if errors.code_of(error) != "UnmatchedPrincipalType" or not own_type or own_type[1] == principal_type:
                raise
            assign(
                session,
                scope,
                role=role,
                principal_id=principal_id,
                subscription_id=subscription_id,
                principal_type=own_type[1],
            )


def assign_as(session: Session, scope: str, other: RoleAssignment) -> None:
    """Give what an assignment gives at another scope too: the same role to the same principal on the same condition.

    :raises Failure: when Azure refuses.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    name = assignment_name(scope=scope, principal_id=other.principal_id, role_id=f"{other.role}{other.condition or ''}")
    properties: Body = {
        "roleDefinitionId": other.definition_id,
        "principalId": other.principal_id,
        "principalType": other.principal_type,
    }
    if other.condition:
        properties |= {"condition": other.condition, "conditionVersion": other.condition_version}
    with errors.explained(f"giving the role {other.role} to {other.principal_id} at {scope}"):
        try:
            session.client("access").role_assignments.create(scope, name, {"properties": properties})
        except core.ResourceExistsError as error:
            if errors.code_of(error) != "RoleAssignmentExists":
                raise


def unassign(session: Session, assignment_id: str) -> None:
    """Remove a role assignment; one that is gone already is fine.

    :raises Failure: when Azure refuses.
    """
    with errors.explained(f"removing the role assignment {assignment_id}"):
        session.client("access").role_assignments.delete_by_id(assignment_id.lstrip("/"))
