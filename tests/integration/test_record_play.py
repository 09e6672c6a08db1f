# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records of real plays: forks that write at once, what the playbook and AWX say, and the roles."""

from __future__ import annotations

import json
import pathlib
import typing

from ansible_collections.ownkey.acr.plugins.module_utils._rules.record import chain
from support.playbooks import Ansible

HOSTS = "one two three four"


def lines(path: pathlib.Path) -> list[dict[str, typing.Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def is_right(path: pathlib.Path) -> bool:
    look = chain.verification(*chain.split(path.read_bytes()))
    return look.is_right and not look.open


def test_forks_write_one_record_and_say_whose_they_are(ansible: Ansible, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "record.jsonl"
    group = {"name": "group-{{ inventory_hostname }}", "location": "westeurope", "record": str(path)}
    playbook, *flags = ansible.on_hosts(
        HOSTS, {"ownkey.acr.resource_group": group}, {"ownkey.acr.resource_group": {**group, "tags": {"a": "b"}}}
    )
    awx = {"awx_job_id": 42, "awx_user_name": "alice", "awx_job_template_name": "{{ 7 * 7 }}"}
    run = ansible.playbook(playbook, awx, *flags, "--forks", "4")
    assert run.ok, run.output
    records = lines(path)
    assert len(records) == 16
    assert is_right(path)
    origins = [record["origin"] for record in records]
    assert len({origin["run"] for origin in origins}) == 1
    assert len({origin["task"] for origin in origins}) == 8
    assert {origin["host"] for origin in origins} == set(HOSTS.split())
    assert {origin["playbook"] for origin in origins} == {playbook}
    assert {(origin["awx_job"], origin["awx_user"]) for origin in origins} == {("42", "alice")}
    # a name is a name, whatever stands in it
    assert "49" not in {origin["awx_template"] for origin in origins}
    assert all(origin["controller"] for origin in origins)


def test_a_role_records_all_that_it_makes_and_a_module_elsewhere_says_the_same(
    ansible: Ansible, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "record.jsonl"
    variables = {
        "acr_cmk_registry": "contosoacr",
        "acr_cmk_resource_group": "contoso",
        "acr_cmk_location": "westeurope",
        "acr_cmk_record": str(path),
    }
    made = ansible.playbook("ownkey.acr.create", variables)
    assert made.ok, made.output
    modules = [record["module"] for record in lines(path)[::2]]
    assert modules[0] == "resource_group"
    assert {"keyvault", "managed_identity", "keyvault_rsa_key", "keyvault_key_access", "acr_cmk_registry"} <= set(
        modules
    )
    assert len({record["origin"]["run"] for record in lines(path)}) == 1
    assert is_right(path)
    # a process of its own, as on another host
    rotate = {"registries": ["contosoacr"], "max_age": "0d", "record": str(path)}
    verify = {"record": str(path), "head": "{{ rotation.record.head }}"}
    other = ansible.tasks(
        {"ownkey.acr.cmk_rotate": rotate, "environment": {"PYTHONUTF8": "1"}, "register": "rotation"},
        {"ownkey.acr.record_verify": verify},
    )
    assert other.ok, other.output
    assert other.last["verified"]
    last = lines(path)[-1]
    assert last["origin"]["playbook"]
    assert last["origin"]["host"] == "localhost"
    assert is_right(path)
