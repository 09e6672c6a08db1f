# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import key_identifier
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.identity import Identity
from ansible_collections.ownkey.acr.plugins.module_utils._domain.registry import Replica, Settings
from ansible_collections.ownkey.acr.plugins.module_utils._rules.registry import plan as rules
from ansible_collections.ownkey.acr.plugins.module_utils._rules.registry.desired import (
    Desired,
    DesiredNetwork,
    DesiredReplica,
)
from samples import CLIENT, CLOUD, GROUP, IDENTITY, KEY, PRINCIPAL, V1, V2, registry

OTHER = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/other"
ME = Identity("contoso-id", CLIENT, PRINCIPAL, IDENTITY)
HER = Identity("other", "33333333-3333-4333-8333-333333333333", "p2", OTHER)
SYSTEM = Identity("system", None, "p3", None)


def desired(**changes):
    base = Desired(
        name="contosoacr",
        location="westeurope",
        sku="Premium",
        key=key_identifier.parse(KEY, CLOUD),
        identity=ME,
    )
    if "settings" in changes:
        changes["settings"] = Settings(**changes["settings"])
    if "network_rule_set" in changes:
        network = changes["network_rule_set"]
        changes["network_rule_set"] = DesiredNetwork(network["default_action"], tuple(network["ip_rules"]))
    if "replicas" in changes:
        changes["replicas"] = tuple(DesiredReplica(**replica) for replica in changes["replicas"])
    return dataclasses.replace(base, **changes)


def key(text):
    return key_identifier.parse(text, CLOUD)


def update(wanted, known=None, **more):
    if "replicas" in more:
        more["replicas"] = [Replica.from_wire(wire) for wire in more["replicas"]]
    return rules.update(wanted, known or registry(), **more)


def test_create_sends_what_azure_recorded():
    step = rules.create(desired(tags={"a": "b"}, settings={"admin_user_enabled": True})).steps[0]
    assert step.body == {
        "location": "westeurope",
        "sku": {"name": "Premium"},
        "tags": {"a": "b"},
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
        "properties": {
            "adminUserEnabled": True,
            "encryption": {"status": "enabled", "keyVaultProperties": {"keyIdentifier": KEY, "identity": CLIENT}},
        },
    }


def test_create_with_more_identities_and_replicas():
    plan = rules.create(
        desired(identities=(OTHER, IDENTITY), system_assigned=True, replicas=({"location": "North Europe"},))
    )
    body = plan.steps[0].body
    assert body["identity"]["type"] == "SystemAssigned, UserAssigned"
    assert set(body["identity"]["userAssignedIdentities"]) == {IDENTITY, OTHER}
    assert [step.action for step in plan.steps] == ["create_registry", "put_replica"]
    assert plan.steps[1].location == "northeurope"


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"key": None}, "key_identifier"),
        ({"location": None}, "location"),
        ({"identity": None}, "identity"),
        ({"identity": SYSTEM}, "identity"),
    ],
)
def test_create_needs_its_parameters(changes, parameter):
    with pytest.raises(Failure) as caught:
        rules.create(desired(**changes))
    assert caught.value.parameter == parameter


SAME = [
    {},
    {"key": None},
    {"identity": None},
    {"location": None},
    {"location": "West Europe"},
    {"settings": {"admin_user_enabled": False, "public_network_access": "Enabled", "anonymous_pull_enabled": None}},
    {"tags": {"team": "a"}},
    {"tags": {}},
    {"identities": (IDENTITY.upper(),)},
    {"system_assigned": False},
    {"zone_redundancy": "Disabled"},
    {"network_rule_set": {"default_action": "Allow", "ip_rules": []}},
]


@pytest.mark.parametrize("changes", SAME)
def test_what_is_as_wanted_needs_no_step(changes):
    assert update(desired(**changes)).steps == ()


