# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles through the real playbooks: create, rotate, revoke, restore."""

from __future__ import annotations

import pytest
from local_azure.client import Control
from support.playbooks import Ansible

CONTOSO = {"acr_cmk_registry": "contosoacr", "acr_cmk_resource_group": "contoso", "acr_cmk_location": "westeurope"}


def create(ansible: Ansible, **more: object) -> None:
    run = ansible.playbook("ownkey.acr.create", {**CONTOSO, **more})
    assert run.ok, run.output


@pytest.mark.parametrize("access", ["rbac", "policy"])
def test_create_makes_everything_and_then_changes_nothing(ansible: Ansible, control: Control, access: str) -> None:
    variables = {**CONTOSO, "acr_cmk_access": access}
    foreseen = ansible.playbook("ownkey.acr.create", variables, "--check")
    assert foreseen.ok, foreseen.output
    assert foreseen.writes == []
    first = ansible.playbook("ownkey.acr.create", variables)
    assert first.ok, first.output
    assert first.changed == foreseen.changed
    result = first.result("Result")["ansible_facts"]["create_result"]
    assert result["registry"]["encryption"]["rotation_mode"] == "automatic"
    assert result["registry"]["encryption"]["key"] == "contosoacr-cmk"
    assert result["vault"]["purge_protection"] is True
    assert result["vault"]["access"] == access
    assert control.registries()["contosoacr"]["readable"]
    second = ansible.playbook("ownkey.acr.create", variables)
    assert second.ok, second.output
    assert second.changed == []
    assert second.writes == []
    assert second.result("Result")["ansible_facts"]["create_result"]["changed"] is False


@pytest.mark.parametrize("number", range(1, 8))
def test_create_killed_at_any_write_ends_in_the_same_state_when_run_again(
    ansible: Ansible, control: Control, number: int
) -> None:
    # group, identity, vault, two rights, key, registry
    assert ansible.killed_at_write(number, "ownkey.acr.create", CONTOSO)
    create(ansible)
    assert control.registries()["contosoacr"]["readable"]
    state = control.state()["data"]
    sizes = {kind: len(state[kind]) for kind in ("groups", "identities", "vaults", "registries", "assignments")}
    assert sizes == {"groups": 1, "identities": 1, "vaults": 1, "registries": 1, "assignments": 3}
    assert [len(key["versions"]) for key in state["keys"]["contosoacr-kv"].values()] == [1]


def test_empty_and_null_survey_answers_mean_not_given(ansible: Ansible) -> None:
    blank = {
        "acr_cmk_vault": "",
        "acr_cmk_key": None,
        "acr_cmk_key_size": "",
        "acr_cmk_key_version": None,
        "acr_cmk_identity": "",
        "acr_cmk_access": "",
        "acr_cmk_tags": None,
        "acr_cmk_purge_protection": "true",
        "acr_cmk_grant_caller": "",
        "acr_cmk_subscription_id": None,
        "acr_cmk_registries": None,
        "acr_cmk_max_age": "",
        "acr_cmk_pick_up": None,
        "acr_cmk_revoke_by": "",
        "acr_cmk_confirm": "",
    }
    create(ansible, **blank)
    rotated = ansible.playbook("ownkey.acr.rotate", {**CONTOSO, **blank})
    assert rotated.ok, rotated.output
    assert rotated.changed == []
    revoked = ansible.playbook("ownkey.acr.revoke", {**CONTOSO, **blank})
    assert not revoked.ok
    restored = ansible.playbook("ownkey.acr.restore", {**CONTOSO, **blank})
    assert restored.ok, restored.output


def test_rotate_only_what_is_due(ansible: Ansible, control: Control) -> None:
    create(ansible)
    young = ansible.playbook("ownkey.acr.rotate", CONTOSO)
    assert young.ok, young.output
    assert young.changed == []
    assert young.writes == []
    control.advance(91 * 86400)
    foreseen = ansible.playbook("ownkey.acr.rotate", CONTOSO, "--check")
    assert foreseen.writes == []
    due = ansible.playbook("ownkey.acr.rotate", CONTOSO)
    assert due.ok, due.output
    assert due.changed == foreseen.changed != []
    row = due.result("Result")["ansible_facts"]["rotate_result"]["registries"][0]
    assert row["key_version_before"] != row["key_version_after"]
    assert "91 days old" in row["reason"]
    assert control.registries()["contosoacr"]["readable"]
    assert ansible.playbook("ownkey.acr.rotate", CONTOSO).changed == []


