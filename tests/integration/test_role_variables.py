# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people type into ``acr_cmk_*``, at every place where a variable can stand; and what the roles leave behind.

The dozens of values are in the unit test of the rule; here are the ways by which they reach a role.
"""

from __future__ import annotations

import json
import typing

import pytest
from local_azure.client import Control
from support.playbooks import Ansible, Run

CONTOSO = {"acr_cmk_registry": "contosoacr", "acr_cmk_resource_group": "contoso", "acr_cmk_location": "westeurope"}
TO = {name: CONTOSO[name] for name in ("acr_cmk_registry", "acr_cmk_resource_group")}


def include(role: str, **variables: typing.Any) -> dict[str, typing.Any]:
    return {"ansible.builtin.include_role": {"name": f"ownkey.acr.{role}"}, "vars": variables}


def must_be_refused(run: Run, *texts: str) -> None:
    assert not run.ok
    assert run.azure == []
    for text in texts:
        assert text in run.last["msg"]
    assert run.last["failure"]["code"] == "variables"
    assert run.output.count("[ERROR]") == 1


@pytest.mark.parametrize(
    ("playbook", "variables", "told"),
    [
        ("create", {}, "ownkey.acr.create needs acr_cmk_registry, acr_cmk_resource_group and acr_cmk_location."),
        ("create", {**CONTOSO, "acr_cmk_registry": ""}, "acr_cmk_registry is not given."),
        ("revoke", {}, "ownkey.acr.revoke needs acr_cmk_registry (or several in acr_cmk_registries)"),
        ("create", {**CONTOSO, "acr_cmk_purge_protection": "ture"}, "acr_cmk_purge_protection: 'ture' is neither yes"),
        ("create", {**CONTOSO, "acr_cmk_registry": "contoso-acr"}, "acr_cmk_registry: 'contoso-acr' is not a name"),
        ("create", {**CONTOSO, "acr_cmk_access": "rabc"}, "acr_cmk_access: 'rabc' is not to be had; did you mean"),
        ("rotate", {**TO, "acr_cmk_maxage": "1d"}, "acr_cmk_maxage is no variable of these roles; did you mean"),
        ("rotate", {**TO, "acr_cmk_max_age": "{{ nowhere }}"}, "acr_cmk_max_age: its value cannot be worked out"),
    ],
)  # fmt: skip
def test_it_is_refused_before_anything_is_asked_of_azure(
    ansible: Ansible, playbook: str, variables: dict[str, typing.Any], told: str
) -> None:
    must_be_refused(ansible.playbook(f"ownkey.acr.{playbook}", variables), told)


def test_everything_that_is_wrong_is_said_in_one_message(ansible: Ansible) -> None:
    wrong = {**CONTOSO, "acr_cmk_keysize": 4096, "acr_cmk_key_size": "4096 bits", "acr_cmk_vault": "contoso_kv"}
    run = ansible.playbook("ownkey.acr.create", wrong)
    must_be_refused(
        run, "acr_cmk_keysize is no variable", "'4096 bits' is no whole number", "'contoso_kv' is not a name"
    )
    assert run.last["variables"] == ["acr_cmk_keysize", "acr_cmk_vault", "acr_cmk_key_size"]


def test_a_misspelt_name_is_found_wherever_it_stands(ansible: Ansible) -> None:
    nearest = "acr_cmk_keysize is no variable of these roles; did you mean acr_cmk_key_size?"
    wrong = {"acr_cmk_keysize": 4096}
    hosts = {"all": {"hosts": {"localhost": {"ansible_connection": "local", **wrong}}}}
    inventory = ansible.folder / "inventory.json"
    inventory.write_text(json.dumps(hosts), encoding="utf-8")
    must_be_refused(ansible.playbook("ownkey.acr.create", CONTOSO, "-i", str(inventory)), nearest)
    must_be_refused(ansible.tasks(include("create", **CONTOSO, **wrong)), nearest)
    role = {"role": "ownkey.acr.create", **CONTOSO, **wrong}
    must_be_refused(ansible.tasks(play={"roles": [role]}), nearest)
    block = {"ansible.builtin.debug": {}, "name": "before"}
    around = {"name": "around", "block": [block, {"name": "create", **include("create", **CONTOSO)}], "vars": wrong}
    must_be_refused(ansible.tasks(play={"tasks": [around]}), nearest)


def test_values_as_awx_and_the_command_line_send_them(ansible: Ansible, control: Control) -> None:
    typed = {
        "acr_cmk_registry": " contosoacr ",
        "acr_cmk_resource_group": "contoso",
        "acr_cmk_location": "West Europe",
        "acr_cmk_access": "RBAC",
        "acr_cmk_key_size": "3072",
        "acr_cmk_purge_protection": "No",
        "acr_cmk_grant_caller": "TRUE",
        "acr_cmk_tags": '{"team": "payments", "cost": 7}',
        "acr_cmk_vault": "",
        "acr_cmk_key": None,
    }
    run = ansible.playbook("ownkey.acr.create", typed)
    assert run.ok, run.output
    state = control.state()["data"]
    (vault,) = state["vaults"].values()
    assert vault["properties"].get("enablePurgeProtection") is None
    (registry,) = state["registries"].values()
    assert registry["tags"] == {"team": "payments", "cost": "7"}
    assert run.result("Key")["key"]["size"] == 3072
    again = ansible.playbook("ownkey.acr.create", typed)
    assert (again.changed, again.writes) == ([], [])


def test_in_a_larger_role_with_templates_and_omit_and_its_own_variables(ansible: Ansible, control: Control) -> None:
    own = {"create_result": "mine", "rotate_result": ["mine too"]}
    first, second = (
        include(
            "create",
            acr_cmk_registry="{{ platform }}acr" + number,
            acr_cmk_resource_group="{{ platform }}-rg",
            acr_cmk_location="{{ region | default('westeurope') }}",
            acr_cmk_tags={"platform": "{{ platform }}"},
            acr_cmk_key_size="{{ size | default(omit) }}",
            acr_cmk_access="{{ omit }}",
        )
        for number in ("", "2")
    )
    rotate = include("rotate", acr_cmk_registry="fabrikamacr", acr_cmk_resource_group="fabrikam-rg")
    shown = "{{ [acr_cmk_create_result.registry.name, create_result, acr_cmk_rotate_result.changed, rotate_result] }}"
    run = ansible.tasks(
        {"name": "one", **first},
        {"name": "two", **second},
        {"name": "rotate", **rotate},
        {"ansible.builtin.debug": {"msg": shown}},
        play={
            "vars": {
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "platform": "fabrikam",
                **own,
            }
        },
    )
    assert run.ok, run.output
    assert run.last["msg"] == ["fabrikamacr2", "mine", False, ["mine too"]]
    assert set(control.registries()) == {"fabrikamacr", "fabrikamacr2"}


def test_two_roles_of_one_play_have_variables_of_their_own(ansible: Ansible, control: Control) -> None:
    place = {name: CONTOSO[name] for name in ("acr_cmk_resource_group", "acr_cmk_location")}
    roles = [{"role": "ownkey.acr.create", "acr_cmk_registry": name, **place} for name in ("contosoacr", "fabrikamacr")]
    names = "{{ [acr_cmk_create_result.registry.name, create_result.registry.name] }}"
    run = ansible.tasks(
        play={"roles": roles, "tasks": [{"name": "told", "ansible.builtin.debug": {"msg": names}}]},
    )
    assert run.ok, run.output
    assert set(control.registries()) == {"contosoacr", "fabrikamacr"}
    # under the old name too, as long as nobody else has it
    assert run.last["msg"] == ["fabrikamacr", "fabrikamacr"]


def test_what_a_role_keeps_for_itself_is_private(ansible: Ansible) -> None:
    names = "{{ lookup('ansible.builtin.varnames', '.+', wantlist=True) }}"
    before, after = {"ansible.builtin.debug": {"msg": names}}, {"ansible.builtin.debug": {"msg": names}}
    run = ansible.tasks({"name": "before", **before}, {"name": "create", **include("create", **CONTOSO)}, after)
    assert run.ok, run.output
    new = set(run.last["msg"]) - set(run.result("before")["msg"])
    left = {name for name in new if not name.startswith(("__acr_cmk_", "ansible_"))}
    assert left == {"acr_cmk_create_result", "create_result"}


def test_a_module_s_refusal_names_the_role_s_variable(ansible: Ansible) -> None:
    assert ansible.playbook("ownkey.acr.create", CONTOSO).ok
    elsewhere = ansible.playbook("ownkey.acr.create", {**CONTOSO, "acr_cmk_location": "northeurope"})
    assert not elsewhere.ok
    assert elsewhere.last["msg"].startswith("acr_cmk_location: ")
    assert elsewhere.last["failure"]["parameter"] == "acr_cmk_location"
    assert elsewhere.last["failure"]["option"] == "location"
    nowhere = ansible.playbook(
        "ownkey.acr.rotate", {**TO, "acr_cmk_registry": None, "acr_cmk_registries": "fabrikamacr"}
    )
    assert nowhere.last["msg"].startswith("acr_cmk_registries: There is no registry fabrikamacr")
    assert nowhere.output.count("[ERROR]") == 1
    # a task that is no role's keeps to its own options
    module = ansible.module("resource_group", name="contoso", location="northeurope")
    assert module.last["msg"].startswith("location: ")


def test_a_result_stands_once_in_a_log_with_v(ansible: Ansible) -> None:
    created = ansible.playbook("ownkey.acr.create", CONTOSO, "-v")
    assert created.ok, created.output
    assert created.output.count("Created the registry contosoacr") == 1
    rotated = ansible.playbook("ownkey.acr.rotate", {**TO, "acr_cmk_max_age": "0d", "acr_cmk_pick_up": "nudge"}, "-v")
    assert rotated.ok, rotated.output
    assert rotated.output.count("each reports it") == 1
    assert rotated.output.count("key_version_before") == 1


def test_a_check_of_a_revocation_names_the_registries_and_the_command(ansible: Ansible, control: Control) -> None:
    shared = {"acr_cmk_vault": "shared-kv", "acr_cmk_key": "cmk", "acr_cmk_identity": "shared-id"}
    for name in ("fabrikamacr", "contosoacr"):
        created = ansible.playbook("ownkey.acr.create", {**CONTOSO, **shared, "acr_cmk_registry": name})
        assert created.ok, created.output
    foreseen = ansible.playbook("ownkey.acr.revoke", {**TO, "acr_cmk_revoke_by": "disable_key"}, "--check")
    assert foreseen.ok, foreseen.output
    assert "Every image would become unreadable in: contosoacr, fabrikamacr." in foreseen.output
    command = (
        "ansible-playbook ownkey.acr.revoke -e acr_cmk_registry=contosoacr -e acr_cmk_resource_group=contoso "
        "-e acr_cmk_revoke_by=disable_key -e acr_cmk_confirm=contosoacr,fabrikamacr"
    )
    assert f"To do it: {command}" in foreseen.output
    refused = ansible.playbook("ownkey.acr.revoke", {**TO, "acr_cmk_revoke_by": "disable_key"})
    assert refused.last["msg"].endswith("-e acr_cmk_confirm=contosoacr,fabrikamacr")
    words = command.split()[2:]
    done = ansible.playbook("ownkey.acr.revoke", None, *words)
    assert done.ok, done.output
    assert not any(known["readable"] for known in control.registries().values())


def test_a_gate_names_the_registry_and_the_finding(ansible: Ansible, control: Control) -> None:
    assert ansible.playbook("ownkey.acr.create", CONTOSO).ok
    # access that is minutes old is no reason to stop a pipeline
    fresh = ansible.playbook("ownkey.acr.diagnose", {**TO, "acr_cmk_fail_on": "warning"})
    assert fresh.ok, fresh.output
    control.advance(100 * 86400)
    old = ansible.playbook("ownkey.acr.diagnose", {**TO, "acr_cmk_fail_on": "Warning"})
    assert not old.ok
    assert "The registry contosoacr has the warning " in old.last["msg"]
    assert old.last["msg"].endswith("acr_cmk_fail_on is warning.")
