# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may open what of a registry's content, and its firewall."""

from __future__ import annotations

import ipaddress
import typing

from ..registries import cache_rules
from ..routing import Call
from ..world import World
from . import errors, names, tokens
from .state import Store

VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}


def registry_of(call: Call) -> dict[str, typing.Any]:
    """The registry that was called."""
    registry: dict[str, typing.Any] = call.params["registry"]  # type: ignore[assignment]
    return registry


def registry_store(call: Call, scope: str) -> Store:
    """The registry's content, for a caller whose token covers the scope."""
    tokens.require(call, registry_of(call), call.host, scope)
    return Store(call.world, registry_of(call))


def repository_store(call: Call, actions: str) -> Store:
    """The same, for a caller who may do all the actions with the repository in the path.

    :raises Refusal: 400 NAME_INVALID too; 403 for a push to what a cache rule fills.
    """
    name = call.params["name"]
    content = registry_store(call, f"repository:{name}:{actions}")
    names.check_repository(name)
    if "push" in actions:
        refuse_if_cached(call.world, registry_of(call), name)
    return content


def refuse_if_cached(world: World, registry: dict[str, typing.Any], repository: str) -> None:
    """Keep pushes and imports out of a repository that a cache rule fills.

    :raises Refusal: 403 DENIED.
    """
    if cache_rules.keeps_writers_out(world, registry, repository):
        raise errors.cached(repository)


def allowed_address(call: Call, registry: dict[str, typing.Any]) -> None:
    """The registry's own firewall.

    :raises Refusal: 403 DENIED.
    """
    known, address = registry["properties"], call.world.settings.client_address
    if known["publicNetworkAccess"] == "Disabled":
        raise errors.client_address(address)
    rules = known["networkRuleSet"]
    if rules["defaultAction"] == "Deny" and not any(
        ipaddress.ip_address(address) in ipaddress.ip_network(rule["value"], strict=False) for rule in rules["ipRules"]
    ):
        raise errors.client_address(address)
