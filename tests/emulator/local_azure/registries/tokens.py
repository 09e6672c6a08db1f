# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens of a registry: a name and up to two passwords, with what a scope map permits.

Sources: the recording ``repository_token_create``; Microsoft, "Non-Microsoft Entra token-based repository permissions".
"""

from __future__ import annotations

import re
import secrets
import typing

from ..clock import iso_offset, moment
from ..resource_manager.errors import not_emulated
from ..resource_manager.scope import GROUP
from ..routing import Call, Reply, Router
from ..world import World
from . import errors, scope_maps
from .children import Kind, Record, named, serve, there
from .lookup import registry_of
from .scope_maps import SCOPE_MAPS
from .state import TYPE

ROUTER = Router()
#: The names of the two passwords.
PASSWORDS = ("password1", "password2")


def _take(call: Call, registry: Record, record: Record, replace: bool) -> None:
    asked = call.body.get("properties") or {}
    if replace:
        record |= {"scope_map": "", "status": "enabled", "passwords": record.get("passwords", {})}
    record["status"] = (asked.get("status") or record["status"]).lower()
    record["scope_map"] = asked.get("scopeMapId") or record["scope_map"]
    if named(call.world, registry, SCOPE_MAPS, record["scope_map"]) is None:
        raise errors.bad_child(f"The scopeMapId '{record['scope_map']}' is not one of a scope map of the registry.")
    passwords = (asked.get("credentials") or {}).get("passwords")
    if passwords is not None:
        _keep(record, passwords)


def _keep(record: Record, passwords: list[dict[str, typing.Any]]) -> None:
    """Passwords that a request does not name are deleted (azure-cli, ``az acr token credential delete``)."""
    shown = {one["name"]: one for one in _passwords(record)}
    for one in passwords:
        known = shown.get(one.get("name", ""))
        if known is None or any(one.get(name) not in (None, known.get(name)) for name in ("creationTime", "expiry")):
            raise not_emulated("properties.credentials.passwords[] with another name, creationTime or expiry")
    names = {one["name"] for one in passwords}
    record["passwords"] = {name: one for name, one in record["passwords"].items() if name in names}


def _passwords(record: Record) -> list[Record]:
    """The passwords as they are shown: when they were made and until when they are good, never what they are."""
    return [
        {
            "creationTime": iso_offset(one["created"]),
            **({"expiry": _shown(one["expiry"])} if one["expiry"] else {}),
            "name": name,
        }
        for name, one in sorted(record["passwords"].items())
    ]


def _shown(expiry: str) -> str:
    """Recorded: a moment comes back with its offset, and without digits that say nothing."""
    return moment(expiry).isoformat()


def _show(world: World, record: Record) -> Record:
    return {
        "properties": {
            "creationDate": iso_offset(record["created"]),
            "scopeMapId": record["scope_map"],
            "credentials": {"certificates": [], "passwords": _passwords(record)},
            "status": record["status"],
        }
    }


TOKENS = Kind(
    name="tokens",
    prefix="token",
    pattern=re.compile(r"[A-Za-z0-9-]{5,50}"),
    take=_take,
    show=_show,
    lasts=True,
    deletion_lasts=True,
    most={"Basic": 100, "Standard": 500, "Premium": 50_000},
)
serve(ROUTER, TOKENS)


@ROUTER.route("POST", f"{GROUP}/providers/{TYPE}/{{name}}/generateCredentials", f"{TYPE}/generateCredentials/action")
def generate_credentials(call: Call) -> Reply:
    """New passwords: of both names, or of the one that is named; this answer alone says what they are."""
    registry, text = registry_of(call), str(call.body.get("tokenId") or "")
    token = named(call.world, registry, TOKENS, text)
    if token is None:
        raise errors.bad_child(f"The tokenId '{text}' is not one of a token of the registry.")
    expiry = call.body.get("expiry")
    names = [call.body["name"]] if call.body.get("name") else list(PASSWORDS)
    for one in names:
        before = token["passwords"].get(one)
        # described: a first password counts at once, one that is generated anew after a while
        wait = call.world.settings.token_password_seconds if before else 0.0
        token["passwords"][one] = {
            "value": secrets.token_hex(26),
            "created": call.now,
            "expiry": expiry,
            "since": call.now + wait,
            "before": before and before["value"],
        }
    shown = [one | {"value": token["passwords"][one["name"]]["value"]} for one in _passwords(token)]
    return Reply(200, {"username": token["name"], "passwords": [one for one in shown if one["name"] in names]})


def enabled(world: World, registry: Record, name: str) -> Record | None:
    """The token of a name, if it can be signed in with."""
    token = there(world, registry, TOKENS, name)
    return token if token and token["status"] == "enabled" else None


def opens(world: World, token: Record, password: str) -> bool:
    """Whether a password is one of the token's that counts now."""
    now = world.clock.now()
    for one in token["passwords"].values():
        counts = one["value"] if now >= one["since"] else one["before"]
        expired = one["expiry"] and moment(one["expiry"]).timestamp() <= now
        if password == counts and not expired:
            return True
    return False


def _scope_map(world: World, registry: Record, name: str) -> Record | None:
    token = enabled(world, registry, name)
    return named(world, registry, SCOPE_MAPS, token["scope_map"]) if token else None


def rights(world: World, registry: Record, name: str, repository: str) -> set[str]:
    """What a token permits in a repository, in the words of Docker's token protocol."""
    scope_map = _scope_map(world, registry, name)
    return scope_maps.rights(scope_map, repository) if scope_map else set()


def lists_catalog(world: World, registry: Record, name: str) -> bool:
    """Whether a token lists all repositories: by the system's own map for administrators alone."""
    scope_map = _scope_map(world, registry, name)
    return scope_map is not None and scope_map["name"] == scope_maps.ADMIN
