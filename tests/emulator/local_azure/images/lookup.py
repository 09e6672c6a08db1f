# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names in order, and what belongs to what: made from the state when they are first asked for, and kept up with it.

They are no part of the state. Without them a page of a long list would cost as much as the whole list.
"""

from __future__ import annotations

import bisect
import typing

from ..world import World

Entries = dict[str, typing.Any]


class Names:
    """The names of a dictionary in the order of the alphabet."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self.ordered = sorted(entries)

    def fit(self, entries: Entries) -> bool:
        """Whether these are still the names of that dictionary."""
        return self._entries is entries and len(self.ordered) == len(entries)

    def add(self, name: str) -> None:
        """Take in a name that was not there."""
        bisect.insort(self.ordered, name)

    def remove(self, name: str) -> None:
        """Leave out a name that was there."""
        del self.ordered[bisect.bisect_left(self.ordered, name)]


class Lookup:
    """A repository's manifests and tags in order, the tags of each manifest, and what refers to each.

    :ivar tags_of: the tags of a digest, in the order of the alphabet.
    :ivar referrers_of: the digests of those that name a digest as their subject, in the order of the alphabet.
    """

    def __init__(self, repository: Entries) -> None:
        self._repository = repository
        self._names = {kind: Names(repository[kind]) for kind in ("manifests", "tags")}
        self._by_time: dict[str, list[tuple[float, str]]] = {}
        self.tags_of: dict[str, list[str]] = {}
        for tag in self.ordered("tags"):
            self.tags_of.setdefault(repository["tags"][tag]["digest"], []).append(tag)
        self.referrers_of: dict[str, list[str]] = {}
        for digest in self.ordered("manifests"):
            subject = repository["manifests"][digest].get("subject")
            if subject:
                self.referrers_of.setdefault(subject, []).append(digest)

    def fit(self, repository: Entries) -> bool:
        """Whether these still belong to that repository."""
        return self._repository is repository and all(
            names.fit(repository[kind]) for kind, names in self._names.items()
        )

    def ordered(self, kind: str) -> list[str]:
        """The names of ``manifests`` or ``tags`` in the order of the alphabet."""
        return self._names[kind].ordered

    def by_time(self, kind: str) -> list[tuple[float, str]]:
        """Time of the last change and name, oldest first."""
        if kind not in self._by_time:
            self._by_time[kind] = sorted((entry["updated"], name) for name, entry in self._repository[kind].items())
        return self._by_time[kind]

    def note_manifest(self, digest: str, subject: str, *, is_new: bool) -> None:
        """A manifest was stored, or stored again."""
        self._by_time.clear()
        if is_new:
            self._names["manifests"].add(digest)
            if subject:
                bisect.insort(self.referrers_of.setdefault(subject, []), digest)

    def forget_manifest(self, digest: str, subject: str) -> None:
        """A manifest was deleted."""
        self._by_time.clear()
        self._names["manifests"].remove(digest)
        if subject:
            self.referrers_of[subject].remove(digest)

    def note_tag(self, tag: str, before: str | None, digest: str) -> None:
        """A tag stands for a digest now, and stood for another one before, or was not there."""
        self._by_time.clear()
        if before is None:
            self._names["tags"].add(tag)
        else:
            self.tags_of[before].remove(tag)
        bisect.insort(self.tags_of.setdefault(digest, []), tag)

    def forget_tag(self, tag: str, digest: str) -> None:
        """A tag was taken off."""
        self._by_time.clear()
        self._names["tags"].remove(tag)
        self.tags_of[digest].remove(tag)


def of_registry(world: World, registry: str, repositories: Entries) -> Names:
    """The names of a registry's repositories.

    :param registry: its resource id in lower case.
    """
    known = world.lookups.get((registry, ""))
    if not isinstance(known, Names) or not known.fit(repositories):
        known = world.lookups[registry, ""] = Names(repositories)
    return known


def of_repository(world: World, registry: str, name: str, repository: Entries) -> Lookup:
    """The order in a repository.

    :param registry: its registry's resource id in lower case.
    """
    known = world.lookups.get((registry, name))
    if not isinstance(known, Lookup) or not known.fit(repository):
        known = world.lookups[registry, name] = Lookup(repository)
    return known
