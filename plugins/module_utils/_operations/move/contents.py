# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The contents of two registries compared, and what is missing at the target imported."""

from __future__ import annotations

import dataclasses
import itertools
import threading
import typing

from ..._azure import imports
from ..._azure.artifacts import DataPlane
from ..._azure.session import SIDE_BY_SIDE
from ..._domain.artifact import Artifact, Contents, Locks
from ..._domain.failure import Failure
from ..._domain.image import Manifest
from ..._domain.registry import Registry
from ..._operation import Task
from ..._rules.move import contents as rules
from ..._rules.move import obstacles
from ..._rules.move.contents import Difference, Import
from ..._rules.move.obstacles import Obstacle
from ..._rules.move.words import amount

T = typing.TypeVar("T")
#: Imports under way at once. Ten a second may begin, and one takes a second until it is seen to have ended.
_IMPORTS = 16
#: How many calls are lined up at once.
_AT_ONCE = 2000
#: By the digest of what they refer to.
Referrers = dict[str, tuple[str, ...]]


@dataclasses.dataclass(frozen=True)
class Survey:
    """What was found by looking at both sides.

    :ivar differences: of each repository of the source, in order.
    :ivar only_there: repositories of the target that the source has not.
    :ivar contents: by repository what the source has, without what is left behind.
    :ivar left: by repository the digests of what is left behind.
    :ivar referrers: by repository.
    """

    differences: tuple[Difference, ...]
    obstacles: tuple[Obstacle, ...]
    only_there: tuple[str, ...]
    contents: dict[str, Contents]
    left: dict[str, frozenset[str]]
    referrers: dict[str, Referrers]

    @property
    def changed(self) -> bool:
        """Whether anything is to be copied or locked."""
        return any(one.changed for one in self.differences)

    @property
    def imports(self) -> list[Import]:
        """All imports, in order."""
        return [entry for one in self.differences for entry in one.imports]

    @property
    def artifacts(self) -> int:
        """How many artifacts the source has."""
        return sum(len(one.artifacts) for one in self.contents.values())

    @property
    def tags(self) -> int:
        """How many tags it has."""
        return sum(len(one.tags) for one in self.contents.values())

    @property
    def open_repositories(self) -> dict[str, Locks]:
        """Those that can be written to, with their locks."""
        return {name: one.locks for name, one in self.contents.items() if one.locks.can_write}


def survey(
    task: Task, source: DataPlane, target: DataPlane | None, *, waived: typing.Collection[str], keep_write: bool
) -> Survey:
    """Look at both registries, repository by repository.

    :param target: None for one that is not there yet, in check mode.
    :param waived: kinds of obstacles that are left behind.
    :param keep_write: as of :func:`.rules.move.contents.difference`.
    :raises Failure: when anything cannot be read.
    """
    names, there = task.session.pair(source.repositories, target.repositories if target else _none)
    differences, found = [], []
    kept: dict[str, Contents] = {}
    left: dict[str, frozenset[str]] = {}
    refer: dict[str, Referrers] = {}
    for name in names:
        ours, theirs = both(task, source, target, name)
        ours, manifests, referrers, troubles = _graph(task, source, ours, theirs)
        found += troubles
        left[name] = _left(troubles, waived)
        kept[name] = ours = ours.without(left[name])
        if left[name]:
            referrers = {
                subject: tuple(one for one in digests if one not in left[name])
                for subject, digests in referrers.items()
                if subject not in left[name] and not left[name].issuperset(digests)
            }
        refer[name] = referrers
        indexes = own_indexes(task, target, theirs, referrers)
        differences.append(
            rules.difference(ours, theirs, manifests, referrers=referrers, indexes=indexes, keep_write=keep_write)
        )
    only_there = tuple(sorted(set(there) - set(names)))
    return Survey(tuple(differences), tuple(found), only_there, kept, left, refer)


def each(
    task: Task, calls: typing.Iterable[typing.Callable[[], T]], *, width: int = SIDE_BY_SIDE
) -> typing.Iterator[T]:
    """Make calls to one repository side by side; the first alone, so that the others find a token.

    No more of them are held than are lined up at once, and no more of their answers: a repository may have any number.
    """
    waiting = iter(calls)
    for call in itertools.islice(waiting, 1):
        yield call()
    while part := list(itertools.islice(waiting, _AT_ONCE)):
        yield from task.session.side_by_side(*part, width=width)


