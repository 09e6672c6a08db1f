# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be made again is, once; what was set otherwise at the target stays; the rest is named."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.registry import Replica
from ansible_collections.ownkey.acr.plugins.module_utils._domain.registry_part import (
    CacheRule,
    ScopeMap,
    Token,
    Webhook,
)
from ansible_collections.ownkey.acr.plugins.module_utils._domain.role import RoleAssignment
from ansible_collections.ownkey.acr.plugins.module_utils._rules.move import settings
from ansible_collections.ownkey.acr.plugins.module_utils._rules.move.settings import Parts
from samples import registry

MAP = ScopeMap("ci", "", ("repositories/team/app/content/read",))
BUILT_IN = ScopeMap("_repositories_pull", "", (), is_built_in=True)
TOKEN = Token("ci", "ci", "enabled", ("password1",))
HOOK = Webhook("push", "westeurope", ("push",), "", "enabled", {}, "https://ci.example/hook", {"key": "s3cret"})
RULE = CacheRule("hub", "docker.io/library/*", "hub/*")


def made(source=None, target=None, ours=Parts(), theirs=Parts(), with_passwords=False, finish=False):
    options = {"with_passwords": with_passwords, "finish": finish}
    found = settings.steps(source or registry("oldacr"), target or registry(), ours, theirs, **options)
    return {(step.kind, step.name): step for step in found}


#: A property of the source as it is not at first, what it is set to at the target, and another value that stays.
PROPERTIES = {
    "anonymousPullEnabled": (True, True, None),
    "dataEndpointEnabled": (True, True, None),
    "networkRuleBypassOptions": ("None", "None", None),
    "networkRuleSet": (
        {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "203.0.113.0/24"}]},
        {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "203.0.113.0/24"}]},
        {"defaultAction": "Deny", "ipRules": []},
    ),
    "policies": (
        {"azureADAuthenticationAsArmPolicy": {"status": "disabled"}},
        {"azureADAuthenticationAsArmPolicy": {"status": "disabled"}},
        None,
    ),
}


@pytest.mark.parametrize("name", PROPERTIES)
def test_a_setting_that_the_target_has_as_azure_makes_it_becomes_the_source_s(name):
    value, wish, other = PROPERTIES[name]
    source = registry("oldacr", **{name: value})
    assert made(source)["registry", ""].body == {"properties": {name: wish}}
    for stays in (value, other):
        if stays is not None:
            assert made(source, registry(**{name: stays})) == {}


def test_what_deletes_what_has_no_tag_is_set_last_and_only_when_the_move_ends():
    keeping = registry("oldacr", policies={"retentionPolicy": {"status": "enabled", "days": 9}})
    assert made(keeping) == {}
    assert [kind for kind, _name in made(keeping, ours=Parts((MAP,)), finish=True)] == ["scope_maps", settings.LAST]
    own = registry(policies={"retentionPolicy": {"status": "enabled", "days": 30}})
    assert made(keeping, own, finish=True) == {}


def test_what_takes_the_mover_s_own_rights_away_is_set_last_of_all_and_named_until_then():
    mode = {"roleAssignmentMode": "AbacRepositoryPermissions"}
    policies = {"retentionPolicy": {"status": "enabled", "days": 9}}
    source = registry("oldacr", **mode, policies=policies)
    assert made(source) == {}
    assert "roles by repository" in kinds(source=source)
    steps = settings.steps(source, registry(), Parts(), Parts(), with_passwords=False, finish=True)
    assert [step.kind for step in steps] == [settings.LAST] * 2
    assert steps[-1].body == {"properties": mode}
    assert made(source, registry(**mode, policies=policies), finish=True) == {}


@pytest.mark.parametrize(
    ("mine", "other"),
    [
        (Parts((MAP,)), Parts((ScopeMap("ci", "", ()),))),
        (Parts(tokens=(TOKEN,)), Parts(tokens=(Token("ci", "other", "enabled"),))),
        (Parts(webhooks=(HOOK,)), Parts(webhooks=(Webhook("push", "westeurope", ("delete",), "", "enabled", {}),))),
        (Parts(cache_rules=(RULE,)), Parts(cache_rules=(CacheRule("hub", "quay.io/x", "hub/*"),))),
    ],
)
def test_a_part_of_the_same_name_that_is_otherwise_is_named(mine, other):
    options = {"with_passwords": True}
    assert made(ours=mine, theirs=other) == {}
    (named,) = (one for one in left_of(mine, theirs=other, **options) if "otherwise" in one.why)
    assert named.command.startswith("az acr ")
    assert not [one for one in left_of(mine, theirs=mine, **options) if "otherwise" in one.why]