CHANGES = [
    ({"settings": {"admin_user_enabled": True}}, {"properties": {"adminUserEnabled": True}}),
    ({"settings": {"public_network_access": "Disabled"}}, {"properties": {"publicNetworkAccess": "Disabled"}}),
    ({"settings": {"network_rule_bypass": "None"}}, {"properties": {"networkRuleBypassOptions": "None"}}),
    ({"tags": {"x": "y"}}, {"tags": {"team": "a", "x": "y"}}),
    ({"tags": {"x": "y"}, "append_tags": False}, {"tags": {"x": "y"}}),
    ({"tags": {"team": 1}}, {"tags": {"team": "1"}}),
    (
        {"network_rule_set": {"default_action": "Deny", "ip_rules": ["1.2.3.4"]}},
        {
            "properties": {
                "networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "1.2.3.4"}]}
            }
        },
    ),
    (
        {"identities": (OTHER,)},
        {"identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}, OTHER: {}}}},
    ),
    (
        {"system_assigned": True},
        {"identity": {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}},
    ),
    (
        {"key": key(f"{KEY}/{V1}")},
        {
            "properties": {
                "encryption": {
                    "status": "enabled",
                    "keyVaultProperties": {"keyIdentifier": f"{KEY}/{V1}", "identity": CLIENT},
                }
            }
        },
    ),
]


@pytest.mark.parametrize(("changes", "body"), CHANGES)
def test_a_change_is_one_patch_that_says_nothing_else(changes, body):
    (step,) = update(desired(**changes)).steps
    assert step.body == body


def test_a_new_identity_is_attached_before_it_is_used():
    steps = update(desired(identity=HER)).steps
    assert [step.action for step in steps] == ["update_registry", "set_encryption"]
    assert OTHER in steps[0].body["identity"]["userAssignedIdentities"]
    assert IDENTITY in steps[0].body["identity"]["userAssignedIdentities"]
    assert steps[1].identity == HER.client_id


@pytest.mark.parametrize(
    ("changes", "known", "code"),
    [
        ({}, {"encryption": {"status": "disabled"}}, "created_without_cmk"),
        ({}, {"policies": {"trustPolicy": {"status": "enabled"}}}, "content_trust"),
        ({"location": "northeurope"}, {}, "fixed_location"),
        ({"zone_redundancy": "Enabled"}, {}, "fixed_zone_redundancy"),
        (
            {"settings": {"public_network_access": "Enabled"}},
            {"publicNetworkAccess": "Disabled", "policies": {"exportPolicy": {"status": "disabled"}}},
            "exports_disabled",
        ),
    ],
)
def test_what_azure_does_not_change_is_explained(changes, known, code):
    with pytest.raises(Failure) as caught:
        update(desired(**changes), registry(**known))
    assert caught.value.code == code
    assert caught.value.hint


HOME = {"location": "westeurope", "properties": {"zoneRedundancy": "Disabled", "regionEndpointEnabled": True}}
NORTH = {"location": "northeurope", "properties": {"zoneRedundancy": "Enabled", "regionEndpointEnabled": True}}


@pytest.mark.parametrize(
    ("wanted", "actions"),
    [
        ([{"location": "North Europe"}], []),
        ([{"location": "northeurope", "zone_redundancy": "Enabled", "region_endpoint_enabled": True}], []),
        ([{"location": "northeurope", "region_endpoint_enabled": False}], ["patch_replica"]),
        ([{"location": "southeurope"}], ["put_replica"]),
        ([], []),
    ],
)
def test_replicas(wanted, actions):
    steps = update(desired(replicas=tuple(wanted)), replicas=[HOME, NORTH]).steps
    assert [step.action for step in steps] == actions


@pytest.mark.parametrize(
    ("wanted", "shown", "conflict"), [("Enabled", "Disabled", True), ("Disabled", "Enabled", False)]
)
def test_a_replica_s_zone_redundancy_is_fixed_but_azure_turns_it_on_by_itself(wanted, shown, conflict):
    replica = {"location": "northeurope", "properties": {"zoneRedundancy": shown}}
    wish = desired(replicas=({"location": "northeurope", "zone_redundancy": wanted},))
    if conflict:
        with pytest.raises(Failure, match="zone redundancy"):
            update(wish, replicas=[replica])
    else:
        assert update(wish, replicas=[replica]).steps == ()


@pytest.mark.parametrize("location", ["westeurope", "West Europe"])
def test_a_replica_in_the_home_region_is_refused(location):
    with pytest.raises(Failure) as caught:
        rules.create(desired(replicas=({"location": location},)))
    assert (caught.value.code, caught.value.parameter) == ("home_region", "replicas")


def test_facts_of_versions_and_modes():
    automatic, manual = registry(), registry(key=f"{KEY}/{V2}", version=V2)
    assert automatic.encryption.rotation_mode == "automatic"
    assert manual.encryption.rotation_mode == "manual"
    assert (automatic.encryption.key_version, manual.encryption.key_version) == (V1, V2)
    assert automatic.encryption.identity_resource_id == IDENTITY
