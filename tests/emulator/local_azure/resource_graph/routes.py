# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generic list of resources, and queries with their quota, scopes and pages."""

from __future__ import annotations

import math
import typing

from ..authorization import decide
from ..guids import is_guid
from ..resource_manager import lists, scope
from ..resource_manager.errors import bad_request
from ..resource_manager.scope import GROUP, SUBSCRIPTION, scope_of_list, within
from ..routing import Call, Reply, Router
from ..world import lower
from . import errors, kusto, state

ROUTER = Router()
Row = dict[str, typing.Any]
#: Rows on a page at most, which is the default too.
_PAGE = 1000
_LIMIT_HIT = "x-ms-tenant-subscription-limit-hit"


@ROUTER.route("GET", SUBSCRIPTION + "/resources", "Microsoft.Resources/subscriptions/resources/read")
@ROUTER.route("GET", GROUP + "/resources", "Microsoft.Resources/subscriptions/resources/read")
def list_resources(call: Call) -> Reply:
    """Stubs without properties; ``$filter`` on resource type, name, group and tags."""
    place = scope_of_list(call)
    wanted = lists.conditions(call, "resourcetype", "name", "resourcegroup", "tagname", "tagvalue")
    resource_type, name = wanted.get("resourcetype", "").lower(), wanted.get("name", "").lower()
    group = wanted.get("resourcegroup", "").lower()
    rows = [
        row
        for row in state.everything(call.world)
        if within(place, row["id"])
        and resource_type in ("", row["type"])
        and name in ("", row["name"].lower())
        and group in ("", row["resourceGroup"])
        and ("tagname" not in wanted or lists.tagged(row["tags"], wanted))
    ]
    return lists.page(call, rows, lambda row: _stub(call, row))


def _stub(call: Call, row: Row) -> dict[str, typing.Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "type": row["resource_type"],
        "location": row["location"],
        "tags": row["tags"],
        **_more(row, call.query["api-version"]),
        **_expanded(row, call.query.get("$expand", "")),
    }


def _more(row: Row, api_version: str) -> Row:
    """What not every resource has: kind, identity, and in versions that have it who made it (recorded)."""
    shown: Row = {"sku": row["sku"]} if row["sku"] else {}
    if row["identity"]:
        kinds = row["identity"]["type"].split(", ")
        shown["identity"] = {**row["identity"], "type": ", ".join(kind[0].upper() + kind[1:] for kind in kinds)}
    if row["systemData"] and api_version >= "2020":
        zulu = {name: value.replace("+00:00", "0Z") for name, value in row["systemData"].items()}
        shown["systemData"] = zulu
    return shown


def _expanded(row: Row, text: str) -> dict[str, typing.Any]:
    """What ``$expand`` adds to a stub: any of three, with commas between.

    :raises Refusal: 400 for anything else.
    """
    times = row["systemData"] or {}
    known = {
        "createdTime": times.get("createdAt"),
        "changedTime": times.get("lastModifiedAt"),
        "provisioningState": row["properties"].get("provisioningState", "Succeeded"),
    }
    wanted = [name.strip() for name in text.split(",") if name.strip()]
    if set(wanted) - set(known):
        raise bad_request(f"Invalid $expand query string '{text}'.", "InvalidExpand")
    return {name: known[name] for name in wanted if known[name]}


@ROUTER.route("POST", "/providers/Microsoft.ResourceGraph/resources")
def query(call: Call) -> Reply:
    """A query over what the caller may read; what it may not read is left out without a word, as on Azure."""
    headers = _quota(call)
    scopes, is_partial = _scopes(call)
    tables = {"resources": _readable(call, scopes), "resourcecontainers": _subscriptions(call, scopes)}
    answer = kusto.evaluate(call.body.get("query") or "", tables)
    options = call.body.get("options") or {}
    size = int(options.get("$top") or _PAGE)
    start = _start(options)
    rows, total = answer.rows, len(answer.rows)
    if total > size and not answer.is_ordered:
        # no two answers come in the same order
        turn = call.world.graph_queries * 7 % total
        rows = rows[turn:] + rows[:turn]
    page = rows[start : start + size]
    body = {"totalRecords": total, "count": len(page), "data": answer.shown(page), "facets": []}
    body["resultTruncated"] = "false"
    if start + size < total:
        if answer.can_be_paged:
            # told: resultTruncated says false beside it
            body["$skipToken"] = str(start + size)
        else:
            body["resultTruncated"] = "true"
    return Reply(200, body, {**headers, **({_LIMIT_HIT: "true"} if is_partial else {})})


