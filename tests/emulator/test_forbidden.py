# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forbidden without any role missing: Azure Policy, firewalls, perimeters; and recoveries that lack something."""

from __future__ import annotations

import datetime
import typing

import pytest
from local_azure.client import Control
from support.clients import GROUP, PLACE, Clients, refused

_PROVIDER = "providers/Microsoft.Authorization"


# --- Azure Policy in Resource Manager --------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", "Ask the platform team."])
def test_a_policy_forbids_a_resource_and_says_which(clients: Clients, reason: str) -> None:
    alias = "Microsoft.KeyVault/vaults/enablePurgeProtection"
    condition = {
        "allOf": [{"field": "type", "equals": "Microsoft.KeyVault/vaults"}, {"field": alias, "notEquals": True}]
    }
    clients.forbid("purge-protection", condition, reason=reason)
    error = refused(clients.vault)
    assert (error.status_code, error.error.code) == (403, "RequestDisallowedByPolicy")
    assert error.error.message.startswith("Resource 'contoso-kv' was disallowed by policy.")
    assert (f"Reasons: '{reason}'" in error.error.message) is bool(reason)
    (violation,) = error.error.additional_info
    assert violation.type == "PolicyViolation"
    assert violation.info["policyDefinitionDisplayName"] == "About purge-protection"
    assert clients.vault(enablePurgeProtection=True)["name"] == "contoso-kv"


def test_a_policy_judges_the_result_of_a_patch(clients: Clients) -> None:
    clients.registry()
    alias = "Microsoft.ContainerRegistry/registries/publicNetworkAccess"
    clients.forbid("public", {"field": alias, "equals": "Enabled"})
    change = {"properties": {"publicNetworkAccess": "Disabled"}}
    clients.registries.begin_update(GROUP, "contosoacr", change).result()
    clients.registries.begin_update(GROUP, "contosoacr", {"tags": {"a": "b"}}).result()
    change = {"properties": {"publicNetworkAccess": "Enabled"}}
    assert (
        refused(clients.registries.begin_update, GROUP, "contosoacr", change).error.code == "RequestDisallowedByPolicy"
    )


def test_a_policy_forbids_a_role_assignment_and_spares_reading(clients: Clients) -> None:
    vault = clients.vault()["id"]
    clients.forbid("no-roles", {"field": "type", "equals": "Microsoft.Authorization/roleAssignments"}, mode="All")
    error = refused(clients.give, vault, "14b46e9e-c2b7-41b4-b07b-48a6ebf60603", clients.oid)
    assert (error.status_code, error.error.code) == (403, "RequestDisallowedByPolicy")
    assert clients.vaults.get(GROUP, "contoso-kv").name == "contoso-kv"


def test_a_policy_s_removal_lets_pass_again(clients: Clients) -> None:
    clients.forbid("europe", {"field": "location", "notIn": ["northeurope"]})
    assert (
        refused(clients.groups.create_or_update, GROUP, {"location": PLACE}).error.code == "RequestDisallowedByPolicy"
    )
    assignment = f"/subscriptions/{clients.subscription}/{_PROVIDER}/policyAssignments/europe"
    clients.resources.begin_delete_by_id(assignment, api_version="2022-06-01").result()
    assert clients.groups.create_or_update(GROUP, {"location": PLACE}).location == PLACE


# --- recovering a vault ----------------------------------------------------------------------------------------------


def recovery(clients: Clients, tags: dict[str, str] | None = None) -> typing.Any:
    properties = {"tenantId": clients.tenant, "sku": {"family": "A", "name": "standard"}, "createMode": "recover"}
    body = {"location": PLACE, "properties": properties, **({"tags": tags} if tags else {})}
    return clients.vaults.begin_create_or_update(GROUP, "contoso-kv", body)


