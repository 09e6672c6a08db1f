# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One local Azure for each test process, begun anew for each test; and Ansible to run against it."""

from __future__ import annotations

import pathlib
import typing
import uuid

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure, running
from local_azure.settings import Settings
from support import azurite
from support.azurite import Evidence
from support.contoso import Contoso
from support.direct import Direct
from support.inventories import OTHER, Inventory
from support.judged import _as_microsoft_describes_it, _judge
from support.locker import Locker
from support.many import Many
from support.near import near
from support.playbooks import Ansible, fresh_folder
from support.recording import Bench

#: Fixtures that every test here has.
__all__ = ["_as_microsoft_describes_it", "_judge"]


@pytest.fixture(scope="session")
def azure() -> typing.Iterator[LocalAzure]:
    with running(Settings(operation_seconds=0.05)) as started:
        yield started


@pytest.fixture
def control(azure: LocalAzure) -> Control:
    """The control interface of a local Azure in its first state."""
    control = Control(azure.url)
    control.reset()
    azure.world.settings.__init__(operation_seconds=0.05)  # type: ignore[misc]
    return control


@pytest.fixture
def ansible(azure: LocalAzure, control: Control, tmp_path: pathlib.Path) -> Ansible:
    return Ansible(fresh_folder(tmp_path / "home"), azure.environment)


@pytest.fixture
def direct(azure: LocalAzure, control: Control, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Direct:
    """The operations called in this process, with a clock that does not sleep."""
    for name, value in {**azure.environment, "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    return Direct({**azure.environment, "HOME": str(tmp_path)})


@pytest.fixture
def inventory(ansible: Ansible) -> Inventory:
    return Inventory(ansible)


@pytest.fixture
def many(azure: LocalAzure, control: Control) -> Many:
    """More registries, with a second subscription."""
    many = Many(azure)
    many.subscription(OTHER)
    return many


#: States of the local Azure by how they were made: made by the collection once, then loaded.
_STATES: dict[str, dict[str, typing.Any]] = {}


@pytest.fixture
def contoso(ansible: Ansible) -> Contoso:
    return Contoso(ansible)


@pytest.fixture
def with_vault(contoso: Contoso, control: Control, direct: Direct) -> Contoso:
    """Group, identity, vault, rights and key are there."""
    return _prepared("vault", contoso, control, direct)


@pytest.fixture
def with_registry(contoso: Contoso, control: Control, direct: Direct) -> Contoso:
    """The registry contosoacr is there too."""
    return _prepared("registry", contoso, control, direct)


@pytest.fixture
def locker(with_registry: Contoso, azure: LocalAzure, direct: Direct, control: Control) -> Locker:
    """The registry contosoacr with an image in it."""
    return Locker(azure, direct, control)


@pytest.fixture
def states(contoso: Contoso, control: Control, direct: Direct) -> dict[str, dict[str, typing.Any]]:
    """The states ``nothing``, ``vault`` and ``registry``, to be loaded."""
    _STATES.setdefault("nothing", control.state())
    for name in ("vault", "registry"):
        control.load(_STATES["nothing"])
        _prepared(name, contoso, control, direct)
    return _STATES


def _prepared(name: str, contoso: Contoso, control: Control, direct: Direct) -> Contoso:
    if name in _STATES:
        control.load(_STATES[name])
    else:
        for task in [*contoso.vault_tasks(), *([contoso.registry_task()] if name == "registry" else [])]:
            ((module, options),) = task.items()
            result = direct(module.rsplit(".", 1)[-1], **options)
            assert not result.get("failed"), result
        _STATES[name] = control.state()
    control.forget_requests()
    return contoso


@pytest.fixture(scope="session")
def _azurite() -> typing.Iterator[str]:
    with azurite.running_or_skipped() as address:
        yield address


@pytest.fixture
def evidence(azure: LocalAzure, control: Control, direct: Direct, _azurite: str) -> typing.Iterator[Evidence]:
    """A storage account whose blobs Azurite keeps; who runs the tests may write them."""
    evidence = Evidence(azure, _azurite, f"records-{uuid.uuid4().hex[:12]}")
    control.grant(scope=evidence.account.id, role=evidence.CONTRIBUTOR, principal=azure.world.app()["oid"])
    yield evidence
    azure.world.accounts.clear()


@pytest.fixture(scope="module")
def _record_bench(tmp_path_factory: pytest.TempPathFactory) -> typing.Iterator[Bench]:
    with near(tmp_path_factory.mktemp("home")) as azure:
        yield Bench(azure)


@pytest.fixture
def bench(_record_bench: Bench, tmp_path: pathlib.Path) -> Bench:
    """The registry contosoacr and its key, near, and a place for a record."""
    _record_bench.reset(tmp_path)
    return _record_bench
