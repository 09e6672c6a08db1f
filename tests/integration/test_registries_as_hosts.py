# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks on ``hosts: registries`` as on localhost, with forks, and in slices as AWX cuts them."""

from __future__ import annotations

import concurrent.futures
import json
import pathlib
import shutil
import subprocess
import sys
import typing

import ansible_runner
import pytest
import yaml
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.fleet import copy_registry
from support.playbooks import Ansible, Run

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(sys.executable).parent
HOSTS = {"acr_cmk_hosts": "registries"}
NAMES = ["contosoacr", "fabrikamacr", "northwindacr", "tailspinacr"]


@pytest.fixture
def fleet(with_registry: Contoso, ansible: Ansible, control: Control) -> str:
    """Four registries under one key, 100 days old; the inventory's file."""
    control.advance(100 * 86400)
    state = control.state()
    (first,) = state["data"]["registries"].values()
    for name in NAMES[1:]:
        copy_registry(state, first, name)
    control.load(state)
    path = ansible.folder / "fleet.acr.yml"
    path.write_text("plugin: ownkey.acr.registries\nencrypted_only: true\n", encoding="utf-8")
    return str(path)


def versions(control: Control) -> int:
    (key,) = control.state()["data"]["keys"]["contoso-kv"].values()
    return len(key["versions"])


def on_hosts(ansible: Ansible, playbook: str, fleet: str, *flags: str, **variables: object) -> Run:
    return ansible.playbook(f"ownkey.acr.{playbook}", {**HOSTS, **variables}, "-i", fleet, "--forks", "4", *flags)


def test_every_playbook_runs_on_registries_as_on_localhost(fleet: str, ansible: Ansible, control: Control) -> None:
    # what AWX sends for a question that nobody answered
    empty = {"acr_cmk_registry": "", "acr_cmk_resource_group": "", "acr_cmk_subscription_id": None}
    rotated = on_hosts(ansible, "rotate", fleet, acr_cmk_pick_up="nudge", **empty)
    assert rotated.ok, rotated.output
    assert versions(control) == 2
    rows = [one["result"]["registries"][0] for one in rotated.tasks if "cmk_rotate" in one["action"]]
    assert sorted(row["name"] for row in rows) == NAMES
    assert len({row["key_version_after"] for row in rows}) == 1
    found = on_hosts(ansible, "diagnose", fleet, acr_cmk_fail_on="warning")
    assert found.ok, found.output
    revoked = on_hosts(
        ansible, "revoke", fleet, "--limit", "fabrikamacr", acr_cmk_confirm="fabrikamacr", acr_cmk_revoke_by=""
    )
    assert not revoked.ok
    # the others have the same key, which on localhost is asked for too
    assert "northwindacr" in revoked.output
    restored = on_hosts(ansible, "restore", fleet)
    assert restored.ok, restored.output
    assert restored.changed == []


def test_create_on_a_registry_of_the_inventory_leaves_it_as_it_is(fleet: str, ansible: Ansible) -> None:
    again = on_hosts(ansible, "create", fleet, "--check", "--limit", "fabrikamacr")
    assert again.ok, again.output
    names = {
        one["result"].get("registry", {}).get("name") for one in again.tasks if "acr_cmk_registry" in one["action"]
    }
    assert names <= {"fabrikamacr", None}


def test_hosts_that_are_not_there_are_no_success(fleet: str, ansible: Ansible, control: Control) -> None:
    control.fault(
        method="GET",
        path="/subscriptions/.*registries",
        times=0,
        status=403,
        body={"error": {"code": "AuthorizationFailed", "message": "No."}},
    )
    failed = on_hosts(ansible, "rotate", fleet)
    assert not failed.ok
    assert "The inventory would not be whole" in failed.output
    assert "acr_cmk_hosts: no host of the inventory matches registries" in failed.output.replace("\n", " ")
    control.clear_faults()
    mistyped = ansible.playbook("ownkey.acr.rotate", {"acr_cmk_hosts": "registry"}, "-i", fleet)
    assert not mistyped.ok
    assert "matches registry" in mistyped.output.replace("\n", " ")
    assert mistyped.writes == []


class Slices:
    """An inventory as AWX has imported it, and jobs with every nth host of it."""

    def __init__(self, folder: pathlib.Path, azure: LocalAzure, ansible: Ansible, fleet: str) -> None:
        command = [str(BIN / "ansible-inventory"), "-i", fleet, "--list", "--export"]
        done = subprocess.run(command, env=ansible.environment, capture_output=True, text=True, check=True)
        self._imported = json.loads(done.stdout)
        self._folder, self._environment = folder, ansible.environment

    def inventory(self, number: int, count: int) -> dict[str, typing.Any]:
        """What AWX hands to the job of a slice: every host whose place in the list of names is its own."""
        own = sorted(self._imported["_meta"]["hostvars"])[number::count]
        cut = json.loads(json.dumps(self._imported))
        for name in [name for name in cut if name != "_meta"]:
            if "hosts" in cut[name]:
                cut[name]["hosts"] = [host for host in cut[name]["hosts"] if host in own]
        cut["_meta"]["hostvars"] = {host: values for host, values in cut["_meta"]["hostvars"].items() if host in own}
        return typing.cast("dict[str, typing.Any]", cut)

    def job(self, playbook: str, number: int, count: int, answers: dict[str, typing.Any]) -> typing.Any:
        private = self._folder / f"slice{number}"
        shutil.copytree(ROOT / "docs" / "examples" / "awx-project", private / "project")
        (private / "inventory").mkdir()
        script = private / "inventory" / "hosts"
        script.write_text(
            f"#!/bin/sh\ncat <<'END'\n{json.dumps(self.inventory(number, count))}\nEND\n", encoding="utf-8"
        )
        script.chmod(0o755)
        (private / "home").mkdir()
        return ansible_runner.run(
            private_data_dir=str(private),
            playbook=f"{playbook}.yml",
            extravars=answers,
            envvars={**self._environment, "HOME": str(private / "home"), "ANSIBLE_CALLBACK_PLUGINS": ""},
            quiet=True,
        )


def test_two_slices_share_the_work(
    fleet: str, ansible: Ansible, azure: LocalAzure, control: Control, tmp_path: pathlib.Path
) -> None:
    slices = Slices(tmp_path, azure, ansible, fleet)
    shares = [slices.inventory(number, 2)["registries"]["hosts"] for number in (0, 1)]
    assert shares == [NAMES[0::2], NAMES[1::2]]
    answers = {**HOSTS, "acr_cmk_pick_up": "nudge", "acr_cmk_registry": ""}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        jobs = list(pool.map(lambda number: slices.job("rotate", number, 2, answers), (0, 1)))
    for share, job in zip(shares, jobs, strict=True):
        assert job.status == "successful", job.stdout.read()
        (last,) = (event for event in job.events if event["event"] == "playbook_on_stats")
        results = last["event_data"]["artifact_data"]["acr_cmk_rotate_results"]
        assert sorted(results) == share
        for name, result in results.items():
            assert [row["name"] for row in result["registries"]] == [name]
    # from two controllers at most one version too many
    assert versions(control) in (2, 3)
    assert all(one["readable"] for one in control.registries().values())


def test_the_example_is_an_inventory(ansible: Ansible) -> None:
    path = ROOT / "docs" / "examples" / "fleet.acr.yml"
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["plugin"] == "ownkey.acr.registries"
