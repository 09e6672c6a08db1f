# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was not seen is told, where no cause was."""

from __future__ import annotations

import dataclasses

from ansible_collections.ownkey.acr.plugins.module_utils._domain.key_identifier import KeyIdentifier
from ansible_collections.ownkey.acr.plugins.module_utils._operations.health import observe
from ansible_collections.ownkey.acr.plugins.module_utils._rules.health.observation import Observation

KEY = KeyIdentifier("contoso-kv.vault.azure.net", "cmk", "", "vault")


def test_what_could_not_be_looked_at() -> None:
    observation = Observation(KEY, 0.0, key_state="there")
    assert observation.unseen == ["the vault contoso-kv (Reader)"]
    assert "You could not see the vault contoso-kv (Reader)." in observe.refuse(observation).message
    denied = dataclasses.replace(observation, key_state="denied", store_missing=True)
    assert denied.unseen == ["the key (Key Vault Reader, or the policy get and list)"]
    silent = dataclasses.replace(observation, key_state="unreachable")
    assert silent.unseen[0] == "the key (its key store did not answer)"
