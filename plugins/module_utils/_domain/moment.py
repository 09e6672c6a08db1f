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


def epoch(text: str | None) -> float | None:
    """Seconds since 1970 of a moment that Azure wrote; None for none or for what cannot be read."""
    if not text:
        return None
    try:
        moment = datetime.datetime.fromisoformat(_DIGITS.sub(r"\1", text.strip()).replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.timezone.utc)
        return moment.timestamp()
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
    """``2027-01-31T12:00:00Z``."""
    if seconds is None:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
