# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small container image, and two ways to push and pull it: skopeo, and the Azure SDK's own client without it."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import json
import pathlib
import shutil
import subprocess
import tarfile
import typing

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest_of(data: bytes) -> str:
    """``sha256:…``"""
    return "sha256:" + hashlib.sha256(data).hexdigest()


@dataclasses.dataclass(frozen=True)
class Image:
    """An image of one layer with one file; the same text makes the same digests."""

    text: str = "hello from behind the key"

    @property
    def layer(self) -> bytes:
        """The layer, a gzipped tar archive."""
        archive, data = io.BytesIO(), self.text.encode()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            entry = tarfile.TarInfo("hello.txt")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
        return gzip.compress(archive.getvalue(), mtime=0)

    @property
    def config(self) -> bytes:
        """The image's configuration."""
        diff = digest_of(gzip.decompress(self.layer))
        told = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [diff]}}
        return json.dumps(told).encode()

    @property
    def manifest(self) -> bytes:
        """The image's manifest."""

        def described(data: bytes, kind: str) -> dict[str, typing.Any]:
            return {"mediaType": kind, "digest": digest_of(data), "size": len(data)}

        told = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": described(self.config, CONFIG),
            "layers": [described(self.layer, LAYER)],
        }
        return json.dumps(told).encode()

    @property
    def digest(self) -> str:
        """The manifest's digest."""
        return digest_of(self.manifest)

    def write_layout(self, folder: pathlib.Path, tag: str) -> pathlib.Path:
        """Write the image as an OCI image layout."""
        blobs = folder / "blobs" / "sha256"
        blobs.mkdir(parents=True, exist_ok=True)
        for data in (self.layer, self.config, self.manifest):
            (blobs / digest_of(data).split(":")[1]).write_bytes(data)
        entry = {
            "mediaType": MANIFEST,
            "digest": self.digest,
            "size": len(self.manifest),
            "annotations": {"org.opencontainers.image.ref.name": tag},
        }
        (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        return folder


@dataclasses.dataclass(frozen=True)
class Index:
    """Images of several platforms under one tag.

    :param platforms: architectures, each with an image of its own.
    :param attested: each has an attestation manifest too, and those come first, as some builders have it.
    """

    platforms: tuple[str, ...] = ("amd64", "arm64")
    attested: bool = False

    def image(self, platform: str) -> Image:
        """The image of a platform."""
        return Image(f"hello from {platform}")

    def attestation(self, platform: str) -> Image:
        """What stands for a platform's attestation."""
        return Image(f"attestation of {platform}")

    @property
    def images(self) -> list[Image]:
        """All that the index refers to, in its order."""
        attestations = [self.attestation(one) for one in self.platforms] if self.attested else []
        return [*attestations, *(self.image(one) for one in self.platforms)]

    @property
    def manifest(self) -> bytes:
        """The index itself."""
        entries = []
        for platform in self.platforms if self.attested else ():
            entry = self._entry(self.attestation(platform), "unknown", "unknown")
            notes = {"vnd.docker.reference.digest": self.image(platform).digest}
            entries.append({**entry, "annotations": {**notes, "vnd.docker.reference.type": "attestation-manifest"}})
        entries += [self._entry(self.image(platform), platform, "linux") for platform in self.platforms]
        return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()

    @staticmethod
    def _entry(image: Image, architecture: str, system: str) -> dict[str, typing.Any]:
        platform = {"architecture": architecture, "os": system}
        return {"mediaType": MANIFEST, "digest": image.digest, "size": len(image.manifest), "platform": platform}

    def push(self, credential: typing.Any, server: str, repository: str, tag: str) -> str:
        """Push the images and the index by the Azure SDK's client; the index's digest."""
        with Sdk(credential).client(server) as client:
            for image in self.images:
                for data in (image.layer, image.config):
                    client.upload_blob(repository, io.BytesIO(data))
                client.set_manifest(repository, io.BytesIO(image.manifest), media_type=MANIFEST)
            return client.set_manifest(repository, io.BytesIO(self.manifest), tag=tag, media_type=INDEX)


class Skopeo:
    """Pushes and pulls with skopeo, signed in by name and password.

    :param environment: the variables that lead to the local Azure.
    :param folder: for layouts.
    """

    name = "skopeo"

    def __init__(self, environment: dict[str, str], folder: pathlib.Path, credentials: str) -> None:
        self._environment = {**environment, "HOME": str(folder), "PATH": "/usr/bin:/bin:/usr/local/bin"}
        self._folder = folder
        self._credentials = credentials

    @staticmethod
    def there() -> bool:
        """Whether it is installed."""
        return shutil.which("skopeo", path="/usr/bin:/bin:/usr/local/bin") is not None

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it."""
        command = ["skopeo", "--insecure-policy", *arguments]
        return subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=120, check=False, cwd=self._folder
        )

    def push(self, image: Image, server: str, repository: str, tag: str) -> str:
        """Push an image; what went wrong, or nothing."""
        layout = image.write_layout(self._folder / f"push-{tag}", tag)
        target = f"docker://{server}/{repository}:{tag}"
        done = self.run("copy", "--dest-creds", self._credentials, f"oci:{layout}:{tag}", target)
        return "" if done.returncode == 0 else done.stderr.strip()

    def pull(self, server: str, repository: str, tag: str) -> tuple[str, str]:
        """Pull an image; its digest and what went wrong."""
        target = self._folder / "pull"
        shutil.rmtree(target, ignore_errors=True)
        source = f"docker://{server}/{repository}:{tag}"
        done = self.run("copy", "--src-creds", self._credentials, source, f"oci:{target}:{tag}")
        if done.returncode:
            return "", done.stderr.strip()
        return json.loads((target / "index.json").read_text())["manifests"][0]["digest"], ""


class Sdk:
    """Pushes and pulls with the Azure SDK's client, signed in by exchanging an Entra ID token."""

    name = "the Azure SDK"

    def __init__(self, credential: typing.Any) -> None:
        self._credential = credential

    def client(self, server: str) -> typing.Any:
        """The SDK's client for a registry."""
        from azure.containerregistry import ContainerRegistryClient

        return ContainerRegistryClient(f"https://{server}", self._credential, retry_total=0)

    def push(self, image: Image, server: str, repository: str, tag: str) -> str:
        """Push an image; what went wrong, or nothing."""
        from azure.core.exceptions import AzureError

        try:
            with self.client(server) as client:
                for data in (image.layer, image.config):
                    client.upload_blob(repository, io.BytesIO(data))
                client.set_manifest(repository, io.BytesIO(image.manifest), tag=tag, media_type=MANIFEST)
        except AzureError as error:
            return str(error)
        return ""

    def pull(self, server: str, repository: str, tag: str) -> tuple[str, str]:
        """Pull an image; its digest and what went wrong."""
        from azure.core.exceptions import AzureError

        try:
            with self.client(server) as client:
                found = client.get_manifest(repository, tag)
                told = found.manifest
                for one in (told["config"], *told["layers"]):
                    b"".join(client.download_blob(repository, one["digest"]))
        except AzureError as error:
            return "", str(error)
        return found.digest, ""
