# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may open what of a registry's content, and its firewall."""

from __future__ import annotations

import ipaddress
import typing

from ..routing import Call
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

    :raises Refusal: 400 NAME_INVALID too.
    """
    content = registry_store(call, f"repository:{call.params['name']}:{actions}")
    names.check_repository(call.params["name"])
    return content


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
