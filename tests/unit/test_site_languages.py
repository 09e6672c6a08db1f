# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""On the site a page says its language, and where its sister is: a site of two pages, by the real settings."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from support.pages import ROOT

PAGES = {"index.md": "# Restore\n\n[日本語](index.ja.md)\n", "index.ja.md": "# 復元\n\n[English](index.md)\n"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    place = tmp_path_factory.mktemp("site")
    for name, text in PAGES.items():
        (place / name).write_text(text, encoding="utf-8")
    shutil.copy2(ROOT / "docs" / "site" / "conf.py", place)
    (place / "_static").mkdir()
    shutil.copy2(ROOT / "docs" / "site" / "site.css", place / "_static")
    # the inventory of Ansible's documentation, which the real site brings along, is not needed here
    settings = ["-D", "extensions=myst_parser"]
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", *settings, str(place), str(place / "html")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return place / "html"


@pytest.mark.parametrize(
    ("page", "language", "other", "sister", "onward"),
    [
        ("index", "en", "ja", "index.ja.html", "Search docs"),
        ("index.ja", "ja", "en", "index.html", "ドキュメントを検索"),
    ],
)
def test_a_page_says_its_language_and_where_its_sister_is(site, page, language, other, sister, onward):
    text = (site / f"{page}.html").read_text(encoding="utf-8")
    assert re.findall(r'<html [^>]*lang="(\w+)"', text) == [language]
    assert re.findall(r'<link rel="alternate" hreflang="(\w+)" href="([^"]+)">', text) == [(other, sister)]
    assert f'<a class="reference internal" href="{sister}">' in text
    assert onward in text
