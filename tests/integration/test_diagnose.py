# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each finding of ``diagnose``: break the local Azure that way, find it, apply the stated remedy, and find it gone."""

from __future__ import annotations

import typing
import uuid

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.contoso import Contoso
from support.direct import Direct
from support.playbooks import Ansible

PLACE = {"resource_group": "contoso"}
TO = {"registries": ["contosoacr"], **PLACE}
KEY = {"vault": "contoso-kv", "name": "cmk"}
DAY = 86400
CMK_ROLE = "e147488a-f6f5-4113-8e2d-b22465e65bf6"


class Patient:
    """A registry to break and to mend."""

    def __init__(self, azure: LocalAzure, direct: Direct, control: Control) -> None:
        self._azure, self.direct, self.control = azure, direct, control

    @property
    def clients(self) -> Clients:
        return Clients(self._azure)

    def do(self, module: str, **options: typing.Any) -> dict[str, typing.Any]:
        result = self.direct(module, **options)
        assert not result.get("failed"), result["msg"]
        return result

    def restore(self) -> None:
        self.do("cmk_restore", **TO)

    def edit(self, change: typing.Callable[[dict[str, typing.Any]], None]) -> None:
        state = self.control.state()
        change(state["data"])
        self.control.load(state)

    def vault(self, **properties: typing.Any) -> None:
        self.clients.vaults.update("contoso", "contoso-kv", {"properties": properties})

    def key(self, **properties: typing.Any) -> None:
        self.clients.keys().update_key_properties("cmk", **properties)


def _roles_elsewhere(data: dict[str, typing.Any]) -> None:
    """The identity's role is for another key of the vault."""
    for name, assignment in list(data["assignments"].items()):
        if assignment["role"] == CMK_ROLE:
            del data["assignments"][name]
            moved = {**assignment, "scope": assignment["scope"] + "/keys/another", "name": str(uuid.uuid4())}
            data["assignments"][f"{moved['scope']}/{moved['name']}".lower()] = moved


def _old_tenant(data: dict[str, typing.Any]) -> None:
    for vault in data["vaults"].values():
        vault["properties"]["tenantId"] = "11111111-1111-4111-8111-111111111111"


def _true_tenant(patient: Patient) -> None:
    def change(data: dict[str, typing.Any]) -> None:
        for vault in data["vaults"].values():
            vault["properties"]["tenantId"] = data["tenant"]

    patient.edit(change)


def _no_purge_protection(data: dict[str, typing.Any]) -> None:
    for vault in data["vaults"].values():
        del vault["properties"]["enablePurgeProtection"]


def _content_trust(data: dict[str, typing.Any]) -> None:
    for registry in data["registries"].values():
        registry["properties"]["policies"]["trustPolicy"]["status"] = "enabled"


def _no_content_trust(patient: Patient) -> None:
    def change(data: dict[str, typing.Any]) -> None:
        for registry in data["registries"].values():
            registry["properties"]["policies"]["trustPolicy"]["status"] = "disabled"

    patient.edit(change)


def _detached(data: dict[str, typing.Any]) -> None:
    for registry in data["registries"].values():
        ((name, value),) = registry["user_identities"].items()
        del registry["user_identities"][name]
        registry["detached"] = {value["clientId"]: {**value, "until": 1e12}}


def _too_early(patient: Patient) -> None:
    old = patient.clients.keys().get_key("cmk").properties.version
    patient.clients.keys().rotate_key("cmk")
    patient.clients.keys().update_key_properties("cmk", old, enabled=False)


def _behind(patient: Patient) -> None:
    """A new version is there, and the registry's role is not: it does not follow."""
    patient.clients.keys().rotate_key("cmk")
    patient.edit(_roles_elsewhere)
    patient.control.advance(2 * 3600)


def _behind_mended(patient: Patient) -> None:
    patient.restore()
    patient.do("cmk_rotate", **TO, max_age="365d", pick_up="nudge")


POLICY = {"rotate_after_creation": "P60D", "expiry_time": "P1Y"}


def _manual_with_policy(patient: Patient) -> None:
    patient.do("cmk_rotate", **TO, rotation_mode="manual")
    patient.do("keyvault_rsa_key", **KEY, rotation_policy=POLICY)


