# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what in a registry: access tokens, given for an Entra ID token or for a name and a password."""

from __future__ import annotations

import base64
import binascii
import typing
import uuid

import jwt

from ..authorization import decide
from ..registries import tokens as registry_tokens
from ..routing import Call
from ..signin import tokens
from . import errors

#: Lifetimes in seconds; documented samples show about 75 minutes, and about 3 hours for a refresh token in practice.
ACCESS_SECONDS, REFRESH_SECONDS = 4500, 10800
#: The user name under which a refresh token is a password.
TOKEN_USER = "00000000-0000-0000-0000-000000000000"
_PROVIDER = "Microsoft.ContainerRegistry/registries"
#: What a scope's action needs in Resource Manager's terms; any of them.
_RIGHTS = {
    "pull": ("pull/read",),
    "push": ("push/write",),
    "delete": ("artifacts/delete",),
    "catalog": ("pull/read", "metadata/read"),
    "metadata_read": ("pull/read", "metadata/read"),
    "metadata_write": ("push/write", "metadata/write"),
    # "Recover deleted artifacts with soft delete policy"
    "deleted_catalog": ("deleted/read",),
    "deleted_read": ("deleted/read",),
    "deleted_restore": ("deleted/restore/action",),
}
#: The same for a registry whose roles go by repository: data actions, none of which Owner or AcrPull has.
_DATA_RIGHTS = {
    "catalog": "catalog/read",
    "pull": "repositories/content/read",
    "push": "repositories/content/write",
    "delete": "repositories/content/delete",
    "metadata_read": "repositories/metadata/read",
    "metadata_write": "repositories/metadata/write",
}
_BY_REPOSITORY = "AbacRepositoryPermissions"
_NO_TOKEN = "Invalid user name or password, or the token is disabled."
ADMIN = "admin"
ANONYMOUS = "anonymous"
#: Before the name of one of the registry's own tokens, as a subject.
_TOKEN = "token:"


def _issue(call: Call, login_server: str, subject: str, kind: str, seconds: int, **more: typing.Any) -> str:
    now = int(call.now)
    claims = {
        "jti": str(uuid.uuid4()),
        "sub": subject,
        "iat": now,
        "nbf": now,
        "exp": now + seconds,
        "iss": "Azure Container Registry",
        "aud": login_server,
        "version": "1.0",
        "grant_type": kind,
        "tenant": call.world.data["tenant"],
        "permissions": {"actions": ["read", "write", "delete"], "notActions": None},
        "roles": [],
        **more,
    }
    return jwt.encode(claims, call.world.data["signing_key"], algorithm="HS256")


def _read(call: Call, login_server: str, text: str, kind: str) -> dict[str, typing.Any] | None:
    claims = tokens.signed(call.world, text)
    if claims is None:
        return None
    fits = claims.get("aud") == login_server and claims.get("grant_type") == kind and claims["exp"] > call.now
    return claims if fits else None


def refresh_token(call: Call, login_server: str, subject: str) -> str:
    """A token that stands for a caller and is exchanged for access tokens."""
    return _issue(call, login_server, subject, "refresh_token", REFRESH_SECONDS)


def access_token(call: Call, registry: dict[str, typing.Any], login_server: str, subject: str, scope: str) -> str:
    """A token for those of the asked actions that the subject may do.

    :raises Refusal: 401 for one of the registry's tokens that is disabled or gone by now.
    """
    if _name(subject) and registry_tokens.enabled(call.world, registry, _name(subject)) is None:
        raise errors.wrong_sign_in(_NO_TOKEN)
    access = []
    for one in scope.split():
        parts = one.split(":")
        if len(parts) < 3:
            continue
        kind, name, actions = parts[0], ":".join(parts[1:-1]), parts[-1].split(",")
        granted = _granted(call, registry, subject, kind, name, actions)
        access.append({"type": kind, "name": name, "actions": granted})
    return _issue(call, login_server, subject, "access_token", ACCESS_SECONDS, access=access)


def _name(subject: str) -> str:
    """The name of the registry's own token that a subject is; empty for any other subject."""
    return subject.removeprefix(_TOKEN) if subject.startswith(_TOKEN) else ""


def _granted(
    call: Call, registry: dict[str, typing.Any], subject: str, kind: str, name: str, actions: list[str]
) -> list[str]:
    if kind == "registry" and _name(subject):
        may = name == "catalog" and registry_tokens.lists_catalog(call.world, registry, _name(subject))
        return ["*"] if may else []
    if kind == "registry":
        return ["*"] if name in ("catalog", "deleted_catalog") and _may(call, registry, subject, name) else []
    asked = list(_RIGHTS) if "*" in actions else actions
    if _name(subject):
        held = registry_tokens.rights(call.world, registry, _name(subject), name)
        return [action for action in asked if action in held]
    return [action for action in asked if action in _RIGHTS and _may(call, registry, subject, action)]


