# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client says that it can read decides whether a registry gives it a manifest."""

from __future__ import annotations

import base64

import pytest
import urllib3
from local_azure.server import LocalAzure
from support.clients import Clients
from support.images import Sdk
from support.oci import INDEX, MANIFEST, Wire, code, index_of

DOCKER, DOCKER_LIST = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


@pytest.fixture
def pushed(wire: Wire) -> Wire:
    image = wire.image("app", "v1")
    assert wire.put("app", "many", index_of(image), INDEX).status_code == 201
    return wire


@pytest.mark.parametrize(
    ("tag", "accept", "refusal"),
    [
        ("v1", MANIFEST, ""),
        ("v1", f"{DOCKER}, {MANIFEST};q=0.5", ""),
        ("v1", "*/*", "OCI manifest found, but accept header does not support OCI manifests"),
        ("v1", f"{DOCKER}, {INDEX}", "OCI manifest found, but accept header does not support OCI manifests"),
        ("many", INDEX, ""),
        ("many", f"{MANIFEST}, {DOCKER_LIST}", "OCI index found, but accept header does not support OCI indexes"),
    ],
)
def test_an_oci_manifest_goes_to_those_who_name_its_type(pushed: Wire, tag: str, accept: str, refusal: str) -> None:
    answer = pushed.get(f"/v2/app/manifests/{tag}", accept)
    assert answer.status_code == (404 if refusal else 200)
    if refusal:
        assert (code(answer), answer.json()["errors"][0]["message"]) == ("MANIFEST_UNKNOWN", refusal)
    headers = {"Accept": accept}
    assert pushed.ask("HEAD", f"/v2/app/manifests/{tag}", headers=headers).status_code == answer.status_code
    digest = pushed.get("/v2/app/manifests/" + tag, f"{MANIFEST}, {INDEX}").headers["Docker-Content-Digest"]
    assert pushed.get(f"/v2/app/manifests/{digest}", accept).status_code == answer.status_code


def test_dockers_own_manifest_goes_to_everybody(pushed: Wire) -> None:
    data = pushed.get("/v2/app/manifests/v1").content.replace(MANIFEST.encode(), DOCKER.encode())
    assert pushed.put("app", "docker", data, DOCKER).status_code == 201
    assert pushed.get("/v2/app/manifests/docker", "*/*").status_code == 200


def test_the_sdk_names_every_type(pushed: Wire, clients: Clients) -> None:
    client = Sdk(clients.credential).client("plainacr.azurecr.io")
    assert {client.get_manifest("app", tag).media_type for tag in ("v1", "many")} == {MANIFEST, INDEX}


def test_types_in_lines_of_their_own_count_together(pushed: Wire, azure: LocalAzure) -> None:
    """As Docker and skopeo send them."""
    headers = urllib3.HTTPHeaderDict(
        {"Authorization": "Basic " + base64.b64encode(":".join(pushed.auth).encode()).decode()}
    )
    for kind in (DOCKER, MANIFEST, INDEX):
        headers.add("Accept", kind)
    proxy = urllib3.ProxyManager(azure.url, ca_certs=str(azure.directory / "ca.pem"))
    for tag in ("v1", "many"):
        assert proxy.request("GET", f"{pushed.base}/v2/app/manifests/{tag}", headers=headers).status == 200
