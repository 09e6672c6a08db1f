# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import csv
import dataclasses
import io

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import moment
from ansible_collections.ownkey.acr.plugins.module_utils._domain.duration import Duration
from ansible_collections.ownkey.acr.plugins.module_utils._domain.key import LifetimeAction, RotationPolicy
from ansible_collections.ownkey.acr.plugins.module_utils._operations.report.page import page
from ansible_collections.ownkey.acr.plugins.module_utils._rules.health import findings as health
from ansible_collections.ownkey.acr.plugins.module_utils._rules.health.findings import Thresholds, View
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory.scope import Missing
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report import (
    calendar,
    change,
    facts,
    figures,
    finding_words,
    tables,
    words,
)
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.facts import Due
from samples import DAY as A_DAY
from samples import NOW as THEN
from samples import V1, V2, key, observed
from samples import registry as azure_registry
from support.reports import DAY, NOW, SUBSCRIPTION, a_report, finding, plain, registry, registry_id

OTHER = "99999999-2222-3333-4444-555555555555"


def sight(policy: RotationPolicy | None = RotationPolicy(), **changes: object) -> facts.RegistryFacts:
    """The facts of a registry as the diagnosis sees it."""
    view = View(azure_registry(), observed(**changes), (key(V1),), policy, THEN, Thresholds(max_age=90 * A_DAY))
    return facts.of_view(view, health.diagnose(view), max_age=90 * A_DAY)


def test_the_facts_are_what_was_seen() -> None:
    one = sight()
    assert (one.state, one.version, one.newest, one.age_days) == ("good", V1, V1, 10)
    assert (one.purge_protection, one.allowed, one.identity) == (True, True, "contoso-id")
    assert one.next_due == Due(THEN + 80 * A_DAY, "max_age")


def test_what_was_not_seen_is_none_and_never_good() -> None:
    one = sight(None)
    assert one.unseen == ("the key's rotation policy",)
    assert one.state == "unseen"
    blind = facts.of_view(View(azure_registry(), None, None, None, THEN, Thresholds()), [], max_age=90 * A_DAY)
    assert (blind.state, blind.age_days, blind.purge_protection, blind.allowed) == ("unseen", None, None, None)
    assert blind.dues == ()


def test_a_version_of_which_nobody_says_when_it_was_made_is_no_good_one() -> None:
    one = sight(key=key(V1, created=None))
    assert (one.state, one.age_days) == ("unseen", None)
    assert "when the key version was made" in one.unseen[0]


def test_a_registry_whose_image_was_refused_is_in_trouble_whatever_else_was_seen() -> None:
    refused = facts.ProofFacts("locked", THEN, "now", "refused")
    ill = facts.with_proof(sight(), refused)
    assert ill.state == "error"
    # and a row that is in trouble says why, wherever it is told
    assert [one.code for one in ill.findings if one.severity == "error"] == ["image_refused"]
    line = next(csv.DictReader(io.StringIO(tables.finding_table([ill]))))
    assert (line["severity"], line["code"]) == ("error", "image_refused")
    assert "An image was refused" in page(a_report(ill), "en")
    # of an earlier look, what was seen since counts
    assert facts.with_proof(sight(), facts.ProofFacts("locked", THEN, "report", "refused")).state == "good"


def test_when_key_vault_turns_a_key_goes_by_what_it_would_really_do() -> None:
    policy = RotationPolicy(frozenset([LifetimeAction("Rotate", before_expiry=Duration(0, 30 * A_DAY))]))
    assert facts.scheduled_rotation(key(V1), policy) is None
    newest = key(V2, expires_on=moment.iso(THEN + 40 * A_DAY))
    assert facts.scheduled_rotation(newest, policy) == THEN + 10 * A_DAY
    both = RotationPolicy(
        frozenset([*policy.actions, LifetimeAction("Rotate", after_creation=Duration(0, 12 * A_DAY))])
    )
    assert facts.scheduled_rotation(newest, both) == THEN + 2 * A_DAY


def test_totals_add_up_and_the_unseen_count_nowhere_as_good() -> None:
    rows = [
        registry("goodacr"),
        registry("unseenacr", unseen=("the key",)),
        registry("brokenacr", findings=(finding(),), unseen=("the key",)),
        plain(),
    ]
    totals = a_report(*rows).totals
    assert {state: totals.count(state) for state in facts.STATES} == {
        "error": 1,
        "warning": 0,
        "unseen": 1,
        "no_key": 1,
        "good": 1,
    }
    assert sum(count for _state, count in totals.by_state) == totals.registries == 4
    assert a_report(*rows).is_whole is False


