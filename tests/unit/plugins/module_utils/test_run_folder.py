# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder that the tasks of a run share, and what is none."""

from __future__ import annotations

import concurrent.futures
import os

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils import _run_folder


def shared(path):
    return _run_folder.shared({_run_folder.VARIABLE: str(path)})


def test_it_is_made_once_and_by_many_at_once(tmp_path):
    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        folders = set(threads.map(lambda _number: _run_folder.provided(str(tmp_path)), range(64)))
    assert folders == {tmp_path / "ownkey.acr"}
    assert (tmp_path / "ownkey.acr").stat().st_mode & 0o7777 == 0o700
    assert shared(tmp_path / "ownkey.acr") == tmp_path / "ownkey.acr"


def test_there_is_none_where_nobody_names_one():
    assert _run_folder.shared({}) is None
    assert _run_folder.shared({_run_folder.VARIABLE: ""}) is None


def test_none_can_be_made_in_what_is_not_there(tmp_path):
    assert _run_folder.provided(str(tmp_path / "gone")) is None


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701, 0o500, 0o1777])
def test_one_that_others_can_look_into_is_none(tmp_path, mode):
    tmp_path.chmod(mode)
    assert shared(tmp_path) is None
    tmp_path.chmod(0o700)
    assert shared(tmp_path) == tmp_path


def test_a_link_a_file_and_nothing_are_none(tmp_path, monkeypatch):
    folder, file, link = (tmp_path / name for name in ("folder", "file", "link"))
    folder.mkdir(0o700)
    file.touch(0o700)
    link.symlink_to(folder)
    assert shared(folder) == folder
    assert [shared(path) for path in (file, link, tmp_path / "gone", "a\0b")] == [None] * 4
    monkeypatch.chdir(tmp_path)
    assert shared("folder") is None


def test_another_user_s_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    assert shared(tmp_path) is None


def test_a_link_that_stands_in_its_place_is_not_followed(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(0o700)
    (tmp_path / "ownkey.acr").symlink_to(elsewhere)
    assert _run_folder.provided(str(tmp_path)) is None
