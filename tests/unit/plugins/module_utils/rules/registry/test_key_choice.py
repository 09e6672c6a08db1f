# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import key_identifier
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._rules.registry import key_choice
from ansible_collections.ownkey.acr.plugins.module_utils._rules.registry.key_choice import KeyWish
from samples import CLOUD, KEY, V1, V2, registry

OTHER = "https://other-kv.vault.azure.net/keys/cmk"
AUTOMATIC, MANUAL = registry().encryption, registry(key=f"{KEY}/{V1}").encryption


def chosen(text, mode, encryption, **facts):
    key = key_identifier.parse(text, CLOUD) if text else None
    answer = key_choice.choose(KeyWish(key, mode), encryption, **facts)
    return str(answer) if answer else None


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        (KEY, None, KEY),
        (KEY, "automatic", KEY),
        (KEY, "keep", KEY),
        (KEY, "manual", f"{KEY}/{V2}"),
        (f"{KEY}/{V1}", None, f"{KEY}/{V1}"),
        (f"{KEY}/{V1}", "manual", f"{KEY}/{V1}"),
        (f"{KEY}/{V1}", "keep", f"{KEY}/{V1}"),
    ],
)
def test_a_new_registry(text, mode, expected):
    assert chosen(text, mode, None, newest=V2) == expected


@pytest.mark.parametrize(
    ("encryption", "text", "mode", "expected"),
    [
        # what was not said changes nothing
        (AUTOMATIC, None, None, None),
        (MANUAL, None, None, None),
        (AUTOMATIC, KEY, "keep", None),
        (MANUAL, KEY, "keep", None),
        (MANUAL, KEY, "manual", None),
        (AUTOMATIC, f"{KEY}/{V1}", "keep", None),
        # the mode in so many words
        (MANUAL, None, "automatic", KEY),
        (AUTOMATIC, None, "manual", f"{KEY}/{V1}"),
        (AUTOMATIC, KEY, "manual", f"{KEY}/{V1}"),
        (MANUAL, KEY, "automatic", KEY),
        # the identifier in so many words
        (MANUAL, KEY, None, KEY),
        (AUTOMATIC, f"{KEY}/{V1}", None, f"{KEY}/{V1}"),
        # a newer version that is named is gone to
        (MANUAL, f"{KEY}/{V2}", "keep", f"{KEY}/{V2}"),
        (MANUAL, f"{KEY}/{V2}", "manual", f"{KEY}/{V2}"),
        (AUTOMATIC, f"{KEY}/{V2}", "manual", f"{KEY}/{V2}"),
        # another key, in the mode that there is
        (AUTOMATIC, OTHER, "keep", OTHER),
        (MANUAL, OTHER, "keep", f"{OTHER}/{V2}"),
        (MANUAL, OTHER, "manual", f"{OTHER}/{V2}"),
        (MANUAL, f"{OTHER}/{V1}", "keep", f"{OTHER}/{V1}"),
    ],
)
def test_a_registry_that_is_there(encryption, text, mode, expected):
    assert chosen(text, mode, encryption, newest=V2) == expected


@pytest.mark.parametrize("encryption", [AUTOMATIC, MANUAL])
@pytest.mark.parametrize("mode", ["keep", "manual"])
def test_a_named_version_is_never_a_way_back(encryption, mode):
    answer = chosen(f"{KEY}/{V2}", mode, encryption, is_older=True)
    assert answer == (f"{KEY}/{V1}" if encryption is AUTOMATIC and mode == "manual" else None)


def test_an_older_version_by_its_identifier_alone_is_refused_unless_it_was_said():
    key = key_identifier.parse(f"{KEY}/{V2}", CLOUD)
    with pytest.raises(Failure, match="allow_older_version: true"):
        key_choice.choose(KeyWish(key), MANUAL, is_older=True)
    assert key_choice.choose(KeyWish(key, allow_older=True), MANUAL, is_older=True) == key


def test_a_contradiction():
    with pytest.raises(Failure) as caught:
        key_choice.check(KeyWish(key_identifier.parse(f"{KEY}/{V1}", CLOUD), "automatic"))
    assert caught.value.code == "contradiction"


@pytest.mark.parametrize(
    ("text", "mode", "encryption", "newest", "history"),
    [
        (KEY, "manual", None, True, False),
        (KEY, None, None, False, False),
        (KEY, "keep", MANUAL, False, False),
        (OTHER, "keep", MANUAL, True, False),
        (OTHER, "keep", AUTOMATIC, False, False),
        (f"{KEY}/{V2}", "keep", MANUAL, False, True),
        (f"{KEY}/{V1}", "keep", MANUAL, False, False),
    ],
)
def test_nothing_is_asked_that_need_not_be_known(text, mode, encryption, newest, history):
    wish = KeyWish(key_identifier.parse(text, CLOUD), mode)
    assert key_choice.needs_newest(wish, encryption) is newest
    assert key_choice.needs_history(wish, encryption) is history
