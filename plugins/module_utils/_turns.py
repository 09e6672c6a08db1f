# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""One after the other: tasks and forks of one run that would change the same thing take turns.

Ten hosts whose registries share a key would else make ten versions of it. A turn is a lock on a file in the run's own
folder; where there is none (a module run by hand, another host), nobody is waited for, and what Azure answers decides.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pathlib
import time
import typing

from ._clock import TellingClock

#: Seconds between two tries to take a turn.
_TRY = 0.05


class Turn:
    """A turn that was taken.

    :ivar others_changed: whether another task of the run changed the thing since this one began: look again.
    """

    def __init__(self, file: int | None, began: int) -> None:
        self._file = file
        self.others_changed = self._changed_at() > began

    def _changed_at(self) -> int:
        """When the thing was changed last by a task of this run, in nanoseconds; 0 if it was not."""
        text = os.pread(self._file, 40, 0) if self._file is not None else b""
        return int(text) if text.isdigit() else 0

    def change(self) -> None:
        """Note that it is changed, for those that come after; before the first request, as it may be the last."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                # as wide as the next one, which overwrites it
                os.pwrite(self._file, b"%030d" % time.time_ns(), 0)


class Turns:
    """The turns of one task.

    :param folder: the run's own, None where there is none.
    """

    def __init__(self, folder: pathlib.Path | None, clock: TellingClock) -> None:
        self._folder = folder
        self._clock = clock
        self._began = time.time_ns()
        self._own: set[str] = set()

    @contextlib.contextmanager
    def take(self, name: str) -> typing.Iterator[Turn]:
        """Wait for one's turn with a thing, and keep it; a task that has it already goes on.

        :param name: the thing, as in "the key https://contoso-kv.vault.azure.net/keys/cmk".
        """
        file = None if name in self._own else self._open(name)
        if file is None:
            yield Turn(None, self._began)
            return
        try:
            self._lock(file, name)
            self._own.add(name)
            yield Turn(file, self._began)
        finally:
            self._own.discard(name)
            # closing it gives the turn away, as the end of the process does
            os.close(file)

    def _open(self, name: str) -> int | None:
        if self._folder is None:
            return None
        digest = hashlib.sha256(name.lower().encode()).hexdigest()
        try:
            return os.open(self._folder / f"turn-{digest}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            # a full disk keeps nobody from an emergency
            return None

    def _lock(self, file: int, name: str) -> None:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                self._clock.sleep(_TRY, f"another task of this run to be done with {name}")
            except OSError:
                # a file system that knows no locks
                return
