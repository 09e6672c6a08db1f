# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource Graph: pages, truncation, order, quota, scopes, lag; and what is below a management group."""

from __future__ import annotations

import typing

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.many import Many

REGISTRIES = "Resources | where type =~ 'microsoft.containerregistry/registries'"
COLUMNS = {
    *("id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy"),
    *("sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation"),
}
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
OTHER = "00000000-0000-4000-8000-00000000ac13"


class Graph:
    """The SDK's client, with the headers of its last answer."""

    def __init__(self, clients: Clients) -> None:
        self._client = ResourceGraphClient(clients.credential, retry_total=0)
        self.headers: typing.Any = {}

    def __call__(
        self, query: str, *, token: str | None = None, top: int | None = None, **scope: typing.Any
    ) -> typing.Any:
        def keep(response: typing.Any, reply: typing.Any, _headers: object) -> typing.Any:
            self.headers = response.http_response.headers
            return reply

        options = QueryRequestOptions(skip_token=token, top=top, result_format="objectArray")
        return self._client.resources(QueryRequest(query=query, options=options, **scope), cls=keep)


@pytest.fixture
def graph(clients: Clients) -> Graph:
    return Graph(clients)


@pytest.fixture
def fleet(azure: LocalAzure, clients: Clients) -> Many:
    return Many(azure)


def walk(graph: Graph, query: str, **options: typing.Any) -> list[str]:
    names, token = [], None
    while True:
        page = graph(query, token=token, **options)
        names += [row["name"] for row in page.data]
        token = page.skip_token
        if not token:
            return names


def test_a_page_has_a_thousand_rows_and_the_next_one_is_to_be_asked_for(graph: Graph, fleet: Many) -> None:
    fleet.registries(2500)
    query = f"{REGISTRIES} | project id, name | order by id asc"
    first = graph(query)
    assert (first.count, len(first.data), first.total_records) == (1000, 1000, 2500)
    # told of the live service: what tells that there is more is the token alone
    assert (first.result_truncated, bool(first.skip_token)) == ("false", True)
    names = walk(graph, query)
    assert len(set(names)) == len(names) == 2500
    with pytest.raises(HttpResponseError):
        graph(query, top=1001)


def test_without_the_id_among_the_columns_the_rest_is_lost(graph: Graph, fleet: Many) -> None:
    fleet.registries(1001)
    page = graph(f"{REGISTRIES} | project name | order by id asc")
    assert (page.result_truncated, page.skip_token, page.count, page.total_records) == ("true", None, 1000, 1001)


def test_a_row_has_every_column_whatever_the_query_looks_at(graph: Graph, clients: Clients) -> None:
    clients.plain_registry("plainacr")
    clients.identity()
    rows = [
        graph(f"Resources | where {condition}").data[0]
        for condition in ("type =~ 'microsoft.containerregistry/registries'", "location =~ 'westeurope'")
    ]
    assert rows[0] == rows[1]
    assert set(rows[0]) == COLUMNS
    assert (rows[0]["tenantId"], rows[0]["kind"], rows[0]["zones"]) == (clients.tenant, "", None)
    assert rows[0]["sku"]["name"] == "Standard"
    (subscription,) = graph("ResourceContainers | where type =~ 'microsoft.resources/subscriptions'").data
    assert set(subscription) == COLUMNS
    assert (subscription["tenantId"], subscription["location"]) == (clients.tenant, "")


def test_without_an_order_pages_repeat_and_skip(graph: Graph, fleet: Many) -> None:
    fleet.registries(2500)
    names = walk(graph, f"{REGISTRIES} | project id, name")
    assert len(names) == 2500
    assert len(set(names)) < 2500


