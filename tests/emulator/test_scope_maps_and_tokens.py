# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scope maps and tokens by the unmodified SDK, and what a token may do at the registry itself."""

from __future__ import annotations

import datetime
import typing

import pytest
import requests
from azure.core.exceptions import ResourceNotFoundError
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import GROUP, Clients, refused
from support.oci import MANIFEST, Wire, wire_of

NAME = "contosoacr"
BASE = f"https://{NAME}.azurecr.io"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


@pytest.fixture
def registry(clients: Clients) -> Clients:
    clients.plain_registry(NAME)
    return clients


@pytest.fixture
def wire(registry: Clients, azure: LocalAzure) -> Wire:
    made = wire_of(azure, NAME)
    for repository in ("samples/hello", "samples/team/app", "other"):
        made.image(repository, "v1")
    return made


def scope_map(clients: Clients, name: str, *actions: str) -> typing.Any:
    body = {"properties": {"actions": list(actions), "description": f"About {name}"}}
    return clients.scope_maps.begin_create(GROUP, NAME, name, body).result()


def token(clients: Clients, name: str, *actions: str, **properties: typing.Any) -> typing.Any:
    made = scope_map(clients, f"{name}-map", *actions)
    body = {"properties": {"scopeMapId": made.id, **properties}}
    return clients.tokens.begin_create(GROUP, NAME, name, body).result()


def passwords(clients: Clients, made: typing.Any, **more: typing.Any) -> dict[str, str]:
    answer = clients.registries.begin_generate_credentials(GROUP, NAME, {"tokenId": made.id, **more}).result()
    assert answer.username == made.name
    return {one.name: one.value for one in answer.passwords}


def signed_in(clients: Clients, name: str, *actions: str) -> Wire:
    made = token(clients, name, *actions)
    return Wire(BASE, (name, passwords(clients, made)["password1"]))


# --- scope maps ------------------------------------------------------------------------------------------------------


def test_every_registry_has_five_scope_maps_of_its_own(registry: Clients) -> None:
    known = {one.name: one for one in registry.scope_maps.list(GROUP, NAME)}
    assert len(known) == 5
    assert known["_repositories_push"].actions == ["repositories/*/content/read", "repositories/*/content/write"]
    assert known["_repositories_pull"].description == "Can pull any repository of the registry"
    assert {one.properties.type for one in known.values()} == {"SystemDefined"}
    one = registry.scope_maps.get(GROUP, NAME, "_repositories_admin")
    assert len(one.properties.actions) == 5
    for change in (
        lambda: registry.scope_maps.begin_create(GROUP, NAME, one.name, {"properties": {"actions": []}}),
        lambda: registry.scope_maps.begin_update(GROUP, NAME, one.name, {"properties": {"description": "mine"}}),
        lambda: registry.scope_maps.begin_delete(GROUP, NAME, one.name),
    ):
        assert one.name in str(refused(change))


def test_a_scope_map_is_made_changed_and_deleted(registry: Clients) -> None:
    made = scope_map(registry, "developers", "repositories/app/content/read")
    assert made.properties.type == "UserDefined"
    assert made.properties.provisioning_state == "Succeeded"
    wish = {"properties": {"actions": ["repositories/app/content/read", "repositories/app/content/write"]}}
    changed = registry.scope_maps.begin_update(GROUP, NAME, "developers", wish).result()
    assert len(changed.properties.actions) == 2
    assert changed.properties.description == "About developers"
    registry.scope_maps.begin_delete(GROUP, NAME, "developers").result()
    with pytest.raises(ResourceNotFoundError):
        registry.scope_maps.get(GROUP, NAME, "developers")


@pytest.mark.parametrize(
    "action",
    [
        "repositories/app/content/shout",
        "repositories/app/contentWrite",
        "content/read",
        "repositories/a*/content/read",
        "repositories/sample/*/team/content/read",
        "repositories/sample/*/b/*/content/read",
        "gateway/far/content/read",
    ],
)
def test_an_action_that_is_none_is_named(registry: Clients, action: str) -> None:
    assert action in str(refused(lambda: scope_map(registry, "developers", action)))


def test_a_scope_map_that_a_token_has_stays(registry: Clients, control: Control) -> None:
    token(registry, "builder", "repositories/app/content/read")
    refusal = refused(registry.scope_maps.begin_delete, GROUP, NAME, "builder-map")
    assert (refusal.status_code, "builder" in str(refusal)) == (409, True)
    control.settings(scope_map_in_use_stays=False)
    registry.scope_maps.begin_delete(GROUP, NAME, "builder-map").result()
    assert len(list(registry.scope_maps.list(GROUP, NAME))) == 5


