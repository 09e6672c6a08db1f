# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import key_identifier
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.resource import Resource
from ansible_collections.ownkey.acr.plugins.module_utils._domain.role import ROLES
from ansible_collections.ownkey.acr.plugins.module_utils._rules.access.ways import ways
from ansible_collections.ownkey.acr.plugins.module_utils._rules.dependents import registries
from ansible_collections.ownkey.acr.plugins.module_utils._rules.revocation.confirmation import (
    labels,
    require_confirmation,
)
from ansible_collections.ownkey.acr.plugins.module_utils._rules.revocation.plan import access_plan
from ansible_collections.ownkey.acr.plugins.module_utils._rules.revocation.undo import undo
from samples import CLIENT, CLOUD, GROUP, KEY, PRINCIPAL, V1, V2, VAULT, assignment, registry, vault

PLAIN = registry("plainacr", encryption={"status": "disabled"})
ON_V1, ON_V2 = registry("firstacr"), registry("secondacr", version=V2)
ELSEWHERE = registry("thirdacr", key="https://other-kv.vault.azure.net/keys/cmk")
EVERYONE = [PLAIN, ON_V1, ON_V2, ELSEWHERE]


def names(some):
    return [one.name for one in some]


def test_who_uses_a_key_a_version_a_vault_an_identity_a_group():
    key = key_identifier.parse(KEY, CLOUD)
    assert names(registries.users_of_key(EVERYONE, key)) == ["firstacr", "secondacr"]
    assert names(registries.users_of_key(EVERYONE, key, version=V1.upper())) == ["firstacr"]
    assert names(registries.users_of_store(EVERYONE, "contoso-kv.vault.azure.net")) == ["firstacr", "secondacr"]
    assert {one.key_principal for one in (ON_V1, ON_V2)} == {PRINCIPAL}
    assert names(registries.users_of_identity(EVERYONE, CLIENT.upper())) == ["firstacr", "secondacr", "thirdacr"]
    assert names(registries.in_group(EVERYONE, GROUP.upper())) == names(EVERYONE)
    assert registries.in_group(EVERYONE, f"{GROUP}2") == []


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
    require_confirmation([ON_V1, ON_V2], confirm, what="deleting")


@pytest.mark.parametrize(
    "confirm", [None, "", [], [""], "firstacr", ["firstacr"], "yes", True, "all", ["firstacr secondacr"]]
)
def test_anything_less_is_refused_with_the_whole_list(confirm):
    with pytest.raises(Failure) as caught:
        require_confirmation([ON_V1, ON_V2], confirm, what="deleting the key cmk")
    assert "firstacr and secondacr" in caught.value.message
    assert "Nothing was changed" in caught.value.hint
    assert [one["name"] for one in caught.value.details["would_lose_access"]] == ["firstacr", "secondacr"]


def test_nobody_to_lose_anything_needs_no_confirmation():
    require_confirmation([], None, what="deleting")


def test_other_resources_must_be_named_too():
    others = [Resource("contosostore", "/x", "t", "storage account")]
    with pytest.raises(Failure, match="the storage account contosostore") as caught:
        require_confirmation([ON_V1], ["firstacr"], what="deleting the key cmk", others=others)
    assert caught.value.details["others_would_lose_access"] == [other.result() for other in others]
    assert "not confirmed yet: contosostore" in caught.value.hint
    require_confirmation([ON_V1], "firstacr, contosostore", what="deleting", others=others)


CMK = ROLES["service_encryption_user"].id
CUSTOM = "99999999-9999-4999-8999-999999999999"
POLICY = [{"objectId": PRINCIPAL, "permissions": {"keys": ["get", "wrapKey", "unwrapKey"]}}]


def plan_of(assignments, *, rbac=True, policies=()):
    store = vault(rbac=rbac, accessPolicies=list(policies))
    plan = access_plan(ways(store, assignments, PRINCIPAL, "cmk"), PRINCIPAL, key_identifier.parse(KEY, CLOUD))
    return [step.action for step in plan.steps], len(plan.remaining), len(plan.dormant)


