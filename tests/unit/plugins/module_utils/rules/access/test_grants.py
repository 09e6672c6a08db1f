# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.role import ROLES, CustomRole
from ansible_collections.ownkey.acr.plugins.module_utils._rules.access import grants
from samples import GROUP, PRINCIPAL, SUBSCRIPTION, VAULT, assignment, vault

CMK = ROLES["service_encryption_user"].id
OFFICER = ROLES["crypto_officer"].id
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"


def policy(*verbs):
    return [{"objectId": PRINCIPAL.upper(), "permissions": {"keys": list(verbs)}}]


@pytest.mark.parametrize("scope", [VAULT, GROUP, f"/subscriptions/{SUBSCRIPTION}", VAULT.upper(), f"{VAULT}/keys/cmk"])
@pytest.mark.parametrize("role", [CMK, OFFICER, CMK.upper()])
def test_a_role_at_the_key_or_above_it_is_enough(scope, role):
    grant = grants.grant(vault(), [assignment(role, scope=scope)], PRINCIPAL, key_name="cmk")
    assert grant.allowed is True
    assert grant.means[0].scope == scope


@pytest.mark.parametrize(
    "scope", [f"{VAULT}/keys/other", f"{VAULT}2", f"{GROUP}/providers/x/y/z", "/subscriptions/other"]
)
def test_a_role_elsewhere_is_not(scope):
    assert grants.grant(vault(), [assignment(CMK, scope=scope)], PRINCIPAL, key_name="cmk").allowed is False


def test_an_owner_has_no_right_to_keys():
    assert grants.grant(vault(), [assignment(OWNER)], PRINCIPAL, role="crypto_officer").allowed is False


def test_another_principal_s_role_does_not_count():
    assert grants.grant(vault(), [assignment(CMK, principal="someone")], PRINCIPAL).allowed is False


def test_a_role_that_we_do_not_know_leaves_it_open():
    custom = "99999999-9999-4999-8999-999999999999"
    assert grants.grant(vault(), [assignment(custom)], PRINCIPAL).allowed is None


def test_the_cmk_role_does_not_make_an_officer():
    assert grants.grant(vault(), [assignment(CMK)], PRINCIPAL, role="crypto_officer").allowed is False


@pytest.mark.parametrize(
    ("verbs", "allowed"),
    [
        (("get", "wrapKey", "unwrapKey"), True),
        (("Get", "WrapKey", "UnwrapKey"), True),
        (("all",), True),
        (("get", "wrapKey"), False),
        (("get", "unwrapKey"), False),
        ((), False),
    ],
)
def test_access_policies(verbs, allowed):
    assert grants.grant(vault(rbac=False, policies=policy(*verbs)), [], PRINCIPAL).allowed is allowed


def test_all_leaves_rotate_out():
    assert (
        grants.grant(vault(rbac=False, policies=policy("all")), [], PRINCIPAL, role="crypto_officer").allowed is False
    )
    both = policy("all", "rotate")
    assert grants.grant(vault(rbac=False, policies=both), [], PRINCIPAL, role="crypto_officer").allowed is True


def test_policies_do_not_count_in_a_role_based_vault_nor_roles_in_the_other():
    assert grants.grant(vault(policies=policy("all")), [], PRINCIPAL).allowed is False
    assert grants.grant(vault(rbac=False), [assignment(CMK)], PRINCIPAL).allowed is False


def test_an_assignment_s_name_is_the_same_for_the_same_and_another_for_another():
    name = grants.assignment_name(scope=VAULT, principal_id=PRINCIPAL, role_id=CMK)
    assert name == grants.assignment_name(
        scope=VAULT.upper() + "/", principal_id=PRINCIPAL.upper(), role_id=CMK.upper()
    )
    others = {
        grants.assignment_name(scope=GROUP, principal_id=PRINCIPAL, role_id=CMK),
        grants.assignment_name(scope=VAULT, principal_id=PRINCIPAL, role_id=OFFICER),
        grants.assignment_name(scope=VAULT, principal_id="x", role_id=CMK),
    }
    assert len(others | {name}) == 4


@pytest.mark.parametrize(
    ("permissions", "unwraps", "enough"),
    [
        ([{"dataActions": ["Microsoft.KeyVault/vaults/keys/*"]}], True, True),
        ([{"dataActions": ["microsoft.keyvault/vaults/*/action"]}], True, False),
        ([{"dataActions": ["*"], "notDataActions": ["Microsoft.KeyVault/vaults/keys/unwrap/action"]}], False, False),
        ([{"actions": ["*"]}], False, False),
        ([{"dataActions": ["*/unwrap/action"]}, {"dataActions": ["*/wrap/action", "*/keys/read"]}], True, True),
        ([], False, False),
    ],
)
def test_what_of_a_custom_role_concerns_keys(permissions, unwraps, enough):
    role = CustomRole.from_wire({"properties": {"roleName": "Ours", "permissions": permissions}})
    assert (role.name, role.unwraps, role.enough) == ("the custom role Ours", unwraps, enough)


@pytest.mark.parametrize(
    ("data_actions", "unwraps", "enough"),
    [
        (["Microsoft.KeyVault/managedHsm/keys/unwrap/action"], True, False),
        ([f"Microsoft.KeyVault/managedHsm/keys/{verb}/action" for verb in ("read", "wrap", "unwrap")], True, True),
        (["Microsoft.KeyVault/vaults/keys/*"], False, False),
    ],
)
def test_what_of_a_managed_hsm_s_own_role_concerns_keys(data_actions, unwraps, enough):
    permissions = [{"dataActions": data_actions}]
    role = CustomRole.from_local_wire({"properties": {"roleName": "Ours", "permissions": permissions}})
    assert (role.unwraps, role.enough) == (unwraps, enough)


def test_a_built_in_role_that_is_new_to_us_is_not_called_custom():
    role = CustomRole.from_wire({"properties": {"roleName": "Fresh", "type": "BuiltInRole", "permissions": []}})
    assert role.name == "the role Fresh"
