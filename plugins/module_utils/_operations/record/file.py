# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Records in a file: for its owner alone, locked while it is written, and on the disk before anything goes on."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pathlib
import stat
import typing

from ..._domain.failure import Failure
from ..._rules.record import chain
from ..._rules.record.chain import Tail

#: How much of the end is read at first, in bytes.
_WINDOW = 1 << 18
#: Seconds after which to look again whether the lock is free.
_EVERY = 0.05
#: How often a reader looks before it goes on without one.
_TURNS = 100
_READING = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_WRITING = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class RecordFile:
    """A record in a file.

    :param path: its whole path; may begin with ``~/``.
    :param home: what ``~`` stands for.
    :param sleep: waits for some seconds, and says what for.
    :param patience: seconds to wait for another writer.
    """

    def __init__(self, path: str, home: str, sleep: typing.Callable[[float, str], None], patience: float) -> None:
        self.path = pathlib.Path(home + path[1:] if path.startswith("~/") else path)
        self._sleep = sleep
        self._patience = patience

    def read(self) -> bytes | None:
        """All that is there; None if there is no such file.

        :raises Failure: when it cannot be read.
        """
        with self._reading() as file:
            return None if file is None else self._part(file, 0, os.fstat(file).st_size)

    def end(self) -> Tail:
        """The end of what is there.

        :raises Failure: when it cannot be read.
        """
        with self._reading() as file:
            return Tail() if file is None else self._tail(file, os.fstat(file).st_size)

    @contextlib.contextmanager
    def _reading(self) -> typing.Iterator[int | None]:
        """The file, while no writer is in the middle of a line, as far as can be waited for."""
        try:
            file = os.open(self.path, _READING)
        except FileNotFoundError:
            yield None
            return
        except OSError as error:
            raise self._trouble(error, "read") from error
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise self._refused("it is no file")
            for _turn in range(_TURNS):
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    self._sleep(_EVERY, "a writer of the record")
                    continue
                except OSError:
                    # where nobody may lock it, nobody writes it either
                    pass
                break
            yield file
        finally:
            os.close(file)

    def check_writable(self) -> None:
        """Look whether a record could be written, without writing anything.

        :raises Failure: when it could not.
        """
        file = self._opened()
        if file is not None:
            try:
                self._check(file)
                self._tail(file, os.fstat(file).st_size)
            finally:
                os.close(file)
            return
        if not os.access(self.path.parent, os.W_OK | os.X_OK):
            raise self._no_folder()

    def append(self, make: typing.Callable[[Tail], bytes], *, begins: bool = False) -> None:
        """Write lines after the last one, while nobody else does.

        :param make: takes the end of what is there; returns the lines.
        :param begins: more is to be written; how much room there is, a file does not say.
        :raises Failure: when they cannot be written; nothing is left of them then, as far as the system lets it.
        """
        del begins
        file, is_new = self._locked()
        try:
            size = os.fstat(file).st_size
            end = self._tail(file, size)
            self._write(file, end.gap + make(end), size)
            if is_new or size == 0:
                self._keep_folder()
        finally:
            os.close(file)

    # --- opening and locking ---------------------------------------------------------------------------------------

    def _opened(self) -> int | None:
        """The file, opened for writing; None if there is none."""
        try:
            return os.open(self.path, _WRITING)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._trouble(error, "written") from error

    def _made(self) -> int | None:
        """The file, made just now; None if somebody else has made it meanwhile."""
        try:
            return os.open(self.path, _WRITING | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return None
        except FileNotFoundError as error:
            raise self._no_folder() from error
        except OSError as error:
            raise self._trouble(error, "written") from error

    def _locked(self) -> tuple[int, bool]:
        """The file, locked for this writer alone, and whether it was made just now."""
        waited = 0.0
        while True:
            file, is_new = self._opened(), False
            if file is None:
                file, is_new = self._made(), True
            if file is None:
                continue
            try:
                self._check(file)
                if self._lock(file) and self._is_current(file):
                    self._keep_private(file)
                    return file, is_new
            except BaseException:
                os.close(file)
                raise
            os.close(file)
            if waited >= self._patience:
                raise Failure(
                    f"Somebody else has held the record {self.path} for {int(waited)} s.",
                    parameter="record",
                    hint="Look which process has it (fuser, lsof), then run the same task again.",
                    code="record_locked",
                )
            self._sleep(_EVERY, "another writer of the record")
            waited += _EVERY

    def _lock(self, file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            # without a lock two writers would break it
            raise self._trouble(error, "locked") from error
        return True

    def _is_current(self, file: int) -> bool:
        """Whether this is still the file of that name, and no one moved it away while this waited."""
        try:
            now = os.stat(self.path, follow_symlinks=False)
        except OSError:
            return False
        return os.path.samestat(now, os.fstat(file))

    def _keep_private(self, file: int) -> None:
        """Nobody else reads it either, however it was made."""
        if os.fstat(file).st_mode & 0o077:
            with contextlib.suppress(OSError):
                os.fchmod(file, 0o600)

    def _check(self, file: int) -> None:
        """Nobody else may have a hand in it."""
        state = os.fstat(file)
        if not stat.S_ISREG(state.st_mode):
            raise self._refused("it is no file")
        if state.st_uid != os.geteuid():
            raise self._refused("it is somebody else's")
        if state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise self._refused("others may write it", hint=f"chmod 600 {self.path}")
        if state.st_nlink > 1:
            raise self._refused("it has another name too (a hard link)")

    # --- reading the end, and writing ------------------------------------------------------------------------------

    def _tail(self, file: int, size: int) -> Tail:
        window = _WINDOW
        while True:
            start = max(0, size - window)
            end = chain.tail(self._part(file, start, size), is_all=start == 0, place=self.path)
            if end is not None:
                return end
            window *= 4

    def _part(self, file: int, start: int, end: int) -> bytes:
        parts = []
        while start < end:
            try:
                part = os.pread(file, end - start, start)
            except OSError as error:
                raise self._trouble(error, "read") from error
            if not part:
                break
            parts.append(part)
            start += len(part)
        return b"".join(parts)

    def _write(self, file: int, data: bytes, size: int) -> None:
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(file, left) :]
            os.fsync(file)
        except OSError as error:
            # half a line would have to be told of for ever
            with contextlib.suppress(OSError):
                os.ftruncate(file, size)
            raise self._trouble(error, "written") from error

    def _keep_folder(self) -> None:
        """Have the file's name on the disk too."""
        try:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EACCES):
                raise self._trouble(error, "written") from error

    # --- words -----------------------------------------------------------------------------------------------------

    def _no_folder(self) -> Failure:
        return Failure(
            f"{self.path.parent} is no folder that can be written to.",
            parameter="record",
            hint="Make it first, for this user alone, or give another path.",
            code="record_unwritable",
        )

    def _refused(self, why: str, hint: str = "Give the path of a file of your own.") -> Failure:
        text = f"{self.path} cannot be a record: {why}."
        return Failure(text, parameter="record", hint=hint, code="record_unwritable")

    def _trouble(self, error: OSError, what: str) -> Failure:
        if error.errno == errno.ELOOP:
            return self._refused("it is a link")
        return Failure(
            f"The record {self.path} cannot be {what}: {error.strerror}.",
            parameter="record",
            hint="Make room or give the right to it, then run the same task again; or give another place.",
            code="record_unreadable" if what == "read" else "record_unwritable",
        )