def _may(call: Call, registry: dict[str, typing.Any], subject: str, action: str) -> bool:
    if subject == ADMIN:
        return bool(registry["properties"]["adminUserEnabled"])
    if subject == ANONYMOUS:
        return bool(registry["properties"]["anonymousPullEnabled"]) and action in ("pull", "metadata_read", "catalog")
    if registry["properties"]["roleAssignmentMode"] == _BY_REPOSITORY:
        if action not in _DATA_RIGHTS:
            return False
        right = _DATA_RIGHTS[action]
        return decide.allowed(call.world, subject, f"{_PROVIDER}/{right}", registry["id"], data=True)
    wanted = (f"{_PROVIDER}/{right}" for right in _RIGHTS[action])
    return any(decide.allowed(call.world, subject, right, registry["id"]) for right in wanted)


def from_entra(call: Call, registry: dict[str, typing.Any], text: str, audiences: set[str]) -> str:
    """The object id of whoever an Entra ID access token is for.

    :raises Refusal: 401 for a token that is not meant for this registry.
    """
    claims = tokens.read(call.world, f"Bearer {text}")
    if claims is None or claims["exp"] <= call.now or not tokens.audience_fits(claims, audiences):
        raise errors.wrong_sign_in("The Entra ID access token is not valid for this registry.")
    return str(claims["oid"])


def from_refresh(call: Call, login_server: str, text: str) -> str:
    """The subject of a refresh token.

    :raises Refusal: 401 for one that is expired or another registry's.
    """
    claims = _read(call, login_server, text, "refresh_token")
    if claims is None:
        raise errors.wrong_sign_in("The refresh token is not valid.")
    return str(claims["sub"])


def from_password(call: Call, registry: dict[str, typing.Any], login_server: str, user: str, password: str) -> str:
    """The subject of a name and a password: the admin user, one of the registry's tokens, a service principal, or a
    refresh token as password.

    :raises Refusal: 401.
    """
    if user == TOKEN_USER:
        return from_refresh(call, login_server, password)
    if user.lower() == registry["name"].lower():
        if registry["properties"]["adminUserEnabled"] and password in registry["passwords"]:
            return ADMIN
        raise errors.wrong_sign_in("Invalid user name or password, or the admin user is disabled.")
    if (token := registry_tokens.enabled(call.world, registry, user)) is not None:
        if registry_tokens.opens(call.world, token, password):
            return _TOKEN + str(token["name"])
        raise errors.wrong_sign_in(_NO_TOKEN)
    app = call.world.data["apps"].get(user.lower())
    if app is None or app["secret"] != password:
        raise errors.wrong_sign_in("Invalid clientid or client secret.")
    return str(app["oid"])


def basic(call: Call) -> tuple[str, str] | None:
    """User and password of a Basic authorization header."""
    header = call.headers.get("authorization", "")
    if not header.lower().startswith("basic "):
        return None
    try:
        user, _colon, password = base64.b64decode(header[6:]).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password


def require(call: Call, registry: dict[str, typing.Any], login_server: str, scope: str) -> None:
    """Let a request pass whose token (or Basic credentials) covers a scope; without a scope any valid token does.

    Who that is for becomes the caller.

    :param scope: as in ``repository:hello:pull``.
    :raises Refusal: 401 with the challenge.
    """
    header = call.headers.get("authorization", "")
    given = basic(call)
    if given:
        subject = from_password(call, registry, login_server, *given)
        text = access_token(call, registry, login_server, subject, scope)
        claims = _read(call, login_server, text, "access_token")
    else:
        claims = _read(call, login_server, header[7:].strip(), "access_token") if header else None
    if claims is None:
        raise errors.unauthorized(login_server, scope, invalid=bool(header))
    call.caller = {"oid": claims["sub"]}
    if not scope:
        return
    kind, rest = scope.split(":", 1)
    name, actions = rest.rsplit(":", 1)
    held: set[str] = set()
    for entry in claims["access"]:
        if (entry["type"], entry["name"]) == (kind, name):
            held |= set(entry["actions"])
    if "metadata_read" not in held and "pull" in held and not _name(claims["sub"]):
        held.add("metadata_read")
    if not set(actions.split(",")) <= held and "*" not in held:
        raise errors.insufficient(login_server, scope)
