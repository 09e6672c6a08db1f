# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Reports in a folder: each in a folder of its own below it, which is there whole or not at all."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import pathlib
import re
import shutil
import typing

from ..._domain.failure import Failure
from ..._rules.report.change import Change, Earlier, earlier

#: The report's JSON, which the next one is compared with.
JSON_NAME = "report.json"
_NAME = re.compile(r"acr-cmk-report-[0-9]{8}T[0-9]{6}Z(?:-[0-9]{1,4})?", re.ASCII)
#: The largest JSON of an earlier report that is read, in bytes.
_LARGEST = 512 * 1024 * 1024


def name_at(made: float) -> str:
    """What a report made at a moment is called; names sort by time.

    :param made: seconds since 1970.
    """
    return datetime.datetime.fromtimestamp(made, datetime.timezone.utc).strftime("acr-cmk-report-%Y%m%dT%H%M%SZ")


def is_name(text: str) -> bool:
    """Whether something is called as a report is."""
    return bool(_NAME.fullmatch(text))


def read_earlier(path: pathlib.Path) -> tuple[Earlier | None, Change]:
    """An earlier report's JSON; if it cannot be read, why."""
    try:
        if path.stat().st_size > _LARGEST:
            return None, Change("unreadable", f"{path} is too large.")
        return parsed(path.read_bytes(), str(path))
    except OSError as error:
        return None, Change("unreadable", f"{path}: {error.strerror}.")


def parsed(data: bytes, name: str) -> tuple[Earlier | None, Change]:
    """The same from what a file holds.

    :param name: of the file, for the reason.
    """
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return None, Change("unreadable", f"{name} is no JSON.")
    report = earlier(body) if isinstance(body, dict) else None
    return (
        (report, Change()) if report else (None, Change("unreadable", f"{name} is no report that this version knows."))
    )


class Folder:
    """A folder of reports on the host that runs this.

    :param path: ``~`` stands for the home folder.
    """

    def __init__(self, path: str) -> None:
        self._path = pathlib.Path(path).expanduser()

    def check(self) -> None:
        """Refuse a place that could not be written to, before anything is asked of Azure.

        :raises Failure: when there is no such folder and none can be made, or it may not be written to.
        """
        place = self._path
        while not place.exists() and place != place.parent:
            place = place.parent
        if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
            raise Failure(
                f"{self._path} is no folder that can be written to.",
                parameter="to",
                hint="Give another one, or make it first.",
                code="unwritable_file",
            )

    def last(self) -> tuple[Earlier | None, Change]:
        """The newest report in it; a newest one that cannot be read is told, and no older one taken for it.

        :raises Failure: when nobody can say what is in the folder.
        """
        try:
            names = [entry.name for entry in self._path.iterdir() if is_name(entry.name)]
        except FileNotFoundError:
            return None, Change()
        except OSError as error:
            raise _trouble(self._path, error) from error
        # one without JSON was not asked for any: there is nothing to compare with
        with_json = [name for name in names if (self._path / name / JSON_NAME).exists()]
        return read_earlier(self._path / max(with_json) / JSON_NAME) if with_json else (None, Change())

    def where(self, name: str) -> str:
        """Where a report is, or would be."""
        return str(self._path / name)

    def write(self, name: str, files: typing.Mapping[str, bytes]) -> str:
        """Write a report: its files into a folder beside it, which takes its name when all are on the disk.

        Readable for its owner alone: it says where an organisation is weak.

        :returns: where it is.
        :raises Failure: when it cannot be written; then nothing of it is left.
        """
        fresh = self._path / f".{name}.{os.getpid()}"
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh.mkdir(mode=0o700)
            for file, data in files.items():
                _write(fresh / file, data)
            target = self._take(fresh, name)
            _sync(self._path)
        except OSError as error:
            raise _trouble(self._path, error) from error
        finally:
            with contextlib.suppress(OSError):
                if fresh.exists():
                    shutil.rmtree(fresh)
        return str(target)

    def _take(self, fresh: pathlib.Path, name: str) -> pathlib.Path:
        """Give the new folder its name; a second report of the same second gets a number."""
        for number in range(1, 1000):
            target = self._path / (name if number == 1 else f"{name}-{number}")
            if target.exists():
                continue
            os.rename(fresh, target)
            return target
        raise FileExistsError(17, "there are too many reports of this second")


def _write(path: pathlib.Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _sync(folder: pathlib.Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _trouble(path: pathlib.Path, error: OSError) -> Failure:
    return Failure(f"{path} cannot be used: {error.strerror}.", parameter="to", code="unwritable_file")
