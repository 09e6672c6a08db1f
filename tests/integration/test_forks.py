# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many hosts of one play at once, and two controllers: what they share is made once, whoever comes second finds it."""

from __future__ import annotations

import concurrent.futures
import copy
import typing

import pytest
import yaml
from local_azure.client import Control
from support.contoso import Contoso
from support.playbooks import Ansible, Run

LATENCY = 0.1


def twins(control: Control, count: int) -> list[str]:
    """As many registries as the one that is there, on the same key."""
    state = control.state()
    registries = state["data"]["registries"]
    ((key, made),) = list(registries.items())
    for number in range(count):
        name = f"twin{number:02}acr"
        twin = copy.deepcopy(made)
        twin["name"], twin["id"] = name, made["id"].replace(made["name"], name)
        registries[key.replace(made["name"], name)] = twin
    del registries[key]
    control.load(state)
    return [f"twin{number:02}acr" for number in range(count)]


def play(ansible: Ansible, role: str, hosts: dict[str, dict[str, typing.Any]], forks: int, **shared: typing.Any) -> Run:
    """One play of a role on many hosts, which are all this very machine."""
    inventory = ansible.folder / "hosts.yml"
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": {**local, **shared}}}), encoding="utf-8")
    path = ansible.folder / "hosts-play.yml"
    plays = [{"hosts": "all", "gather_facts": False, "roles": [f"ownkey.acr.{role}"]}]
    path.write_text(yaml.safe_dump(plays), encoding="utf-8")
    return ansible.playbook(str(path), None, "--inventory", str(inventory), "--forks", str(forks))


def versions(control: Control, key: str = "cmk") -> int:
    """How many versions a key has."""
    (keys,) = control.state()["data"]["keys"].values()
    return len(keys[key]["versions"])


def in_use(ansible: Ansible, names: typing.Sequence[str]) -> set[str]:
    """The key versions that registries report."""
    run = ansible.module("acr_cmk_registry_info", subscriptions=["all"])
    rows = {row["name"]: row["encryption"]["key_version"] for row in run.last["registries"]}
    return {rows[name] for name in names}


@pytest.mark.parametrize(("mode", "max_age"), [("manual", "90d"), ("automatic", "90d"), ("manual", "0d")])
def test_ten_hosts_rotate_one_key_once(
    with_registry: Contoso, ansible: Ansible, control: Control, mode: str, max_age: str
) -> None:
    if mode == "manual":
        assert ansible.module("cmk_rotate", registries=["contosoacr"], rotation_mode="manual").ok
    names = twins(control, 10)
    control.advance(91 * 86400)
    before = versions(control)
    control.settings(latency_seconds=LATENCY)
    hosts = {name: {"acr_cmk_registry": name} for name in names}
    run = play(ansible, "rotate", hosts, 10, acr_cmk_resource_group="contoso", acr_cmk_max_age=max_age)
    assert run.ok, run.output
    assert versions(control) == before + 1
    assert len(in_use(ansible, names)) == 1
    assert all(known["readable"] for known in control.registries().values())


def test_five_hosts_create_with_one_vault_key_and_assignment(ansible: Ansible, control: Control) -> None:
    control.settings(latency_seconds=LATENCY)
    hosts = {f"host{number}": {"acr_cmk_registry": f"fork{number}acr"} for number in range(5)}
    shared = {
        "acr_cmk_resource_group": "contoso",
        "acr_cmk_location": "westeurope",
        "acr_cmk_vault": "contoso-kv",
        "acr_cmk_key": "shared",
        "acr_cmk_identity": "shared-id",
    }
    run = play(ansible, "create", hosts, 5, **shared)
    assert run.ok, run.output
    state = control.state()["data"]
    assert (len(state["registries"]), len(state["vaults"]), len(state["identities"])) == (5, 1, 1)
    assert versions(control, "shared") == 1
    (identity,) = state["identities"].values()
    own = [one for one in state["assignments"].values() if one["principal"] == identity["principal_id"]]
    assert len(own) == 1
    again = play(ansible, "create", hosts, 5, **shared)
    assert again.ok, again.output
    assert not again.writes


@pytest.mark.parametrize("max_age", ["90d", "0d"])
def test_two_controllers_rotate_at_once(
    with_registry: Contoso, ansible: Ansible, control: Control, tmp_path: typing.Any, max_age: str
) -> None:
    """At most one version too many, and both end well."""
    assert ansible.module("cmk_rotate", registries=["contosoacr"], rotation_mode="manual").ok
    names = twins(control, 5)
    control.advance(91 * 86400)
    before = versions(control)
    control.settings(latency_seconds=LATENCY, operation_seconds=2.0)
    other = Ansible(tmp_path, {**ansible.environment, "LOCAL_AZURE_URL": ansible.environment["LOCAL_AZURE_URL"]})
    variables = {"acr_cmk_registries": names, "acr_cmk_resource_group": "contoso", "acr_cmk_max_age": max_age}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        runs = list(pool.map(lambda one: one.playbook("ownkey.acr.rotate", variables), [ansible, other]))
    assert all(run.ok for run in runs), [run.output for run in runs]
    assert versions(control) - before in (1, 2)
    assert len(in_use(ansible, names)) == 1
