# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's page in headless Chromium: in both languages, light and dark, on a phone, on paper, by keyboard, without
its script, and with ten thousand registries. Chromium and node are Debian's; axe-core and the driver come from npm."""

from __future__ import annotations

import functools
import html.parser
import json
import pathlib
import re
import shutil
import subprocess
import typing

import environments
import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._operations.report.page import page
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory.scope import Missing
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.history import Event, History
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.report import Report
from support.reports import NOW, a_report, finding, many, plain, registry

Look = dict[str, typing.Any]
SOURCE, PLACE = environments.ROOT / "tests" / "page", environments.ROOT / ".cache" / "page"
EVENT = Event(2, NOW, "cmk_rotate", "open", "auditor", "1111", "site.yml", ("rotate",), ("a: b → c",), ())
#: What a page has to bear: each of its parts, with words that no line breaks.
FULL = a_report(
    *many(120),
    plain(),
    registry("longacr", identity="i" * 120, findings=(finding(what="x" * 400),), unseen=("the key",), age=None),
    unread=[Missing("subscription", "99999999-2222-3333-4444-555555555555", "y" * 300)],
    history=History(
        "/srv/" + "z" * 200,
        "altered",
        "Record 5 is not as it was written.",
        4,
        hash="f" * 64,
        events=(EVENT,),
        open=(EVENT,),
    ),
)


@functools.cache
def _chromium() -> str:
    """Chromium, with what drives it.

    :raises pytest.skip.Exception: where one of the three is not here.
    """
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not executable:
        pytest.skip("there is no Chromium (Debian's package chromium)")
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("there is no node with npm")
    PLACE.mkdir(parents=True, exist_ok=True)
    lock, ready = (SOURCE / "package-lock.json").read_bytes(), PLACE / ".ready"
    for name in ("package.json", "package-lock.json", "look.mjs"):
        shutil.copy(SOURCE / name, PLACE)
    if not ready.exists() or ready.read_bytes() != lock:
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
        if subprocess.run(install, cwd=PLACE, check=False).returncode:
            pytest.skip("axe-core and playwright-core come from npm, which cannot be reached")
        ready.write_bytes(lock)
    return executable


