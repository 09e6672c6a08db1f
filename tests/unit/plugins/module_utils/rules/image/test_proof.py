# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.image import proof

READ = {"a": proof.Proof("readable", "team/app", "sha256:" + "1" * 64)}
LOCKED, EMPTY, DENIED = ({"a": proof.Proof(state)} for state in ("locked", "empty", "not_permitted"))


@pytest.mark.parametrize(
    ("status", "message", "state"),
    [
        (403, "denied: Access to Key Encryption Key is forbidden. View …", "locked"),
        (403, "The identity associated with the registry is inactive. This could …", "locked"),
        (403, "client with IP '203.0.113.10' is not allowed access.", "unreachable"),
        (None, "Tunnel connection failed", "unreachable"),
        (401, "authentication required", "not_permitted"),
        (403, "denied", "not_permitted"),
        (404, "manifest unknown", "gone"),
        (500, "oops", "unknown"),
    ],
)
def test_what_a_refusal_of_the_data_plane_means(status, message, state):
    assert proof.state_of(status=status, message=message, unreachable=status is None) == state
    assert state in proof.MEANING


@pytest.mark.parametrize(
    ("proofs", "words"),
    [(READ, "Proven on the data plane: read team/app@"), (EMPTY, "NOT proven"), (DENIED, "NOT proven"), ({}, "")],
)
def test_only_what_was_read_is_called_proven(proofs, words):
    text = proof.readable_words(proofs)
    assert words in text
    assert ("Proven" in text) is (proofs is READ)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (READ, LOCKED, "could be read before is refused now"),
        (LOCKED, LOCKED, "refuses every image"),
        (EMPTY, EMPTY, "NOT proven"),
        (READ, READ, "can still be read"),
        ({}, {}, "some minutes"),
    ],
)
def test_only_what_was_readable_before_is_said_to_be_refused_now(before, after, words):
    text = proof.locked_words(before, after)
    assert words in text
    assert ("read before" in text) is (before is READ and after is LOCKED)
