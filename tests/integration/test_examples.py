# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What docs/examples shows, and the guard of the targets that may run against real Azure."""

from __future__ import annotations

import pathlib
import re

import pytest
import yaml
from local_azure.client import Control
from support.playbooks import Ansible

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"


def test_a_larger_role_signs_in_once_and_uses_the_roles(ansible: Ansible, control: Control) -> None:
    known = ansible.environment
    sign_in = {
        "client_id": known["AZURE_CLIENT_ID"],
        "secret": known["AZURE_CLIENT_SECRET"],
        "tenant": known["AZURE_TENANT_ID"],
        "subscription_id": known["AZURE_SUBSCRIPTION_ID"],
    }
    nothing = {name: None for name in known if name.startswith("AZURE_")}
    site, variables = str(EXAMPLES / "platform" / "site.yml"), {"platform_sign_in": sign_in}
    first = ansible.playbook(site, variables, environment=nothing)
    assert first.ok, first.output
    assert "docker push fabrikamacr.azurecr.io/team/app" in first.output
    assert control.registries()["fabrikamacr"]["readable"]
    (registry,) = control.state()["data"]["registries"].values()
    assert registry["tags"] == {"platform": "fabrikam"}
    again = ansible.playbook(site, variables, environment=nothing)
    assert again.ok, again.output
    assert again.changed == []


def test_the_site_and_the_file_of_variables(ansible: Ansible, control: Control) -> None:
    site = ansible.playbook(str(EXAMPLES / "site.yml"))
    assert site.ok, site.output
    assert control.registries()["contosoacr"]["readable"]
    named = ansible.playbook("ownkey.acr.create", yaml.safe_load((EXAMPLES / "contoso.yml").read_text("utf-8")))
    assert named.ok, named.output
    assert named.changed == []


def test_a_first_run_is_cleaned_up_to_the_last_name(ansible: Ansible, control: Control) -> None:
    page = (ROOT / "docs" / "first-run.md").read_text(encoding="utf-8")
    typed = re.search(r"cat > first.yml <<END\n(.*?)> END", page, re.DOTALL)
    assert typed
    first = yaml.safe_load(re.sub(r"^> ", "", typed[1], flags=re.MULTILINE))
    made = ansible.playbook("ownkey.acr.create", first)
    assert made.ok, made.output
    place = made.result("Where this works")["msg"]
    assert place.startswith("The local Azure: subscription 00000000-0000-4000-8000-00000000ac12, tenant ")
    assert place in made.output
    clean_up = str(EXAMPLES / "clean-up.yml")
    refused = ansible.playbook(clean_up, first)
    assert not refused.ok
    assert refused.last["failure"]["code"] == "confirmation_needed"
    assert ansible.playbook(clean_up, {**first, "confirm": first["acr_cmk_registry"]}).ok
    state = control.state()["data"]
    kinds = ("registries", "vaults", "deleted_vaults", "groups", "identities")
    assert not [kind for kind in kinds if state.get(kind)]


def test_the_inventory_for_awx_has_registries_as_hosts(ansible: Ansible) -> None:
    for name in ("contosoacr", "fabrikamacr"):
        variables = {"acr_cmk_registry": name, "acr_cmk_resource_group": "contoso", "acr_cmk_location": "westeurope"}
        assert ansible.playbook("ownkey.acr.create", variables).ok
    hosts = {"acr_cmk_hosts": "registries", "acr_cmk_max_age": "0d", "acr_cmk_pick_up": "nudge"}
    run = ansible.playbook("ownkey.acr.rotate", hosts, "-i", str(EXAMPLES / "awx-project" / "inventory" / "named.yml"))
    assert run.ok, run.output
    assert run.output.count("each reports it") == 2


@pytest.mark.parametrize("tags", [{}, {"made-for": "ownkey-acr-test", "run": "another"}])
def test_the_guard_leaves_a_group_alone_that_another_made(
    ansible: Ansible, control: Control, tags: dict[str, str]
) -> None:
    made = ansible.module("resource_group", name="precious", location="westeurope", tags=tags)
    assert made.ok, made.output
    teardown = ROOT / "tests" / "integration" / "targets" / "setup_azure" / "tasks" / "teardown.yml"
    variables = {
        "ownkey_group": "precious",
        "ownkey_registry": "none",
        "ownkey_location": "westeurope",
        "ownkey_tags": {"made-for": "ownkey-acr-test", "run": "this-one"},
        "ownkey_environment": {},
    }
    run = ansible.tasks({"ansible.builtin.include_tasks": str(teardown)}, play={"vars": variables})
    assert not run.ok
    assert "does not carry the tag of this run" in run.output
    assert [group["name"] for group in control.state()["data"]["groups"].values()] == ["precious"]