def test_a_user_has_fifteen_queries_in_five_seconds(
    graph: Graph, clients: Clients, control: Control, azure: LocalAzure
) -> None:
    control.settings(throttle=True)
    query = f"{REGISTRIES} | project id"
    left = []
    for _query in range(15):
        graph(query)
        left.append(int(graph.headers["x-ms-user-quota-remaining"]))
    assert left == list(range(14, -1, -1))
    assert graph.headers["x-ms-user-quota-resets-after"] in {f"00:00:0{second}" for second in range(1, 6)}
    with pytest.raises(HttpResponseError) as caught:
        graph(query)
    assert (caught.value.status_code, caught.value.error.code) == (429, "RateLimiting")
    assert caught.value.response.headers["x-ms-user-quota-remaining"] == "0"
    assert "Retry-After" not in caught.value.response.headers
    # another user has a quota of its own
    someone = control.principal("someone")
    control.grant(scope=f"/subscriptions/{clients.subscription}", role=READER, principal=someone["oid"])
    clients.sign_in(someone["client_id"], someone["secret"])
    Graph(clients)(query)
    control.advance(5)
    graph(query)
    assert graph.headers["x-ms-user-quota-remaining"] == "14"


def test_a_subscription_that_cannot_be_read_is_passed_over_without_a_word(
    graph: Graph, clients: Clients, fleet: Many, control: Control
) -> None:
    fleet.subscription(OTHER)
    fleet.registries(2)
    fleet.registries(3, subscription=OTHER)
    query, own = f"{REGISTRIES} | project id, name", clients.subscription
    assert graph(query).total_records == 5
    assert graph(query, subscriptions=[OTHER]).total_records == 3
    someone = control.principal("someone")
    control.grant(scope=f"/subscriptions/{own}", role=READER, principal=someone["oid"])
    clients.sign_in(someone["client_id"], someone["secret"])
    theirs = Graph(clients)
    assert theirs(query, subscriptions=[own, OTHER]).total_records == 2
    for scope in ([OTHER], ["no-guid"]):
        with pytest.raises(HttpResponseError) as caught:
            theirs(query, subscriptions=scope)
        assert caught.value.status_code == 400
    listed = clients.arm("GET", "/subscriptions").json()["value"]
    assert [one["subscriptionId"] for one in listed] == [own]


def test_a_management_group_is_a_scope(graph: Graph, clients: Clients, fleet: Many, control: Control) -> None:
    fleet.subscription(OTHER)
    fleet.registries(2)
    fleet.registries(3, subscription=OTHER)
    control.management_group("platform")
    control.management_group("production", OTHER, parent="platform")
    query = f"{REGISTRIES} | project id, name"
    assert graph(query, management_groups=["platform"]).total_records == 3
    with pytest.raises(HttpResponseError) as caught:
        graph(query, management_groups=["nowhere"])
    assert caught.value.status_code == 403
    path = "/providers/Microsoft.Management/managementGroups/platform/descendants"
    assert clients.arm("GET", path, version="2021-04-01").status_code == 403
    control.grant(scope="/providers/Microsoft.Management/managementGroups/platform", role=READER, principal=clients.oid)
    rows = clients.arm("GET", path, version="2021-04-01").json()["value"]
    assert [(row["type"], row["name"]) for row in rows] == [
        ("Microsoft.Management/managementGroups", "production"),
        ("/subscriptions", OTHER),
    ]


def test_over_the_limit_of_subscriptions_a_header_alone_tells(graph: Graph, fleet: Many, control: Control) -> None:
    fleet.subscription(OTHER)
    fleet.registries(2)
    fleet.registries(3, subscription=OTHER)
    query = f"{REGISTRIES} | project id, name"
    assert "x-ms-tenant-subscription-limit-hit" not in graph(query).additional_properties | dict(graph.headers)
    control.settings(graph_subscription_limit=1)
    page = graph(query)
    assert (page.total_records, page.result_truncated) == (2, "false")
    assert graph.headers["x-ms-tenant-subscription-limit-hit"] == "true"


def test_it_lags_behind(graph: Graph, clients: Clients, control: Control) -> None:
    query = f"{REGISTRIES} | project id, name"
    control.settings(graph_lag_seconds=600)
    clients.plain_registry("oldacr")
    assert walk(graph, query) == []
    control.advance(601)
    assert walk(graph, query) == ["oldacr"]
    clients.plain_registry("newacr")
    clients.registries.begin_delete("contoso", "oldacr").result()
    assert walk(graph, query) == ["oldacr"]
    assert [one.name for one in clients.registries.list()] == ["newacr"]
    control.advance(601)
    assert walk(graph, query) == ["newacr"]