def test_nothing_that_the_source_has_as_azure_makes_it_is_set():
    assert made() == {}
    assert made(target=registry(anonymousPullEnabled=True)) == {}


def test_parts_are_made_once_in_the_order_of_their_need():
    ours = Parts((BUILT_IN, MAP), (TOKEN,), (HOOK,), (RULE,), (Replica("westeurope"), Replica("northeurope")))
    assert list(made(ours=ours)) == [
        ("replicas", "northeurope"),
        ("scope_maps", "ci"),
        ("tokens", "ci"),
        ("webhooks", "push"),
        ("cache_rules", "hub"),
    ]
    assert made(ours=ours, theirs=ours) == {}


def test_new_passwords_are_made_where_somebody_takes_them_and_none_is_there():
    ours = Parts((MAP,), (TOKEN,))
    step = made(ours=ours, theirs=Parts((MAP,), (Token("ci", "ci", "enabled"),)), with_passwords=True)
    assert list(step) == [("passwords", "ci")]
    assert made(ours=ours, theirs=ours, with_passwords=True) == {}
    assert made(ours=ours, theirs=ours) == {}


def test_the_headers_of_a_webhook_are_in_no_text():
    step = made(ours=Parts(webhooks=(HOOK,)))["webhooks", "push"]
    assert "s3cret" not in repr(step)
    assert step.part.body()["properties"]["customHeaders"] == {"key": "s3cret"}


def test_a_webhook_of_the_source_s_own_region_is_made_in_the_target_s():
    """Azure takes none in a region in which the registry is not (azure-cli #26676)."""
    elsewhere = dataclasses.replace(HOOK, name="north", location="northeurope")
    ours = Parts(webhooks=(HOOK, elsewhere), replicas=(Replica("westeurope"), Replica("northeurope")))
    there = made(target=dataclasses.replace(registry(), location="swedencentral"), ours=ours)
    assert there["webhooks", "push"].part.body()["location"] == "swedencentral"
    assert there["webhooks", "north"].part.body()["location"] == "northeurope"


def test_a_cache_rule_with_a_credential_set_is_named():
    ours = Parts(cache_rules=(CacheRule("hub", "a", "b", "secrets"),))
    assert made(ours=ours) == {}
    (left,) = (one for one in left_of(ours) if one.kind == "cache rule")
    assert ("secrets" in left.why, left.command.startswith("az acr cache create")) == (True, True)


@pytest.mark.parametrize(("target", "made_again"), [("hub/*", False), ("other/*", True), ("hub/alpine", False)])
def test_a_cache_rule_whose_repository_is_copied_is_named(target, made_again):
    ours = Parts(cache_rules=(CacheRule("hub", "a", target),), repositories=("hub/alpine",))
    assert bool(made(ours=ours)) is made_again
    assert ("cache rule" in kinds(ours)) is not made_again


def left_of(ours=Parts(), source=None, **options):
    options = {"with_passwords": False, "with_roles": False, "finish": False, **options}
    theirs = options.pop("theirs", Parts())
    return settings.left(source or registry("oldacr"), registry(), "contosoacr", ours, theirs, **options)


def kinds(*arguments, **options):
    return {one.kind for one in left_of(*arguments, **options)}


def test_what_is_left_is_named_with_its_command():
    always = {"role assignments", "hidden", "soft delete", "locks", "diagnostic settings", "policy exemptions", "tasks"}
    assert kinds() == always
    assert kinds(with_roles=True) == always - {"role assignments"}
    assert kinds(Parts(tokens=(TOKEN,))) == always | {"token passwords"}
    assert kinds(Parts(tokens=(TOKEN,)), with_passwords=True) == always
    assert kinds(Parts(listed={"private endpoints": ("pe",), "credential sets": ()})) == always | {"private endpoints"}
    assert kinds(source=registry("oldacr", adminUserEnabled=True)) == always | {"admin user"}
    assert kinds(source=registry("oldacr", publicNetworkAccess="Disabled")) == always | {"public network access"}
    assert all(one.command for one in left_of())


def test_what_could_not_be_listed_is_not_called_none():
    (left,) = (one for one in left_of(Parts(listed={"private endpoints": None})) if one.kind == "private endpoints")
    assert left.what == "?"


def test_role_assignments_are_made_again_with_their_conditions():
    one = RoleAssignment("i", "n", "/roleDefinitions/r", "p", "/source", condition="@Resource[…]")
    ours = Parts(role_assignments=(one,))
    assert list(made(ours=ours)) == [("role_assignments", "")]
    assert made(ours=ours, theirs=Parts(role_assignments=(one,))) == {}
    other = RoleAssignment("i", "n", "/roleDefinitions/r", "p", "/target")
    assert list(made(ours=ours, theirs=Parts(role_assignments=(other,)))) == [("role_assignments", "")]
