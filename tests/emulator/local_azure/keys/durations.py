# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ISO 8601 durations, by the calendar."""

from __future__ import annotations

import datetime
import re

from . import errors

#: The last second that a date can tell: the year 9999 ends.
LAST = 253402300799
_ISO = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def add_duration(moment: float, text: str, sign: int = 1) -> float:
    """A moment plus (or minus) an ISO 8601 duration; months and years by the calendar.

    What would be outside of 1970 to 9999 is the end of it, as time goes on for a policy that was good once.

    :raises Refusal: 400 BadParameter for a text that is no duration.
    """
    match = _ISO.fullmatch(text)
    if not match or text in ("P", "PT"):
        raise errors.bad_parameter(f"'{text}' is not a valid ISO 8601 duration.")
    try:
        return min(max(_added(moment, match.groups(), sign), 0), LAST)
    except (OverflowError, ValueError):
        return LAST if sign > 0 else 0


def _added(moment: float, parts: tuple[str | None, ...], sign: int) -> float:
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in parts)
    at = datetime.datetime.fromtimestamp(moment, datetime.timezone.utc)
    count = at.year * 12 + at.month - 1 + sign * (years * 12 + months)
    year, month = count // 12, count % 12 + 1
    last = (datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)).day
    at = at.replace(year=year, month=month, day=min(at.day, last))
    rest = datetime.timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return (at + sign * rest).timestamp()
