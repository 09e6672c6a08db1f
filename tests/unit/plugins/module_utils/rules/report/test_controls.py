# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory.scope import Missing
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report import azure_policy, controls
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.history import History
from support.reports import DAY, NOW, a_report, finding, own_controls, plain, registry

OWN = {"framework": "Contoso", "id": "K-1", "asks": "Keys are young.", "checks": ["version_age"]}


def state(*registries: object, checks: list[str], **more: object) -> str:
    (result,) = a_report(*registries, controls_of=controls.controls([{**OWN, "checks": checks}]), **more).controls
    return result.state


@pytest.mark.parametrize(
    ("check", "good", "bad", "blind"),
    [
        ("customer_managed_key", {}, None, None),
        ("key_usable", {}, {"findings": (finding(),)}, {"allowed": None}),
        ("version_age", {"age": 89.0}, {"age": 90.0}, {"age": None}),
        ("newest_version", {}, {"newest": "b" * 32}, {"newest": None}),
        ("automatic_rotation", {"rotates": True, "scheduled": NOW}, {"mode": "manual"}, {"rotates": None}),
        ("automatic_rotation", {"rotates": True, "scheduled": NOW}, {"rotates": True, "scheduled": None}, None),
        ("expiry_date", {"expires_on": NOW + DAY}, {}, {"age": None}),
        ("key_size", {}, {"size": 1024}, {"size": None}),
        ("purge_protection", {}, {"purge_protection": False}, {"purge_protection": None}),
        ("hardware_key", {"key_type": "RSA-HSM"}, {}, {"key_type": None}),
    ],
)
def test_a_check_is_met_failed_or_not_known(
    check: str, good: dict[str, object], bad: dict[str, object] | None, blind: dict[str, object] | None
) -> None:
    assert state(registry(**good), checks=[check]) == "met"
    if bad is not None:
        assert state(registry("a", **good), registry("b", **bad), checks=[check]) == "failed"
    if blind is not None:
        assert state(registry("a", **good), registry("b", **blind), checks=[check]) == "unknown"


def test_a_registry_without_a_key_of_ones_own_fails_the_key_and_is_not_asked_for_the_rest() -> None:
    assert state(plain(), checks=["customer_managed_key"]) == "failed"
    assert state(plain(), checks=["version_age"]) == "none"


def test_nothing_is_met_while_a_part_of_the_scope_was_not_read() -> None:
    part = Missing("subscription", "x", "No.")
    assert state(registry(), checks=["version_age"], unread=[part]) == "unknown"
    assert state(registry(age=99.0), checks=["version_age"], unread=[part]) == "failed"
    # nor where Resource Graph may not have seen all
    assert state(registry(), checks=["version_age"], notes=["It lags behind."]) == "unknown"


@pytest.mark.parametrize(
    ("history", "answers"),
    [
        (History(), ["unknown", "unknown", "unknown"]),
        (History("x", "empty"), ["unknown", "unknown", "unknown"]),
        (History("x", "unreadable"), ["unknown", "unknown", "unknown"]),
        (History("x", "altered", count=3, signed=3), ["failed", "failed", "failed"]),
        (History("x", "whole", count=3), ["met", "met", "failed"]),
        # whether the signature is right is not for the report to say
        (History("x", "whole", count=3, signed=3), ["met", "met", "unknown"]),
    ],
)
def test_what_the_record_shows(history: History, answers: list[str]) -> None:
    checks = ["record_unaltered", "record_outcomes", "record_signed"]
    assert [state(registry(), checks=[name], history=history) for name in checks] == answers


def test_the_collection_s_own_controls_claim_no_more_than_was_seen() -> None:
    by_certainty: dict[str, list[str]] = {}
    for one in own_controls():
        by_certainty.setdefault(one.certainty, []).append(f"{one.framework} {one.id}")
        assert all((one.title, one.title_ja, one.asks_ja, one.limits_ja)), one.id
    # read in the publication is this one alone, seen as an excerpt that one
    assert by_certainty["read"] == ["CIS Microsoft Azure Foundations Benchmark v6.0 8.3.5"]
    assert by_certainty["excerpt"] == ["CIS Microsoft Azure Foundations Benchmark v4.0 9.3.9"]
    frameworks = " ".join(one.framework for one in own_controls())
    for name in ("CIS", "Microsoft cloud security", "PCI DSS", "800-57", "800-53", "27001", "SOC 2"):
        assert name in frameworks


def test_one_s_own_control_stands_beside_or_in_the_place_of_another() -> None:
    rows = controls.controls([OWN, {**OWN, "id": "K-2"}, {**OWN, "asks": "Other."}])
    assert [(one.id, one.asks) for one in rows] == [("K-1", "Other."), ("K-2", "Keys are young.")]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("x", "is no dictionary"),
        ({}, "lacks framework"),
        ({**OWN, "surprise": 1}, "has 'surprise'"),
        ({**OWN, "checks": ["magic"]}, "no check 'magic'"),
        ({**OWN, "certainty": "sure"}, "certainty of control 1"),
        ({**OWN, "asks": ["x"]}, "is no text"),
        ({**OWN, "asks": "a\0b"}, "U+0000"),
    ],
)
def test_what_is_no_control_is_refused(row: object, words: str) -> None:
    with pytest.raises(Failure) as refused:
        controls.controls([row])
    assert words in str(refused.value)
    assert refused.value.parameter == "controls"


# --- Azure Policy -------------------------------------------------------------------------------------------------

CMK, ROTATION, EXPIRY, ACTIVE, VALIDITY, SIZE, PURGE = range(7)


def counts(place: int, *registries: object) -> tuple[int, int, int]:
    result = a_report(*registries).policies[place]
    return result.compliant, result.non_compliant, result.unknown


def test_the_definitions_judge_what_microsoft_s_rules_say() -> None:
    assert counts(CMK, registry(), plain()) == (1, 1, 0)
    assert counts(ROTATION, registry(rotates=True, scheduled=NOW + 79 * DAY)) == (1, 0, 0)
    assert counts(ROTATION, registry(rotates=True, scheduled=NOW + 81 * DAY)) == (0, 1, 0)
    assert counts(ROTATION, registry(rotates=None)) == (0, 0, 1)
    assert counts(EXPIRY, registry(expires_on=NOW)) == (1, 0, 0)
    assert counts(ACTIVE, registry(age=91.0)) == (0, 1, 0)
    # from the activation on, where there is one
    assert counts(ACTIVE, registry(age=91.0, not_before=NOW - 2 * DAY)) == (1, 0, 0)
    assert counts(VALIDITY, registry()) == (0, 1, 0)
    assert counts(VALIDITY, registry(expires_on=NOW + 79 * DAY)) == (1, 0, 0)
    assert counts(SIZE, registry(size=1024)) == (0, 1, 0)
    assert counts(PURGE, registry("a", purge_protection=False), registry("b", purge_protection=False)) == (0, 1, 0)


def test_a_managed_hsm_is_none_of_the_vaults() -> None:
    hsm = registry(is_hsm=True)
    assert [counts(place, hsm) for place in range(1, 7)] == [(0, 0, 0)] * 6


def test_where_the_definitions_are_content_and_we_are_not() -> None:
    rows = a_report(registry("ill", findings=(finding(),)), registry("well")).policies
    assert rows[CMK].differing == (registry("ill").id,)
    assert rows[EXPIRY].only_theirs == (registry("well").id,)
    assert [one.id for one in azure_policy.DEFINITIONS] == [row.definition.id for row in rows]
