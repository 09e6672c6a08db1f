# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Registries, driven by the unmodified SDK, compared with what was recorded of Azure."""

from __future__ import annotations

import pytest
import requests
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from support.clients import GROUP, PLACE


def refusal(call, *arguments):
    def whole():
        getattr(call(*arguments), "result", lambda: None)()

    with pytest.raises(HttpResponseError) as caught:
        whole()
    return caught.value


def test_create_answers_as_recorded(clients, control):
    _vault, identity, key = clients.everything()
    body = clients.registry_body(identity, key)
    poller = clients.registries.begin_create(GROUP, "contosoacr", body, polling=False)
    first = poller.result().as_dict()
    assert first["properties"]["provisioningState"] == "Creating"
    assert first["properties"]["encryption"] == {"status": "disabled"}
    assert "identity" not in first
    put = next(r for r in control.requests() if r["method"] == "PUT" and "registries" in r["path"])
    assert put["status"] == 201


def test_the_final_get_of_a_create_is_as_recorded(clients):
    registry, identity, key = clients.registry(versioned=True)
    properties = registry["properties"]
    assert properties["provisioningState"] == "Succeeded"
    assert registry["identity"] == {
        "type": "userAssigned",
        "userAssignedIdentities": {
            identity["id"]: {
                "principalId": identity["properties"]["principalId"],
                "clientId": identity["properties"]["clientId"],
            }
        },
    }
    assert properties["encryption"] == {
        "status": "enabled",
        "keyVaultProperties": {
            "keyIdentifier": key,
            "versionedKeyIdentifier": key,
            "identity": identity["properties"]["clientId"],
            "keyRotationEnabled": False,
        },
    }
    recorded = {
        "loginServer": "contosoacr.azurecr.io",
        "adminUserEnabled": False,
        "networkRuleSet": {"defaultAction": "Allow", "ipRules": []},
        "dataEndpointEnabled": False,
        "dataEndpointHostNames": [],
        "privateEndpointConnections": [],
        "publicNetworkAccess": "Enabled",
        "networkRuleBypassOptions": "AzureServices",
        # recorded as Disabled in 2022; since then every region with zones shows this
        "zoneRedundancy": "Enabled",
        "anonymousPullEnabled": False,
    }
    assert {name: properties[name] for name in recorded} == recorded
    assert properties["policies"]["trustPolicy"] == {"type": "Notary", "status": "disabled"}
    assert properties["creationDate"].endswith("Z")
    assert len(properties["creationDate"].split(".")[1]) == 8
    assert registry["systemData"]["createdAt"].endswith("+00:00")
    assert registry["sku"] == {"name": "Premium", "tier": "Premium"}


