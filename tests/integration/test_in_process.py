# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task in the controller's process is the module's task: the same result, the same output, the same requests."""

from __future__ import annotations

import contextlib
import json
import pathlib
import re
import signal
import subprocess
import sys
import time
import types
import typing

import pytest
import yaml
from ansible_collections.ownkey.acr.plugins.plugin_utils import _obstacle
from local_azure.client import Control
from support.contoso import Contoso
from support.direct import Direct
from support.playbooks import Ansible, Run, descendants

PLACE = {"resource_group": "contoso"}
INFO, KEY_INFO = "ownkey.acr.acr_cmk_registry_info", "ownkey.acr.keyvault_rsa_key_info"
GROUP, KEY, ROTATE = "ownkey.acr.resource_group", "ownkey.acr.keyvault_rsa_key", "ownkey.acr.cmk_rotate"
REGISTRY = {"name": "contosoacr", **PLACE}
CMK = {"vault": "contoso-kv", "name": "cmk"}
HIDDEN = "{{ lookup('ansible.builtin.env', 'HIDDEN') }}"
ELSEWHERE = "11111111-2222-3333-4444-555555555555"

#: Tasks by what they are about. Each ends in the same way wherever it runs, and may fail.
TASKS: dict[str, list[dict[str, typing.Any]]] = {
    "options": [
        {"name": "one that is not there", INFO: {**REGISTRY, "nmae": 1, "b": 2}},
        {"name": "not there, and missing", KEY: {"nmae": 1}},
        {"name": "of the wrong type", KEY: {**CMK, "size": "large", "rotation_policy": 3, "purge": "perhaps"}},
        {"name": "no choice", KEY: {**CMK, "state": "gone", "operations": ["sing"]}},
        {"name": "one of another inside", KEY: {**CMK, "rotation_policy": {"rotate_after": "P90D"}}},
        {"name": "two that exclude each other", INFO: {**PLACE, "subscriptions": ["all"]}},
        {"name": "as text", KEY_INFO: {**CMK, "versions": "yes", "vault": "{{ 'contoso' ~ '-kv' }}"}},
        {"name": "a date of YAML's", KEY: {**CMK, "expires_on": "{{ '2040-01-01' | to_datetime('%Y-%m-%d') }}"}},
        {"name": "none", "ownkey.acr.cmk_health_info": {}},
        {"name": "free text", INFO: "name=contosoacr resource_group=contoso"},
        {"name": "empty text", INFO: {**REGISTRY, "subscription_id": "", "subscriptions": []}},
    ],
    "secrets": [
        {"name": "one that is part of a name", GROUP: {"name": "contoso", "secret": "contoso"}},
        {"name": "one among wrong options", KEY: {**CMK, "import_pem": "s3cr3t-s3cr3t", "s3cr3t-s3cr3t": 1}},
        {"name": "one in a message", KEY: {**CMK, "import_pem": HIDDEN, "size": HIDDEN}},
        {"name": "one as the key of a result", GROUP: {"name": "contoso", "tags": {"t0ps3cr3t": "t0ps3cr3t"}}},
        {
            "name": "one that is a tag",
            GROUP: {"name": "contoso", "tags": {"t0ps3cr3t": "t0ps3cr3t"}, "certificate_password": "t0ps3cr3t"},
            "check_mode": True,
            "diff": True,
        },
        {"name": "the whole task", GROUP: {"name": "contoso", "tags": {"a": HIDDEN}}, "no_log": True},
        {"name": "the whole failure", GROUP: {"name": "contoso", "nmae": HIDDEN}, "no_log": True},
        {
            "name": "of each item",
            GROUP: {"name": "contoso", "tags": {"a": "{{ item }}"}},
            "no_log": True,
            "loop": [HIDDEN],
        },
    ],
    "keywords": [
        {"name": "check mode", GROUP: {"name": "contoso", "tags": {"a": "b"}}, "check_mode": True},
        {"name": "difference", GROUP: {"name": "contoso", "tags": {"a": "b"}}, "check_mode": True, "diff": True},
        {"name": "no difference", GROUP: {"name": "contoso", "tags": {"c": "d"}}, "diff": False},
        {
            "name": "until",
            INFO: {**REGISTRY, "name": "noacr12", "must_exist": True},
            "register": "outcome",
            "until": "outcome is succeeded",
            "retries": 1,
            "delay": 0,
        },
        {"name": "once", INFO: REGISTRY, "run_once": True, "throttle": 1, "any_errors_fatal": True},
        {"name": "failed when", INFO: REGISTRY, "register": "r", "failed_when": "r.registries | length == 1"},
        {"name": "changed when", INFO: REGISTRY, "register": "r", "changed_when": "r.requests == 1"},
        {"name": "keys of one vault", KEY_INFO: {"vault": "contoso-kv", "name": "{{ item }}"}, "loop": ["cmk", "cmk"]},
        {"name": "defaults", INFO: {"name": "contosoacr"}, "module_defaults": {"group/ownkey.acr.azure": PLACE}},
        {"name": "delegated", INFO: REGISTRY, "delegate_to": "localhost"},
        {"name": "time enough", INFO: REGISTRY, "timeout": 100},
    ],
    "environment": [
        {
            "name": "of each item",
            INFO: PLACE,
            "environment": "{{ {'AZURE_SUBSCRIPTION_ID': item} if item else {} }}",
            "loop": [ELSEWHERE, ""],
        },
        {
            "name": "an empty one",
            INFO: REGISTRY,
            "environment": {"AZURE_SUBSCRIPTION_ID": "", "AZURE_SECRET": "{{ item }}", "AZURE_CLIENT_SECRET": ""},
            "loop": ["wrong-one-x", ""],
        },
        {"name": "a proxy", INFO: REGISTRY, "environment": {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}},
        {"name": "certificates", INFO: REGISTRY, "environment": {"REQUESTS_CA_BUNDLE": "/nowhere.pem"}},
        {"name": "a home", INFO: {**REGISTRY, "profile": "none"}, "environment": {"HOME": "/nowhere"}},
        {"name": "a locale", INFO: REGISTRY, "environment": {"LC_ALL": "C", "TZ": "Asia/Tokyo"}},
        {"name": "no value", INFO: PLACE, "environment": {"AZURE_SUBSCRIPTION_ID": None}},
        {"name": "a number", INFO: PLACE, "environment": {"AZURE_SUBSCRIPTION_ID": 7}},
        {"name": "no name", INFO: PLACE, "environment": {"a-b": "c"}},
    ],
}


