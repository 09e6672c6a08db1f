# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role definitions and role assignments (Microsoft.Authorization)."""

from __future__ import annotations

import typing
import uuid

from ..clock import iso_seven
from ..directory.state import kind_of
from ..resource_manager import lists
from ..resource_manager.errors import refuse
from ..resource_manager.scope import covers, scopes_over
from ..routing import Call, Reply, Router
from ..world import World, lower
from . import checks, errors, filters
from .decide import memberships, role_of
from .roles import ROLES, Role

ROUTER = Router()

_ASSIGNMENTS = "{scope...}/providers/Microsoft.Authorization/roleAssignments"
_BUILT_IN = "/providers/Microsoft.Authorization/roleDefinitions"
_DEFINITIONS = "{scope...}/providers/Microsoft.Authorization/roleDefinitions"


#: What is told of a role that Azure has and of which we know nothing but its name.
_UNKNOWN = "The local Azure does not know what this role permits, and it permits nothing here."
_UNKNOWN_ROLES = frozenset(role for role in ROLES.values() if not (role.actions or role.data_actions))


def _definition(role: Role, scope: str, custom: dict[str, typing.Any] | None = None) -> dict[str, typing.Any]:
    prefix = scope if scope.lower().startswith("/subscriptions") else ""
    prefix = "/".join(prefix.split("/")[:3])
    return {
        "id": f"{prefix}/providers/Microsoft.Authorization/roleDefinitions/{role.id}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
        "properties": {
            "roleName": role.name,
            "type": "CustomRole" if custom else "BuiltInRole",
            "description": custom["description"] if custom else _UNKNOWN if role in _UNKNOWN_ROLES else "",
            "assignableScopes": custom["scopes"] if custom else ["/"],
            "permissions": [
                {
                    "actions": list(role.actions),
                    "notActions": list(role.not_actions),
                    "dataActions": list(role.data_actions),
                    "notDataActions": list(role.not_data_actions),
                }
            ],
        },
    }


@ROUTER.route("GET", _DEFINITIONS, "Microsoft.Authorization/roleDefinitions/read")
def list_definitions(call: Call) -> Reply:
    """The built-in roles, and those of one's own that can be assigned at the scope, or at what is asked for below."""
    world, scope, wanted = call.world, call.params["scope"], filters.of_definitions(call.query.get("$filter", ""))
    shown = [_definition(role, scope) for role in ROLES.values()]
    for one in world.data["roles"].values():
        near = any(covers(world, at, scope) or (wanted.below and covers(world, scope, at)) for at in one["scopes"])
        if near:
            shown.append(_definition(Role(**one["role"]), scope, one))
    return lists.page(call, [one for one in shown if wanted.has(one["properties"])])


@ROUTER.route("GET", _DEFINITIONS + "/{role}", "Microsoft.Authorization/roleDefinitions/read")
def get_definition(call: Call) -> Reply:
    role = role_of(call.world, call.params["role"].lower())
    if role is None:
        text = f"The specified role definition with ID '{call.params['role']}' does not exist."
        raise refuse(404, "RoleDefinitionDoesNotExist", text)
    return Reply(200, _definition(role, call.params["scope"], call.world.data["roles"].get(role.id)))


def _tuples(permissions: list[dict[str, typing.Any]], name: str) -> list[str]:
    return [action for one in permissions for action in one.get(name) or []]


