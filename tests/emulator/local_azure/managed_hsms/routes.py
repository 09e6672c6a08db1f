# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Managed HSMs in Resource Manager (read, list, delete, recover), and their local roles on their own host."""

from __future__ import annotations

import re
import typing

from ..authorization.roles import Role
from ..clock import iso_plain
from ..clouds import CLOUDS
from ..guids import is_guid
from ..resource_manager import lists, operations
from ..resource_manager.errors import refuse
from ..resource_manager.scope import GROUP, SUBSCRIPTION, place, scope_of_list, within
from ..routing import Call, Reply, Router
from . import errors, roles, state

ROUTER = Router()
_ONE = GROUP + f"/providers/{state.TYPE}/{{name}}"
_NAME = re.compile(r"(?=.{3,24}$)[A-Za-z](?:-?[A-Za-z0-9])*")


def _get(call: Call) -> tuple[str, dict[str, typing.Any]]:
    where = place(call, state.TYPE)
    hsm = call.world.data["hsms"].get(where.key)
    if hsm is None:
        raise where.not_found()
    return where.key, hsm


@ROUTER.route("GET", _ONE, f"{state.TYPE}/read")
def get(call: Call) -> Reply:
    return Reply(200, state.render(call.world, _get(call)[1]))


@ROUTER.route("GET", SUBSCRIPTION + f"/providers/{state.TYPE}", f"{state.TYPE}/read")
@ROUTER.route("GET", GROUP + f"/providers/{state.TYPE}", f"{state.TYPE}/read")
def list_all(call: Call) -> Reply:
    scope, hsms = scope_of_list(call), call.world.data["hsms"]
    return lists.page(call, [state.render(call.world, hsm) for key, hsm in hsms.items() if within(scope, key)])


@ROUTER.route("PATCH", _ONE, f"{state.TYPE}/write")
def patch(call: Call) -> Reply:
    _key, hsm = _get(call)
    asked = call.body.get("properties") or {}
    if asked.get("enablePurgeProtection"):
        hsm["properties"]["enablePurgeProtection"] = True
    for name in ("publicNetworkAccess", "networkAcls"):
        if asked.get(name) is not None:
            hsm["properties"][name] = asked[name]
    if call.body.get("tags") is not None:
        hsm["tags"] = call.body["tags"]
    return Reply(200, state.render(call.world, hsm))


@ROUTER.route("PUT", _ONE, f"{state.TYPE}/write")
def put(call: Call) -> Reply:
    """Recovery alone: making one takes 20 minutes and its owners' security domain."""
    where = place(call, state.TYPE)
    deleted = next((d for d in state.deleted(call.world) if d["key"] == where.key), None)
    if (call.body.get("properties") or {}).get("createMode") != "recover" or deleted is None:
        text = "The local Azure does not make Managed HSMs; start it with --managed-hsm NAME to have one."
        raise refuse(501, "NotEmulated", text)
    return Reply(200, state.render(call.world, state.recover(call.world, where.name)))


@ROUTER.route("DELETE", _ONE, f"{state.TYPE}/delete")
def delete(call: Call) -> Reply:
    key, _hsm = _get(call)
    state.soft_delete(call.world, key)
    return Reply(200)


@ROUTER.route(
    "GET", SUBSCRIPTION + "/providers/Microsoft.KeyVault/deletedManagedHSMs", "Microsoft.KeyVault/deletedVaults/read"
)
def list_deleted(call: Call) -> Reply:
    return lists.page(call, [_deleted(deleted) for deleted in state.deleted(call.world)])


def _deleted(deleted: dict[str, typing.Any]) -> dict[str, typing.Any]:
    hsm = deleted["hsm"]
    where = f"/subscriptions/{hsm['id'].split('/')[2]}/providers/Microsoft.KeyVault/locations/{hsm['location']}"
    return {
        "id": f"{where}/deletedManagedHSMs/{hsm['name']}",
        "name": hsm["name"],
        "type": "Microsoft.KeyVault/deletedManagedHSMs",
        "properties": {
            "mhsmId": hsm["id"],
            "location": hsm["location"],
            "deletionDate": iso_plain(deleted["deleted_date"]),
            "scheduledPurgeDate": iso_plain(deleted["purge_date"]),
            "purgeProtectionEnabled": hsm["properties"]["enablePurgeProtection"],
            "tags": hsm["tags"],
        },
    }


_ONE_DELETED = SUBSCRIPTION + "/providers/Microsoft.KeyVault/locations/{location}/deletedManagedHSMs/{name}"
_DELETED = "Microsoft.KeyVault/locations/deletedManagedHsms"


def _find_deleted(call: Call) -> dict[str, typing.Any]:
    name, where = call.params["name"].lower(), call.params["location"].replace(" ", "").lower()
    for deleted in state.deleted(call.world):
        if deleted["hsm"]["name"].lower() == name and deleted["hsm"]["location"] == where:
            return deleted
    raise errors.deleted_not_found(call.params["name"])


