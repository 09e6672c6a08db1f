# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""User-assigned managed identities: create, change, read, list, delete."""

from __future__ import annotations

import re
import typing
import uuid

from ..resource_manager import lists, regions, tags
from ..resource_manager.errors import bad_request, location_required
from ..resource_manager.scope import GROUP, SUBSCRIPTION, Place, place, scope_of_list
from ..routing import Call, Reply, Router
from . import state

ROUTER = Router()
TYPE = state.TYPE
_ONE = GROUP + f"/providers/{TYPE}/{{name}}"


def _get(call: Call) -> tuple[Place, dict[str, typing.Any]]:
    where = place(call, TYPE)
    known = call.world.data["identities"].get(where.key)
    if known is None:
        raise where.not_found()
    return where, known


def _take(identity: dict[str, typing.Any], body: dict[str, typing.Any]) -> None:
    # read-only in a PATCH of an older version, where anything may stand in it
    properties = body.get("properties")
    scope = properties.get("isolationScope") if isinstance(properties, dict) else None
    if scope is not None:
        identity["isolation"] = scope


@ROUTER.route("PUT", _ONE, f"{TYPE}/write")
def put(call: Call) -> Reply:
    where = place(call, TYPE)
    known = call.world.data["identities"].get(where.key)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}", where.name):
        raise bad_request(f"The resource name '{where.name}' is invalid.", "InvalidResourceName")
    if not known and not call.body.get("location"):
        raise location_required()
    identity = known or {
        # recorded: the answer to a PUT spells "resourcegroups" in lower case
        "id": where.id.replace("/resourceGroups/", "/resourcegroups/"),
        "name": where.name,
        "location": regions.place(call.world, call.body["location"], TYPE),
        "principal_id": str(uuid.uuid4()),
        "client_id": str(uuid.uuid4()),
    }
    identity["tags"] = tags.take(call.world, identity.get("tags", {}), call.body.get("tags"))
    _take(identity, call.body)
    call.world.data["identities"][where.key] = identity
    headers = {} if known else {"location": where.id}
    return Reply(200 if known else 201, state.render(call.world, identity), headers)


@ROUTER.route("PATCH", _ONE, f"{TYPE}/write")
def patch(call: Call) -> Reply:
    _where, known = _get(call)
    if call.body.get("tags") is not None:
        known["tags"] = tags.take(call.world, known["tags"], call.body["tags"])
    _take(known, call.body)
    return Reply(200, state.render(call.world, known))


@ROUTER.route("GET", _ONE, f"{TYPE}/read")
def get(call: Call) -> Reply:
    return Reply(200, state.render(call.world, _get(call)[1]))


@ROUTER.route("DELETE", _ONE, f"{TYPE}/delete")
def delete(call: Call) -> Reply:
    """Not refused while a registry uses it (inferred); the registry then stands without its key."""
    known = call.world.data["identities"].pop(place(call, TYPE).key, None)
    return Reply(204 if known is None else 200)


@ROUTER.route("GET", SUBSCRIPTION + f"/providers/{TYPE}", f"{TYPE}/read")
@ROUTER.route("GET", GROUP + f"/providers/{TYPE}", f"{TYPE}/read")
def list_all(call: Call) -> Reply:
    known = call.world.shelf("identities")
    return lists.below(call, known, scope_of_list(call), lambda key: state.render(call.world, known[key]))
