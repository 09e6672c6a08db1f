# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables: no cell is worked out by a spreadsheet, whatever stands before the sign and in whatever form it is."""

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report import tables


@pytest.mark.parametrize("before", ["", " ", "\u3000", "\x0b", "\x1f", "\u200b", "\u2060", "\ufeff", "\u00a0\u200b "])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "\u2212"])
def test_no_cell_is_a_formula(before: str, sign: str) -> None:
    assert tables.cell(f"{before}{sign}1") == f"'{before}{sign}1"


@pytest.mark.parametrize("value", ["contosoacr", "a=1", "2027-01-31T12:00:00Z", "–", " x", "日本 = x", -5, -1.5])
def test_a_cell_that_is_none_stays_as_it_is(value: object) -> None:
    assert tables.cell(value) == str(value)