@ROUTER.route("GET", _ONE_DELETED, f"{_DELETED}/read")
def get_deleted(call: Call) -> Reply:
    return Reply(200, _deleted(_find_deleted(call)))


@ROUTER.route("POST", _ONE_DELETED + "/purge", f"{_DELETED}/purge/action")
def purge(call: Call) -> Reply:
    """As for vaults; *inferred* for Managed HSMs."""
    hsm = _find_deleted(call)["hsm"]
    if hsm["properties"]["enablePurgeProtection"]:
        raise errors.purge_not_allowed()
    state.purge(call.world, hsm["name"])
    operation = operations.start(
        call.world, kind="purge", resource=hsm["name"], seconds=call.world.settings.operation_seconds
    )
    where = call.path.split("/deletedManagedHSMs")[0]
    location = f"https://{call.host}{where}/operationResults/purge-{operation['id']}"
    return Reply(202, None, {"Location": f"{location}?api-version={call.query['api-version']}"})


@ROUTER.route("POST", SUBSCRIPTION + "/providers/Microsoft.KeyVault/checkMhsmNameAvailability")
def check_name(call: Call) -> Reply:
    """Whether a name is free; as for vaults deleted ones hold theirs."""
    name = str(call.body.get("name") or "")
    if not _NAME.fullmatch(name):
        text = (
            f"The name '{name}' is invalid. It must be between 3-24 alphanumeric characters, begin with a letter, end "
            "with a letter or digit, and not contain consecutive hyphens."
        )
        return Reply(200, {"nameAvailable": False, "reason": "AccountNameInvalid", "message": text})
    held = any(one["hsm"]["name"].lower() == name.lower() for one in state.deleted(call.world))
    if held or state.by_name(call.world, name):
        text = f"The name '{name}' is already in use."
        return Reply(200, {"nameAvailable": False, "reason": "AlreadyExists", "message": text})
    return Reply(200, {"nameAvailable": True})


@ROUTER.route("GET", _ONE + "/privateLinkResources", f"{state.TYPE}/privateLinkResources/read")
def private_link_resources(call: Call) -> Reply:
    """What a private endpoint can be made for."""
    _key, hsm = _get(call)
    entry = {
        "id": f"{hsm['id']}/privateLinkResources/managedhsm",
        "name": "managedhsm",
        "type": f"{state.TYPE}/privateLinkResources",
        "properties": {
            "groupId": "managedhsm",
            "requiredMembers": ["default"],
            "requiredZoneNames": ["privatelink" + CLOUDS[call.world.cloud].hsm_suffix],
        },
    }
    return Reply(200, {"value": [entry]})


# --- local roles, on the host of the Managed HSM itself ----------------------------------------------------------

#: Scope ``/`` comes as it is, so that a path may begin with three slashes.
LOCAL = Router()
_ASSIGNMENTS = "{scope...}/providers/Microsoft.Authorization/roleAssignments"
_DEFINITIONS = "{scope...}/providers/Microsoft.Authorization/roleDefinitions"
#: Everything, all keys, or one key.
_SCOPE = re.compile("/|/keys(/[0-9a-zA-Z-]+)?", re.IGNORECASE)


def _scope(call: Call) -> str:
    return "/" + call.params["scope"].strip("/")


def _allow(call: Call, action: str) -> dict[str, typing.Any]:
    hsm = typing.cast(dict[str, typing.Any], call.params["vault"])
    if not roles.allowed(call.world, hsm, call.principal, action, _scope(call)):
        raise errors.denied(action, _scope(call))
    return hsm


def _assignment(given: dict[str, typing.Any]) -> dict[str, typing.Any]:
    return {
        # recorded: without the scope, wherever that is
        "id": f"/providers/Microsoft.Authorization/roleAssignments/{given['name']}",
        "name": given["name"],
        "properties": {
            "principalId": given["principal"],
            "roleDefinitionId": f"Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions/{given['role']}",
            "scope": given["scope"],
        },
        "type": "Microsoft.Authorization/roleAssignments",
    }


@LOCAL.route("GET", _ASSIGNMENTS)
def list_assignments(call: Call) -> Reply:
    hsm, scope = _allow(call, "roleAssignments/read/action"), _scope(call)
    text = call.query.get("$filter", "")
    asked = re.fullmatch(
        r"(atScope\(\))?|principalId eq (?P<quote>'?)(?P<id>[0-9a-f-]+)(?P=quote)", text, re.IGNORECASE
    )
    if asked is None:
        raise errors.invalid("filter", text)
    found = []
    for given in hsm["roles"].values():
        if asked["id"] and given["principal"] != asked["id"].lower():
            continue
        above, below = roles.within(given["scope"], scope), roles.within(scope, given["scope"])
        if given["scope"].lower() == scope.lower() or (
            not call.world.settings.hsm_lists_at_scope_only and (above or (below and not asked[1]))
        ):
            found.append(_assignment(given))
    return Reply(200, {"value": found})


