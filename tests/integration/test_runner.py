# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every job of the example project under ansible-runner as AWX runs it.

The built-in credential's variables, a survey's answers, artifacts, a workflow, the nightly jobs, a job that is
cancelled.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import typing

import ansible_runner
import pytest
import yaml
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.playbooks import descendants

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = ROOT / "docs" / "examples" / "awx-project"
SURVEYS = yaml.safe_load((ROOT / "playbooks" / "vars" / "awx_surveys.yml").read_text(encoding="utf-8"))["awx_surveys"]
CONTOSO = {"acr_cmk_registry": "contosoacr", "acr_cmk_resource_group": "contoso", "acr_cmk_location": "westeurope"}
#: What AWX's built-in credential for Azure sets, and nothing else of ours.
CREDENTIAL = {
    "AZURE_CLIENT_ID": "AZURE_CLIENT_ID",
    "AZURE_SECRET": "AZURE_CLIENT_SECRET",
    "AZURE_TENANT": "AZURE_TENANT_ID",
    "AZURE_SUBSCRIPTION_ID": "AZURE_SUBSCRIPTION_ID",
}


class Awx:
    """A private data directory for each job, as AWX's dispatcher makes it."""

    def __init__(self, folder: pathlib.Path, azure: LocalAzure, control: Control) -> None:
        self._folder, self.control, self._jobs = folder, control, 0
        there = azure.environment
        self._variables = {name: there[source] for name, source in CREDENTIAL.items()}
        # the way to the local Azure, which a real job does not need
        self._variables |= {name: there[name] for name in ("HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")}
        self._variables |= {
            "ANSIBLE_COLLECTIONS_PATH": os.environ.get(
                "ANSIBLE_COLLECTIONS_PATH", str(ROOT / ".cache" / "collections")
            ),
            "ANSIBLE_CALLBACK_PLUGINS": "",
            "PATH": os.environ["PATH"],
        }

    def _job(self, playbook: str, answers: dict[str, typing.Any], **options: typing.Any) -> dict[str, typing.Any]:
        self._jobs += 1
        private = self._folder / f"job{self._jobs}"
        shutil.copytree(PROJECT, private / "project")
        (private / "home").mkdir()
        return {
            "private_data_dir": str(private),
            "playbook": f"{playbook}.yml",
            "inventory": "localhost ansible_connection=local",
            "extravars": answers,
            "envvars": {**self._variables, "HOME": str(private / "home")},
            "quiet": True,
            **options,
        }

    def run(self, playbook: str, **answers: typing.Any) -> typing.Any:
        """A job that a survey is answered for; its artifacts are in ``stats``."""
        asked = {question["variable"] for question in SURVEYS[playbook]["spec"]}
        assert set(answers) <= asked
        return self.successful(playbook, answers)

    def successful(self, playbook: str, variables: dict[str, typing.Any], **options: typing.Any) -> typing.Any:
        """A job with any variables, as a workflow and a schedule have them."""
        runner = ansible_runner.run(**self._job(playbook, variables, **options))
        assert runner.status == "successful", runner.stdout.read()
        return runner

    @property
    def registries_in_azure(self) -> str:
        """The project's inventory source."""
        return str(PROJECT / "inventory" / "fleet.acr.yml")

    def cancelled_at_write(self, number: int, playbook: str, **answers: typing.Any) -> typing.Any:
        """A job that somebody cancels when its nth write has taken effect: AWX kills the whole process group."""
        mark = self.control.mark()
        self.control.fault(method="PUT|POST|PATCH|DELETE", host="(?!login).*", nth=number, delay=30, when="after")
        workers: set[int] = set()

        def cancelled() -> bool:
            hit = any(entry["fault"] for entry in self.control.requests(mark))
            if hit:
                workers.update(descendants(os.getpid()))
            return hit

        try:
            runner = ansible_runner.run(**self._job(playbook, answers, cancel_callback=cancelled))
        finally:
            # ansible-core gives its workers sessions of their own, so that they outlive the group on a test machine; a
            # container is torn down with all that is in it
            for pid in workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.control.clear_faults()
        assert runner.status == "canceled"
        return runner


