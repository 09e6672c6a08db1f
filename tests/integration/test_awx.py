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
import zoneinfo

import pytest
import yaml
from local_azure.server import LocalAzure
from support.playbooks import Ansible, fresh_folder

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = ROOT / "docs" / "examples" / "awx-project"
PUBLISHED = json.loads(pathlib.Path(__file__).with_name("data").joinpath("awx-modules.json").read_text("utf-8"))
SURVEYS = yaml.safe_load((ROOT / "playbooks" / "vars" / "awx_surveys.yml").read_text(encoding="utf-8"))["awx_surveys"]
JOBS = ("create", "rotate", "revoke", "restore", "diagnose", "move")
SECRET = "not-for-any-eye"
URL, IMAGE = "https://git.example.com/azure.git", "registry.example.com/acr-ee:1.0.0"
#: The file of variables that docs/howto/awx.md shows, in short.
WHOLE = {
    "awx_project_url": URL,
    "awx_project_user": "awx",
    "awx_project_password": SECRET,
    "awx_execution_environment_image": IMAGE,
    "awx_image_registry": "registry.example.com",
    "awx_image_user": "awx",
    "awx_image_password": SECRET,
    "awx_azure_tenant": "11111111-2222-3333-4444-555555555555",
    "awx_azure_subscription": "66666666-7777-8888-9999-000000000000",
    "awx_azure_clients": {name: {"client": f"client-{name}", "secret": SECRET} for name in JOBS},
    "awx_time_zone": "Europe/Berlin",
    "awx_notification_type": "webhook",
    "awx_notification_configuration": {"url": "https://chat.example.com/hook", "headers": {"X-Token": SECRET}},
    "awx_operator_users": ["alice"],
    "awx_approver_users": ["bob"],
    "awx_rotation_slices": 4,
    "awx_rotation_variables": {"acr_cmk_max_age": "60d"},
}
#: A trial: a public repository, an execution environment that is there, one principal for all, named hosts.
TRIAL = {
    "awx_project_url": URL,
    "awx_execution_environment": "ours",
    "awx_one_client_for_all": True,
    "awx_azure_client": "client",
    "awx_azure_secret": SECRET,
    "awx_azure_tenant": "11111111-2222-3333-4444-555555555555",
    "awx_azure_subscription": "66666666-7777-8888-9999-000000000000",
    "awx_notifications": ["chat"],
    "awx_registries_file": "",
    "awx_inventory_file": "inventory/named.yml",
}

_STUB = """# takes the options that the published module takes, and keeps what it was given
import json
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        arguments = json.loads(json.dumps(dict(self._task.args)))
        judged = ArgumentSpecValidator(json.loads({spec!r})).validate(arguments)
        if judged.error_messages:
            return {{"failed": True, "msg": " ".join(judged.error_messages)}}
        with open({record!r}, "a") as stream:
            stream.write(json.dumps(dict(judged.validated_parameters, module={name!r})) + "\\n")
        return {{"changed": True, "invocation": {{"module_args": arguments}}}}
"""

Made = list[dict[str, typing.Any]]


def _stand_ins(folder: pathlib.Path, record: pathlib.Path) -> pathlib.Path:
    """A collection awx.awx whose tasks take just what the published modules take."""
    collection = folder / "ansible_collections" / "awx" / "awx"
    (collection / "plugins" / "action").mkdir(parents=True)
    (collection / "meta").mkdir()
    names = sorted(name.rsplit(".", 1)[-1] for name in PUBLISHED["modules"])
    runtime = {"requires_ansible": ">=2.15.0", "action_groups": {"controller": names}}
    (collection / "meta" / "runtime.yml").write_text(yaml.safe_dump(runtime), encoding="utf-8")
    manifest = {"collection_info": {"namespace": "awx", "name": "awx", "version": "24.6.1", "dependencies": {}}}
    (collection / "MANIFEST.json").write_text(json.dumps(manifest), encoding="utf-8")
    for name, options in PUBLISHED["modules"].items():
        spec = json.dumps({**_without_help(PUBLISHED["common"]), **_without_help(options)})
        stub = _STUB.format(spec=spec, record=str(record), name=name)
        (collection / "plugins" / "action" / f"{name.rsplit('.', 1)[-1]}.py").write_text(stub, encoding="utf-8")
    return folder


