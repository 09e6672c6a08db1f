# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused, before anything is changed, with the parameter, the reason and the way out."""

from __future__ import annotations

import typing

import pytest
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.playbooks import Ansible, Run

PLACE = {"resource_group": "contoso"}
KV = "https://contoso-kv.vault.azure.net"
VERSION = "0" * 32
NO_VERSION = f"cmk/{VERSION}"
TO = {"registries": ["contosoacr"]}
HASTY = {"rotate_after_creation": "P1D"}
NEW = {
    "name": "newacr",
    "location": "westeurope",
    "identity": "contoso-id",
    "key_identifier": f"{KV}/keys/cmk",
    **PLACE,
}
OLD = {"name": "contosoacr", **PLACE}
KEY = {"vault": "contoso-kv", "name": "cmk"}
RIGHT = {"vault": "contoso-kv", "identity": "contoso-id", **PLACE}
VAULT = {"name": "contoso-kv", "location": "westeurope", **PLACE}

REG, MALFORMED = "acr_cmk_registry", "malformed_key_identifier"


def at(url: str) -> dict[str, str]:
    """The option for a key."""
    return {"key_identifier": url}


def key(name: str) -> dict[str, str]:
    """The option for a key of the vault contoso-kv."""
    return at(f"{KV}/keys/{name}")


