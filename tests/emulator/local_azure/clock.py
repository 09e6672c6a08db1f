# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local Azure's own clock: it runs with the real one and can be moved forward."""

from __future__ import annotations

import datetime
import functools
import re
import time

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII)


class Clock:
    """Real time plus an offset, so that an hour can pass in a millisecond.

    :param offset: seconds by which this clock is ahead of the real one.
    """

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """Seconds since 1970 (UTC) on this clock."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        :raises ValueError: for a negative number; Azure's time does not run backwards.
        """
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self.offset += seconds


def _utc(epoch: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)


def moment(text: str) -> datetime.datetime:
    """The moment of a text in the form of RFC 3339; what is finer than microseconds is left out.

    :raises ValueError: for another form, and for what only has the form, as the thirtieth of February.
    """
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no moment")
    zone = match[3].replace("Z", "+00:00")
    return datetime.datetime.fromisoformat(f"{match[1]}.{(match[2] or '0').ljust(6, '0')[:6]}{zone}")


def iso_seven(epoch: float) -> str:
    """``2026-01-31T10:00:00.1234560Z``: seven digits and Z, as Resource Manager services write creation dates."""
    return iso_offset(epoch)[:-6] + "0Z"


def iso_offset(epoch: float) -> str:
    """``2026-01-31T10:00:00.123456+00:00``: the form of a registry's ``systemData``."""
    return _utc(epoch).isoformat(timespec="microseconds")


def iso_millis(epoch: float) -> str:
    """``2026-01-31T10:00:00.123Z``: the form of a vault's ``systemData``."""
    return _utc(epoch).strftime("%Y-%m-%dT%H:%M:%S.") + f"{_utc(epoch).microsecond // 1000:03d}Z"


def iso_plain(epoch: float) -> str:
    """``2026-01-31T10:00:00Z``."""
    return _utc(epoch).strftime("%Y-%m-%dT%H:%M:%SZ")


def spaced(epoch: float) -> str:
    """``2026-01-31 10:00:00Z``: the form of sign-in errors and of a vault's purge operation."""
    return _utc(epoch).strftime("%Y-%m-%d %H:%M:%SZ")


def http_date(epoch: float) -> str:
    """``Sat, 31 Jan 2026 10:00:00 GMT``: the HTTP ``Date`` header."""
    return _http_second(int(epoch))


@functools.lru_cache(maxsize=8)
def _http_second(epoch: int) -> str:
    return _utc(epoch).strftime("%a, %d %b %Y %H:%M:%S GMT")


def us_date(epoch: float) -> str:
    """``1/31/2026 10:00:00 AM``: the form inside Resource Manager's expired-token message."""
    moment = _utc(epoch)
    hour = moment.hour % 12 or 12
    half = "AM" if moment.hour < 12 else "PM"
    return f"{moment.month}/{moment.day}/{moment.year} {hour}:{moment.minute:02d}:{moment.second:02d} {half}"
