# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an earlier report and a record may say, and what the page makes of it."""

from __future__ import annotations

import dataclasses
import json

import pytest
import yaml
from ansible_collections.ownkey.acr.plugins.module_utils._domain import moment
from ansible_collections.ownkey.acr.plugins.module_utils._domain.record import Head, Record
from ansible_collections.ownkey.acr.plugins.module_utils._operations.report.page import page
from ansible_collections.ownkey.acr.plugins.module_utils._rules.record import chain
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report import change, facts, history, oscal
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
    story = history.history("x", chain.Verification((), flaw, (), Head(0, ""), ()), since=0, until=NOW)
    assert story.state == state
    for language, word in (("en", "altered"), ("ja", "改ざん")):
        html = page(a_report(registry(), history=story, controls_of=()), language)
        assert "Record 1 is odd." in html
        assert word not in html
    assert "could not be read to its end" in page(a_report(registry(), history=story), "en")


@pytest.mark.parametrize("code", ["altered", "left_out", "cut_off", "rewritten"])
def test_what_was_taken_or_put_in_is_an_alteration(code: str) -> None:
    flaw = chain.Flaw(1, "Odd.", code)
    story = history.history("x", chain.Verification((), flaw, (), Head(0, ""), ()), since=0, until=NOW)
    assert story.state == "altered"


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
    intent = Record("intent", number=1, intended=("rotate", "disable"))
    end = Record(**{"kind": "outcome", "number": 2, "closes": (1,), **changes})  # type: ignore[arg-type]
    view = chain.Verification((intent, end), None, (), Head(2, ""), ())
    (event,) = history.history("x", view, since=0, until=NOW).events
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


# --- what an earlier report knew of a record ----------------------------------------------------------------------


def record(count: int) -> chain.Verification:
    """A record of some intents that is right."""
    records = tuple(Record("intent", number=number, hash=f"{number:064x}") for number in range(1, count + 1))
    roots = tuple(f"{number}" for number in range(count + 1))
    return chain.Verification(records, None, (), Head(count, records[-1].hash, roots[-1]), roots)


def look(seen: chain.Verification | None, anchor: history.Anchor | None, place: str = "/srv/x") -> history.History:
    return history.history(place, seen, since=0, until=NOW, anchor=anchor)


def handed_on(story: history.History) -> history.Anchor | None:
    """What the next report reads of it."""
    earlier = change.earlier(json.loads(json.dumps(a_report(registry(), history=story).result())))
    assert earlier
    return earlier.anchor


@pytest.mark.parametrize("left", [0, 2])
def test_a_record_that_was_cut_is_told_by_every_later_report(left: int) -> None:
    anchor = handed_on(look(record(4), None))
    # all of it gone, or some
    rest = record(left) if left else None
    for _report in range(3):
        story = look(rest, anchor)
        assert story.state == "altered"
        assert "There were 4 records when the report of 2027-01-31T12:00:00Z was made" in story.reason
        anchor = handed_on(story)
    # and one that was made without a look at it does not forget it
    assert look(rest, handed_on(history.History(anchor=anchor))).state == "altered"


def test_a_record_that_grew_is_whole_and_another_place_is_another_record() -> None:
    anchor = handed_on(look(record(4), None))
    assert look(record(6), anchor).state == "whole"
    assert look(record(2), anchor, "/srv/y").state == "whole"
    assert look(None, anchor, "/srv/y").state == "empty"


def test_half_a_line_after_a_cut_is_no_excuse() -> None:
    flaw = chain.Flaw(3, "Half a line.", "unfinished")
    story = look(dataclasses.replace(record(2), flaw=flaw), handed_on(look(record(4), None)))
    assert (story.state, "2 are left" in story.reason) == ("altered", True)
    # while after all that was known it is what a killed writer leaves
    flaw = chain.Flaw(5, "Half a line.", "unfinished")
    assert look(dataclasses.replace(record(4), flaw=flaw), handed_on(look(record(4), None))).state == "unfinished"


def test_a_file_of_the_same_path_may_be_another_host_s() -> None:
    anchor = handed_on(look(record(4), None))
    assert "If it was made on another host" in look(None, anchor).reason
    blob = "https://contosoevidence.blob.core.windows.net/evidence/x"
    assert "host" not in look(None, handed_on(look(record(4), None, blob)), blob).reason


def test_where_something_was_passed_over_nobody_says_that_all_is_well() -> None:
    report = a_report(registry(), notes=("Of 3 subscriptions 1 were passed over.",))
    for language, words in (("en", "nothing is wrong"), ("ja", "問題はありませんでした")):
        assert words not in page(report, language)
    assert "Subscriptions were passed over." in page(report, "en")
    remarks = oscal.assessment_results(report)["assessment-results"]["results"][0]["remarks"]
    assert "1 were passed over" in remarks
