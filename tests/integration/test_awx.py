# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWX as code, checked by Ansible itself against the published options of the awx.awx modules (data/awx-modules.json,
from ansible/awx, ``awx_collection/plugins/modules``); and its surveys against the rules of AWX's API."""

from __future__ import annotations

import json
import pathlib
import re
import typing

import pytest
import yaml
from support.playbooks import Ansible

ROOT = pathlib.Path(__file__).resolve().parents[2]
PUBLISHED = json.loads(pathlib.Path(__file__).with_name("data").joinpath("awx-modules.json").read_text("utf-8"))
SURVEYS = yaml.safe_load((ROOT / "playbooks" / "vars" / "awx_surveys.yml").read_text(encoding="utf-8"))["awx_surveys"]
SECRET = "not-for-any-eye"

_STUB = """#!/usr/bin/python
# takes the options that the published module takes, and keeps what it was given
import json
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(argument_spec=json.loads({spec!r}), supports_check_mode=True)
with open({record!r}, "a") as stream:
    stream.write(json.dumps(dict(module.params, module={name!r})) + "\\n")
module.exit_json(changed=True)
"""


@pytest.fixture
def awx(ansible: Ansible, tmp_path: pathlib.Path) -> typing.Callable[..., list[dict[str, typing.Any]]]:
    """Runs the playbook with stand-ins for the awx.awx modules; returns what each was given."""
    collection = tmp_path / "stubs" / "ansible_collections" / "awx" / "awx"
    record = tmp_path / "given.jsonl"
    (collection / "plugins" / "modules").mkdir(parents=True)
    (collection / "meta").mkdir()
    names = sorted(name.rsplit(".", 1)[-1] for name in PUBLISHED["modules"])
    runtime = {"requires_ansible": ">=2.15.0", "action_groups": {"controller": names}}
    (collection / "meta" / "runtime.yml").write_text(yaml.safe_dump(runtime), encoding="utf-8")
    manifest = {"collection_info": {"namespace": "awx", "name": "awx", "version": "24.6.1", "dependencies": {}}}
    (collection / "MANIFEST.json").write_text(json.dumps(manifest), encoding="utf-8")
    for name, options in PUBLISHED["modules"].items():
        spec = json.dumps({**_without_help(PUBLISHED["common"]), **_without_help(options)})
        stub = _STUB.format(spec=spec, record=str(record), name=name)
        (collection / "plugins" / "modules" / f"{name.rsplit('.', 1)[-1]}.py").write_text(stub, encoding="utf-8")
    ansible.environment["ANSIBLE_COLLECTIONS_PATH"] += f":{tmp_path / 'stubs'}"

    def run(**variables: object) -> list[dict[str, typing.Any]]:
        given = {"awx_project_url": "https://git.example.com/azure.git", "awx_azure_secret": SECRET, **variables}
        done = ansible.playbook("ownkey.acr.awx", given, "-vvv")
        assert done.ok, done.output
        assert SECRET not in done.output
        return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]

    return run


