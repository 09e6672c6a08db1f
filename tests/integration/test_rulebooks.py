# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Key Vault's events, posted to a real ansible-rulebook, which ends in a playbook against the local Azure.

It runs on Java; where there is none, or an older one, it is skipped. The rules are those that ship, with shorter times.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import typing
import urllib.error
import urllib.request

import pytest
import yaml
from environments import environment
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.contoso import Contoso
from support.direct import Direct
from support.fleet import copy_registry
from support.playbooks import Ansible

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULEBOOKS = ROOT / "extensions" / "eda" / "rulebooks"
IN_AWX = ROOT / "docs" / "examples" / "awx-project" / "rulebooks" / "key_vault.yml"
TOKEN = "only-event-grid-knows-it"
KEY = "https://contoso-kv.vault.azure.net/keys/cmk"
TOPIC = "/subscriptions/ID/resourceGroups/contoso/providers/Microsoft.KeyVault/vaults/contoso-kv"
URL = "https://rp-westeurope.eventgrid.azure.net:553/eventsubscriptions/acr-key-events/validate?id=1&token=1A1A1A1A"
SECONDS = 120.0
#: The one that docs/howto/events.md shows.
_HOST = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
INVENTORY = {"all": {"hosts": {"localhost": _HOST}}}


def _java() -> str:
    """The home of a Java that ansible-rulebook takes; empty if there is none."""
    program = shutil.which("java")
    if not program:
        return ""
    told = subprocess.run(
        [program, "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=False
    )
    version = re.search(r"java\.specification\.version = ([0-9]+)$", told.stderr, re.MULTILINE)
    home = re.search(r"java\.home = (.+)$", told.stderr, re.MULTILINE)
    return home[1] if version and home and int(version[1]) >= 17 else ""


def event(kind: str, **data: object) -> dict[str, object]:
    return {
        "id": "00eccf70-95a7-4e7c-8299-2eb17ee9ad64",
        "topic": TOPIC,
        "subject": "cmk",
        "eventType": f"Microsoft.KeyVault.{kind}",
        "eventTime": "2026-11-26T01:08:33.1036736Z",
        "data": data,
        "dataVersion": "1",
        "metadataVersion": "1",
    }


@dataclasses.dataclass
class Rulebook:
    """A running ansible-rulebook."""

    process: subprocess.Popen[str]
    output: pathlib.Path
    port: int

    def post(self, *events: object, token: str = TOKEN) -> int:
        """What Event Grid does; the status."""
        body = json.dumps(list(events)).encode()
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {token}",
            "aeg-event-type": "Notification",
        }
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/", body, headers)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def wait_for(self, is_so: typing.Callable[[], bool]) -> None:
        end = time.monotonic() + SECONDS
        while not is_so():
            assert self.process.poll() is None, self.told
            assert time.monotonic() < end, self.told
            time.sleep(0.2)

    @property
    def told(self) -> str:
        return self.output.read_text(encoding="utf-8")

    @property
    def runs(self) -> int:
        """How many playbooks came to their end."""
        return self.told.count("PLAY RECAP")


@dataclasses.dataclass(frozen=True)
class Program:
    """ansible-rulebook, in an environment of its own, and the home of its Java."""

    path: pathlib.Path
    java: str


@pytest.fixture(scope="module")
def program() -> Program:
    java = _java()
    if not java:
        pytest.skip("ansible-rulebook needs Java 17 or newer")
    # before a test leads everything to the local Azure
    python = environment("rulebook", sys.executable, ROOT / "requirements" / "rulebook.txt")
    return Program(python.with_name("ansible-rulebook"), java)


@contextlib.contextmanager
def running(program: Program, ansible: Ansible, rulebook: list[dict[str, typing.Any]]) -> typing.Iterator[Rulebook]:
    folder = ansible.folder
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    (folder / "rulebook.yml").write_text(yaml.safe_dump(rulebook, sort_keys=False), encoding="utf-8")
    (folder / "inventory.yml").write_text(yaml.safe_dump(INVENTORY), encoding="utf-8")
    variables = {"acr_cmk_webhook_token": TOKEN, "acr_cmk_webhook_port": port}
    (folder / "variables.yml").write_text(yaml.safe_dump(variables), encoding="utf-8")
    named = {"rulebook": "rulebook.yml", "inventory": "inventory.yml", "vars": "variables.yml"}
    command = [
        str(program.path),
        *(f"--{name}={folder / file}" for name, file in named.items()),
    ]
    path = f"{program.path.parent}{os.pathsep}{os.environ['PATH']}"
    variables_of_tests = ("ANSIBLE_CALLBACKS_ENABLED", "ANSIBLE_CALLBACK_PLUGINS", "VIRTUAL_ENV")
    kept = {name: value for name, value in ansible.environment.items() if name not in variables_of_tests}
    output = folder / "told.txt"
    with output.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [*command, "--print-events"],
            cwd=folder,
            env={**kept, "JAVA_HOME": program.java, "PATH": path},
            stdout=stream,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        started = Rulebook(process, output, port)
        started.wait_for(lambda: _listens(port))
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def rules(path: pathlib.Path) -> dict[str, typing.Any]:
    (ruleset,) = yaml.safe_load(path.read_text(encoding="utf-8"))
    return typing.cast("dict[str, typing.Any]", ruleset)


