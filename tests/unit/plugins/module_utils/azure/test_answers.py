# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an answer must be at least to be Azure's."""

from __future__ import annotations

import json

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._azure import answers

SUBSCRIPTION = "https://management.azure.com/subscriptions/0000"
GROUP = f"{SUBSCRIPTION}/resourceGroups/contoso"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/contosoacr?api-version=2025-11-01"
REGISTRIES = f"{SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/registries?api-version=2025-11-01"
VAULT = "https://contoso-kv.vault.azure.net"
PAGE = b"\xef\xbb\xbf\n<!DOCTYPE html><html><head><title> Sign in\n to the network </title></head></html>"
KEY = {"key": {"kid": f"{VAULT}/keys/cmk/0123"}, "attributes": {"enabled": True}}
RESOURCE = {"id": "/subscriptions/0000/…", "name": "contosoacr", "properties": {"provisioningState": "Succeeded"}}


def told(method: str, url: str, answer: object, status: int = 200, **headers: str) -> answers.Flaw | None:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return answers.flaw(method, url, status, headers, content)


@pytest.mark.parametrize(
    ("method", "url", "answer"),
    [
        ("GET", REGISTRY, RESOURCE),
        ("PATCH", REGISTRY, RESOURCE),
        ("GET", REGISTRIES, {"value": [RESOURCE]}),
        ("GET", REGISTRIES, {"value": []}),
        ("GET", f"{GROUP}?api-version=2021-04-01", {"id": "/subscriptions/0000/resourceGroups/contoso"}),
        ("GET", "https://management.azure.com/subscriptions", {"value": [{"id": "/subscriptions/0000"}]}),
        ("DELETE", REGISTRY, b""),
        ("GET", f"{VAULT}/keys/cmk/", KEY),
        ("POST", f"{VAULT}/keys/cmk/rotate", KEY),
        ("GET", f"{VAULT}/deletedkeys/cmk", KEY),
        ("GET", f"{VAULT}/keys/cmk/versions", {"value": [{"kid": "https://…"}], "nextLink": None}),
        ("GET", f"{VAULT}/keys/cmk/rotationpolicy", {"lifetimeActions": []}),
        ("POST", f"{VAULT}/keys/cmk/backup", {"value": "AAAA"}),
        (
            "GET",
            f"{SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/locations/a/operationResults/b",
            {"status": "x"},
        ),
        ("POST", f"{SUBSCRIPTION}/providers/Microsoft.KeyVault/checkNameAvailability", {"nameAvailable": True}),
        ("POST", "https://management.azure.com/providers/Microsoft.ResourceGraph/resources", {"data": []}),
        ("GET", "https://contosoacr.azurecr.io/acr/v1/_catalog", {"repositories": None}),
        ("GET", "https://contosoacr.azurecr.io/v2/team/app/manifests/v1", {"schemaVersion": 2}),
    ],
)
def test_what_azure_answers(method: str, url: str, answer: object) -> None:
    assert told(method, url, answer) is None


@pytest.mark.parametrize(
    ("method", "url", "answer", "words"),
    [
        ("GET", REGISTRY, PAGE, "a page with the title 'Sign in to the network'"),
        ("GET", REGISTRY, b"", "it is empty"),
        ("PUT", REGISTRY, b"", "it is empty"),
        ("GET", REGISTRY, b'{"id": "/subscr', "no JSON"),
        ("GET", REGISTRY, b"OK", "no JSON"),
        ("GET", REGISTRY, [], "no object"),
        ("GET", REGISTRY, None, "no object"),
        ("GET", REGISTRY, "x", "no object"),
        ("GET", REGISTRY, {}, "it has no id"),
        ("GET", REGISTRY, {"id": "x"}, "it has no properties"),
        ("GET", REGISTRY, {"id": "x", "properties": {}}, "it has no properties.provisioningState"),
        ("GET", REGISTRIES, {}, "it has no list of values"),
        ("GET", REGISTRIES, {"value": None}, "it has no list of values"),
        ("GET", REGISTRIES, {"value": [None]}, "it has no id in one of its values"),
        ("GET", f"{VAULT}/keys/cmk/", {}, "it has no key.kid"),
        ("GET", f"{VAULT}/keys/cmk/", {"key": {"kid": "x"}}, "it has no attributes"),
        ("GET", f"{VAULT}/keys/cmk/versions", {}, "it has no list of values"),
        ("POST", "https://management.azure.com/providers/Microsoft.ResourceGraph/resources", {}, "it has no data"),
        ("GET", "https://contosoacr.azurecr.io/acr/v1/_catalog", {}, "it has no repositories"),
        ("POST", "https://contosoacr.azurecr.io/oauth2/token", {}, "it has no access_token"),
    ],
)
def test_an_error_is_no_empty_list_and_no_empty_object(method: str, url: str, answer: object, words: str) -> None:
    flaw = told(method, url, answer)
    assert flaw is not None
    assert words in flaw.text
    assert flaw.foreign is (answer == PAGE)