def _without_help(options: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """What an argument spec takes; suboptions are its ``options``."""
    kept = ("type", "elements", "required", "choices", "aliases", "default", "options")
    return {name: {key: value for key, value in known.items() if key in kept} for name, known in options.items()}


def of(given: list[dict[str, typing.Any]], module: str) -> list[dict[str, typing.Any]]:
    return [one for one in given if one["module"] == f"awx.awx.{module}"]


def test_every_task_gives_what_the_published_module_takes(awx: typing.Callable[..., typing.Any]) -> None:
    given = awx(awx_execution_environment_image="registry.example.com/acr-ee:1.0.0", awx_rotation_slices=3)
    templates = {one["name"]: one for one in of(given, "job_template")}
    assert set(templates) == {f"ACR CMK: {name}" for name in SURVEYS}
    for name, one in templates.items():
        assert (ROOT / one["playbook"]).is_file(), one["playbook"]
        assert one["credentials"] == ["ACR CMK: Azure"]
        assert one["execution_environment"] == "ACR CMK: execution environment"
        assert one["survey_spec"] == SURVEYS[name.rsplit(" ", 1)[-1]]
        assert one["job_slice_count"] == (3 if name.endswith("rotate") else 1)
    (credential,) = of(given, "credential")
    assert credential["credential_type"] == "Microsoft Azure Resource Manager"
    assert set(credential["inputs"]) <= {"subscription", "tenant", "client", "secret", "cloud_environment"}
    (source,) = of(given, "inventory_source")
    assert (ROOT / source["source_path"]).is_file()


def test_the_registries_in_azure_are_an_inventory_source(awx: typing.Callable[..., typing.Any]) -> None:
    files = {"awx_registries_file": "docs/examples/fleet.acr.yml", "awx_inventory_file": ""}
    given = awx(**files, awx_execution_environment_image="registry.example.com/acr-ee:1.0.0")
    (source,) = of(given, "inventory_source")
    assert source["name"] == "ACR CMK: registries from Azure"
    # the credential's variables are those that the plugin signs in with
    assert source["credential"] == "ACR CMK: Azure"
    assert source["execution_environment"] == "ACR CMK: execution environment"
    assert (source["source"], source["overwrite"], source["update_on_launch"]) == ("scm", True, True)
    content = yaml.safe_load((ROOT / source["source_path"]).read_text(encoding="utf-8"))
    assert content["plugin"] == "ownkey.acr.registries"


def test_the_rotation_runs_by_the_clock(awx: typing.Callable[..., typing.Any]) -> None:
    variables = {"acr_cmk_registries": "contosoacr,fabrikamacr", "acr_cmk_resource_group": "contoso"}
    given = awx(awx_rotation_variables={**variables, "acr_cmk_hosts": "registries"})
    (schedule,) = of(given, "schedule")
    assert schedule["extra_data"] == variables
    (template,) = [one for one in of(given, "job_template") if one["name"].endswith("rotate")]
    assert template["extra_vars"]["acr_cmk_hosts"] == "registries"
    assert schedule["unified_job_template"] == "ACR CMK: rotate"
    assert re.fullmatch(r"DTSTART:\d{8}T\d{6}Z RRULE:FREQ=\w+;INTERVAL=\d+", schedule["rrule"])
    # AWX refuses an answer to a question that the survey does not ask
    assert set(schedule["extra_data"]) <= {question["variable"] for question in SURVEYS["rotate"]["spec"]}


def test_a_revocation_needs_an_approval(awx: typing.Callable[..., typing.Any]) -> None:
    given = awx()
    nodes = {one["identifier"]: one for one in of(given, "workflow_job_template_node")}
    for node in nodes.values():
        assert bool(node["unified_job_template"]) != bool(node["approval_node"])
    (first,) = nodes.keys() - {name for node in nodes.values() for name in node["success_nodes"] or []}
    assert nodes[first]["approval_node"]["timeout"] == 3600
    assert nodes[first]["success_nodes"] == ["revoke"]
    assert nodes["revoke"]["unified_job_template"] == "ACR CMK: revoke"
    made_before_linked = list(nodes)
    assert made_before_linked.index("revoke") < made_before_linked.index(first)
    (workflow,) = of(given, "workflow_job_template")
    assert workflow["survey_spec"] == SURVEYS["revoke"]


@pytest.mark.parametrize("role", SURVEYS)
def test_surveys_are_such_as_the_api_takes(role: str) -> None:
    survey = SURVEYS[role]
    assert set(survey) == {"name", "description", "spec"}
    assert all(isinstance(survey[name], str) for name in ("name", "description"))
    variables = [question["variable"] for question in survey["spec"]]
    assert len(variables) == len(set(variables)) > 0
    known = {
        "question_name",
        "question_description",
        "variable",
        "type",
        "required",
        "default",
        "choices",
        "min",
        "max",
    }
    for question in survey["spec"]:
        assert set(question) <= known
        assert all(isinstance(question[name], str) for name in ("question_name", "variable", "type"))
        assert isinstance(question["required"], bool)
        assert question["type"] in ("text", "textarea", "password", "multiplechoice", "multiselect", "integer", "float")
        assert all(isinstance(question[name], int) for name in ("min", "max") if name in question)
        if question["type"] == "multiplechoice":
            assert all(isinstance(choice, str) for choice in question["choices"])
            assert question.get("default", question["choices"][0]) in question["choices"]
        else:
            assert "choices" not in question
            assert isinstance(question.get("default", ""), str)


def test_an_answer_that_nobody_gave_makes_no_new_key_version() -> None:
    (size,) = [question for question in SURVEYS["create"]["spec"] if question["variable"] == "acr_cmk_key_size"]
    assert "default" not in size


def test_what_a_revocation_cannot_do_without_is_asked_for() -> None:
    required = {question["variable"] for question in SURVEYS["revoke"]["spec"] if question["required"]}
    assert required == {"acr_cmk_registry", "acr_cmk_resource_group", "acr_cmk_confirm"}
