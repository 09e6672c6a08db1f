# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Principals by object id, by application id, and many at once."""

from __future__ import annotations

import re
import typing

from ..routing import Call, Reply, Router
from . import errors, state

ROUTER = Router()
_VERSION = "/{version}"


def _found(call: Call, fits: typing.Callable[[dict[str, typing.Any]], bool]) -> list[dict[str, typing.Any]]:
    return [one for one in state.objects(call.world) if fits(one)]


@ROUTER.route("GET", _VERSION + "/me")
def me(call: Call) -> Reply:
    """The user who is signed in; an application is none."""
    if "scp" not in (call.caller or {}):
        raise errors.no_user()
    return Reply(200, _found(call, lambda one: one["id"] == call.principal)[0])


@ROUTER.route("GET", _VERSION + "/servicePrincipals")
def list_principals(call: Call) -> Reply:
    """All, or those of one application: the filter names its id somewhere."""
    match = re.search(r"'([^']*)'", call.query.get("$filter", ""))
    wanted = match[1].lower() if match else ""
    value = _found(call, lambda one: "appId" in one and wanted in ("", one["appId"], one["displayName"].lower()))
    return Reply(200, {"value": value})


@ROUTER.route("GET", _VERSION + "/servicePrincipals/{id}")
def get_principal(call: Call) -> Reply:
    found = _found(call, lambda one: "appId" in one and one["id"] == call.params["id"].lower())
    if not found:
        raise errors.not_found(call.params["id"])
    return Reply(200, found[0])


@ROUTER.route("GET", _VERSION + r"/servicePrincipals\(appId='{app}'\)")
def get_by_application(call: Call) -> Reply:
    found = _found(call, lambda one: one.get("appId") == call.params["app"].lower())
    if not found:
        raise errors.not_found(call.params["app"])
    return Reply(200, found[0])


@ROUTER.route("POST", _VERSION + "/directoryObjects/getByIds")
def get_by_ids(call: Call) -> Reply:
    wanted = {str(one).lower() for one in call.body.get("ids") or []}
    return Reply(200, {"value": _found(call, lambda one: one["id"] in wanted)})


@ROUTER.route("GET", _VERSION + "/directoryObjects/{id}")
def get_object(call: Call) -> Reply:
    found = _found(call, lambda one: one["id"] == call.params["id"].lower())
    if not found:
        raise errors.not_found(call.params["id"])
    return Reply(200, found[0])


@ROUTER.route("GET", _VERSION + "/users/{id}")
def get_user(call: Call) -> Reply:
    """One user, by object id or user principal name."""
    wanted = call.params["id"].lower()
    found = _found(call, lambda one: wanted in (one["id"], one.get("userPrincipalName", "").lower()))
    if not found or "userPrincipalName" not in found[0]:
        raise errors.not_found(call.params["id"])
    return Reply(200, found[0])


@ROUTER.route("GET", _VERSION + "/users")
def list_users(call: Call) -> Reply:
    """All users, or the one whose user principal name the filter has."""
    match = re.search(r"'([^']*)'", call.query.get("$filter", ""))
    wanted = match[1].lower() if match else ""
    users = _found(call, lambda one: "userPrincipalName" in one)
    return Reply(200, {"value": [one for one in users if wanted in ("", one["userPrincipalName"].lower())]})


@ROUTER.route("GET", _VERSION + "/groups")
def list_groups(call: Call) -> Reply:
    return Reply(200, {"value": []})
