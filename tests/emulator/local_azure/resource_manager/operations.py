# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Long-running operations: they end when the clock says so, and only then take effect.

An operation is ``{id, kind, resource, started, ends, error, status}``; ``status`` of one that fails.
Whoever started it looks whether it has ended (:func:`ended`) each time its resource is touched; there is no background
work.
"""

from __future__ import annotations

import typing
import uuid

from ..clock import spaced
from ..routing import Call, Reply
from ..world import World
from .errors import refuse

#: Recorded: what has no body says all the same of which type it would be.
EMPTY = {"Content-Type": "application/json; charset=utf-8"}


#: Longer than anybody waits.
FOR_EVER = 1e9


def start(
    world: World,
    *,
    kind: str,
    resource: str,
    seconds: float,
    error: dict[str, typing.Any] | None = None,
    doing: str = "InProgress",
) -> dict[str, typing.Any]:
    """Begin an operation that ends after ``seconds``, with ``error`` (``{code, message}``) if it is to fail.

    It fails too if a fault says so (``World.ending``): then its resource is to stay, or be left, as Azure leaves it. Or
    it never ends.

    :param doing: its status until then.
    """
    ending = world.ending
    if ending == "Never":
        seconds, ending = FOR_EVER, ""
    if ending and not error:
        error = {"code": f"Operation{ending}", "message": f"The operation ended as {ending}."}
    operation = {
        "id": str(uuid.uuid4()),
        "kind": kind,
        "resource": resource,
        "started": world.clock.now(),
        "ends": world.clock.now() + seconds,
        "error": error,
        "status": ending or ("Failed" if error else ""),
        "doing": doing,
    }
    world.data["operations"][operation["id"]] = operation
    return operation


def ended(world: World, operation_id: str) -> bool:
    """Whether the clock has passed the operation's end."""
    return bool(world.clock.now() >= world.data["operations"][operation_id]["ends"])


def find(call: Call) -> dict[str, typing.Any] | None:
    """The operation that a look is about; None if there is none such."""
    answer: dict[str, typing.Any] | None = call.world.data["operations"].get(
        call.params["operation"].split("-", 1)[-1].lower()
    )
    return answer


def require(call: Call) -> dict[str, typing.Any]:
    """The operation that a look is about.

    :raises Refusal: 404 for one that never began.
    """
    operation = find(call)
    if operation is None:
        raise refuse(404, "NotFound", "The operation was not found.").inferred()
    return operation


def async_operation(call: Call) -> Reply:
    """Poll of an ``Azure-AsyncOperation`` address: 200 with nothing but the status, and the error of a failed one."""
    operation = require(call)
    if not ended(call.world, operation["id"]):
        body: dict[str, typing.Any] = {"status": operation["doing"]}
    elif operation["error"]:
        body = {"status": operation["status"], "error": operation["error"]}
    else:
        body = {"status": "Succeeded"}
    version = call.query.get("api-version", "")
    return Reply(200, body, {"Azure-AsyncOperation": f"https://{call.host}{call.path}?api-version={version}"})


def location_operation(call: Call) -> Reply:
    """Poll of a ``Location`` address: 202 with the same address until the end, then 200, or 409 (*inferred*)."""
    operation = require(call)
    if ended(call.world, operation["id"]):
        return Reply(409, {"error": operation["error"]}) if operation["error"] else Reply(200)
    version = call.query.get("api-version", "")
    return Reply(202, None, {"Location": f"https://{call.host}{call.path}?api-version={version}", **EMPTY})


def purge_operation(call: Call) -> Reply:
    """Poll of a vault's purge: like :func:`location_operation`, with the recorded bodies."""
    reply, operation = location_operation(call), require(call)
    if reply.status >= 400:
        return reply
    created = spaced(operation["started"])
    reply.body = {"createdDateTime": created, "status": "NotStarted"}
    if reply.status == 200:
        reply.body = {"createdDateTime": created, "lastActionDateTime": spaced(call.now), "status": "Succeeded"}
    return reply
