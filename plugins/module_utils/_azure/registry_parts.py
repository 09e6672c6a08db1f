# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Scope maps, tokens, webhooks, cache rules and the like of a registry, in Resource Manager."""

from __future__ import annotations

import typing

from .._domain import wire as json
from .._domain.failure import Failure
from .._domain.registry_part import CacheRule, ScopeMap, Token, Webhook
from .._domain.resource_id import ResourceId
from .._domain.wire import Body
from . import errors, operations
from .session import Session, wire

#: What is only listed: what it is called, and the SDK's name for it.
LISTED = {
    "private endpoints": "private_endpoint_connections",
    "credential sets": "credential_sets",
    "connected registries": "connected_registries",
}


def _part(session: Session, where: ResourceId, name: str) -> typing.Any:
    """A part of the SDK's client.

    :raises Failure: for one that an older SDK has not, or not in the version of the API that it speaks.
    """
    try:
        return getattr(session.client("registries", where.subscription), name)
    except (AttributeError, ValueError) as error:
        raise Failure(
            f"The installed azure-mgmt-containerregistry knows no {name.replace('_', ' ')}.",
            hint="Install what the collection's requirements.txt lists.",
            code="missing_library",
        ) from error


def scope_maps(session: Session, where: ResourceId) -> list[ScopeMap]:
    """The scope maps, built-in ones too.

    :raises Failure: when they cannot be read.
    """
    with errors.explained(f"listing the scope maps of {where.name}"):
        return [
            ScopeMap.from_wire(wire(one)) for one in _part(session, where, "scope_maps").list(where.group, where.name)
        ]


def tokens(session: Session, where: ResourceId) -> list[Token]:
    """The tokens; their passwords nobody can read.

    :raises Failure: when they cannot be read.
    """
    with errors.explained(f"listing the tokens of {where.name}"):
        return [Token.from_wire(wire(one)) for one in _part(session, where, "tokens").list(where.group, where.name)]


def webhooks(session: Session, where: ResourceId, *, whole: bool) -> list[Webhook]:
    """The webhooks.

    :param whole: with address and headers, for which each is asked for its own.
    :raises Failure: when they cannot be read.
    """
    client = _part(session, where, "webhooks")
    with errors.explained(f"reading the webhooks of {where.name}"):
        models = [wire(one) for one in client.list(where.group, where.name)]
        if not whole:
            return [Webhook.from_wire(one) for one in models]
        return [
            Webhook.from_wire(one, wire(client.get_callback_config(where.group, where.name, one["name"])))
            for one in models
        ]


def cache_rules(session: Session, where: ResourceId) -> list[CacheRule]:
    """The cache rules.

    :raises Failure: when they cannot be read.
    """
    with errors.explained(f"listing the cache rules of {where.name}"):
        client = _part(session, where, "cache_rules")
        return [CacheRule.from_wire(wire(one)) for one in client.list(where.group, where.name)]


def names(session: Session, where: ResourceId, kind: str) -> list[str]:
    """The names of what is only listed.

    :param kind: of :data:`LISTED`.
    :raises Failure: when they cannot be read.
    """
    with errors.explained(f"listing the {kind} of {where.name}"):
        part = _part(session, where, LISTED[kind])
        return [str(one.name) for one in part.list(where.group, where.name)]


def put(session: Session, where: ResourceId, kind: str, name: str, body: Body, *, timeout: float) -> None:
    """Make one, and wait for it.

    :param kind: the SDK's name: ``scope_maps``, ``tokens``, ``webhooks``, ``cache_rules``.
    :raises Failure: when Azure refuses.
    """
    client, method = _part(session, where, kind), operations.polling(session.clock, timeout)
    with errors.explained(f"making {name} ({kind.replace('_', ' ')}) in {where.name}"):
        session.in_turn(
            "the registry", lambda: client.begin_create(where.group, where.name, name, body, polling=method)
        ).result()


def generate_password(session: Session, where: ResourceId, token: str, name: str, *, timeout: float) -> str:
    """A new password of a token: Azure shows it this once.

    :param name: ``password1`` or ``password2``.
    :raises Failure: when Azure refuses.
    """
    client, method = (
        session.client("registries", where.subscription).registries,
        operations.polling(session.clock, timeout),
    )
    body = {"tokenId": f"{where}/tokens/{token}", "name": name}
    with errors.explained(f"making a password of the token {token} of {where.name}"):
        answer = wire(client.begin_generate_credentials(where.group, where.name, body, polling=method).result())
    for one in json.blocks(answer, "passwords"):
        if json.text(one, "name") == name and json.text(one, "value"):
            return str(json.text(one, "value"))
    raise errors.failure(errors.unreadable("it has no password"), f"making a password of the token {token}")
