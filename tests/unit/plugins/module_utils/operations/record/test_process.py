# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a process has ended is said only where that can be seen; and who keeps no record loads nothing for it."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import typing

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._operations.record import process


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch) -> typing.Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Another process, by its name, that is at work."""
    with subprocess.Popen(["sleep", "60"]) as started:
        with monkeypatch.context() as patch:
            patch.setattr(process.os, "getpid", lambda: started.pid)
            name = process.name()
        yield name, started
        started.kill()


def test_a_process_has_ended_when_it_is_gone(other: tuple[str, subprocess.Popen[bytes]]) -> None:
    name, started = other
    assert process.has_ended(name) is False
    # another one of the same number
    assert process.has_ended(f"{name}1") is True
    started.kill()
    # it has ended, and nobody has asked how yet
    os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)
    assert process.has_ended(name) is True
    started.wait()
    assert process.has_ended(name) is True
    assert process.has_ended(process.name()) is True


def test_a_process_that_the_system_hides_has_not_ended(
    other: tuple[str, subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, started = other
    real = pathlib.Path.read_text

    def hidden(self: pathlib.Path, *args: typing.Any, **options: typing.Any) -> str:
        if self == pathlib.Path(f"/proc/{started.pid}/stat"):
            raise FileNotFoundError(2, "No such file or directory", str(self))
        return real(self, *args, **options)

    monkeypatch.setattr(pathlib.Path, "read_text", hidden)
    assert process.has_ended(name) is None
    started.kill()
    started.wait()
    assert process.has_ended(name) is True


@pytest.mark.parametrize("number", ["", "x", "1" * 5000, "-1", "\u0663"])
def test_of_what_is_no_process_here_nothing_is_said(number: str) -> None:
    where = process.name().rsplit("/", 2)[0]
    assert process.has_ended(f"{where}/{number}/1") is None
    assert process.has_ended(f"elsewhere/4026531836/{number}/1") is None


def test_a_task_without_a_record_loads_nothing_that_keeps_one() -> None:
    package = "ansible_collections.ownkey.acr.plugins.module_utils"
    program = f"import sys, {package}._operations.resource_group; print(*sys.modules)"
    # under ansible-test this very process alone knows where collections are
    places = [str(one.parent) for one in pathlib.Path(process.__file__).parents if one.name == "ansible_collections"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*places, os.environ.get("PYTHONPATH", "")])}
    names = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, env=environment
    ).stdout.split()
    idle = (f"{package}._operations.record", f"{package}._rules.record", f"{package}._rules.report")
    assert not [name for name in names if name.startswith((*idle, "rfc8785", "securesystemslib", "azure"))]
