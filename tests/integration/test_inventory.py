# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registries as hosts, by the real ``ansible-inventory`` and ``ansible-playbook``."""

from __future__ import annotations

import json
import subprocess
import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from local_azure.world import SUBSCRIPTION
from support.contoso import Contoso
from support.inventories import BIN, OTHER, READER, Inventory
from support.many import Many

LISTS = r"/subscriptions/.*/providers/Microsoft.ContainerRegistry/registries"
GRAPH = ".*/Microsoft.ResourceGraph/resources"


def lists(control: Control) -> list[str]:
    requests = [one for one in control.requests() if one["path"].endswith("ContainerRegistry/registries")]
    return [one["path"].split("/")[2] for one in requests if one["status"] == 200]


# --- what there is ---------------------------------------------------------------------------------------------------


def test_a_registry_is_a_host_with_what_the_info_module_tells(
    with_registry: Contoso, inventory: Inventory, many: Many
) -> None:
    many.registries(2, subscription=OTHER, tags={"team": "{{ lookup('env', 'HOME') }}"})
    listing = inventory()
    assert listing.status == 0, listing.errors
    assert listing.hosts() == ["contosoacr", "fleet00000", "fleet00001"]
    variables = listing.variables("contosoacr")
    told = inventory.ansible.module("acr_cmk_registry_info", name="contosoacr", resource_group="contoso")
    (expected,) = told.last["registries"]
    assert variables["acr_registry"] == expected
    assert variables["acr_cmk_registry"] == expected["id"]
    assert (variables["acr_cmk_resource_group"], variables["acr_cmk_subscription_id"]) == ("contoso", SUBSCRIPTION)
    assert variables["ansible_connection"] == "local"
    assert "acr_health" not in variables
    # what somebody wrote into a tag is no template
    tag = {"__ansible_unsafe": "{{ lookup('env', 'HOME') }}"}
    assert listing.variables("fleet00000")["acr_registry"]["tags"] == {"team": tag}
    assert "registries_missing" not in listing.content


def test_only_what_is_chosen_is_listed(
    with_registry: Contoso, inventory: Inventory, many: Many, control: Control
) -> None:
    many.registries(2, subscription=OTHER)
    control.management_group("platform")
    control.management_group("production", OTHER, parent="platform")
    control.forget_requests()
    assert inventory(subscriptions=[SUBSCRIPTION.upper()]).hosts() == ["contosoacr"]
    assert lists(control) == [SUBSCRIPTION]
    # the subscription that the file names, not the one of the environment
    assert inventory(subscription_id=OTHER).hosts() == ["fleet00000", "fleet00001"]
    assert len(inventory(subscription_id=OTHER, subscriptions=["all"]).hosts()) == 3
    assert inventory(subscriptions=[], encrypted_only=True).hosts() == ["contosoacr"]
    root = "/providers/Microsoft.Management/managementGroups/platform"
    control.grant(
        scope=root,
        role=READER,
        principal=control.state()["data"]["apps"][inventory.ansible.environment["AZURE_CLIENT_ID"]]["oid"],
    )
    for name in ("production", "platform", root):
        assert inventory(management_groups=[name]).hosts() == ["fleet00000", "fleet00001"], name
    assert len(inventory(management_groups=["platform"], subscriptions=[SUBSCRIPTION]).hosts()) == 3


def test_groups_variables_names_and_filters_are_the_user_s(
    with_registry: Contoso, inventory: Inventory, many: Many
) -> None:
    many.registries(2, subscription=OTHER, tags={"team": "blue", "host": "Blue Host"})
    listing = inventory(
        keyed_groups=[
            {"key": "location", "prefix": "region"},
            {"key": "acr_registry.encryption.rotation_mode"},
            {"key": "tags", "prefix": "", "separator": "-"},
        ],
        leading_separator=False,
        groups={"cmk": "encryption.status == 'enabled'", "theirs": "subscription_id != acr_cmk_subscription_id"},
        compose={"team": "tags.team | default('nobody')"},
        hostnames=["tags.host", "name ~ '-' ~ location"],
        filters=[{"exclude": "name == 'fleet00001'"}, {"include": True}],
    )
    assert listing.status == 0, listing.errors
    assert listing.hosts() == ["Blue Host", "contosoacr-westeurope"]
    assert listing.hosts("region_westeurope") == listing.hosts()
    assert listing.hosts("automatic") == listing.hosts("cmk") == ["contosoacr-westeurope"]
    assert listing.hosts("team_blue") == ["Blue Host"] or listing.hosts("team-blue") == ["Blue Host"], listing.content
    assert listing.variables("contosoacr-westeurope")["team"] == "nobody"


