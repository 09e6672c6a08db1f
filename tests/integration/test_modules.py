# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module: the first run changes, the second does not, and check mode foretells exactly what the real run does."""

from __future__ import annotations

import json
import pathlib
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from local_azure.client import Control
from support.contoso import Contoso
from support.direct import Direct
from support.playbooks import Ansible, Run

PLACE = {"resource_group": "contoso"}
WEST = {"location": "westeurope"}
KEY = {"vault": "contoso-kv", "name": "cmk"}
NEW_KEY = {"vault": "contoso-kv", "name": "second"}
REGISTRY = {"name": "contosoacr", **PLACE}
IDENTITY2 = [
    {"ownkey.acr.managed_identity": {"name": "second-id", **PLACE, **WEST}},
    {"ownkey.acr.keyvault_key_access": {"vault": "contoso-kv", "identity": "second-id", **PLACE}},
]
POLICY = {"rotate_after_creation": "P90D", "notify_before_expiry": "P30D", "expiry_time": "P1Y"}
CONFIRM = {"confirm": ["contosoacr"]}

#: name: what to begin with, tasks before, module, options
CHANGES = {
    "group": ("nothing", [], "resource_group", {"name": "contoso", "tags": {"a": "b"}, **WEST}),
    "group tags": ("vault", [], "resource_group", {"name": "contoso", "tags": {"a": "b"}}),
    "group gone": ("registry", [], "resource_group", {"name": "contoso", "state": "absent", **CONFIRM}),
    "identity": ("vault", [], "managed_identity", {"name": "new-id", **PLACE, **WEST}),
    "identity tags": ("vault", [], "managed_identity", {"name": "contoso-id", "tags": {"a": "b"}, **PLACE}),
    "identity gone": (
        "registry",
        [],
        "managed_identity",
        {"name": "contoso-id", "state": "absent", **PLACE, **CONFIRM},
    ),
    "vault": ("vault", [], "keyvault", {"name": "new-kv", "soft_delete_retention_days": 7, **PLACE, **WEST}),
    "vault of policies": ("vault", [], "keyvault", {"name": "new-kv", "access": "policy", **PLACE, **WEST}),
    "vault premium": ("vault", [], "keyvault", {"name": "contoso-kv", "sku": "premium", "tags": {"a": "b"}, **PLACE}),
    "vault firewall": (
        "registry",
        [],
        "keyvault",
        {"name": "contoso-kv", "network_acls": {"ip_rules": ["203.0.113.0/24"]}, **PLACE, **CONFIRM},
    ),
    "vault gone": ("registry", [], "keyvault", {"name": "contoso-kv", "state": "absent", **PLACE, **CONFIRM}),
    "vault back": (
        "vault",
        [{"ownkey.acr.keyvault": {"name": "contoso-kv", "state": "absent", **PLACE}}],
        "keyvault",
        {"name": "contoso-kv", "recover": True, **PLACE, **WEST},
    ),
    "role": ("vault", IDENTITY2[:1], "keyvault_key_access", {"vault": "contoso-kv", "identity": "second-id", **PLACE}),
    "role for one key": (
        "vault",
        IDENTITY2[:1],
        "keyvault_key_access",
        {"vault": "contoso-kv", "identity": "second-id", "key": "cmk", **PLACE},
    ),
    "role gone": (
        "registry",
        [],
        "keyvault_key_access",
        {"vault": "contoso-kv", "identity": "contoso-id", "state": "absent", **PLACE, **CONFIRM},
    ),
    "key": ("vault", [], "keyvault_rsa_key", {**NEW_KEY, "size": 3072, "tags": {"a": "b"}, "rotation_policy": POLICY}),
    "key attributes": (
        "vault",
        [],
        "keyvault_rsa_key",
        {**KEY, "tags": {"a": "b"}, "expires_on": "2040-01-01", "operations": ["wrapKey", "unwrapKey"]},
    ),
    "key policy": ("vault", [], "keyvault_rsa_key", {**KEY, "rotation_policy": POLICY}),
    "key size": ("vault", [], "keyvault_rsa_key", {**KEY, "size": 3072}),
    "key disabled": ("registry", [], "keyvault_rsa_key", {**KEY, "state": "disabled", **CONFIRM}),
    "key enabled": (
        "vault",
        [{"ownkey.acr.keyvault_rsa_key": {**KEY, "state": "disabled"}}],
        "keyvault_rsa_key",
        {**KEY, "version": "all"},
    ),
    "key gone": ("registry", [], "keyvault_rsa_key", {**KEY, "state": "absent", **CONFIRM}),
    "key back": (
        "vault",
        [{"ownkey.acr.keyvault_rsa_key": {**KEY, "state": "absent"}}],
        "keyvault_rsa_key",
        {**KEY, "recover": True},
    ),
    "registry": (
        "vault",
        [],
        "acr_cmk_registry",
        {
            **REGISTRY,
            **WEST,
            "identity": "contoso-id",
            "key_identifier": "https://contoso-kv.vault.azure.net/keys/cmk",
            "tags": {"a": "b"},
            "zone_redundancy": "Enabled",
            "system_assigned_identity": True,
            "replicas": [{"location": "northeurope", "zone_redundancy": "Enabled"}],
        },
    ),
    "registry settings": (
        "registry",
        [],
        "acr_cmk_registry",
        {
            **REGISTRY,
            "admin_user_enabled": True,
            "data_endpoint_enabled": True,
            "network_rule_bypass": "None",
            "network_rule_set": {"ip_rules": ["198.51.100.0/24"]},
            "tags": {"a": "b"},
        },
    ),
    "registry replica": ("registry", [], "acr_cmk_registry", {**REGISTRY, "replicas": [{"location": "North Europe"}]}),
    "registry identities": (
        "registry",
        IDENTITY2,
        "acr_cmk_registry",
        {**REGISTRY, "identities": ["second-id"], "system_assigned_identity": True},
    ),
    "registry identity": ("registry", IDENTITY2, "acr_cmk_registry", {**REGISTRY, "identity": "second-id"}),
    "registry key": (
        "registry",
        [{"ownkey.acr.keyvault_rsa_key": NEW_KEY}],
        "acr_cmk_registry",
        {**REGISTRY, "key_identifier": "https://contoso-kv.vault.azure.net/keys/second"},
    ),
    "registry gone": ("registry", [], "acr_cmk_registry", {**REGISTRY, "state": "absent", **CONFIRM}),
    "rotate to another key": (
        "registry",
        [{"ownkey.acr.keyvault_rsa_key": NEW_KEY}],
        "cmk_rotate",
        {"registries": ["contosoacr"], "key_identifier": "https://contoso-kv.vault.azure.net/keys/second"},
    ),
    "rotate to another identity": (
        "registry",
        IDENTITY2,
        "cmk_rotate",
        {"registries": ["contosoacr"], "identity": "second-id", **PLACE},
    ),
    "rotate by hand from now on": (
        "registry",
        [],
        "cmk_rotate",
        {"registries": ["contosoacr"], "rotation_mode": "manual"},
    ),
    "revoke": ("registry", [], "cmk_revoke", {"registries": ["contosoacr"], **CONFIRM}),
    "restore": (
        "registry",
        [{"ownkey.acr.keyvault_rsa_key": {**KEY, "state": "absent", **CONFIRM}}],
        "cmk_restore",
        {"registries": ["contosoacr"]},
    ),
}


