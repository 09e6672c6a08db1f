# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Webhooks of a registry. Nothing leaves the local Azure: no webhook is called, and of events there are pings alone.

Sources: the recording ``acr_create_webhook``; Microsoft, "Service tiers" (how many).
"""

from __future__ import annotations

import json
import re
import typing
import urllib.parse
import uuid

from ..clock import iso_seven
from ..resource_manager import lists, regions, tags
from ..resource_manager.errors import location_required
from ..routing import Call, Reply, Router
from ..world import World
from . import errors, replications
from .children import Kind, Record, one_of, serve

ROUTER = Router()


def _take(call: Call, registry: Record, record: Record, replace: bool) -> None:
    asked = call.body.get("properties") or {}
    if replace:
        if not call.body.get("location"):
            raise location_required()
        place = regions.place(call.world, str(call.body["location"]), WEBHOOKS.type)
        if place not in replications.regions_of(call, registry):
            raise errors.no_replica_for_webhook(registry["name"])
        record |= {"location": place, "status": "enabled", "scope": "", "custom_headers": {}, "service_uri": ""}
        record |= {"tags": record.get("tags", {}), "actions": [], "events": record.get("events", [])}
    if replace or call.body.get("tags") is not None:
        record["tags"] = tags.take(call.world, record["tags"], call.body.get("tags"))
    for name, known in (
        ("status", "status"),
        ("scope", "scope"),
        ("actions", "actions"),
        ("customHeaders", "custom_headers"),
        ("serviceUri", "service_uri"),
    ):
        if asked.get(name) is not None:
            record[known] = asked[name]
    if not record["actions"]:
        raise errors.bad_child("The property actions of a webhook is required.")
    if urllib.parse.urlsplit(record["service_uri"]).scheme not in ("http", "https"):
        raise errors.bad_child(f"The serviceUri '{record['service_uri']}' is not an address of http or https.")


def _show(world: World, record: Record) -> Record:
    """Recorded: neither the address nor the headers, which may hold secrets."""
    properties = {name: record[name] for name in ("status", "scope", "actions")}
    return {"location": record["location"], "tags": dict(record["tags"]), "properties": properties}


WEBHOOKS = Kind(
    name="webhooks",
    prefix="webhooks",
    pattern=re.compile(r"[A-Za-z0-9]{5,50}"),
    take=_take,
    show=_show,
    most={"Basic": 2, "Standard": 10, "Premium": 500},
)
serve(ROUTER, WEBHOOKS)


@one_of(ROUTER, WEBHOOKS, "POST", "getCallbackConfig", "getCallbackConfig/action")
def callback_config(call: Call, record: Record) -> Reply:
    return Reply(200, {"serviceUri": record["service_uri"], "customHeaders": dict(record["custom_headers"])})


@one_of(ROUTER, WEBHOOKS, "POST", "ping", "ping/action")
def ping(call: Call, record: Record) -> Reply:
    """The event is listed as sent, without an answer: nothing is sent."""
    content = {"id": str(uuid.uuid4()), "timestamp": iso_seven(call.now), "action": "ping"}
    record["events"].insert(0, {"id": content["id"], "eventRequestMessage": _request(record, content)})
    return Reply(200, {"id": content["id"]})


def _request(record: Record, content: dict[str, typing.Any]) -> dict[str, typing.Any]:
    parts = urllib.parse.urlsplit(record["service_uri"])
    length = str(len(json.dumps(content, separators=(",", ":"))))
    return {
        "content": content,
        "headers": {
            **record["custom_headers"],
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": length,
        },
        "method": "POST",
        "requestUri": parts._replace(path=parts.path or "/").geturl(),
        "version": "1.1",
    }


@one_of(ROUTER, WEBHOOKS, "POST", "listEvents", "listEvents/action")
def list_events(call: Call, record: Record) -> Reply:
    return lists.page(call, record["events"])
