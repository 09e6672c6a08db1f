# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy exemptions: where an assigned policy does not count.

Form: Microsoft's REST reference (Policy Exemptions, 2022-07-01-preview), "Azure Policy exemption structure".
"""

from __future__ import annotations

import typing

from ..clock import moment
from ..resource_manager import lists
from ..resource_manager.errors import bad_request, not_emulated
from ..resource_manager.scope import covers
from ..routing import Call, Reply, Router
from ..world import World, lower
from . import errors

ROUTER = Router()
_TYPE = "Microsoft.Authorization/policyExemptions"
_LIST = f"{{scope...}}/providers/{_TYPE}"
_ONE = _LIST + "/{name}"


def _id(call: Call) -> str:
    return f"{call.params['scope']}/providers/{_TYPE}/{call.params['name']}"


def _show(exemption: dict[str, typing.Any]) -> dict[str, typing.Any]:
    return {"id": exemption["id"], "name": exemption["name"], "type": _TYPE, "properties": exemption["properties"]}


@ROUTER.route("PUT", _ONE, f"{_TYPE}/write")
def put(call: Call) -> Reply:
    properties = call.body.get("properties") or {}
    assignment = str(properties.get("policyAssignmentId") or "")
    if lower(assignment) not in call.world.data["policy_assignments"]:
        raise errors.not_found("PolicyAssignment", assignment)
    if properties.get("policyDefinitionReferenceIds") or properties.get("resourceSelectors"):
        raise not_emulated("exemptions from a part of an assignment")
    expiry = properties.get("expiresOn")
    try:
        _expired(call.world, expiry)
    except (TypeError, ValueError):
        raise bad_request(f"The expiresOn '{expiry}' is no moment.", "InvalidPolicyExemption").inferred() from None
    exemption = {"id": _id(call), "name": call.params["name"], "scope": call.params["scope"], "properties": properties}
    fresh = lower(_id(call)) not in call.world.data["policy_exemptions"]
    call.world.data["policy_exemptions"][lower(_id(call))] = exemption
    return Reply(201 if fresh else 200, _show(exemption))


@ROUTER.route("GET", _ONE, f"{_TYPE}/read")
def get(call: Call) -> Reply:
    exemption = call.world.data["policy_exemptions"].get(lower(_id(call)))
    if exemption is None:
        raise errors.not_found("PolicyExemption", call.params["name"])
    return Reply(200, _show(exemption))


@ROUTER.route("DELETE", _ONE, f"{_TYPE}/delete")
def delete(call: Call) -> Reply:
    return Reply(200 if call.world.data["policy_exemptions"].pop(lower(_id(call)), None) else 204)


@ROUTER.route("GET", _LIST, f"{_TYPE}/read")
def list_all(call: Call) -> Reply:
    """Those that count at the scope, and unless ``atScope()`` is asked for, those below it."""
    scope, known = call.params["scope"], call.world.data["policy_exemptions"].values()
    here = [one for one in known if covers(call.world, one["scope"], scope)]
    if "atscope()" not in call.query.get("$filter", "").lower():
        here += [one for one in known if one not in here and covers(call.world, scope, one["scope"])]
    return lists.page(call, [_show(one) for one in here])


def exempt(world: World, assignment: dict[str, typing.Any], place: str) -> bool:
    """Whether an assignment does not count at a place, since an exemption that has not expired says so."""
    return any(
        lower(one["properties"]["policyAssignmentId"]) == lower(assignment["id"])
        and covers(world, one["scope"], place)
        and not _expired(world, one["properties"].get("expiresOn"))
        for one in world.data["policy_exemptions"].values()
    )


def _expired(world: World, expiry: str | None) -> bool:
    return bool(expiry) and moment(str(expiry)).timestamp() <= world.clock.now()
