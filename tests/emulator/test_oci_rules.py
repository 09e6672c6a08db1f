# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of the OCI distribution specification, held against the local Azure's registries."""

from __future__ import annotations

import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import GROUP, PLACE, Clients
from support.oci import Wire
from support.oci_rules import RULES, Rule


@pytest.fixture(scope="module")
def wire(azure: LocalAzure) -> typing.Iterator[Wire]:
    Control(azure.url).reset()
    clients = Clients(azure)
    clients.groups.create_or_update(GROUP, {"location": PLACE})
    clients.registries.begin_create(GROUP, "plainacr", {"location": PLACE, "sku": {"name": "Basic"}}).result()
    app = azure.world.app()
    yield Wire("https://plainacr.azurecr.io", (app["client_id"], app["secret"]))
    Control(azure.url).reset()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_of_the_specification_holds(wire: Wire, rule: Rule) -> None:
    rule.holds(wire, f"rules/{rule.name}")
