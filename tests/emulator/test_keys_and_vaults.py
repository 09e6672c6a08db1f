# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Vaults, keys, identities and role assignments, driven by the unmodified SDK."""

from __future__ import annotations

import itertools
import uuid

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
    ServiceRequestError,
)
from azure.keyvault.keys import KeyRotationLifetimeAction, KeyRotationPolicy
from azure.keyvault.keys.crypto import CryptographyClient, EncryptionAlgorithm, KeyWrapAlgorithm
from support.clients import CMK_ROLE, GROUP, OFFICER, PLACE


def refused(call, *arguments, **options):
    def whole():
        result = call(*arguments, **options)
        getattr(result, "result", lambda: None)()

    with pytest.raises(HttpResponseError) as caught:
        whole()
    return caught.value


def inner(error):
    return (error.error.innererror or {}).get("code")


# --- vaults ----------------------------------------------------------------------------------------------------------


def test_a_vault_as_recorded(clients):
    vault = clients.vault(enablePurgeProtection=True)
    properties = vault["properties"]
    assert properties["vaultUri"] == "https://contoso-kv.vault.azure.net/"
    assert (properties["provisioningState"], properties["softDeleteRetentionInDays"]) == ("Succeeded", 90)
    assert properties["enablePurgeProtection"] is True
    assert "enablePurgeProtection" not in clients.vault("plain-kv")["properties"]
    assert vault["systemData"]["createdAt"].endswith("Z")


@pytest.mark.parametrize(("version", "rbac"), [("2026-05-15", True), ("2026-02-01", True), ("2023-07-01", False)])
def test_the_default_permission_model_depends_on_the_api_version(clients, version, rbac):
    import requests

    clients.groups.create_or_update(GROUP, {"location": PLACE})
    token = clients.credential.get_token("https://management.azure.com/.default").token
    place = f"/subscriptions/{clients.subscription}/resourceGroups/{GROUP}/providers/Microsoft.KeyVault/vaults/some-kv"
    properties = {"tenantId": clients.tenant, "sku": {"family": "A", "name": "standard"}, "accessPolicies": []}
    answer = requests.put(
        f"https://management.azure.com{place}",
        params={"api-version": version},
        json={"location": PLACE, "properties": properties},
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
    )
    assert answer.json()["properties"]["enableRbacAuthorization"] is rbac


@pytest.mark.parametrize("name", ["enablePurgeProtection", "enableSoftDelete"])
def test_the_irreversible_cannot_be_false(clients, name):
    error = refused(clients.vault, **{name: False})
    assert (error.status_code, error.error.code) == (400, "BadRequest")
    assert f'The property "{name}" cannot be set to false.' in error.error.message


def test_a_deleted_vault_keeps_its_name_and_comes_back_without_its_role_assignments(clients):
    made, _identity, key = clients.everything(enablePurgeProtection=True)
    clients.vaults.delete(GROUP, "contoso-kv")
    deleted = clients.vaults.get_deleted("contoso-kv", PLACE).as_dict()
    assert deleted["properties"]["vaultId"] == made["id"]
    assert deleted["properties"]["purgeProtectionEnabled"] is True
    assert refused(clients.vault).error.code == "ConflictError"
    assert refused(clients.vaults.begin_purge_deleted, "contoso-kv", PLACE).error.code == "MethodNotAllowed"
    with pytest.raises(ServiceRequestError):
        clients.keys().get_key("cmk")
    clients.vault(createMode="recover")
    assert inner(refused(clients.keys().get_key, "cmk")) == "ForbiddenByRbac"
    clients.give(made["id"], OFFICER, clients.oid)
    assert clients.keys().get_key("cmk").id == key


def test_purge_takes_a_vault_and_its_name_is_free_again(clients):
    clients.vault()
    clients.vaults.delete(GROUP, "contoso-kv")
    clients.vaults.begin_purge_deleted("contoso-kv", PLACE).result()
    assert [v.name for v in clients.vaults.list_deleted()] == []
    clients.vault()


