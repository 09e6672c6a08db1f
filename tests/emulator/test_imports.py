# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports from registry to registry, by the unmodified SDKs: what comes along, from where, and as whom."""

from __future__ import annotations

import json
import typing

import pytest
import requests
from local_azure.client import Control
from local_azure.images.state import Store
from local_azure.imports import source
from local_azure.server import LocalAzure
from support.clients import GROUP, PLACE, Clients
from support.images import INDEX, MANIFEST, Image, Index, Sdk
from support.imports import FROM, TO, Registries, keep, said
from support.oci import digest_of

IMPORTER = "577a9874-89fd-4f24-9dbd-b5034d0ad23a"
PULL, READER = "7f951dda-4ed3-4680-a7ca-43fe172d538d", "acdd72a7-3385-48ef-bd42-f606fba81ae7"
REPOSITORY_READER = "b93aa761-3e63-49ed-ac28-beffa264f7ac"


@pytest.fixture
def registries(clients: Clients, azure: LocalAzure, control: Control) -> Registries:
    return Registries(clients, azure, control)


# --- what comes along --------------------------------------------------------------------------------------------


def test_an_image_comes_by_its_tag_under_as_many_as_are_named(registries: Registries) -> None:
    image = registries.source.image("team/app", "v1")
    registries.bring("team/app:v1", "team/app:v1", "else/where:stable", "else/where")
    for repository, tag in (("team/app", "v1"), ("else/where", "stable"), ("else/where", "v1")):
        assert registries.target.get(f"/v2/{repository}/manifests/{tag}").content == image.manifest
    assert Sdk(registries.clients.credential).pull(f"{TO}.azurecr.io", "else/where", "stable") == (image.digest, "")


def test_an_image_comes_by_its_digest_without_a_tag(registries: Registries) -> None:
    image = registries.source.image("team/app", "v1")
    registries.bring(f"team/app@{image.digest}", untagged=("team/app",))
    assert registries.target.get(f"/v2/team/app/manifests/{image.digest}").content == image.manifest
    assert registries.target.get(f"/v2/team/app/blobs/{digest_of(image.layer)}").content == image.layer
    assert registries.tags("team/app") == []


def test_a_repository_alone_means_its_newest_and_a_digest_with_a_bare_target_too(registries: Registries) -> None:
    image = registries.source.image("app", "latest")
    registries.bring("app", "one")
    registries.bring(f"app@{image.digest}", "two")
    assert (registries.tags("one"), registries.tags("two")) == (["latest"], ["latest"])


def test_an_index_comes_with_all_its_platforms_and_without_its_referrers(registries: Registries) -> None:
    index = Index(attested=True)
    digest = index.push(registries.clients.credential, f"{FROM}.azurecr.io", "app", "v1")
    signature = registries.source.referrer("app", Image("hello from amd64"), "application/signature")
    assert registries.source.put("app", digest_of(signature), signature).status_code == 201
    registries.bring("app:v1", "app:v1")
    assert registries.target.get("/v2/app/manifests/v1").content == index.manifest
    for image in index.images:
        assert registries.target.get(f"/v2/app/manifests/{image.digest}").content == image.manifest
        assert registries.target.get(f"/v2/app/blobs/{digest_of(image.layer)}").content == image.layer
    manifests = registries.target.get("/acr/v1/app/_manifests").json()["manifests"]
    assert {one["digest"] for one in manifests} == {digest, *(image.digest for image in index.images)}
    # a referrer is imported by its own digest
    registries.bring(f"app@{digest_of(signature)}", untagged=("app",))
    registries.settings.cmk_referrers = True
    (told,) = registries.target.get(f"/v2/app/referrers/{Image('hello from amd64').digest}").json()["manifests"]
    assert (told["digest"], told["artifactType"]) == (digest_of(signature), "application/signature")


