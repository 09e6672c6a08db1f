# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The temporary folder of a local Azure: it holds a certificate authority's key, so it goes when its process goes.

What a process left that was killed without a chance to tidy up goes at the next start of another one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import shutil
import stat
import tempfile
import weakref

_PREFIX = "local-azure-"
#: Held locked for as long as the process lives: the system lets go of it however the process ends.
_LOCK = "in-use"


class Folder:
    """A folder for one local Azure, for its owner alone."""

    def __init__(self) -> None:
        _sweep()
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=_PREFIX))
        # under its name only once it is locked: a folder without it is somebody's who is just beginning
        fresh = self.path / f"{_LOCK}.new"
        self._lock = os.open(fresh, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        fresh.rename(self.path / _LOCK)
        self._end = weakref.finalize(self, _end, self.path, self._lock, os.getpid())

    def remove(self) -> None:
        """Remove it with all that is in it."""
        self._end()


def _end(path: pathlib.Path, lock: int, owner: int) -> None:
    if os.getpid() != owner:
        # a fork ends, not the process whose folder it is
        return
    shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):
        os.close(lock)


def _sweep() -> None:
    """Remove the folders of this user's processes that are gone."""
    for path in pathlib.Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            found = path.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and _is_left(path / _LOCK):
                shutil.rmtree(path, ignore_errors=True)


def _is_left(lock: pathlib.Path) -> bool:
    """Whether nobody holds a lock any more.

    :raises OSError: when there is none.
    """
    handle = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
