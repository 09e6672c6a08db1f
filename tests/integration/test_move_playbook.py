# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The move as its user runs it: a check, copies, the end; killed on the way and run again."""

from __future__ import annotations

import json
import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.direct import Direct
from support.movers import NEW, OLD, Movers
from support.playbooks import Ansible, Run

MOVE: dict[str, typing.Any] = {
    "acr_cmk_move_from": OLD,
    "acr_cmk_registry": NEW,
    "acr_cmk_resource_group": "contoso",
}
FINISH = {**MOVE, "acr_cmk_move_finish": True}


@pytest.fixture
def movers(azure: LocalAzure, direct: Direct, control: Control) -> Movers:
    direct("resource_group", name="contoso", location="westeurope")
    return Movers(azure, direct, control)


def told(run: Run) -> dict[str, typing.Any]:
    assert run.ok, run.output
    return typing.cast("dict[str, typing.Any]", run.result("Result")["ansible_facts"]["acr_cmk_move_result"])


def test_three_commands(movers: Movers, ansible: Ansible) -> None:
    movers.everything()
    foreseen = ansible.playbook("ownkey.acr.move", MOVE, "--check")
    assert (told(foreseen)["changed"], foreseen.writes) == (True, [])
    assert "Would move oldacr to contosoacr" in foreseen.output
    assert "az lock list" in foreseen.output
    first = ansible.playbook("ownkey.acr.move", MOVE)
    assert (told(first)["verified"], told(first)["plan"]) == (True, told(foreseen)["plan"])
    assert movers.same()
    last = ansible.playbook("ownkey.acr.move", FINISH)
    assert (told(last)["moved"], told(last)["changed"]) == (True, True)
    again = ansible.playbook("ownkey.acr.move", FINISH)
    assert (told(again)["moved"], told(again)["changed"], again.changed, again.writes) == (True, False, [], [])
    registry = movers.clients.registries.get("contoso", NEW)
    assert registry.encryption.status == "enabled"


@pytest.mark.parametrize("number", [8, 14, 22])
def test_killed_at_a_write_and_run_again(movers: Movers, ansible: Ansible, number: int) -> None:
    movers.everything()
    killed = ansible.killed_at_write(number, "ownkey.acr.move", FINISH)
    assert killed or number > 18
    result = ansible.playbook("ownkey.acr.move", FINISH)
    assert told(result)["moved"]
    for name in ("team/app", "a-b.c_d__e/f0/g---h"):
        assert movers.contents(NEW)[name]
    again = ansible.playbook("ownkey.acr.move", FINISH)
    assert (again.changed, again.writes) == ([], [])


def test_what_cannot_come_along_is_refused_before_a_vault_is_made(movers: Movers, ansible: Ansible) -> None:
    image = movers.old.image("app", "v1")
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": image.digest, "size": 1}
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [entry] * 51}
    movers.old.put("app", "large", json.dumps(index).encode(), str(index["mediaType"]))
    run = ansible.playbook("ownkey.acr.move", MOVE)
    assert (run.ok, run.writes) == (False, [])
    assert "acr_cmk_move_leave_behind" in run.output
    assert told(ansible.playbook("ownkey.acr.move", {**MOVE, "acr_cmk_move_leave_behind": "large_indexes"}))["verified"]


def test_variables_that_are_missing_are_named_in_one_sentence(ansible: Ansible) -> None:
    run = ansible.playbook("ownkey.acr.move")
    assert not run.ok
    assert "needs acr_cmk_move_from, acr_cmk_registry and acr_cmk_resource_group" in run.output
