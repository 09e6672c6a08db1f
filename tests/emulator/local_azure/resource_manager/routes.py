# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subscriptions, tenants and resource groups."""

from __future__ import annotations

import re
import typing

from .. import vaults
from ..authorization import decide
from ..routing import Call, Reply, Router
from ..world import World, lower
from . import errors, lists, operations, regions, tags
from .scope import GROUP, SUBSCRIPTION, group_key, require_group, within

ROUTER = Router()


def _subscription(call: Call, subscription: str) -> dict[str, typing.Any]:
    known = call.world.data["subscriptions"][subscription]
    return {
        "id": f"/subscriptions/{subscription}",
        "subscriptionId": subscription,
        "tenantId": known["tenant"],
        "displayName": known["displayName"],
        "state": "Enabled",
        "subscriptionPolicies": {"quotaId": "Internal_2014-09-01", "spendingLimit": "Off"},
        "authorizationSource": "RoleBased",
    }


@ROUTER.route("GET", "/subscriptions")
def list_subscriptions(call: Call) -> Reply:
    """Those of the token's directory in which the caller has a role."""
    tenant = (call.caller or {}).get("tid")
    names = [
        name
        for name, subscription in call.world.data["subscriptions"].items()
        if subscription["tenant"] == tenant and decide.sees(call.world, call.principal, name)
    ]
    return lists.page(call, [_subscription(call, name) for name in names])


@ROUTER.route("GET", "/tenants")
def list_tenants(call: Call) -> Reply:
    tenant = call.world.data["tenant"]
    return lists.page(call, [{"id": f"/tenants/{tenant}", "tenantId": tenant, "displayName": "Local Azure"}])


@ROUTER.route("GET", SUBSCRIPTION, "Microsoft.Resources/subscriptions/read")
def get_subscription(call: Call) -> Reply:
    return Reply(200, _subscription(call, call.params["subscription"].lower()))


@ROUTER.route("GET", SUBSCRIPTION + "/locations", "Microsoft.Resources/subscriptions/locations/read")
def list_locations(call: Call) -> Reply:
    """The regions that the subscription may use; where they are on the map is left out."""
    subscription, shown = f"/subscriptions/{call.params['subscription']}", []
    for name in regions.NAMES[call.world.cloud]:
        slug = regions.slug(name)
        one: dict[str, typing.Any] = {
            "id": f"{subscription}/locations/{slug}",
            "name": slug,
            "type": "Region",
            "displayName": name,
            "regionalDisplayName": name,
            "metadata": {"regionType": "Physical"},
        }
        if slug in regions.WITH_ZONES:
            one["availabilityZoneMappings"] = [
                {"logicalZone": str(number), "physicalZone": f"{slug}-az{number}"} for number in (1, 2, 3)
            ]
        shown.append(one)
    return Reply(200, {"value": shown})


# --- resource groups ---------------------------------------------------------------------------------------------

_READ = "Microsoft.Resources/subscriptions/resourceGroups/read"
_WRITE = "Microsoft.Resources/subscriptions/resourceGroups/write"


def _group(group: dict[str, typing.Any]) -> dict[str, typing.Any]:
    return {
        "id": group["id"],
        "name": group["name"],
        "type": "Microsoft.Resources/resourceGroups",
        "location": group["location"],
        "tags": group["tags"],
        "properties": {"provisioningState": "Succeeded"},
    }


def _check_name(name: str) -> None:
    """Letters of any alphabet are good ones.

    :raises Refusal: 400 InvalidResourceGroup.
    """
    wrong = "".join(dict.fromkeys(re.findall(r"[^\w.()-]", name)))
    if wrong:
        raise errors.invalid_group(name, wrong)
    if len(name) > 90 or name.endswith("."):
        raise errors.invalid_group(name).inferred()


@ROUTER.route("PUT", GROUP, _WRITE)
def put_group(call: Call) -> Reply:
    subscription, name = call.params["subscription"], call.params["group"]
    key = group_key(subscription, name)
    known = call.world.data["groups"].get(key)
    _check_name(name)
    if not call.body.get("location"):
        raise errors.location_required()
    location = regions.place(call.world, str(call.body["location"]), "")
    if known and known["location"] != location:
        text = (
            f"Invalid resource group location '{location}'. The Resource group already exists in location "
            f"'{known['location']}'."
        )
        raise errors.refuse(409, "InvalidResourceGroupLocation", text)
    group = {
        "id": known["id"] if known else f"/subscriptions/{subscription}/resourceGroups/{name}",
        "name": known["name"] if known else name,
        "location": location,
        "tags": tags.take(call.world, known["tags"] if known else {}, call.body.get("tags")),
    }
    call.world.data["groups"][key] = group
    return Reply(200 if known else 201, _group(group))


@ROUTER.route("PATCH", GROUP, _WRITE)
def patch_group(call: Call) -> Reply:
    group = require_group(call.world, call.params["subscription"], call.params["group"])
    if call.body.get("tags") is not None:
        group["tags"] = tags.take(call.world, group["tags"], call.body["tags"])
    return Reply(200, _group(group))


@ROUTER.route("GET", GROUP, _READ)
def get_group(call: Call) -> Reply:
    return Reply(200, _group(require_group(call.world, call.params["subscription"], call.params["group"])))


@ROUTER.route("HEAD", GROUP, _READ)
def head_group(call: Call) -> Reply:
    known = group_key(call.params["subscription"], call.params["group"]) in call.world.data["groups"]
    return Reply(204 if known else 404)


@ROUTER.route("GET", SUBSCRIPTION + "/resourceGroups", _READ)
def list_groups(call: Call) -> Reply:
    start = lower(f"/subscriptions/{call.params['subscription']}")
    wanted = lists.conditions(call, "tagname", "tagvalue")
    groups = call.world.shelf("groups")
    there = [key for key in groups.below(start) if not wanted or lists.tagged(groups[key]["tags"], wanted)]
    return lists.page(call, there, lambda key: _group(groups[key]), number=groups.number)


@ROUTER.route("DELETE", GROUP, "Microsoft.Resources/subscriptions/resourceGroups/delete")
def delete_group(call: Call) -> Reply:
    """The group goes with all that is in it; its vaults become soft-deleted ones."""
    world, subscription = call.world, call.params["subscription"]
    require_group(world, subscription, call.params["group"])
    key = group_key(subscription, call.params["group"])
    if not world.ending:
        _empty(world, key)
    operation = operations.start(world, kind="groups", resource=key, seconds=world.settings.operation_seconds)
    where = f"https://{call.host}/subscriptions/{subscription}/operationresults/groups-{operation['id']}"
    return Reply(202, None, {"Location": f"{where}?api-version={call.query['api-version']}"})


def _empty(world: World, key: str) -> None:
    for kind in ("registries", "replications", "identities", "images", "others", "policy_assignments"):
        for name in [n for n in world.data[kind] if within(key, n)]:
            del world.data[kind][name]
    for name in [n for n in world.data["vaults"] if within(key, n)]:
        vaults.soft_delete(world, name)
    assignments = world.shelf("assignments")
    for name in assignments.below(key):
        del assignments[name]
    del world.data["groups"][key]


@ROUTER.route("GET", SUBSCRIPTION + "/operationresults/{operation}", _READ)
def group_operation(call: Call) -> Reply:
    return operations.location_operation(call)
