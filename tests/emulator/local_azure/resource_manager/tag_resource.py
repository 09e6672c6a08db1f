# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags as a resource of their own, at any scope (``…/tags/default``; Microsoft's REST reference, "Tags")."""

from __future__ import annotations

import typing

from ..routing import Call, Reply, Router
from ..world import lower
from . import errors, tags

ROUTER = Router()
_ONE = "{scope...}/providers/Microsoft.Resources/tags/default"
_READ, _WRITE, _DELETE = (f"Microsoft.Resources/tags/{verb}" for verb in ("read", "write", "delete"))
_KINDS = ("groups", "registries", "replications", "vaults", "identities", "others")


def _record(call: Call) -> dict[str, typing.Any]:
    """What has the tags.

    :raises Refusal: 404 for a scope that is not there.
    """
    scope = lower(call.params["scope"])
    parts = scope.split("/")
    if len(parts) == 3:
        subscription: dict[str, typing.Any] = call.world.data["subscriptions"][parts[2]]
        return subscription
    for kind in _KINDS:
        if scope in call.world.data[kind]:
            found: dict[str, typing.Any] = call.world.data[kind][scope]
            return found
    if len(parts) == 5:
        raise errors.group_not_found(parts[4])
    raise errors.resource_not_found("/".join(call.params["scope"].split("/")[6:]), parts[4])


def _shown(call: Call, record: dict[str, typing.Any]) -> Reply:
    place = f"{call.params['scope']}/providers/Microsoft.Resources/tags/default"
    body = {"id": place, "name": "default", "type": "Microsoft.Resources/tags"}
    return Reply(200, {**body, "properties": {"tags": record.get("tags") or {}}})


def _asked(call: Call) -> dict[str, str]:
    return (call.body.get("properties") or {}).get("tags") or {}


@ROUTER.route("GET", _ONE, _READ)
def get(call: Call) -> Reply:
    return _shown(call, _record(call))


@ROUTER.route("PUT", _ONE, _WRITE)
def put(call: Call) -> Reply:
    record = _record(call)
    record["tags"] = tags.take(call.world, record.get("tags") or {}, _asked(call))
    return _shown(call, record)


@ROUTER.route("PATCH", _ONE, _WRITE)
def patch(call: Call) -> Reply:
    record, operation = _record(call), str(call.body.get("operation", "")).lower()
    before = record.get("tags") or {}
    asked = {name.lower(): value for name, value in _asked(call).items()}
    if operation == "replace":
        after = _asked(call)
    elif operation == "merge":
        after = {**{name: value for name, value in before.items() if name.lower() not in asked}, **_asked(call)}
    elif operation == "delete":
        after = {name: value for name, value in before.items() if asked.get(name.lower()) != value}
    else:
        raise errors.bad_request("The operation must be one of Replace, Merge, Delete.", "InvalidTagsPatchOperation")
    record["tags"] = tags.take(call.world, before, after)
    return _shown(call, record)


@ROUTER.route("DELETE", _ONE, _DELETE)
def delete(call: Call) -> Reply:
    _record(call)["tags"] = {}
    return Reply(200)
