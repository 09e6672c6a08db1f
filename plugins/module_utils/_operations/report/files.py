# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Reports in a folder, or in a container of a storage account: each in a folder of its own below it."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import pathlib
import re
import shutil
import typing

from ..._azure.report_blobs import ReportBlobs
from ..._azure.session import Session
from ..._domain.failure import Failure
from ..._domain.record_place import BlobPlace, check_cloud, container
from ..._domain.words import listed
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


class Place(typing.Protocol):
    """Where reports are kept."""

    def check(self) -> None:
        """Refuse a place that could not be written to, before anything else is asked."""

    def last(self) -> tuple[Earlier | None, Change]:
        """The newest report there, if there is one that can be read, and why not otherwise."""

    def where(self, name: str) -> str:
        """Where a report is, or would be."""

    def write(self, name: str, files: typing.Mapping[str, bytes]) -> str:
        """Write a report; returns where it is."""


def place(text: str, session: typing.Callable[[], Session]) -> Place:
    """Where somebody wants the reports to be.

    :param session: signs in; called only for a container.
    :raises Failure: for what is no place.
    """
    if "://" not in text:
        return Folder(text)
    blobs = container(text, parameter="to")
    signed_in = session()
    check_cloud(blobs, signed_in.cloud, parameter="to")
    return Container(ReportBlobs(signed_in, blobs), blobs)


class Container:
    """A container of reports. Its files come one by one, and the JSON last: a report without one is none."""

    def __init__(self, blobs: ReportBlobs, address: BlobPlace) -> None:
        self._blobs, self._address = blobs, address

    def check(self) -> None:
        """Look what there is: who may not do that could not tell the last report.

        :raises Failure: when it cannot be listed.
        """
        self._names = self._blobs.names()

    def last(self) -> tuple[Earlier | None, Change]:
        """The newest report in it; a newest one that cannot be read is told, and no older one taken for it."""
        ends = [name for name in self._names if name.endswith(f"/{JSON_NAME}")]
        reports = [name for name in ends if is_name(name.rpartition("/")[0])]
        if not reports:
            return None, Change()
        newest = max(reports)
        try:
            return parsed(self._blobs.read(newest), newest)
        except Failure as failure:
            return None, Change("unreadable", failure.sentence())

    def where(self, name: str) -> str:
        """Where a report is, or would be."""
        return f"{str(self._address).rstrip('/')}/{name}"

    def write(self, name: str, files: typing.Mapping[str, bytes]) -> str:
        """Write a report.

        :raises Failure: when one of its files cannot be written.
        """
        folders = {one.partition("/")[0] for one in self._names}
        numbered = (name if number == 1 else f"{name}-{number}" for number in range(1, 1000))
        own = next(one for one in numbered if one not in folders)
        done: list[str] = []
        for file in sorted(files, key=lambda one: one == JSON_NAME):
            try:
                self._blobs.write(f"{own}/{file}", files[file])
            except Failure as failure:
                if done:
                    failure.message += f" Of the report {self.where(own)} there is {listed(done)}, and no more."
                    failure.details |= {"changed": True}
                raise
            done.append(file)
        return self.where(own)


class Folder:
    """A folder of reports on the host that runs this; a report in it is there whole or not at all.

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
