# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook create on something that is there: what was not said changes nothing."""

from __future__ import annotations

import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.contoso import Contoso
from support.direct import Direct
from support.playbooks import Ansible

CONTOSO = {"acr_cmk_registry": "contosoacr", "acr_cmk_resource_group": "contoso", "acr_cmk_location": "westeurope"}
PLACE = {"resource_group": "contoso"}


def done(direct: Direct, module: str, **options: typing.Any) -> dict[str, typing.Any]:
    result = direct(module, **options)
    assert not result.get("failed"), result["msg"]
    return result


@pytest.mark.parametrize("said", ["", "rbac"])
def test_a_vault_of_others_keeps_its_permission_model_region_and_tags(
    ansible: Ansible, azure: LocalAzure, direct: Direct, control: Control, said: str
) -> None:
    clients = Clients(azure)
    other = clients.identity("another-application")["properties"]["principalId"]
    policy = {"tenantId": clients.tenant, "objectId": other, "permissions": {"keys": ["get"], "secrets": ["get"]}}
    clients.vault("shared-kv", enableRbacAuthorization=False, accessPolicies=[policy], enablePurgeProtection=True)
    done(direct, "resource_group", name="contoso", tags={"team": "platform"})
    variables = {
        **CONTOSO,
        "acr_cmk_location": "northeurope",
        "acr_cmk_vault": "shared-kv",
        "acr_cmk_access": said,
        "acr_cmk_grant_caller": True,
        "acr_cmk_tags": {"team": "payments"},
    }
    foreseen = ansible.playbook("ownkey.acr.create", variables, "--check")
    assert foreseen.ok, foreseen.output
    assert foreseen.writes == []
    run = ansible.playbook("ownkey.acr.create", variables)
    assert run.ok, run.output
    assert run.changed == foreseen.changed
    (vault,) = control.state()["data"]["vaults"].values()
    assert vault["properties"]["enableRbacAuthorization"] is False
    assert other in {one["objectId"] for one in vault["properties"]["accessPolicies"]}
    assert not vault.get("tags")
    (group,) = control.state()["data"]["groups"].values()
    assert (group["location"], group["tags"]) == ("westeurope", {"team": "platform"})
    (registry,) = control.state()["data"]["registries"].values()
    assert (registry["location"], registry["tags"]) == ("northeurope", {"team": "payments"})
    assert ("acr_cmk_access is for a new one" in run.output) == bool(said)
    assert ansible.playbook("ownkey.acr.create", variables).changed == []


def test_a_registry_under_another_key_and_identity_keeps_them(
    with_registry: Contoso, ansible: Ansible, control: Control
) -> None:
    before = control.state()["data"]
    run = ansible.playbook("ownkey.acr.create", CONTOSO)
    assert run.ok, run.output
    assert (run.changed, run.writes) == ([], [])
    result = run.result("Result")["ansible_facts"]["acr_cmk_create_result"]
    assert result["registry"]["encryption"]["vault"] == "contoso-kv"
    assert control.state()["data"]["vaults"] == before["vaults"]
    # which vault would be closed is not clear
    closed = ansible.playbook("ownkey.acr.create", {**CONTOSO, "acr_cmk_vault_firewall": "closed"})
    assert "acr_cmk_vault: the registry contosoacr goes to the key cmk of contoso-kv" in closed.last["msg"]
    assert closed.writes == []
    # said in so many words, it moves
    moved = ansible.playbook("ownkey.acr.create", {**CONTOSO, "acr_cmk_vault": "contoso-kv2"})
    assert moved.ok, moved.output
    assert control.registries()["contosoacr"]["readable"]
    assert (
        moved.result("Result")["ansible_facts"]["acr_cmk_create_result"]["registry"]["encryption"]
        | {
            "vault": "contoso-kv2",
            "key": "contosoacr-cmk",
        }
        == (moved.result("Result")["ansible_facts"]["acr_cmk_create_result"]["registry"]["encryption"])
    )


@pytest.mark.parametrize("how", ["manual", "system"])
def test_a_registry_keeps_its_rotation_mode_and_its_identity(
    ansible: Ansible, direct: Direct, control: Control, how: str
) -> None:
    assert ansible.playbook("ownkey.acr.create", CONTOSO).ok
    to = {"registries": ["contosoacr"], **PLACE}
    if how == "manual":
        done(direct, "cmk_rotate", **to, rotation_mode="manual")
    else:
        enabled = done(direct, "acr_cmk_registry", name="contosoacr", **PLACE, system_assigned_identity=True)
        principal = enabled["registry"]["identity"]["principal_id"]
        done(direct, "keyvault_key_access", vault="contosoacr-kv", principal_id=principal, **PLACE)
        done(direct, "cmk_rotate", **to, identity="system")
    (before,) = control.state()["data"]["registries"].values()
    again = ansible.playbook("ownkey.acr.create", CONTOSO)
    assert again.ok, again.output
    assert (again.changed, again.writes) == ([], [])
    (after,) = control.state()["data"]["registries"].values()
    assert after["encryption"] == before["encryption"]


@pytest.mark.usefixtures("direct")
def test_a_registry_without_a_key_of_its_own_is_refused_before_anything_is_made(
    ansible: Ansible, azure: LocalAzure
) -> None:
    clients = Clients(azure)
    clients.groups.create_or_update("contoso", {"location": "westeurope"})
    body = {"location": "westeurope", "sku": {"name": "Premium"}}
    clients.registries.begin_create("contoso", "contosoacr", body).result()
    for flags in ((), ("--check",)):
        run = ansible.playbook("ownkey.acr.create", CONTOSO, *flags)
        assert not run.ok
        assert run.last["msg"].startswith("acr_cmk_registry: The registry contosoacr was created without a customer-")
        assert run.writes == []


def test_the_system_assigned_identity_by_its_word(ansible: Ansible, control: Control) -> None:
    variables = {**CONTOSO, "acr_cmk_identity": "system"}
    run = ansible.playbook("ownkey.acr.create", variables)
    assert run.ok, run.output
    (registry,) = control.state()["data"]["registries"].values()
    assert registry["encryption"]["identity"] == "system"
    assert control.registries()["contosoacr"]["readable"]
    again = ansible.playbook("ownkey.acr.create", variables)
    assert (again.changed, again.writes) == ([], [])


def test_a_run_that_finds_nothing_to_do_asks_no_more_than_it_must(ansible: Ansible) -> None:
    assert ansible.playbook("ownkey.acr.create", CONTOSO).ok
    idle = ansible.playbook("ownkey.acr.create", CONTOSO)
    assert idle.writes == []
    # registry, vault, own right (2), key, identity, its right (3), registry
    assert len(idle.azure) <= 10
