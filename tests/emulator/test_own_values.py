# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values that Azure changes by itself: rotation policies, tags, zone redundancy, regions; what a key's versions get."""

from __future__ import annotations

import datetime
import typing

import pytest
from azure.keyvault.keys import KeyRotationLifetimeAction, KeyRotationPolicy
from local_azure.client import Control
from support.clients import GROUP, PLACE, Clients, refused

NOTIFY = ("Notify", None, "P30D")


def sign_in_anew(clients: Clients) -> None:
    """A token lives for an hour of the local Azure's clock."""
    clients.sign_in(clients.credential._client_id, clients.credential._client_credential)


# --- rotation policies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actions", "expires_in", "expected"),
    [
        ([("Rotate", "P90D", None)], "P2Y", [("Rotate", "P90D", None), NOTIFY]),
        ([("Rotate", "P90D", None)], None, [("Rotate", "P90D", None), NOTIFY]),
        ([], "P2Y", [NOTIFY]),
        ([("Notify", None, "P10D")], "P2Y", [("Notify", None, "P10D")]),
        (
            [("Rotate", "P90D", None), ("Notify", "P60D", None)],
            "P2Y",
            [("Rotate", "P90D", None), ("Notify", "P60D", None)],
        ),
    ],
)
def test_a_rotation_policy_always_has_a_notify(
    clients: Clients, actions: list[typing.Any], expires_in: str | None, expected: list[typing.Any]
) -> None:
    clients.everything()
    keys = clients.keys()
    lifetime_actions = [
        KeyRotationLifetimeAction(kind, time_after_create=after, time_before_expiry=before)
        for kind, after, before in actions
    ]
    answers = [
        keys.update_key_rotation_policy(
            "cmk", KeyRotationPolicy(), lifetime_actions=lifetime_actions, expires_in=expires_in
        ),
        keys.get_key_rotation_policy("cmk"),
    ]
    for answer in answers:
        answer_actions = [
            (one.action, one.time_after_create, one.time_before_expiry) for one in answer.lifetime_actions
        ]
        assert answer_actions == expected
        assert answer.expires_in == expires_in


# --- versions of keys ------------------------------------------------------------------------------------------------


def test_rotation_before_expiry_never_comes_for_a_version_without_expiry(clients: Clients, control: Control) -> None:
    clients.everything()
    keys = clients.keys()
    before_end = KeyRotationLifetimeAction("Rotate", time_before_expiry="P30D")
    keys.update_key_rotation_policy("cmk", KeyRotationPolicy(), lifetime_actions=[before_end], expires_in="P90D")
    assert keys.get_key("cmk").properties.expires_on is None
    control.advance(400 * 86400)
    sign_in_anew(clients)
    assert len(list(clients.keys().list_properties_of_key_versions("cmk"))) == 1
    # one with an expiry, made after the policy, rotates thirty days before it
    second = clients.keys().rotate_key("cmk").properties
    assert (second.expires_on - second.created_on).days == 90
    control.advance(61 * 86400)
    sign_in_anew(clients)
    assert len(list(clients.keys().list_properties_of_key_versions("cmk"))) == 3


def test_rotating_on_demand_applies_the_policy_s_expiry(clients: Clients) -> None:
    clients.everything()
    keys = clients.keys()
    assert keys.rotate_key("cmk").properties.expires_on is None
    keys.update_key_rotation_policy("cmk", KeyRotationPolicy(), lifetime_actions=[], expires_in="P1Y")
    rotated = keys.rotate_key("cmk").properties
    assert (rotated.expires_on - rotated.created_on).days in (365, 366)


def test_a_version_made_by_create_takes_nothing_of_the_old_one(clients: Clients) -> None:
    clients.everything()
    keys = clients.keys()
    late = datetime.datetime(2099, 1, 1, tzinfo=datetime.timezone.utc)
    keys.create_rsa_key("cmk", size=3072, tags={"team": "a"}, expires_on=late, key_operations=["wrapKey", "unwrapKey"])
    fresh = keys.create_rsa_key("cmk")
    assert (fresh.properties.tags, fresh.properties.expires_on) == (None, None)
    assert (len(fresh.key.n), len(fresh.key_operations)) == (256, 6)


