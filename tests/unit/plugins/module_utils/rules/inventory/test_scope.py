# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which subscriptions are asked for their registries."""

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory import scope as rules
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory.scope import FEW, Missing, Scope

MANY = [f"s{number}" for number in range(FEW + 1)]


@pytest.mark.parametrize(
    ("subscriptions", "management_groups", "own", "expected"),
    [
        ([], [], None, Scope()),
        (["All"], [], "own", Scope()),
        ([], [], "OWN", Scope(("own",))),
        (["A", "a", ""], [], "own", Scope(("a",))),
        ([], ["production"], "own", Scope((), ("production",))),
        (["a"], ["/providers/Microsoft.Management/managementGroups/x/"], None, Scope(("a",), ("x",))),
    ],
)
def test_where_to_look(subscriptions, management_groups, own, expected):
    assert rules.scope(subscriptions, management_groups, own) == expected


@pytest.mark.parametrize("beside", [(["all", "a"], []), (["all"], ["x"])])
def test_all_and_some_is_a_contradiction(beside):
    with pytest.raises(Failure) as caught:
        rules.scope(*beside, None)
    assert caught.value.parameter == "subscriptions"


@pytest.mark.parametrize(
    ("visible", "candidates", "search", "expected"),
    [
        (["a", "b"], None, "lists", ["a", "b"]),
        # few enough to list them all: what was made a moment ago is there
        (["a", "b"], {"b"}, "auto", ["a", "b"]),
        (["a", "b"], {"b"}, "graph", ["b"]),
        (MANY, {"s7"}, "auto", ["s7"]),
        # what Resource Graph knows and Resource Manager did not tell is looked at too
        (["A"], {"a", "z"}, "auto", ["a", "z"]),
    ],
)
def test_which_are_listed(visible, candidates, search, expected):
    assert rules.listed_subscriptions(visible, candidates, search=search) == expected


def test_what_is_missing_is_named_with_its_reason():
    missing = [Missing("subscription", "s1", "You may not."), Missing("resource_graph", "Resource Graph", "It is cut.")]
    text = rules.refusal(missing).sentence()
    for words in ("the subscription s1. You may not.", "Resource Graph. It is cut.", "allow_missing", "search: lists"):
        assert words in text
    assert "search" not in rules.refusal(missing[:1]).sentence()
