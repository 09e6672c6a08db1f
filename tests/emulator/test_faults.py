# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Troubles that go further than a status: raw, garbled and empty bodies, and operations that end badly."""

from __future__ import annotations

import contextlib
import json
import urllib.error

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

GROUP, PLACE = "contoso", "westeurope"
REGISTRY = {"location": PLACE, "sku": {"name": "Premium"}}


@pytest.fixture
def group(clients):
    clients.groups.create_or_update(GROUP, {"location": PLACE})


def test_a_raw_body_goes_out_as_it_is(clients, control, group):
    page = {"raw": "<html>Bad gateway</html>", "headers": {"Content-Type": "text/html"}}
    control.fault(method="GET", times=0, status=502, **page)
    with pytest.raises(HttpResponseError) as refused:
        clients.groups.get(GROUP, retry_total=0)
    assert refused.value.status_code == 502
    assert "<html>Bad gateway</html>" in refused.value.response.text()
    assert refused.value.response.headers["Content-Type"] == "text/html"


@pytest.mark.parametrize("fault", [{"garble": True}, {"raw": ""}])
def test_a_change_takes_effect_although_its_answer_is_spoiled(clients, control, group, fault):
    control.fault(method="PUT", when="after", **fault)
    with contextlib.suppress(Exception):
        clients.groups.create_or_update("other", {"location": PLACE})
    assert sorted(one.name for one in clients.groups.list()) == [GROUP, "other"]


@pytest.mark.parametrize("end", ["Failed", "Canceled"])
def test_a_creation_that_ends_badly_leaves_a_registry_that_says_so(clients, control, group, end):
    _vault, identity, key = clients.everything()
    control.fault(method="PUT", path=".*/registries/contosoacr", ends=end)
    with pytest.raises(HttpResponseError, match=f"Operation{end}"):
        clients.registries.begin_create(GROUP, "contosoacr", clients.registry_body(identity, key)).result()
    assert clients.registries.get(GROUP, "contosoacr").provisioning_state == "Failed"
    control.fault(method="DELETE", path=".*/registries/contosoacr", ends=end)
    with pytest.raises(HttpResponseError, match=f"Operation{end}"):
        clients.registries.begin_delete(GROUP, "contosoacr").result()
    assert clients.registries.get(GROUP, "contosoacr").provisioning_state == "Failed"
    # and the next one is well
    clients.registries.begin_delete(GROUP, "contosoacr").result()
    with pytest.raises(ResourceNotFoundError):
        clients.registries.get(GROUP, "contosoacr")


@pytest.mark.parametrize("end", ["Failed", "Canceled"])
def test_a_replica_or_a_group_that_ends_badly(clients, control, group, end):
    clients.registries.begin_create(GROUP, "contosoacr", REGISTRY).result()
    replicas = clients.replications
    control.fault(method="PUT", path=".*/replications/.*", ends=end)
    with pytest.raises(HttpResponseError, match=f"Operation{end}"):
        replicas.begin_create(GROUP, "contosoacr", "northeurope", {"location": "northeurope"}).result()
    states = {one.location: one.provisioning_state for one in replicas.list(GROUP, "contosoacr")}
    assert states == {PLACE: "Succeeded", "northeurope": "Failed"}
    control.fault(method="DELETE", path=".*/resourcegroups/contoso", ends=end)
    with pytest.raises(HttpResponseError, match=f"Operation{end}"):
        clients.groups.begin_delete(GROUP).result()
    assert clients.registries.get(GROUP, "contosoacr").provisioning_state == "Succeeded"


ANSWERS = {
    "a page of a gateway": ({"status": 502, "page": "Bad Gateway"}, 502, "text/html", "<h1>Bad Gateway</h1>"),
    "a page with 200": ({"status": 200, "page": "Sign in to the network"}, 200, "text/html", "<!DOCTYPE html>"),
    "nothing": ({"status": 200, "raw": ""}, 200, "application/json", ""),
    "a text": ({"status": 403, "raw": "no", "content_type": "text/plain"}, 403, "text/plain", "no"),
    "a list": ({"status": 200, "body": []}, 200, "application/json", "[]"),
    "null": ({"status": 200, "body": None}, 200, "application/json", "null"),
    "half": ({"garble": True, "when": "after"}, 200, "application/json", '{"value": '),
    "another type": ({"content_type": "text/html", "when": "after"}, 200, "text/html", '{"value": ['),
    "another status": ({"status": 500, "when": "after"}, 500, "application/json", '{"error": {"code": "Fault"'),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_any_answer_can_be_asked_for(clients, control, name):
    values, status, content_type, text = ANSWERS[name]
    control.fault(method="GET", path="/subscriptions", **values)
    token = clients.credential.get_token("https://management.azure.com/.default").token
    ask = {"headers": {"Authorization": f"Bearer {token}"}, "timeout": 10}
    url = "https://management.azure.com/subscriptions?api-version=2022-12-01"
    answer = requests.get(url, **ask)
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (status, content_type)
    assert text in answer.text if text else answer.text == ""
    # what stands on the way knows none of Azure's headers
    assert ("x-ms-request-id" in answer.headers) is not ({"page", "raw"} & set(values) != set())
    assert requests.get(url, **ask).json()["value"]


@pytest.mark.parametrize("cut", [0, 5])
def test_an_answer_that_is_cut_off(clients, control, cut):
    control.fault(method="GET", path=".*/resourcegroups", cut=cut, when="after", times=0)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        requests.get(
            f"https://management.azure.com/subscriptions/{clients.subscription}/resourcegroups?api-version=2021-04-01",
            timeout=10,
        )


NONSENSE = {
    "needs one of status": {},
    "has no methods": {"methods": "GET"},
    "when is 'before' or 'after'": {"status": 500, "when": "never"},
    "nth is a whole number from 1": {"status": 500, "nth": 0},
    "times is a whole number from 0": {"status": 500, "times": "all"},
    "status is a status from 200": {"status": 42},
    "path is a regular expression": {"status": 500, "path": "("},
    "headers is an object of texts": {"status": 500, "headers": {"Retry-After": 3}},
    "raw is a text": {"status": 500, "raw": {}},
    "cut is a whole number": {"cut": -1},
    "delay is a number of seconds": {"delay": "long"},
    "not body and page at once": {"status": 500, "body": {}, "page": "x"},
    "ends is 'Failed', 'Canceled' or 'Never'": {"ends": "Badly"},
}


@pytest.mark.parametrize("told", NONSENSE)
def test_a_fault_that_makes_no_sense_is_refused_by_name(control, told):
    with pytest.raises(urllib.error.HTTPError) as refused:
        control.fault(**NONSENSE[told])
    assert refused.value.code == 400
    assert told in json.load(refused.value)["error"]
