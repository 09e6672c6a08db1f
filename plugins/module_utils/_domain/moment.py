# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Moments: Azure writes them as ISO 8601 with up to seven digits of a second, people as a date or a date with time."""

from __future__ import annotations

import datetime
import re

from .failure import Failure
from .words import shown

_DIGITS = re.compile(r"(\.\d{6})\d+")
#: The first second of the year 1 and of the year 10000, in UTC: the moments that have a year of four digits.
_LEAST, _END = -62135596800.0, 253402300800.0


def epoch(text: str | None) -> float | None:
    """Seconds since 1970 of a moment that Azure wrote; None for none or for what cannot be read.

    Likewise for one that :func:`iso` could not say again: in UTC it would be before the year 1 or after the year 9999.
    """
    if not text:
        return None
    try:
        moment = datetime.datetime.fromisoformat(_DIGITS.sub(r"\1", text.strip()).replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.timezone.utc)
        seconds = moment.timestamp()
        return seconds if _LEAST <= seconds < _END else None
    except (ValueError, OverflowError):
        return None


def parse(text: str, *, parameter: str) -> float:
    """Seconds since 1970 of a moment that a person wrote; without a zone it is UTC.

    :raises Failure: for anything that is no ISO 8601 date.
    """
    value = epoch(str(text))
    # Key Vault counts from 1970 on
    if value is None or value < 0:
        raise Failure(
            f"{shown(text)} is not a moment.",
            parameter=parameter,
            hint="Write 2027-01-31 or 2027-01-31T12:00:00Z.",
            code="invalid_moment",
        )
    return value


def iso(seconds: float | None) -> str | None:
    """``2027-01-31T12:00:00Z``; None for none, or for one without a year of four digits."""
    if seconds is None or not _LEAST <= seconds < _END:
        return None
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