def both(task: Task, source: DataPlane, target: DataPlane | None, repository: str) -> tuple[Contents, Contents]:
    """A repository at the source and at the target, as the lists show it; an empty one where the target has none yet.

    :raises Failure: when a list cannot be read, and when the source does not have it any more.
    """
    ours, theirs = task.session.pair(
        lambda: source.contents(repository), lambda: target.contents(repository) if target else None
    )
    if ours is None:
        raise _changing(f"the repository {repository} was listed and is not there any more")
    return ours, theirs or Contents(repository)


def _none() -> list[str]:
    return []


def _graph(
    task: Task, source: DataPlane, ours: Contents, theirs: Contents
) -> tuple[Contents, dict[str, Manifest], Referrers, list[Obstacle]]:
    """A repository's artifacts with all that refers to them; of those to be copied the manifests that name others; who
    refers to whom; and the obstacles.

    Referrers are looked up for every artifact, whatever the lists show, and referrers of referrers.
    """
    troubles = [Obstacle("hidden", f"{ours.name} ({ours.hidden})")] if ours.hidden else []
    unreadable = {one.digest for one in ours.artifacts.values() if not (ours.locks.can_read and one.locks.can_read)}
    troubles += [Obstacle("unreadable", f"{ours.name}@{digest}") for digest in sorted(unreadable)]
    artifacts = dict(ours.artifacts)
    manifests: dict[str, Manifest] = {}
    referrers: Referrers = {}
    tells: set[bool] = set()
    left = [digest for digest in artifacts if digest not in unreadable]
    while left:
        looked = each(task, (_looker(source, ours.name, digest, theirs) for digest in left))
        found: dict[str, Artifact] = {}
        for digest, (manifest, listed) in zip(left, looked, strict=True):
            if manifest is not None:
                trouble = obstacles.of_manifest(ours.name, digest, manifest)
                troubles += [trouble] if trouble else []
                if manifest.manifests or manifest.subject:
                    # the blobs are read again where they are proven
                    manifests[digest] = dataclasses.replace(manifest, blobs=())
            tells.add(listed is not None)
            for one in listed or ():
                if one not in artifacts and one not in found:
                    found[one] = Artifact(one)
            if listed:
                # the digests as they are known already: each text once
                referrers[digest] = tuple((artifacts.get(one) or found[one]).digest for one in listed)
        if len(tells) > 1:
            raise _changing(f"what refers to some artifacts of {ours.name} is told, and not to others")
        artifacts |= found
        left = list(found)
    for digest in [one for one in referrers if rules.fallback_tag(one) in ours.tags]:
        # clients that do not know the API kept an index of their own beside it
        kept = source.manifest(ours.name, ours.tags[rules.fallback_tag(digest)].digest)
        more = [one.digest for one in kept.manifests] if kept else []
        referrers[digest] = tuple(dict.fromkeys([*referrers[digest], *(one for one in more if one in artifacts)]))
    return dataclasses.replace(ours, artifacts=artifacts), manifests, referrers, troubles


def own_indexes(
    task: Task, target: DataPlane | None, theirs: Contents, referrers: Referrers
) -> dict[str, set[str]] | None:
    """What the target's own indexes of referrers hold; None where it has the API for it, and needs none.

    :raises Failure: when that cannot be read.
    """
    probe = next((digest for digest in referrers if digest in theirs.artifacts), None)
    if target is None or probe is None:
        return {}
    if target.referrers(theirs.name, probe) is not None:
        return None
    tags = {one: theirs.tags.get(rules.fallback_tag(one)) for one in referrers}
    subjects = {one: tag.digest for one, tag in tags.items() if tag}
    manifests = each(task, (_reader(target, theirs.name, digest) for digest in subjects.values()))
    return {
        one: {part.digest for part in manifest.manifests}
        for one, manifest in zip(subjects, manifests, strict=True)
        if manifest is not None
    }


def _reader(plane: DataPlane, repository: str, digest: str) -> typing.Callable[[], Manifest | None]:
    return lambda: plane.manifest(repository, digest)


