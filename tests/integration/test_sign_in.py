# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sign-in as people have it: the az CLI's session, profiles, and nothing at all."""

from __future__ import annotations

import os
import pathlib

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.az import Az
from support.clients import Clients
from support.contoso import Contoso
from support.direct import Direct
from support.profiles import write_profiles

OTHER_TENANT = "22222222-2222-4222-8222-222222222222"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
REGISTRY = {"name": "contosoacr", "resource_group": "contoso"}


@pytest.fixture
def unsigned(direct: Direct, monkeypatch: pytest.MonkeyPatch) -> Direct:
    """The operations, called by somebody who has said nothing of how to sign in."""
    for name in [name for name in os.environ if name.startswith("AZURE_")]:
        monkeypatch.delenv(name)
    environment = {name: value for name, value in direct.environment.items() if not name.startswith("AZURE_")}
    return Direct(environment, direct.clock)


@pytest.fixture
def az(
    azure: LocalAzure, with_registry: Contoso, control: Control, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> Az:
    """A session of the az CLI whose default subscription is another one, of another tenant."""
    clients = Clients(azure)
    person = control.user("ada@contoso.com")
    control.grant(scope=f"/subscriptions/{clients.subscription}", role=OWNER, principal=person["oid"])
    other = {"id": "33333333-3333-4333-8333-333333333333", "tenant": OTHER_TENANT, "name": "other"}
    mine = {"id": clients.subscription, "tenant": clients.tenant, "name": "mine"}
    stand_in = Az(tmp_path / "bin", azure.url, "ada@contoso.com", [other, mine], seconds=0.05, damaged_by_others=True)
    monkeypatch.setenv("PATH", f"{stand_in.folder}{os.pathsep}{os.environ['PATH']}")
    return stand_in


@pytest.mark.parametrize("by", ["subscription_id", "tenant", "both"])
def test_the_az_cli_is_told_a_tenant_or_a_subscription(az: Az, azure: LocalAzure, unsigned: Direct, by: str) -> None:
    clients = Clients(azure)
    place = {"subscription_id": clients.subscription, "tenant": clients.tenant}
    given = place if by == "both" else {**place, "tenant": None} if by == "subscription_id" else place
    result = unsigned("acr_cmk_registry_info", **REGISTRY, auth_source="cli", **{k: v for k, v in given.items() if v})
    assert not result.get("failed"), result["msg"]
    assert len(result["registries"]) == 1
    for call in az.calls():
        said = {"--tenant", "--subscription"} & set(call["argv"])
        assert len(said) == 1, call["argv"]


def test_az_is_asked_once_a_resource_and_never_twice_at_once(az: Az, azure: LocalAzure, unsigned: Direct) -> None:
    subscription = Clients(azure).subscription
    result = unsigned(
        "cmk_health_info", registries=["contosoacr"], resource_group="contoso", subscription_id=subscription
    )
    assert not result.get("failed"), result["msg"]
    resources = [call["argv"] for call in az.calls() if "get-access-token" in call["argv"]]
    assert len(resources) == 2, resources
    assert not [call for call in az.calls() if call["others"]]


def test_a_person_gives_itself_the_right_to_keys(az: Az, azure: LocalAzure, unsigned: Direct) -> None:
    subscription = Clients(azure).subscription
    wish = {"vault": "contoso-kv", "caller": True, "resource_group": "contoso", "subscription_id": subscription}
    result = unsigned("keyvault_key_access", **wish)
    assert not result.get("failed"), result["msg"]
    assert result["changed"]
    refusal = unsigned("keyvault_rsa_key", vault="contoso-kv", name="cmk", subscription_id=subscription, wait_timeout=1)
    assert refusal.get("failed") is None or "--assignee-principal-type User" in refusal["msg"]


def test_nothing_to_sign_in_with_lists_the_ways(
    unsigned: Direct, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = unsigned("resource_group", name="contoso", subscription_id="33333333-3333-4333-8333-333333333333")
    assert result["failure"]["code"] == "sign_in"
    for way in ("client_id", "AZURE_PROFILE", "az login", "auth_source: msi"):
        assert way in result["msg"]


@pytest.mark.parametrize("as_edited", [False, True])
def test_a_named_profile_alone_is_where_the_task_works(
    azure: LocalAzure, with_registry: Contoso, unsigned: Direct, as_edited: bool
) -> None:
    app, clients = azure.world.app(), Clients(azure)
    mine = {"client_id": app["client_id"], "secret": app["secret"], "tenant": clients.tenant}
    sections = {
        "default": {**mine, "subscription_id": "33333333-3333-4333-8333-333333333333"},
        "prod": {**mine, "subscription_id": clients.subscription},
    }
    write_profiles(pathlib.Path(unsigned.environment["HOME"]), sections, as_edited=as_edited)
    named = Direct({**unsigned.environment, "AZURE_PROFILE": "prod"}, unsigned.clock)
    result = named("acr_cmk_registry_info", **REGISTRY)
    assert not result.get("failed"), result["msg"]
    assert result["registries"][0]["subscription_id"] == clients.subscription
    missing = Direct({**unsigned.environment, "AZURE_PROFILE": "test"}, unsigned.clock)
    assert "no section [test] (AZURE_PROFILE)" in missing("acr_cmk_registry_info", **REGISTRY)["msg"]
