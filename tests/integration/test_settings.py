# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that concern more than one thing: identities of a registry, a vault elsewhere, keys in hardware."""

from __future__ import annotations

from local_azure.client import Control
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct

ELSEWHERE = "00000000-0000-4000-8000-000000000e15"


def test_a_registry_and_its_vault_need_not_share_a_subscription(
    with_registry: Contoso, azure: LocalAzure, direct: Direct, control: Control
) -> None:
    state = control.state()
    tenant = state["data"]["tenant"]
    state["data"]["subscriptions"][ELSEWHERE] = {"displayName": "Keys", "tenant": tenant}
    control.load(state)
    owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    control.grant(scope=f"/subscriptions/{ELSEWHERE}", role=owner, principal=azure.world.app()["oid"])

    def done(module: str, **options: object) -> dict:
        result = direct(module, **options)
        assert not result.get("failed"), result["msg"]
        return result

    there = {"subscription_id": ELSEWHERE, "resource_group": "keys"}
    done("resource_group", name="keys", location="westeurope", subscription_id=ELSEWHERE)
    done("keyvault", name="keys-kv", location="westeurope", **there)
    done("keyvault_key_access", vault="keys-kv", caller=True, **there)
    done("keyvault_rsa_key", vault="keys-kv", name="cmk")
    principal = done("managed_identity", name="contoso-id", resource_group="contoso")["identity"]["principal_id"]
    done("keyvault_key_access", vault="keys-kv", principal_id=principal, **there)
    to = {"registries": ["contosoacr"], "resource_group": "contoso"}
    moved = done("cmk_rotate", **to, vault="keys-kv", key="cmk")
    assert moved["changed"]
    assert done("cmk_health_info", **to)["registries"][0]["worst"] in ("none", "info", "warning")
    assert done("cmk_revoke", **to, confirm=["contosoacr"], verify_data=False)["remaining"] == []
    assert not control.registries()["contosoacr"]["readable"]
    assert done("cmk_restore", **to, verify_data=False)["changed"]
    assert control.registries()["contosoacr"]["readable"]
    broken = direct("keyvault", name="keys-kv", state="absent", **there)
    assert "every image unreadable in the registry contosoacr" in broken["msg"]


def test_the_documented_way_to_the_system_assigned_identity(
    with_registry: Contoso, direct: Direct, control: Control
) -> None:
    place = {"name": "contosoacr", "resource_group": "contoso"}

    def done(module: str, **options: object) -> dict:
        result = direct(module, **options)
        assert not result.get("failed"), result["msg"]
        return result

    enabled = done("acr_cmk_registry", **place, system_assigned_identity=True)
    principal = enabled["registry"]["identity"]["principal_id"]
    done("keyvault_key_access", vault="contoso-kv", principal_id=principal)
    kept = done("acr_cmk_registry", **place, purge_identities=True)
    assert (kept["changed"], len(kept["registry"]["identity"]["user_assigned"])) == (False, 1)
    done("cmk_rotate", registries=["contosoacr"], resource_group="contoso", identity="system")
    foreseen = done("acr_cmk_registry", **place, purge_identities=True, check=True)
    assert foreseen["plan"] == ["take contoso-id off the registry contosoacr"]
    gone = done("acr_cmk_registry", **place, purge_identities=True)
    assert (gone["plan"], gone["registry"]["identity"]["user_assigned"]) == (foreseen["plan"], [])
    assert control.registries()["contosoacr"]["readable"]
    refused = direct("acr_cmk_registry", **place, system_assigned_identity=False)
    assert refused["failure"]["code"] == "identity_in_use"
    # and back, letting go of the system-assigned one in the same task
    back = done("acr_cmk_registry", **place, identity="contoso-id", system_assigned_identity=False)
    assert back["plan"][-1] == "take the system-assigned identity off the registry contosoacr"
    assert back["registry"]["identity"]["principal_id"] is None
    assert control.registries()["contosoacr"]["readable"]


def test_of_many_identities_only_those_that_are_not_wanted_are_taken_off(
    with_registry: Contoso, direct: Direct
) -> None:
    place = {"name": "contosoacr", "resource_group": "contoso"}
    for name in ("one", "two"):
        assert not direct("managed_identity", name=name, location="westeurope", resource_group="contoso").get("failed")
    many = direct("acr_cmk_registry", **place, identities=["one", "two"])
    assert len(many["registry"]["identity"]["user_assigned"]) == 3
    fewer = direct("acr_cmk_registry", **place, identities=["two"], purge_identities=True)
    left = {user["resource_id"].rsplit("/", 1)[-1] for user in fewer["registry"]["identity"]["user_assigned"]}
    assert left == {"contoso-id", "two"}
    assert direct("acr_cmk_registry", **place, identities=["two"], purge_identities=True)["changed"] is False


def test_a_premium_vault_keeps_keys_in_hardware_and_a_standard_one_says_so(with_vault: Contoso, direct: Direct) -> None:
    key = {"vault": "contoso-kv", "name": "hard", "hsm": True}
    refused = direct("keyvault_rsa_key", **key)
    assert "standard tier" in refused["msg"]
    direct("keyvault", name="contoso-kv", resource_group="contoso", sku="premium")
    made = direct("keyvault_rsa_key", **key)
    assert made["key"]["key_type"] == "RSA-HSM"
    assert direct("keyvault_rsa_key", **key)["changed"] is False
    softer = direct("keyvault_rsa_key", **{**key, "name": "cmk"})
    assert (softer["changed"], softer["key"]["key_type"]) == (True, "RSA-HSM")