def test_a_patch_answers_with_the_old_key_and_the_get_after_it_with_the_new(clients, control):
    registry, identity, key = clients.registry(versioned=True)
    fresh = clients.keys().rotate_key("cmk").id
    encryption = {"keyVaultProperties": {"keyIdentifier": fresh, "identity": identity["properties"]["clientId"]}}
    token = clients.credential.get_token("https://management.azure.com/.default").token
    answer = requests.patch(
        f"https://management.azure.com{registry['id']}",
        params={"api-version": "2025-11-01"},
        json={"properties": {"encryption": {"status": "enabled", **encryption}}},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    assert answer.status_code == 201
    assert "/operationStatuses/registries-" in answer.headers["Azure-AsyncOperation"]
    assert not {"Retry-After", "Location"} & set(answer.headers)
    body = answer.json()["properties"]
    assert body["provisioningState"] == "Updating"
    assert body["encryption"]["keyVaultProperties"]["keyIdentifier"] == key
    control.advance(1)
    final = clients.registries.get(GROUP, "contosoacr").properties.encryption.key_vault_properties
    assert final.key_identifier == final.versioned_key_identifier == fresh
    assert final.last_key_rotation_timestamp is not None


def test_the_poll_says_no_more_than_succeeded(clients, control):
    clients.registry()
    polls = [r for r in control.requests() if "operationStatuses" in r["path"]]
    assert polls
    assert {r["status"] for r in polls} == {200}


def test_a_versionless_registry_follows_within_the_hour(clients, control):
    clients.registry()
    fresh = clients.keys().rotate_key("cmk").id

    def used():
        state = control.registries()["contosoacr"]
        assert state["readable"]
        return clients.registries.get(GROUP, "contosoacr").properties.encryption.key_vault_properties

    assert used().versioned_key_identifier != fresh
    control.advance(3000)
    assert used().versioned_key_identifier != fresh
    control.advance(590)
    assert used().versioned_key_identifier != fresh
    control.advance(11)
    clients.sign_in(clients.credential._client_id, clients.credential._client_credential)
    assert used().versioned_key_identifier == fresh
    assert used().key_identifier == fresh.rsplit("/", 1)[0]
    assert used().last_key_rotation_timestamp is not None


def test_a_versioned_registry_does_not_follow(clients, control):
    _registry, _identity, key = clients.registry(versioned=True)
    clients.keys().rotate_key("cmk")
    control.advance(3500)
    block = clients.registries.get(GROUP, "contosoacr").properties.encryption.key_vault_properties
    assert (block.versioned_key_identifier, block.key_rotation_enabled) == (key, False)


def test_a_registry_really_depends_on_its_key(clients, control):
    clients.registry()
    keys = clients.keys()
    assert control.registries()["contosoacr"]["readable"]
    keys.update_key_properties("cmk", enabled=False)
    assert not control.registries()["contosoacr"]["readable"]
    assert clients.registries.get(GROUP, "contosoacr").properties.provisioning_state == "Succeeded"
    keys.update_key_properties("cmk", enabled=True)
    assert control.registries()["contosoacr"]["readable"]
    keys.begin_delete_key("cmk").result()
    assert not control.registries()["contosoacr"]["readable"]
    keys.begin_recover_deleted_key("cmk").wait()
    assert control.registries()["contosoacr"]["readable"]


BAD = {
    "SkuNotSupported": lambda body, key: {**body, "sku": {"name": "Basic"}},
    "Failed to access KeyId": lambda body, key: _key(body, key.replace("cmk", "none")),
    "The encryption property keyVaultProperties is required": lambda body, key: {
        **body,
        "properties": {"encryption": {"status": "enabled"}},
    },
    "does not have access to identity": lambda body, key: {**body, "identity": {"type": "None"}},
}


def _key(body, key):
    block = {**body["properties"]["encryption"]["keyVaultProperties"], "keyIdentifier": key}
    return {**body, "properties": {"encryption": {"status": "enabled", "keyVaultProperties": block}}}


@pytest.mark.parametrize("text", BAD)
def test_a_create_that_azure_refuses(clients, text):
    _vault, identity, key = clients.everything()
    body = BAD[text](clients.registry_body(identity, key), key)
    error = refusal(clients.registries.begin_create, GROUP, "contosoacr", body)
    assert error.status_code == 400
    assert text in str(error)
    with pytest.raises(ResourceNotFoundError):
        clients.registries.get(GROUP, "contosoacr")


def test_the_refusal_can_come_at_the_end_of_the_operation_too(clients, control):
    control.settings(cmk_refusal="operation")
    _vault, identity, key = clients.everything()
    body = clients.registry_body(identity, key.replace("cmk", "none"))
    error = refusal(clients.registries.begin_create, GROUP, "contosoacr", body)
    assert error.status_code == 200
    assert "Failed to access KeyId" in str(error)
    assert clients.registries.get(GROUP, "contosoacr").properties.provisioning_state == "Failed"


def test_the_opaque_message_is_the_documented_one(clients):
    _vault, identity, key = clients.everything()
    missing = key.replace("cmk", "none")
    error = refusal(clients.registries.begin_create, GROUP, "contosoacr", clients.registry_body(identity, missing))
    client = identity["properties"]["clientId"]
    assert error.error.message == (
        f"Failed to access KeyId '{missing}'. Verify that identity '{client}' has 'Get, Wrap Key, Unwrap Key' "
        f"permission on key '{missing}'. For more information on bring your own key, please visit 'https://aka.ms/acr/cmk'."
    )


def test_cmk_cannot_be_added_nor_taken_away(clients):
    registry, identity, key = clients.registry()
    plain = {"location": PLACE, "sku": {"name": "Premium"}}
    clients.registries.begin_create(GROUP, "plainacr", plain).result()
    add = {"properties": clients.registry_body(identity, key)["properties"]}
    assert refusal(clients.registries.begin_update, GROUP, "plainacr", add).status_code == 400
    off = {"properties": {"encryption": {"status": "disabled"}}}
    assert refusal(clients.registries.begin_update, GROUP, "contosoacr", off).status_code == 400
    assert refusal(clients.registries.begin_create, GROUP, "contosoacr", plain).status_code == 400
    basic = {"sku": {"name": "Basic"}}
    assert refusal(clients.registries.begin_update, GROUP, "contosoacr", basic).status_code == 400
    assert clients.registries.get(GROUP, "contosoacr").as_dict()["properties"]["encryption"]["status"] == "enabled"
    assert registry["name"] == "contosoacr"


def test_the_identity_in_use_cannot_be_taken_off(clients):
    _registry, identity, _key_id = clients.registry()
    body = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {identity["id"]: None}}}
    error = refusal(clients.registries.begin_update, GROUP, "contosoacr", body)
    assert "does not have access to identity" in str(error)
    assert "/resourcegroups/" in str(error)


