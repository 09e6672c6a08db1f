# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who else uses a key, asked of Resource Graph: all of the answer, or it is said that it is not all."""

from __future__ import annotations

import typing

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._azure import graph
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct
from support.many import Many
from support.outcome import done

OTHER = "00000000-0000-4000-8000-00000000ac13"
QUERY = {"method": "POST", "path": ".*/Microsoft.ResourceGraph/resources"}
KEY = "https://contoso-kv.vault.azure.net/keys/cmk"


@pytest.fixture
def accounts(with_vault: Contoso, azure: LocalAzure) -> int:
    """Storage accounts under the key, on three pages and in two subscriptions."""
    Many(azure).subscription(OTHER)
    for number in range(2100):
        subscription = OTHER if number % 2 else azure.environment["AZURE_SUBSCRIPTION_ID"]
        name = f"store{number:04}"
        place = (
            f"/subscriptions/{subscription}/resourceGroups/contoso/providers/Microsoft.Storage/storageAccounts/{name}"
        )
        encryption = {"keyvaultproperties": {"keyvaulturi": "https://contoso-kv.vault.azure.net", "keyname": "cmk"}}
        azure.world.data["others"][place.lower()] = {
            "id": place,
            "name": name,
            "type": "microsoft.storage/storageaccounts",
            "properties": {"encryption": encryption},
        }
    return 2100


def dependents(direct: Direct) -> dict[str, typing.Any]:
    return done(direct("cmk_dependents_info", key_identifier=KEY))


def queries(control: Control, status: int) -> int:
    return sum("ResourceGraph" in entry["path"] and entry["status"] == status for entry in control.requests())


def test_all_pages_are_read_in_order(accounts: int, direct: Direct, control: Control) -> None:
    result = dependents(direct)
    assert (len(result["others"]), result["complete"]) == (accounts, True)
    assert queries(control, 200) == 3


def test_more_subscriptions_than_a_query_goes_over_are_asked_one_part_after_another(
    accounts: int, direct: Direct, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    control.settings(graph_subscription_limit=1)
    # more than that are named in one query here
    refusal = dependents(direct)
    assert (refusal["others"], refusal["complete"]) == ([], False)
    monkeypatch.setattr(graph, "_SUBSCRIPTIONS", 1)
    result = dependents(direct)
    assert (len(result["others"]), result["complete"]) == (accounts, True)


@pytest.mark.parametrize("says_when", [True, False])
def test_a_query_that_is_one_too_many_is_asked_again_when_the_quota_is_new(
    accounts: int, direct: Direct, control: Control, azure: LocalAzure, says_when: bool
) -> None:
    control.settings(throttle=True, graph_retry_after=says_when)
    for _query in range(14):
        azure.world.throttle.query(azure.world.app()["oid"], now=control.now())
    result = dependents(direct)
    assert (len(result["others"]), result["complete"]) == (accounts, True)
    # the header of the first answer says that nothing is left: there is no refusal at all
    assert (queries(control, 200), queries(control, 429)) == (3, 0)
    for _query in range(16):
        azure.world.throttle.query(azure.world.app()["oid"], now=control.now())
    assert len(dependents(direct)["others"]) == accounts
    assert queries(control, 429) == 1


BODIES = {
    "truncated": {"totalRecords": 5, "count": 1, "data": [{"id": "/a"}], "facets": [], "resultTruncated": "true"},
    "fewer than it says": {
        "totalRecords": 5,
        "count": 1,
        "data": [{"id": "/a"}],
        "facets": [],
        "resultTruncated": "false",
    },
    "one twice": {"totalRecords": 2, "count": 2, "data": [{"id": "/a"}, {"id": "/A"}], "resultTruncated": "false"},
    "an empty page with a token": {
        "totalRecords": 5,
        "count": 0,
        "data": [],
        "resultTruncated": "false",
        "$skipToken": "x",
    },
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_part_is_not_passed_off_as_the_whole(
    with_registry: Contoso, direct: Direct, control: Control, body: dict[str, typing.Any]
) -> None:
    control.fault(**QUERY, status=200, body=body, times=0)
    result = dependents(direct)
    assert (result["complete"], result["others"]) == (False, [])
    assert "A part is not passed off as the whole" in result["unseen"][0]
    # what changed between two pages only is read anew
    control.clear_faults()
    control.fault(**QUERY, status=200, body=body, times=1)
    assert dependents(direct)["complete"] is True


def test_nobody_is_told_to_come_later_for_ever(with_registry: Contoso, direct: Direct, control: Control) -> None:
    detail = {"code": "RateLimiting", "message": "Client application has been throttled"}
    error = {
        "code": "RateLimiting",
        "message": "Please provide below info when asking for support: …",
        "details": [detail],
    }
    control.fault(**QUERY, status=429, body={"error": error}, times=0)
    began = control.now()
    result = dependents(direct)
    assert result["complete"] is False
    assert "Client application has been throttled" in result["unseen"][0]
    assert 900 <= control.now() - began < 1000