def look(*looks: Look) -> list[Look]:
    """What each look at a page saw."""
    question = json.dumps({"executable": _chromium(), "looks": looks})
    done = subprocess.run(
        ["node", "look.mjs"], cwd=PLACE, input=question, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return typing.cast("list[Look]", json.loads(done.stdout))


def written(folder: pathlib.Path, report: Report, language: str = "en") -> str:
    """The address of a page."""
    path = folder / f"{language}.html"
    path.write_text(page(report, language), encoding="utf-8")
    return path.as_uri()


#: Sorts and filters as somebody would, and tells what there is then.
USED = """(async () => {
  const rows = () => Array.from(document.querySelectorAll("#registries tbody tr"));
  const first = () => rows()[0].cells[0].firstChild.textContent;
  const heads = () => document.querySelector("#registries thead").rows[0].cells;
  const sort = (place) => heads()[place].querySelector("button").click();
  const out = {all: rows().length, first: first(), said: document.querySelector("output").value};
  sort(4);
  out.youngest = parseFloat(rows()[0].cells[4].textContent);
  out.sort = document.querySelector("#registries th[aria-sort]").getAttribute("aria-sort");
  sort(4);
  out.oldest = rows()[0].cells[4].textContent.trim().slice(0, 1);
  sort(1);
  out.worst = rows()[0].dataset.s;
  const word = document.querySelector("input"), state = document.querySelector("select");
  word.value = "FLEET00017 team-017";
  word.dispatchEvent(new Event("input"));
  await new Promise((done) => setTimeout(done, 400));
  out.filtered = rows().length; out.found = first(); out.told = document.querySelector("output").value;
  word.value = ""; word.dispatchEvent(new Event("input"));
  await new Promise((done) => setTimeout(done, 400));
  state.value = "0"; state.dispatchEvent(new Event("change"));
  out.troubled = rows().every((row) => row.dataset.s === "0") && rows().length;
  return out;
})()"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Look]:
    """What Chromium sees of a full page, one after another in one browser."""
    folder = tmp_path_factory.mktemp("page")
    english, japanese = written(folder, FULL), written(folder, FULL, "ja")
    looks: dict[str, Look] = {
        "light": {"url": english, "axe": True, "pdf": str(folder / "paper.pdf"), "keys": ["Tab", "Enter", "Tab"]},
        "dark": {"url": english, "axe": True, "scheme": "dark"},
        "phone": {"url": english, "axe": True, "width": 390, "height": 844},
        "japanese": {"url": japanese, "axe": True, "width": 390, "height": 844, "scheme": "dark", "locale": "ja-JP"},
        "used": {"url": english, "ask": {"seen": USED}},
        "without script": {"url": english, "script": False},
    }
    answers = dict(zip(looks, look(*looks.values()), strict=True))
    answers["light"]["paper"] = (folder / "paper.pdf").read_bytes()
    return answers


@pytest.mark.parametrize("name", ["light", "dark", "phone", "japanese"])
def test_nobody_is_kept_out_in_any_light_width_or_language(seen: dict[str, Look], name: str) -> None:
    answer = seen[name]
    assert answer["violations"] == []
    # nothing is wider than the window but what scrolls by itself
    assert answer["overflow"] == 0
    assert (answer["outside"], answer["errors"]) == ([], [])


def test_it_prints_on_a4(seen: dict[str, Look]) -> None:
    # lying, in points
    assert re.search(rb"/MediaBox \[\s*0 0 84[12][.\d]* 59[45]", seen["light"]["paper"])


def test_it_is_sorted_and_filtered(seen: dict[str, Look]) -> None:
    used = seen["used"]["seen"]
    assert (used["all"], used["first"], used["said"]) == (122, "fleet00000", "122 of 122 shown")
    assert (used["youngest"], used["sort"], used["oldest"], used["worst"]) == (0, "ascending", "–", "0")
    assert (used["filtered"], used["found"], used["told"]) == (1, "fleet00017", "1 of 122 shown")
    assert used["troubled"] == FULL.totals.count("error")
    assert seen["used"]["errors"] == []


def test_the_skip_link_comes_first_and_leads_to_the_content(seen: dict[str, Look]) -> None:
    assert seen["light"]["focused"][:2] == ["skip", "MAIN"]


def test_it_says_all_of_it_without_its_script(seen: dict[str, Look]) -> None:
    text = seen["without script"]["text"]
    for words in ("fleet00119", "longacr", "plainacr", "PCI DSS 4.0.1", "The record was altered.", "0b60c0b2"):
        assert words in text, words
    assert "of 122 shown" not in text


def test_ten_thousand_registries_are_below_ten_megabytes_and_open_within_two_seconds(tmp_path: pathlib.Path) -> None:
    address = written(tmp_path, a_report(*many(10_000)))
    assert (tmp_path / "en.html").stat().st_size < 10_000_000
    # by the clock, or where others are at work on this machine too, by what it takes of one processor
    answers = look({"url": address}, {"url": address})
    assert min(min(one["seconds"], one["processor"]) for one in answers) <= 2, answers


class _Outside(html.parser.HTMLParser):
    """What would be fetched, and what would run, from anywhere but the page itself."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[object] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "srcset", "style", "data", "action") or name.startswith("on"):
                self.wrong.append((tag, name, value))
            if name == "href" and not str(value).startswith("#"):
                self.wrong.append((tag, name, value))


def test_nothing_comes_from_elsewhere_and_nothing_runs_but_its_own_script() -> None:
    text = page(FULL, "en")
    parser = _Outside()
    parser.feed(text)
    assert parser.wrong == []
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "url(" not in text.replace("url(#hatch)", "")