@pytest.mark.parametrize(
    ("assignments", "rbac", "policies", "expected"),
    [
        ([], True, (), ([], 0, 0)),
        ([assignment(CMK)], True, (), (["unassign"], 0, 0)),
        ([assignment(CMK, scope=f"{VAULT}/keys/cmk")], True, (), (["unassign"], 0, 0)),
        ([assignment(CMK), assignment(CMK, scope=GROUP)], True, (), (["unassign"], 1, 0)),
        ([assignment(CMK, principal="a-group")], True, (), ([], 1, 0)),
        ([assignment(CUSTOM)], True, (), ([], 1, 0)),
        ([assignment(CMK)], True, POLICY, (["unassign"], 0, 1)),
        ([assignment(CMK)], False, POLICY, (["remove_policy"], 0, 1)),
        ([assignment(CMK, scope=f"{VAULT}/keys/other")], True, (), ([], 0, 0)),
    ],
)
def test_only_what_the_identity_itself_was_given_here_is_taken_away(assignments, rbac, policies, expected):
    assert plan_of(assignments, rbac=rbac, policies=policies) == expected


def test_one_name_does_not_confirm_two_registries():
    twin = registry("firstacr", loginServer="firstacr-abc.azurecr.io")
    twin = dataclasses.replace(twin, id=twin.id.replace("/contoso/", "/other/"))
    with pytest.raises(Failure) as caught:
        require_confirmation([ON_V1, twin], ["firstacr"], what="deleting")
    assert "firstacr-abc.azurecr.io" in caught.value.hint
    require_confirmation([ON_V1, twin], ["firstacr.azurecr.io", "firstacr-abc.azurecr.io"], what="deleting")
    require_confirmation([ON_V1, twin], [ON_V1.id, twin.id.upper()], what="deleting")


TWIN = dataclasses.replace(
    registry("firstacr", loginServer="firstacr-abc.azurecr.io"), id=ON_V1.id.replace("/contoso/", "/other/")
)


def test_what_a_confirmation_has_to_name_tells_two_of_one_name_apart():
    stores = [Resource("contosostore", f"/{group}/contosostore", "t", "storage account") for group in ("a", "b")]
    assert labels([ON_V1, TWIN], stores) == ["firstacr", "firstacr-abc.azurecr.io", *(one.id for one in stores)]
    require_confirmation([ON_V1, TWIN], labels([ON_V1, TWIN], stores), what="deleting", others=stores)


@pytest.mark.parametrize("said", [["firstacr", "contosostore"], ["firstacr", "/a/contosostore"]])
def test_one_name_does_not_confirm_two_other_resources(said):
    stores = [Resource("contosostore", f"/{group}/contosostore", "t", "storage account") for group in ("a", "b")]
    with pytest.raises(Failure, match="confirm"):
        require_confirmation([ON_V1], said, what="deleting", others=stores)


SUBSCRIPTION = ON_V1.resource_id.subscription


@pytest.mark.parametrize(
    ("registries_", "subscription", "arguments"),
    [
        ([ON_V1], SUBSCRIPTION, "-e acr_cmk_registry=firstacr -e acr_cmk_resource_group=contoso"),
        ([ON_V1, ON_V2], SUBSCRIPTION, "-e acr_cmk_registries=firstacr,secondacr -e acr_cmk_resource_group=contoso"),
        ([ON_V1], "another", f"-e acr_cmk_registry={ON_V1.id}"),
        ([ON_V1, TWIN], SUBSCRIPTION, f"-e acr_cmk_registries={ON_V1.id},{TWIN.id}"),
    ],
)
def test_the_command_that_undoes_a_revocation_means_the_very_registries(registries_, subscription, arguments):
    assert undo(registries_, subscription) == f"ansible-playbook ownkey.acr.restore {arguments}"
