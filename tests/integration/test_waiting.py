# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Troubles that pass are waited out within a limit; those that do not are told at once. Nothing sleeps: clocks move."""

from __future__ import annotations

import pytest
from local_azure.client import Control
from support.contoso import Contoso
from support.direct import Direct

PLACE = {"resource_group": "contoso"}
KV = "https://contoso-kv.vault.azure.net"
MANAGEMENT, VAULT = "management.azure.com", ".*vault.azure.net"


def new_registry(contoso: Contoso, **options: object) -> dict:
    return contoso.registry_task("newacr", **options)["ownkey.acr.acr_cmk_registry"]


def test_a_fresh_role_is_waited_for(contoso: Contoso, direct: Direct, control: Control) -> None:
    control.settings(role_spread_seconds=240)
    for task in [*contoso.vault_tasks(), contoso.registry_task()]:
        (name, options), *_more = task.items()
        result = direct(name.rsplit(".", 1)[-1], **options)
        assert not result.get("failed"), result
    assert 200 < direct.clock.slept < 600
    assert control.registries()["contosoacr"]["readable"]


def test_a_fresh_role_is_waited_for_no_longer_than_told(with_vault: Contoso, direct: Direct, control: Control) -> None:
    direct("managed_identity", name="late-id", location="westeurope", **PLACE)
    control.settings(role_spread_seconds=500)
    direct("keyvault_key_access", vault="contoso-kv", identity="late-id", **PLACE)
    options = new_registry(with_vault, identity="late-id")
    result = direct("acr_cmk_registry", **options, wait_timeout=60)
    assert result["failed"]
    assert result["failure"]["code"] == "access_fresh"
    assert "10 minutes" in result["msg"]
    assert "Failed to access KeyId" in result["failure"]["azure"]["message"]
    assert "newacr" not in control.registries()


@pytest.mark.parametrize("arrives", ["request", "operation"])
def test_azure_s_opaque_refusal_gets_its_true_cause(
    with_registry: Contoso, direct: Direct, control: Control, arrives: str
) -> None:
    """The registry is broken between the look and the change: the cause must be found after the refusal."""
    control.settings(cmk_refusal=arrives)
    assert direct("keyvault", name="contoso-kv", network_acls={"bypass": "None"}, confirm=["contosoacr"], **PLACE)[
        "changed"
    ]
    result = direct("cmk_rotate", registries=["contosoacr"], rotation_mode="manual", **PLACE)
    assert result["failed"]
    assert result["failure"]["code"] in ("vault_firewall", "key_refused"), result
    assert "trusted Azure services" in result["msg"]


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("host", [MANAGEMENT, VAULT])
def test_passing_trouble_is_waited_out(
    with_registry: Contoso, direct: Direct, control: Control, status: int, host: str
) -> None:
    headers = {"Retry-After": "0"} if host == MANAGEMENT else {}
    control.fault(host=host, method="GET|POST", nth=2, times=2, status=status, headers=headers)
    result = direct("cmk_rotate", registries=["contosoacr"], max_age="0d", **PLACE)
    assert result["changed"], result
    assert control.registries()["contosoacr"]["readable"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_rotation_is_not_made_twice(with_registry: Contoso, direct: Direct, control: Control, when: str) -> None:
    control.fault(host=VAULT, method="POST", path="/keys/cmk/rotate", reset=True, when=when)
    result = direct("cmk_rotate", registries=["contosoacr"], max_age="0d", **PLACE)
    assert result["changed"], result
    assert len(control.state()["data"]["keys"]["contoso-kv"]["cmk"]["versions"]) == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_creation_is_not_made_twice(with_vault: Contoso, direct: Direct, control: Control, when: str) -> None:
    control.fault(host=VAULT, method="POST", path="/keys/new/create", nth=2, reset=True, when=when)
    result = direct("keyvault_rsa_key", vault="contoso-kv", name="new")
    assert result["changed"], result
    assert len(control.state()["data"]["keys"]["contoso-kv"]["new"]["versions"]) == 1


def test_an_expired_token_is_renewed(with_registry: Contoso, direct: Direct, control: Control) -> None:
    body = {"error": {"code": "ExpiredAuthenticationToken", "message": "The access token expiry UTC time …"}}
    control.fault(host=MANAGEMENT, method="GET", status=401, body=body)
    result = direct("acr_cmk_registry_info", name="contosoacr", **PLACE)
    assert [known["name"] for known in result["registries"]] == ["contosoacr"]


def test_a_permanent_no_is_told_at_once(with_registry: Contoso, direct: Direct, control: Control) -> None:
    someone = control.principal("someone")
    options = {"client_id": someone["client_id"], "secret": someone["secret"]}
    since = control.mark()
    result = direct("acr_cmk_registry", name="contosoacr", **PLACE, **options)
    assert result["failed"]
    assert "AuthorizationFailed" in result["msg"]
    assert result["failure"]["azure"]["request_id"]
    assert direct.clock.slept == 0
    assert len([r for r in control.requests(since) if r["service"] == "management"]) == 1


def test_a_missing_right_of_the_caller_names_the_grant_to_ask_for(
    with_registry: Contoso, direct: Direct, control: Control
) -> None:
    someone = control.principal("someone")
    control.grant(
        scope=f"/subscriptions/{direct.environment['AZURE_SUBSCRIPTION_ID']}",
        role="acdd72a7-3385-48ef-bd42-f606fba81ae7",
        principal=someone["oid"],
    )
    result = direct(
        "keyvault_rsa_key", vault="contoso-kv", name="cmk", client_id=someone["client_id"], secret=someone["secret"]
    )
    assert result["failure"]["code"] == "caller_denied"
    assert someone["oid"] in result["needed_grant"]
    assert "Key Vault Crypto Officer" in result["needed_grant"]


def test_an_operation_that_takes_too_long_can_be_waited_on_by_the_next_run(
    with_vault: Contoso, direct: Direct, control: Control
) -> None:
    control.settings(operation_seconds=300)
    options = new_registry(with_vault)
    slow = direct("acr_cmk_registry", **options, wait_timeout=20)
    assert slow["failed"]
    assert slow["failure"]["code"] == "timeout"
    done = direct("acr_cmk_registry", **options)
    assert (done.get("failed"), done["changed"]) == (None, False), done
    assert control.registries()["newacr"]["readable"]


def test_a_change_is_reported_within_about_a_second_of_its_end(
    with_vault: Contoso, direct: Direct, control: Control
) -> None:
    control.settings(operation_seconds=15)
    began = control.now()
    assert direct("acr_cmk_registry", **new_registry(with_vault))["changed"]
    assert control.now() - began < 15 + 2.5


@pytest.mark.parametrize("status", [409, 429])
def test_another_change_of_the_registry_is_waited_out(
    with_registry: Contoso, control: Control, direct: Direct, status: int
) -> None:
    """Resource Manager's documentation of throttling has the code; a change whose answer was lost is sent again so."""
    message = "The registry is being changed by another operation."
    body = {"error": {"code": "RetryableErrorDueToAnotherOperation", "message": message}}
    control.fault(method="PATCH", path=".*/registries/contosoacr", status=status, body=body, times=3)
    result = direct("cmk_rotate", registries=["contosoacr"], resource_group="contoso", rotation_mode="manual")
    assert not result.get("failed"), result["msg"]
    assert result["registries"][0]["rotation_mode_after"] == "manual"