#: module, options, failure code, parameter, words of the message
REFUSED = {
    "basic tier": (REG, {**NEW, "sku": "Basic"}, "not_premium", "sku", "only Premium can"),
    "standard tier": (REG, {**NEW, "sku": "Standard"}, "not_premium", "sku", "only Premium can"),
    "off at creation": (REG, {**NEW, "encryption_status": "disabled"}, "cannot_disable", "encryption_status", "for good"),
    "off again": (REG, {**OLD, "encryption_status": "disabled"}, "cannot_disable", "encryption_status", "az acr import"),
    "existing plain": (REG, {**NEW, "name": "plainacr"}, "created_without_cmk", "name", "ownkey.acr.move"),
    "registry name": (REG, {**NEW, "name": "contoso-acr"}, "invalid_name", "name", "5 to 50"),
    "group name": (REG, {**NEW, "resource_group": "a."}, "invalid_name", "resource_group", "no period"),
    "malformed key": (REG, {**NEW, "key_identifier": "cmk"}, MALFORMED, "key_identifier", "looks like"),
    "malformed version": (REG, {**NEW, **key("cmk/1")}, MALFORMED, "key_identifier", "32 hexadecimal"),
    "other cloud": (REG, {**NEW, **at("https://a-kv.vault.azure.cn/keys/cmk")}, "other_cloud", "key_identifier", "AzureChinaCloud"),
    "other host": (REG, {**NEW, "key_identifier": "https://evil.example/keys/cmk"}, MALFORMED, "key_identifier", "ends with"),
    "no key": (REG, {**NEW, "key_identifier": ""}, "missing_parameter", "key_identifier", "is needed"),
    "no location": (REG, {**NEW, "location": ""}, "missing_parameter", "location", "is needed"),
    "no identity": (REG, {**NEW, "identity": ""}, "identity_missing", "identity", "user-assigned"),
    "system identity": (REG, {**NEW, "identity": "system"}, "system_identity_at_creation", "identity", "cmk_rotate"),
    "unknown identity": (REG, {**NEW, "identity": "nobody"}, "identity_missing", "identity", "managed_identity"),
    "malformed identity": (REG, {**NEW, "identity": "/subscriptions/x"}, "malformed_resource_id", "identity", "looks like"),
    "identity without right": (REG, {**NEW, "identity": "rightless"}, "access_missing", "identity", "keyvault_key_access"),
    "elliptic curve": (REG, {**NEW, **key("curve")}, "not_rsa", "key_identifier", "RSA and RSA-HSM only"),
    "missing key": (REG, {**NEW, **key("none")}, "key_missing", "key_identifier", "nor a soft-deleted one"),
    "missing version": (REG, {**NEW, **key(NO_VERSION)}, "key_missing", "key_identifier", "or version"),
    "deleted key": (REG, {**NEW, **key("gone")}, "key_deleted", "key_identifier", "can be recovered"),
    "disabled key": (REG, {**NEW, **key("off")}, "key_disabled", "key_identifier", "Enable it"),
    "missing vault": (REG, {**NEW, **at("https://no-kv.vault.azure.net/keys/cmk")}, "vault_missing", "key_identifier", "no vault no-kv"),
    "deleted vault": (REG, {**NEW, **at("https://gone-kv.vault.azure.net/keys/cmk")}, "vault_deleted", "key_identifier", "recover: true"),
    "no purge protection": (REG, {**NEW, **at("https://open-kv.vault.azure.net/keys/cmk")}, "no_purge_protection", "key_identifier", "allow_vault_without"),
    "fixed location": (REG, {**OLD, "location": "northeurope"}, "fixed_location", "location", "cannot be moved"),
    "fixed zones": (REG, {"name": "zonelessacr", **PLACE, "zone_redundancy": "Enabled"}, "fixed_zone_redundancy", "zone_redundancy", "set at creation"),
    "system not there": (REG, {**OLD, "identity": "system"}, "identity_not_attached", "identity", "system_assigned_identity: true"),
    "move to a curve": (REG, {**OLD, **key("curve")}, "not_rsa", "key_identifier", "RSA and RSA-HSM only"),
    "delete registry": (REG, {**OLD, "state": "absent"}, "confirmation_needed", "confirm", "contosoacr"),
    "vault name": ("keyvault", {**VAULT, "name": "1kv"}, "invalid_name", "name", "begins with a letter"),
    "vault held": ("keyvault", {**VAULT, "name": "gone-kv"}, "name_held_by_deleted_vault", "name", "recover: true"),
    "vault retention": ("keyvault", {**VAULT, "soft_delete_retention_days": 5}, "invalid_retention", "soft_delete_retention_days", "7 to 90"),
    "vault moved": ("keyvault", {**VAULT, "location": "northeurope"}, "fixed_location", "location", "cannot be moved"),
    "vault model": ("keyvault", {**VAULT, "access": "policy"}, "confirmation_needed", "confirm", "contosoacr"),
    "vault closed": ("keyvault", {**VAULT, "public_network_access": "Disabled"}, "confirmation_needed", "confirm", "contosoacr"),
    "vault deleted": ("keyvault", {**VAULT, "state": "absent"}, "confirmation_needed", "confirm", "contosoacr"),
    "vault purged": ("keyvault", {**VAULT, "state": "absent", "purge": True}, "purge_protected", "purge", "purge protection"),
    "key name": ("keyvault_rsa_key", {**KEY, "name": "c_m_k"}, "invalid_name", "name", "letters, digits and hyphens"),
    "key size": ("keyvault_rsa_key", {**KEY, "name": "small", "size": 1024}, "invalid_size", "size", "2048, 3072 or 4096"),
    "key operations": ("keyvault_rsa_key", {**KEY, "operations": ["sign"]}, "key_operations", "operations", "unwrapKey"),
    "key is a curve": ("keyvault_rsa_key", {**KEY, "name": "curve"}, "not_rsa", "name", "another name"),
    "key held": ("keyvault_rsa_key", {**KEY, "name": "gone"}, "key_deleted", "name", "recover: true"),
    "key policy": ("keyvault_rsa_key", {**KEY, "rotation_policy": HASTY}, "invalid_duration", "rotation_policy.rotate_after_creation", "7 days"),
    "key age": ("keyvault_rsa_key", {**KEY, "max_age": "old"}, "invalid_duration", "max_age", "90d"),
    "key expiry": ("keyvault_rsa_key", {**KEY, "expires_on": "soon"}, "invalid_moment", "expires_on", "2027"),
    "key disabled": ("keyvault_rsa_key", {**KEY, "state": "disabled"}, "confirmation_needed", "confirm", "contosoacr"),
    "key deleted": ("keyvault_rsa_key", {**KEY, "state": "absent"}, "confirmation_needed", "confirm", "contosoacr"),
    "key in no vault": ("keyvault_rsa_key", {"vault": "no-kv", "name": "cmk"}, "vault_missing", "vault", "no vault no-kv"),
    "key elsewhere": ("keyvault_rsa_key", {"vault": "https://evil.example/", "name": "cmk"}, "malformed_key_store", "vault", "the address of a key store"),
    "access taken": ("keyvault_key_access", {**RIGHT, "state": "absent"}, "confirmation_needed", "confirm", "contosoacr"),
    "access to nothing": ("keyvault_key_access", {"vault": "no-kv", "identity": "contoso-id", **PLACE}, "not_found", "vault", "no vault no-kv"),
    "access of nobody": ("keyvault_key_access", {"vault": "contoso-kv", "identity": "nobody", **PLACE}, "not_found", "identity", "managed_identity"),
    "access of no id": ("keyvault_key_access", {"vault": "contoso-kv", "principal_id": "me"}, "malformed_id", "principal_id", "GUID"),
    "identity deleted": ("managed_identity", {"name": "contoso-id", "state": "absent", **PLACE}, "confirmation_needed", "confirm", "contosoacr"),
    "group deleted": ("resource_group", {"name": "contoso", "state": "absent"}, "confirmation_needed", "confirm", "contosoacr"),
    "group moved": ("resource_group", {"name": "contoso", "location": "northeurope"}, "fixed_location", "location", "cannot be moved"),
    "rotate nothing": ("cmk_rotate", {"registries": ["contosoacr"]}, "missing_parameter", "max_age", "what to rotate"),
    "rotate plain": ("cmk_rotate", {"registries": ["contosoacr", "plainacr"], "max_age": "0d"}, "created_without_cmk", "name", "plainacr"),
    "rotate missing": ("cmk_rotate", {"registries": ["noacr12"], "max_age": "0d"}, "not_found", "registries", "noacr12"),
    "rotate contradiction": ("cmk_rotate", {**TO, "rotation_mode": "automatic", **key(NO_VERSION)}, "contradiction", "key_identifier", "versionless"),
    "rotate to a curve": ("cmk_rotate", {**TO, **key("curve")}, "not_rsa", "key_identifier", "RSA"),
    "rotate to a deleted key": ("cmk_rotate", {**TO, **key("gone")}, "key_deleted", "key_identifier", "Recover it"),
    "rotate to a rightless identity": ("cmk_rotate", {**TO, "identity": "rightless", **PLACE}, "access_missing", "identity", "keyvault_key_access"),
    "rotate to no identity": ("cmk_rotate", {**TO, "identity": "nobody", **PLACE}, "identity_missing", "identity", "managed_identity"),
    "revoke": ("cmk_revoke", {"registries": ["contosoacr"]}, "confirmation_needed", "confirm", "contosoacr"),
    "revoke another": ("cmk_revoke", {**TO, "confirm": ["plainacr"]}, "confirmation_needed", "confirm", "contosoacr"),
    "unknown cloud": ("resource_group", {"name": "contoso", "cloud_environment": "AzureGermanCloud"}, "unknown_cloud", "cloud_environment", "AzureCloud"),
    "wrong secret": ("resource_group", {"name": "contoso", "secret": "{{ wrong_secret }}"}, "sign_in", None, "AADSTS7000215"),
    "wrong tenant": ("resource_group", {"name": "contoso", "tenant": "00000000-0000-4000-8000-00000000dead"}, "sign_in", None, "tenant"),
    "malformed tenant": ("resource_group", {"name": "contoso", "tenant": VERSION}, "malformed_id", "tenant", "a GUID"),
}  # fmt: skip


