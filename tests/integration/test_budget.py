# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The request budget (docs/architecture.md): each operation asks for each thing once."""

from __future__ import annotations

import re

import pytest
from local_azure.client import Control
from support.contoso import Contoso
from support.direct import Direct
from support.fleet import fleet
from support.playbooks import Ansible

PLACE = {"resource_group": "contoso"}
KV = "https://contoso-kv.vault.azure.net"


def asked(control: Control, since: int) -> list[str]:
    """``METHOD kind`` of each request, without sign-in, the vaults' challenges and the polls that Azure asks for."""
    told = []
    for entry in control.requests(since):
        if entry["service"] == "login" or entry["status"] == 401 or "operationStatuses" in entry["path"]:
            continue
        path = re.sub(r"/[0-9a-f]{32}", "", entry["path"])
        kind = next(
            name
            for name, pattern in (
                ("rotate", r"/keys/[^/]+/rotate"),
                ("policy", r"/keys/[^/]+/rotationpolicy"),
                ("key", r"/keys/[^/]+/?"),
                ("registries", r"/subscriptions/[^/]+/providers/Microsoft.ContainerRegistry/registries"),
                ("registry", r".*/registries/[^/]+"),
                ("other", r".*"),
            )
            if re.fullmatch(pattern, path)
        )
        told.append(f"{entry['method']} {kind}")
    return told


@pytest.fixture
def mark(with_registry: Contoso, control: Control) -> int:
    """The number of the last request before the test's own."""
    return control.mark()


def test_a_registry_with_nothing_to_do_costs_one_request(direct: Direct, control: Control, mark: int) -> None:
    result = direct("acr_cmk_registry", name="contosoacr", admin_user_enabled=False, **PLACE)
    assert (result["changed"], asked(control, mark)) == (False, ["GET registry"])


def test_a_key_with_nothing_to_do_costs_one_request(direct: Direct, control: Control, mark: int) -> None:
    result = direct("keyvault_rsa_key", vault="contoso-kv", name="cmk", size=2048, max_age="90d")
    assert (result["changed"], asked(control, mark)) == (False, ["GET key"])


def test_a_key_with_its_policy_costs_two(direct: Direct, control: Control, mark: int) -> None:
    options = {"vault": "contoso-kv", "name": "cmk", "rotation_policy": {"rotate_after_creation": "P90D"}}
    assert direct("keyvault_rsa_key", **options)["changed"]
    since = control.mark()
    assert direct("keyvault_rsa_key", **options)["changed"] is False
    assert sorted(asked(control, since)) == ["GET key", "GET policy"]


def test_creating_a_registry_adds_one_put_to_the_checks(
    with_vault: Contoso, direct: Direct, control: Control, contoso: Contoso
) -> None:
    since = control.mark()
    (options,) = contoso.registry_task().values()
    assert direct("acr_cmk_registry", **options)["changed"]
    told = asked(control, since)
    assert told.count("PUT registry") == 1
    # one look whether it is there, one at the end that proves what it reports
    assert told.count("GET registry") == 2
    # identity, key, vault, assignments: what must be known before anything is changed
    assert len(told) == 8, told


def test_rotating_one_versioned_registry(direct: Direct, control: Control, mark: int) -> None:
    assert direct("cmk_rotate", registries=["contosoacr"], rotation_mode="manual", **PLACE)["changed"]
    since = control.mark()
    result = direct("cmk_rotate", registries=["contosoacr"], max_age="0d", **PLACE)
    assert result["registries"][0]["rotation_mode_after"] == "manual"
    assert asked(control, since) == ["GET registry", "GET key", "POST rotate", "PATCH registry", "GET registry"]


@pytest.mark.parametrize("idle", [True, False])
def test_nothing_is_due(direct: Direct, control: Control, mark: int, idle: bool) -> None:
    result = direct("cmk_rotate", registries=["contosoacr"], max_age="90d", check=idle, **PLACE)
    assert (result["changed"], asked(control, mark)) == (False, ["GET registry", "GET key"])


# --- a fleet ------------------------------------------------------------------------------------------------------


def test_rotating_a_fleet_does_not_grow_with_the_number_of_registries(
    with_vault: Contoso, direct: Direct, control: Control
) -> None:
    """50 registries on 5 keys cost what 10 do: a list, 5 keys, 5 rotations, and lists until all report."""
    names = fleet(with_vault, control, direct, each=10)
    assert len(names) == 50
    costs = {}
    for some in (names[::5], names):
        control.advance(91 * 86400)
        control.settings(page_size=1000)
        # those that are not of this round pick the last version up in the meantime
        since = control.mark()
        result = direct("cmk_rotate", registries=some, max_age="90d", pick_up="wait")
        assert result["changed"], result
        assert all(row["key_version_before"] != row["key_version_after"] for row in result["registries"])
        told = asked(control, since)
        assert told.count("GET key") == told.count("POST rotate") == 5
        assert not any(row.startswith(("PATCH", "GET registry")) and row != "GET registries" for row in told)
        costs[len(some)] = len([row for row in told if row != "GET registries"])
        assert 2 <= told.count("GET registries") <= 90
    assert costs[10] == costs[50] == 10
    assert all(known["readable"] for known in control.registries().values())


def test_a_fleet_is_read_by_list_when_nothing_is_due(with_vault: Contoso, direct: Direct, control: Control) -> None:
    names = fleet(with_vault, control, direct, each=10)
    since = control.mark()
    result = direct("cmk_rotate", registries=names, max_age="90d")
    assert (result["changed"], len(asked(control, since))) == (False, 6)


def test_a_fleet_is_never_throttled_into_failure(with_vault: Contoso, direct: Direct, control: Control) -> None:
    names = fleet(with_vault, control, direct, each=4)
    control.settings(throttle=True)
    result = direct("cmk_rotate", registries=names, max_age="0d", pick_up="nudge")
    assert not result.get("failed"), result
    assert all(row["changed"] for row in result["registries"])


def test_info_of_everything_costs_a_list_for_each_subscription(
    with_registry: Contoso, ansible: Ansible, control: Control
) -> None:
    run = ansible.module("acr_cmk_registry_info", subscriptions=["all"])
    assert run.ok
    assert [r["path"].rsplit("/", 1)[-1] for r in run.azure] == ["subscriptions", "registries"]


def test_a_list_tells_of_a_registry_what_a_look_at_it_alone_tells(
    with_vault: Contoso, direct: Direct, control: Control
) -> None:
    fleet(with_vault, control, direct, each=2)
    control.settings(page_size=3)
    listed = direct("acr_cmk_registry_info")["registries"]
    assert len(listed) == 10
    for one in listed:
        assert direct("acr_cmk_registry_info", name=one["name"], **PLACE)["registries"] == [one]
    # a page that cannot be had, or is none of Azure's, is no end of the list
    control.settings(page_size=3)
    for fault in ({"status": 403}, {"body": {"value": None}}, {"body": {}}, {"raw": "<html></html>"}, {"garble": True}):
        control.fault(path=".*/registries", nth=3, times=0, **fault)
        assert direct("acr_cmk_registry_info")["failed"], fault
        control.clear_faults()