def test_a_registry_has_a_limit_of_its_tier(registry: Clients, azure: LocalAzure) -> None:
    known, actions = azure.world.data["children"], {"properties": {"actions": []}}
    made = registry.scope_maps.begin_create(GROUP, NAME, "map-0", actions).result()
    for number in range(1, 500):
        name = f"map-{number}"
        above = made.id.removesuffix("map-0")
        known[f"{above}{name}".lower()] = {**known[made.id.lower()], "id": above + name, "name": name}
    assert "500" in str(refused(lambda: scope_map(registry, "too-many")))
    assert len(list(registry.scope_maps.list(GROUP, NAME))) == 505


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_a_password_is_shown_once(registry: Clients) -> None:
    made = token(registry, "builder", "repositories/app/content/read")
    assert made.properties.provisioning_state == "Succeeded"
    assert made.properties.status == "enabled"
    assert made.properties.credentials.passwords == []
    told = passwords(registry, made)
    assert set(told) == {"password1", "password2"}
    seen = registry.tokens.get(GROUP, NAME, "builder").properties.credentials.passwords
    assert [(one.name, one.value, one.expiry) for one in seen] == [("password1", None, None), ("password2", None, None)]
    again = passwords(registry, made, name="password2")
    assert set(again) == {"password2"}
    assert again["password2"] != told["password2"]
    kept = {"properties": {"credentials": {"passwords": [{"name": "password2"}]}}}
    changed = registry.tokens.begin_update(GROUP, NAME, "builder", kept).result()
    assert [one.name for one in changed.properties.credentials.passwords] == ["password2"]


def test_a_token_needs_a_scope_map_of_its_registry(registry: Clients) -> None:
    above = registry.registries.get(GROUP, NAME).id.replace(NAME, "fabrikamacr")
    elsewhere = f"{above}/scopeMaps/_repositories_pull"
    body = {"properties": {"scopeMapId": elsewhere}}
    assert "scopeMapId" in str(refused(registry.tokens.begin_create, GROUP, NAME, "builder", body))
    refusal = refused(registry.registries.begin_generate_credentials, GROUP, NAME, {"tokenId": elsewhere})
    assert "tokenId" in str(refusal)


def test_a_token_is_being_made_for_a_while(registry: Clients, control: Control) -> None:
    control.settings(operation_seconds=60)
    token_map = scope_map(registry, "builder-map", "repositories/app/content/read")
    body = {"properties": {"scopeMapId": token_map.id, "status": "disabled"}}
    registry.tokens.begin_create(GROUP, NAME, "builder", body, polling=False)
    assert registry.tokens.get(GROUP, NAME, "builder").properties.provisioning_state == "Creating"
    control.advance(61)
    seen = registry.tokens.get(GROUP, NAME, "builder").properties
    assert (seen.provisioning_state, seen.status) == ("Succeeded", "disabled")
    registry.tokens.begin_delete(GROUP, NAME, "builder", polling=False)
    assert [one.properties.provisioning_state for one in registry.tokens.list(GROUP, NAME)] == ["Deleting"]
    control.advance(61)
    assert list(registry.tokens.list(GROUP, NAME)) == []


def test_reading_tokens_takes_no_right_to_make_passwords(registry: Clients, azure: LocalAzure) -> None:
    made = token(registry, "builder", "repositories/app/content/read")
    auditor = azure.world.add_app("auditor")
    registry.give(registry.registries.get(GROUP, NAME).id, READER, auditor["oid"])
    reader = Clients(azure)
    reader.sign_in(auditor["client_id"], auditor["secret"])
    assert [one.name for one in reader.tokens.list(GROUP, NAME)] == ["builder"]
    assert len(list(reader.scope_maps.list(GROUP, NAME))) == 6
    refusal = refused(reader.registries.begin_generate_credentials, GROUP, NAME, {"tokenId": made.id})
    assert "Microsoft.ContainerRegistry/registries/generateCredentials/action" in str(refusal)


# --- what a token may do ---------------------------------------------------------------------------------------------


def test_a_token_may_do_exactly_what_its_scope_map_says(registry: Clients, wire: Wire) -> None:
    puller = signed_in(registry, "puller", "repositories/samples/hello/content/read")
    assert puller.get("/v2/").status_code == 200
    assert puller.get("/v2/samples/hello/manifests/v1").status_code == 200
    assert puller.get("/v2/other/manifests/v1").status_code == 401
    assert puller.get("/v2/samples/hello/tags/list").status_code == 401
    assert puller.get("/acr/v1/samples/hello/_tags").status_code == 401
    assert puller.get("/v2/_catalog").status_code == 401
    assert puller.ask("POST", "/v2/samples/hello/blobs/uploads/").status_code == 401
    digest = puller.get("/v2/samples/hello/manifests/v1").headers["Docker-Content-Digest"]
    assert puller.ask("DELETE", f"/v2/samples/hello/manifests/{digest}").status_code == 401
    registry.scope_maps.begin_update(
        GROUP,
        NAME,
        "puller-map",
        {"properties": {"actions": ["repositories/samples/hello/metadata/read", "repositories/other/content/delete"]}},
    ).result()
    assert puller.get("/v2/samples/hello/manifests/v1").status_code == 401
    assert puller.get("/v2/samples/hello/tags/list").json()["tags"] == ["v1"]
    assert puller.ask("DELETE", f"/v2/other/manifests/{digest}").status_code == 202


