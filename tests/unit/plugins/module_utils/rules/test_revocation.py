# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules import key_identifier, revocation
from ansible_collections.ownkey.acr.plugins.module_utils._rules.failure import Failure
from samples import CLIENT, CLOUD, GROUP, KEY, V1, V2, registry

PLAIN = registry("plainacr", encryption={"status": "disabled"})
ON_V1, ON_V2 = registry("firstacr"), registry("secondacr", version=V2)
ELSEWHERE = registry("thirdacr", key="https://other-kv.vault.azure.net/keys/cmk")
EVERYONE = [PLAIN, ON_V1, ON_V2, ELSEWHERE]


def found(some):
    return [known["name"] for known in some]


def test_who_uses_a_key_a_version_a_vault_an_identity_a_group():
    key = key_identifier.parse(KEY, CLOUD)
    assert found(revocation.users_of_key(EVERYONE, key, CLOUD)) == ["firstacr", "secondacr"]
    assert found(revocation.users_of_key(EVERYONE, key, CLOUD, version=V1.upper())) == ["firstacr"]
    assert found(revocation.users_of_vault(EVERYONE, "CONTOSO-KV")) == ["firstacr", "secondacr"]
    assert found(revocation.users_of_identity(EVERYONE, CLIENT.upper())) == ["firstacr", "secondacr", "thirdacr"]
    assert found(revocation.in_group(EVERYONE, GROUP.upper())) == found(EVERYONE)
    assert revocation.in_group(EVERYONE, f"{GROUP}2") == []


@pytest.mark.parametrize(
    "confirm",
    [
        ["firstacr", "secondacr"],
        "firstacr,secondacr",
        "FIRSTACR, SecondAcr ",
        ["firstacr,secondacr"],
        ["a", "secondacr", "firstacr"],
    ],
)
def test_every_form_of_a_full_confirmation(confirm):
    revocation.require_confirmation([ON_V1, ON_V2], confirm, what="deleting")


@pytest.mark.parametrize(
    "confirm", [None, "", [], [""], "firstacr", ["firstacr"], "yes", True, "all", ["firstacr secondacr"]]
)
def test_anything_less_is_refused_with_the_whole_list(confirm):
    with pytest.raises(Failure) as caught:
        revocation.require_confirmation([ON_V1, ON_V2], confirm, what="deleting the key cmk")
    assert "firstacr and secondacr" in caught.value.message
    assert "Nothing was changed" in caught.value.hint
    assert [one["name"] for one in caught.value.details["would_lose_access"]] == ["firstacr", "secondacr"]


def test_nobody_to_lose_anything_needs_no_confirmation():
    revocation.require_confirmation([], None, what="deleting")
