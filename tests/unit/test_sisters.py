# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages in English and Japanese: each leads to the other, with the same commands and the same tables."""

from __future__ import annotations

import os
import re

import codes
import pytest
from support.pages import ROOT

DOCS = ROOT / "docs"
JAPANESE = [ROOT / "README.ja.md", *sorted(DOCS.rglob("*.ja.md"))]
#: Has a table where its sister has a title for each code.
CODES = DOCS / "codes.ja.md"
#: What no Japanese engineer writes of this, and what is written instead.
TRANSLATED = {
    "封じ": "暗号化",
    "到達でき": "アクセスでき",
    "はっきりと指示": "明示的に指示",
    "1 ページで示": "1 画面で表示",
    "後から知ると困る": "後から気付くと困る",
}


def sister(page):
    return page.with_name(page.name.replace(".ja.md", ".md"))


def text_of(page):
    return page.read_text(encoding="utf-8")


def code(page):
    """Each block of code as language and lines, without what is prose in it: comments, and names of plays and tasks."""
    blocks = re.findall(r"^```(\S*)(.*?)^```", text_of(page), re.M | re.S)
    lines = ((kind, [re.sub(r"(^|\s+)# .*", "", line) for line in body.splitlines()]) for kind, body in blocks)
    return [
        (kind, [re.sub(r"^(\s*- name:) .*", r"\1", line) for line in some if line])
        for kind, some in lines
        if kind != "{toctree}"
    ]


def tables(page):
    """Each table as its rows, each with the number of its cells and what stands as code in the first."""
    prose = re.sub(r"^```.*?^```", "", text_of(page), flags=re.M | re.S)
    rows = [
        [(line.count(" | "), re.findall(r"`[^`]+`", line.split(" | ")[0])) for line in table.splitlines()]
        for table in re.findall(r"(?:^\|.*\n)+", prose, re.M)
    ]
    return [[(cells, sorted(word for word in words if word.isascii())) for cells, words in table] for table in rows]


def links(page):
    """Every link to another page, with the line that it stands in."""
    for line in text_of(page).splitlines():
        for target in re.findall(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)", line):
            yield (page.parent / target).resolve(), line


def name_of(page):
    return str(page.relative_to(ROOT))


each = pytest.mark.parametrize("page", JAPANESE, ids=name_of)


@each
def test_each_leads_to_the_other_below_its_title(page):
    for one, other, language in ((page, sister(page), "English"), (sister(page), page, "日本語")):
        (beneath,) = re.findall(r"^# .*\n\n(.*)\n", text_of(one), re.M)[:1]
        assert beneath.startswith(f"[{language}]({other.name})")


@each
def test_they_have_the_same_commands_and_outputs(page):
    assert code(page) == code(sister(page))


@pytest.mark.parametrize("page", [page for page in JAPANESE if page != CODES], ids=name_of)
def test_they_have_the_same_tables(page):
    assert tables(page) == tables(sister(page))


@each
def test_a_japanese_page_leads_on_in_japanese_where_it_can_and_says_where_it_cannot(page):
    for target, line in links(page):
        assert target.exists(), line
        if target == sister(page) or target.name.endswith(".ja.md"):
            continue
        japanese = target.with_name(target.name.replace(".md", ".ja.md"))
        assert not japanese.exists(), f"link to {os.path.relpath(japanese, page.parent)}"
        assert "英語" in line, line


def test_the_first_page_leads_to_every_other():
    start = DOCS / "index.ja.md"
    assert {target for target, _line in links(start)} >= set(JAPANESE) - {ROOT / "README.ja.md", start}


def test_every_code_has_its_meaning_in_japanese():
    """A failure may have a finding's code, and says then what the failure means."""
    every = codes.entries()
    findings, failures = (
        dict(re.findall(r"^\| \*\*`(\w+)`\*\* \| ([^|]*)", part, re.M))
        for part in re.split(r"^## ", text_of(CODES), flags=re.M)[1:]
    )
    severities = {code: set(cell.strip().split("、")) for code, cell in findings.items()}
    assert severities == {code: entry[2] for code, entry in every.items() if entry[2]}
    assert set(every) - set(findings) <= set(failures) <= set(every)


@each
def test_it_is_written_and_not_translated(page):
    assert {word: better for word, better in TRANSLATED.items() if word in text_of(page)} == {}
