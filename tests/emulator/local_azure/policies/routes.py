# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy definitions and assignments: set, read, listed, removed."""

from __future__ import annotations

import typing

from ..resource_manager import lists
from ..resource_manager.scope import covers
from ..routing import Call, Reply, Router
from ..world import lower
from . import errors

ROUTER = Router()
_PROVIDER = "Microsoft.Authorization"
_DEFINITION = f"{{scope...}}/providers/{_PROVIDER}/policyDefinitions/{{name}}"
_ASSIGNMENTS = f"{{scope...}}/providers/{_PROVIDER}/policyAssignments"
_ASSIGNMENT = _ASSIGNMENTS + "/{name}"
_EFFECTS = ("deny", "audit", "disabled")


def _id(call: Call, kind: str) -> str:
    return f"{call.params['scope']}/providers/{_PROVIDER}/{kind}/{call.params['name']}"


def _definition(definition: dict[str, typing.Any]) -> dict[str, typing.Any]:
    properties = {"policyType": "Custom", "mode": definition["mode"], "displayName": definition["title"]}
    return {
        "properties": {**properties, "policyRule": definition["rule"], "parameters": definition["parameters"]},
        "id": definition["id"],
        "type": f"{_PROVIDER}/policyDefinitions",
        "name": definition["name"],
    }


@ROUTER.route("PUT", _DEFINITION, f"{_PROVIDER}/policyDefinitions/write")
def put_definition(call: Call) -> Reply:
    wishes = call.body.get("properties") or {}
    rule, parameters = wishes.get("policyRule") or {}, wishes.get("parameters") or {}
    effect = str((rule.get("then") or {}).get("effect")).lower()
    if effect not in _EFFECTS and not effect.startswith("[parameters("):
        raise errors.not_emulated(f"the effect {effect}")
    key = lower(_id(call, "policyDefinitions"))
    definition = {
        "id": _id(call, "policyDefinitions"),
        "name": call.params["name"],
        "title": wishes.get("displayName") or call.params["name"],
        "mode": wishes.get("mode") or "Indexed",
        "rule": rule,
        "parameters": parameters,
        "defaults": {name: one.get("defaultValue") for name, one in parameters.items()},
    }
    call.world.data["policy_definitions"][key] = definition
    return Reply(201, _definition(definition))


@ROUTER.route("GET", _DEFINITION, f"{_PROVIDER}/policyDefinitions/read")
def get_definition(call: Call) -> Reply:
    definition = call.world.data["policy_definitions"].get(lower(_id(call, "policyDefinitions")))
    if definition is None:
        raise errors.not_found("PolicyDefinition", call.params["name"])
    return Reply(200, _definition(definition))


@ROUTER.route("DELETE", _DEFINITION, f"{_PROVIDER}/policyDefinitions/delete")
def delete_definition(call: Call) -> Reply:
    definition = call.world.data["policy_definitions"].pop(lower(_id(call, "policyDefinitions")), None)
    return Reply(204 if definition is None else 200)


def _assignment(assignment: dict[str, typing.Any]) -> dict[str, typing.Any]:
    properties: dict[str, typing.Any] = {
        "displayName": assignment["title"],
        "policyDefinitionId": assignment["definition"],
        "scope": assignment["scope"],
        "notScopes": assignment["exempt_scopes"],
        "parameters": {name: {"value": value} for name, value in assignment["values"].items()},
        "enforcementMode": "Default" if assignment["active"] else "DoNotEnforce",
    }
    if assignment["reason"]:
        properties["nonComplianceMessages"] = [{"message": assignment["reason"]}]
    kind = f"{_PROVIDER}/policyAssignments"
    return {"properties": properties, "id": assignment["id"], "type": kind, "name": assignment["name"]}


@ROUTER.route("PUT", _ASSIGNMENT, f"{_PROVIDER}/policyAssignments/write")
def put_assignment(call: Call) -> Reply:
    wishes = call.body.get("properties") or {}
    definition_id = str(wishes.get("policyDefinitionId") or "")
    if lower(definition_id) not in call.world.data["policy_definitions"]:
        raise errors.not_found("PolicyDefinition", definition_id)
    messages = wishes.get("nonComplianceMessages") or []
    assignment = {
        "id": _id(call, "policyAssignments"),
        "name": call.params["name"],
        "title": wishes.get("displayName") or call.params["name"],
        "scope": call.params["scope"],
        "definition": definition_id,
        "exempt_scopes": wishes.get("notScopes") or [],
        "values": {name: one.get("value") for name, one in (wishes.get("parameters") or {}).items()},
        "active": wishes.get("enforcementMode") != "DoNotEnforce",
        "reason": messages[0].get("message", "") if messages else "",
    }
    call.world.data["policy_assignments"][lower(_id(call, "policyAssignments"))] = assignment
    return Reply(201, _assignment(assignment))


@ROUTER.route("GET", _ASSIGNMENT, f"{_PROVIDER}/policyAssignments/read")
def get_assignment(call: Call) -> Reply:
    assignment = call.world.data["policy_assignments"].get(lower(_id(call, "policyAssignments")))
    if assignment is None:
        raise errors.not_found("PolicyAssignment", call.params["name"])
    return Reply(200, _assignment(assignment))


@ROUTER.route("DELETE", _ASSIGNMENT, f"{_PROVIDER}/policyAssignments/delete")
def delete_assignment(call: Call) -> Reply:
    assignment = call.world.data["policy_assignments"].pop(lower(_id(call, "policyAssignments")), None)
    return Reply(204) if assignment is None else Reply(200, _assignment(assignment))


@ROUTER.route("GET", _ASSIGNMENTS, f"{_PROVIDER}/policyAssignments/read")
def list_assignments(call: Call) -> Reply:
    """Those that count at the scope."""
    assignments = call.world.data["policy_assignments"].values()
    here = [one for one in assignments if covers(call.world, one["scope"], call.params["scope"])]
    return lists.page(call, [_assignment(one) for one in here])