def _another(folder: pathlib.Path) -> str:
    """An interpreter that is the same but for its name, so that the modules run."""
    launcher = folder / "another-python"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    return str(launcher)


def _both(ansible: Ansible, control: Control, folder: pathlib.Path, tasks: list[dict], **play: typing.Any) -> list[Run]:
    """The same play from the same state by both ways: in the controller's process first."""
    state, interpreters = control.state(), (sys.executable, _another(folder))
    runs = []
    for interpreter in interpreters:
        control.load(state)
        flags = ["-v", "-e", json.dumps({"ansible_python_interpreter": interpreter})]
        runs.append(ansible.tasks(*tasks, play=play, flags=flags, environment={"HIDDEN": "hidden-value"}))
    return runs


def _same(value: typing.Any) -> str:
    """As text, without what differs from run to run."""
    text = value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID", text)
    text = re.sub(r"0x[0-9a-f]{8,}", "ADDRESS", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "MOMENT", text)
    text = re.sub(r"Timestamp: [\d :-]+Z", "Timestamp", text)
    text = re.sub(r"\b[0-9a-f]{32}\b", "HEX", text)
    return re.sub(r"/\S*/another-python|" + re.escape(sys.executable), "PYTHON", text)


@pytest.mark.parametrize("subject", TASKS)
def test_both_ways_are_the_same(
    with_registry: Contoso, ansible: Ansible, control: Control, tmp_path: pathlib.Path, subject: str
) -> None:
    # or else diagnose tells how many seconds ago the role was given
    control.advance(700)
    tasks = [{"ignore_errors": True, **task} for task in TASKS[subject]]
    here, there = _both(ansible, control, tmp_path, tasks, environment={"AZURE_TENANT": "{{ '' }}"})
    assert {task["task"] for task in here.tasks} == {task["name"] for task in tasks}, here.output
    assert [task["task"] for task in here.tasks] == [task["task"] for task in there.tasks]
    for one, other in zip(here.tasks, there.tasks, strict=True):
        assert _same(one) == _same(other), one["task"]
    assert _same(here.output) == _same(there.output)
    assert _asked(here) == _asked(there)
    assert "hidden-value" not in here.output + json.dumps(here.tasks)


def _asked(run: Run) -> list[str]:
    """What was asked for, in any order: some requests are made side by side."""
    return sorted(f"{request['method']} {request['host']}{request['path']}" for request in run.requests)


