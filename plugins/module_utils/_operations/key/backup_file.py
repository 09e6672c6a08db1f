# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A key's backup in a file: what Key Vault sealed, which only Key Vault can open; readable by its owner alone."""

from __future__ import annotations

import contextlib
import os
import pathlib

from ..._domain.failure import Failure


def moment(path: str) -> float | None:
    """When a backup was made, seconds since 1970 by Azure's clock; None if there is none."""
    try:
        return pathlib.Path(path).expanduser().stat().st_mtime
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _trouble(path, "read", error, "backup_file") from error


def read(path: str) -> bytes:
    """A backup's content.

    :raises Failure: when it cannot be read.
    """
    try:
        return pathlib.Path(path).expanduser().read_bytes()
    except OSError as error:
        raise _trouble(path, "read", error, "restore_file") from error


def check_writable(path: str) -> None:
    """A backup that could not be written is refused before anything is changed.

    :raises Failure: when there is no such folder, or it may not be written to.
    """
    folder = pathlib.Path(path).expanduser().parent
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Failure(
            f"{folder} is no folder that can be written to.",
            parameter="backup_file",
            hint="Make it first, or give another path.",
            code="unwritable_file",
        )


def write(path: str, data: bytes, at: float) -> None:
    """Write a backup: a new file beside it, for its owner alone, put in its place when it is whole.

    :param at: Azure's time, kept as the file's own, so that it can be compared with the key's versions.
    :raises Failure: when it cannot be written.
    """
    target = pathlib.Path(path).expanduser()
    fresh = target.with_name(f".{target.name}.new")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(data)
            stream.flush()
            # on the disk before it takes the old one's place: neither a full disk nor a power cut leaves half of one
            os.fsync(stream.fileno())
        os.utime(fresh, (at, at))
        os.replace(fresh, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise _trouble(path, "written", error, "backup_file") from error


def _trouble(path: str, what: str, error: OSError, parameter: str) -> Failure:
    return Failure(f"{path} cannot be {what}: {error.strerror}.", parameter=parameter, code="unreadable_file")
