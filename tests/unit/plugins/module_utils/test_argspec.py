# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._argspec import without_empty

OPTIONS = {
    "name": {"type": "str", "required": True},
    "size": {"type": "int"},
    "hsm": {"type": "bool"},
    "state": {"type": "str", "choices": ["present"]},
    "tags": {"type": "dict"},
    "policy": {"type": "dict", "options": {"expiry": {"type": "str"}, "days": {"type": "int"}}},
    "replicas": {"type": "list", "elements": "dict", "options": {"location": {"required": True}, "zones": {}}},
}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"size": "", "hsm": "", "state": "", "tags": ""}, {}),
        ({"size": 0, "hsm": False, "tags": {}}, {"size": 0, "hsm": False, "tags": {}}),
        ({"policy": {"expiry": "", "days": 5}}, {"policy": {"days": 5}}),
        ({"replicas": [{"location": "", "zones": ""}, "text"]}, {"replicas": [{"location": ""}, "text"]}),
        ({"name": "", "unknown": ""}, {"name": ""}),
        ({"tags": {"empty": ""}}, {"tags": {"empty": ""}}),
    ],
)
def test_an_empty_text_counts_as_not_given_whatever_the_type(params, expected):
    assert without_empty(params, OPTIONS) == expected
