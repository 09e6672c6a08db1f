# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports in a folder that others may write to as well: what is taken for an earlier one, and what is left alone."""

from __future__ import annotations

import json
import os
import pathlib
import typing

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import moment
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._operations.report import files
from support.reports import DAY, NOW, a_report, registry

THEN = NOW - DAY


def report_at(at: float, made: float | None = None) -> bytes:
    body = a_report(registry()).result()
    return json.dumps(body | {"made": moment.iso(at if made is None else made)}).encode()


def kept(place: pathlib.Path, at: float, number: int = 1, made: float | None = None) -> pathlib.Path:
    """A report that is there already."""
    own = place / (files.name_at(at) + (f"-{number}" if number > 1 else ""))
    own.mkdir(parents=True)
    path = own / files.JSON_NAME
    path.write_bytes(report_at(at, made))
    return path


def folder(place: pathlib.Path) -> files.Folder:
    return files.Folder(str(place), lambda: NOW)


def unreadable(place: pathlib.Path) -> str:
    report, change = folder(place).last()
    assert (report, change.state) == (None, "unreadable")
    return change.reason


def test_the_newest_is_taken_by_its_time_and_then_by_its_number(tmp_path: pathlib.Path) -> None:
    for number in (1, 2, 10):
        kept(tmp_path, THEN, number, made=THEN + number)
    report, _change = folder(tmp_path).last()
    assert report is not None
    assert report.at == THEN + 10
    names = [f"{files.name_at(at)}{end}" for at in (THEN, THEN - 1) for end in ("", "-2", "-10")]
    assert files.latest(names, NOW)[0][:2] == [f"{files.name_at(THEN)}-10", f"{files.name_at(THEN)}-2"]


def test_a_report_of_another_user_is_told_and_no_older_one_taken(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, THEN - DAY)
    kept(tmp_path, THEN)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert "another user's" in unreadable(tmp_path)


def test_a_folder_that_may_not_be_entered_is_told(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = kept(tmp_path, THEN)
    real = os.open

    def closed(name: typing.Any, *rest: typing.Any, **more: typing.Any) -> int:
        if pathlib.Path(name) == path.parent:
            raise PermissionError(13, "Permission denied")
        return real(name, *rest, **more)

    # root, who may run this, may enter everything
    monkeypatch.setattr(os, "open", closed)
    assert "Permission denied" in unreadable(tmp_path)


def test_nobody_waits_for_a_pipe_and_no_link_is_followed(tmp_path: pathlib.Path) -> None:
    path = kept(tmp_path, THEN)
    elsewhere = tmp_path / "elsewhere.json"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert str(path) in unreadable(tmp_path)
    path.unlink()
    os.mkfifo(path)
    assert "is no file" in unreadable(tmp_path)
    assert "is no file" in files.read_earlier(path)[1].reason
    path.unlink()
    path.parent.rmdir()
    os.mkfifo(path.parent)
    assert folder(tmp_path).last() == (None, files.Change())


def test_no_report_of_a_time_to_come_is_compared_with(tmp_path: pathlib.Path) -> None:
    kept(tmp_path, NOW + DAY)
    assert "still to come" in unreadable(tmp_path)
    kept(tmp_path, THEN)
    report, _change = folder(tmp_path).last()
    assert report is not None
    assert report.at == THEN
    kept(tmp_path, THEN + 1, made=NOW + DAY)
    assert "still to come" in unreadable(tmp_path)


def test_what_stands_beside_a_report_stays(tmp_path: pathlib.Path) -> None:
    other = tmp_path / f".{files.name_at(NOW)}.{os.getpid()}"
    other.mkdir()
    (other / "mine").write_text("x", encoding="utf-8")
    where = folder(tmp_path).write(files.name_at(NOW), {"report.json": b"{}"})
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([other.name, pathlib.Path(where).name])
    assert (other / "mine").exists()
    with pytest.raises(Failure):
        folder(tmp_path).write(files.name_at(NOW), {"no/such": b""})
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("text", ["~nosuchuser/reports", "/srv/\0"])
def test_what_is_no_path_is_refused_by_its_parameter(text: str) -> None:
    with pytest.raises(Failure) as failure:
        files.user_path(pathlib.Path(text), parameter="previous")
    assert failure.value.parameter == "previous"
