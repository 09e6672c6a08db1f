# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controllers that have another set of SDK packages, or another Python, than these tests themselves."""

from __future__ import annotations

import pathlib
import typing

import pytest
from environments import PYTHONS, environment, interpreter
from local_azure.client import Control
from local_azure.server import LocalAzure, running
from local_azure.settings import Settings
from sdk_sets import SETS, SdkSet
from support.controller import Controller
from support.judged import _as_microsoft_describes_it, _judge
from support.playbooks import fresh_folder

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
    return control


def _python(version: str) -> str:
    python = interpreter(version)
    if python is None:
        pytest.skip(f"Python {version} is not on this machine")
    return python


@pytest.fixture(params=PYTHONS)
def python(request: pytest.FixtureRequest) -> str:
    """An interpreter of each supported version of Python."""
    return _python(request.param)


@pytest.fixture(params=SETS, ids=[each.name for each in SETS])
def sdk_set(request: pytest.FixtureRequest) -> SdkSet:
    return request.param


def _controller(azure: LocalAzure, folder: pathlib.Path, python: str, sdk_set: SdkSet) -> Controller:
    version = pathlib.Path(python).resolve().name
    program = environment(f"sets/{sdk_set.name}-{version}", python, sdk_set.lock)
    return Controller(fresh_folder(folder / "home"), azure.environment, program)


@pytest.fixture
def controller(azure: LocalAzure, control: Control, tmp_path: pathlib.Path, python: str, sdk_set: SdkSet) -> Controller:
    """Ansible with each set on each Python."""
    return _controller(azure, tmp_path, python, sdk_set)


@pytest.fixture
def one_of_a_set(azure: LocalAzure, control: Control, tmp_path: pathlib.Path, sdk_set: SdkSet) -> Controller:
    """Ansible with each set, each on another Python."""
    return _controller(azure, tmp_path, _python(PYTHONS[SETS.index(sdk_set) % len(PYTHONS)]), sdk_set)
