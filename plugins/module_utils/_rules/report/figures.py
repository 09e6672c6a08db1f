# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Figures of a report: totals, ages, keys that serve many. What was not seen counts nowhere as good."""

from __future__ import annotations

import dataclasses
import typing

from ..health.findings import SEVERITIES
from .facts import STATES, RegistryFacts

#: The bounds of the histogram's bars, in days; the last bar has no upper one.
AGE_BOUNDS = (0, 30, 60, 90, 180, 365, 730)


@dataclasses.dataclass(frozen=True)
class Totals:
    """How many registries there are, by state; and how many parts of the scope nobody could read, in which there may be
    more."""

    registries: int
    by_state: tuple[tuple[str, int], ...]
    with_key: int
    keys: int
    stores: int
    findings: int
    unread: int

    def count(self, state: str) -> int:
        """How many registries are in a state of :data:`.facts.STATES`."""
        return dict(self.by_state)[state]

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        return {
            "registries": self.registries,
            **dict(self.by_state),
            "with_key": self.with_key,
            "keys": self.keys,
            "key_stores": self.stores,
            "findings": self.findings,
            "unread_parts": self.unread,
        }


def totals(registries: typing.Sequence[RegistryFacts], *, unread: int) -> Totals:
    """The totals.

    :param unread: how many parts of the scope could not be read.
    """
    # Key Vault takes names in any case
    keys = {one.key.lower() for one in registries if one.key}
    return Totals(
        registries=len(registries),
        by_state=tuple((state, sum(one.state == state for one in registries)) for state in STATES),
        with_key=sum(one.encrypted for one in registries),
        keys=len(keys),
        stores=len({key.split("/keys/")[0] for key in keys}),
        findings=sum(len(one.findings) for one in registries),
        unread=unread,
    )


@dataclasses.dataclass(frozen=True)
class AgeBar:
    """Registries whose version in use has an age within bounds in days; ``over``: those beyond what is allowed."""

    least: int
    below: int | None
    within: int
    over: int

    @property
    def count(self) -> int:
        """All of them."""
        return self.within + self.over


@dataclasses.dataclass(frozen=True)
class Ages:
    """The ages of the versions in use, and how many could not be seen."""

    bars: tuple[AgeBar, ...]
    unseen: int

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        return {"bars": [dataclasses.asdict(column) for column in self.bars], "unseen": self.unseen}


def ages(registries: typing.Iterable[RegistryFacts], *, max_age_days: float | None) -> Ages:
    """The histogram of ages.

    :param max_age_days: how old a version may become; None for no such rule.
    """
    days = [one.age_days for one in registries if one.encrypted]
    numbers = [one for one in days if one is not None]
    bars = []
    for place, least in enumerate(AGE_BOUNDS):
        below = AGE_BOUNDS[place + 1] if place + 1 < len(AGE_BOUNDS) else None
        # a clock that is a little behind Azure's makes no age
        own = [age for age in numbers if max(age, 0) >= least and (below is None or max(age, 0) < below)]
        over = sum(max_age_days is not None and age >= max_age_days for age in own)
        bars.append(AgeBar(least, below, len(own) - over, over))
    return Ages(tuple(bars), len(days) - len(numbers))


@dataclasses.dataclass(frozen=True)
class SharedKey:
    """A key that serves several registries: whoever disables it locks all of them."""

    key: str
    registries: tuple[str, ...]
    subscriptions: int

    def result(self) -> dict[str, object]:
        """As the report's JSON has it."""
        return {"key": self.key, "registries": list(self.registries), "subscriptions": self.subscriptions}


def shared_keys(registries: typing.Iterable[RegistryFacts]) -> tuple[SharedKey, ...]:
    """Keys with more than one registry, those with the most first."""
    by_key: dict[str, list[RegistryFacts]] = {}
    for registry in registries:
        if registry.key:
            by_key.setdefault(registry.key.lower(), []).append(registry)
    shared = [
        SharedKey(
            str(some[0].key), tuple(sorted(one.name for one in some)), len({one.subscription.lower() for one in some})
        )
        for some in by_key.values()
        if len(some) > 1
    ]
    return tuple(sorted(shared, key=lambda one: (-len(one.registries), one.key)))


class FindingLine(typing.NamedTuple):
    """A finding of one registry, by its name and resource id."""

    name: str
    id: str
    what: str
    remedy: str


@dataclasses.dataclass(frozen=True)
class FindingGroup:
    """All findings of one code, whose severity and reason are the same."""

    code: str
    severity: str
    why: str
    lines: tuple[FindingLine, ...]

    @property
    def registries(self) -> tuple[str, ...]:
        """The ids of the registries that have it."""
        return tuple(dict.fromkeys(line.id for line in self.lines))


def finding_groups(registries: typing.Iterable[RegistryFacts]) -> tuple[FindingGroup, ...]:
    """All findings, the worst and the most first."""
    groups: dict[tuple[str, str, str], list[FindingLine]] = {}
    for registry in registries:
        for finding in registry.findings:
            row = finding.result()
            lines = groups.setdefault((row["severity"], row["code"], row["why"]), [])
            lines.append(FindingLine(registry.name, registry.id, row["what"], row["remedy"]))
    every = [FindingGroup(code, severity, why, tuple(lines)) for (severity, code, why), lines in groups.items()]
    return tuple(sorted(every, key=lambda one: (-SEVERITIES.index(one.severity), -len(one.lines), one.code)))
