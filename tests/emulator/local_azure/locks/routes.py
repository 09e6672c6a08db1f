# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locks: set, read, list, removed, at a subscription, a group or a resource."""

from __future__ import annotations

from ..resource_manager import lists
from ..resource_manager.scope import within
from ..routing import Call, Reply, Router
from ..world import lower
from . import errors, state

ROUTER = Router()
_LIST = f"{{scope...}}/providers/{state.TYPE}"
_ONE = _LIST + "/{name}"


def _key(call: Call) -> str:
    return lower(f"{call.params['scope']}/locks/{call.params['name']}")


@ROUTER.route("PUT", _ONE, f"{state.TYPE}/write")
def put(call: Call) -> Reply:
    properties = call.body.get("properties") or {}
    level = state.LEVELS.get(str(properties.get("level")).lower())
    if level is None:
        raise errors.unknown_level(str(properties.get("level")))
    fresh = _key(call) not in call.world.data["locks"]
    lock = {
        "name": call.params["name"],
        "scope": call.params["scope"],
        "level": level,
        "notes": properties.get("notes"),
    }
    call.world.data["locks"][_key(call)] = lock
    return Reply(201 if fresh else 200, state.render(lock))


@ROUTER.route("GET", _ONE, f"{state.TYPE}/read")
def get(call: Call) -> Reply:
    lock = call.world.data["locks"].get(_key(call))
    if lock is None:
        raise errors.not_found(call.params["name"])
    return Reply(200, state.render(lock))


@ROUTER.route("DELETE", _ONE, f"{state.TYPE}/delete")
def delete(call: Call) -> Reply:
    return Reply(204 if call.world.data["locks"].pop(_key(call), None) is None else 200)


@ROUTER.route("GET", _LIST, f"{state.TYPE}/read")
def list_all(call: Call) -> Reply:
    """Those at the scope, above it and below it."""
    scope, locks = call.params["scope"], call.world.data["locks"].values()
    near = [lock for lock in locks if within(lock["scope"], scope) or within(scope, lock["scope"])]
    return lists.page(call, [state.render(lock) for lock in near])