def test_a_backup_goes_to_the_same_place_with_the_same_rights(
    with_registry: Contoso, ansible: Ansible, control: Control, tmp_path: pathlib.Path
) -> None:
    task = {KEY: {**CMK, "backup_file": "~/{{ ansible_python_interpreter | basename }}"}}
    home = tmp_path / "elsewhere"
    home.mkdir()
    runs = _both(ansible, control, tmp_path, [task], environment={"HOME": str(home)})
    assert all(run.ok for run in runs), runs[0].output + runs[1].output
    assert sorted(path.name for path in home.iterdir() if path.is_file()) == sorted(
        ["another-python", pathlib.Path(sys.executable).name]
    )
    assert {path.stat().st_mode & 0o777 for path in home.iterdir() if path.is_file()} == {0o600}


def test_environments_of_play_block_role_and_task(with_registry: Contoso, ansible: Ansible) -> None:
    """The innermost counts, and the next task has its own again."""

    def task(digit: str = "", **keywords: typing.Any) -> dict:
        variables = {"AZURE_SUBSCRIPTION_ID": f"{{{{ '{digit}' * 8 }}}}-0000-0000-0000-000000000000"} if digit else {}
        return {"ignore_errors": True, "environment": variables, **keywords}

    role = ansible.folder / "roles" / "here" / "tasks" / "main.yml"
    role.parent.mkdir(parents=True)
    role.write_text(yaml.safe_dump([{"name": "In a role", INFO: PLACE}]), encoding="utf-8")
    include = {"ansible.builtin.include_role": {"name": "here", "apply": task("4")}}
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        **task("1"),
        "tasks": [
            task(**{INFO: PLACE}),
            task("2", block=[task(**{INFO: PLACE}), task("3", **{INFO: PLACE})]),
            include,
            task(**{INFO: PLACE}),
        ],
    }
    path = ansible.folder / "environments.yml"
    path.write_text(yaml.safe_dump([play]), encoding="utf-8")
    run = ansible.playbook(str(path))
    subscriptions = [request["path"].split("/")[2] for request in run.azure]
    assert [subscription[0] for subscription in subscriptions] == ["1", "2", "3", "4", "1"], run.output


# --- the end of a task ------------------------------------------------------------------------------------------------


@pytest.fixture
def slow_rotation(with_registry: Contoso, direct: Direct, control: Control) -> dict[str, typing.Any]:
    """A task that rotates the keys of two registries in two vaults, both of which answer late."""
    tasks = [
        *with_registry.vault_tasks("second-kv", "second-id"),
        with_registry.registry_task(
            "secondacr", key_identifier="https://second-kv.vault.azure.net/keys/cmk", identity="second-id"
        ),
    ]
    for task in tasks:
        ((module, options),) = task.items()
        result = direct(module.rsplit(".", 1)[-1], **options)
        assert not result.get("failed"), result
    control.forget_requests()
    control.fault(method="POST", path="/keys/cmk/rotate", delay=LATE, times=0, when="after")
    return {ROTATE: {"registries": ["contosoacr", "secondacr"], "max_age": "0d"}}


#: Seconds until a vault answers, and until the task is to be over: a module needs some to start on a busy machine.
LATE, OVER = 30.0, {"here": 6, "there": 14}


def _processes(folder: pathlib.Path) -> list[int]:
    """The processes that a run in a folder has left."""
    pids = []
    for path in pathlib.Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if f"HOME={folder}\0".encode() in path.read_bytes():
                pids.append(int(path.parent.name))
    return pids


