# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Waiting: by a clock that can be another in tests, and telling what is waited for if it takes long; and being told to
end."""

from __future__ import annotations

import threading
import time
import typing

#: Seconds of waiting before anything is told, and between two tellings: a log is not to be flooded.
PATIENCE, EVERY = 5.0, 60.0


class Clock(typing.Protocol):
    """Seconds on a clock that never goes back, and waiting by it."""

    def monotonic(self) -> float:
        """Seconds since any moment."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Stopped(BaseException):
    """The end of whatever would begin something although the task was told to end.

    No :class:`Exception`: nothing that mends failures may take it for one and try again.
    """


class Stop:
    """Whether a task was told to end: by a time-out, by a signal, or because nobody reads its result any more.

    :param unheard: says whether nobody is left to read the result.
    """

    def __init__(self, unheard: typing.Callable[[], bool] = lambda: False) -> None:
        self._event = threading.Event()
        self._unheard = unheard

    def set(self) -> None:
        """Let nothing begin from now on, and wake who waits."""
        self._event.set()

    def check(self) -> None:
        """Go on, unless the task was told to end.

        :raises Stopped: if it was.
        """
        if self._unheard():
            self._event.set()
        if self._event.is_set():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until the task is told to end.

        :raises Stopped: if it was.
        """
        self._event.wait(seconds)
        self.check()


class SystemClock:
    """The real clock.

    :param stop: what ends a wait before its time.
    """

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait.

        :raises Stopped: if the task was told to end.
        """
        self._stop.sleep(seconds)


class TellingClock:
    """A clock that says what is waited for.

    :param clock: the clock underneath.
    :param tell: takes a line, such as "Waiting for your right to the keys to count, 65 s so far."
    :param stop: what tells the task to end.
    """

    def __init__(self, clock: Clock, tell: typing.Callable[[str], None], stop: Stop | None = None) -> None:
        self._clock, self._tell = clock, tell
        self.stop = stop or Stop()
        #: reason: when the wait began, and when it was told of last
        self._waits: dict[str, tuple[float, float | None]] = {}

    def monotonic(self) -> float:
        """Seconds on the clock underneath."""
        return self._clock.monotonic()

    def tell(self, line: str) -> None:
        """Tell how far something is."""
        self._tell(line)

    def sleep(self, seconds: float, why: str = "Azure") -> None:
        """Wait.

        :param why: what for, as in "the registry to report the new version".
        """
        now = self.monotonic()
        began, told = self._waits.get(why, (now, None))
        due = now + seconds - began >= PATIENCE if told is None else now - told >= EVERY
        if due:
            self._tell(f"Waiting for {why}, {int(now - began)} s so far.")
            told = now
        self._waits[why] = (began, told)
        self._clock.sleep(seconds)