def test_ages_are_told_apart_by_the_limit_even_within_a_bar() -> None:
    rows = [registry(f"acr{age}", age=age) for age in (0, 29, 30, 89.9, 90, 100, 800)] + [registry("x", age=None)]
    bars = figures.ages(rows, max_age_days=90)
    assert [(column.least, column.within, column.over) for column in bars.bars if column.count] == [
        (0, 2, 0),
        (30, 1, 0),
        (60, 1, 0),
        (90, 0, 2),
        (730, 0, 1),
    ]
    assert bars.unseen == 1
    inside = figures.ages([registry(age=99), registry(age=101)], max_age_days=100)
    assert [(column.within, column.over) for column in inside.bars if column.count] == [(1, 1)]
    assert sum(column.over for column in figures.ages(rows, max_age_days=None).bars) == 0


def test_a_calendar_has_a_line_for_each_version_and_what_is_past_is_overdue() -> None:
    rows = [
        registry("a"),
        registry("b"),
        registry("old", age=100, version="c" * 32, key="https://other-kv.vault.azure.net/keys/cmk"),
        registry("blind", age=None),
        registry("far", dues=(Due(NOW + 500 * DAY, "expiry"),)),
    ]
    dates = calendar.calendar(rows, NOW)
    assert [(entry.kind, entry.registries) for entry in dates.overdue] == [("max_age", ("old",))]
    assert [month.name for month in dates.months][:2] == ["2027-01", "2027-02"]
    assert len(dates.months) == 13
    assert [entry.registries for month in dates.months for entry in month.entries] == [("a", "b")]
    assert dates.unseen == 1


def test_keys_that_serve_many() -> None:
    rows = [registry("a"), registry("b", subscription=OTHER), registry("c", key="https://x.vault.azure.net/keys/y")]
    assert [(one.registries, one.subscriptions) for one in figures.shared_keys(rows)] == [(("a", "b"), 2)]


# --- the change since the last report -----------------------------------------------------------------------------


def then(*rows: facts.RegistryFacts, unread: tuple[Missing, ...] = ()) -> change.Earlier:
    earlier = change.earlier(a_report(*rows, unread=unread).result())
    assert earlier
    return earlier


def test_nothing_changed() -> None:
    same = a_report(registry(), plain(), earlier=then(registry(), plain())).change
    assert same.is_nothing
    assert same.since == NOW


def test_a_registry_that_came_went_or_turned() -> None:
    now = [registry("turned", version="d" * 32), registry("new"), registry("ill", findings=(finding(),))]
    news = a_report(*now, earlier=then(registry("turned"), registry("gone"), registry("ill"))).change
    assert (news.appeared, news.gone) == (("new",), ("gone",))
    assert ("turned", "version", "a" * 32, "d" * 32) in [
        (one.registry, one.part, one.before, one.after) for one in news.differences
    ]
    assert [(one.registry, one.code) for one in news.new_findings] == [("ill", "key_disabled")]


def test_a_finding_that_is_gone_is_told_unless_nobody_could_look() -> None:
    before = then(registry("ill", findings=(finding(),)))
    assert [one.code for one in a_report(registry("ill"), earlier=before).change.ended_findings] == ["key_disabled"]
    assert a_report(registry("ill", unseen=("the key",)), earlier=before).change.ended_findings == ()


@pytest.mark.parametrize(
    "part", [Missing("subscription", OTHER, "No."), Missing("management_group", "production", "No.")]
)
def test_what_could_not_be_read_is_neither_gone_nor_new(part: Missing) -> None:
    there = registry("far", subscription=OTHER)
    now = a_report(registry(), unread=(part,), earlier=then(registry(), there)).change
    assert (now.gone, now.unread_now) == ((), ("far",))
    again = a_report(registry(), there, earlier=then(registry(), unread=(part,))).change
    assert (again.appeared, again.unread_then) == ((), ("far",))


def test_a_subscription_that_is_not_listed_any_more_is_not_read_and_its_registries_are_not_gone() -> None:
    before = then(registry(), registry("far", subscription=OTHER))
    now = a_report(registry(), earlier=before, lists=frozenset({SUBSCRIPTION.lower()})).change
    assert (now.gone, now.unread_now) == ((), ("far",))


def test_what_one_of_the_two_did_not_see_is_no_difference_and_no_new_finding() -> None:
    half = registry("half", unseen=("the key",), enabled=None, allowed=None)
    assert a_report(half, earlier=then(registry("half"))).change.differences == ()
    ill = registry("half", findings=(finding(),))
    news = a_report(ill, earlier=then(half)).change
    assert (news.differences, news.new_findings) == ((), ())


def test_what_neither_report_could_see_keeps_nothing_else_from_being_compared() -> None:
    policy = ("the key's rotation policy",)
    well, ill = registry("half", unseen=policy), registry("half", unseen=policy, findings=(finding(),), enabled=False)
    worse = a_report(ill, earlier=then(well)).change
    assert [one.code for one in worse.new_findings] == ["key_disabled"]
    parts = [(one.part, one.before, one.after) for one in worse.differences]
    assert parts == [("state", "unseen", "error"), ("enabled", "true", "false")]
    better = a_report(well, earlier=then(ill)).change
    assert [one.code for one in better.ended_findings] == ["key_disabled"]
    # an expiry that was set is one, whatever else nobody sees
    dated = registry("half", unseen=policy, expires_on=NOW + DAY)
    assert [one.part for one in a_report(dated, earlier=then(well)).change.differences] == ["expires_on"]