def test_a_vault_forgets_after_its_retention(clients, control):
    clients.vault(softDeleteRetentionInDays=7)
    clients.vaults.delete(GROUP, "contoso-kv")
    assert [v.name for v in clients.vaults.list_deleted()] == ["contoso-kv"]
    control.advance(7 * 86400 + 1)
    clients.sign_in(clients.credential._client_id, clients.credential._client_credential)
    assert [v.name for v in clients.vaults.list_deleted()] == []


def test_both_ways_of_listing_vaults(clients):
    clients.vault()
    assert [v.name for v in clients.vaults.list_by_subscription()] == ["contoso-kv"]
    (stub,) = clients.vaults.list(filter="resourceType eq 'Microsoft.KeyVault/vaults'", api_version="2015-11-01")
    assert stub.name == "contoso-kv"


@pytest.mark.parametrize(
    ("acls", "public", "code"),
    [
        ({"defaultAction": "Deny", "bypass": "AzureServices"}, "Enabled", "ForbiddenByFirewall"),
        ({"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.0/24"}]}, "Enabled", None),
        ({"defaultAction": "Allow"}, "Disabled", "ForbiddenByConnection"),
    ],
)
def test_firewalls(clients, acls, public, code):
    clients.everything()
    clients.vaults.update(GROUP, "contoso-kv", {"properties": {"networkAcls": acls, "publicNetworkAccess": public}})
    if code is None:
        assert clients.keys().get_key("cmk").name == "cmk"
    else:
        assert inner(refused(clients.keys().get_key, "cmk")) == code


# --- keys ------------------------------------------------------------------------------------------------------------


def test_not_even_the_owner_may_make_a_key_without_a_role(clients):
    clients.vault()
    error = refused(clients.keys().create_rsa_key, "cmk", size=2048)
    assert (error.status_code, error.error.code, inner(error)) == (403, "Forbidden", "ForbiddenByRbac")
    assert "Action: 'Microsoft.KeyVault/vaults/keys/create/action'" in error.error.message
    assert f"oid={clients.oid}" in error.error.message


def test_access_policies(clients):
    clients.vault(enableRbacAuthorization=False)
    assert inner(refused(clients.keys().create_rsa_key, "cmk")) == "AccessDenied"

    def policy(*verbs):
        entry = {"tenantId": clients.tenant, "objectId": clients.oid, "permissions": {"keys": list(verbs)}}
        answer = clients.vaults.update_access_policy(
            GROUP, "contoso-kv", "add", {"properties": {"accessPolicies": [entry]}}
        )
        return answer.as_dict()["properties"]["accessPolicies"]

    policy("get", "create")
    assert clients.keys().create_rsa_key("cmk").properties.version
    assert "does not have keys rotate permission" in refused(clients.keys().rotate_key, "cmk").error.message
    (merged,) = policy("rotate")
    assert set(merged["permissions"]["keys"]) == {"get", "create", "rotate"}
    assert clients.keys().rotate_key("cmk").properties.version


@pytest.mark.parametrize("size", [2048, 3072])
def test_a_real_rsa_key(clients, size):
    clients.everything()
    key = clients.keys().create_rsa_key("mine", size=size)
    assert len(key.key.n) * 8 == size
    assert len(key.properties.version) == 32
    assert key.key_type == "RSA"
    crypto = CryptographyClient(key.id, clients.credential)
    wrapped = crypto.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, b"secret").encrypted_key
    assert crypto.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped).key == b"secret"
    sealed = crypto.encrypt(EncryptionAlgorithm.rsa_oaep, b"other").ciphertext
    assert crypto.decrypt(EncryptionAlgorithm.rsa_oaep, sealed).plaintext == b"other"


@pytest.mark.parametrize(
    ("days", "protected", "level"),
    [
        (90, True, "Recoverable"),
        (90, False, "Recoverable+Purgeable"),
        (7, True, "CustomizedRecoverable"),
        (7, False, "CustomizedRecoverable+Purgeable"),
    ],
)
def test_recovery_levels_as_recorded(clients, days, protected, level):
    protection = {"enablePurgeProtection": True} if protected else {}
    clients.everything(softDeleteRetentionInDays=days, **protection)
    assert clients.keys().get_key("cmk").properties.recovery_level == level