def test_content_trust_is_blocked(clients):
    clients.registry()
    body = {"properties": {"policies": {"trustPolicy": {"type": "Notary", "status": "enabled"}}}}
    error = refusal(clients.registries.begin_update, GROUP, "contosoacr", body)
    assert error.error.code == "BlockedForEncryptionEnabledRegistry"
    assert "'ContenTrust'" in error.error.message


def test_names_are_unique_and_checked(clients):
    clients.registry()
    clients.groups.create_or_update("elsewhere", {"location": PLACE})
    body = {"location": PLACE, "sku": {"name": "Premium"}}
    with pytest.raises(ResourceExistsError) as caught:
        clients.registries.begin_create("elsewhere", "ContosoACR", body).result()
    assert caught.value.error.code == "AlreadyInUse"
    question = {"name": "contosoacr", "type": "Microsoft.ContainerRegistry/registries"}
    answer = clients.registries.check_name_availability(question)
    assert (answer.name_available, answer.reason) == (False, "AlreadyExists")
    assert clients.registries.check_name_availability({**question, "name": "free12345"}).name_available


def test_delete_polls_a_location(clients, control):
    clients.registry()
    clients.registries.begin_delete(GROUP, "contosoacr").result()
    deleted = next(r for r in control.requests() if r["method"] == "DELETE")
    assert deleted["status"] == 202
    with pytest.raises(ResourceNotFoundError):
        clients.registries.get(GROUP, "contosoacr")


def test_admin_credentials_usage_and_replicas(clients):
    clients.registry()
    clients.registries.begin_update(GROUP, "contosoacr", {"properties": {"adminUserEnabled": True}}).result()
    known = clients.registries.list_credentials(GROUP, "contosoacr")
    assert known.username == "contosoacr"
    assert len(known.passwords) == 2
    fresh = clients.registries.regenerate_credential(GROUP, "contosoacr", {"name": "password"})
    assert fresh.passwords[0].value != known.passwords[0].value
    assert fresh.passwords[1].value == known.passwords[1].value
    clients.replications.begin_create(GROUP, "contosoacr", "northeurope", {"location": "northeurope"}).result()
    assert {r.location for r in clients.replications.list(GROUP, "contosoacr")} == {"westeurope", "northeurope"}
    clients.replications.begin_delete(GROUP, "contosoacr", "northeurope").result()
    assert {r.location for r in clients.replications.list(GROUP, "contosoacr")} == {"westeurope"}


def test_system_identity_takes_over_and_the_data_stays_readable(clients, control):
    _registry, identity, key = clients.registry()
    both = {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {identity["id"]: {}}}
    clients.registries.begin_update(GROUP, "contosoacr", {"identity": both}).result()
    block = {"keyIdentifier": key, "identity": "system"}
    move = {"properties": {"encryption": {"status": "enabled", "keyVaultProperties": block}}}
    assert "Failed to access KeyId" in str(refusal(clients.registries.begin_update, GROUP, "contosoacr", move))
    principal = clients.registries.get(GROUP, "contosoacr").identity.principal_id
    vault = clients.vaults.get(GROUP, "contoso-kv").id
    clients.give(vault, "e147488a-f6f5-4113-8e2d-b22465e65bf6", principal)
    clients.registries.begin_update(GROUP, "contosoacr", move).result()
    assert control.registries()["contosoacr"]["readable"]
    alone = {"identity": {"type": "SystemAssigned"}}
    clients.registries.begin_update(GROUP, "contosoacr", alone).result()
    assert control.registries()["contosoacr"]["readable"]