@pytest.mark.parametrize(("protected", "level"), [(True, "Recoverable"), (None, "Recoverable+Purgeable")])
def test_the_recovery_level_says_beforehand_whether_a_key_can_be_purged(
    clients: Clients, protected: bool | None, level: str
) -> None:
    clients.everything(enablePurgeProtection=protected)
    keys = clients.keys()
    assert keys.get_key("cmk").properties.recovery_level == level
    keys.begin_delete_key("cmk").wait()
    if protected:
        assert refused(keys.purge_deleted_key, "cmk").status_code == 403
    else:
        keys.purge_deleted_key("cmk")


def test_key_tags_are_case_sensitive(clients: Clients) -> None:
    clients.everything()
    key = clients.keys().create_rsa_key("other", size=2048, tags={"Team": "a", "team": "b"})
    assert key.properties.tags == {"Team": "a", "team": "b"}


def test_services_share_an_identity_and_a_key(clients: Clients, control: Control) -> None:
    """A storage account with the registry's identity loses its key when that identity's access is taken away."""
    _registry, identity, key = clients.registry()
    group = f"/subscriptions/{clients.subscription}/resourceGroups/{GROUP}/providers"
    pair = {"keyname": "cmk", "keyvaulturi": "https://contoso-kv.vault.azure.net/"}
    storage = {"encryption": {"keyvaultproperties": pair, "identity": {"userAssignedIdentity": identity["id"]}}}
    control.other(f"{group}/Microsoft.Storage/storageAccounts/contosostore", storage, identity["id"])
    control.other(f"{group}/Microsoft.Compute/diskEncryptionSets/disks", {"activeKey": {"keyUrl": key}}, identity["id"])
    bus = {"encryption": {"keyVaultProperties": [{"keyName": "cmk", "keyVaultUri": pair["keyvaulturi"]}]}}
    control.other(f"{group}/Microsoft.ServiceBus/namespaces/bus", bus, identity["id"])
    control.other(f"{group}/Microsoft.Storage/storageAccounts/plain", {"encryption": {}})
    assert all(one["readable"] for one in control.others().values())
    principal = identity["properties"]["principalId"]
    vault = clients.vaults.get(GROUP, "contoso-kv").id
    (assignment,) = clients.assignments.list_for_scope(vault, filter=f"principalId eq '{principal}'")
    clients.assignments.delete_by_id(assignment.id)
    assert not control.registries()["contosoacr"]["readable"]
    lost = {name for name, one in control.others().items() if not one["readable"]}
    assert lost == {"contosostore", "disks", "bus"}


def test_resource_graph_finds_who_has_an_identity(clients: Clients, control: Control) -> None:
    from azure.mgmt.resourcegraph import ResourceGraphClient

    identity = clients.identity()
    place = f"/subscriptions/{clients.subscription}/resourceGroups/{GROUP}/providers/Microsoft.Storage/storageAccounts"
    control.other(f"{place}/contosostore", {}, identity["id"])
    control.other(f"{place}/another", {})
    query = f"resources | where tostring(identity) contains '{identity['id'].rsplit('/', 1)[-1]}' | project name, type"
    answer = ResourceGraphClient(clients.credential).resources({"query": query})
    assert answer.data == [{"name": "contosostore", "type": "microsoft.storage/storageaccounts"}]


# --- tags of resources -----------------------------------------------------------------------------------------------


def tagged(clients: Clients, kind: str, tags: dict[str, str]) -> dict[str, str]:
    """Set the tags of a resource; what it then has."""
    body: dict[str, typing.Any] = {"tags": tags}
    if kind == "group":
        return dict(clients.groups.update(GROUP, body).tags)
    if kind == "identity":
        return dict(clients.identities.update(GROUP, "contoso-id", body).tags)
    if kind == "vault":
        return dict(clients.vaults.update(GROUP, "contoso-kv", body).tags)
    return dict(clients.registries.begin_update(GROUP, "contosoacr", body).result().tags)


