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
        sight = _Blobs(task, target.blob_is_whole if whole_blobs else target.has_blob, name)
        for digest, manifest in zip(there, manifests, strict=True):
            if manifest is None:
                missing.append(f"{name}@{digest}")
                continue
            parts = [part.digest for part in manifest.manifests]
            missing += [f"{name}@{part} (of {digest})" for part in parts if part not in theirs.artifacts]
            sight.look(blob.digest for blob in manifest.blobs if not blob.is_foreign)
        sight.end()
        missing += [f"the blob {name}@{digest}" for digest in sight.missing]
        blobs += sight.count
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


class _Blobs:
    """The blobs of one repository, each looked at once, and no more of them held than are lined up at once.

    :param look: whether a repository's blob is there.
    :ivar missing: the digests of those that are not.
    """

    def __init__(self, task: Task, look: typing.Callable[[str, str], bool], repository: str) -> None:
        self._task = task
        self._look = look
        self._repository = repository
        #: whole digests, in half the room of their texts
        self._known: set[bytes] = set()
        self._waiting: list[str] = []
        self.missing: list[str] = []

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._known)

    def look(self, digests: typing.Iterable[str]) -> None:
        """Look at those that were not looked at yet, when enough are together."""
        for digest in digests:
            short = _short(digest)
            if short not in self._known:
                self._known.add(short)
                self._waiting.append(digest)
        if len(self._waiting) >= _TOGETHER:
            self.end()

    def end(self) -> None:
        """Look at what waits."""
        answers = each(self._task, (self._looker(digest) for digest in self._waiting))
        self.missing += [digest for digest, is_there in zip(self._waiting, answers, strict=True) if not is_there]
        self._waiting.clear()

    def _looker(self, digest: str) -> typing.Callable[[], bool]:
        return lambda: self._look(self._repository, digest)


#: How many blobs are looked at together.
_TOGETHER = 500


def _short(digest: str) -> bytes:
    algorithm, _colon, rest = digest.partition(":")
    try:
        return algorithm.encode() + bytes.fromhex(rest)
    except ValueError:
        return digest.encode()