@pytest.fixture
def awx(azure: LocalAzure, control: Control, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Awx:
    # ansible-runner hands its own environment on
    ours = ("AZURE_", "LOCAL_AZURE", "HTTPS_PROXY", "REQUESTS_CA", "CURL_CA", "SSL_CERT")
    for name in [name for name in os.environ if name.upper().startswith(ours)]:
        monkeypatch.delenv(name)
    return Awx(tmp_path, azure, control)


def artifacts(runner: typing.Any) -> dict[str, typing.Any]:
    """What ``set_stats`` leaves for the next nodes of a workflow."""
    (last,) = (event for event in runner.events if event["event"] == "playbook_on_stats")
    return last["event_data"]["artifact_data"]


TO = {name: CONTOSO[name] for name in ("acr_cmk_registry", "acr_cmk_resource_group")}


def test_every_playbook_runs_as_a_job(awx: Awx, control: Control) -> None:
    created = awx.run("create", **CONTOSO, acr_cmk_vault="", acr_cmk_key=None, acr_cmk_purge_protection="true")
    assert artifacts(created)["acr_cmk_create_result"]["registry"]["name"] == "contosoacr"
    target = {"acr_cmk_registry": "contosoacr2", "acr_cmk_resource_group": "contoso", "acr_cmk_move_from": "contosoacr"}
    foreseen = awx.successful("move", target, cmdline="--check")
    assert artifacts(foreseen)["acr_cmk_move_result"]["changed"] is True
    rotated = awx.run("rotate", **TO, acr_cmk_max_age="0d", acr_cmk_pick_up="nudge", acr_cmk_registries="")
    row = artifacts(rotated)["acr_cmk_rotate_result"]["registries"][0]
    assert row["key_version_before"] != row["key_version_after"]
    revoked = awx.run("revoke", **TO, acr_cmk_confirm="contosoacr", acr_cmk_revoke_by=None)
    assert artifacts(revoked)["acr_cmk_revoke_result"]["locked"] is False
    assert not control.registries()["contosoacr"]["readable"]
    found = awx.run("diagnose", **TO, acr_cmk_fail_on="")
    assert artifacts(found)["acr_cmk_diagnose_result"]["healthy"] is False
    restored = awx.run("restore", **TO)
    assert artifacts(restored)["acr_cmk_restore_result"]["changed"] is True
    assert control.registries()["contosoacr"]["readable"]
    for runner in (created, rotated, revoked, found, restored):
        assert awx._variables["AZURE_SECRET"] not in runner.stdout.read()


def test_a_revocation_takes_the_confirmation_that_was_approved(
    with_registry: Contoso, awx: Awx, control: Control
) -> None:
    # the nodes of the workflow: a check, whose artifacts become variables of the job after the approval
    preview = awx.successful("revoke", TO, cmdline="--check")
    told = preview.stdout.read()
    assert "Every image would become unreadable in: contosoacr." in told
    assert "acr_cmk_confirm=contosoacr" in told
    assert control.registries()["contosoacr"]["readable"]
    handed_on = artifacts(preview)
    assert handed_on["acr_cmk_confirm"] == ["contosoacr"]
    revoked = awx.successful("revoke", {**handed_on, **TO})
    assert not control.registries()["contosoacr"]["readable"]
    # what it leaves is its own result, not that of the node before, which came to it as a variable of the same name
    result = artifacts(revoked)["acr_cmk_revoke_result"]
    assert result["changed"] is True
    assert result["message"] != handed_on["acr_cmk_revoke_result"]["message"]
    assert "acr_cmk_confirm" not in artifacts(revoked)


def test_the_nightly_jobs_work_on_what_is_in_azure(with_registry: Contoso, awx: Awx, control: Control) -> None:
    control.advance(100 * 86400)
    nightly = {"acr_cmk_hosts": "registries", "acr_cmk_pick_up": "nudge"}
    rotated = awx.successful("rotate", nightly, inventory=awx.registries_in_azure)
    (row,) = artifacts(rotated)["acr_cmk_rotate_results"]["contosoacr"]["registries"]
    assert row["key_version_before"] != row["key_version_after"]
    every = {"acr_cmk_hosts": "registries", "acr_cmk_fail_on": "error"}
    found = awx.successful("diagnose", every, inventory=awx.registries_in_azure)
    assert artifacts(found)["acr_cmk_diagnose_results"]["contosoacr"]["message"]
    # EDA server starts this one
    version = f"https://contoso-kv.vault.azure.net/keys/cmk/{row['key_version_after']}"
    event = {"acr_cmk_event": "new_version", "acr_cmk_event_key": version}
    told = awx.run("key_event", **event, acr_cmk_event_vault="", acr_cmk_max_age="", acr_cmk_verify_data=None)
    assert artifacts(told)["acr_cmk_key_event_result"]["changed"] is False


@pytest.mark.parametrize("number", [3, 7])
def test_a_cancelled_job_can_be_run_again(awx: Awx, control: Control, number: int) -> None:
    awx.cancelled_at_write(number, "create", **CONTOSO)
    awx.run("create", **CONTOSO)
    assert control.registries()["contosoacr"]["readable"]
    state = control.state()["data"]
    assert [len(key["versions"]) for key in state["keys"]["contosoacr-kv"].values()] == [1]
    assert [len(state[kind]) for kind in ("identities", "vaults", "registries", "assignments")] == [1, 1, 1, 3]


def test_a_cancelled_rotation_makes_no_second_version(awx: Awx, control: Control) -> None:
    awx.run("create", **CONTOSO)
    control.advance(100 * 86400)
    awx.cancelled_at_write(1, "rotate", **TO)
    awx.run("rotate", **TO, acr_cmk_pick_up="nudge")
    (versions,) = [key["versions"] for key in control.state()["data"]["keys"]["contosoacr-kv"].values()]
    assert len(versions) == 2
    assert control.registries()["contosoacr"]["readable"]
