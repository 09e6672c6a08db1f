# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vault whose firewall keeps a new registry out: the detour, and what is left of it afterwards."""

from __future__ import annotations

import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.direct import Direct
from support.playbooks import Ansible, Run

HERE = "203.0.113.10"
CONTOSO = {
    "acr_cmk_registry": "contosoacr",
    "acr_cmk_resource_group": "contoso",
    "acr_cmk_location": "westeurope",
    "acr_cmk_grant_caller": True,
}
CLOSED = {**CONTOSO, "acr_cmk_vault_firewall": "closed", "acr_cmk_vault_ip_rules": HERE}


@pytest.fixture
def closed_vault(azure: LocalAzure, direct: Direct) -> None:
    """Somebody's vault is there already, and closed."""
    rules = {"defaultAction": "Deny", "bypass": "AzureServices", "ipRules": [{"value": HERE}]}
    Clients(azure).vault("contosoacr-kv", networkAcls=rules, enablePurgeProtection=True)


def must_be_there(control: Control) -> dict[str, typing.Any]:
    """The registry reads its key in the closed vault as its own identity, and nothing temporary is left."""
    assert control.registries()["contosoacr"]["readable"]
    data = control.state()["data"]
    (registry,) = data["registries"].values()
    assert registry["encryption"]["identity"] == "system"
    assert registry["encryption"]["keyIdentifier"] == "https://contosoacr-kv.vault.azure.net/keys/contosoacr-cmk"
    (vault,) = data["vaults"].values()
    assert (vault["name"], vault["properties"]["networkAcls"]["defaultAction"]) == ("contosoacr-kv", "Deny")
    assert (data["identities"], data["deleted_vaults"], registry["user_identities"]) == ({}, {}, {})
    return registry


def create(ansible: Ansible, variables: dict[str, typing.Any]) -> Run:
    run = ansible.playbook("ownkey.acr.create", variables)
    assert run.ok, run.output
    return run


def test_a_new_vault_is_closed_once_the_registry_passes_it(ansible: Ansible, control: Control) -> None:
    foreseen = ansible.playbook("ownkey.acr.create", CLOSED, "--check")
    assert foreseen.ok, foreseen.output
    assert foreseen.writes == []
    assert "would go over to its system-assigned identity" in foreseen.output
    create(ansible, CLOSED)
    must_be_there(control)
    assert create(ansible, CLOSED).changed == []
    # what closed it once need not be said again
    assert create(ansible, CONTOSO).changed == []


@pytest.mark.usefixtures("closed_vault")
def test_a_closed_vault_is_reached_by_way_of_a_temporary_one(ansible: Ansible, control: Control) -> None:
    made = create(ansible, CONTOSO)
    must_be_there(control)
    assert any("vaults/contosoacr-tmp" in write for write in made.writes)
    again = create(ansible, CONTOSO)
    assert (again.changed, again.writes) == ([], [])


@pytest.mark.usefixtures("closed_vault")
@pytest.mark.parametrize("number", [3, 6, 10, 13])
def test_killed_on_the_way_it_ends_in_the_same_state_when_run_again(
    ansible: Ansible, control: Control, number: int
) -> None:
    assert ansible.killed_at_write(number, "ownkey.acr.create", CONTOSO)
    create(ansible, CONTOSO)
    must_be_there(control)


def test_a_registry_that_reaches_a_closed_vault_already_is_left_as_it_is(
    ansible: Ansible, control: Control, azure: LocalAzure, direct: Direct
) -> None:
    create(ansible, CONTOSO)
    control.settings(user_assigned_bypass=True)
    rules = {"defaultAction": "Deny", "bypass": "AzureServices", "ipRules": [{"value": HERE}]}
    Clients(azure).vaults.update("contoso", "contosoacr-kv", {"properties": {"networkAcls": rules}})
    again = create(ansible, CONTOSO)
    assert (again.changed, again.writes) == ([], [])
    # said in so many words, it goes over
    create(ansible, CLOSED)
    (registry,) = control.state()["data"]["registries"].values()
    assert registry["encryption"]["identity"] == "system"


def test_an_identity_that_was_named_is_nothing_temporary(ansible: Ansible, control: Control) -> None:
    create(ansible, {**CLOSED, "acr_cmk_identity": "contoso-id"})
    data = control.state()["data"]
    (registry,) = data["registries"].values()
    assert (registry["encryption"]["identity"], len(registry["user_identities"])) == ("system", 1)
    assert [one["name"] for one in data["identities"].values()] == ["contoso-id"]
