# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a registry holds: repositories, manifests, tags, and blobs sealed with its data key (AES-GCM).

What is not sealed is only what is needed to find things again. Whoever takes the vault key or the identity's access
away takes all of it away, since every request of the data plane opens the data key anew.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import secrets
import typing
import uuid

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..clock import iso_seven
from ..registries import encryption
from ..world import World
from . import errors, lookup

INDEX = "application/vnd.oci.image.index.v1+json"
#: Manifests that are made of manifests.
INDEXES = (INDEX, "application/vnd.docker.distribution.manifest.list.v2+json")


def digest_of(data: bytes) -> str:
    """``sha256:…``"""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def _empty() -> dict[str, typing.Any]:
    return {"blobs": {}, "repositories": {}, "uploads": {}, "deleted": []}


class Store:
    """One registry's content, opened with its data key.

    :raises Refusal: 403 when the registry cannot use its key now.
    """

    def __init__(self, world: World, registry: dict[str, typing.Any]) -> None:
        self._world, self._registry = world, registry
        if not world.settings.lists_without_key:
            # the key is asked for at once
            self._cipher  # noqa: B018
        everything, self._place = world.data.setdefault("images", {}), registry["id"].lower()
        self._data = everything.setdefault(self._place, _empty())
        policy = registry["properties"]["policies"].get("softDeletePolicy") or {}
        self._kept_seconds = int(policy.get("retentionDays", 7)) * 86400 if policy.get("status") == "enabled" else 0

    @functools.cached_property
    def _cipher(self) -> AESGCM:
        try:
            return AESGCM(encryption.data_key(self._world, self._registry))
        except encryption.Inactive:
            raise errors.identity_inactive() from None
        except LookupError:
            raise errors.key_forbidden(self._world.settings.key_refusal_status) from None

    @property
    def repositories(self) -> dict[str, dict[str, typing.Any]]:
        """By name: ``{created, updated, manifests, tags, blobs}``."""
        answer: dict[str, dict[str, typing.Any]] = self._data["repositories"]
        return answer

    @property
    def names(self) -> list[str]:
        """The names of the repositories, in the order of the alphabet."""
        return lookup.of_registry(self._world, self._place, self.repositories).ordered

    def order(self, name: str) -> lookup.Lookup:
        """What a repository has, in order, and what belongs to what.

        :raises Refusal: 404 NAME_UNKNOWN.
        """
        return lookup.of_repository(self._world, self._place, name, self.repository(name))

    def repository(self, name: str, *, make: bool = False) -> dict[str, typing.Any]:
        """A repository.

        :raises Refusal: 404 NAME_UNKNOWN.
        """
        if name not in self.repositories:
            if not make:
                raise errors.name_unknown(name)
            now = self._world.clock.now()
            fresh = {"created": now, "updated": now, "manifests": {}, "tags": {}, "blobs": {}, "gone": {}}
            names = lookup.of_registry(self._world, self._place, self.repositories)
            self.repositories[name] = fresh
            names.add(name)
        return self.repositories[name]

    def remove_repository(self, name: str) -> None:
        """Remove a repository with what is in it."""
        names = lookup.of_registry(self._world, self._place, self.repositories)
        del self.repositories[name]
        names.remove(name)

    # --- blobs ---------------------------------------------------------------------------------------------------

    def seal(self, data: bytes) -> str:
        """Store a blob, and return its digest."""
        digest, nonce = digest_of(data), secrets.token_bytes(12)
        if digest not in self._data["blobs"]:
            sealed = nonce + self._cipher.encrypt(nonce, data, digest.encode())
            self._data["blobs"][digest] = {"sealed": base64.b64encode(sealed).decode(), "size": len(data)}
        return digest

    def has(self, digest: str) -> bool:
        """Whether a blob is there, whichever repositories refer to it."""
        return digest in self._data["blobs"]

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
        return digest in self.repositories.get(repository, {"blobs": {}})["blobs"]

    def link(self, repository: str, digest: str) -> None:
        """Let a repository refer to a blob."""
        self.repository(repository, make=True)["blobs"][digest] = True

    def unlink(self, repository: str, digest: str) -> None:
        """Let a repository forget a blob."""
        del self.repository(repository)["blobs"][digest]

    def blob_size(self, digest: str) -> int:
        """A blob's bytes."""
        return int(self._data["blobs"][digest]["size"])

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

    def put_manifest(
        self, name: str, reference: str, data: bytes, media_type: str, references: list[str], subject: str = ""
    ) -> str:
        """Store a manifest under its digest and, where the reference is one, a tag."""
        repository, now = self.repository(name, make=True), self._world.clock.now()
        digest, order = self.seal(data), self.order(name)
        is_new = digest not in repository["manifests"]
        known = repository["manifests"].setdefault(digest, {"created": now})
        known |= {"mediaType": media_type, "size": len(data), "updated": now, "references": references}
        known["subject"] = subject
        order.note_manifest(digest, subject, is_new=is_new)
        if ":" not in reference:
            self.tag(name, reference, digest)
        repository["updated"] = now
        return digest

    def tag(self, name: str, tag: str, digest: str) -> None:
        """Let a tag stand for a digest, whether there is such a manifest or not."""
        repository, now, order = self.repository(name, make=True), self._world.clock.now(), self.order(name)
        before = repository["tags"].get(tag, {}).get("digest")
        known = repository["tags"].setdefault(tag, {"created": now})
        known |= {"digest": digest, "updated": now}
        order.note_tag(tag, before, digest)

    def resolve(self, name: str, reference: str) -> str:
        """The digest that a tag or digest stands for.

        :raises Refusal: 404 MANIFEST_UNKNOWN.
        """
        repository = self.repository(name)
        digest = reference if ":" in reference else repository["tags"].get(reference, {}).get("digest")
        if digest not in repository["manifests"]:
            # a tag may stand for a manifest that is not there
            raise errors.manifest_unknown(name, digest or reference)
        return digest

    def referrers(self, name: str, subject: str) -> list[tuple[str, dict[str, typing.Any]]]:
        """The manifests that name a digest as their subject, whether that is there or not."""
        manifests = self.repository(name)["manifests"]
        return [(digest, manifests[digest]) for digest in self.order(name).referrers_of.get(subject, [])]

    def descendants(self, name: str, subject: str) -> list[str]:
        """The digests of what refers to a manifest, and of what refers to that, and so on."""
        found: list[str] = []
        waiting = [subject]
        while waiting:
            new = [digest for digest, _known in self.referrers(name, waiting.pop()) if digest not in found]
            found += new
            waiting += new
        return [digest for digest in found if digest != subject]

    def untag(self, name: str, tag: str) -> None:
        """Remove a tag; what it stood for stays."""
        repository, order = self.repository(name), self.order(name)
        known = repository["tags"].pop(tag)
        order.forget_tag(tag, known["digest"])
        repository["gone"][tag] = known["updated"]
        self._keep(name, known["digest"], tag, known)

    def delete_manifest(self, name: str, digest: str) -> None:
        """Remove a manifest with its tags; the last one takes the repository along."""
        repository, order = self.repository(name), self.order(name)
        for tag in list(order.tags_of.get(digest, [])):
            self.untag(name, tag)
        known = repository["manifests"].pop(digest)
        order.forget_manifest(digest, known.get("subject", ""))
        repository["gone"][digest] = known["updated"]
        self._keep(name, digest, "", known)
        if not repository["manifests"]:
            self.remove_repository(name)

    # --- what was deleted, while the registry's soft delete policy is on -------------------------------------------

    def _keep(self, name: str, digest: str, tag: str, known: dict[str, typing.Any]) -> None:
        if self._kept_seconds:
            entry = {"repository": name, "digest": digest, "tag": tag, "known": known}
            self._data["deleted"].append({**entry, "deleted": self._world.clock.now()})

    @property
    def deleted(self) -> list[dict[str, typing.Any]]:
        """``{repository, digest, tag, known, deleted}`` of tags and, without ``tag``, of manifests, oldest first."""
        oldest = self._world.clock.now() - self._kept_seconds
        self._data["deleted"] = [entry for entry in self._data["deleted"] if entry["deleted"] > oldest]
        answer: list[dict[str, typing.Any]] = self._data["deleted"]
        return answer

    def restore(self, name: str, digest: str, tag: str) -> None:
        """Take a deleted manifest back, and its tag where one is named."""
        manifest, wanted = (name, digest, ""), (name, digest, tag)
        kept = [(one, (one["repository"], one["digest"], one["tag"])) for one in self.deleted]
        entry = [one for one, place in kept if place == manifest][-1]
        self._data["deleted"] = [one for one, place in kept if place not in (manifest, wanted)]
        repository, order = self.repository(name, make=True), self.order(name)
        is_new = digest not in repository["manifests"]
        repository["manifests"][digest] = entry["known"]
        order.note_manifest(digest, entry["known"].get("subject", ""), is_new=is_new)
        for blob in entry["known"]["references"]:
            if blob in self._data["blobs"]:
                self.link(name, blob)
        if tag:
            self.tag(name, tag, digest)

    def image_size(self, name: str, digest: str) -> int:
        """Bytes of a manifest and of what it refers to."""
        known = self.repository(name)["manifests"][digest]
        blobs = self._data["blobs"]
        return int(known["size"] + sum(blobs[one]["size"] for one in known["references"] if one in blobs))


def moment(epoch: float) -> str:
    """The form of times in the registry's metadata."""
    return iso_seven(epoch)
