# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which names, tags, places and addresses Resource Manager takes, and how its lists and operations are asked for."""

from __future__ import annotations

import codecs
import json
import pathlib
import typing

import pytest
import requests
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import GROUP, PLACE, Clients, refused
from support.near import near

JAPANESE = "日本語"
WEST = {"location": PLACE}


def told(error: typing.Any) -> tuple[int, str, str]:
    return error.status_code, error.error.code, error.error.message


# --- names -----------------------------------------------------------------------------------------------------------


def in_an_alphabet_of_its_own(clients: Clients) -> None:
    clients.groups.create_or_update(JAPANESE, WEST)
    identity = clients.identities.create_or_update(JAPANESE, "contoso-id", WEST)
    assert f"/{JAPANESE}/" in str(identity.id)
    body = {**WEST, "sku": {"name": "Premium"}}
    assert clients.registries.begin_create(JAPANESE, "contosoacr", body).result().name == "contosoacr"
    group = f"/subscriptions/{clients.subscription}/resourceGroups/{JAPANESE}/providers"
    path = f"{group}/Microsoft.ContainerRegistry/registries/contosoacr"
    answer = clients.arm("PUT", path, body, "2025-11-01")
    address = answer.headers["Azure-AsyncOperation"]
    assert address.isascii()
    assert "%E6%97%A5%E6%9C%AC%E8%AA%9E" in address
    clients.groups.begin_delete(JAPANESE).result()
    assert not clients.groups.check_existence(JAPANESE)


def test_a_group_may_have_a_name_in_any_alphabet(clients: Clients) -> None:
    in_an_alphabet_of_its_own(clients)


def test_and_without_a_network_too(tmp_path: pathlib.Path) -> None:
    with near(tmp_path) as azure:
        in_an_alphabet_of_its_own(Clients(azure))


def test_a_challenge_names_a_repository_in_any_alphabet(wire: typing.Any) -> None:
    answer = requests.get(f"{wire.base}/v2/{JAPANESE}/tags/list", timeout=30)
    assert answer.status_code in (400, 401, 404)


@pytest.mark.parametrize(
    ("name", "wrong"), [("b@d", "@"), ("a b&c", " &"), ("bad.", ""), ("x" * 91, "")], ids=["at", "two", "end", "long"]
)
def test_a_group_has_no_other_name(clients: Clients, name: str, wrong: str) -> None:
    # older clients look at the name before they send it
    answer = clients.arm("PUT", f"/subscriptions/{clients.subscription}/resourceGroups/{name}", WEST, "2024-03-01")
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "InvalidResourceGroup")
    if wrong:
        end = f"'{wrong}'. The name can only be a letter, digit, '-', '.', '(', ')' or '_'."
        assert error["message"] == f"The provided resource group name '{name}' has these invalid characters: {end}"


def test_the_longest_name_of_a_group(clients: Clients) -> None:
    name = "(a)._-" + "x" * 84
    assert clients.groups.create_or_update(name, WEST).name == name


# --- tags ------------------------------------------------------------------------------------------------------------

GOOD = {f"tag{number}": "x" for number in range(49)} | {"n" * 512: "v" * 256}
BAD = {
    "many": {f"tag{number}": "x" for number in range(51)},
    "letter": {"a/b": "x"},
    "name": {"n" * 513: "x"},
    "value": {"a": "v" * 257},
}


def test_the_most_tags_of_a_resource(clients: Clients) -> None:
    clients.groups.create_or_update(GROUP, {**WEST, "tags": GOOD})
    assert clients.groups.get(GROUP).tags == GOOD


@pytest.mark.parametrize("kind", BAD)
def test_more_or_longer_tags_are_refused_everywhere(clients: Clients, kind: str) -> None:
    vault, tags = clients.vault(), BAD[kind]
    scope = {"properties": {"tags": tags}, "operation": "Merge"}
    at_scope = clients.arm("PATCH", f"{vault['id']}/providers/Microsoft.Resources/tags/default", scope, "2021-04-01")
    assert at_scope.status_code == 400
    for error in (
        refused(clients.groups.create_or_update, GROUP, {**WEST, "tags": tags}),
        refused(clients.vaults.update, GROUP, "contoso-kv", {"tags": tags}),
        refused(clients.identities.create_or_update, GROUP, "contoso-id", {**WEST, "tags": tags}),
    ):
        assert error.status_code == 400
        if kind == "value":
            assert told(error)[1:] == (
                "InvalidTagValueLength",
                f"Tag value too large.  Following tag value '{'v' * 257}' exceeded the maximum length. Maximum allowed "
                "length for tag value - '256' characters.",
            )
    assert not clients.groups.get(GROUP).tags


