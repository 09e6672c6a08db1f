# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which service answers a request, and what it checks before its handlers see it."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import typing
import uuid

from . import side_by_side
from .authorization import decide
from .authorization.routes import ROUTER as AUTHORIZATION
from .clock import iso_seven
from .clouds import Cloud
from .directory import errors as directory_errors
from .directory.routes import ROUTER as DIRECTORY
from .event_grid.routes import ROUTER as EVENT_GRID
from .identities.federated import ROUTER as FEDERATED
from .identities.routes import ROUTER as IDENTITIES
from .images import errors as image_errors
from .images import limits
from .images import routes as images
from .imports.routes import ROUTER as IMPORTS
from .imports.state import settle as settle_imports
from .keys import errors as key_errors
from .keys.routes import ROUTER as KEYS
from .keys.state import is_hsm
from .locks.routes import ROUTER as LOCKS
from .locks.state import refuse_if_locked
from .managed_hsms import errors as hsm_errors
from .managed_hsms import routes as hsms
from .managed_hsms.state import by_name as hsm_by_name
from .management_groups.routes import ROUTER as MANAGEMENT_GROUPS
from .policies.exemptions import ROUTER as EXEMPTIONS
from .policies.requests import refuse_if_disallowed
from .policies.routes import ROUTER as POLICIES
from .registries.cache_rules import ROUTER as CACHE_RULES
from .registries.credential_sets import ROUTER as CREDENTIAL_SETS
from .registries.listed import ROUTER as LISTED
from .registries.replications import ROUTER as REPLICATIONS
from .registries.routes import ROUTER as REGISTRIES
from .registries.scope_maps import ROUTER as SCOPE_MAPS
from .registries.state import by_login_server
from .registries.tokens import ROUTER as TOKENS
from .registries.webhooks import ROUTER as WEBHOOKS
from .resource_graph.routes import ROUTER as RESOURCE_GRAPH
from .resource_graph.state import catch_up
from .resource_manager import endpoints, errors, regions
from .resource_manager.diagnostic_settings import ROUTER as DIAGNOSTIC_SETTINGS
from .resource_manager.providers import ROUTER as PROVIDERS
from .resource_manager.providers import refuse_if_not_registered
from .resource_manager.routes import ROUTER as RESOURCES
from .resource_manager.tag_resource import ROUTER as TAGS
from .routing import Call, Handler, Refusal, Reply, Router, find, not_emulated
from .signin import tokens
from .signin.routes import ROUTER as SIGN_IN
from .throttle import Throttle
from .vaults import errors as vault_errors
from .vaults.routes import ROUTER as VAULTS
from .vaults.state import by_name

#: The order matters where one template would match another's paths: the more particular first.
_MANAGEMENT: tuple[Router, ...] = (
    LOCKS,
    TAGS,
    POLICIES,
    EXEMPTIONS,
    DIAGNOSTIC_SETTINGS,
    AUTHORIZATION,
    REPLICATIONS,
    IMPORTS,
    SCOPE_MAPS,
    TOKENS,
    WEBHOOKS,
    CACHE_RULES,
    CREDENTIAL_SETS,
    LISTED,
    REGISTRIES,
    VAULTS,
    hsms.ROUTER,
    FEDERATED,
    IDENTITIES,
    MANAGEMENT_GROUPS,
    RESOURCE_GRAPH,
    PROVIDERS,
    RESOURCES,
)


_IN_GROUP = re.compile("/subscriptions/[^/]+/resourceGroups/([^/]+)/providers/", re.IGNORECASE)


@contextlib.contextmanager
def _said(headers: dict[str, str]) -> typing.Iterator[None]:
    """A refusal inside says these headers too, as an answer does."""
    try:
        yield
    except Refusal as refusal:
        refusal.reply.headers = {**headers, **refusal.reply.headers}
        raise


def sign_in(call: Call, cloud: Cloud, throttle: Throttle) -> Reply:
    """Entra ID: no token needed."""
    found = SIGN_IN.find(call.method, call.path)
    if found is None:
        raise not_emulated(call)
    call.params = found[1]
    return found[0].handler(call)


def management(call: Call, cloud: Cloud, throttle: Throttle) -> Reply:
    """Resource Manager: token, subscription, throttling, api-version, and the role for the route's action."""
    if call.method == "GET" and call.path.rstrip("/").lower() == "/metadata/endpoints":
        return endpoints.show(call, cloud)
    claims = tokens.read(call.world, call.headers.get("authorization"))
    if claims is None:
        raise errors.invalid_token() if call.headers.get("authorization") else errors.missing_token()
    if not tokens.audience_fits(claims, cloud.management_audiences):
        raise errors.invalid_token()
    if claims["exp"] <= call.now:
        raise errors.expired_token(claims["exp"], call.now)
    call.caller = claims
    call.path = re.sub("/{2,}", "/", call.path)
    headers = _identifiers(call)
    with _said(headers):
        reply = _managed(call, cloud, throttle, headers)
    return Reply(reply.status, reply.body, {**headers, **reply.headers})


