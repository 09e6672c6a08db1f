# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.key_store import NetworkAcls
from ansible_collections.ownkey.acr.plugins.module_utils._rules.key_store import plan as vault_plan
from samples import DELETED_VAULT, vault


def wish(**changes):
    if "network_acls" in changes:
        lists = {name: tuple(value) for name, value in changes["network_acls"].items() if isinstance(value, list)}
        changes["network_acls"] = NetworkAcls(**{**changes["network_acls"], **lists})
    return vault_plan.Desired(**{"name": "contoso-kv", "location": "westeurope", "tenant_id": "t", **changes})


@pytest.mark.parametrize(("access", "flag"), [(None, True), ("rbac", True), ("policy", False)])
def test_the_permission_model_is_always_said(access, flag):
    body = vault_plan.create(wish(access=access)).steps[0].body
    assert body["properties"]["enableRbacAuthorization"] is flag
    assert body["properties"]["accessPolicies"] == []


@pytest.mark.parametrize("protect", [True, False])
def test_purge_protection_is_never_sent_as_false(protect):
    step = vault_plan.create(wish(purge_protection=protect)).steps[0]
    assert step.body["properties"].get("enablePurgeProtection") == (True if protect else None)
    assert ("WITHOUT purge protection" in step.text) is not protect


def test_a_recovery_says_no_more_than_needed_but_for_the_tags_that_a_policy_may_want():
    body = vault_plan.recover(wish(), DELETED_VAULT).steps[0].body
    assert body["properties"]["createMode"] == "recover"
    assert body["tags"] == {"owner": "contoso"}


ACLS = {"default_action": "Deny", "bypass": "AzureServices", "ip_rules": ["1.2.3.4"], "virtual_network_rules": []}
KNOWN_ACLS = {"defaultAction": "Deny", "bypass": "AzureServices", "ipRules": [{"value": "1.2.3.4/32"}]}


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({}, {}),
        ({"location": "West Europe"}, {}),
        ({"access": "rbac", "sku": "standard"}, {}),
        ({"soft_delete_retention_days": 90}, {}),
        ({"public_network_access": "Enabled"}, {}),
        ({"network_acls": ACLS}, {"networkAcls": KNOWN_ACLS}),
        ({"purge_protection": False}, {}),
        # Azure cannot turn it off again, so it is never turned on without a word
        ({}, {"enablePurgeProtection": None}),
    ],
)
def test_what_is_as_wanted(changes, known):
    assert vault_plan.update(wish(**changes), vault(**known)).steps == ()


@pytest.mark.parametrize(
    ("changes", "known", "action"),
    [
        ({"purge_protection": True}, {"enablePurgeProtection": None}, "patch_vault"),
        ({"sku": "premium"}, {}, "patch_vault"),
        ({"tags": {"a": "b"}}, {}, "patch_vault"),
        ({"access": "policy"}, {}, "lock"),
        ({"public_network_access": "Disabled"}, {}, "lock"),
        ({"network_acls": ACLS}, {}, "lock"),
        ({"network_acls": {**ACLS, "bypass": "None"}}, {"networkAcls": KNOWN_ACLS}, "lock"),
        ({"network_acls": {**ACLS, "ip_rules": []}}, {"networkAcls": KNOWN_ACLS}, "patch_vault"),
        ({"network_acls": {"default_action": "Allow"}}, {"networkAcls": KNOWN_ACLS}, "patch_vault"),
        ({"public_network_access": "Enabled"}, {"publicNetworkAccess": "Disabled"}, "patch_vault"),
    ],
)
def test_what_differs_and_what_of_it_can_lock_registries_out(changes, known, action):
    (step,) = vault_plan.update(wish(**changes), vault(**known)).steps
    assert step.action == action


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"location": "northeurope"}, "fixed_location"), ({"soft_delete_retention_days": 7}, "fixed_retention")],
)
def test_what_azure_fixes_at_creation(changes, code):
    with pytest.raises(Failure) as caught:
        vault_plan.update(wish(**changes), vault())
    assert caught.value.code == code
