# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A registry's own data plane, read as the caller: is an image there, and can it be read?"""

from __future__ import annotations

import dataclasses
import itertools
import typing

from .._domain.failure import Failure
from .._domain.image import Image, Manifest
from .._domain.words import shown
from .._rules.image import proof as rules
from .._rules.image.proof import Proof
from . import errors, sdk
from .guard import Guarded
from .registry_tokens import TokenKeeper
from .session import Session

#: Of a registry's repositories, and of each one's images, how many are tried until one can be read.
_REPOSITORIES = 5
_IMAGES = 5
#: How much of a blob is read at most, in bytes: the first chunk proves that it can be decrypted.
_ENOUGH = 4 * 1024 * 1024


def client(session: Session, login_server: str) -> typing.Any:
    """The SDK's client. A token is sent to the cloud's own registry hosts only.

    :raises Failure: for any other host.
    """
    if not session.cloud.is_registry_host(login_server):
        raise Failure(f"{shown(login_server)} is not a registry's host in {session.cloud.name}.", code="foreign_host")
    return session.once(f"images of {login_server}", lambda: _make(session, login_server))


def _make(session: Session, login_server: str) -> typing.Any:
    return Guarded(
        sdk.client_class("images")(
            f"https://{login_server}",
            session.credential,
            audience=session.cloud.registry_audience,
            transport=TokenKeeper(session.shared_transport(), session.now),
            retry_total=2,
            retry_connect=1,
        )
    )


def read(session: Session, login_server: str, image: Image | None = None) -> Proof:
    """Read an image's manifest and one of its blobs.

    An image whose parts were purged proves nothing (acr-cli #131): the next platform is tried, and the next image.

    :param image: one that was read before, to be read again first.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    proof = Proof("empty")
    try:
        it = client(session, login_server)
        if image is not None:
            proof = _attempt(it, image)
        if proof.state in ("empty", "gone"):
            for other in _images(it):
                proof = _attempt(it, other)
                if proof.state != "gone":
                    break
    except core.AzureError as error:
        return _refusal(error)
    return proof


def _refusal(error: Exception) -> Proof:
    message = errors.message_of(error)
    if errors.is_unreadable(error):
        return Proof("unknown", message=message)
    state = rules.state_of(status=errors.status_of(error), message=message, unreachable=errors.is_unreachable(error))
    return Proof(state, message=message)


def _images(client: typing.Any) -> typing.Iterator[Image]:
    """The newest images of the first repositories."""
    for repository in itertools.islice(client.list_repository_names(results_per_page=_REPOSITORIES), _REPOSITORIES):
        manifests = client.list_manifest_properties(repository, order_by="timedesc", results_per_page=_IMAGES)
        for manifest in itertools.islice(manifests, _IMAGES):
            yield Image(repository, manifest.digest)


def _attempt(client: typing.Any, image: Image) -> Proof:
    """What came of reading one image, whatever it is."""
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        return _read(client, image)
    except core.AzureError as error:
        return _refusal(error)


def _read(client: typing.Any, image: Image) -> Proof:
    """Read an image; of an index the first platform that is there.

    :raises azure.core.exceptions.AzureError: as the registry refuses.
    """
    manifest = Manifest.from_wire(client.get_manifest(image.repository, image.digest).manifest)
    if manifest.manifests:
        proof = Proof("gone")
        for platform in manifest.platforms:
            proof = _attempt(client, Image(image.repository, platform.digest))
            if proof.state != "gone":
                break
        return dataclasses.replace(proof, digest=image.digest) if proof.digest else proof
    blobs = [blob for blob in manifest.blobs if not blob.is_foreign]
    if not blobs:
        return Proof("readable", image.repository, image.digest)
    smallest = min(blobs, key=lambda blob: blob.size)
    length = 0
    for chunk in client.download_blob(image.repository, smallest.digest):
        length += len(chunk)
        if length >= _ENOUGH:
            break
    return Proof("readable", image.repository, image.digest, smallest.digest)
