# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Geo-replications of a registry."""

from __future__ import annotations

import typing

from ..clock import iso_seven
from ..resource_manager import lists, operations, regions, system_data, tags
from ..resource_manager.errors import bad_request, location_required, refuse
from ..resource_manager.scope import GROUP, place
from ..routing import Call, Reply, Router
from ..world import lower
from . import errors, policies, state
from .lookup import registry_of
from .state import TYPE

ROUTER = Router()
_LIST = GROUP + f"/providers/{TYPE}/{{name}}/replications"
_ONE = _LIST + "/{region}"


def _key(call: Call, registry: dict[str, typing.Any]) -> str:
    return f"{registry['id'].lower()}/replications/{call.params['region'].lower()}"


def _status(call: Call, known: dict[str, typing.Any]) -> dict[str, str]:
    """How far a replica is; recorded: no word while it is being made, then syncing for a while, if it is to serve."""
    operation = call.world.data["operations"].get(known["operation"] or "")
    ready = known["created"] if operation is None else operation["ends"]
    if known["verb"] != "Creating":
        return {"displayStatus": "Ready", "timestamp": iso_seven(min(ready, call.now))}
    if call.now < ready:
        return {"timestamp": iso_seven(known["created"])}
    synced = ready + call.world.settings.replica_sync_seconds * known["endpoint"]
    if call.now < synced:
        return {"displayStatus": "Syncing", "timestamp": iso_seven(ready)}
    return {"displayStatus": "Ready", "timestamp": iso_seven(synced)}


def _render(call: Call, registry: dict[str, typing.Any], known: dict[str, typing.Any]) -> dict[str, typing.Any]:
    operation = call.world.data["operations"][known["operation"]] if known["operation"] else None
    busy = operation is not None and not operations.ended(call.world, operation["id"])
    rest = "Failed" if operation and operation["error"] else "Succeeded"
    return {
        "id": f"{registry['id']}/replications/{known['location']}",
        "name": known["location"],
        "type": f"{TYPE}/replications",
        "location": known["location"],
        "tags": known["tags"],
        "systemData": system_data.show(known),
        "properties": {
            "provisioningState": known["verb"] if busy else rest,
            "status": _status(call, known),
            "regionEndpointEnabled": known["endpoint"],
            "zoneRedundancy": state.zones(call.world, known["location"], known.get("created", 0), known["zones"]),
        },
    }


def _home(registry: dict[str, typing.Any]) -> dict[str, typing.Any]:
    zones = registry["properties"]["zoneRedundancy"]
    made = system_data.made_by_service(registry["replicated"])
    when = {"created": registry["replicated"], "operation": None, "verb": "Creating", **made}
    return {"location": registry["location"], "tags": {}, "endpoint": True, "zones": zones, **when}


def _there(call: Call, key: str) -> dict[str, typing.Any] | None:
    """The replica, unless its deletion has ended by now."""
    known: dict[str, typing.Any] | None = call.world.data["replications"].get(key)
    if known and known.get("deleting") and operations.ended(call.world, known["operation"]):
        if call.world.data["operations"][known["operation"]]["error"]:
            known["deleting"] = False
            return known
        del call.world.data["replications"][key]
        return None
    return known


def _find(call: Call) -> tuple[dict[str, typing.Any], dict[str, typing.Any]]:
    registry = registry_of(call)
    if call.params["region"].lower() == registry["location"] and registry.get("replicated"):
        return registry, _home(registry)
    known = _there(call, _key(call, registry))
    if known is None:
        where = place(call, TYPE)
        raise refuse(
            404,
            "ResourceNotFound",
            f"The Resource '{TYPE}/{where.name}/replications/{call.params['region']}' under resource group "
            f"'{where.group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
        )
    return registry, known


def _stored(call: Call, registry: dict[str, typing.Any]) -> list[dict[str, typing.Any]]:
    """The replicas that somebody made."""
    keys = call.world.shelf("replications").below(lower(registry["id"]))
    return [one for key in keys if (one := _there(call, key))]


def regions_of(call: Call, registry: dict[str, typing.Any]) -> set[str]:
    """The regions in which a registry is: its own, and its replicas'."""
    return {registry["location"], *(one["location"] for one in _stored(call, registry))}


@ROUTER.route("GET", _LIST, f"{TYPE}/replications/read")
def list_all(call: Call) -> Reply:
    registry = registry_of(call)
    stored = _stored(call, registry)
    # recorded: the home region is one of them from the first replica on, and nothing is listed before
    known = [*stored, _home(registry)] if registry.get("replicated") else []
    return lists.page(call, [_render(call, registry, one) for one in known])


