# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry that an image comes from, and whether who asks may have it from there."""

from __future__ import annotations

import base64
import dataclasses
import re
import typing

from ..authorization import decide
from ..images import accept, access, manifests, tokens
from ..images.metadata import audiences
from ..images.state import Store
from ..registries import state as registries
from ..registries.state import TYPE
from ..routing import Call, Refusal
from ..world import World, lower
from . import errors
from .request import Request

_ID = re.compile(rf"/subscriptions/([^/]+)/resourcegroups/[^/]+/providers/{TYPE}/[^/]+/?", re.IGNORECASE)
#: Either lets a caller name the registry as a source; what it may pull from there is decided there.
_RIGHTS = (f"{TYPE}/read", f"{TYPE}/pull/read")
#: What a registry outside of Azure is called among the registries.
_OUTSIDE = "outside/"
Registry = dict[str, typing.Any]


def named(call: Call, request: Request, target: Registry) -> Registry | None:
    """The source registry; None if its address leads nowhere.

    :raises Refusal: 403, 404 as Resource Manager has it for a source that is named by its resource id.
    """
    if request.registry_uri:
        known = registries.by_login_server(call.world, request.registry_uri)
        return known or by_place(call.world, f"{_OUTSIDE}{request.registry_uri}")
    match = _ID.fullmatch(request.resource_id)
    if match is None:
        raise errors.not_valid(f"The resourceId '{request.resource_id}' is not the one of a container registry.")
    tenant = call.world.data["subscriptions"].get(match[1].lower(), {}).get("tenant")
    if tenant != (call.caller or {})["tid"]:
        raise errors.other_tenant(target["id"], (call.caller or {})["tid"], match[1])
    if not any(decide.allowed(call.world, call.principal, right, request.resource_id) for right in _RIGHTS):
        raise errors.no_right_to_source(call.caller or {}, target["id"], request.resource_id)
    registry = registries.settle(call.world, lower(request.resource_id))
    if registry is None:
        raise errors.source_not_found(request.resource_id)
    return registry


def by_place(world: World, place: str) -> Registry | None:
    """A registry by its resource id in lower case, or one outside of Azure that has images; None if it is gone."""
    if place.startswith(_OUTSIDE):
        return outside(place.removeprefix(_OUTSIDE)) if place in world.data["images"] else None
    return registries.settle(world, place)


def outside(host: str) -> Registry:
    """A registry that is not Azure's and that everybody may pull from; the local Azure keeps what is put into it."""
    return {"id": f"{_OUTSIDE}{host}", "encryption": None, "properties": {"policies": {}}}


def digest(call: Call, request: Request, registry: Registry) -> str:
    """The digest that the image has at its source now, asked for as a client would.

    :raises Refusal: as the source registry's own host answers.
    """
    if registry["id"].startswith(_OUTSIDE):
        return Store(call.world, registry).resolve(request.repository, request.reference)
    host = registries.login_server(call.world, registry)
    headers = {"authorization": _authorization(call, request, registry, host), "accept": accept.EVERYTHING}
    asked = Call(call.world, "GET", host, f"/v2/{request.repository}/manifests/{request.reference}", {}, headers, {})
    asked.params = {"name": request.repository, "reference": request.reference, "registry": registry}  # type: ignore[dict-item]
    if not (request.resource_id and is_open_to_services(registry)):
        access.allowed_address(asked, registry)
    return manifests.get_manifest(asked).headers["Docker-Content-Digest"]


def is_restricted(registry: Registry) -> bool:
    """Whether network rules keep anybody out."""
    known = registry["properties"]
    return bool(known["publicNetworkAccess"] == "Disabled" or known["networkRuleSet"]["defaultAction"] == "Deny")


def is_open_to_services(registry: Registry) -> bool:
    """Whether network rules let Azure's trusted services pass, of which the import is one."""
    return not is_restricted(registry) or registry["properties"]["networkRuleBypassOptions"] == "AzureServices"


def _authorization(call: Call, request: Request, registry: Registry, host: str) -> str:
    """As whom the source is asked: by name and password, by a token alone, else as the caller, or as nobody."""
    if request.user:
        return "Basic " + base64.b64encode(f"{request.user}:{request.password}".encode()).decode()
    subject, asked = tokens.ANONYMOUS, dataclasses.replace(call, params={"registry": registry})  # type: ignore[dict-item]
    if request.password:
        try:
            subject = tokens.from_refresh(asked, host, request.password)
        except Refusal:
            subject = tokens.from_entra(asked, registry, request.password, audiences(asked))
    elif request.resource_id:
        subject = call.principal
    scope = f"repository:{request.repository}:pull"
    return f"Bearer {tokens.access_token(asked, registry, host, subject, scope)}"
