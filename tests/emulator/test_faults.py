# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Troubles that go further than a status: raw, garbled and empty bodies, and operations that end badly."""

from __future__ import annotations

import contextlib

import pytest
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


@pytest.mark.parametrize("fault", [{"ends": "Badly"}, {"raw": "x", "when": "never"}])
def test_a_fault_that_makes_no_sense_is_refused(control, fault):
    with pytest.raises(Exception, match="400"):
        control.fault(**fault)
