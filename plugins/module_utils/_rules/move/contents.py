# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What of a source's repository is not at the target yet: imports, and locks that are to be set again.

Nothing of the target is taken away: what is there and not at the source is told.
"""

from __future__ import annotations

import dataclasses
import typing

from ..._domain.artifact import UNLOCKED, Contents, Locks
from ..._domain.image import Manifest


@dataclasses.dataclass(frozen=True, slots=True)
class Import:
    """An artifact that is to be imported by its digest, and the tags that it is to have.

    ``alone``: what it consists of comes along, so it goes before what may be a part of it.
    """

    repository: str
    digest: str
    tags: tuple[str, ...] = ()
    alone: bool = True

    @property
    def words(self) -> str:
        """It, for a message."""
        return f"{self.repository}@{self.digest}" + (f" ({', '.join(self.tags)})" if self.tags else "")


@dataclasses.dataclass(frozen=True, slots=True)
class LockChange:
    """Locks of a repository (``name`` empty), a tag, or an artifact (``name`` a digest) that are to be set."""

    repository: str
    name: str
    locks: Locks

    @property
    def of_artifact(self) -> bool:
        """Whether it is an artifact's; a tag has no colon."""
        return ":" in self.name

    @property
    def words(self) -> str:
        """It, for a message."""
        mark = "@" if self.of_artifact else ":"
        return self.repository + (f"{mark}{self.name}" if self.name else "")


@dataclasses.dataclass(frozen=True, slots=True)
class ReferrersIndex:
    """What refers to an artifact, to be listed under a tag: a registry under a customer-managed key has no API for it.

    Sources: MicrosoftDocs/azure-management-docs #35; OCI distribution specification 1.1, "Referrers Tag Schema".
    """

    subject: str
    digests: tuple[str, ...]

    @property
    def tag(self) -> str:
        """The tag."""
        return fallback_tag(self.subject)


def fallback_tag(digest: str) -> str:
    """The tag under which clients look for what refers to an artifact where a registry does not tell."""
    return digest.replace(":", "-", 1)


@dataclasses.dataclass(frozen=True)
class Difference:
    """What is to be done for one repository.

    :ivar unlocked: locks of the target that are in the way of an import.
    :ivar extra_tags: at the target alone, or elsewhere there than at the source before this move.
    """

    repository: str
    imports: tuple[Import, ...] = ()
    unlocked: tuple[LockChange, ...] = ()
    locks: tuple[LockChange, ...] = ()
    indexes: tuple[ReferrersIndex, ...] = ()
    missing: int = 0
    tags: int = 0
    size: int = 0
    extra_artifacts: tuple[str, ...] = ()
    extra_tags: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.imports or self.unlocked or self.locks or self.indexes)


def difference(
    source: Contents,
    target: Contents,
    manifests: typing.Mapping[str, Manifest],
    *,
    referrers: typing.Mapping[str, tuple[str, ...]] | None = None,
    indexes: typing.Mapping[str, typing.Collection[str]] | None = None,
    keep_write: bool = False,
) -> Difference:
    """What has to be done so that the target's repository holds what the source's does.

    :param target: an empty one, where there is none yet.
    :param manifests: of the source's artifacts that are not at the target and name others, by digest.
    :param referrers: what the source says that refers to an artifact, by its digest.
    :param indexes: what the target's own indexes of them hold; None where it needs none.
    :param keep_write: the source is being closed for writing, so whether its repositories could be written to before
        is not to be seen there any more, and the target's own word counts.
    """
    missing = {digest for digest in source.artifacts if digest not in target.artifacts}
    new_tags: dict[str, list[str]] = {}
    own = {fallback_tag(digest) for digest in referrers or {}} if indexes is not None else set()
    for tag in source.tags.values():
        there = target.tags.get(tag.name)
        if tag.name in own:
            # made anew from what the source says
            continue
        if there is None or there.digest != tag.digest:
            new_tags.setdefault(tag.digest, []).append(tag.name)
    own_lists = {target.tags[tag].digest for tag in own & set(target.tags)}
    parts = _parts(missing, manifests)
    imports = [
        Import(
            source.name, digest, tuple(sorted(new_tags.get(digest, ()))), alone=_goes_first(digest, parts, manifests)
        )
        for digest in sorted(missing | set(new_tags))
        if digest in new_tags or digest not in parts
    ]
    lists = tuple(
        ReferrersIndex(subject, digests)
        for subject, digests in sorted((referrers or {}).items())
        if indexes is not None and not set(digests) <= set(indexes.get(subject, ()))
    )
    locks, unlocked = _locks(source, target, imports, opened=bool(imports or lists), keep_write=keep_write)
    return Difference(
        source.name,
        tuple(sorted(imports, key=lambda one: not one.alone)),
        tuple(unlocked),
        tuple(locks),
        lists,
        missing=len(missing),
        tags=sum(map(len, new_tags.values())),
        size=sum(source.artifacts[digest].size for digest in missing),
        extra_artifacts=tuple(sorted(set(target.artifacts) - set(source.artifacts) - own_lists)),
        extra_tags=tuple(sorted(set(target.tags) - set(source.tags) - own)),
    )


def _parts(missing: typing.Collection[str], manifests: typing.Mapping[str, Manifest]) -> set[str]:
    """What comes along with an index that is imported, at every depth."""
    digests: set[str] = set()
    left = [digest for digest in missing if digest in manifests]
    while left:
        for part in manifests[left.pop()].manifests:
            if part.digest not in digests:
                digests.add(part.digest)
                left += [part.digest] if part.digest in manifests else []
    return digests


def _goes_first(digest: str, parts: typing.Collection[str], manifests: typing.Mapping[str, Manifest]) -> bool:
    manifest = manifests.get(digest)
    return digest not in parts and not (manifest and manifest.subject)


def _locks(
    source: Contents, target: Contents, imports: typing.Sequence[Import], *, opened: bool, keep_write: bool
) -> tuple[list[LockChange], list[LockChange]]:
    """The locks to be set at the end, and those to be opened before.

    :param opened: something is written to the repository.
    """
    name, whole = source.name, source.locks
    if keep_write:
        whole = dataclasses.replace(whole, can_write=target.locks.can_write)
    pairs = [
        ("", whole, target.locks),
        *((tag.name, tag.locks, _of(target.tags.get(tag.name))) for tag in source.tags.values()),
        *((one.digest, one.locks, _of(target.artifacts.get(one.digest))) for one in source.artifacts.values()),
    ]
    changes = {what: LockChange(name, what, wish) for what, wish, there in pairs if wish != there}
    unlocked = []
    if opened and not target.locks.can_write:
        unlocked.append(LockChange(name, "", dataclasses.replace(target.locks, can_write=True)))
        changes.setdefault("", LockChange(name, "", whole))
    for tag in (target.tags[one] for entry in imports for one in entry.tags if one in target.tags):
        if not tag.locks.can_write:
            unlocked.append(LockChange(name, tag.name, dataclasses.replace(tag.locks, can_write=True)))
            changes.setdefault(tag.name, LockChange(name, tag.name, source.tags[tag.name].locks))
    # the repository last: what is in it could not be locked any more once it is
    return [changes[what] for what in sorted(changes, reverse=True)], unlocked


def _of(there: typing.Any) -> Locks:
    return there.locks if there is not None else UNLOCKED
