# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Managed HSM as key store, by nothing but its address in the variables."""

from __future__ import annotations

import typing

import pytest
from azure.keyvault.administration import KeyVaultAccessControlClient, KeyVaultDataAction, KeyVaultPermission
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.direct import Direct
from support.images import Image, Sdk
from support.playbooks import Ansible

ADDRESS = "https://contosohsm.managedhsm.azure.net"
DEFINITIONS = "Microsoft.KeyVault/providers/Microsoft.Authorization/roleDefinitions"
CRYPTO_USER, CRYPTO_OFFICER = "21dbd100-6940-42c2-9190-5d6cb909625b", "515eb02d-2335-4d2d-92f2-b1cbdf9c3778"
ENCRYPTION_USER = "33413926-3206-4cdd-b39a-83574fe37a17"
PLACE = {"resource_group": "contoso"}
TO = {"registries": ["contosoacr"], **PLACE}
CONFIRM = {"confirm": ["contosoacr"]}
KEY = {"vault": ADDRESS, "name": "contosoacr-cmk"}
CONTOSO = {
    "acr_cmk_registry": "contosoacr",
    "acr_cmk_resource_group": "contoso",
    "acr_cmk_location": "westeurope",
    "acr_cmk_vault": ADDRESS,
}


@pytest.fixture(autouse=True)
def hsm(control: Control) -> None:
    control.managed_hsm("contosohsm")


class Hsm:
    """A registry under a key of a Managed HSM, made by the modules as the role ``create`` calls them."""

    def __init__(self, azure: LocalAzure, direct: Direct, control: Control) -> None:
        self._azure, self.direct, self.control = azure, direct, control
        self.do("resource_group", name="contoso", location="westeurope")
        self.do("managed_identity", name="contosoacr-identity", location="westeurope", **PLACE)
        self.do("keyvault_key_access", vault=ADDRESS, caller=True, key="contosoacr-cmk")
        self.do("keyvault_rsa_key", **KEY)
        self.access()
        self.do(
            "acr_cmk_registry",
            name="contosoacr",
            location="westeurope",
            key_identifier=f"{ADDRESS}/keys/contosoacr-cmk",
            identity="contosoacr-identity",
            **PLACE,
        )
        self.image = Image()
        assert self.images.push(self.image, "contosoacr.azurecr.io", "team/app", "v1") == ""

    @property
    def clients(self) -> Clients:
        return Clients(self._azure)

    @property
    def images(self) -> Sdk:
        return Sdk(self.clients.credential)

    @property
    def roles(self) -> KeyVaultAccessControlClient:
        return KeyVaultAccessControlClient(ADDRESS, self.clients.credential)

    def do(self, module: str, **options: typing.Any) -> dict[str, typing.Any]:
        result = self.direct(module, **options)
        assert not result.get("failed"), result["msg"]
        return result

    def access(self, **options: typing.Any) -> dict[str, typing.Any]:
        given = {"vault": ADDRESS, "identity": "contosoacr-identity", "key": "contosoacr-cmk", **PLACE, **options}
        return self.do("keyvault_key_access", **given)

    def give(self, scope: str, role: str = ENCRYPTION_USER, principal: str = "") -> None:
        principal = principal or self.clients.identity("contosoacr-identity")["properties"]["principalId"]
        self.roles.create_role_assignment(scope, f"{DEFINITIONS}/{role}", principal)

    def readable(self) -> bool:
        digest, problem = self.images.pull("contosoacr.azurecr.io", "team/app", "v1")
        assert bool(digest) != bool(problem)
        return digest == self.image.digest


@pytest.fixture
def registry(azure: LocalAzure, direct: Direct, control: Control) -> Hsm:
    return Hsm(azure, direct, control)


