# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests side by side in one run, and several runs at once."""

from __future__ import annotations

import pathlib

from ansible_collections.ownkey.acr.plugins.module_utils._azure.session import Session
from ansible_collections.ownkey.acr.plugins.module_utils._clock import TellingClock
from support.near import NearClock, near, variables


def test_a_request_is_not_touched_by_the_client_that_another_thread_makes(tmp_path: pathlib.Path) -> None:
    """A policy belongs to one pipeline: one that two clients share sends through whichever was made last."""
    with near(tmp_path) as azure:
        session = Session({}, variables(azure), TellingClock(NearClock(azure), lambda _line: None))
        clients = [session.client(name) for name in ("groups", "vaults", "registries", "access", "identities")]
        policies = [id(policy) for client in clients for policy in client._client._pipeline._impl_policies]
        assert len(policies) == len(set(policies))
