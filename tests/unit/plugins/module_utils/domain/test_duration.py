# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import duration, moment
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure

DAY = 86400
CASES = {
    "0d": (0, 0),
    "90d": (0, 90 * DAY),
    "90 d": (0, 90 * DAY),
    "12h": (0, 12 * 3600),
    "2W": (0, 14 * DAY),
    "30m": (0, 1800),
    "5s": (0, 5),
    "P90D": (0, 90 * DAY),
    "p90d": (0, 90 * DAY),
    "P3M": (3, 0),
    "P1Y": (12, 0),
    "P12M": (12, 0),
    "P1Y2M3DT4H5M6S": (14, 3 * DAY + 4 * 3600 + 5 * 60 + 6),
    "P2W": (0, 14 * DAY),
    "PT1H": (0, 3600),
    "P0D": (0, 0),
}


@pytest.mark.parametrize(("text", "parts"), CASES.items())
def test_both_forms(text, parts):
    known = duration.parse(text, parameter="max_age")
    assert (known.months, known.seconds) == parts
    assert duration.parse(str(known), parameter="again") == known


@pytest.mark.parametrize(
    "text", ["", "d", "90", "-1d", "90x", "P", "PT", "P90", "90 days", "1d2h", "P-1D", "never", "1.5d"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(Failure) as caught:
        duration.parse(text, parameter="max_age")
    assert caught.value.parameter == "max_age"
    assert "90d" in caught.value.hint


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (59, "59 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (7200, "2 hours"),
        (47 * 3600, "47 hours"),
        (48 * 3600, "2 days"),
        (95.5 * DAY, "95 days"),
    ],
)
def test_words(seconds, words):
    assert duration.words(seconds) == words


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-15T08:00:00Z",
        "2027-01-15T08:00:00.0000000Z",
        "2027-01-15T08:00:00.000000+00:00",
        "2027-01-15T10:00:00+02:00",
        "2027-01-15T08:00:00",
    ],
)
def test_every_way_of_writing_a_moment_means_the_same(text):
    assert moment.epoch(text) == 1800000000.0
    assert moment.parse(text, parameter="p") == 1800000000.0
    assert moment.iso(moment.epoch(text)) == "2027-01-15T08:00:00Z"


@pytest.mark.parametrize("text", ["", "soon", "31.12.2027", "2027-13-01"])
def test_no_moment(text):
    assert moment.epoch(text) is None
    with pytest.raises(Failure):
        moment.parse(text, parameter="expires_on")