def test_the_playbooks_work_by_its_address_alone(ansible: Ansible, control: Control) -> None:
    variables = {**CONTOSO, "acr_cmk_grant_caller": True}
    foreseen = ansible.playbook("ownkey.acr.create", variables, "--check")
    assert foreseen.ok, foreseen.output
    assert foreseen.writes == []
    created = ansible.playbook("ownkey.acr.create", variables)
    assert created.ok, created.output
    key = created.result("Result")["ansible_facts"]["create_result"]["registry"]["encryption"]["key_identifier"]
    assert key == f"{ADDRESS}/keys/contosoacr-cmk"
    assert ansible.playbook("ownkey.acr.create", variables).changed == []
    control.advance(91 * 86400)
    rotated = ansible.playbook("ownkey.acr.rotate", CONTOSO)
    assert rotated.ok, rotated.output
    row = rotated.result("Result")["ansible_facts"]["rotate_result"]["registries"][0]
    assert row["key_version_before"] != row["key_version_after"]
    revoked = ansible.playbook("ownkey.acr.revoke", {**CONTOSO, "acr_cmk_confirm": "contosoacr"})
    assert revoked.ok, revoked.output
    assert not control.registries()["contosoacr"]["readable"]
    restored = ansible.playbook("ownkey.acr.restore", CONTOSO)
    assert restored.ok, restored.output
    assert "the Managed HSM contosohsm" in restored.output
    assert control.registries()["contosoacr"]["readable"]
    sick = ansible.playbook("ownkey.acr.diagnose", {**CONTOSO, "acr_cmk_fail_on": "error"})
    assert sick.ok, sick.output


def test_a_local_role_that_was_given_meanwhile_is_fine(direct: Direct, control: Control) -> None:
    error = {"code": "MatchingRoleAssignmentExists", "message": "Role assignment 'a' already adds role 'b'."}
    where = {"method": "PUT", "host": "contosohsm.*", "path": ".*/roleAssignments/.*"}
    control.fault(**where, status=400, body={"error": error}, when="after")
    options = {"vault": ADDRESS, "caller": True, "key": "contosoacr-cmk"}
    first = direct("keyvault_key_access", **options)
    assert (first.get("failed", False), first["changed"]) == (False, True), first.get("msg")
    assert not direct("keyvault_key_access", **options)["changed"]


def test_its_firewall_is_not_touched(ansible: Ansible) -> None:
    refused = ansible.playbook("ownkey.acr.create", {**CONTOSO, "acr_cmk_vault_firewall": "closed"})
    assert not refused.ok
    assert "acr_cmk_vault_firewall: a Managed HSM is not changed by this role" in refused.output
    assert refused.azure == []


def test_nothing_is_taken_for_granted_in_an_hsm_that_others_own(ansible: Ansible) -> None:
    refused = ansible.playbook("ownkey.acr.create", CONTOSO)
    assert not refused.ok
    told = 'az keyvault role assignment create --hsm-name contosohsm --role "Managed HSM Crypto User"'
    assert told in refused.output.replace("\\", "")
    assert not any("roleAssignments" in write for write in refused.writes)


def test_keys_are_kept_in_hardware_and_new_versions_are_like_the_old(registry: Hsm) -> None:
    made = registry.do("keyvault_rsa_key", **KEY)
    assert (made["changed"], made["key"]["key_type"]) == (False, "RSA-HSM")
    bigger = registry.do("keyvault_rsa_key", **KEY, size=3072)["key"]
    registry.control.advance(3700)
    again = registry.do("keyvault_rsa_key", **KEY, max_age="1h")["key"]
    assert (again["key_type"], again["size"]) == ("RSA-HSM", 3072)
    assert again["version"] != bigger["version"]
    known = registry.do("keyvault_rsa_key_info", **KEY, versions=True)["found_keys"][0]
    assert len(known["versions"]) == 3


@pytest.mark.parametrize("versioned", [False, True])
def test_rotate(registry: Hsm, versioned: bool) -> None:
    if versioned:
        registry.do("cmk_rotate", **TO, rotation_mode="manual")
    before = registry.do("acr_cmk_registry_info", name="contosoacr", **PLACE)["registries"][0]["encryption"]
    assert before["rotation_mode"] == ("manual" if versioned else "automatic")
    result = registry.do("cmk_rotate", **TO, max_age="0d", verify_data=True)
    assert result["registries"][0]["key_version_after"] != before["key_version"]
    assert registry.readable()


