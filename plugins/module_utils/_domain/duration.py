# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Durations: ``90d``, ``12h``, ``0d`` as people write them, and ISO 8601 (``P90D``) as Azure does."""

from __future__ import annotations

import dataclasses
import re

from .failure import Failure
from .words import shown

_SHORT = re.compile(r"([0-9]{1,9})\s*([smhdwSMHDW])")
_ISO = re.compile(
    r"P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?",
    re.IGNORECASE | re.ASCII,
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
#: A calendar month in seconds where a length in seconds is needed: the mean month of the Gregorian calendar.
MONTH = 2629746
#: A thousand years in seconds: reckoning with more leaves the calendar.
LONGEST = 12000 * MONTH


@dataclasses.dataclass(frozen=True)
class Duration:
    """Calendar months and seconds, kept apart: P3M and P90D are not the same."""

    months: int
    seconds: int

    @property
    def total_seconds(self) -> int:
        """Length in seconds; a month counts with its mean length."""
        return self.months * MONTH + self.seconds

    def __str__(self) -> str:
        parts = []
        years, months = divmod(self.months, 12)
        days, rest = divmod(self.seconds, 86400)
        for number, unit in ((years, "Y"), (months, "M"), (days, "D")):
            parts += [f"{number}{unit}"] if number else []
        hours, rest = divmod(rest, 3600)
        minutes, seconds = divmod(rest, 60)
        times = [f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number]
        return "P" + "".join(parts) + ("T" + "".join(times) if times else "") if parts or times else "P0D"


def parse(text: str, *, parameter: str) -> Duration:
    """Read a duration in either form.

    :param parameter: the module option it came from.
    :raises Failure: for anything else.
    """
    written = str(text).strip()
    length = _read(written)
    if length and length.total_seconds <= LONGEST:
        return length
    raise Failure(
        f"{shown(written)} is {'longer than anything lasts' if length else 'not a duration'}.",
        parameter=parameter,
        hint="Write 90d, 12h, 0d, or ISO 8601 as in P90D.",
        code="invalid_duration",
    )


def _read(written: str) -> Duration | None:
    short = _SHORT.fullmatch(written)
    if short:
        return Duration(0, int(short[1]) * _UNITS[short[2].lower()])
    iso = _ISO.fullmatch(written)
    if not iso or all(part is None for part in iso.groups()):
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
    return Duration(years * 12 + months, weeks * 604800 + days * 86400 + hours * 3600 + minutes * 60 + seconds)


def words(seconds: float) -> str:
    """A length of time for people: ``95 days``, ``3 hours``, ``40 seconds``."""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}s"
    return "1 second" if int(seconds) == 1 else f"{int(seconds)} seconds"