def test_the_life_of_a_key(clients, control):
    _vault, _identity, first = clients.everything()
    keys = clients.keys()
    second = keys.rotate_key("cmk")
    assert second.id != first
    assert keys.get_key("cmk").id == second.id
    assert keys.get_key("cmk", first.rsplit("/", 1)[1]).id == first
    assert len(list(keys.list_properties_of_key_versions("cmk"))) == 2
    control.settings(key_delete_seconds=60.0)
    keys.begin_delete_key("cmk")
    with pytest.raises(ResourceNotFoundError):
        keys.get_key("cmk")
    with pytest.raises(ResourceNotFoundError, match="Deleted Key not found: cmk"):
        keys.get_deleted_key("cmk")
    with pytest.raises(ResourceExistsError, match="currently being deleted"):
        keys.create_rsa_key("cmk")
    control.advance(61)
    assert keys.get_deleted_key("cmk").name == "cmk"
    with pytest.raises(ResourceExistsError, match="deleted but recoverable"):
        keys.create_rsa_key("cmk")
    keys.begin_recover_deleted_key("cmk").wait()
    assert keys.get_key("cmk").id == second.id


def test_a_disabled_key_unwraps_nothing_and_an_expired_one_still_does(clients):
    clients.everything()
    keys = clients.keys()
    key = keys.get_key("cmk")
    crypto = CryptographyClient(key.id, clients.credential)
    wrapped = crypto.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, b"secret").encrypted_key
    keys.update_key_properties("cmk", enabled=False)
    assert inner(refused(crypto.unwrap_key, KeyWrapAlgorithm.rsa_oaep_256, wrapped)) == "KeyDisabled"
    import datetime

    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    keys.update_key_properties("cmk", enabled=True, expires_on=past)
    assert crypto.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped).key == b"secret"


def test_a_rotation_policy_makes_versions_as_time_passes(clients, control):
    clients.everything()
    keys = clients.keys()
    action = KeyRotationLifetimeAction("Rotate", time_after_create="P30D")
    keys.update_key_rotation_policy("cmk", KeyRotationPolicy(), lifetime_actions=[action], expires_in="P90D")
    control.advance(61 * 86400)
    clients.sign_in(clients.credential._client_id, clients.credential._client_credential)
    versions = sorted(v.created_on for v in clients.keys().list_properties_of_key_versions("cmk"))
    assert [(later - earlier).days for earlier, later in itertools.pairwise(versions)] == [30, 30]
    newest = clients.keys().get_key("cmk").properties
    assert (newest.expires_on - newest.created_on).days == 90


def test_backup_and_restore(clients):
    clients.everything()
    keys = clients.keys()
    before = keys.get_key("cmk").id
    blob = keys.backup_key("cmk")
    keys.begin_delete_key("cmk").wait()
    keys.purge_deleted_key("cmk")
    assert keys.restore_key_backup(blob).id == before


def test_purge_protection_protects_keys(clients):
    clients.everything(enablePurgeProtection=True)
    keys = clients.keys()
    keys.begin_delete_key("cmk").wait()
    clients.give(clients.vaults.get(GROUP, "contoso-kv").id, "00482a5a-887f-4fb3-b363-3b7fe8e74483", clients.oid)
    assert 'Operation "purge" is not allowed' in refused(keys.purge_deleted_key, "cmk").error.message


def test_hsm_keys_need_a_premium_vault(clients):
    clients.everything()
    assert refused(clients.keys().create_rsa_key, "hsm", hardware_protected=True).error.code == "BadParameter"
    clients.vaults.update(GROUP, "contoso-kv", {"properties": {"sku": {"family": "A", "name": "premium"}}})
    assert clients.keys().create_rsa_key("hsm", hardware_protected=True).key_type == "RSA-HSM"


# --- identities and roles ---------------------------------------------------------------------------------------------


