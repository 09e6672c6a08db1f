# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry's data plane, by the unmodified SDK, by skopeo where it is installed, and on the bare wire."""

from __future__ import annotations

import pathlib
import re
import typing

import pytest
import requests
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.images import MANIFEST, Image, Sdk, Skopeo

SERVER = "contosoacr.azurecr.io"
BASE = f"https://{SERVER}"
PULL, PUSH, DELETE = (
    "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "8311e382-0749-4cb8-b61a-304f252e45ec",
    "c2f4ef07-c644-48eb-af81-4b1b4947fb11",
)


@pytest.fixture
def registry(clients: Clients) -> Clients:
    clients.registry()
    return clients


def properties(clients: Clients, **changes: typing.Any) -> None:
    clients.registries.begin_update("contoso", "contosoacr", {"properties": changes}).result()


def token(scope: str, auth: tuple[str, str] | None = None) -> requests.Response:
    return requests.get(f"{BASE}/oauth2/token", params={"service": SERVER, "scope": scope}, auth=auth, timeout=10)


def bearer(answer: requests.Response) -> dict[str, str]:
    """What signs in, and reads an image."""
    return {"Authorization": f"Bearer {answer.json()['access_token']}", "Accept": MANIFEST}


def owner(azure: LocalAzure) -> tuple[str, str]:
    app = azure.world.app()
    return app["client_id"], app["secret"]


def test_without_a_token_comes_the_challenge(registry: Clients) -> None:
    ping = requests.get(f"{BASE}/v2/", timeout=10)
    assert ping.status_code == 401
    assert ping.headers["Www-Authenticate"] == f'Bearer realm="{BASE}/oauth2/token",service="{SERVER}"'
    pull = requests.get(f"{BASE}/v2/team/app/manifests/v1", timeout=10)
    assert 'scope="repository:team/app:pull"' in pull.headers["Www-Authenticate"]
    assert pull.json()["errors"][0]["code"] == "UNAUTHORIZED"


def test_the_admin_user_signs_in_only_while_it_is_enabled(registry: Clients) -> None:
    admin = registry.registries.list_credentials
    with pytest.raises(HttpResponseError):
        admin("contoso", "contosoacr")
    properties(registry, adminUserEnabled=True)
    told = admin("contoso", "contosoacr")
    for password in told.passwords:
        good = token("repository:team/app:pull,push", (told.username, password.value))
        assert requests.get(f"{BASE}/v2/", headers=bearer(good), timeout=10).status_code == 200
    assert token("registry:catalog:*", (told.username, "wrong")).status_code == 401
    properties(registry, adminUserEnabled=False)
    assert token("registry:catalog:*", (told.username, told.passwords[0].value)).status_code == 401


def test_a_service_principal_by_name_and_password(registry: Clients, azure: LocalAzure) -> None:
    headers = bearer(token("registry:catalog:*", owner(azure)))
    assert requests.get(f"{BASE}/v2/_catalog", headers=headers, timeout=10).json() == {"repositories": []}
    assert token("registry:catalog:*", (owner(azure)[0], "wrong")).status_code == 401


@pytest.mark.parametrize("audience", ["https://containerregistry.azure.net", "https://management.azure.com"])
def test_an_entra_id_token_is_exchanged(registry: Clients, audience: str) -> None:
    entra = registry.credential.get_token(f"{audience}/.default").token
    form = {"grant_type": "access_token", "service": SERVER, "tenant": registry.tenant, "access_token": entra}
    refresh = requests.post(f"{BASE}/oauth2/exchange", data=form, timeout=10).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "service": SERVER, "scope": "registry:catalog:*", "refresh_token": refresh}
    access = requests.post(f"{BASE}/oauth2/token", data=form, timeout=10)
    assert requests.get(f"{BASE}/acr/v1/_catalog", headers=bearer(access), timeout=10).status_code == 200
    # and as docker login has it: a refresh token as password of the user of zeros
    zeros = ("00000000-0000-0000-0000-000000000000", refresh)
    assert token("registry:catalog:*", zeros).status_code == 200


def test_a_token_for_another_audience_or_registry_is_refused(registry: Clients) -> None:
    entra = registry.credential.get_token("https://vault.azure.net/.default").token
    form = {"grant_type": "access_token", "service": SERVER, "access_token": entra}
    assert requests.post(f"{BASE}/oauth2/exchange", data=form, timeout=10).status_code == 401
    form["service"] = "other.azurecr.io"
    assert requests.post(f"{BASE}/oauth2/exchange", data=form, timeout=10).status_code == 401