# --- places ----------------------------------------------------------------------------------------------------------


def test_nothing_moves_to_another_region(clients: Clients) -> None:
    clients.vault()
    clients.identity()
    clients.plain_registry("contosoacr", "Premium")
    clients.replications.begin_create(GROUP, "contosoacr", "northeurope", {"location": "northeurope"}).result()
    hook = {"serviceUri": "https://example.com", "actions": ["push"]}
    clients.webhooks.begin_create(GROUP, "contosoacr", "contosohook", {**WEST, "properties": hook}).result()
    properties = {"tenantId": clients.tenant, "sku": {"family": "A", "name": "premium"}, "accessPolicies": []}

    def put(place: str) -> typing.Iterator[tuple[str, typing.Any]]:
        east = {"location": place, "tags": {"moved": "yes"}}
        body = {**east, "properties": properties}
        yield "contoso-kv", lambda: clients.vaults.begin_create_or_update(GROUP, "contoso-kv", body)
        yield "contoso-id", lambda: clients.identities.create_or_update(GROUP, "contoso-id", east)
        registry = {**east, "sku": {"name": "Premium"}}
        yield "contosoacr", lambda: clients.registries.begin_create(GROUP, "contosoacr", registry)
        about = {**east, "properties": hook}
        yield "contosohook", lambda: clients.webhooks.begin_create(GROUP, "contosoacr", "contosohook", about)

    for name, call in put("East US"):
        text = (
            f"The resource '{name}' already exists in location 'westeurope' in resource group '{GROUP}'. A resource "
            "with the same name cannot be created in location 'eastus'. Please select a new resource name."
        )
        assert told(refused(call)) == (409, "InvalidResourceLocation", text)
    assert clients.vaults.get(GROUP, "contoso-kv").properties.sku.name == "standard"
    for _name, call in put("West Europe"):
        getattr(call(), "result", lambda: None)()
    assert clients.vaults.get(GROUP, "contoso-kv").tags == {"moved": "yes"}


def test_a_name_that_is_free_again_may_be_used_elsewhere(clients: Clients) -> None:
    clients.plain_registry("contosoacr", "Premium")
    clients.replications.begin_create(GROUP, "contosoacr", "northeurope", {"location": "northeurope"}).result()
    clients.registries.begin_delete(GROUP, "contosoacr").result()
    body = {"location": "eastus", "sku": {"name": "Basic"}}
    assert clients.registries.begin_create(GROUP, "contosoacr", body).result().location == "eastus"


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["foo", "10.0.0.1/33", "2001:db8::1", "", "203.0.113.0/-1"])
def test_a_rule_of_a_firewall_is_about_an_address(clients: Clients, value: str) -> None:
    clients.vault()
    clients.plain_registry("contosoacr", "Premium")
    acls = {"defaultAction": "Deny", "bypass": "None", "ipRules": [{"value": value}]}
    rules = {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": value}]}
    for error in (
        refused(clients.vaults.update, GROUP, "contoso-kv", {"properties": {"networkAcls": acls}}),
        refused(clients.registries.begin_update, GROUP, "contosoacr", {"properties": {"networkRuleSet": rules}}),
    ):
        assert told(error)[:2] == (400, "BadRequest")
    assert requests.get("https://contosoacr.azurecr.io/v2/", timeout=30).status_code == 401
    assert requests.get("https://contoso-kv.vault.azure.net/keys?api-version=7.4", timeout=30).status_code == 401


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        ("10.0.0.0/8", "10.0.0.0–10.255.255.255"),
        ("172.20.1.2", "172.16.0.0–172.31.255.255"),
        ("192.168.1.0/24", "192.168.0.0–192.168.255.255"),
    ],
)
def test_a_vault_takes_no_private_address(clients: Clients, value: str, ends: str) -> None:
    clients.vault()
    acls = {"defaultAction": "Deny", "bypass": "None", "ipRules": [{"value": "203.0.113.1"}, {"value": value}]}
    error = refused(clients.vaults.update, GROUP, "contoso-kv", {"properties": {"networkAcls": acls}})
    text = f"Invalid value found at properties.networkAcls.ipRules[1].value: {value} belongs to forbidden range {ends}"
    assert told(error) == (400, "BadRequest", f"{text} (private IP addresses)")


