# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The folder that all tasks and forks of one ``ansible-playbook`` run on the controller share.

The action plugin makes it, and names it to the operation in the environment. Whoever is told of it looks
whether it is the user's own.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import stat
import typing

#: The environment variable that names it.
VARIABLE = "OWNKEY_ACR_RUN_FOLDER"
_NAME = "ownkey.acr"


def shared(environ: typing.Mapping[str, str]) -> pathlib.Path | None:
    """The run's folder; None where there is none: on another host, for a module run by hand, when the run is over.

    :param environ: environment variables. What they name counts only if it is a directory of this user's that nobody
        else can read, and no link.
    """
    text = environ.get(VARIABLE)
    return _checked(pathlib.Path(text)) if text else None


def provided(parent: str) -> pathlib.Path | None:
    """The run's folder, made by whichever of its processes comes first; None if it cannot be had.

    :param parent: the run's own temporary folder.
    """
    path = path_below(parent)
    with contextlib.suppress(OSError):
        path.mkdir(mode=0o700)
    return _checked(path)


def path_below(parent: str) -> pathlib.Path:
    """Where the run's folder is, below the run's own temporary folder."""
    return pathlib.Path(parent, _NAME)


def _checked(path: pathlib.Path) -> pathlib.Path | None:
    try:
        state = path.lstat()
    except (OSError, ValueError):
        return None
    is_own = stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid() and stat.S_IMODE(state.st_mode) == 0o700
    return path if is_own and path.is_absolute() else None


@contextlib.contextmanager
def turn(
    folder: pathlib.Path, name: str, sleep: typing.Callable[[float], None], seconds: float
) -> typing.Iterator[None]:
    """One process and one thread at a time; the system ends the turn of a process that ends.

    After the wait, and where the folder is gone or its file system knows no locks, it goes on without: what is done in
    turn must be right out of turn too.

    :param name: of the lock, a file's name in the folder.
    :param sleep: waits for some seconds.
    :param seconds: how long to wait in all.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            lock = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            stack.callback(os.close, lock)
            looks = int(seconds / _EVERY)
            while not _is_taken(lock) and looks > 0:
                sleep(_EVERY)
                looks -= 1
        yield


#: Seconds after which to look again whether it is one's turn.
_EVERY = 0.05


def _is_taken(lock: int) -> bool:
    """Take a lock, unless somebody else has it.

    :raises OSError: where the file system knows no locks.
    """
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