def test_strict_names_what_cannot_be_worked_out(with_registry: Contoso, inventory: Inventory) -> None:
    lenient = inventory(filters=[{"include": "tags.team == 'x'"}], hostnames=["tags.host"], compose={"a": "nonsense"})
    assert lenient.hosts() == ["contosoacr"]
    for option in (
        {"filters": [{"include": "tags.team == 'x'"}]},
        {"hostnames": ["tags.host"]},
        {"compose": {"mine": "nonsense"}},
        {"keyed_groups": [{"key": "nonsense"}]},
        {"groups": {"mine": "nonsense"}},
    ):
        errors = inventory.refused(strict=True, **option)
        assert "contosoacr" in errors, option


def test_a_name_that_two_registries_have_is_no_host_s(
    with_registry: Contoso, inventory: Inventory, many: Many, azure: LocalAzure
) -> None:
    many.registries(1, subscription=SUBSCRIPTION, group="one")
    many.registries(1, subscription=OTHER, group="two", label="fleet00000-abc123")
    assert inventory().hosts() == ["contosoacr", "fleet00000", "fleet00000-abc123.azurecr.io"]
    listing = inventory(hostnames=["name"])
    assert listing.hosts() == ["contosoacr", "fleet00000", "fleet00000-abc123.azurecr.io"]
    assert "hostnames" in listing.errors
    assert inventory(hostnames=["'same'"]).hosts() == ["contosoacr", "fleet00000", "fleet00000-abc123.azurecr.io"]


def test_health_is_what_the_health_module_tells(with_registry: Contoso, inventory: Inventory, control: Control) -> None:
    control.advance(100 * 86400)
    listing = inventory(health=True, max_age="90d", groups={"due": "acr_health.key_age_days >= 90"})
    health = listing.variables("contosoacr")["acr_health"]
    told = inventory.ansible.module("cmk_health_info", max_age="90d").last["registries"][0]
    assert (health["worst"], health["findings"]) == (told["worst"], told["findings"])
    assert health["key_age_days"] == 100
    assert listing.hosts("due") == ["contosoacr"]


def test_a_key_that_cannot_be_read_is_named_and_its_registries_are_there_unseen(
    with_registry: Contoso, inventory: Inventory, control: Control
) -> None:
    control.fault(host="contoso-kv.*", path="/keys/.*", status=500, times=0)
    refusal = inventory.refused(health=True)
    assert "not be whole" in refusal
    assert "the key https://contoso-kv.vault.azure.net/keys/cmk" in refusal
    listing = inventory(health=True, allow_missing=True)
    health = listing.variables("contosoacr")["acr_health"]
    assert (health["seen"], health["key_age_days"]) == (False, None)
    assert len(listing.hosts("registries_missing")) == 1


# --- all or nothing --------------------------------------------------------------------------------------------------


