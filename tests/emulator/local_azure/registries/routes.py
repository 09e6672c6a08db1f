# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registries: create, change, read, list, delete, names, admin credentials, usage."""

from __future__ import annotations

import copy
import re
import typing
import uuid

from ..authorization import decide
from ..clouds import CLOUDS
from ..imports import state as imports
from ..imports.routes import poll
from ..resource_manager import lists, operations, system_data
from ..resource_manager.errors import bad_request, location_required, not_authorized
from ..resource_manager.scope import GROUP, SUBSCRIPTION, Place, place, scope_of_list
from ..routing import Call, Refusal, Reply, Router
from . import errors, policies, state
from .children import made
from .lookup import registry_of
from .state import TYPE
from .webhooks import WEBHOOKS

ROUTER = Router()
_ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action"
_ONE = GROUP + f"/providers/{TYPE}/{{name}}"
_NAME = re.compile(r"[A-Za-z0-9]{5,50}")
#: Storage included, in GiB: recorded for Standard, else Microsoft's "Service tiers".
_GIGABYTES = {"Basic": 10, "Standard": 100, "Premium": 500}


def _version(call: Call) -> dict[str, str]:
    """Recorded: the api-versions that the provider says it supports are the one that was asked for."""
    return {"api-supported-versions": call.query["api-version"]}


def _show(
    call: Call, registry: dict[str, typing.Any], status: int = 200, headers: dict[str, typing.Any] | None = None
) -> Reply:
    shown = state.render(call.world, registry)
    return Reply(status, shown, {**_version(call), **(headers or {})})


def _started(call: Call, registry: dict[str, typing.Any]) -> Reply:
    operation = registry["pending"]["operation"]
    where = f"https://{call.host}{registry['id']}/operationStatuses/registries-{operation}"
    headers = {"Azure-AsyncOperation": f"{where}?api-version={call.query['api-version']}"}
    return _show(call, registry, 201, headers)


def _change(call: Call, before: dict[str, typing.Any] | None, after: dict[str, typing.Any], *, replace: bool) -> Reply:
    """Take the request over, at once or as a long-running operation."""
    error = None
    _may_assign(call)
    try:
        state.take(call.world, after, call.body, replace=replace)
    except Refusal as refusal:
        told = refusal.reply.body.get("error", {})
        opaque = told.get("message", "").startswith("Failed to access KeyId")
        if not opaque or call.world.settings.cmk_refusal != "operation":
            raise
        error = told
    system_data.note(call, after)
    if error or _lasts(call, before, after, replace=replace):
        return _started(call, state.begin(call.world, before, after, error=error))
    after["state"] = "Succeeded"
    call.world.data["registries"][after["id"].lower()] = after
    return _show(call, after)


def _lasts(call: Call, before: dict[str, typing.Any] | None, after: dict[str, typing.Any], *, replace: bool) -> bool:
    """Whether a request begins an operation.

    Recorded: a PATCH does for identities and the key, a PUT since 2021, and before for what is there.
    """
    asked = call.body.get("properties") or {}
    if replace and (before or call.query["api-version"] >= "2021"):
        return True
    return bool(call.body.get("identity") or (asked.get("encryption") and after["encryption"]))


def _may_assign(call: Call) -> None:
    """To attach an identity takes a right at the identity itself."""
    if not call.world.settings.identity_needs_assign_right:
        return
    named = ((call.body.get("identity") or {}).get("userAssignedIdentities") or {}).items()
    lacking = [
        name
        for name, value in named
        if value is not None and not decide.allowed(call.world, call.principal, _ASSIGN, name)
    ]
    if lacking:
        raise errors.linked(call.caller or {}, f"{TYPE}/write", call.path, _ASSIGN, lacking)