@pytest.mark.parametrize("exact", [False, True], ids=["lists around", "lists at the scope"])
@pytest.mark.parametrize("scope", ["/keys/contosoacr-cmk", "/keys", "/"])
def test_revoke_removes_the_role_at_the_very_scope(registry: Hsm, scope: str, exact: bool) -> None:
    registry.control.settings(hsm_lists_at_scope_only=exact)
    if scope != "/keys/contosoacr-cmk":
        registry.access(state="absent", **CONFIRM)
        registry.give(scope)
    foreseen = registry.direct("cmk_revoke", **TO, check=True)
    assert f"at {scope}" in foreseen["plan"][0]
    refused = registry.direct("cmk_revoke", **TO)
    assert (refused["failure"]["code"], registry.readable()) == ("confirmation_needed", True)
    result = registry.do("cmk_revoke", **TO, **CONFIRM)
    assert (result["locked"], result["remaining"], registry.readable()) == (True, [], False)
    again = registry.do("cmk_revoke", **TO, **CONFIRM)
    assert (again["changed"], again["locked"]) == (False, True)
    restored = registry.do("cmk_restore", **TO)
    assert (restored["verified"], registry.readable()) == (True, True)
    # least privilege: given back for the one key
    assert "/keys/contosoacr-cmk" in str(registry.access(state="present", check=True)["scope"])
    assert registry.access()["changed"] is False


def test_a_role_of_another_kind_is_told_and_not_taken(registry: Hsm) -> None:
    registry.give("/keys", CRYPTO_USER)
    result = registry.do("cmk_revoke", **TO, **CONFIRM)
    assert len(result["plan"]) == 2
    assert "Managed HSM Crypto User" in " ".join(result["plan"])


@pytest.mark.parametrize("way", ["disable_key", "delete_key"])
def test_revoke_by_the_key_and_restore(registry: Hsm, way: str) -> None:
    result = registry.do("cmk_revoke", **TO, **CONFIRM, revoke_by=way)
    assert (result["locked"], registry.readable()) == (True, False)
    if way == "delete_key":
        # a deleted key is another right's business, and the refusal names it
        refused = registry.direct("cmk_restore", **TO)
        assert "Managed HSM Crypto Officer" in refused["msg"]
        registry.give("/keys", CRYPTO_OFFICER, registry.clients.oid)
    assert registry.do("cmk_restore", **TO)["verified"]
    assert registry.readable()


@pytest.mark.parametrize("whole", [True, False])
def test_a_deleted_hsm_is_diagnosed_and_recovered(registry: Hsm, whole: bool) -> None:
    from azure.mgmt.keyvault import KeyVaultManagementClient

    registry.control.settings(hsm_recovers_whole=whole)
    clients = registry.clients
    resources = KeyVaultManagementClient(clients.credential, clients.subscription).managed_hsms
    resources.begin_delete("managed-hsms", "contosohsm").wait()
    found = registry.do("cmk_health_info", **TO)["registries"][0]["findings"]
    assert (found[0]["code"], "The Managed HSM contosohsm is soft-deleted" in found[0]["what"]) == (
        "vault_deleted",
        True,
    )
    assert registry.do("cmk_restore", **TO)["verified"]
    assert registry.readable()


def test_diagnose(registry: Hsm) -> None:
    def codes() -> dict[str, str]:
        found = registry.do("cmk_health_info", **TO)["registries"][0]["findings"]
        return {one["code"]: one["what"] for one in found if one["severity"] in ("error", "warning")}

    assert codes() == {"no_rotation": codes().get("no_rotation", "")} or codes() == {}
    registry.access(state="absent", **CONFIRM)
    assert (
        "lacks the role Managed HSM Crypto Service Encryption User on the Managed HSM contosohsm"
        in (codes()["access_missing"])
    )
    registry.access()
    assert "access_missing" not in codes()
    registry.do("keyvault_rsa_key", **KEY, state="disabled", **CONFIRM)
    assert "key_disabled" in codes()
    registry.do("cmk_restore", **TO)
    assert "key_disabled" not in codes()


