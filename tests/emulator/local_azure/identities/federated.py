# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Federated credentials of user-assigned identities (Microsoft's reference, "Federated Identity Credentials")."""

from __future__ import annotations

import typing

from ..resource_manager import lists
from ..resource_manager.errors import bad_request, refuse
from ..resource_manager.scope import GROUP, Place, place
from ..routing import Call, Reply, Router
from . import state

ROUTER = Router()
_TYPE = f"{state.TYPE}/federatedIdentityCredentials"
_ALL = GROUP + f"/providers/{state.TYPE}/{{name}}/federatedIdentityCredentials"
_ONE = _ALL + "/{credential}"
_PROPERTIES = ("issuer", "subject", "audiences")
#: "Important considerations and restrictions for federated identity credentials"
_MOST = 20


def _credentials(call: Call) -> tuple[Place, dict[str, typing.Any]]:
    """Of the identity in the path, by name in lower case."""
    where = place(call, state.TYPE)
    identity = call.world.data["identities"].get(where.key)
    if identity is None:
        raise where.not_found()
    return where, identity.setdefault("federated", {})


def _shown(where: Place, credential: dict[str, typing.Any]) -> dict[str, typing.Any]:
    name = credential["name"]
    properties = {key: credential[key] for key in _PROPERTIES}
    return {
        "id": f"{where.id}/federatedIdentityCredentials/{name}",
        "name": name,
        "type": _TYPE,
        "properties": properties,
    }


@ROUTER.route("PUT", _ONE, f"{_TYPE}/write")
def put(call: Call) -> Reply:
    where, credentials = _credentials(call)
    asked, name = call.body.get("properties") or {}, call.params["credential"]
    for key in _PROPERTIES:
        if not asked.get(key):
            raise bad_request(f"The property '{key}' is required.", "BadRequest")
    others = [one for key, one in credentials.items() if key != name.lower()]
    if any((one["issuer"], one["subject"]) == (asked["issuer"], asked["subject"]) for one in others):
        raise refuse(
            409, "Conflict", "Issuer and subject combination already exists for this Managed Identity."
        ).inferred()
    if len(others) >= _MOST:
        raise bad_request(f"Too many Federated Identity Credentials: the limit is {_MOST}.", "BadRequest")
    known = credentials.get(name.lower())
    kept = {key: asked[key] for key in _PROPERTIES}
    credentials[name.lower()] = {"name": known["name"] if known else name, **kept}
    return Reply(200 if known else 201, _shown(where, credentials[name.lower()]))


def _one(call: Call) -> tuple[Place, dict[str, typing.Any]]:
    where, credentials = _credentials(call)
    known = credentials.get(call.params["credential"].lower())
    if known is None:
        name = f"{where.name}/federatedIdentityCredentials/{call.params['credential']}"
        raise Place(where.subscription, where.group, state.TYPE, name).not_found()
    return where, known


@ROUTER.route("GET", _ONE, f"{_TYPE}/read")
def get(call: Call) -> Reply:
    return Reply(200, _shown(*_one(call)))


@ROUTER.route("DELETE", _ONE, f"{_TYPE}/delete")
def delete(call: Call) -> Reply:
    known = _credentials(call)[1].pop(call.params["credential"].lower(), None)
    return Reply(204 if known is None else 200)


@ROUTER.route("GET", _ALL, f"{_TYPE}/read")
def list_all(call: Call) -> Reply:
    where, credentials = _credentials(call)
    return lists.page(call, [_shown(where, one) for one in credentials.values()])
