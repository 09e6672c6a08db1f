# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports that are refused, that fail late, that race or never end, by the unmodified SDKs."""

from __future__ import annotations

import typing

import pytest
from azure.core.exceptions import HttpResponseError
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import GROUP, Clients
from support.images import Index, Sdk
from support.imports import FROM, TO, Registries, said
from support.oci import digest_of


@pytest.fixture
def registries(clients: Clients, azure: LocalAzure, control: Control) -> Registries:
    return Registries(clients, azure, control)


# --- refusals ----------------------------------------------------------------------------------------------------


def test_a_tag_that_is_there_is_moved_by_force_alone(registries: Registries) -> None:
    registries.target.image("app", "v1", "old")
    new = registries.source.image("app", "v1", "new")
    status, code, message = said(registries.early("app:v1", "other:v1", "app:v1"))
    assert (status, code) == (409, "Conflict")
    assert message.endswith("Tag app:v1 already exists in target registry.")
    assert registries.tags("other") == []
    registries.bring("app:v1", "app:v1", mode="Force")
    assert registries.target.get("/v2/app/manifests/v1").content == new.manifest


@pytest.mark.parametrize(
    ("image", "tags", "more"),
    [
        ("app:v1", (), {}),
        ("App:v1", ("app:v1",), {}),
        ("app:", ("app:v1",), {}),
        ("app@sha256:0", ("app:v1",), {}),
        ("app:v1", ("app:v1", "a b"), {}),
        ("app:v1", ("app:-",), {}),
        ("app:v1", (f"app@{digest_of(b'')}",), {}),
        ("app:v1", (), {"untagged": ("app:v1",)}),
        ("app:v1", ("app:v1",), {"mode": "Sometimes"}),
        ("app:v1", ("app:v1",), {"resourceId": "plainacr"}),
        ("app:v1", ("app:v1",), {"resourceId": "x", "registryUri": "y"}),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(
    registries: Registries, image: str, tags: tuple[str, ...], more: dict[str, typing.Any]
) -> None:
    registries.source.image("app", "v1")
    assert said(registries.early(image, *tags, **more))[:2] == (400, "InvalidParameters")
    registries.settings.inferred_words = False
    assert registries.early(image, *tags, **more).status_code == 400
    assert registries.tags("app") == []


def test_a_source_that_is_not_there_or_of_another_tenant(registries: Registries) -> None:
    missing = registries.id("missingacr")
    assert registries.early("app:v1", "app:v1", resourceId=missing).status_code == 404
    world, other = registries.azure.world, "00000000-0000-4000-8000-00000000ac14"
    world.data["subscriptions"][other] = {"displayName": "Foreign", "tenant": "00000000-0000-4000-8000-0000000007e1"}
    foreign = registries.id(FROM).replace(registries.clients.subscription, other)
    status, code, message = said(registries.early("app:v1", "app:v1", resourceId=foreign))
    assert (status, code) == (403, "LinkedAuthorizationFailed")
    assert f"is not authorized to access linked subscription '{other}'" in message


@pytest.mark.parametrize("where", ["operation", "request"])
def test_an_image_that_is_not_there(registries: Registries, where: str) -> None:
    registries.settings.import_refusals = where
    registries.source.image("app", "v1")
    ask = registries.late if where == "operation" else registries.early
    for image in ("app:v2", "other:v1", f"app@{digest_of(b'nothing')}"):
        status, code, message = said(ask(image, "app:v1"))
        assert (status, code) == (400, "InvalidParameters")
        assert "Invalid message NotFound NotFound" in message
    assert registries.tags("app") == []


def test_a_platform_that_is_gone_at_the_source(registries: Registries) -> None:
    index = Index()
    index.push(registries.clients.credential, f"{FROM}.azurecr.io", "app", "v1")
    registries.source.ask("DELETE", f"/v2/app/manifests/{index.image('arm64').digest}")
    assert "MANIFEST_UNKNOWN" in said(registries.late("app:v1", "app:v1"))[2]
    assert registries.tags("app") == []


def test_a_failure_that_says_nothing(registries: Registries) -> None:
    registries.settings.import_failure_says_why = False
    registries.source.image("app", "v1")
    assert said(registries.late("app:v2", "app:v1"))[:2] == (400, "BadRequest")


@pytest.mark.parametrize("kind", ["repository", "tag"])
def test_a_locked_target_takes_no_import(registries: Registries, kind: str) -> None:
    old = registries.target.image("app", "v1", "old")
    registries.source.image("app", "v1", "new")
    sdk = Sdk(registries.clients.credential).client(f"{TO}.azurecr.io")
    if kind == "tag":
        sdk.update_tag_properties("app", "v1", can_write=False)
    else:
        sdk.update_repository_properties("app", can_write=False)
    assert "REGISTRY_DISALLOWED_OPERATION" in said(registries.late("app:v1", "app:v1", mode="Force"))[2]
    assert registries.target.get("/v2/app/manifests/v1").content == old.manifest
    if kind == "tag":
        # another tag, and another manifest without one, come in all the same
        registries.bring("app:v1", "app:v2")


def test_a_locked_source_gives_nothing(registries: Registries) -> None:
    registries.source.image("app", "v1")
    sdk = Sdk(registries.clients.credential).client(f"{FROM}.azurecr.io")
    sdk.update_tag_properties("app", "v1", can_read=False)
    assert "REGISTRY_DISALLOWED_OPERATION" in said(registries.late("app:v1", "app:v1"))[2]


@pytest.mark.parametrize("side", [FROM, TO])
@pytest.mark.parametrize("closed", [{"publicNetworkAccess": "Disabled"}, {"networkRuleSet": {"defaultAction": "Deny"}}])
def test_network_rules_let_trusted_services_pass(
    registries: Registries, side: str, closed: dict[str, typing.Any]
) -> None:
    registries.source.image("app", "v1")
    registries.change(side, **closed)
    registries.bring("app:v1", "app:v1", mode="Force")
    registries.change(side, networkRuleBypassOptions="None")
    message = said(registries.late("app:v1", "app:v1", mode="Force"))[2]
    assert ("Forbidden Forbidden" if side == FROM else f"Access to {TO}.azurecr.io denied.") in message


def test_a_closed_source_is_named_by_its_resource_id(registries: Registries) -> None:
    registries.source.image("app", "v1")
    app = registries.azure.world.app()
    by_address = {
        "registryUri": f"{FROM}.azurecr.io",
        "credentials": {"username": app["client_id"], "password": app["secret"]},
    }
    registries.bring("app:v1", "app:v1", **by_address)
    registries.change(FROM, publicNetworkAccess="Disabled")
    message = said(registries.late("app:v1", "app:v2", **by_address))[2]
    assert "client with IP '203.0.113.10' is not allowed access" in message
    registries.bring("app:v1", "app:v2")


def test_exports_that_are_disabled_keep_images_at_home(registries: Registries) -> None:
    registries.source.image("app", "v1")
    registries.change(FROM, publicNetworkAccess="Disabled", policies={"exportPolicy": {"status": "disabled"}})
    assert "DENIED" in said(registries.late("app:v1", "app:v1"))[2]
    registries.bring("app:v1", "app:v2", to=FROM)


@pytest.mark.parametrize("late", [False, True])
def test_a_target_whose_key_is_out_of_reach(registries: Registries, late: bool) -> None:
    registries.settings.import_seconds = 60.0
    registries.source.image("app", "v1")
    keys = registries.clients.keys()
    if not late:
        keys.update_key_properties("cmk", enabled=False)
    poller = registries.begin("app:v1", "app:v1")
    if late:
        keys.update_key_properties("cmk", enabled=False)
    registries.control.advance(61)
    with pytest.raises(HttpResponseError) as caught:
        poller.result()
    assert "Access to Key Encryption Key is forbidden" in said(caught.value)[2]
    keys.update_key_properties("cmk", enabled=True)
    assert registries.tags("app") == []
    registries.settings.import_seconds = 0.05
    registries.bring("app:v1", "app:v1")


def test_a_lock_on_the_target_s_resource_and_a_target_that_is_not_there(registries: Registries) -> None:
    registries.source.image("app", "v1")
    assert registries.early("app:v1", "app:v1", to="missingacr").status_code == 404
    lock = f"{registries.id(TO)}/providers/Microsoft.Authorization/locks/stays"
    assert registries.clients.arm("PUT", lock, {"properties": {"level": "ReadOnly"}}, "2020-05-01").ok
    assert said(registries.early("app:v1", "app:v1"))[:2] == (409, "ScopeLocked")
    assert registries.clients.arm("DELETE", lock, version="2020-05-01").ok
    registries.bring("app:v1", "app:v1")


@pytest.mark.parametrize("counts", [True, False])
def test_a_source_that_is_asked_too_often_fails_an_import_late(registries: Registries, counts: bool) -> None:
    registries.source.image("app", "v1")
    registries.settings.change({"throttle": True, "import_counts": counts})
    registries.azure.world.data["registries"][registries.id(TO).lower()]["sku"] = "Basic"
    answers = [registries.begin("app:v1", f"app:v{number}") for number in range(101)]
    registries.control.advance(2)
    if not counts:
        answers[100].result()
        return
    with pytest.raises(HttpResponseError) as caught:
        answers[100].result()
    assert said(caught.value)[2].endswith("Invalid message 429 Too Many Requests Too Many Requests (HAP429).")
    registries.control.advance(60)
    registries.bring("app:v1", "app:again")


def test_imports_are_writes_of_resource_manager_s(registries: Registries) -> None:
    registries.source.image("app", "v1")
    registries.settings.throttle = True
    bucket = {"method": "POST", "subscription": registries.clients.subscription, "principal": registries.clients.oid}
    later = registries.control.now() + 30
    for _time in range(200):
        registries.azure.world.throttle.take(**bucket, now=later)
    refused = registries.early("app:v1", "app:v1")
    assert said(refused)[:2] == (429, "SubscriptionRequestsThrottled")
    assert refused.response is not None
    assert int(refused.response.headers["Retry-After"]) >= 1


# --- what goes wrong on the way ----------------------------------------------------------------------------------


@pytest.mark.parametrize("race", [True, False])
def test_a_tag_that_moves_meanwhile(registries: Registries, race: bool) -> None:
    """Azure/azure-cli #21944, #29974: the operation succeeds, and the tag stands for what is not there."""
    registries.settings.import_seconds, registries.settings.import_race = 60.0, race
    old = registries.source.image("app", "latest", "old")
    poller = registries.begin("app:latest", "app:latest")
    new = registries.source.image("app", "latest", "new")
    registries.control.advance(61)
    poller.result()
    pulled = registries.target.get("/v2/app/manifests/latest")
    told = registries.target.get("/acr/v1/app/_tags/latest").json()["tag"]["digest"]
    if not race:
        assert (pulled.content, told) == (old.manifest, old.digest)
        return
    assert (pulled.status_code, told) == (404, new.digest)
    assert pulled.json()["errors"][0]["message"] == f"manifest {new.digest} is not found"
    assert registries.target.get(f"/v2/app/manifests/{old.digest}").content == old.manifest
    registries.settings.import_seconds = 0.05
    registries.bring(f"app@{new.digest}", untagged=("app",))
    assert registries.target.get("/v2/app/manifests/latest").content == new.manifest


def test_some_never_end(registries: Registries) -> None:
    registries.source.image("app", "v1")
    registries.settings.imports_hang = True
    everyone = registries.begin("app:v1", "app:v1")
    registries.settings.imports_hang = False
    registries.control.fault(path=".*/importImage", ends="Never")
    one = registries.begin("app:v1", "app:v2")
    registries.bring("app:v1", "app:v3")
    registries.control.advance(86400)
    assert not everyone.done()
    assert not one.done()
    assert registries.tags("app") == ["v3"]


@pytest.mark.parametrize("ends", ["Failed", "Canceled"])
def test_a_fault_that_ends_an_import(registries: Registries, ends: str) -> None:
    registries.source.image("app", "v1")
    registries.control.fault(path=".*/importImage", ends=ends)
    assert said(registries.late("app:v1", "app:v1"))[1] == f"Operation{ends}"
    assert registries.tags("app") == []


def test_a_target_that_is_deleted_meanwhile(registries: Registries) -> None:
    registries.settings.import_seconds = 60.0
    registries.source.image("app", "v1")
    poller = registries.begin("app:v1", "app:v1")
    registries.clients.registries.begin_delete(GROUP, TO).result()
    registries.control.advance(61)
    with pytest.raises(HttpResponseError):
        poller.result()