@pytest.mark.parametrize("status", [400, 403, 404, 409])
def test_a_refusal_is_azure_s_if_it_says_so(status: int) -> None:
    assert told("GET", REGISTRY, {"error": {"code": "X", "message": "y"}}, status) is None
    assert told("GET", REGISTRY, b"", status, **{"x-ms-request-id": "1"}) is None
    for foreign in (PAGE, b"", b"Blocked by your administrator", []):
        flaw = told("GET", REGISTRY, foreign, status, Server="a proxy")
        assert flaw is not None
        assert flaw.foreign
        assert str(status) in flaw.text


@pytest.mark.parametrize("status", [202, 204, 304, 307, 401, 408, 429, 500, 502, 503])
def test_what_others_see_to(status: int) -> None:
    assert told("GET", REGISTRY, PAGE, status) is None


def test_the_content_of_images_is_no_json() -> None:
    assert answers.is_binary("https://contosoacr.azurecr.io/v2/team/app/blobs/sha256:00")
    assert answers.is_binary("https://contosoacr.westeurope.data.azurecr.io/00/data")
    assert answers.is_binary("https://store.blob.core.windows.net/00?sig=x")
    assert not answers.is_binary("https://contosoacr.azurecr.io/v2/team/blobs-of-data/manifests/v1")


@pytest.mark.parametrize(
    ("answer", "headers", "expected"),
    [
        (b"", {}, "401, with nothing on how to sign in"),
        (b"", {"WWW-Authenticate": 'Bearer realm="a"'}, None),
        ({"error": {"code": "InvalidAuthenticationToken"}}, {}, None),
    ],
)
def test_a_401_says_how_to_sign_in(answer: object, headers: dict[str, str], expected: str | None) -> None:
    flaw = told("GET", "https://contosoacr.azurecr.io/acr/v1/_catalog", answer, 401, **headers)
    assert (flaw.text if flaw else None) == expected


@pytest.mark.parametrize(
    ("method", "url", "headers", "expected"),
    [
        ("POST", f"{GROUP}/importImage", {}, "it does not say where its end can be seen"),
        ("POST", f"{GROUP}/importImage", {"Location": "https://…"}, None),
        ("DELETE", REGISTRY, {"azure-asyncoperation": "https://…"}, None),
        ("GET", f"{SUBSCRIPTION}/operationresults/a", {}, None),
        ("DELETE", "https://contosoacr.azurecr.io/acr/v1/team/app", {}, None),
    ],
)
def test_what_goes_on_says_where_it_is_followed(
    method: str, url: str, headers: dict[str, str], expected: str | None
) -> None:
    flaw = told(method, url, b"", 202, **headers)
    assert (flaw.text if flaw else None) == expected


@pytest.mark.parametrize("status", [200, 403, 404])
def test_a_page_is_told_by_its_kind_where_there_is_no_body(status: int) -> None:
    url = "https://contosoacr.azurecr.io/v2/team/app/manifests/v1"
    assert told("HEAD", url, b"", status, **{"Content-Type": "text/html; charset=utf-8"}) == answers.Flaw(
        f"{status}, a page", foreign=True
    )
    assert told("HEAD", url, b"", status, **{"Content-Type": "application/json"}) is None
