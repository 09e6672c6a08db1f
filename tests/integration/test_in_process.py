# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task in the controller's process is the module's task: the same result, the same output, the same requests."""

from __future__ import annotations

import json
import pathlib
import re
import sys
import typing

import pytest
from local_azure.client import Control
from support.contoso import Contoso
from support.playbooks import Ansible, Run

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
        {"name": "of each item", GROUP: {"name": "{{ item }}"}, "no_log": True, "loop": ["contoso", HIDDEN]},
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
    return [f"{request['method']} {request['host']}{request['path']}" for request in run.requests]