def test_the_scope_map_of_administrators_lists_the_catalog(registry: Clients, wire: Wire) -> None:
    maps = {one.name: one.id for one in registry.scope_maps.list(GROUP, NAME)}
    statuses = {}
    for name in ("_repositories_admin", "_repositories_pull_metadata_read"):
        body = {"properties": {"scopeMapId": maps[name]}}
        made = registry.tokens.begin_create(GROUP, NAME, "lister", body).result()
        statuses[name] = Wire(BASE, ("lister", passwords(registry, made)["password1"])).get("/v2/_catalog").status_code
    assert statuses == {"_repositories_admin": 200, "_repositories_pull_metadata_read": 401}


def test_wildcards_add_up(registry: Clients, wire: Wire) -> None:
    team = signed_in(
        registry,
        "team-token",
        "repositories/samples/*/content/read",
        "repositories/samples/team/*/content/write",
        "repositories/samples/team/app/content/delete",
    )
    for repository in ("samples/hello", "samples/team/app"):
        assert team.get(f"/v2/{repository}/manifests/v1").status_code == 200
    assert team.get("/v2/other/manifests/v1").status_code == 401
    assert team.ask("POST", "/v2/samples/hello/blobs/uploads/").status_code == 401
    image = team.image("samples/team/new", "v1")
    assert team.ask("DELETE", f"/v2/samples/team/new/manifests/{image.digest}").status_code == 401
    assert team.ask("DELETE", f"/v2/samples/team/app/manifests/{image.digest}").status_code == 202


def test_the_exchange_gives_a_token_of_the_same_rights(registry: Clients, wire: Wire) -> None:
    made = token(registry, "puller", "repositories/other/content/read")
    auth = ("puller", passwords(registry, made)["password2"])
    scope = {"service": f"{NAME}.azurecr.io", "scope": "repository:other:pull,push"}
    answer = requests.get(f"{BASE}/oauth2/token", params=scope, auth=auth, timeout=10)
    bearer = {"Authorization": f"Bearer {answer.json()['access_token']}", "Accept": MANIFEST}
    assert requests.get(f"{BASE}/v2/other/manifests/v1", headers=bearer, timeout=10).status_code == 200
    assert requests.get(f"{BASE}/v2/other/tags/list", headers=bearer, timeout=10).status_code == 401
    upload = requests.post(f"{BASE}/v2/other/blobs/uploads/", headers=bearer, timeout=10)
    assert upload.status_code == 401


def test_a_token_that_is_disabled_expired_or_gone_opens_nothing(
    registry: Clients, wire: Wire, azure: LocalAzure, control: Control
) -> None:
    made = token(registry, "puller", "repositories/*/content/read")
    expiry = datetime.datetime.fromtimestamp(azure.world.clock.now() + 3600, datetime.timezone.utc)
    short = passwords(registry, made, name="password1", expiry=expiry.isoformat())["password1"]
    long = passwords(registry, made, name="password2")["password2"]
    shown = registry.tokens.get(GROUP, NAME, "puller").properties.credentials.passwords
    assert [one.expiry for one in shown] == [expiry, None]

    def opens(password: str) -> bool:
        return Wire(BASE, ("puller", password)).get("/v2/other/manifests/v1").status_code == 200

    def status(text: str) -> None:
        registry.tokens.begin_update(GROUP, NAME, "puller", {"properties": {"status": text}}).result()

    assert (opens(short), opens(long), opens("guess")) == (True, True, False)
    control.advance(3601)
    registry.sign_in(registry.credential._client_id, registry.credential._client_credential)
    assert (opens(short), opens(long)) == (False, True)
    status("disabled")
    assert not opens(long)
    status("enabled")
    assert opens(long)
    registry.tokens.begin_delete(GROUP, NAME, "puller").result()
    assert not opens(long)


def test_a_password_generated_anew_counts_after_a_while(registry: Clients, wire: Wire, control: Control) -> None:
    made = token(registry, "puller", "repositories/*/content/read")
    control.settings(token_password_seconds=60)
    first = passwords(registry, made)["password1"]
    second = passwords(registry, made)["password1"]

    def opens(password: str) -> bool:
        return Wire(BASE, ("puller", password)).get("/v2/other/manifests/v1").status_code == 200

    assert (opens(first), opens(second)) == (True, False)
    control.advance(60)
    assert (opens(first), opens(second)) == (False, True)
