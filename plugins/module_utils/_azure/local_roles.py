# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The local role assignments of a Managed HSM.

SDK azure-keyvault-administration; scopes ``/``, ``/keys`` and ``/keys/NAME``. Groups are not told from other
principals here, and nobody can be asked for somebody's groups: what a principal has through a group is not seen.
"""

from __future__ import annotations

import functools
import typing

from .._domain.failure import Failure
from .._domain.role import CustomRole, Role, RoleAssignment, unknown_roles
from .._rules.access.grants import assignment_name
from . import errors, sdk
from .session import Session

#: The second is told of a live Managed HSM, with 400 (azure-powershell #22463).
_GIVEN_ALREADY = ("RoleAssignmentExists", "MatchingRoleAssignmentExists")
_DEFINITIONS = "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions"


def _explain(error: Exception, host: str, doing: str) -> Failure:
    failure = errors.failure(error, doing)
    if errors.status_of(error) == 403:
        failure.code = "caller_denied"
        failure.hint = (
            f"Ask an administrator of {host} for the local role Managed HSM Policy Administrator, or to do it for you."
        )
    return failure


def assignments(session: Session, host: str, scope: str, principal_id: str) -> list[RoleAssignment]:
    """A principal's own assignments, from the list at a scope.

    :raises Failure: when they cannot be listed.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    client = session.local_roles_client(host)
    try:
        listed = list(client.list_role_assignments(scope))
    except core.AzureError as error:
        raise _explain(error, host, f"listing the role assignments at {scope} of {host}") from error
    return [
        RoleAssignment(
            id=str(one.role_assignment_id),
            name=str(one.name),
            definition_id=str(one.properties.role_definition_id),
            principal_id=str(one.properties.principal_id),
            scope=str(getattr(one.properties.scope, "value", one.properties.scope)),
        )
        for one in listed
        if str(one.properties.principal_id).lower() == principal_id.lower()
    ]


def custom_roles(session: Session, host: str, listed: typing.Sequence[RoleAssignment]) -> dict[str, CustomRole]:
    """What the roles of some assignments permit of which we do not know it by their ids, by GUID.

    A definition that the caller may not read is left out, and one that is gone.

    :raises Failure: when one cannot be read for another reason.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")

    def ask(guid: str) -> CustomRole | None:
        try:
            shown = session.local_roles_client(host).get_role_definition("/", guid)
        except core.AzureError as error:
            if errors.status_of(error) in (403, 404):
                return None
            raise errors.failure(error, f"reading the local role definition {guid}") from error
        permissions = [
            {"dataActions": _texts(each.data_actions), "notDataActions": _texts(each.not_data_actions)}
            for each in shown.permissions or []
        ]
        kind = _texts([shown.role_type])[0]
        properties = {"roleName": shown.role_name, "type": kind, "permissions": permissions}
        return CustomRole.from_local_wire({"name": guid, "properties": properties})

    definitions = {
        guid: session.once(f"local role {host} {guid}", functools.partial(ask, guid)) for guid in unknown_roles(listed)
    }
    return {guid: role for guid, role in definitions.items() if role is not None}


def _texts(values: typing.Iterable[typing.Any] | None) -> list[str]:
    """As the SDK's enumerations have them on the wire."""
    return [str(getattr(one, "value", one)) for one in values or []]


def assign(session: Session, host: str, scope: str, *, role: Role, principal_id: str) -> None:
    """Give a local role; an assignment that is there already is fine.

    :raises Failure: when the Managed HSM refuses.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    name = assignment_name(scope=f"{host}{scope}", principal_id=principal_id, role_id=role.id)
    client = session.local_roles_client(host)
    try:
        client.create_role_assignment(scope, f"{_DEFINITIONS}/{role.id}", principal_id, name=name)
    except core.AzureError as error:
        if errors.code_of(error) not in _GIVEN_ALREADY:
            raise _explain(error, host, f"giving the role {role.name} at {scope} of {host}") from error


def unassign(session: Session, host: str, scope: str, name: str) -> None:
    """Remove an assignment at the very scope at which it was made; one that is gone already is fine.

    :raises Failure: when the Managed HSM refuses.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        session.local_roles_client(host).delete_role_assignment(scope, name)
    except core.AzureError as error:
        raise _explain(error, host, f"removing the role assignment {name} at {scope} of {host}") from error