@ROUTER.route("GET", _ONE, f"{TYPE}/replications/read")
def get(call: Call) -> Reply:
    registry, known = _find(call)
    return Reply(200, _render(call, registry, known))


@ROUTER.route("PUT", _ONE, f"{TYPE}/replications/write")
def put(call: Call) -> Reply:
    registry = registry_of(call)
    if registry["sku"] != "Premium":
        raise errors.sku_not_supported(registry["sku"])
    if policies.is_on(registry, "softDeletePolicy"):
        raise errors.bad_policy("A registry with the softDeletePolicy enabled cannot have replications.")
    key, asked = _key(call, registry), call.body.get("properties") or {}
    if regions.slug(call.params["region"]) == registry["location"]:
        raise errors.replica_at_home(registry["name"], registry["location"])
    before = call.world.data["replications"].get(key)
    if before and before.get("deleting"):
        if not operations.ended(call.world, before["operation"]):
            raise errors.replica_leaving(registry["name"], before["location"])
        before = None
    if not call.body.get("location"):
        raise location_required()
    if regions.slug(str(call.body["location"])) != regions.slug(call.params["region"]):
        raise refuse(501, "NotEmulated", "The local Azure does not emulate a location other than the replica's name.")
    zones = asked.get("zoneRedundancy") or (before or {}).get("zones", "Disabled")
    seen = before and state.zones(call.world, before["location"], before.get("created", 0), before["zones"])
    if before and zones not in (before["zones"], seen):
        raise bad_request("The zone redundancy of a replication cannot be changed after its creation.")
    seconds = call.world.settings.operation_seconds
    doing = "Updating" if before else "Creating"
    operation = operations.start(call.world, kind="replications", resource=key, seconds=seconds, doing=doing)
    known = {
        "location": regions.place(call.world, call.params["region"], f"{TYPE}/replications"),
        "created": before.get("created", 0) if before else call.now,
        "tags": tags.take(call.world, before["tags"] if before else {}, call.body.get("tags")),
        "endpoint": asked.get("regionEndpointEnabled", True),
        "zones": before["zones"] if before else zones,
        "operation": operation["id"],
        "verb": doing,
        **({"made": before["made"]} if before else {}),
    }
    call.world.data["replications"][key] = known
    registry["replicated"] = registry.get("replicated") or call.now
    return _started(call, registry, known)


def _started(call: Call, registry: dict[str, typing.Any], known: dict[str, typing.Any]) -> Reply:
    system_data.note(call, known)
    where = f"https://{call.host}{registry['id']}/replications/{known['location']}"
    where += f"/operationStatuses/replications-{known['operation']}?api-version={call.query['api-version']}"
    return Reply(201, _render(call, registry, known), {"Azure-AsyncOperation": where})


@ROUTER.route("PATCH", _ONE, f"{TYPE}/replications/write")
def patch(call: Call) -> Reply:
    registry, known = _find(call)
    asked = call.body.get("properties") or {}
    if call.body.get("tags") is not None:
        known["tags"] = tags.take(call.world, known["tags"], call.body["tags"])
    if asked.get("regionEndpointEnabled") is not None:
        known["endpoint"] = asked["regionEndpointEnabled"]
    key, seconds = _key(call, registry), call.world.settings.operation_seconds
    operation = operations.start(call.world, kind="replications", resource=key, seconds=seconds, doing="Updating")
    known |= {"operation": operation["id"], "verb": "Updating"}
    return _started(call, registry, known)


@ROUTER.route("DELETE", _ONE, f"{TYPE}/replications/delete")
def delete(call: Call) -> Reply:
    registry = registry_of(call)
    if call.params["region"].lower() == registry["location"]:
        raise errors.home_replica(registry["name"], registry["location"])
    known, key = _there(call, _key(call, registry)), _key(call, registry)
    if known is None:
        return Reply(204)
    seconds = call.world.settings.operation_seconds
    operation = operations.start(call.world, kind="replications", resource=key, seconds=seconds)
    known |= {"operation": operation["id"], "deleting": True, "verb": "Deleting"}
    subscription = f"/subscriptions/{call.params['subscription']}/providers/Microsoft.ContainerRegistry"
    where = f"https://{call.host}{subscription}/locations/{known['location']}"
    where += f"/operationResults/replications-{operation['id']}?api-version={call.query['api-version']}"
    return Reply(202, None, {"Location": where, **operations.EMPTY})


@ROUTER.route("GET", _ONE + "/operationStatuses/{operation}", f"{TYPE}/replications/operationStatuses/read")
def operation_status(call: Call) -> Reply:
    return operations.async_operation(call)
