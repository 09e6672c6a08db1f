# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Management groups, and what is below them. They are put in place through the control interface."""

from __future__ import annotations

from ..authorization import decide
from ..resource_manager import lists
from ..routing import Call, Reply, Router
from . import errors, state

ROUTER = Router()
_LIST = f"/providers/{state.TYPE}"
_READ = f"{state.TYPE}/read"


@ROUTER.route("GET", _LIST)
def list_all(call: Call) -> Reply:
    """Those that the caller may read."""
    groups = [state.render(call.world, group) for group in call.world.data["management_groups"].values()]
    return lists.page(call, [one for one in groups if decide.allowed(call.world, call.principal, _READ, one["id"])])


@ROUTER.route("GET", _LIST + "/{name}", _READ)
def get(call: Call) -> Reply:
    group = call.world.data["management_groups"].get(call.params["name"].lower())
    if group is None:
        raise errors.not_found(call.params["name"])
    return Reply(200, state.render(call.world, group))


@ROUTER.route("GET", _LIST + "/{name}/descendants", f"{state.TYPE}/descendants/read")
def descendants(call: Call) -> Reply:
    """All management groups and subscriptions below one (operation ManagementGroups_GetDescendants)."""
    group = call.world.data["management_groups"].get(call.params["name"].lower())
    if group is None:
        raise errors.not_found(call.params["name"])
    return lists.page(call, state.descendants(call.world, call.params["name"].lower()))
