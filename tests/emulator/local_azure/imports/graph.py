# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an image is made of: manifests, of an index those of all its platforms, and their blobs."""

from __future__ import annotations

import json

from ..images import errors as image_errors
from ..images.state import INDEXES, Store

#: "Import container images to a container registry", limitations.
MOST_MANIFESTS = 50


def manifests_of(content: Store, repository: str, digest: str) -> list[str]:
    """The manifests of an image, what an index is made of before the index itself.

    What refers to the image is not among them.

    :raises Refusal: 404 for one that is not there any more.
    """
    known = content.repository(repository)["manifests"]
    found: dict[str, None] = {}

    def add(one: str) -> None:
        if one in found:
            return
        if one not in known:
            raise image_errors.manifest_unknown(repository, one)
        if known[one]["mediaType"] in INDEXES:
            for inner in known[one]["references"]:
                add(inner)
        found[one] = None

    add(digest)
    return list(found)


def has_foreign_layers(content: Store, digest: str) -> bool:
    """Whether a manifest has layers that are to be had at addresses of their own."""
    return any(layer.get("urls") for layer in json.loads(content.open(digest)).get("layers") or ())


def copy(source: Store, target: Store, repository: str, digest: str, to: str) -> None:
    """Copy a manifest and its blobs into a repository of the target; layers with addresses of their own stay behind."""
    known = source.repository(repository)["manifests"][digest]
    references = known["references"]
    for blob in references if known["mediaType"] not in INDEXES else ():
        if not target.has(blob):
            target.seal(source.open(blob))
        target.link(to, blob)
    target.put_manifest(to, digest, source.open(digest), known["mediaType"], references, known.get("subject", ""))