#: The cases run in so many plays, so that several processes share them; each begins from a state of its own.
PLAYS = 4


@pytest.mark.parametrize("number", range(PLAYS))
def test_check_then_change_then_nothing_more(
    number: int, ansible: Ansible, states: dict[str, dict], tmp_path: pathlib.Path
) -> None:
    for name, state in states.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(state))
    tasks: list[dict] = []
    cases = list(CHANGES)[number::PLAYS]
    for case in cases:
        start, before, module, options = CHANGES[case]
        tasks.append({"name": f"load {tmp_path / start}.json", "ansible.builtin.debug": {}})
        tasks += [{**task, "name": f"{case}: prepare", "ignore_errors": True} for task in before]
        for what, keywords in (
            ("foreseen", {"check_mode": True, "diff": True}),
            ("done", {"diff": True}),
            ("again", {"diff": True}),
            ("checked again", {"check_mode": True}),
        ):
            task = {"name": f"{case}: {what}", f"ownkey.acr.{module}": options, "ignore_errors": True}
            tasks.append({**task, **keywords})
    run = ansible.tasks(*tasks)
    for case in cases:
        _changed_once(case, run)


def _changed_once(case: str, run: Run) -> None:
    foreseen, done, again = (run.result(f"{case}: {what}") for what in ("foreseen", "done", "again"))
    assert not foreseen["failed"], f"{case}: {foreseen}"
    assert not done["failed"], f"{case}: {done}"
    assert foreseen["changed"] is True, case
    assert done["changed"] is True, case
    assert foreseen["plan"] == done["plan"] != [], case
    assert foreseen["diff"] == done["diff"], case
    assert done["diff"]["before"] != done["diff"]["after"], case
    assert foreseen["msg"].startswith("Would "), case
    checked = run.result(f"{case}: checked again")
    assert (checked["failed"], checked["changed"]) == (False, False), case
    assert (again["failed"], again["changed"], again["plan"]) == (False, False, []), case
    assert "diff" not in checked, case