def test_an_identity_as_recorded_and_a_new_one_under_the_old_name(clients, control):
    first = clients.identity()
    assert "/resourcegroups/" in first["id"]
    assert set(first["properties"]) == {"tenantId", "principalId", "clientId"}
    assert [r["status"] for r in control.requests() if "userAssignedIdentities" in r["path"]] == [201]
    clients.identities.delete(GROUP, "contoso-id")
    second = clients.identity()
    assert second["properties"]["clientId"] != first["properties"]["clientId"]


def test_role_assignments(clients):
    vault, identity = clients.vault(), clients.identity()
    principal = identity["properties"]["principalId"]
    definition = f"/subscriptions/{clients.subscription}/providers/Microsoft.Authorization/roleDefinitions/{CMK_ROLE}"
    body = {
        "properties": {"roleDefinitionId": definition, "principalId": principal, "principalType": "ServicePrincipal"}
    }
    name = str(uuid.uuid4())
    made = clients.assignments.create(vault["id"], name, body).serialize(keep_readonly=True)
    assert "createdBy" not in made["properties"]
    assert clients.assignments.create(vault["id"], name, body).name == name
    with pytest.raises(ResourceExistsError) as caught:
        clients.assignments.create(vault["id"], str(uuid.uuid4()), body)
    assert caught.value.error.code == "RoleAssignmentExists"
    assert name.replace("-", "") in caught.value.error.message
    (listed,) = clients.assignments.list_for_scope(vault["id"], filter=f"principalId eq '{principal}'")
    assert listed.created_by == clients.oid
    assert clients.assignments.delete(vault["id"], name).name == name
    assert clients.assignments.delete(vault["id"], name) is None


def test_an_unknown_principal_needs_its_type_said(clients):
    vault = clients.vault()
    definition = f"/subscriptions/{clients.subscription}/providers/Microsoft.Authorization/roleDefinitions/{CMK_ROLE}"
    asked = {"roleDefinitionId": definition, "principalId": str(uuid.uuid4())}
    error = refused(clients.assignments.create, vault["id"], str(uuid.uuid4()), {"properties": asked})
    assert error.error.code == "PrincipalNotFound"


def test_the_cmk_role_s_definition(clients):
    (role,) = clients.definitions.list(
        f"/subscriptions/{clients.subscription}", filter="roleName eq 'Key Vault Crypto Service Encryption User'"
    )
    assert role.name == CMK_ROLE
    assert role.permissions[0].data_actions == [
        "Microsoft.KeyVault/vaults/keys/read",
        "Microsoft.KeyVault/vaults/keys/wrap/action",
        "Microsoft.KeyVault/vaults/keys/unwrap/action",
    ]


def test_a_new_assignment_takes_its_time(clients, control):
    control.settings(role_spread_seconds=300.0)
    vault = clients.vault()
    clients.give(vault["id"], OFFICER, clients.oid)
    assert inner(refused(clients.keys().create_rsa_key, "cmk")) == "ForbiddenByRbac"
    control.advance(301)
    assert clients.keys().create_rsa_key("cmk").name == "cmk"


def test_who_has_no_role_may_do_nothing(clients, control):
    stranger = control.principal("stranger")
    clients.sign_in(stranger["client_id"], stranger["secret"])
    error = refused(clients.groups.create_or_update, GROUP, {"location": PLACE})
    assert (error.status_code, error.error.code) == (403, "AuthorizationFailed")
    assert "Microsoft.Resources/subscriptions/resourceGroups/write" in error.error.message


# --- sign-in ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"secret": "wrong"}, "AADSTS7000215"),
        ({"client_id": "11111111-1111-4111-8111-111111111111"}, "AADSTS700016"),
    ],
)
def test_sign_in_errors(clients, change, text):
    right = {"client_id": clients.credential._client_id, "secret": clients.credential._client_credential}
    clients.sign_in(**{**right, **change})
    with pytest.raises(ClientAuthenticationError, match=text):
        list(clients.groups.list())


def test_an_expired_token_is_told_in_azure_s_words(clients, control):
    list(clients.groups.list())
    control.advance(4000)
    error = refused(lambda: list(clients.groups.list()))
    assert error.error.code == "ExpiredAuthenticationToken"
    assert "The access token expiry UTC time" in error.error.message
