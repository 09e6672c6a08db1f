# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often a registry may be asked: reads and writes by its tier, and less often tokens and lists of referrers."""

from __future__ import annotations

import typing

import jwt

from ..routing import Call
from ..throttle import PER_MINUTE, Throttle, kind_of
from ..world import World
from . import errors, tokens


def check(call: Call, throttle: Throttle, registry: dict[str, typing.Any]) -> None:
    """Let a request pass that is within the limits; the setting ``throttle`` has them obeyed.

    :raises Refusal: 429 TOOMANYREQUESTS.
    """
    settings, path = call.world.settings, call.path.lower()
    if not settings.throttle:
        return
    about, kind = [registry["id"].lower()], "read" if kind_of(call.method) == "read" else "write"
    limit = PER_MINUTE[registry["sku"]][kind]
    if "/referrers/" in path and path.startswith("/v2/"):
        about, kind, limit = [*about, _caller(call)], "referrers", settings.referrers_per_minute
    elif path.startswith("/oauth2/"):
        kind, limit = "tokens", settings.tokens_per_minute
    wait = throttle.count(*about, kind, limit=limit, now=call.now)
    if wait:
        raise errors.too_many(wait if settings.registry_retry_after else None)


def is_too_much(world: World, registry: dict[str, typing.Any], kind: str) -> bool:
    """Count an operation that Azure carries out itself, and say whether it is one too many.

    :param kind: ``read`` or ``write``.
    """
    limit, about = PER_MINUTE[registry["sku"]][kind], (registry["id"].lower(), kind)
    return world.settings.throttle and world.throttle.count(*about, limit=limit, now=world.clock.now()) > 0


def _caller(call: Call) -> str:
    """Who asks, as the token or the user name says; whether that is true is seen later."""
    given = tokens.basic(call)
    if given:
        return given[0]
    try:
        claims = jwt.decode(call.headers.get("authorization", "")[7:], options={"verify_signature": False})
    except jwt.PyJWTError:
        return ""
    return str(claims.get("sub", ""))