def test_roles_decide_who_may_pull_push_and_delete(registry: Clients, azure: LocalAzure, control: Control) -> None:
    scope = next(iter(registry.registries.list())).id
    images = Sdk(registry.credential)
    assert images.push(Image(), SERVER, "team/app", "v1") == ""
    for role, may in ((None, ""), (PULL, "pull"), (PUSH, "pull,push"), (DELETE, "delete")):
        someone = control.principal("someone")
        if role:
            control.grant(scope=scope, role=role, principal=someone["oid"])
        auth = (someone["client_id"], someone["secret"])
        headers = bearer(token("repository:team/app:pull,push,delete", auth))
        manifest = f"{BASE}/v2/team/app/manifests/v1"
        assert (requests.get(manifest, headers=headers, timeout=10).status_code == 200) is ("pull" in may)
        upload = requests.post(f"{BASE}/v2/team/app/blobs/uploads/", headers=headers, timeout=10)
        assert (upload.status_code == 202) is ("push" in may)
        if role == DELETE:
            assert requests.delete(manifest, headers=headers, timeout=10).status_code == 202


def test_anonymous_pull(registry: Clients) -> None:
    assert Sdk(registry.credential).push(Image(), SERVER, "team/app", "v1") == ""
    assert token("repository:team/app:pull").status_code == 401
    properties(registry, anonymousPullEnabled=True)
    headers = bearer(token("repository:team/app:pull,push"))
    assert requests.get(f"{BASE}/v2/team/app/manifests/v1", headers=headers, timeout=10).status_code == 200
    assert requests.post(f"{BASE}/v2/team/app/blobs/uploads/", headers=headers, timeout=10).status_code == 401


def test_the_registry_s_own_firewall(registry: Clients, azure: LocalAzure) -> None:
    rules = {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "198.51.100.0/24"}]}
    properties(registry, networkRuleSet=rules)
    denied = requests.get(f"{BASE}/v2/", timeout=10)
    assert (denied.status_code, denied.json()["errors"][0]["code"]) == (403, "DENIED")
    assert "client with IP '203.0.113.10' is not allowed access" in denied.json()["errors"][0]["message"]
    properties(registry, networkRuleSet={**rules, "ipRules": [{"action": "Allow", "value": "203.0.113.10"}]})
    assert requests.get(f"{BASE}/v2/", timeout=10).status_code == 401
    properties(registry, publicNetworkAccess="Disabled")
    assert requests.get(f"{BASE}/v2/", timeout=10).status_code == 403


def test_uploads_in_pieces_mounts_and_wrong_digests(registry: Clients, azure: LocalAzure) -> None:
    headers = bearer(token("repository:a/one:pull,push repository:a/two:pull,push", owner(azure)))
    image = Image("x" * 100_000)
    begun = requests.post(f"{BASE}/v2/a/one/blobs/uploads/", headers=headers, timeout=10)
    where, data = begun.headers["Location"], image.config
    for start in range(0, len(data), 50):
        piece = data[start : start + 50]
        ranged = {**headers, "Content-Range": f"{start}-{start + len(piece) - 1}"}
        answer = requests.patch(BASE + where, data=piece, headers=ranged, timeout=10)
        assert (answer.status_code, answer.headers["Range"]) == (202, f"0-{start + len(piece) - 1}")
    assert requests.get(BASE + where, headers=headers, timeout=10).status_code == 204
    wrong = requests.put(f"{BASE}{where}&digest=sha256:{'0' * 64}", headers=headers, timeout=10)
    assert wrong.json()["errors"][0]["code"] == "DIGEST_INVALID"
    digest = re.search(r'"digest": "(sha256:\w+)"', image.manifest.decode())[1]  # type: ignore[index]
    whole = requests.post(
        f"{BASE}/v2/a/one/blobs/uploads/?digest={digest}", data=image.config, headers=headers, timeout=10
    )
    assert whole.status_code == 201
    mounted = requests.post(f"{BASE}/v2/a/two/blobs/uploads/?mount={digest}&from=a/one", headers=headers, timeout=10)
    assert mounted.status_code == 201
    manifest = {
        "data": image.manifest,
        "headers": {**headers, "Content-Type": "application/vnd.oci.image.manifest.v1+json"},
    }
    lacking = requests.put(f"{BASE}/v2/a/one/manifests/v1", timeout=10, **manifest)  # type: ignore[arg-type]
    assert lacking.json()["errors"][0]["code"] == "MANIFEST_BLOB_UNKNOWN"


