# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``docs/azure-behaviour.md`` says of each behaviour how it is known, and what is inferred has its switch."""

from __future__ import annotations

import re

import behaviours
import pytest
from local_azure.settings import Settings

TEXT = behaviours.PAGE.read_text(encoding="utf-8")
ALL = [behaviour for some in behaviours.parts(TEXT).values() for behaviour in some]


@pytest.mark.parametrize("behaviour", ALL, ids=lambda text: text[:60])
def test_each_behaviour_says_how_it_is_known(behaviour):
    assert behaviours.marks(behaviour), "mark it **recorded**, **described**, **told** or **inferred**, with its source"
    others = set(re.findall(r"\*\*(\w+)\*\*", behaviour)) - set(behaviours.MARKS)
    assert not others & {"doc", "sdk", "issue"}, "these marks are called described, described and told now"


@pytest.mark.parametrize(
    "behaviour", [one for one in ALL if "inferred" in behaviours.marks(one)], ids=lambda text: text[:60]
)
def test_what_is_inferred_names_its_switch(behaviour):
    switches = set(re.findall(r"`(\w+)`", behaviour)) & set(vars(Settings()))
    assert switches or "of no consequence" in behaviour


def test_the_table_counts_them():
    assert behaviours.page(TEXT) == TEXT, "run make generated"