FORBIDDEN = {"status": 403, "body": {"error": {"code": "AuthorizationFailed", "message": "You may not."}}}


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"path": f"/subscriptions/{OTHER}.*registries", **FORBIDDEN}, f"the subscription {OTHER}"),
        (
            {
                "path": f"/subscriptions/{OTHER}.*registries",
                "status": 404,
                "body": {"error": {"code": "SubscriptionNotFound", "message": "gone"}},
            },
            OTHER,
        ),
        ({"path": f"/subscriptions/{OTHER}.*registries", "status": 200, "body": {"value": [{}]}}, OTHER),
        ({"path": GRAPH, "method": "POST", **FORBIDDEN}, "Resource Graph"),
        (
            {
                "path": GRAPH,
                "method": "POST",
                "status": 200,
                "body": {
                    "totalRecords": 9,
                    "count": 1,
                    "data": [{"id": "/a"}],
                    "facets": [],
                    "resultTruncated": "true",
                },
            },
            "9 rows",
        ),
    ],
    ids=["a list", "a subscription", "an answer", "the query", "truncated"],
)
def test_what_cannot_be_read_fails_the_inventory_and_is_named(
    with_registry: Contoso,
    inventory: Inventory,
    many: Many,
    control: Control,
    fault: dict[str, typing.Any],
    named: str,
) -> None:
    many.registries(2, subscription=OTHER)
    control.fault(**{"method": "GET", "times": 0, **fault})
    listing = inventory(search="graph")
    assert listing.hosts() == []
    assert named in listing.errors
    assert "ERROR" in listing.errors
    assert named in inventory.refused(search="graph")
    partial = inventory(search="graph", allow_missing=True)
    assert partial.status == 0
    assert "contosoacr" in partial.hosts()
    assert len(partial.hosts("registries_missing")) == 1
    assert named in partial.errors
    (missing,) = partial.hosts("registries_missing")
    assert named.rsplit(" ", 1)[-1] in json.dumps(partial.variables(missing)["acr_missing"])


def test_a_later_page_that_cannot_be_read_fails_it_too(inventory: Inventory, many: Many, control: Control) -> None:
    many.registries(250)
    control.fault(method="GET", path=LISTS, nth=3, times=0, **FORBIDDEN)
    errors = inventory.refused()
    assert SUBSCRIPTION in errors


def test_a_management_group_that_cannot_be_read_is_named(inventory: Inventory, many: Many, control: Control) -> None:
    many.registries(2)
    control.management_group("platform", SUBSCRIPTION)
    assert "the management group platform" in inventory.refused(management_groups=["platform"])
    assert "the management group nowhere" in inventory.refused(management_groups=["nowhere"], search="lists")


def test_whoever_sees_nothing_gets_no_empty_inventory(inventory: Inventory, many: Many, control: Control) -> None:
    many.registries(2)
    nobody = control.principal("nobody")
    inventory.environment |= {"AZURE_CLIENT_ID": nobody["client_id"], "AZURE_SECRET": nobody["secret"]}
    assert "You see no subscription at all" in inventory.refused(search="lists")
    inventory.environment["AZURE_SECRET"] = "wrong"
    assert "Signing in to Azure failed" in inventory.refused(allow_missing=True)


def test_a_throttle_is_waited_out(inventory: Inventory, many: Many, control: Control) -> None:
    many.registries(250)
    error = {"error": {"code": "RateLimiting", "message": "slowly"}}
    quota = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:01"}
    control.fault(method="POST", path=GRAPH, times=2, status=429, headers=quota, body=error)
    control.fault(method="GET", path=LISTS, times=2, status=429, headers={"Retry-After": "1"}, body=error)
    assert len(inventory(search="graph").hosts()) == 250
    refusals = [one["path"].rsplit("/", 1)[-1] for one in control.requests() if one["status"] == 429]
    assert sorted(refusals) == ["registries", "registries", "resources", "resources"]


def test_resource_graph_finds_and_the_lists_tell(
    with_registry: Contoso, inventory: Inventory, many: Many, control: Control, azure: LocalAzure
) -> None:
    control.settings(graph_lag_seconds=3600)
    (old,) = many.registries(1, prefix="oldacr")
    assert inventory().hosts() == ["contosoacr", "oldacr00000"]
    del azure.world.data["registries"][old.lower()]
    many.registries(1, subscription=OTHER, prefix="newacr")
    # what is gone is no host, and what is new is one
    assert inventory().hosts() == ["contosoacr", "newacr00000"]
    # those in which a registry was seen, alone
    control.forget_requests()
    assert inventory(search="graph").hosts() == ["contosoacr"]
    assert lists(control) == [SUBSCRIPTION]
    control.forget_requests()
    assert len(inventory(search="lists").hosts()) == 2
    assert not any("ResourceGraph" in one["path"] for one in control.requests())