@ROUTER.route("PUT", _DEFINITIONS + "/{role}", "Microsoft.Authorization/roleDefinitions/write")
def put_definition(call: Call) -> Reply:
    """A custom role."""
    guid, asked = call.params["role"].lower(), call.body.get("properties") or {}
    checks.role_name(call.params["role"])
    permissions = asked.get("permissions") or []
    scopes = asked.get("assignableScopes") or []
    if asked.get("type") not in (None, "CustomRole"):
        text = f"The type of a role definition is CustomRole, not {asked['type']}."
        raise refuse(400, "InvalidRoleDefinitionType", text)
    if guid in ROLES or not asked.get("roleName") or not permissions or not scopes:
        raise refuse(400, "InvalidRoleDefinition", "A custom role needs roleName, permissions and assignableScopes.")
    if any(one["role"]["name"].lower() == asked["roleName"].lower() for g, one in _custom(call) if g != guid):
        text = f"Role definition with name '{asked['roleName']}' exists already."
        raise refuse(409, "RoleDefinitionWithSameNameExists", text)
    for name in ("actions", "notActions", "dataActions", "notDataActions"):
        checks.actions(_tuples(permissions, name), data=name.lower().endswith("dataactions"))
    checks.scopes(scopes)
    role = {
        "id": guid,
        "name": asked["roleName"],
        "actions": _tuples(permissions, "actions"),
        "not_actions": _tuples(permissions, "notActions"),
        "data_actions": _tuples(permissions, "dataActions"),
        "not_data_actions": _tuples(permissions, "notDataActions"),
    }
    custom = {"role": role, "description": asked.get("description") or "", "scopes": scopes}
    call.world.data["roles"][guid] = custom
    # recorded: for one that was there before as well; clients accept nothing else
    return Reply(201, _definition(Role(**role), call.params["scope"], custom))


@ROUTER.route("DELETE", _DEFINITIONS + "/{role}", "Microsoft.Authorization/roleDefinitions/delete")
def delete_definition(call: Call) -> Reply:
    guid = call.params["role"].lower()
    if any(assignment["role"] == guid for assignment in call.world.data["assignments"].values()):
        text = "There are existing role assignments referencing role."
        raise refuse(400, "RoleDefinitionHasAssignments", text)
    custom = call.world.data["roles"].pop(guid, None)
    return (
        Reply(204) if custom is None else Reply(200, _definition(Role(**custom["role"]), call.params["scope"], custom))
    )


def _custom(call: Call) -> typing.ItemsView[str, dict[str, typing.Any]]:
    assignments: dict[str, dict[str, typing.Any]] = call.world.data["roles"]
    return assignments.items()


def _assignment(assignment: dict[str, typing.Any], *, fresh: bool = False) -> dict[str, typing.Any]:
    scope = assignment["scope"]
    subscription = "/".join(scope.split("/")[:3]) if scope.lower().startswith("/subscriptions") else ""
    created = iso_seven(assignment["created"])
    return {
        "properties": {
            "roleDefinitionId": f"{subscription}{_BUILT_IN}/{assignment['role']}",
            "principalId": assignment["principal"],
            "principalType": assignment["principal_type"],
            "scope": scope,
            **({"description": assignment["description"]} if assignment.get("description") else {}),
            "createdOn": created,
            "updatedOn": created,
            "createdBy": None if fresh else assignment["created_by"],
            "updatedBy": assignment["created_by"],
        },
        "id": f"{scope.rstrip('/')}/providers/Microsoft.Authorization/roleAssignments/{assignment['name']}",
        "type": "Microsoft.Authorization/roleAssignments",
        "name": assignment["name"],
    }


def _key(call: Call) -> str:
    return lower(f"{call.params['scope']}/providers/Microsoft.Authorization/roleAssignments/{call.params['name']}")


def _kind(call: Call, principal: str, asked: str) -> str:
    """The principal's kind for an assignment: what it is in the directory; what is said of one not there (yet).

    :raises Refusal: 400 PrincipalNotFound, UnmatchedPrincipalType.
    """
    kind = kind_of(call.world, principal)
    if kind is None and not asked:
        raise errors.principal_not_found(call.world.data["tenant"], principal)
    if kind and asked and kind.lower() != asked.lower():
        raise errors.unmatched_type(principal, kind, asked)
    return kind or asked