def test_a_tag_policy_judges_the_put_that_recovers_a_vault(clients: Clients) -> None:
    clients.vault()
    clients.vaults.update(GROUP, "contoso-kv", {"tags": {"owner": "payments"}})
    clients.vaults.delete(GROUP, "contoso-kv")
    is_vault = {"field": "type", "equals": "Microsoft.KeyVault/vaults"}
    clients.forbid("owner", {"allOf": [is_vault, {"field": "tags['Owner']", "exists": "false"}]})
    assert refused(recovery, clients).error.code == "RequestDisallowedByPolicy"
    tags = clients.vaults.get_deleted("contoso-kv", PLACE).properties.tags
    assert tags == {"owner": "payments"}
    assert recovery(clients, tags).result().tags == tags


def test_a_vault_is_recovered_into_its_resource_group_alone(clients: Clients) -> None:
    clients.vault()
    clients.groups.begin_delete(GROUP).result()
    error = refused(recovery, clients)
    assert (error.status_code, error.error.code) == (404, "ResourceGroupNotFound")
    clients.groups.create_or_update(GROUP, {"location": "northeurope"})
    assert recovery(clients).result().location == PLACE


# --- the data plane --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "good"),
    [
        ({"field": "Microsoft.KeyVault.Data/vaults/keys/keySize", "less": 3072}, {"size": 3072}),
        (
            {"field": "Microsoft.KeyVault.Data/vaults/keys/attributes.expiresOn", "exists": "false"},
            {"expires_on": "2099-01-01T00:00:00Z"},
        ),
    ],
)
def test_a_policy_inside_vaults_forbids_a_key(
    clients: Clients, condition: dict[str, typing.Any], good: dict[str, typing.Any]
) -> None:
    clients.everything()
    of_keys = {"field": "type", "equals": "Microsoft.KeyVault.Data/vaults/keys"}
    clients.forbid("keys", {"allOf": [of_keys, condition]}, mode="Microsoft.KeyVault.Data")
    error = refused(clients.keys().create_rsa_key, "other", size=2048)
    assert (error.status_code, error.error.code, error.error.innererror["code"]) == (
        403,
        "Forbidden",
        "ForbiddenByPolicy",
    )
    assert "was disallowed by policy" in error.error.message
    if "expires_on" in good:
        good = {"expires_on": datetime.datetime.fromisoformat(good["expires_on"].replace("Z", "+00:00"))}
    assert clients.keys().create_rsa_key("other", **{"size": 2048, **good}).name == "other"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"networkAcls": {"defaultAction": "Deny", "bypass": "None"}}, "ForbiddenByFirewall"),
        ({"publicNetworkAccess": "Disabled"}, "ForbiddenByConnection"),
        ({"publicNetworkAccess": "SecuredByPerimeter"}, "ForbiddenByFirewall"),
    ],
)
def test_no_role_helps_against_a_closed_vault(clients: Clients, change: dict[str, typing.Any], code: str) -> None:
    clients.everything()
    clients.vaults.update(GROUP, "contoso-kv", {"properties": change})
    error = refused(clients.keys().get_key, "cmk")
    assert (error.status_code, error.error.code, error.error.innererror["code"]) == (403, "Forbidden", code)


def test_a_perimeter_that_the_vault_does_not_show_decides_what_comes_in(clients: Clients, control: Control) -> None:
    clients.registry()
    acls = {"defaultAction": "Allow", "ipRules": [{"value": "203.0.113.0/24"}]}
    change = {"publicNetworkAccess": "SecuredByPerimeter", "networkAcls": acls}
    clients.vaults.update(GROUP, "contoso-kv", {"properties": change})
    assert "NSP rules" in refused(clients.keys().get_key, "cmk").error.message
    assert not control.registries()["contosoacr"]["readable"]
    before = clients.vaults.get(GROUP, "contoso-kv").as_dict()
    control.perimeter("contoso-kv", "203.0.113.0/24", services=True)
    assert clients.keys().get_key("cmk").name == "cmk"
    assert control.registries()["contosoacr"]["readable"]
    assert clients.vaults.get(GROUP, "contoso-kv").as_dict() == before