def _in_a_world_of_troubles(azure: LocalAzure, ansible: Ansible, contoso: Contoso) -> Run:
    """All refused tasks in one play, each allowed to fail."""
    kv = {"vault": "contoso-kv"}
    prepared = ansible.tasks(
        {"ownkey.acr.managed_identity": {"name": "rightless", "location": "westeurope", **PLACE}},
        # a region without zones: elsewhere Azure turns them on by itself
        {"ownkey.acr.acr_cmk_registry": {**NEW, "name": "zonelessacr", "location": "westus"}},
        {"ownkey.acr.keyvault_rsa_key": {**kv, "name": "gone"}},
        {"ownkey.acr.keyvault_rsa_key": {**kv, "name": "gone", "state": "absent"}},
        {"ownkey.acr.keyvault_rsa_key": {**kv, "name": "off"}},
        {"ownkey.acr.keyvault_rsa_key": {**kv, "name": "off", "state": "disabled"}},
        {"ownkey.acr.keyvault": {"name": "open-kv", "location": "westeurope", "purge_protection": False, **PLACE}},
        {"ownkey.acr.keyvault_key_access": {"vault": "open-kv", "caller": True, **PLACE}},
        {"ownkey.acr.keyvault_key_access": {"vault": "open-kv", "identity": "contoso-id", **PLACE}},
        {"ownkey.acr.keyvault_rsa_key": {"vault": "open-kv", "name": "cmk"}},
        {"ownkey.acr.keyvault": {"name": "gone-kv", "location": "westeurope", **PLACE}},
        {"ownkey.acr.keyvault": {"name": "gone-kv", "state": "absent", **PLACE}},
    )
    assert prepared.ok, prepared.output
    _with_other_clients(azure)
    tasks = [
        {"name": name, f"ownkey.acr.{module}": options, "ignore_errors": True}
        for name, (module, options, *_expected) in REFUSED.items()
    ]
    return ansible.tasks(*tasks, flags=["-vvv", "-e", "wrong_secret=wr0ng-wr0ng"])