@pytest.mark.parametrize("kind", ["group", "identity", "vault", "registry"])
def test_names_of_tags_are_compared_without_regard_to_case(clients: Clients, control: Control, kind: str) -> None:
    clients.registry()
    tagged(clients, kind, {"Owner": "payments"})
    assert tagged(clients, kind, {"owner": "checkout", "stage": "prod"}) == {"Owner": "checkout", "stage": "prod"}
    control.settings(keep_tag_spelling=False)
    assert tagged(clients, kind, {"owner": "checkout"}) == {"owner": "checkout"}
    assert refused(tagged, clients, kind, {"owner": "a", "Owner": "b"}).status_code == 400
    control.settings(tag_twice="last")
    assert tagged(clients, kind, {"owner": "a", "Owner": "b"}) == {"Owner": "b"}


# --- zones and regions -----------------------------------------------------------------------------------------------


def test_zone_redundancy_is_shown_as_enabled_whatever_was_set(clients: Clients, control: Control) -> None:
    control.settings(zone_redundancy_seconds=86400.0)
    _vault, identity, key = clients.everything()
    body = clients.registry_body(identity, key)
    body["properties"]["zoneRedundancy"] = "Disabled"
    registry = clients.registries.begin_create(GROUP, "contosoacr", body).result()
    replica = {"location": "northeurope", "properties": {"zoneRedundancy": "Disabled"}}
    clients.replications.begin_create(GROUP, "contosoacr", "northeurope", replica).result()
    clients.replications.begin_create(GROUP, "contosoacr", "westus", {"location": "westus"}).result()

    def values() -> dict[str, str]:
        replicas = {one.name: one.properties.zone_redundancy for one in clients.replications.list(GROUP, "contosoacr")}
        return {"registry": clients.registries.get(GROUP, "contosoacr").properties.zone_redundancy, **replicas}

    assert registry.properties.zone_redundancy == "Disabled"
    assert set(values().values()) == {"Disabled"}
    control.advance(86401)
    sign_in_anew(clients)
    assert values() == {"registry": "Enabled", PLACE: "Enabled", "northeurope": "Enabled", "westus": "Disabled"}
    # what is shown can be sent back
    whole = clients.registries.get(GROUP, "contosoacr").as_dict()
    clients.registries.begin_create(GROUP, "contosoacr", whole).result()


@pytest.mark.parametrize("kind", ["group", "identity", "vault", "registry"])
def test_regions_come_back_as_slugs(clients: Clients, kind: str) -> None:
    clients.groups.create_or_update(GROUP, {"location": "North Europe"})
    assert made_in(clients, kind, "North Europe") == "northeurope"


def made_in(clients: Clients, kind: str, region: str) -> str:
    """Make a resource in a region; what it then shows."""
    if kind == "group":
        return str(clients.groups.create_or_update("fresh", {"location": region}).location)
    if kind == "identity":
        return str(clients.identities.create_or_update(GROUP, "contoso-id", {"location": region}).location)
    if kind == "vault":
        properties = {"tenantId": clients.tenant, "sku": {"family": "A", "name": "standard"}}
        body = {"location": region, "properties": properties}
        return str(clients.vaults.begin_create_or_update(GROUP, "contoso-kv", body).result().location)
    body = {"location": region, "sku": {"name": "Basic"}}
    return str(clients.registries.begin_create(GROUP, "contosoacr", body).result().location)


@pytest.mark.parametrize("kind", ["identity", "vault", "registry"])
@pytest.mark.parametrize("code", ["LocationNotAvailableForResourceType", "NoRegisteredProviderFound"])
def test_a_region_that_is_not_there_or_lacks_the_type(clients: Clients, control: Control, kind: str, code: str) -> None:
    clients.groups.create_or_update(GROUP, {"location": PLACE})
    control.settings(unknown_region_code=code, closed_regions="westus,westcentralus")
    for region in ("westeuropa", "West US"):
        error = refused(made_in, clients, kind, region)
        assert (error.status_code, error.error.code) == (400, code)
        assert "westeurope" in error.error.message
        assert "westus," not in error.error.message


def test_a_group_in_no_region(clients: Clients) -> None:
    assert refused(made_in, clients, "group", "westeuropa").error.code == "LocationNotAvailableForResourceGroup"


def test_a_group_in_another_region_than_what_is_in_it_is_ordinary(clients: Clients) -> None:
    clients.groups.create_or_update(GROUP, {"location": "northeurope"})
    assert [made_in(clients, kind, PLACE) for kind in ("identity", "vault", "registry")] == [PLACE] * 3
    assert clients.groups.get(GROUP).location == "northeurope"
