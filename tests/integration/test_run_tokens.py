# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sign-in for each scope of a run, however many tasks, hosts and forks it has."""

from __future__ import annotations

import pathlib
import sys
import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct
from support.playbooks import Ansible, Run

REGISTRY = {"ownkey.acr.acr_cmk_registry_info": {"name": "contosoacr", "resource_group": "contoso"}}
KEY = {"ownkey.acr.keyvault_rsa_key_info": {"vault": "contoso-kv", "name": "cmk"}}
#: Of Resource Manager and of the vault.
SCOPES = 2
OFF = "OWNKEY_ACR_SHARE_TOKENS"


def _sign_ins(requests: list[dict[str, typing.Any]]) -> int:
    return sum(request["service"] == "login" and request["method"] == "POST" for request in requests)


def _shell(script: str) -> dict[str, typing.Any]:
    return {"ansible.builtin.shell": f"cd ~/.ansible/tmp/ansible-local-*/ownkey.acr && {script}"}


def _fleet(ansible: Ansible, *tasks: dict[str, typing.Any], forks: int = 3, **environment: str | None) -> Run:
    """A play of tasks on three hosts that are all this one."""
    playbook, *flags = ansible.on_hosts("one two three", *tasks)
    run = ansible.playbook(playbook, None, *flags, "--forks", str(forks), environment=environment)
    assert run.ok, run.output
    return run


@pytest.mark.parametrize("forks", [1, 3])
def test_a_run_signs_in_once_for_each_scope(with_registry: Contoso, ansible: Ansible, forks: int) -> None:
    run = _fleet(ansible, REGISTRY, KEY, REGISTRY, KEY, forks=forks)
    assert _sign_ins(run.requests) == SCOPES
    # a vault's first challenge is none of it
    assert not [request for request in run.requests if request["status"] == 401 and request["service"] != "vault"]


def test_it_can_be_turned_off(with_registry: Contoso, ansible: Ansible) -> None:
    off = {name: {**options, "share_tokens": False} for name, options in REGISTRY.items()}
    assert _sign_ins(_fleet(ansible, off, off).requests) == 6
    assert _sign_ins(_fleet(ansible, REGISTRY, REGISTRY, **{OFF: "no"}).requests) == 6


def test_a_variable_that_says_neither_is_named(ansible: Ansible) -> None:
    run = ansible.tasks(REGISTRY, environment={OFF: "perhaps"})
    assert run.last["failure"]["parameter"] == "share_tokens"
    assert f"{OFF} is 'perhaps'" in run.last["msg"]
    assert not run.requests


def test_a_module_of_its_own_shares_them_too(with_registry: Contoso, ansible: Ansible, tmp_path: pathlib.Path) -> None:
    launcher = tmp_path / "another-python"
    launcher.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="utf-8")
    launcher.chmod(0o755)
    module = {**REGISTRY, "vars": {"ansible_python_interpreter": str(launcher)}}
    assert _sign_ins(ansible.tasks(module, REGISTRY, module).requests) == 1


def test_a_task_s_own_environment_leads_nowhere_else(
    with_registry: Contoso, ansible: Ansible, tmp_path: pathlib.Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir(mode=0o700)
    elsewhere = {"OWNKEY_ACR_RUN_FOLDER": str(folder)}
    run = ansible.tasks({**REGISTRY, "environment": elsewhere}, REGISTRY, environment=elsewhere)
    assert _sign_ins(run.requests) == 1
    assert not list(folder.iterdir())


def test_neither_an_asynchronous_task_nor_another_host_s_has_them(with_registry: Contoso, ansible: Ansible) -> None:
    run = ansible.tasks(REGISTRY, {**REGISTRY, "async": 60, "poll": 1})
    assert run.ok, run.output
    assert _sign_ins(run.requests) == 2


def test_a_token_that_is_refused_is_replaced_for_all(
    with_registry: Contoso, ansible: Ansible, azure: LocalAzure
) -> None:
    later = {
        "ansible.builtin.uri": {
            "url": f"{azure.url}/clock",
            "method": "POST",
            "body_format": "json",
            "body": {"advance": 2 * 3600},
        },
        "run_once": True,
    }
    run = _fleet(ansible, REGISTRY, later, REGISTRY, REGISTRY, forks=1)
    assert _sign_ins(run.requests) == 2
    assert [request["status"] for request in run.requests if request["service"] != "login"].count(401) == 1


def test_a_damaged_file_is_passed_over_and_replaced(with_registry: Contoso, ansible: Ansible) -> None:
    damage = _shell("for file in *.token; do echo x > $file; done")
    run = ansible.tasks(REGISTRY, damage, REGISTRY, REGISTRY)
    assert run.ok, run.output
    assert _sign_ins(run.requests) == 2


def test_the_folder_is_closed_and_goes_with_the_run(with_registry: Contoso, ansible: Ansible) -> None:
    run = ansible.tasks(REGISTRY, KEY, _shell("stat -c '%a' . *") | {"register": "look"})
    # of each token there is the lock, too
    assert run.last["stdout_lines"] == ["700", *["600"] * 2 * SCOPES]
    assert not list(ansible.folder.glob(".ansible/tmp/*"))


def test_two_who_sign_in_in_one_play_have_each_their_own(
    with_registry: Contoso, ansible: Ansible, control: Control
) -> None:
    stranger = control.principal("stranger")
    theirs = {
        name: {**options, "client_id": stranger["client_id"], "secret": stranger["secret"]}
        for name, options in REGISTRY.items()
    }
    run = ansible.tasks(REGISTRY, {**theirs, "ignore_errors": True}, REGISTRY, {**theirs, "ignore_errors": True})
    registries = [len(task["result"].get("registries") or []) for task in run.tasks]
    assert registries == [1, 0, 1, 0], run.output
    assert _sign_ins(run.requests) == 2


def test_each_way_to_sign_in_has_its_own(
    with_registry: Contoso, direct: Direct, control: Control, azure: LocalAzure, tmp_path: pathlib.Path
) -> None:
    files, folder = control.credentials(), tmp_path / "run"
    folder.mkdir(mode=0o700)
    identity = {"IDENTITY_ENDPOINT": f"{azure.url}/msi/token", "IDENTITY_HEADER": files["identity_header"]}
    task = Direct({**direct.environment, **identity, "OWNKEY_ACR_RUN_FOLDER": str(folder)}, direct.clock)
    by_secret: dict[str, typing.Any] = {}
    by_certificate = {"x509_certificate_path": files["certificate"]}
    by_token = {"auth_source": "workload_identity", "federated_token_file": files["federated_token_file"]}
    ways, counts = [by_secret, by_certificate, by_token], []
    for way in [*ways, *ways]:
        mark = control.mark()
        result = task("resource_group", name="contoso", **way)
        assert not result.get("failed"), result
        counts.append(_sign_ins(control.requests(mark)))
    assert counts == [1, 1, 1, 0, 0, 0]
    assert len(list(folder.glob("*.token"))) == len(ways)