@ROUTER.route("PUT", _ONE, f"{TYPE}/write")
def put(call: Call) -> Reply:
    where = place(call, TYPE)
    known = state.settle(call.world, where.key)
    if known:
        _refuse_if_busy(known)
        policies.refuse_old_version(known, call.query["api-version"])
        after = copy.deepcopy(known)
        after["retention_updated"] = call.now
        return _change(call, known, after, replace=True)
    if not _NAME.fullmatch(where.name):
        raise errors.invalid_name(where.name)
    if not call.body.get("location"):
        raise location_required()
    after = {**state.fresh(call, where), "state": "New"}
    server = state.login_server(call.world, after)
    if state.by_login_server(call.world, server):
        raise errors.already_in_use(server)
    return _change(call, None, after, replace=True)


def _refuse_if_busy(registry: dict[str, typing.Any]) -> None:
    if registry["pending"]:
        raise errors.busy(registry["name"])


@ROUTER.route("PATCH", _ONE, f"{TYPE}/write")
def patch(call: Call) -> Reply:
    known = registry_of(call)
    _refuse_if_busy(known)
    after = copy.deepcopy(known)
    if ((call.body.get("properties") or {}).get("policies") or {}).get("retentionPolicy"):
        after["retention_updated"] = call.now
    return _change(call, known, after, replace=False)


@ROUTER.route("GET", _ONE, f"{TYPE}/read")
def get(call: Call) -> Reply:
    return _show(call, registry_of(call))


@ROUTER.route("GET", SUBSCRIPTION + f"/providers/{TYPE}", f"{TYPE}/read")
@ROUTER.route("GET", GROUP + f"/providers/{TYPE}", f"{TYPE}/read")
def list_all(call: Call) -> Reply:
    def show(key: str) -> dict[str, typing.Any] | None:
        registry = state.settle(call.world, key)
        return registry and state.render(call.world, registry)

    return lists.below(call, call.world.shelf("registries"), scope_of_list(call), show)


@ROUTER.route("DELETE", _ONE, f"{TYPE}/delete")
def delete(call: Call) -> Reply:
    where = place(call, TYPE)
    registry = state.settle(call.world, where.key)
    if registry is None:
        return Reply(204)
    takes_time = registry.get("replicated") or (registry["encryption"] and call.world.settings.cmk_deletion_takes_time)
    if not (takes_time or call.world.ending):
        # recorded: nothing but the registry itself has to go
        state.forget(call.world, where.key)
        return Reply(200)
    seconds = call.world.settings.operation_seconds
    operation = operations.start(call.world, kind="registries", resource=where.key, seconds=seconds)
    after = {**registry, "state": "Failed", "pending": None} if operation["error"] else None
    registry["state"] = "Deleting"
    registry["pending"] = {"operation": operation["id"], "after": after}
    path = f"/subscriptions/{where.subscription}/providers/Microsoft.ContainerRegistry/locations/{registry['location']}"
    location = f"https://{call.host}{path}/operationResults/registries-{operation['id']}"
    return _show(call, registry, 202, {"Location": f"{location}?api-version={call.query['api-version']}"})


def _require(call: Call, action: str) -> None:
    if not decide.allowed(call.world, call.principal, action, call.path):
        raise not_authorized(call.caller or {}, action, call.path)


@ROUTER.route("GET", _ONE + "/operationStatuses/{operation}", f"{TYPE}/operationStatuses/read")
def operation_status(call: Call) -> Reply:
    return operations.async_operation(call)


@ROUTER.route(
    "GET",
    SUBSCRIPTION + "/providers/Microsoft.ContainerRegistry/locations/{location}/operationResults/{operation}",
)
def operation_result(call: Call) -> Reply:
    operation = operations.find(call)
    imports_image = bool(operation and operation["kind"] == imports.KIND)
    # a role at the target alone is enough for an import, Microsoft's page says
    if not imports_image or call.world.settings.import_poll_needs_right:
        _require(call, "Microsoft.ContainerRegistry/locations/operationResults/read")
    if operation and imports_image:
        return poll(call, operation)
    reply = operations.location_operation(call)
    if operation:
        state.settle(call.world, operation["resource"])
    return reply


