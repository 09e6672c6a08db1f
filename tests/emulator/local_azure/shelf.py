# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many records of a kind: those below a scope, or with a word in common, are found without a look at all the others."""

from __future__ import annotations

import copy
import typing

Record = typing.Any
#: What a record is looked for by beside its id.
Words = typing.Callable[[Record], typing.Iterable[str]]


def _none(_record: Record) -> tuple[str, ...]:
    return ()


def scopes_above(key: str) -> typing.Iterator[str]:
    """The scopes that have a resource in them: its subscription, its group, and each resource that it stands below.

    :param key: a resource id in lower case.
    """
    parts = key.split("/")
    for length in (3, 5, *range(9, len(parts), 2)):
        if length < len(parts):
            yield "/".join(parts[:length])


class Shelf(dict[str, Record]):
    """Records by resource id in lower case, in the order in which they came.

    To JSON it is a dictionary like any other. Whoever changes one of a record's words puts the record in again.

    :param words: what a record is looked for by beside its id.
    """

    def __init__(self, records: typing.Mapping[str, Record] | None = None, words: Words = _none) -> None:
        super().__init__()
        self._words = words
        self._words_of: dict[str, tuple[str, ...]] = {}
        #: by scope, or by word: the keys, in order
        self._below: dict[str, dict[str, None]] = {}
        self._with: dict[str, dict[str, None]] = {}
        self._listed: dict[str, list[str]] = {}
        self._numbers: dict[str, int] = {}
        self._next = 1
        self.update(records or {})

    def below(self, scope: str) -> list[str]:
        """The keys of all that stands below a scope, or of all there is (an empty scope). Not to be changed.

        :param scope: a subscription, a resource group, or a resource; in lower case, without a slash at its end.
        """
        if scope not in self._listed:
            self._listed[scope] = list(self._below.get(scope, ()) if scope else self)
        return self._listed[scope]

    def number(self, key: str) -> int:
        """A record's own number, greater than those of all that were there before it."""
        return self._numbers[key]

    def having(self, word: str) -> list[Record]:
        """The records that have a word, in order."""
        return [self[key] for key in self._with.get(word, ())]

    def __setitem__(self, key: str, record: Record) -> None:
        if key not in self:
            for scope in scopes_above(key):
                self._below.setdefault(scope, {})[key] = None
                self._listed.pop(scope, None)
            self._listed.pop("", None)
            self._numbers[key], self._next = self._next, self._next + 1
        super().__setitem__(key, record)
        words = tuple(self._words(record))
        before = self._words_of.get(key, ())
        if words != before:
            self._leave(self._with, before, key)
            for word in words:
                self._with.setdefault(word, {})[key] = None
            self._words_of[key] = words

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        del self._numbers[key]
        scopes = tuple(scopes_above(key))
        self._leave(self._below, scopes, key)
        for scope in (*scopes, ""):
            self._listed.pop(scope, None)
        self._leave(self._with, self._words_of.pop(key, ()), key)

    @staticmethod
    def _leave(index: dict[str, dict[str, None]], places: typing.Iterable[str], key: str) -> None:
        for place in places:
            index[place].pop(key, None)
            if not index[place]:
                del index[place]

    def pop(self, key: str, *default: typing.Any) -> Record:
        """As of any dictionary."""
        if key not in self and default:
            return default[0]
        record = self[key]
        del self[key]
        return record

    def setdefault(self, key: str, default: Record = None) -> Record:
        """As of any dictionary."""
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, records: typing.Any = (), /, **more: Record) -> None:
        """As of any dictionary."""
        for key, record in dict(records, **more).items():
            self[key] = record

    def clear(self) -> None:
        """As of any dictionary."""
        for key in list(self):
            del self[key]

    def __reduce__(self) -> tuple[typing.Any, ...]:
        return Shelf, (dict(self), self._words)

    def __deepcopy__(self, memo: dict[int, typing.Any]) -> Shelf:
        return Shelf(copy.deepcopy(dict(self), memo), self._words)
