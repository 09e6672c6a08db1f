# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What registries are called as hosts."""

from __future__ import annotations

import itertools

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory.host_names import Candidate, host_names

A = "/subscriptions/S1/resourceGroups/one/providers/Microsoft.ContainerRegistry/registries/contosoacr"
B = "/subscriptions/S2/resourceGroups/two/providers/Microsoft.ContainerRegistry/registries/contosoacr"
C = "/subscriptions/S2/resourceGroups/two/providers/Microsoft.ContainerRegistry/registries/fabrikamacr"
LABELLED = "contosoacr-abc.azurecr.io"


@pytest.mark.parametrize(
    ("candidates", "names"),
    [
        ([Candidate(None, "contosoacr", A), Candidate(None, LABELLED, B)], ["contosoacr", LABELLED]),
        ([Candidate("blue", "contosoacr", A), Candidate("red", LABELLED, B)], ["blue", "red"]),
        # who would share a name is called as usual, both of them
        ([Candidate("blue", "contosoacr", A), Candidate("Blue", LABELLED, B)], ["contosoacr", LABELLED]),
        # a name that is another one's usual name is given up by both who have it
        (
            [Candidate("fabrikamacr", "contosoacr", A), Candidate(None, "fabrikamacr", C)],
            ["contosoacr", "fabrikamacr"],
        ),
        # as long as one of a label is being made, it has no login server
        (
            [Candidate(None, "contosoacr", A), Candidate(None, "contosoacr", B)],
            ["contosoacr.one.S1", "contosoacr.two.S2"],
        ),
        # a play on localhost, or on a group, is never one on a registry
        ([Candidate(None, "localhost", A)], ["contosoacr.one.S1"]),
        ([Candidate("All", "contosoacr", A)], ["contosoacr"]),
        ([], []),
    ],
)
def test_each_name_is_there_once_whatever_the_order(candidates, names):
    expected = dict(zip((one.id for one in candidates), names, strict=True))
    for order in itertools.permutations(candidates):
        assert host_names(order) == [expected[one.id] for one in order]