def _begun(control: Control, folder: pathlib.Path, since: int) -> list[str]:
    """The requests that came when a run was over, of whatever process it has left."""
    deadline = time.monotonic() + 2 * LATE
    while _processes(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _processes(folder)
    return [f"{entry['method']} {entry['path']}" for entry in control.requests(since)]


@pytest.mark.parametrize("way", ["here", "there"])
def test_nothing_begins_after_a_time_out(
    slow_rotation: dict, ansible: Ansible, control: Control, tmp_path: pathlib.Path, way: str
) -> None:
    python = sys.executable if way == "here" else _another(tmp_path)
    flags = ["-e", json.dumps({"ansible_python_interpreter": python})]
    run = ansible.tasks({**slow_rotation, "timeout": OVER[way]}, flags=flags)
    assert f"Timed out after {OVER[way]} second(s)" in run.output
    assert "begins nothing more" in run.output
    rotations = [entry for entry in run.requests if entry["fault"]]
    # it did not wait for the answers
    assert [entry["status"] for entry in rotations] == [0, 0], run.requests
    # a fork is ended at once, a module ends itself when its request has been answered
    assert way == "there" or not _processes(ansible.folder)
    assert _begun(control, ansible.folder, run.requests[-1]["number"]) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_nothing_begins_after_a_signal(
    slow_rotation: dict, ansible: Ansible, control: Control, number: signal.Signals
) -> None:
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [slow_rotation]}
    (ansible.folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    output = ansible.folder / "output"
    with output.open("w") as stream:
        process = subprocess.Popen(
            ansible.command("play.yml", {}),
            cwd=ansible.folder,
            env=ansible.environment,
            stdout=stream,
            stderr=stream,
        )
    while process.poll() is None and sum(bool(entry["fault"]) for entry in control.requests()) < 2:
        time.sleep(0.05)
    workers = descendants(process.pid)
    # a worker and its fork
    assert len(workers) == 2, output.read_text(encoding="utf-8")
    process.send_signal(number)
    process.wait(timeout=LATE)
    assert _begun(control, ansible.folder, control.mark()) == []


# --- why a task is a module's -----------------------------------------------------------------------------------------


def _reasons(run: Run) -> list[str]:
    return re.findall(r"runs as a module: (.*)\.$", run.output, re.MULTILINE)


def test_why_a_task_runs_as_a_module_is_said(with_registry: Contoso, ansible: Ansible, tmp_path: pathlib.Path) -> None:
    python = _another(tmp_path)
    local = {"ansible_connection": "local"}
    become = {"ansible_become_method": "ansible.builtin.su", "ansible_become_flags": "-c false"}
    hosts = {
        "localhost": {**local, **become, "ansible_python_interpreter": sys.executable},
        "other": {**local, "ansible_python_interpreter": python},
        "bare": local,
    }
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    # an option that is not there: what a module says of it costs no request
    task = {INFO: {"nmae": 1}, "ignore_errors": True}
    reasons = {
        "the task is asynchronous": {"async": 30, "poll": 1},
        "it becomes another user by ": {"become": True},
        "its connection is ssh": {
            "vars": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 9}
        },
        "it sets LC_ALL, which": {"environment": {"LC_ALL": "C.UTF-8"}},
        f"its Python is {python}, and": {"delegate_to": "other"},
        "ansible_python_interpreter is not set": {"delegate_to": "bare"},
    }
    cases = [{**task, "ignore_unreachable": True, "name": name, **more} for name, more in reasons.items()]
    here = [{**task, "name": "home", "delegate_to": "localhost"}, {**task, "name": "here"}]
    run = ansible.tasks(*here, *cases, flags=["-vvv", "-i", str(inventory)], play={"vars": {}})
    said = _reasons(run)
    assert len(said) == len(reasons), run.output
    for reason, line in zip(reasons, said, strict=True):
        assert line.startswith(reason)


def test_a_missing_library_is_said(with_registry: Contoso, ansible: Ansible, tmp_path: pathlib.Path) -> None:
    broken = tmp_path / "broken" / "requests"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('no such thing')\n", encoding="utf-8")
    run = ansible.tasks({INFO: REGISTRY}, flags=["-vvv"], environment={"PYTHONPATH": str(broken.parent)})
    (reason,) = _reasons(run)
    assert reason.startswith("The Python library ")
    assert "no such thing" in reason
    assert "no such thing" in run.last["msg"]


def test_on_macos_the_module_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "macOS" in (_obstacle.obstacle(types.SimpleNamespace(), {}, []) or "")  # type: ignore[arg-type]


# --- what a module has of its own -------------------------------------------------------------------------------------


def test_the_controller_s_log_is_not_the_sdk_s(
    with_registry: Contoso, ansible: Ansible, tmp_path: pathlib.Path
) -> None:
    log = tmp_path / "ansible.log"
    run = ansible.tasks({INFO: REGISTRY}, environment={"ANSIBLE_LOG_PATH": str(log)})
    assert run.ok, run.output
    assert "contosoacr" not in log.read_text(encoding="utf-8")


def test_what_is_waited_for_is_hidden_with_the_task(with_vault: Contoso, ansible: Ansible, control: Control) -> None:
    control.settings(role_spread_seconds=9)
    late = {"vault": "contoso-kv", "identity": "late-id", **PLACE}
    run = ansible.tasks(
        {"ownkey.acr.managed_identity": {"name": "late-id", "location": "westeurope", **PLACE}},
        {"ownkey.acr.keyvault_key_access": late},
        {**with_vault.registry_task(identity="late-id"), "no_log": True},
        flags=["-v"],
    )
    assert run.ok, run.output
    assert "Waiting for" not in run.output