def _looker(
    source: DataPlane, repository: str, digest: str, theirs: Contents
) -> typing.Callable[[], tuple[Manifest | None, list[str] | None]]:
    def look() -> tuple[Manifest | None, list[str] | None]:
        manifest = None
        if digest not in theirs.artifacts:
            manifest = source.manifest(repository, digest)
            if manifest is None:
                raise _changing(f"{repository}@{digest} was listed and is not there any more")
        return manifest, source.referrers(repository, digest)

    return look


def _changing(what: str) -> Failure:
    return Failure(
        f"At the source {what}.",
        hint="Somebody changes it right now; run the same task again.",
        code="source_changes",
    )


def _left(troubles: typing.Sequence[Obstacle], waived: typing.Collection[str]) -> frozenset[str]:
    """The digests of what is left behind; of an image with foreign layers they alone are, not the image."""
    return frozenset(
        one.what.partition("@")[2]
        for one in troubles
        if one.kind in waived and one.kind not in ("foreign_layers", "hidden")
    )


def copy(task: Task, source: Registry, target: Registry, found: Survey) -> list[tuple[Import, Failure]]:
    """Open what is locked, import what is missing, and set the locks; what failed is told, the rest is done.

    Two rounds: what consists of several comes first, then what may have come along or refers to it.
    """
    plane = DataPlane(task.session, target.login_server)
    failed: list[tuple[Import, Failure]] = []
    task.session.side_by_side(*(_setter(plane, change) for one in found.differences for change in one.unlocked))
    tally = _Tally(task, found)
    for alone in (True, False):
        entries = [entry for entry in found.imports if entry.alone == alone]
        calls = (_importer(task, source, target, entry, tally) for entry in entries)
        outcomes = each(task, calls, width=_IMPORTS)
        failed += [(entry, outcome) for entry, outcome in zip(entries, outcomes, strict=True) if outcome is not None]
    broken = {entry.repository for entry, _failure in failed}
    for one in found.differences:
        if one.indexes and one.repository not in broken:
            # nothing was there yet to ask for when this was planned
            needed = plane.referrers(one.repository, one.indexes[0].subject) is None
            list(each(task, (_lister(plane, one.repository, index) for index in one.indexes if needed)))
        # what could not be copied would be kept out by its repository's lock
        list(each(task, (_setter(plane, change) for change in one.locks if change.name)))
        for change in one.locks:
            if not change.name and one.repository not in broken:
                plane.set_locks(change.repository, "", change.locks)
    return failed


def _setter(plane: DataPlane, change: rules.LockChange) -> typing.Callable[[], None]:
    return lambda: plane.set_locks(change.repository, change.name, change.locks)


def _lister(plane: DataPlane, repository: str, index: rules.ReferrersIndex) -> typing.Callable[[], None]:
    return lambda: plane.put_referrers_index(repository, index.subject, index.tag, index.digests)


class _Tally:
    """How far the imports of a move are, told now and then."""

    def __init__(self, task: Task, found: Survey) -> None:
        self._tell = task.report("artifacts")
        self._contents = found.contents
        self._all = len(found.imports)
        self._bytes = sum(self._size(entry) for entry in found.imports)
        self._done = self._failed = self._copied = 0
        self._lock = threading.Lock()

    def _size(self, entry: Import) -> int:
        artifact = self._contents[entry.repository].artifacts.get(entry.digest)
        return artifact.size if artifact else 0

    def count(self, entry: Import, outcome: Failure | None) -> None:
        """Take in one import that ended."""
        with self._lock:
            self._failed += outcome is not None
            self._done += outcome is None
            self._copied += self._size(entry) if outcome is None else 0
            size = f"{amount(self._copied)} of {amount(self._bytes)}" if self._bytes else ""
            self._tell(self._done, self._failed, self._all, size)


def _importer(
    task: Task, source: Registry, target: Registry, entry: Import, tally: _Tally
) -> typing.Callable[[], Failure | None]:
    def run() -> Failure | None:
        outcome = copied()
        tally.count(entry, outcome)
        return outcome

    def copied() -> Failure | None:
        try:
            imports.import_artifact(
                task.session,
                target.resource_id,
                source_id=source.id,
                repository=entry.repository,
                digest=entry.digest,
                tags=entry.tags,
                timeout=task.timeout,
            )
        except Failure as failure:
            return failure
        return None

    return run
