# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Bars of a chart: where each stands and how high it is, in the units of its picture."""

from __future__ import annotations

import dataclasses
import typing

from .calendar import Calendar
from .figures import Ages

_WIDTH, _HEIGHT, _BASE, _TOP = 720, 220, 190, 24


@dataclasses.dataclass(frozen=True)
class Bar:
    """A bar: from where on, how wide, and how high its two parts are; ``count`` is what it stands for."""

    x: int
    width: int
    within: int
    over: int
    count: int
    label: str

    @property
    def middle(self) -> int:
        """Where its words stand."""
        return self.x + self.width // 2


@dataclasses.dataclass(frozen=True)
class Chart:
    """A picture of bars with a title and a description in words. ``hatch``: whether a bar has a second part."""

    id: str
    title: str
    description: str
    bars: tuple[Bar, ...]
    hatch: bool = False
    width: int = _WIDTH
    height: int = _HEIGHT
    base: int = _BASE


def ages(ages_: Ages, labels: typing.Sequence[str], title: str, words: typing.Callable[..., str]) -> Chart:
    """The histogram of ages.

    :param labels: of the bars, in their order.
    :param words: gives a text by its name.
    """
    counts = [(column.within, column.over) for column in ages_.bars]
    values = ", ".join(f"{label}: {column.count}" for label, column in zip(labels, ages_.bars, strict=True))
    description = words("ages_description", bars=values, unseen=ages_.unseen)
    return Chart("ages-", title, description, _bars(counts, labels), hatch=any(over for _within, over in counts))


def months(calendar: Calendar, title: str) -> Chart:
    """How much falls due in each month."""
    counts = [(len(month.entries), 0) for month in calendar.months]
    labels = [month.name[2:] for month in calendar.months]
    description = ", ".join(f"{month.name}: {len(month.entries)}" for month in calendar.months)
    return Chart("months-", title, description, _bars(counts, labels))


def _bars(counts: typing.Sequence[tuple[int, int]], labels: typing.Sequence[str]) -> tuple[Bar, ...]:
    highest = max((within + over for within, over in counts), default=0) or 1
    step, room = _WIDTH // max(1, len(counts)), _BASE - _TOP

    def high(count: int) -> int:
        # what there is at all can be seen
        return max(2, count * room // highest) if count else 0

    return tuple(
        Bar(place * step + step // 8, step * 3 // 4, high(within), high(over), within + over, label)
        for place, ((within, over), label) in enumerate(zip(counts, labels, strict=True))
    )