Act = typing.Callable[[Patient], typing.Any]
#: code: how it is broken, how it is mended, further options of the module
FINDINGS: dict[str, tuple[Act, Act, dict[str, typing.Any]]] = {
    "identity_deleted": (lambda p: p.clients.identities.delete("contoso", "contoso-id"), Patient.restore, {}),
    "identity_recreated": (
        lambda p: (p.clients.identities.delete("contoso", "contoso-id"), p.clients.identity()),
        Patient.restore,
        {},
    ),
    "identity_not_attached": (lambda p: p.edit(_detached), Patient.restore, {}),
    "access_missing": (
        lambda p: p.do(
            "keyvault_key_access",
            vault="contoso-kv",
            identity="contoso-id",
            state="absent",
            confirm=["contosoacr"],
            **PLACE,
        ),
        lambda p: p.do("keyvault_key_access", vault="contoso-kv", identity="contoso-id", **PLACE),
        {},
    ),
    "access_wrong_mode": (
        lambda p: p.vault(enableRbacAuthorization=False),
        lambda p: p.do("keyvault_key_access", vault="contoso-kv", identity="contoso-id", **PLACE),
        {},
    ),
    "access_wrong_scope": (
        lambda p: p.edit(_roles_elsewhere),
        lambda p: p.do("keyvault_key_access", vault="contoso-kv", identity="contoso-id", **PLACE),
        {},
    ),
    "access_fresh": (
        lambda p: (
            p.control.advance(700),
            p.do(
                "keyvault_key_access",
                vault="contoso-kv",
                identity="contoso-id",
                state="absent",
                confirm=["contosoacr"],
                **PLACE,
            ),
            p.do("keyvault_key_access", vault="contoso-kv", identity="contoso-id", **PLACE),
        ),
        lambda p: p.control.advance(700),
        {},
    ),
    "key_disabled": (lambda p: p.key(enabled=False), Patient.restore, {}),
    "key_operations": (lambda p: p.key(key_operations=["sign"]), Patient.restore, {}),
    "key_deleted": (lambda p: p.clients.keys().begin_delete_key("cmk").result(), Patient.restore, {}),
    "vault_deleted": (lambda p: p.clients.vaults.delete("contoso", "contoso-kv"), Patient.restore, {}),
    "vault_firewall": (
        lambda p: p.vault(
            networkAcls={"defaultAction": "Deny", "bypass": "None", "ipRules": [{"value": "203.0.113.10"}]}
        ),
        lambda p: p.vault(networkAcls={"defaultAction": "Allow", "bypass": "AzureServices"}),
        {},
    ),
    "vault_other_tenant": (lambda p: p.edit(_old_tenant), _true_tenant, {}),
    "no_purge_protection": (
        lambda p: p.edit(_no_purge_protection),
        lambda p: p.do("keyvault", name="contoso-kv", purge_protection=True, **PLACE),
        {},
    ),
    "old_version_disabled_too_early": (_too_early, Patient.restore, {}),
    "behind_newest_version": (_behind, _behind_mended, {}),
    "versioned_although_policy": (
        _manual_with_policy,
        lambda p: p.do("cmk_rotate", **TO, rotation_mode="automatic"),
        {},
    ),
    "no_rotation_policy": (
        lambda p: None,
        lambda p: p.do("keyvault_rsa_key", **KEY, rotation_policy=POLICY),
        {"max_age": "90d"},
    ),
    "key_old": (
        lambda p: p.control.advance(100 * DAY),
        lambda p: p.do("cmk_rotate", **TO, max_age="90d"),
        {"max_age": "90d"},
    ),
    "key_expires_soon": (
        lambda p: p.do("keyvault_rsa_key", **KEY, expires_on="2026-12-10"),
        lambda p: p.do("keyvault_rsa_key", **KEY, expires_on="2040-01-01"),
        {},
    ),
    "key_expired": (
        lambda p: (p.do("keyvault_rsa_key", **KEY, expires_on="2026-12-01"), p.control.advance(60 * DAY)),
        lambda p: p.do("cmk_rotate", **TO, max_age="1d"),
        {},
    ),
    "key_not_yet_valid": (
        lambda p: p.do("keyvault_rsa_key", **KEY, not_before="2040-01-01"),
        lambda p: p.do("keyvault_rsa_key", **KEY, not_before="2020-01-01"),
        {},
    ),
    "key_small": (
        lambda p: None,
        lambda p: (p.do("keyvault_rsa_key", **KEY, size=3072), p.do("cmk_rotate", **TO, max_age="365d")),
        {"min_size": 3072},
    ),
    "content_trust": (lambda p: p.edit(_content_trust), _no_content_trust, {}),
}


@pytest.fixture
def patient(with_registry: Contoso, azure: LocalAzure, direct: Direct, control: Control) -> Patient:
    return Patient(azure, direct, control)


def codes(result: dict[str, typing.Any]) -> list[str]:
    return [finding["code"] for row in result["registries"] for finding in row["findings"]]


def test_a_healthy_registry_gives_no_finding(patient: Patient) -> None:
    patient.control.advance(700)
    result = patient.do("cmk_health_info", **TO)
    assert (codes(result), result["healthy"], result["msg"]) == ([], True, "1 registry: 1 healthy.")


