# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a registry has that is only listed here, and what else stands at its scope."""

from __future__ import annotations

import typing
import urllib.error

import pytest
from azure.core.exceptions import HttpResponseError
from local_azure.client import Control
from support.clients import GROUP, PLACE, Clients

NAME = "contosoacr"
PREVIEW, TASKS = "2026-09-01-preview", "2025-03-01-preview"
VAULT = {"type": "AzureStorageBlobContainer", "keyVaultUri": "https://contoso-kv.vault.azure.net/secrets/sas"}
#: By kind: an api-version, and what one has to show.
LISTED: dict[str, tuple[str, dict[str, typing.Any]]] = {
    "connectedRegistries": (
        "2025-11-01",
        {
            "properties": {
                "mode": "ReadOnly",
                "parent": {"syncProperties": {"tokenId": "/tokens/x", "messageTtl": "P2D"}},
            }
        },
    ),
    "privateEndpointConnections": ("2025-11-01", {}),
    "exportPipelines": (PREVIEW, {"location": PLACE, "properties": {"target": VAULT}}),
    "importPipelines": (PREVIEW, {"location": PLACE, "properties": {"source": VAULT}}),
    "pipelineRuns": (PREVIEW, {}),
    "packages/maven/archives": (PREVIEW, {}),
    "tasks": (TASKS, {"location": PLACE, "properties": {"status": "Enabled", "platform": {"os": "Linux"}}}),
    "agentPools": (TASKS, {"location": PLACE, "properties": {"count": 1, "tier": "S1", "os": "Linux"}}),
    "taskRuns": (TASKS, {}),
}


@pytest.fixture
def registry(clients: Clients) -> str:
    """The registry's id."""
    clients.groups.create_or_update(GROUP, {"location": PLACE})
    body = {"location": PLACE, "sku": {"name": "Premium"}}
    return str(clients.registries.begin_create(GROUP, NAME, body).result().id)


@pytest.mark.parametrize("kind", LISTED)
def test_what_is_only_listed_is_listed_and_cannot_be_made(
    clients: Clients, registry: str, control: Control, kind: str
) -> None:
    version, has = LISTED[kind]
    answer = clients.arm("GET", f"{registry}/{kind}", version=version)
    assert (answer.status_code, answer.json()) == (200, {"value": []})
    control.child({"id": f"{registry}/{kind}/something", **has})
    (shown,) = clients.arm("GET", f"{registry}/{kind}", version=version).json()["value"]
    assert (shown["name"], shown["id"]) == ("something", f"{registry}/{kind}/something")
    if "/" not in kind:
        one = clients.arm("GET", f"{registry}/{kind}/something", version=version)
        assert (one.status_code, one.json()["name"]) == (200, "something")
        assert clients.arm("GET", f"{registry}/{kind}/nothing", version=version).status_code == 404
    assert clients.arm("PUT", f"{registry}/{kind}/another", {"properties": {}}, version=version).status_code == 501


def test_a_private_endpoint_is_shown_by_the_registry_too(clients: Clients, registry: str, control: Control) -> None:
    state = {"status": "Approved", "actionsRequired": "None"}
    where = f"{registry}/privateEndpointConnections/contoso-endpoint"
    control.child({"id": where, "name": "contoso-endpoint", "properties": {"privateLinkServiceConnectionState": state}})
    (seen,) = clients.registries.get(GROUP, NAME).properties.private_endpoint_connections
    assert (seen.id, seen.properties.private_link_service_connection_state.status) == (where, "Approved")


def test_only_what_is_listed_can_be_put_in_place(registry: str, control: Control) -> None:
    for wrong in (f"{registry}/tokens/builder", f"{registry}x/tasks/build", "/tasks/build"):
        with pytest.raises(urllib.error.HTTPError, match="400"):
            control.child({"id": wrong})


def test_diagnostic_settings_are_those_of_the_resource_itself(clients: Clients, registry: str) -> None:
    above, version = registry.split("/providers/")[0], "2021-05-01-preview"
    body = {"properties": {"workspaceId": f"{above}/w", "logs": [{"categoryGroup": "allLogs", "enabled": True}]}}
    where = "providers/Microsoft.Insights/diagnosticSettings"
    assert clients.arm("PUT", f"{registry}/{where}/to-logs", body, version=version).ok
    assert clients.arm("PUT", f"{above}/{where}/others", body, version=version).ok
    (one,) = clients.arm("GET", f"{registry}/{where}", version=version).json()["value"]
    assert (one["name"], one["properties"]["logs"][0]["categoryGroup"]) == ("to-logs", "allLogs")
    assert clients.arm("DELETE", f"{registry}/{where}/to-logs", version=version).status_code == 200
    assert clients.arm("GET", f"{registry}/{where}/to-logs", version=version).status_code == 404


def test_an_exemption_lets_pass_what_a_policy_forbids(clients: Clients, registry: str, control: Control) -> None:
    clients.forbid("tags", {"field": "type", "equals": "Microsoft.ContainerRegistry/registries"})
    wish: dict[str, typing.Any] = {"tags": {"team": "ci"}}
    with pytest.raises(HttpResponseError, match="RequestDisallowedByPolicy"):
        clients.registries.begin_update(GROUP, NAME, wish).result()
    where, version = f"{registry}/providers/Microsoft.Authorization/policyExemptions", "2022-07-01-preview"
    assignment = f"/subscriptions/{clients.subscription}/providers/Microsoft.Authorization/policyAssignments/tags"
    body = {"properties": {"policyAssignmentId": assignment, "exemptionCategory": "Waiver"}}
    assert clients.arm("PUT", f"{where}/for-a-while", body, version=version).status_code == 201
    assert clients.registries.begin_update(GROUP, NAME, wish).result().tags == {"team": "ci"}
    (one,) = clients.arm("GET", where, version=version).json()["value"]
    assert one["properties"]["policyAssignmentId"] == assignment
    group = registry.split("/providers/")[0] + "/providers/Microsoft.Authorization/policyExemptions"
    assert len(clients.arm("GET", group, version=version).json()["value"]) == 1
    body["properties"]["expiresOn"] = "2020-01-31T10:00:00Z"
    assert clients.arm("PUT", f"{where}/for-a-while", body, version=version).status_code == 200
    with pytest.raises(HttpResponseError, match="RequestDisallowedByPolicy"):
        clients.registries.begin_update(GROUP, NAME, wish).result()
    assert clients.arm("DELETE", f"{where}/for-a-while", version=version).status_code == 200
