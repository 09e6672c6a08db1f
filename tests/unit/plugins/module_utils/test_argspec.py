# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._argspec import in_own_case, without_empty

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


CHOICES = {
    "sku": {"type": "str", "choices": ["Basic", "Premium"]},
    "size": {"type": "int", "choices": [2048, 3072]},
    "operations": {"type": "list", "elements": "str", "choices": ["unwrapKey", "wrapKey"]},
    "name": {"type": "str"},
    "twins": {"type": "str", "choices": ["Key", "KEY"]},
    "acls": {"type": "dict", "options": {"bypass": {"type": "str", "choices": ["AzureServices", "None"]}}},
    "replicas": {"type": "list", "elements": "dict", "options": {"zones": {"type": "str", "choices": ["Enabled"]}}},
}


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ({"sku": "premium"}, {"sku": "Premium"}),
        ({"sku": " PREMIUM "}, {"sku": "Premium"}),
        ({"operations": ["WRAPKEY", "unwrapkey"]}, {"operations": ["wrapKey", "unwrapKey"]}),
        ({"operations": "WrapKey, UnwrapKey"}, {"operations": "wrapKey,unwrapKey"}),
        ({"acls": {"bypass": "none"}}, {"acls": {"bypass": "None"}}),
        ({"replicas": [{"zones": "enabled"}]}, {"replicas": [{"zones": "Enabled"}]}),
    ],
)
def test_a_choice_is_taken_in_any_case_and_sent_in_its_own(typed, taken):
    assert in_own_case(typed, CHOICES) == taken


@pytest.mark.parametrize(
    "typed",
    [
        {"name": "Premium"},
        {"sku": "premum"},
        {"sku": None},
        {"size": "2048"},
        {"twins": "key"},
        {"twins": "KEY"},
        {"acls": "text"},
        {"sku": {"sku": "premium"}},
        {"unknown": "BASIC"},
    ],
)
def test_what_is_no_choice_or_might_be_two_stays_as_it_is(typed):
    assert in_own_case(typed, CHOICES) == typed
