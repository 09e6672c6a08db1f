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


def _definition(known: dict[str, typing.Any]) -> dict[str, typing.Any]:
    properties = {"policyType": "Custom", "mode": known["mode"], "displayName": known["title"]}
    return {
        "properties": {**properties, "policyRule": known["rule"], "parameters": known["parameters"]},
        "id": known["id"],
        "type": f"{_PROVIDER}/policyDefinitions",
        "name": known["name"],
    }


@ROUTER.route("PUT", _DEFINITION, f"{_PROVIDER}/policyDefinitions/write")
def put_definition(call: Call) -> Reply:
    asked = call.body.get("properties") or {}
    rule, parameters = asked.get("policyRule") or {}, asked.get("parameters") or {}
    effect = str((rule.get("then") or {}).get("effect")).lower()
    if effect not in _EFFECTS and not effect.startswith("[parameters("):
        raise errors.not_emulated(f"the effect {effect}")
    key = lower(_id(call, "policyDefinitions"))
    known = {
        "id": _id(call, "policyDefinitions"),
        "name": call.params["name"],
        "title": asked.get("displayName") or call.params["name"],
        "mode": asked.get("mode") or "Indexed",
        "rule": rule,
        "parameters": parameters,
        "defaults": {name: one.get("defaultValue") for name, one in parameters.items()},
    }
    call.world.data["policy_definitions"][key] = known
    return Reply(201, _definition(known))


@ROUTER.route("GET", _DEFINITION, f"{_PROVIDER}/policyDefinitions/read")
def get_definition(call: Call) -> Reply:
    known = call.world.data["policy_definitions"].get(lower(_id(call, "policyDefinitions")))
    if known is None:
        raise errors.not_found("PolicyDefinition", call.params["name"])
    return Reply(200, _definition(known))


@ROUTER.route("DELETE", _DEFINITION, f"{_PROVIDER}/policyDefinitions/delete")
def delete_definition(call: Call) -> Reply:
    known = call.world.data["policy_definitions"].pop(lower(_id(call, "policyDefinitions")), None)
    return Reply(204 if known is None else 200)


def _assignment(known: dict[str, typing.Any]) -> dict[str, typing.Any]:
    properties: dict[str, typing.Any] = {
        "displayName": known["title"],
        "policyDefinitionId": known["definition"],
        "scope": known["scope"],
        "notScopes": known["spared"],
        "parameters": {name: {"value": value} for name, value in known["values"].items()},
        "enforcementMode": "Default" if known["enforced"] else "DoNotEnforce",
    }
    if known["reason"]:
        properties["nonComplianceMessages"] = [{"message": known["reason"]}]
    kind = f"{_PROVIDER}/policyAssignments"
    return {"properties": properties, "id": known["id"], "type": kind, "name": known["name"]}


@ROUTER.route("PUT", _ASSIGNMENT, f"{_PROVIDER}/policyAssignments/write")
def put_assignment(call: Call) -> Reply:
    asked = call.body.get("properties") or {}
    definition = str(asked.get("policyDefinitionId") or "")
    if lower(definition) not in call.world.data["policy_definitions"]:
        raise errors.not_found("PolicyDefinition", definition)
    messages = asked.get("nonComplianceMessages") or []
    known = {
        "id": _id(call, "policyAssignments"),
        "name": call.params["name"],
        "title": asked.get("displayName") or call.params["name"],
        "scope": call.params["scope"],
        "definition": definition,
        "spared": asked.get("notScopes") or [],
        "values": {name: one.get("value") for name, one in (asked.get("parameters") or {}).items()},
        "enforced": asked.get("enforcementMode") != "DoNotEnforce",
        "reason": messages[0].get("message", "") if messages else "",
    }
    call.world.data["policy_assignments"][lower(_id(call, "policyAssignments"))] = known
    return Reply(201, _assignment(known))


@ROUTER.route("GET", _ASSIGNMENT, f"{_PROVIDER}/policyAssignments/read")
def get_assignment(call: Call) -> Reply:
    known = call.world.data["policy_assignments"].get(lower(_id(call, "policyAssignments")))
    if known is None:
        raise errors.not_found("PolicyAssignment", call.params["name"])
    return Reply(200, _assignment(known))


@ROUTER.route("DELETE", _ASSIGNMENT, f"{_PROVIDER}/policyAssignments/delete")
def delete_assignment(call: Call) -> Reply:
    known = call.world.data["policy_assignments"].pop(lower(_id(call, "policyAssignments")), None)
    return Reply(204) if known is None else Reply(200, _assignment(known))


@ROUTER.route("GET", _ASSIGNMENTS, f"{_PROVIDER}/policyAssignments/read")
def list_assignments(call: Call) -> Reply:
    """Those that count at the scope."""
    known = call.world.data["policy_assignments"].values()
    shown = [_assignment(one) for one in known if covers(call.world, one["scope"], call.params["scope"])]
    return lists.page(call, shown)