# --- lists, operations, bodies ---------------------------------------------------------------------------------------


def test_lists_come_by_as_many_as_are_asked_for(clients: Clients, control: Control) -> None:
    for name in ("one-kv", "two-kv", "three-kv"):
        clients.vault(name)
    clients.groups.create_or_update("other", WEST)
    base = f"/subscriptions/{clients.subscription}"
    for path, version, count in (
        (f"{base}/providers/Microsoft.KeyVault/vaults", "2023-07-01", 3),
        (f"{base}/resources", "2021-04-01", 3),
        (f"{base}/resourceGroups", "2021-04-01", 2),
    ):
        first = clients.arm("GET", f"{path}?$top=1", version=version).json()
        assert len(first["value"]) == 1
        assert "%24top=1" in first["nextLink"]
        assert len(clients.arm("GET", f"{path}?$top={count}", version=version).json()["value"]) == count
        assert clients.arm("GET", f"{path}?$top=x", version=version).status_code == 400
    assert sorted(one.name for one in clients.vaults.list_by_subscription(top=2)) == ["one-kv", "three-kv", "two-kv"]
    assert sorted(one.name for one in clients.resources.list(top=1)) == ["one-kv", "three-kv", "two-kv"]


def test_an_operation_that_never_began_is_not_there(clients: Clients) -> None:
    base = f"/subscriptions/{clients.subscription}"
    vaults = f"{base}/providers/Microsoft.KeyVault/locations/{PLACE}/operationResults/purge-none"
    registries = f"{base}/providers/Microsoft.ContainerRegistry/locations/{PLACE}/operationResults/registries-none"
    for path in (vaults, registries, f"{base}/operationresults/groups-none"):
        assert clients.arm("GET", path, version="2023-07-01").status_code == 404


def test_a_mark_before_the_json_is_no_part_of_it(clients: Clients, azure: LocalAzure) -> None:
    token = clients.credential.get_token("https://management.azure.com/.default").token
    url = f"https://management.azure.com/subscriptions/{clients.subscription}/resourceGroups/{GROUP}"
    answer = requests.put(
        url,
        params={"api-version": "2021-04-01"},
        data=codecs.BOM_UTF8 + json.dumps({**WEST, "tags": {"a": "ö"}}, ensure_ascii=False).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        timeout=30,
    )
    assert (answer.status_code, answer.json()["tags"]) == (201, {"a": "ö"})


# --- moments ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("2099-02-28T00:00:00.1Z", True),
        ("9999-12-31T23:59:59.9999999-14:00", True),
        ("2099-02-30T00:00:00Z", False),
        ("2099-01-01T24:00:00Z", False),
        ("2099-01-01T00:00:00+24:00", False),
        ("\uff12099-01-01T00:00:00Z", False),
        ("nope", False),
    ],
)
def test_what_has_only_the_form_of_a_moment_is_none(clients: Clients, text: str, good: bool) -> None:
    clients.plain_registry("contosoacr", "Premium")
    base = f"/subscriptions/{clients.subscription}/resourceGroups/{GROUP}/providers/Microsoft.ContainerRegistry"
    registry = f"{base}/registries/contosoacr"
    token = {"scopeMapId": f"{registry}/scopeMaps/_repositories_pull", "status": "enabled"}
    clients.tokens.begin_create(GROUP, "contosoacr", "token1", {"properties": token}).result()
    body = {"tokenId": f"{registry}/tokens/token1", "name": "password1", "expiry": text}
    answer = clients.arm("POST", f"{registry}/generateCredentials", body, "2023-07-01")
    assert answer.status_code == (200 if good else 400)
    assert clients.tokens.get(GROUP, "contosoacr", "token1").name == "token1"
    clients.forbid("tags", {"field": "type", "equals": "Microsoft.ContainerRegistry/registries"})
    above = f"/subscriptions/{clients.subscription}/providers/Microsoft.Authorization"
    exempt = {"policyAssignmentId": f"{above}/policyAssignments/tags", "exemptionCategory": "Waiver", "expiresOn": text}
    place = f"{registry}/providers/Microsoft.Authorization/policyExemptions/one"
    answer = clients.arm("PUT", place, {"properties": exempt}, "2022-07-01-preview")
    assert answer.status_code == (201 if good else 400)
    if good:
        clients.registries.begin_update(GROUP, "contosoacr", {"tags": {"a": "b"}}).result()