@pytest.mark.parametrize(("way", "access"), [("access", "rbac"), ("delete_key", "policy")])
def test_revoke_needs_a_confirmation_and_restore_undoes_it(
    ansible: Ansible, control: Control, way: str, access: str
) -> None:
    create(ansible, acr_cmk_access=access)
    variables = {**CONTOSO, "acr_cmk_revoke_by": way}
    refused = ansible.playbook("ownkey.acr.revoke", variables)
    assert not refused.ok
    assert "every image unreadable in the registry contosoacr" in refused.output
    assert refused.writes == []
    foreseen = ansible.playbook("ownkey.acr.revoke", variables, "--check")
    assert foreseen.ok, foreseen.output
    assert foreseen.writes == []
    assert foreseen.result("Revoke")["would_lose_access"][0]["name"] == "contosoacr"
    assert control.registries()["contosoacr"]["readable"]
    revoked = ansible.playbook("ownkey.acr.revoke", {**variables, "acr_cmk_confirm": "contosoacr"})
    assert revoked.ok, revoked.output
    assert revoked.changed == foreseen.changed
    assert revoked.result("Revoke")["locked"] is False
    assert not control.registries()["contosoacr"]["readable"]
    again = ansible.playbook("ownkey.acr.revoke", {**variables, "acr_cmk_confirm": "contosoacr"})
    assert again.ok, again.output
    assert again.changed == []
    restored = ansible.playbook("ownkey.acr.restore", CONTOSO)
    assert restored.ok, restored.output
    assert control.registries()["contosoacr"]["readable"]
    assert ansible.playbook("ownkey.acr.restore", CONTOSO).changed == []


def test_a_deleted_vault_is_recovered_with_the_rights_that_do_not_come_back(ansible: Ansible, control: Control) -> None:
    create(ansible)
    deleted = ansible.module(
        "keyvault", name="contosoacr-kv", resource_group="contoso", state="absent", confirm=["contosoacr"]
    )
    assert deleted.ok, deleted.output
    assert not control.registries()["contosoacr"]["readable"]
    restored = ansible.playbook("ownkey.acr.restore", CONTOSO)
    assert restored.ok, restored.output
    assert control.registries()["contosoacr"]["readable"]


def test_what_cannot_be_restored_is_said(ansible: Ansible, control: Control) -> None:
    create(ansible, acr_cmk_purge_protection=False)
    gone = ansible.module(
        "keyvault",
        name="contosoacr-kv",
        resource_group="contoso",
        state="absent",
        purge=True,
        purge_protection=False,
        confirm=["contosoacr"],
    )
    assert gone.ok, gone.output
    restored = ansible.playbook("ownkey.acr.restore", CONTOSO)
    assert not restored.ok
    assert "There is no vault contosoacr-kv" in restored.output
    assert "a purged vault cannot be brought back" in restored.output


def test_roles_inside_a_larger_role_with_module_defaults(ansible: Ansible, control: Control) -> None:
    elsewhere = control.principal("provisioner")
    subscription = ansible.environment["AZURE_SUBSCRIPTION_ID"]
    owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    control.grant(scope=f"/subscriptions/{subscription}", role=owner, principal=elsewhere["oid"])
    sign_in = {
        "client_id": elsewhere["client_id"],
        "secret": elsewhere["secret"],
        "tenant": ansible.environment["AZURE_TENANT"],
        "subscription_id": subscription,
    }
    nothing = dict.fromkeys(name for name in ansible.environment if name.startswith("AZURE_"))
    run = ansible.tasks(
        {"name": "create", "ansible.builtin.include_role": {"name": "ownkey.acr.create"}, "vars": CONTOSO},
        play={"module_defaults": {"group/ownkey.acr.azure": sign_in}},
        environment=nothing,
    )
    assert run.ok, run.output
    assert control.registries()["contosoacr"]["readable"]
    assert {r["caller"] for r in run.azure} == {elsewhere["oid"]}
    assert elsewhere["secret"] not in run.output


def test_purge_protection_of_a_vault_that_is_there_is_turned_on_only_when_asked_for(
    ansible: Ansible, control: Control
) -> None:
    place = {"location": "westeurope", "resource_group": "contoso"}
    assert ansible.module("resource_group", name="contoso", location="westeurope").ok
    assert ansible.module("keyvault", name="contosoacr-kv", purge_protection=False, **place).ok
    variables = {**CONTOSO, "acr_cmk_grant_caller": True}
    refused = ansible.playbook("ownkey.acr.create", variables)
    assert not refused.ok
    assert "has no purge protection" in refused.output
    (vault,) = control.state()["data"]["vaults"].values()
    assert not vault["properties"].get("enablePurgeProtection")
    foreseen = ansible.playbook("ownkey.acr.create", {**variables, "acr_cmk_purge_protection": True}, "--check")
    assert "purge protection for good" in str([task["result"] for task in foreseen.tasks])
    done = ansible.playbook("ownkey.acr.create", {**variables, "acr_cmk_purge_protection": True})
    assert done.ok, done.output
    (vault,) = control.state()["data"]["vaults"].values()
    assert vault["properties"]["enablePurgeProtection"] is True
