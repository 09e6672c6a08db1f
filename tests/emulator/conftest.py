# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One local Azure per test process, and the unmodified SDK clients against it."""

from __future__ import annotations

import os
import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure, running
from local_azure.settings import Settings
from support.clients import GROUP, PLACE, Clients
from support.images import Sdk
from support.judged import _as_microsoft_describes_it, _judge
from support.oci import Wire

#: Fixtures that every test here has.
__all__ = ["_as_microsoft_describes_it", "_judge"]


@pytest.fixture(scope="session")
def azure() -> typing.Iterator[LocalAzure]:
    with running(Settings(operation_seconds=0.05)) as started:
        before = dict(os.environ)
        os.environ.update(started.environment)
        yield started
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def control(azure: LocalAzure) -> typing.Iterator[Control]:
    control = Control(azure.url)
    control.reset()
    control.forget_requests()
    azure.world.settings.__init__(operation_seconds=0.05)  # type: ignore[misc]
    yield control
    # for those that share a registry among their tests
    azure.world.settings.__init__(operation_seconds=0.05)  # type: ignore[misc]


@pytest.fixture
def clients(azure: LocalAzure, control: Control) -> Clients:
    return Clients(azure)


@pytest.fixture
def wire(clients: Clients, azure: LocalAzure) -> Wire:
    """A registry without a key of its customer's."""
    clients.groups.create_or_update(GROUP, {"location": PLACE})
    clients.registries.begin_create(GROUP, "plainacr", {"location": PLACE, "sku": {"name": "Premium"}}).result()
    app = azure.world.app()
    return Wire("https://plainacr.azurecr.io", (app["client_id"], app["secret"]))


@pytest.fixture
def sdk(wire: Wire, clients: Clients) -> typing.Any:
    """The SDK's client for the same registry."""
    return Sdk(clients.credential).client("plainacr.azurecr.io")