def test_fifty_manifests_come_and_one_more_does_not(registries: Registries) -> None:
    images = [registries.source.image("app", f"t{number}", str(number)) for number in range(51)]
    for many in (50, 51):
        entries = [
            {"mediaType": MANIFEST, "digest": image.digest, "size": len(image.manifest)} for image in images[:many]
        ]
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
        assert registries.source.put("app", f"of{many}", index, INDEX).status_code == 201
    registries.bring("app:of50", "app:of50")
    status, code, message = said(registries.late("app:of51", "app:of51"))
    assert (status, code) == (400, "InvalidParameters")
    assert "50" in message
    assert registries.tags("app") == ["of50"]


@pytest.mark.parametrize("layers", ["skip", "refuse"])
def test_layers_that_are_not_to_be_distributed(registries: Registries, layers: str) -> None:
    registries.settings.import_foreign_layers = layers
    image = Image("windows")
    registries.source.blob("app", image.config)
    manifest = json.loads(image.manifest)
    manifest["layers"][0]["urls"] = ["https://example.com/layer"]
    data = json.dumps(manifest).encode()
    assert registries.source.put("app", "v1", data).status_code == 201
    if layers == "refuse":
        assert said(registries.late("app:v1", "app:v1"))[:2] == (400, "InvalidParameters")
        return
    registries.bring("app:v1", "app:v1")
    assert registries.target.get("/v2/app/manifests/v1").content == data
    assert registries.target.get(f"/v2/app/blobs/{digest_of(image.layer)}").status_code == 404


def test_within_one_registry_and_from_another_subscription(registries: Registries) -> None:
    image = registries.target.image("app", "v1")
    registries.bring("app:v1", "app:released", resourceId=registries.id(TO))
    assert registries.tags("app") == ["released", "v1"]
    world, other = registries.azure.world, "00000000-0000-4000-8000-00000000ac13"
    world.data["subscriptions"][other] = {"displayName": "Other", "tenant": world.data["tenant"]}
    registries.control.grant(
        scope=f"/subscriptions/{other}", role="8e3af657-a8ff-443c-a75c-2fe8c4bcb635", principal=registries.clients.oid
    )
    group = f"/subscriptions/{other}/resourceGroups/there"
    assert registries.clients.arm("PUT", group, {"location": PLACE}).ok
    place = f"{group}/providers/Microsoft.ContainerRegistry/registries/otheracr"
    body = {"location": PLACE, "sku": {"name": "Premium"}}
    assert registries.clients.arm("PUT", place, body, "2025-11-01").ok
    registries.control.advance(1)
    wire = registries.wire("otheracr")
    assert wire.image("app", "v1").digest == image.digest
    registries.bring("app:v1", "other:v1", resourceId=place.upper().replace("/REGISTRIES/", "/registries/"))
    assert registries.tags("other") == ["v1"]


def test_the_operation_as_recorded(registries: Registries) -> None:
    registries.settings.import_seconds, registries.settings.import_retry_after = 60.0, 10
    registries.source.image("app", "v1")
    body = {"source": {"resourceId": registries.id(FROM), "sourceImage": "app:v1"}, "targetTags": ["app:v1"]}
    begun = registries.clients.arm("POST", f"{registries.id(TO)}/importImage", body, "2025-11-01")
    assert (begun.status_code, begun.content, begun.headers["Retry-After"]) == (202, b"null", "10")
    where = begun.headers["Location"].split("azure.com")[1].split("?")[0]
    assert "/locations/WESTEUROPE/operationResults/registries-" in where
    pending = registries.clients.arm("GET", where, version="2025-11-01")
    assert (pending.status_code, pending.json()) == (202, {"app:v1": "Pending", "status": "Accepted"})
    assert pending.headers["Location"] == begun.headers["Location"]
    assert registries.tags("app") == []
    registries.control.advance(61)
    done = registries.clients.arm("GET", where, version="2025-11-01")
    assert (done.status_code, done.json()) == (200, {"status": "Succeeded"})
    assert registries.tags("app") == ["v1"]


