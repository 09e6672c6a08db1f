# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Diagnostic settings of a resource (Microsoft.Insights): kept and listed; nothing is logged anywhere.

Form: Microsoft's REST reference (Diagnostic Settings, 2021-05-01-preview). A resource has its own alone.
"""

from __future__ import annotations

import typing

from ..routing import Call, Reply, Router
from ..world import lower
from . import errors, lists

ROUTER = Router()
TYPE = "Microsoft.Insights/diagnosticSettings"
_LIST = f"{{scope...}}/providers/{TYPE}"
_ONE = _LIST + "/{name}"


def _id(call: Call) -> str:
    return f"{call.params['scope']}/providers/{TYPE}/{call.params['name']}"


def _show(setting: dict[str, typing.Any]) -> dict[str, typing.Any]:
    return {"id": setting["id"], "name": setting["name"], "type": TYPE, "properties": setting["properties"]}


@ROUTER.route("PUT", _ONE, f"{TYPE}/write")
def put(call: Call) -> Reply:
    properties = {"metrics": [], "logs": [], **(call.body.get("properties") or {})}
    setting = {"id": _id(call), "name": call.params["name"], "scope": call.params["scope"], "properties": properties}
    call.world.data["diagnostic_settings"][lower(_id(call))] = setting
    return Reply(200, _show(setting))


@ROUTER.route("GET", _ONE, f"{TYPE}/read")
def get(call: Call) -> Reply:
    setting = call.world.data["diagnostic_settings"].get(lower(_id(call)))
    if setting is None:
        text = f"The diagnostic setting '{call.params['name']}' doesn't exist."
        raise errors.refuse(404, "ResourceNotFound", text).inferred()
    return Reply(200, _show(setting))


@ROUTER.route("DELETE", _ONE, f"{TYPE}/delete")
def delete(call: Call) -> Reply:
    return Reply(200 if call.world.data["diagnostic_settings"].pop(lower(_id(call)), None) else 204)


@ROUTER.route("GET", _LIST, f"{TYPE}/read")
def list_all(call: Call) -> Reply:
    known = call.world.data["diagnostic_settings"].values()
    here = [one for one in known if lower(one["scope"]) == lower(call.params["scope"])]
    return lists.page(call, [_show(one) for one in here])
