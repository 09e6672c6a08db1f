# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What cannot come along to a registry under a customer-managed key: found before anything starts.

Sources: ``move.md``; Microsoft, "Import container images to a container registry" (limits: 50 manifests an image,
no foreign layers), "Customer-managed keys" (no content trust), "Artifact streaming" (not with customer-managed keys).
"""

from __future__ import annotations

import dataclasses
import typing

from ..._domain.failure import Failure
from ..._domain.image import Manifest
from ..._domain.registry import Registry
from ..._domain.words import listed

#: How many manifests an image may consist of to be imported.
MOST_MANIFESTS = 50
#: What the referrer of a converted image says that it is (read off a registry: kvcache-ai/AgentENV #58).
_STREAMING = "application/vnd.azure.artifact.streaming"

#: What an obstacle is, by the word that waives it.
KINDS = {
    "content_trust": "signatures of content trust (Notary v1), which a registry under a customer-managed key cannot "
    "have",
    "artifact_streaming": "what artifact streaming made of an image, which a registry under a customer-managed key "
    "cannot use",
    "large_indexes": f"an index of more than {MOST_MANIFESTS} manifests, which Azure does not import",
    "foreign_layers": "layers that are kept elsewhere, which Azure does not copy",
    "hidden": "artifacts or tags that are hidden from the lists (listEnabled: false), so that they cannot be found",
    "unreadable": "what is locked against reading (readEnabled: false), which Azure does not import",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that cannot come along: its kind, and which."""

    kind: str
    what: str

    def result(self) -> dict[str, str]:
        """As a result lists it."""
        return {"kind": self.kind, "what": self.what, "why": KINDS[self.kind]}


def of_registry(source: Registry) -> list[Obstacle]:
    """What is said of the source as a whole."""
    if (source.content_trust or "").lower() == "enabled":
        return [Obstacle("content_trust", source.label)]
    return []


def of_manifest(repository: str, digest: str, manifest: Manifest) -> Obstacle | None:
    """What keeps an artifact from coming along."""
    what = f"{repository}@{digest}"
    if len(manifest.manifests) > MOST_MANIFESTS:
        return Obstacle("large_indexes", what)
    if _STREAMING in manifest.artifact_type:
        return Obstacle("artifact_streaming", what)
    if any(one.is_foreign for one in manifest.blobs):
        return Obstacle("foreign_layers", what)
    return None


def check(obstacles: typing.Sequence[Obstacle], waived: typing.Collection[str]) -> None:
    """Nothing is begun that could not be finished.

    :param waived: kinds that may be left behind.
    :raises Failure: with all that is in the way and is not waived.
    """
    left = [one for one in obstacles if one.kind not in waived]
    if not left:
        return
    kinds = sorted({one.kind for one in left})
    some = [one.what for one in left[:5]] + (["…"] if len(left) > 5 else [])
    raise Failure(
        f"Not everything can come along: {'; '.join(KINDS[kind] for kind in kinds)}. That is {', '.join(some)}.",
        parameter="leave_behind",
        hint=f"Take it away at the source, or say that it may be left behind: {listed(kinds)}.",
        code="cannot_be_moved",
        details={"left_behind": [one.result() for one in obstacles]},
    )