def _quota(call: Call) -> dict[str, str]:
    """Count the query, and say what is left.

    :raises Refusal: 429 for one too many, where Azure's limits are on (switch ``throttle``).
    """
    world = call.world
    world.graph_queries += 1
    left, after = world.throttle.query(call.principal, now=call.now)
    seconds = math.ceil(after)
    resets = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    headers = {"x-ms-user-quota-remaining": str(max(0, left)), "x-ms-user-quota-resets-after": resets}
    if left < 0 and world.settings.throttle:
        again = {"Retry-After": str(seconds)} if world.settings.graph_retry_after else {}
        raise errors.throttled({**headers, **again})
    return headers


def _scopes(call: Call) -> tuple[set[str], bool]:
    """The subscriptions that a query goes over, and whether there are more than it can.

    Those that the caller cannot read are passed over without a word, as long as there is one that it can.

    :raises Refusal: 400 if none can be read.
    """
    world, ids = call.world, [str(one) for one in call.body.get("subscriptions") or []]
    groups = [str(one).lower() for one in call.body.get("managementGroups") or []]
    tenant = (call.caller or {}).get("tid")
    eligible = [
        one
        for one, subscription in world.data["subscriptions"].items()
        if subscription["tenant"] == tenant and decide.sees(world, call.principal, one)
    ]
    malformed = [one for one in ids if not is_guid(one)]
    if malformed:
        raise errors.no_guids(malformed)
    if ids:
        wanted = {one.lower() for one in ids}
        eligible = [one for one in eligible if one in wanted]
        if not eligible:
            raise errors.no_valid_subscription(ids)
    if groups:
        eligible = [
            one for one in eligible if set(groups) & set(scope.management_groups(world, f"/subscriptions/{one}"))
        ]
        if not eligible:
            raise errors.no_valid_management_group(groups)
    limit = world.settings.graph_subscription_limit
    return set(eligible[:limit]), len(eligible) > limit


def _start(options: dict[str, typing.Any]) -> int:
    """Where a page begins.

    :raises Refusal: 400 for a token that is none of ours.
    """
    token = options.get("$skipToken")
    if token and not str(token).isdecimal():
        raise errors.no_token(str(token))
    return int(token or options.get("$skip") or 0)


def _subscriptions(call: Call, subscriptions: set[str]) -> typing.Iterator[Row]:
    """The subscriptions that the caller sees, as the table of containers has them; resource groups are none here."""
    for one, subscription in call.world.data["subscriptions"].items():
        if one.lower() in subscriptions:
            kind = {"name": subscription["displayName"], "type": "microsoft.resources/subscriptions"}
            own = {"id": f"/subscriptions/{one}", "subscriptionId": one, "tenantId": subscription["tenant"]}
            yield {**own, **kind}


def _readable(call: Call, subscriptions: set[str]) -> typing.Iterator[Row]:
    """The rows that the caller may read. Asked once for each type in each resource group, and at each resource for
    itself that somebody was given a role at."""
    world, answers = call.world, dict[tuple[str, ...], bool]()
    own = {lower(one["scope"]) for one in world.data["assignments"].values() if lower(one["scope"]).count("/") > 4}
    for row in state.index(world):
        if row["subscriptionId"].lower() not in subscriptions:
            continue
        is_special = any(lower(row["id"]).startswith(place) for place in own) if own else False
        about = (row["type"], row["id"] if is_special else f"{row['subscriptionId']}/{row['resourceGroup']}")
        if about not in answers:
            answers[about] = decide.allowed(world, call.principal, f"{row['type']}/read", row["id"])
        if answers[about]:
            yield row