def test_who_depends_on_it(registry: Hsm) -> None:
    group = f"/subscriptions/{registry.clients.subscription}/resourceGroups/contoso"
    disk = f"{group}/providers/Microsoft.Compute/diskEncryptionSets/disks"
    registry.control.other(disk, {"activeKey": {"keyUrl": f"{ADDRESS}/keys/contosoacr-cmk/{'a' * 32}"}})
    result = registry.do("cmk_dependents_info", vault=ADDRESS)
    assert [one["name"] for one in result["registries"]] == ["contosoacr"]
    assert [one["name"] for one in result["others"]] == ["disks"]
    refused = registry.direct("keyvault_rsa_key", **KEY, state="absent", **CONFIRM)
    assert (refused["failure"]["code"], "disks" in refused["msg"]) == ("confirmation_needed", True)


def test_access_is_kept_for_a_key_for_all_keys_and_for_the_hsm(registry: Hsm) -> None:
    assert registry.access()["changed"] is False
    taken = registry.access(state="absent", **CONFIRM)
    assert (taken["scope"], taken["access"], taken["remaining"]) == ("/keys/contosoacr-cmk", "local", [])
    assert registry.access(state="absent", **CONFIRM)["changed"] is False
    # a role for another key is no way to this one
    registry.give("/keys/another")
    assert registry.access(state="absent", **CONFIRM)["remaining"] == []
    everywhere = registry.access(key=None)
    assert (everywhere["changed"], everywhere["scope"]) == (True, "/")
    # what it has for all is enough for one
    assert registry.access()["changed"] is False


def test_an_opaque_refusal_is_explained(registry: Hsm) -> None:
    refused = registry.direct(
        "acr_cmk_registry",
        name="another",
        location="westeurope",
        key_identifier=f"{ADDRESS}/keys/other",
        identity="contosoacr-identity",
        **PLACE,
    )
    assert refused["failed"]
    assert refused["failure"]["code"] == "access_wrong_scope"
    assert "at /keys/contosoacr-cmk, which does not count: it is not for other" in refused["msg"]


def test_images_stay_readable_on_the_way_from_a_vault_to_an_hsm_and_back(registry: Hsm) -> None:
    registry.do("keyvault", name="contoso-kv", location="westeurope", **PLACE)
    registry.do("keyvault_key_access", vault="contoso-kv", caller=True, **PLACE)
    registry.do("keyvault_key_access", vault="contoso-kv", identity="contosoacr-identity", **PLACE)
    registry.do("keyvault_rsa_key", vault="contoso-kv", name="cmk")
    for vault, key in (("contoso-kv", "cmk"), (ADDRESS, "contosoacr-cmk")):
        moved = registry.do("cmk_rotate", **TO, vault=vault, key=key, verify_data=True)
        assert moved["changed"]
        known = registry.do("acr_cmk_registry_info", name="contosoacr", **PLACE)["registries"][0]["encryption"]
        assert known["key"] == key
        assert registry.readable()


def test_a_role_of_the_hsm_s_own_is_judged_by_what_it_permits(registry: Hsm) -> None:
    """One that unwraps is told and left to its owner; one that does not is no way in."""
    for name, action in (
        ("Auditors", KeyVaultDataAction.READ_HSM_KEY),
        ("Unwrappers", KeyVaultDataAction.UNWRAP_HSM_KEY),
    ):
        permission = KeyVaultPermission(data_actions=[action])
        made = registry.roles.set_role_definition("/", role_name=name, permissions=[permission])
        registry.give("/keys", made.name)
    result = registry.direct("cmk_revoke", **TO, **CONFIRM)
    assert result["failure"]["code"] == "still_reachable"
    assert "STILL reach the key by the custom role Unwrappers at /keys" in result["msg"]
    assert "Auditors" not in result["msg"]
