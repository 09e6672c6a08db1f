# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For what Entra ID gives a token, and for what it does not."""

from __future__ import annotations

import typing

import jwt
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from local_azure.client import Control
from local_azure.clouds import CLOUDS
from local_azure.server import LocalAzure
from support.clients import Clients


@pytest.fixture
def ask(azure: LocalAzure, clients: Clients) -> typing.Callable[..., requests.Response]:
    app = azure.world.app()
    own = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["secret"]}

    def ask(path: str = "oauth2/v2.0/token", **form: str) -> requests.Response:
        url = f"https://login.microsoftonline.com/{clients.tenant}/{path}"
        return requests.post(url, data={**own, **form}, timeout=10)

    return ask


@pytest.mark.parametrize(
    "resource",
    [
        "https://management.azure.com",
        "https://management.azure.com/",
        "https://management.core.windows.net/",
        "https://vault.azure.net",
        "https://managedhsm.azure.net",
        "https://graph.microsoft.com",
        "https://containerregistry.azure.net",
        "https://storage.azure.com",
        "https://contoso.blob.core.windows.net",
        "https://api.loganalytics.io",
        "00000003-0000-0000-c000-000000000000",
        *(f"https://{cloud.management}" for cloud in CLOUDS.values()),
    ],
)
def test_every_resource_of_azure_has_tokens(ask: typing.Callable[..., requests.Response], resource: str) -> None:
    for answer in (ask(scope=f"{resource}/.default"), ask("oauth2/token", resource=resource)):
        claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
        assert claims["aud"] == resource


@pytest.mark.parametrize(
    ("form", "error", "number"),
    [
        ({"scope": "https://management.azure.com/user_impersonation"}, "invalid_scope", 1002012),
        ({"scope": "User.Read.All"}, "invalid_scope", 1002012),
        ({}, "invalid_request", 900144),
        ({"scope": ""}, "invalid_request", 900144),
        ({"scope": "https://nobody.example.com/.default"}, "invalid_resource", 500011),
        ({"scope": "https://contoso-kv.vault.azure.net/.default"}, "invalid_resource", 500011),
        ({"resource": "https://nobody.example.com"}, "invalid_resource", 500011),
    ],
)
def test_what_is_no_scope_of_an_application_has_none(
    ask: typing.Callable[..., requests.Response], form: dict[str, str], error: str, number: int
) -> None:
    answer = ask(**form)
    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (400, error, [number])
    assert answer.json()["error_description"].startswith(f"AADSTS{number}: ")


def test_an_application_of_the_directory_is_a_resource(
    ask: typing.Callable[..., requests.Response], control: Control
) -> None:
    other = control.principal("other")["client_id"]
    assert ask(scope=f"api://{other}/.default").status_code == 200


def test_the_sdk_says_so(clients: Clients) -> None:
    with pytest.raises(ClientAuthenticationError, match="AADSTS500011"):
        clients.credential.get_token("https://nobody.example.com/.default")


@pytest.mark.parametrize(
    "scope", [f"https://management.azure.com/{part}" for part in (".default", "user_impersonation")]
)
def test_a_person_s_scope_may_be_a_permission(
    ask: typing.Callable[..., requests.Response], control: Control, scope: str
) -> None:
    user = control.user("alice@contoso.com")
    form = {"grant_type": "password", "username": "alice@contoso.com", "password": user["password"]}
    answer = ask(**form, scope=f"openid {scope} offline_access profile")
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert claims["aud"] == "https://management.azure.com"
    assert ask(**form, scope="https://nobody.example.com/.default").json()["error"] == "invalid_resource"


def test_a_host_s_identity_has_no_token_for_what_is_not_there(azure: LocalAzure, clients: Clients) -> None:
    address, header = f"{azure.url}/msi/token", {"X-IDENTITY-HEADER": azure.world.data["signing_key"][:16]}
    for resource, status in (("https://vault.azure.net", 200), ("https://nobody.example.com", 400)):
        answer = requests.get(address, params={"resource": resource}, headers=header, timeout=10)
        assert answer.status_code == status
        assert (answer.json().get("error") == "invalid_resource") is (status == 400)
