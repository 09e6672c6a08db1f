# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access tokens: made, and read again by the services.

Claims as services read them: docs/azure-behaviour.md, "Sign-in".
"""

from __future__ import annotations

import functools
import typing
import uuid

import jwt

from ..routing import Reply
from ..world import World


def issue(world: World, *, audience: str, client_id: str, object_id: str, tenant: str) -> str:
    """A signed access token for one audience."""
    now = int(world.clock.now())
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant}/",
        "iat": now,
        "nbf": now,
        "exp": now + world.settings.token_seconds,
        "appid": client_id,
        "appidacr": "1",
        "idtyp": "app",
        "oid": object_id,
        "sub": object_id,
        "tid": tenant,
        "uti": uuid.uuid4().hex,
        "ver": "1.0",
    }
    return jwt.encode(claims, world.data["signing_key"], algorithm="HS256")


def issue_to_user(world: World, *, audience: str, client_id: str, user: dict[str, typing.Any], tenant: str) -> str:
    """A signed access token for a person who uses an application: with ``upn`` and ``scp``, not app-only.

    Whether it says ``idtyp: user`` is the switch ``user_token_idtyp``.
    """
    now = int(world.clock.now())
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant}/",
        "iat": now,
        "nbf": now,
        "exp": now + world.settings.token_seconds,
        "appid": client_id,
        "appidacr": "0",
        "oid": user["oid"],
        "sub": user["oid"],
        "scp": "user_impersonation",
        "unique_name": user["name"],
        "upn": user["name"],
        "tid": tenant,
        "uti": uuid.uuid4().hex,
        "ver": "1.0",
        **({"idtyp": "user"} if world.settings.user_token_idtyp else {}),
    }
    return jwt.encode(claims, world.data["signing_key"], algorithm="HS256")


def reply(world: World, access: str, **more: str) -> Reply:
    """The token endpoint's answer, as recorded."""
    seconds = world.settings.token_seconds
    body = {"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": access, **more}
    headers = {
        "Cache-Control": "no-store, no-cache",
        "Pragma": "no-cache",
        "Expires": "-1",
        "x-ms-request-id": str(uuid.uuid4()),
        "x-ms-ests-server": "2.1.0 - LOCAL",
        "x-ms-clitelem": "1,0,0,,",
    }
    return Reply(200, body, headers)


def for_person(claims: dict[str, typing.Any]) -> bool:
    """Whether a token is a person's, through an application, rather than the application's own."""
    return "scp" in claims


def read(world: World, authorization: str | None) -> dict[str, typing.Any] | None:
    """The claims of a bearer token that this world signed, expired or not; None for anything else."""
    if not authorization or not authorization.lower().startswith("bearer "):
        return None
    return signed(world, authorization.split(" ", 1)[1].strip())


def signed(world: World, token: str) -> dict[str, typing.Any] | None:
    """The claims of any token that this world signed, expired or not; None for anything else."""
    claims = _claims(token, world.data["signing_key"])
    return None if claims is None else dict(claims)


@functools.lru_cache(maxsize=256)
def _claims(token: str, key: str) -> dict[str, typing.Any] | None:
    """A client sends the same token with each request, and taking it apart costs more than most answers."""
    options = {"verify_exp": False, "verify_aud": False, "verify_nbf": False, "verify_iat": False}
    try:
        return jwt.decode(token, key, algorithms=["HS256"], options=typing.cast(typing.Any, options))
    except jwt.PyJWTError:
        return None


def audience_fits(claims: dict[str, typing.Any], audiences: set[str]) -> bool:
    """Whether a token was meant for this service; a trailing slash makes no difference."""
    return claims.get("aud", "").rstrip("/") in audiences