@pytest.mark.parametrize("case", CHANGES)
def test_check_mode_writes_nothing(case: str, direct: Direct, control: Control, states: dict[str, dict]) -> None:
    start, before, module, options = CHANGES[case]
    control.load(states[start])
    for task in before:
        ((name, wanted),) = task.items()
        assert not direct(name.rsplit(".", 1)[-1], **wanted).get("failed")
    since = control.mark()
    foreseen = direct(module, check=True, **options)
    assert foreseen["changed"], foreseen
    asked = [entry for entry in control.requests(since) if entry["service"] != "login"]
    assert [entry["path"] for entry in asked if entry["writes"]] == []
    assert foreseen["requests"] == len(asked)


#: The collection's modules by both ways: in the controller's process, and as ordinary modules.
BOTH = {
    "resource_group": {"name": "contoso", "tags": {"a": "b"}},
    "managed_identity": {"name": "contoso-id", "tags": {"a": "b"}, **PLACE},
    "keyvault": {"name": "contoso-kv", "tags": {"a": "b"}, **PLACE},
    "keyvault_key_access": {"vault": "contoso-kv", "identity": "contoso-id", **PLACE},
    "keyvault_rsa_key": {**KEY, "tags": {"a": "b"}},
    "keyvault_rsa_key_info": {"vault": "contoso-kv", "versions": True, "rotation_policy": True},
    "acr_cmk_registry": {**REGISTRY, "tags": {"a": "b"}},
    "acr_cmk_registry_info": {"subscriptions": ["all"]},
    "cmk_rotate": {"registries": ["contosoacr"], "max_age": "90d"},
    "cmk_dependents_info": {"vault": "contoso-kv"},
    "cmk_health_info": {"registries": ["contosoacr"], "max_age": "90d"},
    "cmk_report": {"registries": ["contosoacr"], "resource_group": "contoso"},
    "cmk_revoke": {"registries": ["contosoacr"]},
    "cmk_restore": {"registries": ["contosoacr"]},
}


@pytest.mark.parametrize("half", [0, 1])
def test_in_process_and_as_a_module_are_the_same(
    with_registry: Contoso, ansible: Ansible, control: Control, tmp_path: pathlib.Path, half: int
) -> None:
    """Another interpreter is one of the reasons to run the module; what comes back must not differ."""
    # or else diagnose tells how many seconds ago the role was given
    control.advance(700)
    python = tmp_path / "another-python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    modules = list(BOTH)[half::2]

    def task(module: str, way: str, **keywords: object) -> dict:
        return {"name": f"{module} {way}", f"ownkey.acr.{module}": BOTH[module], "ignore_errors": True, **keywords}

    first = [task(module, "first") for module in modules]
    here = [task(module, "here") for module in modules]
    there = [task(module, "there", vars={"ansible_python_interpreter": str(python)}) for module in modules]
    run = ansible.tasks(*first, *here, *there, flags=["-vvv"])
    # that they ran as modules shows in what Ansible says it does
    assert run.output.count("AnsiballZ_") >= len(modules) or run.output.count(str(python)) >= len(modules)
    for module in modules:
        here_is, there_is = _comparable(run.result(f"{module} here")), _comparable(run.result(f"{module} there"))
        assert json.dumps(here_is, indent=1, sort_keys=True) == json.dumps(there_is, indent=1, sort_keys=True)


def test_async_runs_the_module(with_registry: Contoso, ansible: Ansible) -> None:
    options = {"ownkey.acr.acr_cmk_registry_info": REGISTRY}
    run = ansible.tasks({"name": "here", **options}, {"name": "there", **options, "async": 60, "poll": 1})
    assert run.ok, run.output
    assert run.result("here")["registries"] == run.result("there")["registries"]


def _comparable(result: dict) -> dict:
    own = ("invocation", "ansible_job_id", "results_file", "started", "finished", "stdout", "stderr", "stdout_lines")
    ansible_own = ("stderr_lines", "exception", "cmd", "_ansible_no_log", "_ansible_verbose_always")
    return {name: value for name, value in result.items() if name not in (*own, *ansible_own)}


