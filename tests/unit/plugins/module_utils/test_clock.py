# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is told of waiting, and how often."""

from __future__ import annotations

from ansible_collections.ownkey.acr.plugins.module_utils._clock import TellingClock


class Still:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def told(*waits: tuple[float, str]) -> list[str]:
    lines: list[str] = []
    clock = TellingClock(Still(), lines.append)
    for seconds, why in waits:
        clock.sleep(seconds, why)
    return lines


def test_a_short_wait_is_not_worth_a_word():
    assert told((1, "a"), (1, "a"), (2, "b")) == []


def test_a_long_wait_says_what_for_and_then_once_a_minute():
    assert told(*[(2, "the key")] * 70) == [
        "Waiting for the key, 4 s so far.",
        "Waiting for the key, 64 s so far.",
        "Waiting for the key, 124 s so far.",
    ]


def test_one_long_sleep_is_told_before_it_begins():
    assert told((600, "roles")) == ["Waiting for roles, 0 s so far."]
