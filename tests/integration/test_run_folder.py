# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder that the tasks and forks of a run share: one for the run, closed to others, and gone at its end."""

from __future__ import annotations

import pathlib
import signal
import subprocess
import time
import typing

import pytest
from local_azure.client import Control
from support.playbooks import Ansible

INFO = {"ownkey.acr.acr_cmk_registry_info": {"resource_group": "contoso"}}
HOSTS = "one two three"


def _play(ansible: Ansible, *tasks: dict[str, typing.Any], **options: typing.Any) -> list[str]:
    """The command line of a play on three hosts that are all this one."""
    playbook, *flags = ansible.on_hosts(HOSTS, *tasks, **options)
    return ansible.command(playbook, {}, *flags, "--forks", "3")


def _folders(ansible: Ansible) -> list[pathlib.Path]:
    return list(ansible.folder.glob(".ansible/tmp/ansible-local-*/*"))


@pytest.fixture
def late(control: Control) -> Control:
    """Resource Manager answers late, so that a run can be looked at."""
    control.fault(method="GET", host="management.*", delay=6, times=0)
    return control


def _started(ansible: Ansible, control: Control, command: list[str]) -> subprocess.Popen[bytes]:
    """A run, as far as its first task having signed in."""
    mark = control.mark()
    process = subprocess.Popen(
        command, cwd=ansible.folder, env=ansible.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if any(r["service"] == "login" and r["method"] == "POST" for r in control.requests(mark)):
            return process
        time.sleep(0.05)
    raise AssertionError(process.poll())


@pytest.mark.parametrize("number", [None, signal.SIGINT, signal.SIGTERM])
def test_there_is_one_for_all_forks_and_it_goes_with_the_run(
    ansible: Ansible, late: Control, number: signal.Signals | None
) -> None:
    process = _started(ansible, late, _play(ansible, INFO))
    (folder,) = _folders(ansible)
    assert folder.name == "ownkey.acr"
    assert folder.stat().st_mode & 0o7777 == 0o700
    if number:
        process.send_signal(number)
    process.wait(60)
    # whatever else is there after SIGTERM is Ansible's
    assert not _folders(ansible)


@pytest.mark.parametrize("tasks", [[INFO], [INFO, {"ansible.builtin.fail": {}}]])
def test_it_is_gone_after_a_failure_too(ansible: Ansible, tasks: list[dict[str, typing.Any]]) -> None:
    subprocess.run(_play(ansible, *tasks), cwd=ansible.folder, env=ansible.environment, check=False, timeout=60)
    assert not list(ansible.folder.glob(".ansible/tmp/*"))