def _with_other_clients(azure) -> None:
    """What the collection itself refuses to make: a plain registry and an elliptic key."""
    from azure.identity import ClientSecretCredential
    from azure.keyvault.keys import KeyClient
    from azure.mgmt.containerregistry import ContainerRegistryManagementClient

    with pytest.MonkeyPatch.context() as patch:
        for name, value in azure.environment.items():
            patch.setenv(name, value)
        app = azure.world.app()
        tenant, subscription = azure.environment["AZURE_TENANT"], azure.environment["AZURE_SUBSCRIPTION_ID"]
        credential = ClientSecretCredential(tenant, app["client_id"], app["secret"])
        body = {"location": "westeurope", "sku": {"name": "Premium"}}
        registries = ContainerRegistryManagementClient(credential, subscription).registries
        registries.begin_create("contoso", "plainacr", body).result()
        KeyClient("https://contoso-kv.vault.azure.net", credential).create_ec_key("curve")


def _is_refused(result: dict[str, typing.Any], code: str, parameter: str | None, words: str) -> bool:
    failure = result.get("failure", {})
    return (
        (result.get("failed"), result.get("changed")) == (True, False)
        and (failure.get("code"), failure.get("parameter")) == (code, parameter)
        and words in result["msg"]
        and (not parameter or result["msg"].startswith(f"{parameter}: "))
    )


def test_each_is_refused_with_parameter_reason_and_way_out_and_nothing_is_changed(
    azure: LocalAzure, ansible: Ansible, with_registry: Contoso
) -> None:
    run = _in_a_world_of_troubles(azure, ansible, with_registry)
    results = {task["task"]: task["result"] for task in run.tasks}
    wrong = {
        case: results[case].get("msg")
        for case, (_module, _options, code, parameter, words) in REFUSED.items()
        if not _is_refused(results[case], code, parameter, words)
    }
    assert wrong == {}
    assert run.writes == []
    assert "wr0ng-wr0ng" not in run.output


@pytest.mark.parametrize(
    ("module", "options", "words"),
    [
        ("keyvault_rsa_key", {**KEY, "import_file": "/x", "import_pem": "-----BEGIN"}, "mutually exclusive"),
        ("keyvault_rsa_key", {**KEY, "version": VERSION, "max_age": "1d"}, "mutually exclusive"),
        ("acr_cmk_registry_info", {"resource_group": "a", "subscriptions": ["b"]}, "mutually exclusive"),
        ("keyvault_rsa_key", {**KEY, "size": "big"}, "size"),
        ("acr_cmk_registry", {"name": "contosoacr"}, "resource_group"),
        ("cmk_rotate", {"registries": ["a"], "pick_up": "never"}, "pick_up"),
        ("keyvault", {**VAULT, "nonsense": 1}, "nonsense"),
    ],
)
def test_options_that_ansible_itself_refuses(ansible: Ansible, module, options, words) -> None:
    run = ansible.module(module, **options)
    assert not run.ok
    assert words in run.last["msg"]
    assert run.requests == []