def hurried(ruleset: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """The same, with what waits for further changes of a policy waiting three seconds."""
    ruleset = copy.deepcopy(ruleset)
    for rule in ruleset["rules"]:
        if "once_after" in rule.get("throttle", {}):
            rule["throttle"]["once_after"] = "3 seconds"
    return ruleset


def test_the_rules_are_the_same_whichever_way_events_come() -> None:
    webhook, queue, awx = (
        rules(path) for path in (RULEBOOKS / "key_vault_webhook.yml", RULEBOOKS / "key_vault_service_bus.yml", IN_AWX)
    )
    assert webhook["rules"][1:] == queue["rules"]
    for ours, theirs in zip(queue["rules"], awx["rules"], strict=True):
        assert {**ours, "action": None} == {**theirs, "action": None}
        job = theirs["action"]["run_job_template"]
        assert job["include_events"] is False
        assert job["job_args"]["extra_vars"] == ours["action"]["run_playbook"]["extra_vars"]
    assert queue["sources"] == awx["sources"]
    for ruleset in (webhook, queue, awx):
        (source,) = ruleset["sources"]
        assert source["filters"] == [{"ownkey.acr.key_vault": {"cloud": "AzureCloud"}}]


def test_events_end_in_registries_on_the_new_version(
    program: Program,
    with_registry: Contoso,
    azure: LocalAzure,
    ansible: Ansible,
    direct: Direct,
    control: Control,
) -> None:
    # one registry follows the key, another is pinned to its first version
    state = control.state()
    (first,) = state["data"]["registries"].values()
    copy_registry(state, first, "pinnedacr")
    control.load(state)
    pinned = direct("cmk_rotate", registries=["pinnedacr"], rotation_mode="manual")
    assert not pinned.get("failed"), pinned
    control.advance(86400)
    version = Clients(azure).keys().rotate_key("cmk").properties.version
    # by itself within the hour
    control.advance(3700)
    webhook = hurried(rules(RULEBOOKS / "key_vault_webhook.yml"))
    # of a queue's messages, in the form that azure.azcollection's source gives them
    queue = hurried(rules(RULEBOOKS / "key_vault_service_bus.yml"))
    (source,) = queue["sources"]
    source.pop("azure.azcollection.azure_service_bus")
    changed = {"body": event("VaultAccessPolicyChanged", VaultName="contoso-kv"), "meta": {"message_id": "1"}}
    source["eda.builtin.generic"] = {"payload": [changed, changed], "shutdown_after": SECONDS}
    made = {
        "Id": f"{KEY}/{version}",
        "VaultName": "contoso-kv",
        "ObjectType": "Key",
        "ObjectName ": "cmk",
        "NBF": "1559",
    }
    template = "{{ lookup('pipe', 'touch was-here') }}"
    with running(program, ansible, [webhook, queue]) as rulebook:
        assert rulebook.post(event("KeyNewVersionCreated", **made), token="wrong") == 401
        hostile = event("KeyNewVersionCreated", VaultName=template, ObjectName=template, Version=template)
        assert rulebook.post(hostile, "nonsense", {"data": template}) == 200
        again = event("KeyNewVersionCreated", **made)
        assert rulebook.post(again, again) == 200
        assert rulebook.post(again) == 200
        validation = {**event(""), "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent"}
        assert rulebook.post({**validation, "data": {"validationCode": "1", "validationUrl": URL}}) == 200
        rulebook.wait_for(lambda: rulebook.runs >= 3 and _was_validated(control))
    now = direct("acr_cmk_registry_info", resource_group="contoso")["registries"]
    assert {one["name"]: one["encryption"]["key_version"] for one in now} == {
        "contosoacr": version,
        "pinnedacr": version,
    }
    # no version but that one: what comes twice is done once, and an event makes no version by itself
    (versions,) = [key["versions"] for key in control.state()["data"]["keys"]["contoso-kv"].values()]
    assert len(versions) == 2
    # one for the key, one for the vault, one that answers Event Grid
    assert rulebook.runs == 3, rulebook.told
    assert "failed=0" in rulebook.told
    assert not list(ansible.folder.rglob("was-here"))
    assert TOKEN not in rulebook.told


def _was_validated(control: Control) -> bool:
    return any(one["service"] == "events" and one["status"] == 200 for one in control.requests())
