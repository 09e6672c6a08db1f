# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Images in a registry: manifests and what they are made of.

Shapes: OCI image specification, "Image Manifest" and "Image Index".
"""

from __future__ import annotations

import dataclasses

from . import wire as json
from .wire import Wire

#: Of the types of layers that a registry need not have (Docker image manifest V2, schema 2; OCI image specification,
#: "Non-Distributable Layers").
_FOREIGN = ("foreign", "nondistributable")


@dataclasses.dataclass(frozen=True)
class Image:
    """An image, by repository and digest."""

    repository: str
    digest: str


@dataclasses.dataclass(frozen=True)
class Descriptor:
    """What a manifest names: a blob or another manifest. ``size`` in bytes."""

    digest: str
    size: int
    media_type: str = ""
    is_foreign: bool = False
    #: ``linux/amd64``, say; ``unknown/unknown`` of an attestation
    platform: str = ""

    @classmethod
    def from_wire(cls, wire: Wire) -> Descriptor:
        """From a descriptor's JSON. With ``urls``, or of a type that is not to be distributed, it is kept elsewhere."""
        return cls(
            json.text(wire, "digest") or "",
            json.number(wire, "size") or 0,
            json.text(wire, "mediaType") or "",
            bool(json.texts(wire, "urls")) or any(word in (json.text(wire, "mediaType") or "") for word in _FOREIGN),
            "/".join(filter(None, (json.text(wire, "platform", "os"), json.text(wire, "platform", "architecture")))),
        )


@dataclasses.dataclass(frozen=True)
class Manifest:
    """A manifest: of one image (``blobs``: configuration and layers), or an index of others (``manifests``).

    ``subject``: the digest of what it refers to, as a signature does; ``artifact_type``: what it says that it is.
    """

    blobs: tuple[Descriptor, ...]
    manifests: tuple[Descriptor, ...]
    subject: str = ""
    artifact_type: str = ""

    @property
    def platforms(self) -> list[Descriptor]:
        """The images of an index, attestations last: they may come first in it (Azure/acr #666)."""
        return sorted(self.manifests, key=lambda one: one.platform == "unknown/unknown")

    @classmethod
    def from_wire(cls, wire: Wire) -> Manifest:
        """From a manifest's JSON."""
        config = [json.block(wire, "config")] if json.block(wire, "config") else []
        return cls(
            tuple(Descriptor.from_wire(one) for one in [*config, *json.blocks(wire, "layers")]),
            tuple(Descriptor.from_wire(one) for one in json.blocks(wire, "manifests")),
            json.text(wire, "subject", "digest") or "",
            json.text(wire, "artifactType") or json.text(wire, "config", "mediaType") or "",
        )
