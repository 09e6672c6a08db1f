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
import hashlib
import os
import pathlib
import time
import typing

from . import _run_folder
from ._clock import TellingClock


class LookAgain(Exception):
    """Another task of the run changed the thing since this one looked at it: what is to be done shows when it looks
    again, with its turn."""


class Turn:
    """A turn that was taken.

    :ivar others_changed: whether another task of the run may have changed the thing since this one began.
    """

    def __init__(self, file: int, *, others_changed: bool) -> None:
        self._file = file
        self._is_changed = False
        self.others_changed = others_changed

    def change(self) -> None:
        """Note that it is changed, for those that come after; before the first request, as it may be the last."""
        self._is_changed = True
        self._note()

    def end(self) -> None:
        """Give the turn away, as the end of the process does."""
        if self._is_changed:
            self._note()
        os.close(self._file)

    def _note(self) -> None:
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
        self._own: dict[str, Turn] = {}

    @contextlib.contextmanager
    def take(self, name: str) -> typing.Iterator[Turn | None]:
        """Wait for one's turn with a thing, and keep it for a block.

        :param name: the thing, as in "the key https://contoso-kv.vault.azure.net/keys/cmk", in any case.
        :returns: None where there is nobody to take turns with.
        """
        turn = self._take(name)
        try:
            yield turn
        finally:
            if turn:
                turn.end()

    def hold(self, name: str) -> None:
        """Wait for one's turn with a thing that is about to be changed, and keep it until :meth:`release`.

        :raises LookAgain: when it may be another thing than it was; the turn is kept, and taken for granted the next
            time.
        """
        # whoever has a turn already would wait for itself: Azure spells an id now so, now so
        if name.lower() in self._own:
            return
        turn = self._take(name)
        if turn is None:
            return
        self._own[name.lower()] = turn
        turn.change()
        if turn.others_changed:
            raise LookAgain

    def release(self) -> None:
        """Give all turns away."""
        while self._own:
            self._own.popitem()[1].end()

    def _take(self, name: str) -> Turn | None:
        if self._folder is None:
            return None
        digest = hashlib.sha256(name.lower().encode()).hexdigest()
        file = _run_folder.lock_file(self._folder, f"turn-{digest}")
        if file is None:
            return None
        why = f"another task of this run to be done with {name}"
        try:
            has_waited = _run_folder.lock(file, lambda seconds: self._clock.sleep(seconds, why))
            text = os.pread(file, 40, 0)
        except BaseException:
            os.close(file)
            raise
        return Turn(file, others_changed=has_waited or (text.isdigit() and int(text) > self._began))
