# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The proof of a move: the two sets compared, and every image at the target read down to its last blob.

A success that Azure reports is none: a migration told no error while no image could be pulled (artifact-keeper #2457).
"""

from __future__ import annotations

import dataclasses
import typing

from ..._azure.artifacts import DataPlane
from ..._domain.artifact import Contents
from ..._domain.image import Manifest
from ..._operation import Task
from ..._rules.move import contents as rules
from .contents import Survey, both, each, own_indexes


@dataclasses.dataclass(frozen=True)
class MoveProof:
    """What was seen at the target.

    :ivar missing: what the source has and the target has not, in words: artifacts, tags, parts, blobs.
    :ivar behind: what came to the source while this ran, in words: another run takes it along.
    """

    artifacts: int
    tags: int
    blobs: int
    missing: tuple[str, ...]
    behind: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing is missing, and nothing came meanwhile."""
        return not (self.missing or self.behind)


def prove(
    task: Task, source: DataPlane, target: DataPlane, found: Survey, *, whole_blobs: bool, keep_write: bool
) -> MoveProof:
    """Look at both sides anew, and at each of the target's images.

    :param found: what was to be there.
    :param whole_blobs: read every blob and compare its digest, instead of asking whether it is there.
    :raises Failure: when anything cannot be read: that proves nothing.
    """
    missing: list[str] = []
    behind: list[str] = []
    tags = blobs = 0
    behind += [f"the repository {name}" for name in source.repositories() if name not in found.contents]
    for name, expected in found.contents.items():
        ours, theirs = both(task, source, target, name)
        behind += _newer(ours.without(found.left[name]), expected)
        referrers = found.referrers[name]
        indexes = own_indexes(task, target, theirs, referrers)
        rest = rules.difference(expected, theirs, {}, referrers=referrers, indexes=indexes, keep_write=keep_write)
        missing += [f"{name}@{digest}" for digest in expected.artifacts if digest not in theirs.artifacts]
        missing += [f"{name}:{tag}" for entry in rest.imports for tag in entry.tags]
        missing += [f"the list of what refers to {name}@{index.subject}" for index in rest.indexes]
        missing += [f"the locks of {change.words}" for change in rest.locks]
        tags += len(expected.tags) - rest.tags
        there = [digest for digest in expected.artifacts if digest in theirs.artifacts]
        manifests = each(task, (_manifest(target, name, digest) for digest in there))
        needed: dict[str, bool] = {}
        for digest, manifest in zip(there, manifests, strict=True):
            if manifest is None:
                missing.append(f"{name}@{digest}")
                continue
            parts = [part.digest for part in manifest.manifests]
            missing += [f"{name}@{part} (of {digest})" for part in parts if part not in theirs.artifacts]
            needed |= {blob.digest: True for blob in manifest.blobs if not blob.is_foreign}
        look = target.blob_is_whole if whole_blobs else target.has_blob
        answers = each(task, (_blob(look, name, digest) for digest in needed))
        missing += [
            f"the blob {name}@{digest}" for digest, is_there in zip(needed, answers, strict=True) if not is_there
        ]
        blobs += len(needed)
    return MoveProof(found.artifacts, tags, blobs, tuple(dict.fromkeys(missing)), tuple(behind))


def _newer(ours: Contents, expected: Contents) -> list[str]:
    """What a repository has that it had not when it was looked at first, in words."""
    artifacts = [f"{ours.name}@{digest}" for digest in ours.artifacts if digest not in expected.artifacts]
    before = {tag.name: tag.digest for tag in expected.tags.values()}
    return [
        *artifacts,
        *(f"{ours.name}:{tag.name}" for tag in ours.tags.values() if before.get(tag.name) != tag.digest),
    ]


def _manifest(target: DataPlane, repository: str, digest: str) -> typing.Callable[[], Manifest | None]:
    return lambda: target.manifest(repository, digest)


def _blob(look: typing.Callable[[str, str], bool], repository: str, digest: str) -> typing.Callable[[], bool]:
    return lambda: look(repository, digest)
