# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generic list of resources, and the few parts of the Kusto query language that are evaluated here."""

from __future__ import annotations

import json
import re
import typing

from ..authorization import decide
from ..resource_manager import lists
from ..resource_manager.errors import bad_request
from ..resource_manager.scope import GROUP, SUBSCRIPTION, scope_of_list, within
from ..routing import Call, Reply, Router
from . import errors, state

ROUTER = Router()
Row = dict[str, typing.Any]


@ROUTER.route("GET", SUBSCRIPTION + "/resources", "Microsoft.Resources/subscriptions/resources/read")
@ROUTER.route("GET", GROUP + "/resources", "Microsoft.Resources/subscriptions/resources/read")
def list_resources(call: Call) -> Reply:
    """Stubs without properties; ``$filter`` on resource type, name, group and tags."""
    scope = scope_of_list(call)
    wanted = lists.conditions(call, "resourcetype", "name", "resourcegroup", "tagname", "tagvalue")
    resource_type, name = wanted.get("resourcetype", "").lower(), wanted.get("name", "").lower()
    group = wanted.get("resourcegroup", "").lower()
    found = [
        {
            "id": row["id"],
            "name": row["name"],
            "type": row["resource_type"],
            "location": row["location"],
            "tags": row["tags"],
            **_more(row, call.query["api-version"]),
            **_expanded(row, call.query.get("$expand", "")),
        }
        for row in state.everything(call.world)
        if within(scope, row["id"])
        and resource_type in ("", row["type"])
        and name in ("", row["name"].lower())
        and group in ("", row["resourceGroup"])
        and lists.tagged(row["tags"], wanted)
    ]
    return lists.page(call, found)


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
    times = row.get("systemData") or {}
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
    scopes = [f"/subscriptions/{one}" for one in call.body.get("subscriptions") or []] or [""]
    rows = [
        row
        for row in state.everything(call.world)
        if any(within(scope, row["id"]) for scope in scopes)
        and decide.allowed(call.world, call.principal, f"{row['type']}/read", row["id"])
    ]
    table, *stages = _stages(call.body.get("query") or "")
    if table.lower() != "resources":
        raise errors.not_emulated(table)
    for stage in stages:
        rows = _evaluate(stage, rows)
    options = call.body.get("options") or {}
    start, size = int(options.get("$skipToken") or 0), int(options.get("$top") or 1000)
    shown = rows[start : start + size]
    body = {"totalRecords": len(rows), "count": len(shown), "data": shown, "facets": [], "resultTruncated": "false"}
    if start + size < len(rows):
        body["$skipToken"] = str(start + size)
    return Reply(200, body, {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"})


def _stages(text: str) -> list[str]:
    """The parts between pipes; a pipe inside quotes does not count."""
    parts = re.findall(r"(?:'[^']*'|\"[^\"]*\"|[^|'\"])+", text)
    return [" ".join(part.split()) for part in parts]


def _evaluate(stage: str, rows: list[Row]) -> list[Row]:
    inside = re.fullmatch(r"where (\w+) in~ \((.*)\)", stage, re.IGNORECASE)
    if inside:
        values = {value.lower() for value in re.findall(r"'([^']*)'", inside[2])}
        return [row for row in rows if str(row[inside[1]]).lower() in values]
    same = re.fullmatch(r"where (\w+) =~ '([^']*)'", stage, re.IGNORECASE)
    if same:
        return [row for row in rows if str(row[same[1]]).lower() == same[2].lower()]
    holds = re.fullmatch(r"where tostring\((\w+)\) contains '([^']*)'", stage, re.IGNORECASE)
    if holds:
        return [row for row in rows if holds[2].lower() in json.dumps(row[holds[1]]).lower()]
    project = re.fullmatch(r"project ([\w, ]+)", stage, re.IGNORECASE)
    if project:
        names = [name.strip() for name in project[1].split(",")]
        return [{name: row[name] for name in names} for row in rows]
    raise errors.not_emulated(stage)
