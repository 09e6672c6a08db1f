# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft's descriptions as judge: what it finds, and that each reviewed exception is still needed."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import typing

import pytest
import requests
from local_azure.descriptions.exceptions import EXCEPTIONS
from local_azure.descriptions.exchange import Exchange
from local_azure.descriptions.judge import Judge
from support.clients import GROUP, PLACE, Clients
from support.described import HSM, REGISTRY, Described
from support.near import near

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

GET = Exchange(
    service="management",
    method="GET",
    host="management.azure.com",
    path="/subscriptions/00000000-0000-4000-8000-00000000ac12/resourcegroups/contoso",
    query={"api-version": "2025-04-01"},
    headers={},
    sent=None,
    status=200,
    answer_headers={},
    answer={"id": "/x", "name": "contoso", "type": "x", "location": "westeurope", "tags": {}},
)
PUT = {"method": "PUT", "sent": {"location": "westeurope"}}


def wrong(**changes: typing.Any) -> list[tuple[str, str, str]]:
    """What is found in an exchange that is right but for these changes."""
    exchange = Exchange(**{**vars(GET), **changes})
    return [(one.side, one.place, one.rule) for one in Judge().judge(exchange)]


def test_an_exchange_that_is_as_described() -> None:
    assert wrong() == []
    assert wrong(**PUT) == []


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"status": 202}, ("answer", "status", "status")),
        ({"answer": None}, ("answer", "", "required")),
        ({"answer": {**GET.answer, "location": 7}}, ("answer", "200 location", "type")),
        ({"answer": {**GET.answer, "nonsense": 7}}, ("answer", "200 nonsense", "unknown")),
        ({"answer": {**GET.answer, "tags": None}}, ("answer", "200 tags", "null")),
        ({"answer": {"name": "contoso"}}, ("answer", "200 location", "required")),
        ({"status": 404, "answer": {"error": {"message": "none"}}}, ("answer", "404", "error body")),
        ({"status": 500, "answer": {"error": {"code": "x", "message": "y"}}}, ("answer", "status", "bug")),
        ({"query": {**GET.query, "nonsense": "1"}}, ("request", "query nonsense", "parameter")),
        ({**PUT, "sent": {"location": 7}}, ("request", "location", "type")),
        ({**PUT, "sent": {}}, ("request", "location", "required")),
        ({**PUT, "sent": None}, ("request", "", "required")),
    ],
)
def test_what_is_not_as_described_is_found(changes: dict[str, typing.Any], finding: tuple[str, str, str]) -> None:
    assert wrong(**changes) == [finding]


def test_a_request_that_was_refused_is_not_judged() -> None:
    refused = {"status": 400, "answer": {"error": {"code": "x", "message": "y"}}}
    assert wrong(**{**PUT, "sent": {"location": 7}, **refused}) == []


def test_an_operation_that_failed_says_why() -> None:
    path = f"{GET.path}/providers/Microsoft.ContainerRegistry/registries/x/operationStatuses/registries-1"
    assert wrong(path=path, answer={"status": "Succeeded"}) == []
    assert wrong(path=path, answer={"status": "Failed"}) == [("answer", "poll", "polling")]
    assert wrong(path=path, status=202, answer=None) == [("answer", "poll", "polling")]


#: The command without the reviewed exceptions, and a request that one of them is about.
COMMAND = """
import sys
from local_azure import cli
from local_azure.descriptions import judge
judge.EXCEPTIONS = ()
sys.exit(cli.main())
"""
REQUEST = (
    "import requests; print(requests.get('https://contosohsm.managedhsm.azure.net/keys?api-version=7.5').status_code)"
)