def _without_help(options: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """What an argument spec takes; suboptions are its ``options``."""
    kept = ("type", "elements", "required", "choices", "aliases", "default", "options")
    return {name: {key: value for key, value in known.items() if key in kept} for name, known in options.items()}


class Awx:
    """Runs the playbook with stand-ins for the awx.awx modules."""

    def __init__(self, folder: pathlib.Path, azure: LocalAzure) -> None:
        self._record = folder / "given.jsonl"
        self._ansible = Ansible(fresh_folder(folder / "home"), azure.environment)
        self._ansible.environment["ANSIBLE_COLLECTIONS_PATH"] += f":{_stand_ins(folder / 'stubs', self._record)}"

    def made(self, variables: dict[str, typing.Any]) -> Made:
        """What each module was given."""
        self._record.unlink(missing_ok=True)
        done = self._ansible.playbook("ownkey.acr.awx", variables, "-vvv")
        assert done.ok, done.output
        assert SECRET not in done.output
        return [json.loads(line) for line in self._record.read_text(encoding="utf-8").splitlines()]

    def refused(self, variables: dict[str, typing.Any]) -> str:
        self._record.unlink(missing_ok=True)
        done = self._ansible.playbook("ownkey.acr.awx", variables)
        assert not done.ok
        assert not self._record.exists()
        return " ".join(done.output.split())


@pytest.fixture(scope="module")
def awx(azure: LocalAzure, tmp_path_factory: pytest.TempPathFactory) -> Awx:
    return Awx(tmp_path_factory.mktemp("awx"), azure)


@pytest.fixture(scope="module")
def whole(awx: Awx) -> Made:
    return awx.made(WHOLE)


def of(given: Made, module: str) -> dict[str, dict[str, typing.Any]]:
    """What the tasks of a module were given, by name without the prefix."""
    several = [one for one in given if one["module"] == f"awx.awx.{module}"]
    return {one["name"].removeprefix("ACR CMK: "): one for one in several}


def test_the_job_templates_name_exactly_the_project_s_playbooks(whole: Made) -> None:
    templates = of(whole, "job_template")
    assert {one["playbook"] for one in templates.values()} == {path.name for path in PROJECT.glob("*.yml")}
    for path in PROJECT.glob("*.yml"):
        (play,) = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert play["import_playbook"] == f"ownkey.acr.{path.stem}"
    for name, one in templates.items():
        assert one["execution_environment"] == "ACR CMK: execution environment"
        assert one["notification_templates_error"] == ["ACR CMK: failures"], name
        by_itself = name in ("rotate what is due", "diagnose every registry")
        assert one["survey_enabled"] is not by_itself
        assert bool(one.get("survey_spec")) is not by_itself


def test_each_job_has_a_principal_of_its_own(whole: Made) -> None:
    credentials = of(whole, "credential")
    for name in JOBS:
        one = credentials[f"Azure {name}"]
        assert one["credential_type"] == "Microsoft Azure Resource Manager"
        assert one["inputs"]["client"] == f"client-{name}"
        assert set(one["inputs"]) <= {"subscription", "tenant", "client", "secret", "cloud_environment"}
        assert (ROOT / "docs" / "permissions" / f"{name}.json").is_file()
    for one in of(whole, "job_template").values():
        job = {"key_event.yml": "rotate"}.get(one["playbook"], one["playbook"].removesuffix(".yml"))
        assert one["credentials"] == [f"ACR CMK: Azure {job}"]


def test_git_and_the_image_registry_are_signed_in_to(whole: Made) -> None:
    credentials = of(whole, "credential")
    assert credentials["Git"]["credential_type"] == "Source Control"
    assert credentials["Git"]["inputs"] == {"username": "awx", "password": SECRET}
    assert credentials["image registry"]["credential_type"] == "Container Registry"
    assert credentials["image registry"]["inputs"]["host"] == "registry.example.com"
    (project,) = of(whole, "project").values()
    assert project["credential"] == "ACR CMK: Git"
    (environment,) = of(whole, "execution_environment").values()
    assert (environment["image"], environment["credential"]) == (IMAGE, "ACR CMK: image registry")


def test_every_registry_in_azure_is_rotated_and_diagnosed_at_night(whole: Made) -> None:
    (source,) = of(whole, "inventory_source").values()
    # the credential's variables are those that the plugin signs in with
    assert source["credential"] == "ACR CMK: Azure diagnose"
    assert (source["source"], source["overwrite"], source["update_on_launch"]) == ("scm", True, True)
    content = yaml.safe_load((PROJECT / source["source_path"]).read_text(encoding="utf-8"))
    assert content["plugin"] == "ownkey.acr.registries"
    templates, schedules = of(whole, "job_template"), of(whole, "schedule")
    assert set(schedules) == {"rotate what is due", "diagnose every registry"}
    for name, schedule in schedules.items():
        assert schedule["unified_job_template"] == f"ACR CMK: {name}"
        # AWX refuses an answer to a question that the survey does not ask: all is in the template
        assert not schedule.get("extra_data")
        rule = re.fullmatch(r"DTSTART;TZID=([\w/]+):\d{8}T\d{6} RRULE:FREQ=DAILY;INTERVAL=1", schedule["rrule"])
        assert rule
        assert zoneinfo.ZoneInfo(rule[1]).key == "Europe/Berlin"
        assert templates[name]["job_slice_count"] == 4
    nightly = templates["rotate what is due"]["extra_vars"]
    assert nightly == {"acr_cmk_hosts": "registries", "acr_cmk_max_age": "60d"}
    assert templates["diagnose every registry"]["extra_vars"] == {
        "acr_cmk_hosts": "registries",
        "acr_cmk_fail_on": "error",
    }


def test_somebody_is_told_of_what_fails(whole: Made) -> None:
    (notification,) = of(whole, "notification_template").values()
    assert notification["notification_type"] == "webhook"
    told = ["ACR CMK: failures"]
    for module in ("project", "inventory_source", "job_template", "workflow_job_template"):
        for one in of(whole, module).values():
            assert one["notification_templates_error"] == told
    for one in of(whole, "workflow_job_template").values():
        assert one["notification_templates_approvals"] == told


def nodes(given: Made, workflow: str) -> dict[str, dict[str, typing.Any]]:
    found = {
        one["identifier"]: one
        for one in given
        if one["module"] == "awx.awx.workflow_job_template_node"
        and one["workflow_job_template"] == f"ACR CMK: {workflow}"
    }
    for position, one in enumerate(found.values()):
        assert bool(one.get("unified_job_template")) != bool(one.get("approval_node"))
        after = [*(one.get("success_nodes") or []), *(one.get("always_nodes") or [])]
        # a node must be there before another names it
        assert set(after) <= set(list(found)[:position])
    return found


def test_a_revocation_is_previewed_then_approved_then_done(whole: Made) -> None:
    found = nodes(whole, "revoke with approval")
    path = list(reversed(found))
    assert path == ["preview", "approve", "revoke", "diagnose"]
    preview = of(whole, "job_template")[found["preview"]["unified_job_template"].removeprefix("ACR CMK: ")]
    assert (preview["playbook"], preview["job_type"]) == ("revoke.yml", "check")
    assert not preview["ask_job_type_on_launch"]
    assert found["preview"]["success_nodes"] == ["approve"]
    assert found["approve"]["approval_node"]["timeout"] == 3600
    assert found["approve"]["success_nodes"] == ["revoke"]
    assert found["revoke"]["unified_job_template"] == "ACR CMK: revoke"
    # an answer of the workflow's survey would win over what the preview hands on (AWX, WorkflowJobNode.get_job_kwargs)
    workflow = of(whole, "workflow_job_template")["revoke with approval"]
    asked = {question["variable"] for question in workflow["survey_spec"]["spec"]}
    assert asked == {question["variable"] for question in SURVEYS["revoke"]["spec"]} - {"acr_cmk_confirm"}


def test_a_restoration_has_a_workflow_of_its_own(whole: Made) -> None:
    found = nodes(whole, "restore and diagnose")
    assert found["restore"]["unified_job_template"] == "ACR CMK: restore"
    assert found["restore"]["always_nodes"] == ["diagnose"]
    assert of(whole, "workflow_job_template")["restore and diagnose"]["survey_spec"] == SURVEYS["restore"]


def test_who_starts_a_revocation_is_not_who_approves_it(whole: Made) -> None:
    grants = [one for one in whole if one["module"] == "awx.awx.role"]
    of_teams = [
        (one["teams"], one["role"], one.get("workflows"), one.get("job_templates"))
        for one in grants
        if one.get("teams")
    ]
    approving = [teams for teams, role, *_rest in of_teams if role == "approval"]
    assert approving == [["ACR CMK approvers"]]
    executed = {
        name
        for teams, role, workflows, templates in of_teams
        if teams == ["ACR CMK operators"] and role == "execute"
        for name in [*(workflows or []), *(templates or [])]
    }
    assert "ACR CMK: revoke with approval" in executed
    assert "ACR CMK: revoke" not in executed
    members = {one["target_teams"][0]: one["users"] for one in grants if one["role"] == "member"}
    assert members == {"ACR CMK operators": ["alice"], "ACR CMK approvers": ["bob"]}
    names = {*of(whole, "job_template"), *of(whole, "workflow_job_template")}
    for one in grants:
        for name in [*(one.get("workflows") or []), *(one.get("job_templates") or [])]:
            assert name.removeprefix("ACR CMK: ") in names
    assert {one["name"] for one in of(whole, "team").values()} == set(members)


def test_a_trial_needs_less(awx: Awx) -> None:
    given = awx.made(TRIAL)
    assert set(of(given, "credential")) == {f"Azure {name}" for name in JOBS}
    assert {one["inputs"]["client"] for one in of(given, "credential").values()} == {"client"}
    (source,) = of(given, "inventory_source").values()
    assert (PROJECT / source["source_path"]).is_file()
    assert not of(given, "execution_environment")
    for one in of(given, "job_template").values():
        assert one["execution_environment"] == "ours"
        assert one["notification_templates_error"] == ["chat"]


def test_what_would_not_work_is_said_before_anything_is_made(awx: Awx) -> None:
    told = awx.refused({"awx_registries_file": "", "awx_operator_users": ["eve"], "awx_approver_users": ["eve"]})
    for name in (
        "awx_project_url: say in which Git repository",
        "awx_execution_environment_image: AWX's own execution environment lacks the Azure SDKs",
        "give a client and a secret for each of create, rotate, revoke, restore, diagnose, move",
        "awx_registries_file: the nightly rotation works on the registries of the inventory",
        "awx_notifications: say who is told",
        "awx_approvers: whoever starts a revocation does not approve it",
    ):
        assert name in told, told


def test_what_would_fail_at_night_is_said_too(awx: Awx) -> None:
    clients = {
        **WHOLE["awx_azure_clients"],
        "revoke": {"client": "client-revoke"},
        "move": {"client": "c", "secret": ""},
    }
    told = awx.refused(
        {
            **WHOLE,
            "awx_azure_clients": clients,
            "awx_azure_tenant": "",
            # what YAML makes of 0400
            "awx_rotation_time": 256,
            "awx_registries_file": "",
            "awx_rotation_variables": {"acr_cmk_hosts": "localhost", "acr_cmk_registries": "all"},
        }
    )
    for name in (
        "give a client and a secret for each of revoke, move",
        "awx_azure_tenant, awx_azure_subscription: give the tenant",
        "awx_rotation_time, awx_diagnosis_time: give four digits in quotes",
        "awx_rotation_variables and awx_diagnosis_variables with acr_cmk_hosts: localhost",
    ):
        assert name in told, told
    assert SECRET not in told


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