@ROUTER.route(
    "POST",
    SUBSCRIPTION + "/providers/Microsoft.ContainerRegistry/checkNameAvailability",
    "Microsoft.ContainerRegistry/checkNameAvailability/read",
)
def check_name(call: Call) -> Reply:
    name = str(call.body.get("name") or "")
    if str(call.body.get("type")).lower() != TYPE.lower():
        raise bad_request(f"The resource type to check a name for is '{TYPE}'.")
    if not _NAME.fullmatch(name):
        text = f"The registry name {name} is invalid. It must be alphanumeric and have between 5 and 50 characters."
        return Reply(200, {"nameAvailable": False, "reason": "Invalid", "message": text})
    where = Place(call.params["subscription"], str(call.body.get("resourceGroupName") or ""), TYPE, name)
    scope = str(call.body.get("autoGeneratedDomainNameLabelScope") or "Unsecure")
    label = state.label(where, call.world.data["tenant"], scope)
    server = state.login_server(call.world, {"name": name, "label": label})
    if state.by_login_server(call.world, server):
        text = f"The registry {name} is already in use."
        return Reply(200, {"nameAvailable": False, "reason": "AlreadyExists", "message": text})
    return Reply(200, {"nameAvailable": True, "availableLoginServerName": server})


@ROUTER.route("GET", _ONE + "/listUsages", f"{TYPE}/listUsages/read")
def usages(call: Call) -> Reply:
    registry = registry_of(call)
    limits = (
        ("Size", _GIGABYTES[registry["sku"]] * 2**30, 0, "Bytes"),
        ("Webhooks", WEBHOOKS.most[registry["sku"]], len(made(call.world, registry, WEBHOOKS.name)), "Count"),
    )
    return Reply(200, {"value": [{"name": n, "limit": m, "currentValue": c, "unit": u} for n, m, c, u in limits]})


@ROUTER.route("GET", _ONE + "/privateLinkResources", f"{TYPE}/privateLinkResources/read")
def private_link_resources(call: Call) -> Reply:
    """What a private endpoint can be made for: the registry, with the data endpoint of each of its regions."""
    registry = registry_of(call)
    regions = [registry["location"], *state.replicas(call.world, registry)]
    zone = "privatelink" + CLOUDS[call.world.cloud].registry_suffix
    members = ["registry", *(f"registry_data_{region}" for region in regions)]
    entry = {
        "type": f"{TYPE}/privateLinkResources",
        "id": f"{registry['id']}/privateLinkResources/registry",
        "name": "registry",
        "properties": {"groupId": "registry", "requiredMembers": members, "requiredZoneNames": [zone]},
    }
    return Reply(200, {"value": [entry]}, _version(call))


def _credentials(registry: dict[str, typing.Any]) -> dict[str, typing.Any]:
    names = ("password", "password2")
    pairs = [{"name": name, "value": value} for name, value in zip(names, registry["passwords"], strict=True)]
    return {"username": registry["name"], "passwords": pairs}


def _admin(call: Call) -> dict[str, typing.Any]:
    registry = registry_of(call)
    if not registry["properties"]["adminUserEnabled"]:
        raise errors.no_admin_user(registry["id"])
    return registry


@ROUTER.route("POST", _ONE + "/listCredentials", f"{TYPE}/listCredentials/action")
def list_credentials(call: Call) -> Reply:
    return Reply(200, _credentials(_admin(call)))


@ROUTER.route("POST", _ONE + "/regenerateCredential", f"{TYPE}/regenerateCredential/action")
def regenerate_credential(call: Call) -> Reply:
    registry = _admin(call)
    registry["passwords"][1 if call.body.get("name") == "password2" else 0] = uuid.uuid4().hex
    return Reply(200, _credentials(registry))