# --- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"subscription": OTHER}, ["subscription: there is no such option", "subscriptions"]),
        ({"keyed_group": []}, ["keyed_group:", "keyed_groups"]),
        ({"subscriptions": ["Production"]}, ["subscriptions:", "Production"]),
        ({"subscriptions": ["all", OTHER]}, ["subscriptions:", "all"]),
        ({"management_groups": ["a/b"]}, ["management_groups:"]),
        ({"search": "quick"}, ["search", "quick"]),
        ({"management_groups": ["{{ lookup('env', 'NOWHERE') }}"]}, ["management_groups:", "empty"]),
        ({"subscriptions": [""]}, ["subscriptions:", "empty"]),
        ({"health": "perhaps"}, ["health"]),
        ({"max_age": "90 fortnights", "health": True}, ["max_age:"]),
        ({"min_size": 1}, ["min_size"]),
        ({"wait_timeout": 0}, ["wait_timeout:"]),
        ({"filters": [{"only": "x"}]}, ["filters:", "include", "exclude"]),
        ({"filters": "name == 'x'"}, ["filters"]),
        ({"tenant": "no tenant"}, ["tenant:"]),
        ({"secret": "{{ nowhere }}"}, ["secret:", "nowhere"]),
    ],
    ids=str,
)
def test_a_bad_option_is_named(inventory: Inventory, options: dict[str, typing.Any], words: list[str]) -> None:
    errors = inventory.refused(**options)
    assert all(word in errors for word in words), errors


@pytest.mark.parametrize("name", ["acr.yml", "prod.acr.yaml", "acr_registries.yml", "anything.yaml"])
def test_files_are_known_by_name_or_content(with_registry: Contoso, inventory: Inventory, name: str) -> None:
    assert inventory.read(inventory.file(name)).hosts() == ["contosoacr"]


def test_sign_in_options_may_be_vaulted_or_templates(
    with_registry: Contoso, inventory: Inventory, azure: LocalAzure
) -> None:
    app = azure.world.app()
    password = inventory.ansible.folder / "password"
    password.write_text("a word", encoding="utf-8")
    command = [str(BIN / "ansible-vault"), "encrypt_string", "--vault-password-file", str(password), app["secret"]]
    vaulted = subprocess.run(command, capture_output=True, text=True, check=True, env=inventory.ansible.environment)
    text = f"plugin: ownkey.acr.registries\nclient_id: \"{{{{ lookup('env', 'WHO') }}}}\"\nsecret: {vaulted.stdout}"
    text += f"tenant: {azure.environment['AZURE_TENANT_ID']}\n"
    inventory.environment |= {
        "AZURE_CLIENT_ID": "",
        "AZURE_CLIENT_SECRET": "",
        "AZURE_SECRET": "",
        "WHO": app["client_id"],
    }
    path = inventory.file(text=text)
    listing = inventory.read(path, "--vault-password-file", str(password))
    assert listing.hosts() == ["contosoacr"], listing.errors
    assert app["secret"] not in json.dumps(listing.content) + listing.errors
    assert inventory.read(path).hosts() == []


def test_the_cache_holds_nothing_secret_and_nothing_of_others(
    with_registry: Contoso, inventory: Inventory, many: Many, control: Control, azure: LocalAzure
) -> None:
    folder = inventory.ansible.folder / "cache"
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder)}
    app = azure.world.app()
    own = {
        **cache,
        "client_id": app["client_id"],
        "secret": app["secret"],
        "tenant": azure.environment["AZURE_TENANT_ID"],
    }
    assert inventory(**own).hosts() == ["contosoacr"]
    kept = "".join(path.name + path.read_text("utf-8") for path in folder.iterdir())
    assert "contosoacr" in kept
    assert app["secret"] not in kept
    many.registries(1, subscription=OTHER)
    control.forget_requests()
    assert inventory(**own).hosts() == ["contosoacr"]
    assert control.requests() == []
    path = inventory.file(**own)
    assert inventory.read(path, "--flush-cache").hosts() == ["contosoacr", "fleet00000"]
    # other options, another inventory
    assert inventory(**own, subscriptions=[OTHER]).hosts() == ["fleet00000"]
    # nothing that is not whole is kept
    control.fault(method="GET", path=f"/subscriptions/{OTHER}.*registries", times=0, **FORBIDDEN)
    assert inventory(**own, allow_missing=True).hosts() == ["contosoacr"]
    control.clear_faults()
    assert inventory(**own, allow_missing=True).hosts() == ["contosoacr", "fleet00000"]
