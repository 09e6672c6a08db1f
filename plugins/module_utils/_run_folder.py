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
import math
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


#: Seconds after which to look again whether a lock is free.
_EVERY = 0.05


def lock_file(folder: pathlib.Path, name: str) -> int | None:
    """A file to be locked, opened; None where there can be none: nobody is kept from his work by a full disk.

    :param name: of the file in the folder.
    """
    try:
        return os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def lock(file: int, sleep: typing.Callable[[float], None], seconds: float = math.inf) -> bool:
    """Wait until a file is locked for this process and thread alone; whether it had to be waited for.

    The system takes the lock back from a process that ends. After the wait, and where the file system knows no locks,
    it goes on without one: what is done must be right all the same.

    :param sleep: waits for some seconds.
    :param seconds: how long to wait in all.
    """
    waited = 0.0
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if waited >= seconds:
                return True
        except OSError:
            return waited > 0
        else:
            return waited > 0
        sleep(_EVERY)
        waited += _EVERY


@contextlib.contextmanager
def turn(
    folder: pathlib.Path, name: str, sleep: typing.Callable[[float], None], seconds: float
) -> typing.Iterator[None]:
    """A block for one at a time, as of :func:`lock`.

    :param name: of the lock, a file's name in the folder.
    """
    file = lock_file(folder, name)
    if file is None:
        yield
        return
    try:
        lock(file, sleep, seconds)
        yield
    finally:
        os.close(file)
