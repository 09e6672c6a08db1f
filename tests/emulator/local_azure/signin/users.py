# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""People who sign in: by name and password, or by what the az CLI keeps of them."""

from __future__ import annotations

import base64
import json
import typing
import uuid

import jwt

from ..routing import Call, Reply
from ..world import World
from . import errors, resources, tokens

#: The application id of the az CLI, which the SDKs use for people too.
CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


def by_name(world: World, name: str) -> dict[str, typing.Any] | None:
    """The user of a principal name."""
    return next((user for user in world.data["users"].values() if user["name"].lower() == name.lower()), None)


def by_password(call: Call, audience: str, tenant: str) -> Reply:
    """The answer to name and password (``grant_type=password``), with what MSAL wants to know of the account.

    :raises Refusal: 400 for a wrong one.
    """
    user = by_name(call.world, call.body.get("username", ""))
    if user is None or call.body.get("password") != user["password"]:
        raise errors.wrong_password(call)
    resources.require(call, audience)
    client_id = call.body.get("client_id", CLI)
    access = tokens.issue_to_user(call.world, audience=audience, client_id=client_id, user=user, tenant=tenant)
    now = int(call.now)
    identity = {
        "aud": client_id,
        "iss": f"https://{call.host}/{tenant}/v2.0",
        "iat": now,
        "exp": now + call.world.settings.token_seconds,
        "oid": user["oid"],
        "preferred_username": user["name"],
        "sub": user["oid"],
        "tid": tenant,
        "ver": "2.0",
    }
    account = json.dumps({"uid": user["oid"], "utid": tenant}).encode()
    more = {
        "scope": f"{audience}/user_impersonation",
        "id_token": jwt.encode(identity, call.world.data["signing_key"], algorithm="HS256"),
        "client_info": base64.urlsafe_b64encode(account).decode().rstrip("="),
        "refresh_token": uuid.uuid4().hex,
    }
    return tokens.reply(call.world, access, **more)


def token_for(world: World, name: str, audience: str, tenant: str | None = None) -> dict[str, typing.Any]:
    """A token for a person or a service principal, as the az CLI gives one from its cache.

    :param name: a user principal name, or an application id.
    :raises ValueError: for a name that nobody has.
    """
    user, app = by_name(world, name), world.data["apps"].get(name.lower())
    place = {"audience": audience.rstrip("/"), "tenant": tenant or world.data["tenant"]}
    if user:
        text = tokens.issue_to_user(world, client_id=CLI, user=user, **place)
    elif app:
        text = tokens.issue(world, client_id=name, object_id=app["oid"], **place)
    else:
        raise ValueError(f"nobody here is called {name!r}")
    return {"access_token": text, "expires_on": int(world.clock.now()) + world.settings.token_seconds}