@LOCAL.route("PUT", _ASSIGNMENTS + "/{name}")
def put_assignment(call: Call) -> Reply:
    hsm, scope = _allow(call, "roleAssignments/write/action"), _scope(call)
    asked = call.body.get("properties") or {}
    role = str(asked.get("roleDefinitionId") or "").rsplit("/", 1)[-1].lower()
    principal, name = str(asked.get("principalId") or "").lower(), call.params["name"].lower()
    for part, value in (("role assignment name", name), ("principal ID", principal)):
        if not is_guid(value):
            raise errors.invalid(part, value)
    if not _SCOPE.fullmatch(scope):
        raise errors.invalid("scope", scope)
    if roles.role_of(hsm, role) is None:
        raise errors.role_definition_not_found(role)
    for given in hsm["roles"].values():
        if (given["role"], given["principal"], given["scope"].lower()) == (role, principal, scope.lower()):
            shown = _assignment(given)["properties"]["roleDefinitionId"]
            raise errors.matching_role_assignment_exists(given["name"], shown, principal, given["scope"])
    if name in hsm["roles"]:
        raise errors.role_assignment_exists()
    made = state.assign(hsm, scope=scope, role=role, principal=principal, name=name)
    return Reply(201, _assignment(made))


def _known(call: Call, hsm: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """The assignment of that name; recorded: the scope in the path need not be its own."""
    given = hsm["roles"].get(call.params["name"].lower())
    if given is None:
        raise errors.role_assignment_not_found(call.params["name"])
    answer: dict[str, typing.Any] = given
    return answer


@LOCAL.route("GET", _ASSIGNMENTS + "/{name}")
def get_assignment(call: Call) -> Reply:
    return Reply(200, _assignment(_known(call, _allow(call, "roleAssignments/read/action"))))


@LOCAL.route("DELETE", _ASSIGNMENTS + "/{name}")
def delete_assignment(call: Call) -> Reply:
    hsm = _allow(call, "roleAssignments/delete/action")
    given = _known(call, hsm)
    del hsm["roles"][given["name"]]
    return Reply(200, _assignment(given))


def _definition(role: Role, custom: dict[str, typing.Any] | None = None) -> dict[str, typing.Any]:
    permissions = {
        "actions": list(role.actions),
        "dataActions": list(role.data_actions),
        "notActions": list(role.not_actions),
        "notDataActions": list(role.not_data_actions),
    }
    return {
        "id": f"Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions/{role.id}",
        "name": role.id,
        "properties": {
            "assignableScopes": custom["scopes"] if custom else ["/"],
            "description": custom["description"] if custom else "",
            "permissions": [permissions],
            "roleName": role.name,
            "type": "CustomRole" if custom else "AKVBuiltInRole",
        },
        "type": "Microsoft.Authorization/roleDefinitions",
    }


@LOCAL.route("GET", _DEFINITIONS)
def list_definitions(call: Call) -> Reply:
    hsm = _allow(call, "roleDefinitions/read/action")
    shown = [_definition(role) for role in roles.ROLES.values()]
    shown += [_definition(Role(**one["role"]), one) for one in hsm.get("custom_roles", {}).values()]
    return Reply(200, {"value": shown})


@LOCAL.route("GET", _DEFINITIONS + "/{name}")
def get_definition(call: Call) -> Reply:
    hsm, name = _allow(call, "roleDefinitions/read/action"), call.params["name"].lower()
    role = roles.role_of(hsm, name)
    if role is None:
        raise errors.role_definition_not_found(call.params["name"])
    return Reply(200, _definition(role, hsm.get("custom_roles", {}).get(name)))


@LOCAL.route("PUT", _DEFINITIONS + "/{name}")
def put_definition(call: Call) -> Reply:
    """A role of this Managed HSM's own."""
    hsm, name = _allow(call, "roleDefinitions/write/action"), call.params["name"].lower()
    asked = call.body.get("properties") or {}
    if name in roles.ROLES:
        raise errors.built_in_role(call.params["name"])
    if not is_guid(name):
        raise errors.invalid("role definition name", name)
    lists = {"actions": "actions", "not_actions": "notActions"}
    lists |= {"data_actions": "dataActions", "not_data_actions": "notDataActions"}
    permissions = asked.get("permissions") or []
    role = {ours: [action for one in permissions for action in one.get(theirs) or []] for ours, theirs in lists.items()}
    custom: dict[str, typing.Any] = {
        "role": {"id": name, "name": str(asked.get("roleName") or ""), **role},
        "description": asked.get("description") or "",
        "scopes": asked.get("assignableScopes") or ["/"],
    }
    hsm.setdefault("custom_roles", {})[name] = custom
    return Reply(201, _definition(Role(**custom["role"]), custom))


@LOCAL.route("DELETE", _DEFINITIONS + "/{name}")
def delete_definition(call: Call) -> Reply:
    hsm, name = _allow(call, "roleDefinitions/delete/action"), call.params["name"].lower()
    if name in roles.ROLES:
        raise errors.built_in_role(call.params["name"])
    custom = hsm.get("custom_roles", {}).pop(name, None)
    if custom is None:
        raise errors.role_definition_not_found(call.params["name"])
    return Reply(200, _definition(Role(**custom["role"]), custom))
