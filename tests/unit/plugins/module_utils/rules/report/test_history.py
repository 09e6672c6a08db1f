# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an earlier report and a record may say, and what the page makes of it."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.ownkey.acr.plugins.module_utils._domain import moment
from ansible_collections.ownkey.acr.plugins.module_utils._domain.record import Head, Record
from ansible_collections.ownkey.acr.plugins.module_utils._operations.report.page import page
from ansible_collections.ownkey.acr.plugins.module_utils._rules.record import chain
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report import change, facts, history
from support.reports import DAY, NOW, ROOT, a_report, finding, plain, registry


@pytest.mark.parametrize(
    "text", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "9999-12-31T23:59:59.9999999Z"]
)
def test_a_moment_that_cannot_be_written_again_is_none(text: str) -> None:
    assert moment.epoch(text) is None
    assert change.earlier(a_report(registry()).result() | {"made": text}) is None


def test_every_moment_that_is_read_can_be_written_again() -> None:
    for text in ("0001-01-01T00:00:00Z", "0999-02-03T04:05:06Z", "9999-12-31T23:59:59Z"):
        assert moment.iso(moment.epoch(text)) == text
    assert moment.iso(1e15) is None


@pytest.mark.parametrize("severity", [None, "", "dreadful", "{{ 1 }}", ["error"]])
def test_an_earlier_finding_of_whatever_severity_can_be_shown(severity: object) -> None:
    before = a_report(registry("ill", findings=(finding(),))).result()
    before["registries"][0]["findings"][0]["severity"] = severity  # type: ignore[index]
    html = page(a_report(registry("ill"), earlier=change.earlier(before)), "en")
    assert '<span\nclass="i">i ' in html


@pytest.mark.parametrize(("code", "state"), [("newer_form", "newer"), ("unfinished", "unfinished")])
def test_what_a_newer_version_or_a_killed_writer_left_accuses_nobody(code: str, state: str) -> None:
    flaw = chain.Flaw(1, "Record 1 is odd.", code)
    told = history.history("x", chain.Verification((), flaw, (), Head(0, ""), ()), since=0, until=NOW)
    assert told.state == state
    for language, word in (("en", "altered"), ("ja", "改ざん")):
        html = page(a_report(registry(), history=told, controls_of=()), language)
        assert "Record 1 is odd." in html
        assert word not in html
    assert "could not be read to its end" in page(a_report(registry(), history=told), "en")


@pytest.mark.parametrize("code", ["altered", "left_out", "cut_off", "rewritten"])
def test_what_was_taken_or_put_in_is_an_alteration(code: str) -> None:
    flaw = chain.Flaw(1, "Odd.", code)
    told = history.history("x", chain.Verification((), flaw, (), Head(0, ""), ()), since=0, until=NOW)
    assert told.state == "altered"


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        ({"state": "done", "done": ("rotate",)}, ("rotate",)),
        ({"state": "failed"}, ("not done: rotate", "not done: disable")),
        ({"state": "failed", "done": ("rotate",)}, ("rotate", "not done: disable")),
        ({"state": "failed", "not_done": ("disable",)}, ("not done: disable",)),
        (
            {"state": "failed", "done": ("rotate",), "is_certain": False},
            (
                "rotate",
                "the answer to a change was lost: it may have taken effect",
                "not done, or not known: disable",
            ),
        ),
        ({"kind": "settlement"}, ("intended: rotate", "intended: disable")),
    ],
)
def test_no_step_is_shown_as_done_that_was_only_meant(changes: dict[str, object], steps: tuple[str, ...]) -> None:
    meant = Record("intent", number=1, intended=("rotate", "disable"))
    end = Record(**{"kind": "outcome", "number": 2, "closes": (1,), **changes})  # type: ignore[arg-type]
    seen = chain.Verification((meant, end), None, (), Head(2, ""), ())
    (event,) = history.history("x", seen, since=0, until=NOW).events
    assert event.steps == steps


def test_a_page_says_how_many_images_were_read() -> None:
    rows = [
        registry("a", proof=facts.ProofFacts("readable", NOW, "now")),
        registry("b", proof=facts.ProofFacts("readable", NOW - DAY, "report")),
        registry("c", proof=facts.ProofFacts("empty", NOW, "now")),
        plain(),
    ]
    assert "of the 3 registries with a key of their own, one could be read in 1." in page(
        a_report(*rows, image_proofs=True), "en"
    )


def test_a_row_shows_some_tags_and_of_each_the_beginning() -> None:
    tags = tuple((f"tag{number:02}", "x" * 256) for number in range(50))
    html = page(a_report(registry(tags=tags)), "en")
    assert html.count("tag0") == 8
    assert "and 42 more" in html
    assert "x" * 100 not in html


def test_a_report_names_the_version_that_made_it() -> None:
    report = a_report(registry())
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    assert report.result()["version"] == galaxy["version"]
    assert f"ownkey.acr {galaxy['version']}</footer>" in page(report, "en")


@pytest.mark.parametrize("state", ["never", "earlier", "{{ 1 }}"])
def test_an_earlier_proof_of_no_known_kind_proves_nothing(state: str) -> None:
    html = page(a_report(registry(proof=facts.ProofFacts(state, NOW - DAY, "report"))), "en")
    assert "<td>nothing proven, 2027-01-30, by an earlier report" in html
