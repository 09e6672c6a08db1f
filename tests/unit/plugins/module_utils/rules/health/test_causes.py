# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.access.grants import Grant, Means
from ansible_collections.ownkey.acr.plugins.module_utils._rules.health import causes
from samples import DAY, DELETED_VAULT, VAULT, key, observed, role_of, vault


def codes(observation):
    return [finding.code for finding in causes.causes(observation)]


def test_a_healthy_registry_gives_no_finding():
    assert codes(observed()) == []


CAUSES = {
    "identity_missing": {"identity": {"exists": False}, "grant": None},
    "identity_deleted": {"identity": {"deleted": True}, "grant": None},
    "identity_recreated": {"identity": {"recreated": True}},
    "system_identity_lost": {"identity": {"system": True, "attached": False}, "grant": None},
    "identity_not_attached": {"identity": {"attached": False}},
    "vault_deleted": {
        "store": None,
        "deleted_store": DELETED_VAULT,
        "key": None,
        "key_state": "unreachable",
        "grant": None,
    },
    "vault_missing": {"store": None, "store_missing": True, "key": None, "key_state": "unreachable", "grant": None},
    "key_deleted": {"key": None, "key_state": "deleted"},
    "key_missing": {"key": None, "key_state": "missing"},
    "not_rsa": {"key": key(key_type="EC")},
    "key_disabled": {"key": key(enabled=False)},
    "key_expired": {"key": key(expires_on="2020-01-01T00:00:00Z")},
    "key_not_yet_valid": {"key": key(not_before="2040-01-01T00:00:00Z")},
    "key_operations": {"key": key(operations=["sign"])},
    "access_missing": {"grant": Grant(False)},
    "access_fresh": {"grant": Grant(True, (role_of(60),))},
    "vault_firewall": {"store": vault(networkAcls={"defaultAction": "Deny", "bypass": "None"})},
    "vault_firewall_user_identity": {"store": vault(networkAcls={"defaultAction": "Deny", "bypass": "AzureServices"})},
}


@pytest.mark.parametrize(("code", "changes"), CAUSES.items())
def test_each_cause_alone_is_named_with_its_remedy(code, changes):
    observation = observed(**changes)
    assert codes(observation) == [code]
    (finding,) = causes.causes(observation)
    assert finding.what.endswith(".")
    assert finding.remedy.endswith(".")


def test_access_missing_speaks_of_the_vault_s_own_model():
    (by_role,) = causes.causes(observed(grant=Grant(False)))
    (by_policy,) = causes.causes(observed(grant=Grant(False), store=vault(rbac=False)))
    assert "Key Vault Crypto Service Encryption User" in by_role.what
    assert "get, wrapKey and unwrapKey" in by_policy.what


def test_several_causes_are_all_found_the_most_basic_first():
    observation = observed(identity={"attached": False}, key=key(enabled=False), grant=Grant(False))
    assert codes(observation) == ["identity_not_attached", "key_disabled", "access_missing"]


def test_what_could_not_be_seen_is_not_accused():
    assert codes(observed(store=None, key=None, key_state="denied", grant=None)) == []
    assert codes(observed(grant=Grant(None))) == []


def test_the_system_identity_passes_a_firewall_that_lets_trusted_services_through():
    walled = vault(publicNetworkAccess="Disabled")
    assert codes(observed(store=walled, identity={"system": True})) == []
    assert codes(observed(store=walled)) == ["vault_firewall_user_identity"]


@pytest.mark.parametrize(("age", "helps"), [(0, True), (599, True), (600, False), (DAY, False)])
def test_waiting_helps_only_while_a_role_may_still_spread(age, helps):
    fresh = Grant(True, (role_of(age),))
    assert causes.waiting_may_help(observed(grant=fresh)) is helps


@pytest.mark.parametrize(
    "changes",
    [
        {"grant": Grant(False)},
        {"grant": None},
        {"key": key(enabled=False), "grant": Grant(True, (role_of(0),))},
        {"grant": Grant(True, (Means("policy", "p", VAULT),))},
    ],
)
def test_waiting_does_not_help_against_another_cause(changes):
    assert causes.waiting_may_help(observed(**changes)) is False