def _managed(call: Call, cloud: Cloud, throttle: Throttle, headers: dict[str, str]) -> Reply:
    claims = call.caller or {}
    match = re.match("/subscriptions/([^/]+)", call.path, re.IGNORECASE)
    if match:
        if match[1].lower() not in call.world.data["subscriptions"]:
            raise errors.subscription_not_found(match[1])
        right = call.world.data["subscriptions"][match[1].lower()]["tenant"]
        if claims["tid"] != right:
            raise errors.wrong_tenant(claims["tid"], right, cloud.login)
        headers |= _throttled(call, throttle, match[1].lower())
    version = call.query.get("api-version")
    if not version:
        raise errors.missing_api_version()
    if not re.fullmatch(r"20\d\d-\d\d-\d\d(-preview|-privatepreview)?", version):
        raise errors.invalid_api_version(version)
    found = find(_MANAGEMENT, call.method, call.path)
    if found is None:
        raise not_emulated(call)
    route, call.params = found
    catch_up(call.world)
    if route.action and not decide.allowed(call.world, call.principal, route.action, call.path):
        scope = re.split("/providers/Microsoft.Authorization/", call.path, flags=re.IGNORECASE)[0] or "/"
        raise errors.not_authorized(claims, route.action, scope)
    refuse_if_locked(call)
    refuse_if_not_registered(call)
    refuse_if_disallowed(call)
    _refuse_to_move(call)
    if side_by_side.overtaken(call):
        raise vault_errors.changed_meanwhile(call.path.split("/")[8])
    reply = _as_described(call, "management", route.handler)
    side_by_side.note(call)
    return reply


def _shown(call: Call) -> typing.Any:
    """What a request to Resource Manager is about, as a client is shown it now; None if it is not there."""
    found = find(_MANAGEMENT, "GET", call.path)
    if found is None:
        return None
    try:
        return found[0].handler(dataclasses.replace(call, method="GET", params=found[1], body={}, raw=b"")).body
    except Refusal:
        return None


def _refuse_to_move(call: Call) -> None:
    """What stands in one region is not made in another, whatever its type.

    :raises Refusal: 409 InvalidResourceLocation.
    """
    asked, match = call.body.get("location"), _IN_GROUP.match(call.path)
    if call.method != "PUT" or match is None or not isinstance(asked, str):
        return
    shown = _shown(call)
    place = shown.get("location") if isinstance(shown, dict) else None
    if place and asked and regions.slug(asked) != regions.slug(place):
        raise errors.in_other_place(shown["name"], place, match[1], regions.slug(asked))


def _as_described(call: Call, service: str, handler: Handler) -> Reply:
    """The handler's answer to a request in which nothing is unknown, with what its api-version shows."""
    # takes longer to load than all else, and a local Azure is to be up at once
    from .descriptions import gate, versions

    operation = gate.refuse_unknown(call, service, lambda: _shown(call))
    reply = handler(call)
    if operation is not None:
        reply.body = versions.shown(operation, call.query.get("api-version", ""), reply.status, reply.body)
    return reply


def _identifiers(call: Call) -> dict[str, str]:
    request = str(uuid.uuid4())
    stamp = iso_seven(call.now)[:19].replace("-", "").replace(":", "") + "Z"
    return {
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
        "Expires": "-1",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "x-ms-correlation-request-id": request,
        "x-ms-routing-request-id": f"LOCAL:{stamp}:{request}",
    }


def _throttled(call: Call, throttle: Throttle, subscription: str) -> dict[str, str]:
    kind, left, wait = throttle.take(
        method=call.method, subscription=subscription, principal=call.principal, now=call.now
    )
    if wait and call.world.settings.throttle:
        raise errors.throttled(kind, subscription, wait)
    return {f"x-ms-ratelimit-remaining-subscription-{kind}s": str(left)}


def _key_headers(call: Call, store: dict[str, typing.Any]) -> dict[str, str]:
    address = call.world.settings.client_address
    return {
        "Cache-Control": "no-cache",
        "x-ms-keyvault-region": store["location"],
        "x-ms-keyvault-network-info": f"conn_type=Ipv4;addr={address};act_addr_fam=InterNetwork;",
    }


def vault(call: Call, cloud: Cloud, throttle: Throttle) -> Reply:
    """The Key Vault data plane: the challenge first, then the keys."""
    resource = f"https://{cloud.vault_suffix[1:]}"
    known = by_name(call.world, call.host.removesuffix(cloud.vault_suffix))
    if known is None:
        raise not_emulated(call)
    headers = {
        "Pragma": "no-cache",
        "Expires": "-1",
        "x-ms-keyvault-service-version": "1.9.2600.1",
        **_key_headers(call, known),
    }
    with _said(headers):
        claims = tokens.read(call.world, call.headers.get("authorization"))
        if claims is None:
            invalid = bool(call.headers.get("authorization"))
            raise key_errors.unauthorized(call, cloud.login, resource, invalid=invalid)
        if not tokens.audience_fits(claims, {resource}):
            raise key_errors.wrong_audience(call, cloud.login, resource, claims["aud"])
        if claims["exp"] <= call.now:
            raise key_errors.unauthorized(call, cloud.login, resource, invalid=True)
        reply = _data_plane(call, claims, known, (KEYS,))
    return Reply(reply.status, reply.body, {**headers, **reply.headers})