@ROUTER.route("PUT", _ASSIGNMENTS + "/{name}", "Microsoft.Authorization/roleAssignments/write")
def put_assignment(call: Call) -> Reply:
    world, properties = call.world, call.body.get("properties") or {}
    role_id = str(properties.get("roleDefinitionId") or "").rsplit("/", 1)[-1].lower()
    principal = str(properties.get("principalId") or "").lower()
    checks.assignment(world, call.params["name"], call.params["scope"], principal)
    if role_of(world, role_id) is None:
        text = f"The specified role definition with ID '{role_id}' does not exist."
        raise refuse(404, "RoleDefinitionDoesNotExist", text)
    checks.assignable(world, role_id, call.params["scope"])
    kind = _kind(call, principal, str(properties.get("principalType") or ""))
    key, scope = _key(call), call.params["scope"] or "/"
    known = world.data["assignments"].get(key)
    if known:
        if (known["role"], known["principal"]) != (role_id, principal):
            text = "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            raise refuse(400, "RoleAssignmentUpdateNotPermitted", text)
        known["description"] = properties.get("description")
        return Reply(200, _assignment(known))
    for other in world.shelf("assignments").having(f"{principal} at {lower(scope)}"):
        if other["role"] == role_id:
            text = "The role assignment already exists."
            text += f" The ID of the existing role assignment is {other['name'].replace('-', '')}."
            raise refuse(409, "RoleAssignmentExists", text)
    assignment = {
        "name": call.params["name"],
        "scope": scope,
        "role": role_id,
        "principal": principal,
        "principal_type": kind,
        "description": properties.get("description"),
        "created": call.now,
        "created_by": call.principal,
    }
    world.data["assignments"][key] = assignment
    return Reply(201, _assignment(assignment, fresh=True), {"x-ms-request-charge": "2"})


@ROUTER.route("GET", _ASSIGNMENTS + "/{name}", "Microsoft.Authorization/roleAssignments/read")
def get_assignment(call: Call) -> Reply:
    known = call.world.data["assignments"].get(_key(call))
    if known is None:
        text = f"The role assignment '{call.params['name']}' is not found."
        raise refuse(404, "RoleAssignmentNotFound", text)
    return Reply(200, _assignment(known))


@ROUTER.route("DELETE", _ASSIGNMENTS + "/{name}", "Microsoft.Authorization/roleAssignments/delete")
def delete_assignment(call: Call) -> Reply:
    checks.assignment_name(call.params["name"])
    known = call.world.data["assignments"].pop(_key(call), None)
    return Reply(204) if known is None else Reply(200, _assignment(known))


@ROUTER.route("GET", _ASSIGNMENTS, "Microsoft.Authorization/roleAssignments/read")
def list_assignments(call: Call) -> Reply:
    wanted = filters.of_assignments(call.query.get("$filter", ""))
    principals = {wanted.principal} if wanted.principal else set()
    if wanted.by_groups:
        principals = memberships(call.world, wanted.principal)
    found = _near(call.world, lower(call.params["scope"]), principals, below=wanted.below)
    return lists.page(call, found, _assignment)


def _near(world: World, scope: str, principals: set[str], *, below: bool) -> list[dict[str, typing.Any]]:
    """The assignments at a scope and above it, and those below it too; of some principals, or of all."""
    shelf = world.shelf("assignments")
    if principals:
        known = [one for principal in principals for one in shelf.having(principal)]
    elif scope.startswith("/subscriptions/"):
        above = [one for place in scopes_over(world, scope) for one in shelf.having(f"at {place}")]
        inside = [shelf[key] for key in shelf.below(scope)] if below else []
        known = list({id(one): one for one in [*above, *inside]}.values())
    else:
        known = list(shelf.values())
    return [
        one for one in known if covers(world, one["scope"], scope) or (below and covers(world, scope, one["scope"]))
    ]


def grant(world: World, *, scope: str, role: str, principal: str, created_by: str = "") -> None:
    """Put an assignment in place from inside, for tests and rehearsals."""
    name = str(uuid.uuid4())
    place = scope.rstrip("/")
    world.data["assignments"][lower(f"{place}/providers/microsoft.authorization/roleassignments/{name}")] = {
        "name": name,
        "scope": scope,
        "role": role,
        "principal": principal,
        "principal_type": kind_of(world, principal) or "ServicePrincipal",
        "created": world.clock.now(),
        "created_by": created_by,
    }
