# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import names
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure

GOOD = {
    "registry": ["abcde", "Contoso1", "a" * 50, "12345"],
    "vault": ["abc", "contoso-kv", "a1-b2-c3", "a" * 24, "Kv1"],
    "key": ["k", "cmk", "A-1", "-", "a" * 127],
    "identity": ["abc", "contoso_id", "1-a", "a" * 128],
    "resource group": ["a", "contoso", "a.b", "(x)_-1", "a" * 90, "übung"],
}
BAD = {
    "registry": ["", "abcd", "a" * 51, "contoso-acr", "contoso_acr", "contoso.acr", "cönto", "contoso acr", None],
    "vault": ["", "ab", "a" * 25, "1abc", "-abc", "abc-", "a--b", "a_b", "a.b", "kv ", None],
    "key": ["", "a" * 128, "a_b", "a.b", "a/b", "a b", None],
    "identity": ["", "ab", "a" * 129, "-abc", "_abc", "a.bc", "a b c", None],
    "resource group": ["", "a" * 91, "a.", "a b", "a/b", "a#", None],
}


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, some in GOOD.items() for n in some])
def test_a_name_that_azure_takes(kind, name):
    assert names.check(kind, name) == name


@pytest.mark.parametrize(("kind", "name"), [(k, n) for k, some in BAD.items() for n in some])
def test_a_name_that_azure_would_reject(kind, name):
    with pytest.raises(Failure) as caught:
        names.check(kind, name, parameter="p")
    assert caught.value.parameter == "p"
    assert caught.value.code == "invalid_name"
    assert f"A {kind}'s name has" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("11111111-1111-4111-8111-111111111111", True), ("1111", False), ("contoso-id", False), ("", False)],
)
def test_guids(text, is_one):
    assert names.is_guid(text) is is_one
