# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry on the bare wire: what the table of the OCI distribution specification's rules is asked with."""

from __future__ import annotations

import dataclasses
import json
import typing
import urllib.parse

import requests

if typing.TYPE_CHECKING:
    # foreign clients' own environments do not have it
    from local_azure.server import LocalAzure

from .images import CONFIG, INDEX, LAYER, MANIFEST, Image, digest_of

#: The two bytes of the empty configuration, and their type.
EMPTY, EMPTY_TYPE = b"{}", "application/vnd.oci.empty.v1+json"


@dataclasses.dataclass(frozen=True)
class Wire:
    """One registry, by name and password.

    :param base: ``https://NAME.azurecr.io``.
    """

    base: str
    auth: tuple[str, str]

    def ask(self, method: str, path: str, **more: typing.Any) -> requests.Response:
        """One request; redirects are followed as a client does, without the password."""
        url = urllib.parse.urljoin(self.base, path)
        return requests.request(method, url, auth=self.auth, timeout=30, **more)

    def begin(self, repository: str) -> str:
        """The location of a new upload."""
        answer = self.ask("POST", f"/v2/{repository}/blobs/uploads/", headers={"Content-Length": "0"})
        assert answer.status_code == 202, answer.text
        return answer.headers["Location"]

    def piece(self, location: str, data: bytes, start: int) -> requests.Response:
        """Send a piece of an upload."""
        headers = {"Content-Range": f"{start}-{start + len(data) - 1}", "Content-Type": "application/octet-stream"}
        return self.ask("PATCH", location, data=data, headers=headers)

    def finish(self, location: str, digest: str, data: bytes = b"") -> requests.Response:
        """Close an upload, by adding the digest to whatever query its location has."""
        parts = urllib.parse.urlsplit(location)
        query = urllib.parse.urlencode([*urllib.parse.parse_qsl(parts.query), ("digest", digest)])
        headers = {"Content-Type": "application/octet-stream"}
        return self.ask("PUT", parts._replace(query=query).geturl(), data=data, headers=headers)

    def blob(self, repository: str, data: bytes) -> str:
        """Push a blob; its digest."""
        answer = self.finish(self.begin(repository), digest_of(data), data)
        assert answer.status_code == 201, answer.text
        return digest_of(data)

    def put(self, repository: str, reference: str, manifest: bytes, kind: str = MANIFEST) -> requests.Response:
        """Push a manifest."""
        path = f"/v2/{repository}/manifests/{reference}"
        return self.ask("PUT", path, data=manifest, headers={"Content-Type": kind})

    def image(self, repository: str, tag: str, text: str = "hello") -> Image:
        """Push an image."""
        image = Image(text)
        for data in (image.config, image.layer):
            self.blob(repository, data)
        answer = self.put(repository, tag, image.manifest)
        assert answer.status_code == 201, answer.text
        return image

    def get(self, path: str, accept: str = f"{MANIFEST}, {INDEX}") -> requests.Response:
        """Read something."""
        return self.ask("GET", path, headers={"Accept": accept})

    def referrer(self, repository: str, subject: Image, kind: str, *, by_config: bool = False) -> bytes:
        """A manifest that refers to an image, ready to be put; its empty configuration is pushed.

        :param by_config: its kind is told by the configuration's media type, as before version 1.1.
        """
        self.blob(repository, EMPTY)
        empty = {"mediaType": kind if by_config else EMPTY_TYPE, "digest": digest_of(EMPTY), "size": len(EMPTY)}
        manifest: dict[str, typing.Any] = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": empty,
            "layers": [{**empty, "mediaType": EMPTY_TYPE}],
            "subject": {"mediaType": MANIFEST, "digest": subject.digest, "size": len(subject.manifest)},
            "annotations": {"about": subject.text},
        }
        if not by_config:
            manifest["artifactType"] = kind
        return json.dumps(manifest).encode()


def wire_of(azure: LocalAzure, name: str) -> Wire:
    """A registry of the local Azure, as its first application."""
    app = azure.world.app()
    return Wire(f"https://{name}.azurecr.io", (app["client_id"], app["secret"]))


def index_of(*images: Image) -> bytes:
    """An index of images."""
    entries = [{"mediaType": MANIFEST, "digest": one.digest, "size": len(one.manifest)} for one in images]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()


def code(answer: requests.Response) -> str:
    """The code of the one error in an answer, which has the specification's form."""
    (error,) = answer.json()["errors"]
    assert set(error) <= {"code", "message", "detail"}
    assert isinstance(error["message"], str)
    return str(error["code"])


__all__ = [
    "CONFIG",
    "EMPTY",
    "INDEX",
    "LAYER",
    "MANIFEST",
    "Image",
    "Wire",
    "code",
    "digest_of",
    "index_of",
    "wire_of",
]