def test_an_import_takes_effect_though_nobody_looks(registries: Registries) -> None:
    registries.source.image("app", "v1")
    registries.begin("app:v1", "app:v1")
    registries.control.advance(5)
    assert registries.tags("app") == ["v1"]


def test_a_small_image_may_be_there_at_once(registries: Registries) -> None:
    registries.settings.import_at_once = True
    registries.source.image("app", "v1")
    body = {"source": {"resourceId": registries.id(FROM), "sourceImage": "app:v1"}, "targetTags": ["app:v1"]}
    begun = registries.clients.arm("POST", f"{registries.id(TO)}/importImage", body, "2025-11-01")
    assert (begun.status_code, "Location" in begun.headers) == (200, False)
    registries.bring("app:v1", "app:v2")
    assert registries.tags("app") == ["v1", "v2"]
    assert said(registries.early("app:none", "app:v3"))[:2] == (400, "InvalidParameters")


def test_an_import_goes_on_where_the_local_azure_was_kept_in_a_file(registries: Registries) -> None:
    registries.settings.import_seconds = 60.0
    registries.source.image("app", "v1")
    poller = registries.begin("app:v1", "app:v1")
    state = json.loads(json.dumps(registries.control.state()))
    for content in state["data"]["images"].values():
        for repository in content["repositories"].values():
            repository["blobs"] = list(repository["blobs"])  # as older files have it
    registries.control.load(state)
    registries.control.advance(61)
    poller.result()
    assert registries.tags("app") == ["v1"]


def test_what_came_is_sealed_under_the_target_s_key(registries: Registries) -> None:
    registries.source.image("app", "v1", "plain to see")
    registries.bring("app:v1", "app:v1")
    assert "plain to see" not in str(registries.control.state())
    registries.clients.keys().update_key_properties("cmk", enabled=False)
    assert registries.target.get("/v2/app/manifests/v1").status_code == 403
    assert registries.source.get("/v2/app/manifests/v1").status_code == 200


# --- by name, and as whom ----------------------------------------------------------------------------------------


def test_by_the_registry_s_address_as_whom_the_credentials_name(registries: Registries) -> None:
    registries.source.image("app", "v1")
    registries.change(FROM, adminUserEnabled=True)
    admin = registries.clients.registries.list_credentials(GROUP, FROM)
    app, where = registries.azure.world.app(), {"registryUri": f"{FROM}.azurecr.io"}
    token = registries.clients.credential.get_token("https://management.azure.com/.default").token
    form = {"grant_type": "access_token", "service": f"{FROM}.azurecr.io", "access_token": token}
    exchanged = requests.post(f"https://{FROM}.azurecr.io/oauth2/exchange", data=form, timeout=10).json()
    for number, credentials in enumerate(
        (
            {"username": admin.username, "password": admin.passwords[1].value},
            {"username": app["client_id"], "password": app["secret"]},
            {"password": token},
            {"password": exchanged["refresh_token"]},
        )
    ):
        registries.bring("app:v1", f"app:v{number}", **where, credentials=credentials)
    assert registries.tags("app") == ["v0", "v1", "v2", "v3"]
    status, code, message = said(registries.late("app:v1", "app:x", **where, credentials={"password": "wrong"}))
    assert (status, code) == (400, "InvalidParameters")
    assert 'Invalid message Unauthorized Unauthorized {"errors":[{"code":"UNAUTHORIZED"' in message


def test_as_a_token_of_the_registry_s_own(registries: Registries) -> None:
    registries.source.image("app", "v1")
    registries.source.image("other", "v1")
    clients, actions = registries.clients, ["repositories/app/content/read"]
    scope = clients.scope_maps.begin_create(GROUP, FROM, "pulls", {"properties": {"actions": actions}}).result()
    token = clients.tokens.begin_create(GROUP, FROM, "puller", {"properties": {"scopeMapId": scope.id}}).result()
    made = clients.registries.begin_generate_credentials(GROUP, FROM, {"tokenId": token.id}).result()
    credentials = {"username": "puller", "password": made.passwords[0].value}
    where = {"registryUri": f"{FROM}.azurecr.io", "credentials": credentials}
    registries.bring("app:v1", "app:v1", **where)
    assert "Unauthorized" in said(registries.late("other:v1", "other:v1", **where))[2]
    assert registries.tags("app") == ["v1"]


