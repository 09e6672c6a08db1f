# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a registry holds: repositories, manifests, tags, and blobs sealed with its data key (AES-GCM).

What is not sealed is only what is needed to find things again. Whoever takes the vault key or the identity's access
away takes all of it away, since every request of the data plane opens the data key anew.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import typing
import uuid

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..clock import iso_seven
from ..registries import encryption
from ..world import World
from . import errors


def digest_of(data: bytes) -> str:
    """``sha256:…``"""
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Store:
    """One registry's content, opened with its data key.

    :raises Refusal: 403 when the registry cannot use its key now.
    """

    def __init__(self, world: World, registry: dict[str, typing.Any]) -> None:
        self._world = world
        try:
            self._cipher = AESGCM(encryption.data_key(world, registry))
        except encryption.Inactive:
            raise errors.identity_inactive() from None
        except LookupError:
            raise errors.key_forbidden() from None
        everything = world.data.setdefault("images", {})
        self._data = everything.setdefault(registry["id"].lower(), {"blobs": {}, "repositories": {}, "uploads": {}})

    @property
    def repositories(self) -> dict[str, dict[str, typing.Any]]:
        """By name: ``{created, updated, manifests, tags, blobs}``."""
        answer: dict[str, dict[str, typing.Any]] = self._data["repositories"]
        return answer

    def repository(self, name: str, *, make: bool = False) -> dict[str, typing.Any]:
        """A repository.

        :raises Refusal: 404 NAME_UNKNOWN.
        """
        if name not in self.repositories:
            if not make:
                raise errors.name_unknown(name)
            now = self._world.clock.now()
            fresh = {"created": now, "updated": now, "manifests": {}, "tags": {}, "blobs": []}
            self.repositories[name] = fresh
        return self.repositories[name]

    # --- blobs ---------------------------------------------------------------------------------------------------

    def seal(self, data: bytes) -> str:
        """Store a blob, and return its digest."""
        digest, nonce = digest_of(data), secrets.token_bytes(12)
        sealed = nonce + self._cipher.encrypt(nonce, data, digest.encode())
        self._data["blobs"][digest] = {"sealed": base64.b64encode(sealed).decode(), "size": len(data)}
        return digest

    def open(self, digest: str) -> bytes:
        """A blob's content.

        :raises Refusal: 404 BLOB_UNKNOWN.
        """
        known = self._data["blobs"].get(digest)
        if known is None:
            raise errors.blob_unknown(digest)
        sealed = base64.b64decode(known["sealed"])
        return self._cipher.decrypt(sealed[:12], sealed[12:], digest.encode())

    def has_blob(self, repository: str, digest: str) -> bool:
        """Whether a repository refers to a blob."""
        return digest in self.repositories.get(repository, {"blobs": []})["blobs"]

    def link(self, repository: str, digest: str) -> None:
        """Let a repository refer to a blob."""
        blobs = self.repository(repository, make=True)["blobs"]
        if digest not in blobs:
            blobs.append(digest)

    def unlink(self, repository: str, digest: str) -> None:
        """Let a repository forget a blob."""
        self.repository(repository)["blobs"].remove(digest)

    def known_anywhere(self, digest: str) -> bool:
        """Whether the registry has a blob in any repository."""
        return digest in self._data["blobs"]

    # --- uploads -------------------------------------------------------------------------------------------------

    def begin_upload(self, repository: str) -> str:
        """A new upload's id."""
        upload = str(uuid.uuid4())
        self._data["uploads"][upload] = {"repository": repository, "sealed": ""}
        return upload

    def _upload(self, upload: str, repository: str) -> dict[str, typing.Any]:
        known = self._data["uploads"].get(upload)
        if known is None or known["repository"] != repository:
            raise errors.upload_unknown()
        answer: dict[str, typing.Any] = known
        return answer

    def uploaded(self, upload: str, repository: str) -> bytes:
        """What has arrived so far."""
        sealed = base64.b64decode(self._upload(upload, repository)["sealed"])
        return self._cipher.decrypt(sealed[:12], sealed[12:], upload.encode()) if sealed else b""

    def append(self, upload: str, repository: str, data: bytes) -> int:
        """Add to an upload; the length so far."""
        whole, nonce = self.uploaded(upload, repository) + data, secrets.token_bytes(12)
        sealed = nonce + self._cipher.encrypt(nonce, whole, upload.encode())
        self._upload(upload, repository)["sealed"] = base64.b64encode(sealed).decode()
        return len(whole)

    def finish(self, upload: str, repository: str, digest: str) -> None:
        """Turn an upload into a blob.

        :raises Refusal: 400 DIGEST_INVALID; the upload is then gone.
        """
        data = self.uploaded(upload, repository)
        del self._data["uploads"][upload]
        if digest_of(data) != digest:
            raise errors.digest_invalid()
        self.link(repository, self.seal(data))

    def cancel(self, upload: str, repository: str) -> None:
        """Forget an upload."""
        self._upload(upload, repository)
        del self._data["uploads"][upload]

    # --- manifests -----------------------------------------------------------------------------------------------

    def put_manifest(self, name: str, reference: str, data: bytes, media_type: str, references: list[str]) -> str:
        """Store a manifest under its digest and, where the reference is one, a tag."""
        repository, now = self.repository(name, make=True), self._world.clock.now()
        digest = self.seal(data)
        known = repository["manifests"].setdefault(digest, {"created": now})
        known |= {"mediaType": media_type, "size": len(data), "updated": now, "references": references}
        if ":" not in reference:
            tag = repository["tags"].setdefault(reference, {"created": now})
            tag |= {"digest": digest, "updated": now}
        repository["updated"] = now
        return digest

    def resolve(self, name: str, reference: str) -> str:
        """The digest that a tag or digest stands for.

        :raises Refusal: 404 MANIFEST_UNKNOWN.
        """
        repository = self.repository(name)
        digest = reference if ":" in reference else repository["tags"].get(reference, {}).get("digest")
        if digest not in repository["manifests"]:
            raise errors.manifest_unknown(name, reference)
        return digest

    def delete_manifest(self, name: str, digest: str) -> list[str]:
        """Remove a manifest with its tags, and return those; the last one takes the repository along."""
        repository = self.repository(name)
        del repository["manifests"][digest]
        tags = [tag for tag, known in repository["tags"].items() if known["digest"] == digest]
        for tag in tags:
            del repository["tags"][tag]
        if not repository["manifests"]:
            del self.repositories[name]
        return tags

    def image_size(self, name: str, digest: str) -> int:
        """Bytes of a manifest and of what it refers to."""
        known = self.repository(name)["manifests"][digest]
        blobs = self._data["blobs"]
        return int(known["size"] + sum(blobs[one]["size"] for one in known["references"] if one in blobs))


def moment(epoch: float) -> str:
    """The form of times in the registry's metadata."""
    return iso_seven(epoch)
