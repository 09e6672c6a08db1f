# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``importImage``, and looks at the operation that it begins."""

from __future__ import annotations

import typing

from ..registries import state as registries
from ..registries.state import TYPE
from ..resource_manager import operations
from ..resource_manager.scope import GROUP, place
from ..routing import Call, Reply, Router
from . import errors, request, state

ROUTER = Router()
#: Recorded: four bytes, though no body is described (azure-sdk-for-js, container-registry).
_NOTHING = b"null"


@ROUTER.route("POST", f"{GROUP}/providers/{TYPE}/{{name}}/importImage", errors.ACTION)
def import_image(call: Call) -> Reply:
    where = place(call, TYPE)
    target = registries.settle(call.world, where.key)
    if target is None:
        raise where.not_found()
    state.settle(call.world)
    operation = state.begin(call, request.read(call.body), target)
    if call.world.settings.import_at_once:
        _refuse_failed(call, call.world.data["operations"][operation])
        return Reply(200, _NOTHING, operations.EMPTY)
    # recorded: the region in capitals
    path = f"/subscriptions/{where.subscription}/providers/Microsoft.ContainerRegistry/locations"
    location = f"https://{call.host}{path}/{target['location'].upper()}/operationResults/registries-{operation}"
    return Reply(202, _NOTHING, {**_pace(call), **operations.EMPTY, "Location": f"{location}?{_version(call)}"})


def poll(call: Call, operation: dict[str, typing.Any]) -> Reply:
    """A look at an import: 202 with what it is about until its end, then its status, or 400."""
    state.settle(call.world)
    record = call.world.data["imports"].get(operation["id"])
    if record is not None:
        targets = {f"{name}:{tag}" if tag else name: "Pending" for name, tag in record["targets"]}
        location = f"https://{call.host}{call.path}?{_version(call)}"
        return Reply(202, {**targets, "status": "Accepted"}, {**_pace(call), "Location": location})
    _refuse_failed(call, operation)
    return Reply(200, {"status": "Succeeded"})


def _refuse_failed(call: Call, operation: dict[str, typing.Any]) -> None:
    if not operation["error"]:
        return
    target = call.world.data["registries"].get(operation["resource"], {"id": operation["resource"]})["id"]
    begins = f"Operation registries-{operation['id']} failed. Resource {target}"
    whole = {**operation["error"], "message": f"{begins} {operation['error']['message']}"}
    raise errors.failed(whole, says_why=call.world.settings.import_failure_says_why)


def _version(call: Call) -> str:
    return f"api-version={call.query.get('api-version', '')}"


def _pace(call: Call) -> dict[str, str]:
    """When to look again; recorded: 10 seconds (azure-sdk-for-js, container-registry)."""
    seconds = call.world.settings.import_retry_after
    return {"Retry-After": str(seconds)} if seconds else {}