def test_a_blob_comes_from_storage_by_a_signed_link_that_expires(
    registry: Clients, azure: LocalAzure, control: Control
) -> None:
    image = Image()
    assert Sdk(registry.credential).push(image, SERVER, "team/app", "v1") == ""
    headers = bearer(token("repository:team/app:pull", owner(azure)))
    told = requests.get(f"{BASE}/v2/team/app/manifests/v1", headers=headers, timeout=10).json()
    url = f"{BASE}/v2/team/app/blobs/{told['layers'][0]['digest']}"
    link = requests.get(url, headers=headers, allow_redirects=False, timeout=10)
    assert link.status_code == 307
    assert "blob.core.windows.net" in link.headers["Location"]
    assert requests.get(link.headers["Location"], timeout=10).content == image.layer
    forged = re.sub("sig=[0-9a-f]{8}", "sig=00000000", link.headers["Location"])
    assert requests.get(forged, timeout=10).status_code == 403
    properties(registry, dataEndpointEnabled=True)
    own = requests.get(url, headers=headers, allow_redirects=False, timeout=10).headers["Location"]
    assert "//contosoacr.westeurope.data.azurecr.io/" in own
    assert requests.get(own, timeout=10).content == image.layer
    control.advance(3600)
    assert requests.get(link.headers["Location"], timeout=10).status_code == 403


def test_metadata_in_pages(registry: Clients) -> None:
    images = Sdk(registry.credential)
    for number in range(5):
        assert images.push(Image(f"image {number}"), SERVER, f"team/app{number}", "v1") == ""
        assert images.push(Image(f"more {number}"), SERVER, "team/app0", f"w{number}") == ""
    client: ContainerRegistryClient = images.client(SERVER)
    names = list(client.list_repository_names(results_per_page=2))
    assert names == [f"team/app{number}" for number in range(5)]
    tags = [tag.name for tag in client.list_tag_properties("team/app0", results_per_page=2)]
    assert tags == ["v1", *(f"w{number}" for number in range(5))]
    assert len(list(client.list_manifest_properties("team/app0", results_per_page=4))) == 6
    client.delete_tag("team/app0", "w0")
    client.delete_repository("team/app4")
    assert len(list(client.list_repository_names())) == 4
    assert client.get_repository_properties("team/app0").tag_count == 5


def test_what_is_stored_is_sealed(registry: Clients, azure: LocalAzure, control: Control) -> None:
    assert Sdk(registry.credential).push(Image("plain to see"), SERVER, "team/app", "v1") == ""
    assert "plain to see" not in str(control.state())
    registry.registries.begin_delete("contoso", "contosoacr").result()
    assert control.state()["data"]["images"] == {}


@pytest.mark.parametrize("kind", ["skopeo", "sdk"])
def test_a_client_pushes_pulls_and_is_refused_once_the_key_is_gone(
    registry: Clients, azure: LocalAzure, tmp_path: pathlib.Path, kind: str
) -> None:
    """Without skopeo on the machine, the SDK takes its place."""
    use = Skopeo.there() and kind == "skopeo"
    client = Skopeo(azure.environment, tmp_path, ":".join(owner(azure))) if use else Sdk(registry.credential)
    image = Image(f"by {kind}")
    assert client.push(image, SERVER, "deep/er/app", "v1") == ""
    assert client.pull(SERVER, "deep/er/app", "v1") == (image.digest, "")
    registry.keys().update_key_properties("cmk", enabled=False)
    digest, problem = client.pull(SERVER, "deep/er/app", "v1")
    assert (digest, bool(problem)) == ("", True)
    assert client.push(Image("another"), SERVER, "deep/er/app", "v2") != ""
    # names and token service go on
    assert requests.get(f"{BASE}/v2/", headers=bearer(token("", owner(azure))), timeout=10).status_code == 200
    registry.keys().update_key_properties("cmk", enabled=True)
    assert client.pull(SERVER, "deep/er/app", "v1") == (image.digest, "")


def test_resource_graph_and_the_generic_list(registry: Clients, control: Control) -> None:
    from azure.mgmt.resourcegraph import ResourceGraphClient

    graph = ResourceGraphClient(registry.credential)
    query = "Resources | where type =~ 'microsoft.containerregistry/registries' | project name, id"
    answer = graph.resources({"query": query})
    assert [row["name"] for row in answer.data] == ["contosoacr"]
    with pytest.raises(HttpResponseError, match="does not evaluate"):
        graph.resources({"query": "Resources | summarize count() by type"})
    nobody = control.principal("nobody")
    registry.sign_in(nobody["client_id"], nobody["secret"])
    assert ResourceGraphClient(registry.credential).resources({"query": query}).data == []
