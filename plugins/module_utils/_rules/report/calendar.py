# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What falls due in the twelve months after a report, by key version: one line, however many registries are on it."""

from __future__ import annotations

import dataclasses
import datetime
import typing

from ..._domain import moment
from .facts import RegistryFacts

#: How far the calendar reaches, in calendar months.
MONTHS = 12


@dataclasses.dataclass(frozen=True)
class Entry:
    """Something that falls due; ``kind`` as in :class:`.facts.Due`; ``at`` in seconds since 1970."""

    at: float
    kind: str
    key: str
    version: str
    registries: tuple[str, ...]
    overdue: bool

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        return {**dataclasses.asdict(self), "at": moment.iso(self.at), "registries": list(self.registries)}


@dataclasses.dataclass(frozen=True)
class Month:
    """A calendar month, as in ``2027-03``, and what falls due in it."""

    name: str
    entries: tuple[Entry, ...]


@dataclasses.dataclass(frozen=True)
class Calendar:
    """What is overdue, what falls due by months, and of how many registries nobody could see all of that."""

    overdue: tuple[Entry, ...]
    months: tuple[Month, ...]
    unseen: int

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        return {
            "overdue": [entry.result() for entry in self.overdue],
            "months": [
                {"month": month.name, "entries": [entry.result() for entry in month.entries]} for month in self.months
            ],
            "unseen": self.unseen,
        }


def calendar(registries: typing.Sequence[RegistryFacts], now: float) -> Calendar:
    """The calendar.

    :param now: seconds since 1970.
    """
    months = _months(now)
    by_due: dict[tuple[float, str, str, str], list[RegistryFacts]] = {}
    for registry in registries:
        for due in registry.dues:
            # a policy that makes versions is the key's, whatever version a registry is on
            version = "" if due.kind == "rotation" else registry.version or ""
            # Key Vault takes names in any case
            by_due.setdefault((due.at, due.kind, (registry.key or "").lower(), version.lower()), []).append(registry)
    entries = [
        Entry(
            at,
            kind,
            some[0].key or "",
            (some[0].version or "") if version else "",
            tuple(sorted(one.name for one in some)),
            at <= now,
        )
        for (at, kind, _key, version), some in sorted(by_due.items(), key=lambda pair: pair[0])
    ]
    coming = [entry for entry in entries if not entry.overdue]
    return Calendar(
        tuple(entry for entry in entries if entry.overdue),
        tuple(Month(name, tuple(one for one in coming if _month(one.at) == name)) for name in months),
        sum(one.encrypted and (one.created is None or one.rotates is None) for one in registries),
    )


def _month(at: float) -> str:
    return (moment.iso(at) or "")[:7]


def _months(now: float) -> list[str]:
    """This month and the twelve after it."""
    today = datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
    first = today.year * 12 + today.month - 1
    return [f"{month // 12:04}-{month % 12 + 1:02}" for month in range(first, first + MONTHS + 1)]
