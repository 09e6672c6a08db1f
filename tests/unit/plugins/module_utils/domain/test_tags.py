# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import tags
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure

CURRENT = {"Owner": "contoso", "env": "prod"}


@pytest.mark.parametrize(
    ("wanted", "append", "expected"),
    [
        (None, True, None),
        ({}, True, None),
        ({"owner": "contoso"}, True, None),
        ({"OWNER": "contoso", "Env": "prod"}, False, None),
        ({"owner": "fabrikam"}, True, {"Owner": "fabrikam", "env": "prod"}),
        ({"owner": "contoso"}, False, {"Owner": "contoso"}),
        ({"new": 1}, True, {"Owner": "contoso", "env": "prod", "new": "1"}),
        ({}, False, {}),
    ],
)
def test_names_of_a_resource_s_tags_are_compared_without_regard_to_case(wanted, append, expected):
    assert tags.merged(wanted, CURRENT, append=append) == expected


def test_those_of_a_key_are_not():
    assert tags.merged({"owner": "contoso"}, CURRENT, append=True, ignore_case=False) == {**CURRENT, "owner": "contoso"}


def test_one_name_in_two_spellings_is_refused():
    with pytest.raises(Failure, match="A and a are one tag"):
        tags.merged({"a": "1", "A": "2"}, {}, append=True)
