# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All playbooks with each set of SDK packages on each Python, every task in the controller's own process."""

from __future__ import annotations

import re
import typing

from ansible_collections.ownkey.acr.plugins.module_utils._rules.record import chain
from local_azure.client import Control
from local_azure.server import LocalAzure
from support import azurite
from support.direct import Direct
from support.movers import Movers

if typing.TYPE_CHECKING:
    import pytest
    from support.controller import Controller
    from support.playbooks import Run

CONTOSO = {"acr_cmk_registry": "contosoacr", "acr_cmk_resource_group": "contoso", "acr_cmk_location": "westeurope"}
HSM = {
    **CONTOSO,
    "acr_cmk_registry": "fabrikamacr",
    "acr_cmk_vault": "https://contosohsm.managedhsm.azure.net",
    "acr_cmk_grant_caller": True,
}


def as_modules(run: Run) -> list[str]:
    """The modules of the collection that ran as modules, read off what ``-vvv`` tells."""
    return re.findall(r"Using module file \S*/ownkey/acr/plugins/modules/(\w+)\.py", run.output)


def play(controller: Controller, name: str, variables: dict[str, typing.Any]) -> Run:
    """Run a playbook, which must succeed without leaving the process."""
    run = controller.playbook(f"ownkey.acr.{name}", variables, "-vvv")
    assert run.ok, run.output
    assert as_modules(run) == []
    return run


def test_all_playbooks_run_in_the_controller_s_process(controller: Controller, control: Control) -> None:
    assert play(controller, "create", CONTOSO).changed
    assert control.registries()["contosoacr"]["readable"]
    assert play(controller, "create", CONTOSO).writes == []
    control.advance(91 * 86400)
    assert play(controller, "rotate", CONTOSO).changed
    assert control.registries()["contosoacr"]["readable"]
    play(controller, "diagnose", CONTOSO)
    play(controller, "revoke", {**CONTOSO, "acr_cmk_confirm": "contosoacr"})
    assert not control.registries()["contosoacr"]["readable"]
    assert play(controller, "restore", CONTOSO).changed
    assert control.registries()["contosoacr"]["readable"]


def test_a_registry_is_moved(
    one_of_a_set: Controller, azure: LocalAzure, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in azure.environment.items():
        monkeypatch.setenv(name, value)
    direct = Direct(azure.environment)
    direct("resource_group", name="contoso", location="westeurope")
    movers = Movers(azure, direct, control)
    movers.everything()
    variables = {**CONTOSO, "acr_cmk_move_from": "oldacr", "acr_cmk_move_finish": True}
    assert play(one_of_a_set, "move", variables).changed
    assert play(one_of_a_set, "move", variables).writes == []


def test_a_record_stands_in_a_blob(one_of_a_set: Controller, azure: LocalAzure, control: Control) -> None:
    with azurite.running_or_skipped() as address:
        evidence = azurite.Evidence(azure, address, "records")
        control.grant(scope=evidence.account.id, role=evidence.CONTRIBUTOR, principal=azure.world.app()["oid"])
        play(one_of_a_set, "create", {**CONTOSO, "acr_cmk_record": evidence.place()})
        content = evidence.content()
    azure.world.accounts.clear()
    look = chain.verification(*chain.split(content))
    assert look.is_right
    assert not look.open
    steps = [step for one in look.records for step in one.intended]
    assert any("contosoacr in westeurope, encrypted with https://contosoacr-kv" in step for step in steps)


def test_a_managed_hsm_is_a_key_store_too(one_of_a_set: Controller, control: Control) -> None:
    controller = one_of_a_set
    control.managed_hsm("contosohsm")
    play(controller, "create", HSM)
    assert control.registries()["fabrikamacr"]["readable"]
    # that a module would be noticed
    task = {"ownkey.acr.acr_cmk_registry_info": {"name": "fabrikamacr", "resource_group": "contoso"}}
    run = controller.tasks({**task, "async": 60, "poll": 1}, flags=["-vvv"])
    assert run.ok, run.output
    assert as_modules(run) == ["acr_cmk_registry_info"]
    assert run.result("ownkey.acr.acr_cmk_registry_info")["registries"][0]["name"] == "fabrikamacr"
