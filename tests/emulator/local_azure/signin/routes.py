# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sign-in host: discovery and the token endpoint for client secret, certificate and federated token."""

from __future__ import annotations

import typing

import jwt
from cryptography import x509

from ..routing import Call, Refusal, Reply, Router
from ..world import World
from . import errors, resources, tokens, users

ROUTER = Router()

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def _tenant(call: Call) -> str:
    tenant = call.params["tenant"].lower()
    if tenant not in ("common", "organizations", call.world.data["tenant"]):
        raise errors.tenant_not_found(call, call.params["tenant"])
    return str(call.world.data["tenant"])


@ROUTER.route("GET", "/{tenant}/v2.0/.well-known/openid-configuration")
def openid_configuration(call: Call) -> Reply:
    tenant = _tenant(call)
    base = f"https://{call.host}/{tenant}"
    body = {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "jwks_uri": f"{base}/discovery/v2.0/keys",
        "issuer": f"{base}/v2.0",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "tenant_region_scope": "EU",
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    }
    return Reply(200, body, {"Cache-Control": "max-age=86400, private"})


@ROUTER.route("GET", "/common/discovery/instance")
def instance_discovery(call: Call) -> Reply:
    asked = call.query.get("authorization_endpoint", "")
    host = asked.split("/")[2] if asked.count("/") > 2 else ""
    tenant = asked.split("/")[3] if asked.count("/") > 3 else "common"
    groups = [
        ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"],
        ["login.partner.microsoftonline.cn", "login.chinacloudapi.cn"],
        ["login.microsoftonline.de"],
        ["login.microsoftonline.us", "login.usgovcloudapi.net"],
        ["login-us.microsoftonline.com"],
    ]
    if not any(host in group for group in groups):
        return Reply(400, {"error": "invalid_instance", "error_description": f"AADSTS50049: Unknown instance {host}."})
    body = {
        "tenant_discovery_endpoint": f"https://{host}/{tenant}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [{"preferred_network": g[0], "preferred_cache": g[-1], "aliases": g} for g in groups],
    }
    return Reply(200, body)


def _check_assertion(call: Call, client_id: str, app: dict[str, typing.Any]) -> None:
    assertion = call.body["client_assertion"]
    options = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise errors.wrong_assertion(call) from None
    if claims.get("iss") != client_id:
        try:
            jwt.decode(assertion, call.world.data["signing_key"], algorithms=["HS256"], options=options)  # type: ignore[arg-type]
        except jwt.PyJWTError:
            raise errors.no_federated_identity(call) from None
        if claims.get("sub") != f"system:local-azure:{client_id}":
            raise errors.no_federated_identity(call)
        return
    for pem in app["certificates"]:
        public = x509.load_pem_x509_certificate(pem.encode()).public_key()
        try:
            jwt.decode(assertion, public, algorithms=["RS256", "PS256"], options=options)  # type: ignore[arg-type]
            return
        except jwt.PyJWTError:
            continue
    raise errors.wrong_assertion(call)


@ROUTER.route("POST", "/{tenant}/oauth2/v2.0/token")
@ROUTER.route("POST", "/{tenant}/oauth2/token")
def token(call: Call) -> Reply:
    tenant = _tenant(call)
    if call.body.get("grant_type") == "password":
        return users.by_password(call, resources.asked_for(call, by_application=False), tenant)
    if call.body.get("grant_type") != "client_credentials":
        raise errors.unsupported_grant(call, call.body.get("grant_type", ""))
    resource = resources.asked_for(call, by_application=True)
    client_id = call.body.get("client_id", "")
    app = call.world.data["apps"].get(client_id.lower())
    if app is None:
        raise errors.unknown_application(call, client_id)
    if call.body.get("client_assertion_type") == _ASSERTION:
        _check_assertion(call, client_id, app)
    elif call.body.get("client_secret") != app["secret"]:
        raise errors.wrong_secret(call, client_id)
    audience = resources.require(call, resource)
    access = tokens.issue(call.world, audience=audience, client_id=client_id, object_id=app["oid"], tenant=tenant)
    return tokens.reply(call.world, access)


@ROUTER.route("GET", "/{tenant}/userrealm/{user}")
def user_realm(call: Call) -> Reply:
    """Where a person's password is checked: here, not at a federated service."""
    user = call.params["user"]
    return Reply(200, {"ver": "1.0", "account_type": "Managed", "domain_name": user.split("@")[-1]})


def federated_token(call_world: World, client_id: str) -> str:
    """A token of an outside issuer that the token endpoint takes instead of the application's secret."""
    claims = {
        "iss": "https://issuer.local-azure.invalid",
        "sub": f"system:local-azure:{client_id}",
        "aud": "api://AzureADTokenExchange",
    }
    return jwt.encode(claims, call_world.data["signing_key"], algorithm="HS256")


def managed_identity_token(call: Call) -> Reply:
    """The managed-identity endpoint of a host (App Service style, api-version 2019-08-01).

    The host has every user-assigned identity there is; without a selector it acts as the service principal.
    """
    world = call.world
    if call.headers.get("x-identity-header") != managed_identity_header(world):
        return Reply(400, {"statusCode": 400, "message": "Required header X-IDENTITY-HEADER is missing or wrong."})
    selector = call.query.get("client_id") or call.query.get("clientid")
    if selector is None:
        app = world.app()
        client_id, object_id = app["client_id"], app["oid"]
    else:
        found = [i for i in world.data["identities"].values() if i["client_id"] == selector.lower()]
        if not found:
            return Reply(400, {"error": "invalid_request", "error_description": "Identity not found"})
        client_id, object_id = found[0]["client_id"], found[0]["principal_id"]
    try:
        resource = resources.require(call, call.query.get("resource", ""))
    except Refusal as refusal:
        return refusal.reply
    access = tokens.issue(
        world, audience=resource.rstrip("/"), client_id=client_id, object_id=object_id, tenant=world.data["tenant"]
    )
    expires = str(int(call.now) + world.settings.token_seconds)
    body = {
        "access_token": access,
        "client_id": client_id,
        "expires_on": expires,
        "resource": resource,
        "token_type": "Bearer",
    }
    return Reply(200, body)


def managed_identity_header(world: World) -> str:
    """The secret that a process on the host must send to the managed-identity endpoint."""
    return str(world.data["signing_key"][:16])
