# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A registry's own data plane, read as the caller: is an image there, and can it be read?"""

from __future__ import annotations

import typing

from .._domain.image import Image, Manifest
from .._rules.image import proof as rules
from .._rules.image.proof import Proof
from . import errors, sdk
from .session import Session

#: Of a registry's repositories, how many are looked into until one has an image.
_REPOSITORIES = 5
#: How much of a blob is read at most, in bytes: the first chunk proves that it can be decrypted.
_ENOUGH = 4 * 1024 * 1024


def _client(session: Session, login_server: str) -> typing.Any:
    """The SDK's client. A token is sent to the cloud's own registry hosts only.

    :raises ValueError: for any other host.
    """
    if not login_server.endswith(session.cloud.registry_suffix):
        raise ValueError(f"{login_server} is not a registry's host in {session.cloud.name}")
    return session.once(f"images of {login_server}", lambda: _make(session, login_server))


def _make(session: Session, login_server: str) -> typing.Any:
    return sdk.client_class("images")(
        f"https://{login_server}",
        session.credential,
        audience=session.cloud.registry_audience,
        transport=session.shared_transport(),
        retry_total=2,
        retry_connect=1,
    )


def read(session: Session, login_server: str, image: Image | None = None) -> Proof:
    """Read an image's manifest and one of its blobs.

    :param image: one that was read before, to be read again; else the first that is found.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        client = _client(session, login_server)
        image = image or _any_image(client)
        return _read(client, image) if image else Proof("empty")
    except core.AzureError as error:
        message = errors.message_of(error)
        state = rules.state_of(
            status=errors.status_of(error), message=message, unreachable=errors.is_unreachable(error)
        )
        return Proof(state, message=message)


def _any_image(client: typing.Any) -> Image | None:
    """The newest manifest of one of the first repositories."""
    for number, repository in enumerate(client.list_repository_names(results_per_page=_REPOSITORIES)):
        if number >= _REPOSITORIES:
            break
        for manifest in client.list_manifest_properties(repository, order_by="timedesc", results_per_page=1):
            return Image(repository, manifest.digest)
    return None


def _manifest(client: typing.Any, image: Image) -> Manifest:
    return Manifest.from_wire(client.get_manifest(image.repository, image.digest).manifest)


def _read(client: typing.Any, image: Image) -> Proof:
    manifest = _manifest(client, image)
    if manifest.manifests:
        # an index of images for several platforms: the first of them
        manifest = _manifest(client, Image(image.repository, manifest.manifests[0].digest))
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
