# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which subscriptions are asked for their registries."""

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory import scope as rules
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory.scope import FEW, Candidates, Missing, Scope

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
    ("others", "search", "is_asked"),
    [(FEW, "auto", False), (FEW + 1, "auto", True), (1, "graph", True), (FEW + 1, "lists", False), (0, "graph", False)],
)
def test_when_resource_graph_narrows_what_is_listed(others, search, is_asked):
    assert rules.asks_resource_graph(others, search=search) is is_asked


def seen(with_registries, known=MANY):
    return Candidates(frozenset(known), frozenset(with_registries))


@pytest.mark.parametrize(
    ("named", "others", "candidates", "expected"),
    [
        ([], ["A", "b"], None, ["a", "b"]),
        ([], MANY, seen({"s7"}), ["s7"]),
        # what was named is listed, whatever Resource Graph says
        (["S3"], MANY, seen({"s7"}), ["s3", "s7"]),
        (["x"], ["s7"], seen({"s7"}), ["x", "s7"]),
        # it leaves out without a word what the caller may not read
        ([], [*MANY, "hidden"], seen({"s7"}), ["s7", "hidden"]),
    ],
)
def test_which_are_listed(named, others, candidates, expected):
    assert rules.listed_subscriptions(named, others, candidates) == expected


def test_what_is_missing_is_named_with_its_reason():
    missing = [Missing("subscription", "s1", "You may not."), Missing("resource_graph", "Resource Graph", "It is cut.")]
    text = rules.refusal(missing).sentence()
    for words in ("the subscription s1. You may not.", "Resource Graph. It is cut.", "allow_missing", "search: lists"):
        assert words in text
    assert "search" not in rules.refusal(missing[:1]).sentence()