def test_secrets_are_shown_by_neither_way(with_registry: Contoso, ansible: Ansible) -> None:
    secret = ansible.environment["AZURE_SECRET"]
    options = {"name": "contoso", "secret": "{{ lookup('ansible.builtin.env', 'AZURE_SECRET') }}"}
    run = ansible.tasks(
        {"ownkey.acr.resource_group": options},
        {"ownkey.acr.resource_group": options, "async": 30, "poll": 1},
        flags=["-vvvvv"],
    )
    assert run.ok, run.output
    assert secret not in run.output
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in run.output
    assert secret not in str(run.tasks)


def test_the_task_s_environment_counts(with_registry: Contoso, ansible: Ansible) -> None:
    run = ansible.tasks(
        {
            "ownkey.acr.resource_group": {"name": "contoso"},
            "environment": {"AZURE_SECRET": "{{ 'not' + '-it' }}", "AZURE_CLIENT_SECRET": "not-it"},
        }
    )
    assert not run.ok
    assert "AADSTS7000215" in run.last["msg"]


# --- keys that come from elsewhere ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encrypted", [False, True])
def test_an_imported_key_serves_a_registry(
    with_vault: Contoso, ansible: Ansible, control: Control, tmp_path: pathlib.Path, encrypted: bool
) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    sealed = serialization.BestAvailableEncryption(b"open-sesame") if encrypted else serialization.NoEncryption()
    text = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)
    path = tmp_path / "key.pem"
    path.write_bytes(text)
    key = {"vault": "contoso-kv", "name": "mine", "import_file": str(path)}
    passphrase = {"import_passphrase": "{{ 'open' + '-sesame' }}"} if encrypted else {}
    run = ansible.tasks(
        {"ownkey.acr.keyvault_rsa_key": {**key, **passphrase}, "register": "made"},
        {"name": "again", "ownkey.acr.keyvault_rsa_key": {**key, **passphrase}},
        with_vault.registry_task(key_identifier="{{ made.key_identifier }}"),
        flags=["-vvv"],
    )
    assert run.ok, run.output
    assert run.result("again")["changed"] is False
    assert control.registries()["contosoacr"]["readable"]
    assert "open-sesame" not in run.output
    assert "PRIVATE KEY" not in run.output
    wrong = ansible.module("keyvault_rsa_key", **{**key, "name": "other", "import_passphrase": "wrong-one"})
    assert not wrong.ok
    assert wrong.writes == []


# --- facts ------------------------------------------------------------------------------------------------------------


def test_registry_info(with_registry: Contoso, ansible: Ansible) -> None:
    run = ansible.tasks(
        {"name": "one", "ownkey.acr.acr_cmk_registry_info": REGISTRY},
        {"name": "group", "ownkey.acr.acr_cmk_registry_info": PLACE},
        {"name": "all", "ownkey.acr.acr_cmk_registry_info": {"subscriptions": ["all"], "encrypted_only": True}},
        {"name": "none", "ownkey.acr.acr_cmk_registry_info": {"name": "noacr12", **PLACE}},
        {
            "name": "must",
            "ownkey.acr.acr_cmk_registry_info": {"name": "noacr12", "must_exist": True},
            "ignore_errors": True,
        },
    )
    one = run.result("one")
    assert one["requests"] == 1
    (known,) = one["registries"]
    assert known["encryption"]["rotation_mode"] == "automatic"
    assert known["encryption"]["vault"] == "contoso-kv"
    assert run.result("group")["registries"] == run.result("all")["registries"] == [known]
    assert run.result("none")["registries"] == []
    assert run.result("must")["failed"]


def test_key_info(with_registry: Contoso, ansible: Ansible, control: Control) -> None:
    control.advance(12 * 86400)
    run = ansible.tasks(
        {"name": "one", "ownkey.acr.keyvault_rsa_key_info": {**KEY, "versions": True, "rotation_policy": True}},
        {"name": "all", "ownkey.acr.keyvault_rsa_key_info": {"vault": "https://contoso-kv.vault.azure.net/"}},
        {"name": "none", "ownkey.acr.keyvault_rsa_key_info": {**KEY, "name": "none"}},
    )
    (known,) = run.result("one")["found_keys"]
    assert (known["age_days"], known["usable_by_registries"], known["purge_protected"]) == (12, True, True)
    assert len(known["versions"]) == 1
    assert [key["name"] for key in run.result("all")["found_keys"]] == ["cmk"]
    assert run.result("none")["found_keys"] == []
