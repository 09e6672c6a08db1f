# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What falls due, by key: one key in whatever case, and what nobody could see of it."""

from __future__ import annotations

import dataclasses

from ansible_collections.ownkey.acr.plugins.module_utils._rules.report import azure_policy, calendar, figures
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.checks import Policy
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.facts import Due
from support.reports import DAY, MAX_AGE, NOW, registry

UPPER = "https://Contoso-KV.vault.azure.net/keys/CMK"
ROTATION = azure_policy.DEFINITIONS[1]


def test_a_key_is_one_in_whatever_case_it_is_written() -> None:
    rows = [registry("a"), registry("b", key=UPPER, version="A" * 32)]
    numbers = figures.totals(rows, unread=0)
    assert (numbers.keys, numbers.stores) == (1, 1)
    entries = [entry for month in calendar.calendar(rows, NOW).months for entry in month.entries]
    assert [entry.registries for entry in entries] == [("a", "b")]


def test_a_rotation_policy_that_could_not_be_read_may_make_something_fall_due() -> None:
    rows = [registry("a", rotates=None), registry("b"), registry("c", age=None, rotates=None)]
    assert calendar.calendar(rows, NOW).unseen == 2


def test_what_falls_due_after_all_years_breaks_nothing() -> None:
    dates = calendar.calendar([registry(dues=(Due(1e15, "max_age"),))], NOW)
    assert dates.overdue == ()
    assert not any(month.entries for month in dates.months)


def test_a_rotation_is_held_against_the_creation_of_the_version_that_it_is_of() -> None:
    policy = Policy(MAX_AGE, 2048)
    newest = registry(rotates=True, scheduled=NOW + 79 * DAY)
    assert ROTATION.judge(newest, policy) is True
    assert ROTATION.judge(registry(rotates=True, scheduled=NOW + 81 * DAY), policy) is False
    # the registry uses a version of 200 days ago; the newest is of ten
    behind = registry(age=200, newest="b" * 32, newest_created=NOW - 10 * DAY, rotates=True, scheduled=NOW + 79 * DAY)
    assert ROTATION.judge(behind, policy) is True
    late = dataclasses.replace(behind, scheduled=NOW + 81 * DAY)
    assert ROTATION.judge(late, policy) is False
    assert ROTATION.judge(dataclasses.replace(behind, scheduled=None), policy) is False
    # and one of which nobody said when the newest was made
    assert ROTATION.judge(dataclasses.replace(behind, newest_created=None), policy) is None