def _data_plane(
    call: Call, claims: dict[str, typing.Any], store: dict[str, typing.Any], routers: tuple[Router, ...]
) -> Reply:
    """A request for what is inside a vault or Managed HSM, by a caller who is known."""
    call.caller = claims
    _check_version(call)
    found = find(routers, call.method, call.path)
    if found is None:
        raise not_emulated(call)
    call.params = {**found[1], "vault": store}  # type: ignore[dict-item]
    return _alone(call, "hsm" if is_hsm(store) else "vault", found[0].handler)


def _alone(call: Call, service: str, handler: Handler) -> Reply:
    """A change of a key, unless another one side by side was there first."""
    if side_by_side.overtaken(call):
        raise key_errors.changed_meanwhile(f"https://{call.host}{call.path}")
    reply = _as_described(call, service, handler)
    side_by_side.note(call)
    return reply


def _check_version(call: Call) -> None:
    version = call.query.get("api-version", "")
    if not re.fullmatch(r"7\.\d+(-preview(\.\d+)?)?|20\d\d-\d\d-\d\d(-preview)?", version):
        raise key_errors.bad_parameter(f"The specified version ({version}) is not recognized.")


def managed_hsm(call: Call, cloud: Cloud, throttle: Throttle) -> Reply:
    """A Managed HSM: the challenge, then its local roles and its keys."""
    resource = f"https://{cloud.hsm_suffix[1:]}"
    known = hsm_by_name(call.world, call.host.removesuffix(cloud.hsm_suffix))
    if known is None:
        raise not_emulated(call)
    headers = {"x-ms-server-latency": "1", "x-ms-build-version": "1.0.20260801", **_key_headers(call, known)}
    with _said(headers):
        claims = tokens.read(call.world, call.headers.get("authorization"))
        if claims is None or not tokens.audience_fits(claims, {resource}) or claims["exp"] <= call.now:
            raise hsm_errors.unauthorized(call, cloud.login, resource)
        reply = _data_plane(call, claims, known, (hsms.LOCAL, KEYS))
    return Reply(reply.status, reply.body, {**headers, **reply.headers})


def registry(call: Call, cloud: Cloud, throttle: Throttle) -> Reply:
    """A registry's own host: its firewall, then its token service and its content."""
    known = by_login_server(call.world, call.host)
    if known is None:
        raise not_emulated(call)
    images.allowed_address(call, known)
    limits.check(call, throttle, known)
    settle_imports(call.world)
    found = find(images.ROUTERS, call.method, call.path)
    if found is None:
        raise image_errors.not_known(call.method, call.path)
    call.params = {**found[1], "registry": known}  # type: ignore[dict-item]
    return _as_described(call, "registry", found[0].handler)


def graph(call: Call, cloud: Cloud, throttle: Throttle) -> Reply:
    """Microsoft Graph: any valid token for it will do."""
    claims = tokens.read(call.world, call.headers.get("authorization"))
    if claims is None or not tokens.audience_fits(claims, {f"https://{cloud.graph}"}) or claims["exp"] <= call.now:
        raise directory_errors.invalid_token()
    # two slashes count as one: azure.azcollection's look-up of applications sends them
    call.caller, call.path = claims, re.sub("/{2,}", "/", call.path)
    found = DIRECTORY.find(call.method, call.path)
    if found is None:
        raise not_emulated(call)
    call.params = found[1]
    return found[0].handler(call)


def events(call: Call, cloud: Cloud, throttle: Throttle) -> Reply:
    """Event Grid: who has the address needs no token."""
    found = EVENT_GRID.find(call.method, call.path)
    if found is None:
        raise not_emulated(call)
    call.params = found[1]
    return found[0].handler(call)


def storage(call: Call, cloud: Cloud, throttle: Throttle) -> Reply:
    """The storage behind registries, to which a pull is redirected."""
    return images.storage(call)


def blobs(call: Call, cloud: Cloud, throttle: Throttle) -> Reply:
    """A storage account of one's own, which Azurite is handed over to."""
    # takes a package of the SDK, which not everybody has who runs a local Azure
    from .blobs import routes

    return routes.serve(call, cloud)


SERVICES = {
    "login": sign_in,
    "management": management,
    "vault": vault,
    "hsm": managed_hsm,
    "registry": registry,
    "storage": storage,
    "blobs": blobs,
    "graph": graph,
    "events": events,
}

__all__ = ["SERVICES", "Refusal"]