def test_a_trouble_is_told_even_where_less_is_seen_than_before() -> None:
    ill = registry("half", unseen=("the key's rotation policy",), findings=(finding(),))
    news = a_report(ill, earlier=then(registry("half"))).change
    assert [(one.part, one.after) for one in news.differences] == [("state", "error")]
    assert [one.code for one in news.new_findings] == ["key_disabled"]


def test_that_an_image_was_refused_is_over_when_one_was_read() -> None:
    def proven(state: str) -> facts.RegistryFacts:
        return facts.with_proof(registry(), facts.ProofFacts(state, NOW, "now"))

    before = then(proven("locked"))
    for later in (registry(), proven("empty")):
        news = a_report(later, earlier=before).change
        assert (news.ended_findings, news.differences) == ((), ())
    over = a_report(proven("readable"), earlier=before).change
    assert [one.code for one in over.ended_findings] == ["image_refused"]
    assert [(one.before, one.after) for one in over.differences] == [("error", "good")]


def test_a_subscription_that_was_not_listed_then_has_no_new_registries() -> None:
    lists = frozenset({SUBSCRIPTION.lower()})
    before = change.earlier(a_report(registry(), lists=lists).result())
    both = [registry(), registry("far", subscription=OTHER)]
    news = a_report(*both, earlier=before, lists=lists | {OTHER.lower()}).change
    assert (news.appeared, news.unread_then) == ((), ("far",))


def test_what_was_outside_of_the_scope_was_not_left_unread() -> None:
    before = then(registry(), registry("far", subscription=OTHER))
    other = dataclasses.replace(before, scope=("everything",))
    news = a_report(registry(), earlier=other, lists=frozenset({SUBSCRIPTION.lower()})).change
    assert (news.same_scope, news.unread_now, news.gone) == (False, (), ())


def test_resource_graph_that_does_not_tell_hides_nothing_as_all_is_listed() -> None:
    missing = Missing("resource_graph", "Resource Graph", "No.")
    lists = frozenset({SUBSCRIPTION.lower()})
    news = a_report(registry(), unread=(missing,), lists=lists, earlier=then(registry(), registry("gone"))).change
    assert news.gone == ("gone",)


def test_with_another_scope_nothing_is_new_or_gone() -> None:
    before = then(registry("gone"))
    other = change.Earlier(before.at, before.registries, before.hidden, ("everything",))
    news = a_report(registry("new"), earlier=other).change
    assert (news.same_scope, news.appeared, news.gone) == (False, (), ())


@pytest.mark.parametrize("body", [{}, {"form": 99, "made": "2027-01-01T00:00:00Z", "registries": []}, {"form": 1}])
def test_what_is_no_report_is_none(body: dict[str, object]) -> None:
    assert change.earlier(body) is None


# --- tables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =cmd|' /C calc'!A0", "＝1+1", '=HYPERLINK("http://x")', "\n=1"],
)
def test_no_cell_is_a_formula(text: str) -> None:
    row = registry("a", tags=(("x", "y"),), identity=text, findings=(finding(what=text),))
    cells = list(csv.reader(io.StringIO(tables.registry_table([row]))))[1]
    assert cells[tables.REGISTRY_COLUMNS.index("identity")] == f"'{text}"
    row_of_finding = list(csv.reader(io.StringIO(tables.finding_table([row]))))[1]
    assert row_of_finding[tables.FINDING_COLUMNS.index("what")] == f"'{text}"


def test_a_row_says_what_is_not_known_by_an_empty_cell() -> None:
    row = dict(
        zip(
            tables.REGISTRY_COLUMNS,
            list(csv.reader(io.StringIO(tables.registry_table([registry(age=None, allowed=None)]))))[1],
            strict=True,
        )
    )
    assert (row["age_days"], row["identity_allowed"], row["purge_protection"]) == ("", "", "yes")
    assert row["id"] == registry_id("contosoacr", SUBSCRIPTION)


# --- words --------------------------------------------------------------------------------------------------------


def test_both_languages_fill_in_the_same() -> None:
    import string

    for name, texts in words.TEXTS.items():
        fields = [{field for _text, field, _spec, _how in string.Formatter().parse(text) if field} for text in texts]
        assert fields[0] == fields[1], name
        assert all(texts), name


def test_every_finding_has_a_title_in_both_languages() -> None:
    import pathlib
    import re

    folder = pathlib.Path(health.__file__).parent
    text = "".join((folder / name).read_text(encoding="utf-8") for name in ("findings.py", "causes.py"))
    codes = set(re.findall(r'(?:_error|Finding)\(\s*"([a-z_0-9]+)"', text)) | set(
        re.findall(r'code = "([a-z_]+)"|"(access_wrong_[a-z]+)"', text) and ["access_wrong_mode", "access_wrong_scope"]
    )
    assert len(codes) > 30
    assert codes == set(finding_words.WORDS)
