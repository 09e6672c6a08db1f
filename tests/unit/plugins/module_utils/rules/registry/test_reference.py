# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import time

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import resource_id
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules.registry.reference import Candidates
from samples import registry


def test_a_name_and_an_id_are_met_in_any_case() -> None:
    one, other = registry("contosoacr"), registry("fabrikamacr")
    among = Candidates([one, other])
    where = resource_id.parse(other.id.upper())
    assert among.match("ContosoACR", None) is one
    assert among.match(other.id.upper(), where) is other
    assert among.match("nowhere", None) is None


def test_a_name_that_stands_for_two_is_refused_and_says_both() -> None:
    one = registry()
    other = dataclasses.replace(one, id=one.id.replace("/resourceGroups/", "/resourceGroups/other-"))
    with pytest.raises(Failure, match="stands for 2 registries") as refusal:
        Candidates([one, other]).match(one.name, None)
    assert one.id in str(refusal.value)
    assert other.id in str(refusal.value)


def test_ten_thousand_references_do_not_cost_a_look_at_all_registries_each() -> None:
    ids = [registry(f"acr{number}") for number in range(10_000)]
    references = [(one.id, resource_id.parse(one.id)) for one in ids]
    began = time.process_time()
    among = Candidates(ids)
    assert [among.match(text, where) for text, where in references] == ids
    assert time.process_time() - began < 5  # a look at all for each took more than a minute
