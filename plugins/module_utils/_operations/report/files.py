# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Reports in a folder, or in a container of a storage account: each in a folder of its own below it."""

from __future__ import annotations

import datetime
import json
import os
import pathlib
import re
import shutil
import stat
import tempfile
import typing

from ..._azure.report_blobs import ReportBlobs
from ..._azure.session import Session
from ..._domain import moment
from ..._domain.failure import Failure
from ..._domain.record_place import BlobPlace, check_cloud, container
from ..._domain.words import listed
from ..._rules.report.change import Change, Earlier, earlier

#: The report's JSON, which the next one is compared with.
JSON_NAME = "report.json"
_NAME = re.compile(r"acr-cmk-report-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:-(\d{1,4}))?", re.ASCII)
#: The largest JSON of an earlier report that is read, in bytes.
_LARGEST = 512 * 1024 * 1024
#: By how many seconds a report may be of a later time than now: no two looks at a clock are the same.
_AHEAD = 60.0
#: How something is opened that others may have put there: no device or pipe is waited for.
_READING = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK


def name_at(made: float) -> str:
    """What a report made at a moment is called; names sort by time.

    :param made: seconds since 1970.
    """
    return datetime.datetime.fromtimestamp(made, datetime.timezone.utc).strftime("acr-cmk-report-%Y%m%dT%H%M%SZ")


def _order(name: str) -> tuple[float, int] | None:
    """By what reports stand one after another: the moment in the name, and the number within that second."""
    match = _NAME.fullmatch(name)
    at = moment.epoch("{}-{}-{}T{}:{}:{}Z".format(*match.groups())) if match else None
    return (at, int(match[7] or 1)) if match and at is not None else None


def latest(names: typing.Iterable[str], now: float) -> tuple[list[str], bool]:
    """The names of reports, the newest first, and whether there are some of a time that is still to come.

    :param names: of whatever there is.
    :param now: seconds since 1970.
    """
    orders = {name: order for name in names if (order := _order(name))}
    past = [name for name, order in orders.items() if order[0] <= now + _AHEAD]
    return sorted(past, key=lambda name: orders[name], reverse=True), len(past) < len(orders)


def user_path(path: pathlib.Path, *, parameter: str) -> pathlib.Path:
    """A path whose ``~`` or ``~NAME`` stands for a home folder.

    :raises Failure: when there is no such user, or it can be no path.
    """
    try:
        if "\0" not in str(path):
            return path.expanduser()
        what = "It has a character in it that no path has (NUL)."
    except RuntimeError:
        what = f"Nobody knows the home folder that {path.parts[0]} stands for."
    raise Failure(what, parameter=parameter, hint="Give the whole path, from / on.", code="invalid_path")


def read_earlier(path: pathlib.Path) -> tuple[Earlier | None, Change]:
    """An earlier report's JSON that somebody named; if it cannot be read, why."""
    try:
        return _read(os.open(path, _READING), path)
    except OSError as error:
        return None, Change("unreadable", f"{path}: {error.strerror}.")


def _read(handle: int, path: pathlib.Path, *, is_own: bool = False) -> tuple[Earlier | None, Change]:
    """What an open file holds; it is closed then.

    :param is_own: whether it must be the user's own.
    :raises OSError: when it cannot be read.
    """
    with os.fdopen(handle, "rb") as stream:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            return None, Change("unreadable", f"{path} is no file.")
        if is_own and state.st_uid != os.geteuid():
            return None, Change("unreadable", f"{path} is another user's.")
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        return None, Change("unreadable", f"{path} is too large.")
    return parsed(data, str(path))


def _past(report: tuple[Earlier | None, Change], name: str, now: float) -> tuple[Earlier | None, Change]:
    """A report, unless it says of itself that it is of a time still to come."""
    if report[0] and report[0].at > now + _AHEAD:
        return None, _to_come(name)
    return report


def _to_come(name: str) -> Change:
    return Change("unreadable", f"{name} is of a time that is still to come.")


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
        return Folder(text, lambda: session().now())
    blobs = container(text, parameter="to")
    signed_in = session()
    check_cloud(blobs, signed_in.cloud, parameter="to")
    return Container(ReportBlobs(signed_in, blobs), blobs, signed_in.now)


class Container:
    """A container of reports. Its files come one by one, and the JSON last: a report without one is none."""

    def __init__(self, blobs: ReportBlobs, address: BlobPlace, now: typing.Callable[[], float]) -> None:
        self._blobs, self._address, self._now = blobs, address, now

    def check(self) -> None:
        """Look what there is: who may not do that could not tell the last report.

        :raises Failure: when it cannot be listed.
        """
        self._names = self._blobs.names()

    def last(self) -> tuple[Earlier | None, Change]:
        """The newest report in it; a newest one that cannot be read is told, and no older one taken for it."""
        now = self._now()
        ends = [name for name in self._names if name.endswith(f"/{JSON_NAME}")]
        reports, is_ahead = latest((name.rpartition("/")[0] for name in ends), now)
        if not reports:
            return None, _to_come("The one that is there") if is_ahead else Change()
        newest = f"{reports[0]}/{JSON_NAME}"
        try:
            return _past(parsed(self._blobs.read(newest), newest), newest, now)
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
    :param now: tells the time, in seconds since 1970.
    :raises Failure: when it can be no path.
    """

    def __init__(self, path: str, now: typing.Callable[[], float]) -> None:
        self._path = user_path(pathlib.Path(path), parameter="to")
        self._now = now

    def check(self) -> None:
        """Refuse a place that could not be written to, before anything is asked of Azure.

        :raises Failure: when there is no such folder and none can be made, or it may not be written to.
        """
        place = self._path
        # what may not be looked at is not there for this user either
        while not os.path.exists(place) and place != place.parent:
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
            names = os.listdir(self._path)
        except FileNotFoundError:
            return None, Change()
        except OSError as error:
            raise _trouble(self._path, error) from error
        now = self._now()
        reports, is_ahead = latest(names, now)
        for name in reports:
            path = self._path / name / JSON_NAME
            try:
                return _past(self._open(path), str(path), now)
            except (FileNotFoundError, NotADirectoryError):
                # one without JSON was not asked for any: there is nothing to compare with
                continue
            except OSError as error:
                return None, Change("unreadable", f"{path}: {error.strerror}.")
        return None, _to_come("The one that is there") if is_ahead else Change()

    def _open(self, path: pathlib.Path) -> tuple[Earlier | None, Change]:
        """A report in the folder: no link leads to it, nor to its folder.

        :raises OSError: when it cannot be opened or read.
        """
        folder = os.open(path.parent, _READING | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            handle = os.open(path.name, _READING | os.O_NOFOLLOW, dir_fd=folder)
        finally:
            os.close(folder)
        return _read(handle, path, is_own=True)

    def where(self, name: str) -> str:
        """Where a report is, or would be."""
        return str(self._path / name)

    def write(self, name: str, files: typing.Mapping[str, bytes]) -> str:
        """Write a report: its files into a folder beside it, which takes its name when all are on the disk.

        Readable for its owner alone: it says where an organisation is weak.

        :returns: where it is.
        :raises Failure: when it cannot be written; then nothing of it is left.
        """
        fresh: pathlib.Path | None = None
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = pathlib.Path(tempfile.mkdtemp(prefix=f".{name}.", dir=self._path))
            for file, data in files.items():
                _write(fresh / file, data)
            target = self._take(fresh, name)
            _sync(self._path)
        except OSError as error:
            raise _trouble(self._path, error) from error
        finally:
            # it has another name by now if all went well
            if fresh is not None:
                shutil.rmtree(fresh, ignore_errors=True)
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