@pytest.mark.parametrize("code", FINDINGS)
def test_broken_found_mended_gone(patient: Patient, code: str) -> None:
    broken, mended, options = FINDINGS[code]
    broken(patient)
    since = patient.control.mark()
    result = patient.do("cmk_health_info", **TO, **options)
    assert [entry["path"] for entry in patient.control.requests(since) if entry["writes"]] == []
    assert code in codes(result), codes(result)
    (finding,) = [one for one in result["registries"][0]["findings"] if one["code"] == code]
    assert all(finding[name] for name in ("severity", "what", "why", "remedy"))
    assert result["registries"][0]["findings"][0]["severity"] == result["registries"][0]["worst"]
    mended(patient)
    assert code not in codes(patient.do("cmk_health_info", **TO, **options))


@pytest.mark.parametrize("expected", ["content_trust", "task_logs_24_hours"])
def test_what_such_a_registry_cannot_have(patient: Patient, expected: str) -> None:
    assert expected in codes(patient.do("cmk_health_info", **TO, expect=["content_trust", "long_task_logs"]))


def test_a_purged_vault_and_a_plain_registry(patient: Patient) -> None:
    body = {"location": "westeurope", "sku": {"name": "Basic"}}
    patient.clients.registries.begin_create("contoso", "plainacr", body).result()
    patient.edit(lambda data: (data["vaults"].clear(), data["keys"].clear()))
    result = patient.do("cmk_health_info")
    found = {row["name"]: [finding["code"] for finding in row["findings"]] for row in result["registries"]}
    assert "vault_missing" in found["contosoacr"]
    assert found["plainacr"] == ["no_cmk"]
    assert "1 in trouble, 1 with a note" in result["msg"]


def test_reader_rights_suffice_and_what_was_not_seen_is_said(patient: Patient) -> None:
    reader = patient.control.principal("reader")
    scope = f"/subscriptions/{patient.clients.subscription}"
    patient.control.grant(scope=scope, role="acdd72a7-3385-48ef-bd42-f606fba81ae7", principal=reader["oid"])
    patient.control.advance(700)
    sign_in = {"client_id": reader["client_id"], "secret": reader["secret"]}
    result = patient.do("cmk_health_info", **sign_in)
    assert codes(result) == ["not_seen"]
    assert "the key (Key Vault Reader" in result["findings"][0]
    patient.control.grant(scope=scope, role="21090545-7ca7-4776-b22c-e363652d74d2", principal=reader["oid"])
    assert codes(patient.do("cmk_health_info", **sign_in)) == []


def test_it_serves_as_a_gate(patient: Patient) -> None:
    patient.key(enabled=False)
    for limit, failed in (("never", False), ("error", True), ("warning", True), ("info", True)):
        assert bool(patient.direct("cmk_health_info", **TO, fail_on=limit).get("failed")) is failed
    patient.restore()
    patient.control.advance(700)
    assert not patient.direct("cmk_health_info", **TO, fail_on="info").get("failed")


def test_a_fleet_costs_by_its_keys_and_not_by_its_size(patient: Patient) -> None:
    def multiply(data: dict[str, typing.Any]) -> None:
        ((key, made),) = list(data["registries"].items())
        for number in range(30):
            name = f"fleet{number}acr"
            twin = {**made, "name": name, "id": made["id"].replace("contosoacr", name)}
            data["registries"][key.replace("contosoacr", name)] = twin

    patient.control.advance(700)
    since = patient.control.mark()
    patient.do("cmk_health_info")
    one = len([entry for entry in patient.control.requests(since) if entry["service"] != "login"])
    patient.edit(multiply)
    since = patient.control.mark()
    result = patient.do("cmk_health_info")
    assert (len(result["registries"]), codes(result)) == (31, [])
    assert len([entry for entry in patient.control.requests(since) if entry["service"] != "login"]) == one


def test_the_playbook_prints_findings_and_is_a_gate(patient: Patient, ansible: Ansible) -> None:
    patient.control.advance(700)
    variables = {"acr_cmk_registry": "contosoacr", "acr_cmk_resource_group": "contoso", "acr_cmk_fail_on": "warning"}
    healthy = ansible.playbook("ownkey.acr.diagnose", variables)
    assert healthy.ok, healthy.output
    assert healthy.result("Result")["ansible_facts"]["diagnose_result"]["healthy"]
    patient.key(enabled=False)
    broken = ansible.playbook("ownkey.acr.diagnose", variables)
    assert not broken.ok
    assert "error key_disabled (contosoacr)" in broken.output
    assert broken.writes == []