def test_the_command_says_so_at_its_end(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "findings.jsonl"
    options = ["run", "--managed-hsm", "contosohsm", "--judge", str(file), "--", sys.executable, "-c", REQUEST]
    done = subprocess.run([sys.executable, "-c", COMMAND, *options], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "401\n")
    assert f"1 findings of the judge, see {file}" in done.stderr
    assert json.loads(file.read_text())["rule"] == "error body"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Described, Judge]]:
    """What is found in one request of each kind that the exceptions are about, by a judge without them."""
    with near(tmp_path_factory.mktemp("home")) as azure:
        azure.azure.judge = judge = Judge(lenient=False)
        described = Described(azure)
        _ask_for_exceptions(described, Clients(azure))
        yield described, judge


def _ask_for_exceptions(described: Described, clients: Clients) -> None:
    registry = f"{described.scope}/providers/Microsoft.ContainerRegistry/registries/{REGISTRY}"
    wire = described.wire
    for version in ("2019-12-01-preview", "2023-07-01", "2025-11-01"):
        clients.arm("GET", registry, version=version)
    whole = clients.arm("GET", registry, version="2019-12-01-preview").json()
    changed = {name: whole[name] for name in ("location", "tags", "sku", "properties")}
    clients.arm("PATCH", registry, changed, "2019-12-01-preview")
    clients.arm("PUT", registry, {**changed, "sku": {"name": "Gold"}}, "2025-11-01")
    names = {"name": "no-name", "type": "Microsoft.ContainerRegistry/registries"}
    check = f"/subscriptions/{clients.subscription}/providers/Microsoft.ContainerRegistry/checkNameAvailability"
    clients.arm("POST", check, names, "2025-11-01")
    for path in ("/subscriptions", f"/subscriptions/{clients.subscription}/resources"):
        clients.arm("GET", path, version="2022-12-01")
    list(clients.keys().list_properties_of_keys())
    requests.get(f"https://{HSM}.managedhsm.azure.net/keys?api-version=7.5", timeout=30)
    _disallow(clients)
    wire.ask("GET", "/v2/?nonsense=1")
    digest = wire.blob("hello", b"a blob")
    wire.ask("POST", f"/v2/hello/blobs/uploads/?mount={digest}&from=hello")
    wire.ask("DELETE", f"/v2/hello/blobs/{digest}")
    wire.ask("POST", f"/v2/hello/blobs/uploads/?digest={digest}", data=b"a blob")
    quarantine = {"quarantineState": "Passed"}
    wire.ask("PATCH", f"/acr/v1/hello/_manifests/{described.image.digest}", json=quarantine)
    wire.ask("PATCH", "/acr/v1/hello", json={"teleportEnabled": False})
    for path in ("/acr/v1/hello", "/acr/v1/hello/_manifests"):
        wire.ask("GET", path)
    clients.arm("DELETE", registry, version="2025-11-01")


def _disallow(clients: Clients) -> None:
    """A policy against all of a group's identities, and an identity."""
    provider = f"/subscriptions/{clients.subscription}/providers/Microsoft.Authorization"
    kind = {"field": "type", "equals": "Microsoft.KeyVault/vaults"}
    rule = {"policyRule": {"if": kind, "then": {"effect": "deny"}}, "mode": "All"}
    clients.arm("PUT", f"{provider}/policyDefinitions/none", {"properties": rule}, "2023-04-01")
    given = {"policyDefinitionId": f"{provider}/policyDefinitions/none"}
    clients.arm("PUT", f"{provider}/policyAssignments/none", {"properties": given}, "2023-04-01")
    where = f"/subscriptions/{clients.subscription}/resourceGroups/{GROUP}/providers/Microsoft.KeyVault/vaults/other-kv"
    sku = {"family": "A", "name": "standard"}
    properties = {"tenantId": clients.tenant, "sku": sku, "accessPolicies": []}
    clients.arm("PUT", where, {"location": PLACE, "properties": properties}, "2026-05-15")


@pytest.mark.parametrize("each", EXCEPTIONS, ids=lambda each: f"{each.operation} {each.place}")
def test_each_reviewed_exception_is_still_needed(strict: tuple[Described, Judge], each: typing.Any) -> None:
    assert any(each.covers(one) for one in strict[1].findings)
    assert each.reason
