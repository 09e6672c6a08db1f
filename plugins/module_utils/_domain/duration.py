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

_SHORT = re.compile(r"(\d+)\s*([smhdwSMHDW])")
_ISO = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.IGNORECASE
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
#: A calendar month in seconds where a length in seconds is needed: the mean month of the Gregorian calendar.
MONTH = 2629746


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
    short = _SHORT.fullmatch(written)
    if short:
        return Duration(0, int(short[1]) * _UNITS[short[2].lower()])
    iso = _ISO.fullmatch(written)
    if iso and any(part is not None for part in iso.groups()):
        years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in iso.groups())
        return Duration(years * 12 + months, weeks * 604800 + days * 86400 + hours * 3600 + minutes * 60 + seconds)
    raise Failure(
        f"{written!r} is not a duration.",
        parameter=parameter,
        hint="Write 90d, 12h, 0d, or ISO 8601 as in P90D.",
        code="invalid_duration",
    )


def words(seconds: float) -> str:
    """A length of time for people: ``95 days``, ``3 hours``, ``40 seconds``."""
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}s"
    return "1 second" if int(seconds) == 1 else f"{int(seconds)} seconds"