def test_by_the_registry_s_address_without_credentials_nobody_is_known(registries: Registries) -> None:
    """Azure/azure-cli #15089: an owner of both registries is nobody there."""
    registries.source.image("app", "v1")
    refused = said(registries.late("app:v1", "app:v1", registryUri=f"{FROM}.azurecr.io"))
    assert "Unauthorized" in refused[2]
    assert f"/registries/{TO} Invalid message" in refused[2]
    registries.change(FROM, anonymousPullEnabled=True)
    registries.bring("app:v1", "app:v1", registryUri=f"{FROM}.azurecr.io")
    assert registries.tags("app") == ["v1"]


def test_from_a_registry_outside_of_azure(registries: Registries) -> None:
    content, image = Store(registries.azure.world, source.outside("registry.example.com")), Image("public")
    keep(content, image, "library/app", "v1")
    registries.bring("library/app:v1", "app:v1", registryUri="registry.example.com")
    assert registries.target.get("/v2/app/manifests/v1").content == image.manifest
    assert said(registries.late("app:v1", "app:v2", registryUri="nowhere.example.com"))[0] == 400


def test_the_rights_on_either_side(registries: Registries) -> None:
    registries.source.image("app", "v1")
    registries.someone((FROM, PULL))
    status, code, message = said(registries.early("app:v1", "app:v1"))
    assert (status, code) == (403, "AuthorizationFailed")
    assert "Microsoft.ContainerRegistry/registries/importImage/action" in message
    registries.someone((TO, IMPORTER))
    status, code, message = said(registries.early("app:v1", "app:v1"))
    assert (status, code) == (403, "LinkedAuthorizationFailed")
    assert f"perform action 'read' on the linked scope(s) '{registries.id(FROM)}'" in message
    registries.someone((TO, IMPORTER), (FROM, PULL))
    registries.bring("app:v1", "app:v1")
    registries.someone((TO, IMPORTER), (FROM, READER))
    registries.bring("app:v1", "app:v2")
    registries.settings.import_poll_needs_right = True
    assert said(registries.late("app:v1", "app:v3"))[:2] == (403, "AuthorizationFailed")
    registries.control.advance(1)
    assert registries.tags("app") == ["v1", "v2", "v3"]


def test_roles_by_repository_at_the_source(registries: Registries) -> None:
    registries.source.image("app", "v1")
    registries.change(FROM, roleAssignmentMode="AbacRepositoryPermissions")
    registries.change(TO, roleAssignmentMode="AbacRepositoryPermissions")
    assert "Unauthorized" in said(registries.late("app:v1", "app:v1"))[2]
    registries.someone((TO, IMPORTER), (FROM, READER), (FROM, REPOSITORY_READER))
    registries.bring("app:v1", "app:v1")


@pytest.mark.parametrize("version", ["2023-07-01", "2023-11-01-preview", "2025-11-01", "2026-09-01-preview"])
def test_every_api_version_imports(registries: Registries, version: str) -> None:
    registries.source.image("app", "v1")
    path = f"{registries.id(TO)}/importImage"
    body: dict[str, typing.Any] = {"source": {"resourceId": registries.id(FROM), "sourceImage": "app:v1"}}
    assert registries.clients.arm("POST", path, {**body, "targetTags": ["app:v1"]}, version).status_code == 202
    unknown = registries.clients.arm("POST", path, {**body, "targetTags": ["app:v2"], "tags": []}, version)
    assert unknown.status_code == 400
    registries.control.advance(1)
    assert registries.tags("app") == ["v1"]
