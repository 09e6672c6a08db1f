# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Roles by the unmodified SDK: all of Azure's built-in ones, custom ones, and the kinds of principals."""

from __future__ import annotations

import uuid

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.role import (
    HARMLESS_ROLES,
    REGISTRY_ROLES,
    CustomRole,
)
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from local_azure.authorization.decide import matches
from local_azure.authorization.roles import KEYS, ROLES, Role
from local_azure.client import Control
from support.clients import GROUP, Clients

DISK_BACKUP_READER = "3e5e47e6-65f7-47ef-90b5-e5dd4d455f24"
REPOSITORY_READER = "b93aa761-3e63-49ed-ac28-beffa264f7ac"
IDENTITY_OPERATOR = "f1a07417-d97a-45cb-824c-7a7467783830"


def test_every_built_in_role_is_listed_by_id_and_name(clients: Clients) -> None:
    scope = f"/subscriptions/{clients.subscription}"
    listed = list(clients.definitions.list(scope))
    built_in = {role.name: role.role_name for role in listed if role.role_type == "BuiltInRole"}
    assert len(built_in) == 498
    assert built_in[DISK_BACKUP_READER] == "Disk Backup Reader"
    found = list(clients.definitions.list(scope, filter="roleName eq 'Container Registry Repository Reader'"))
    assert [role.name for role in found] == [REPOSITORY_READER]


@pytest.mark.parametrize("role", [DISK_BACKUP_READER, REPOSITORY_READER])
def test_every_built_in_role_can_be_assigned(clients: Clients, role: str) -> None:
    vault, identity = clients.vault(), clients.identity()
    clients.give(vault["id"], role, identity["properties"]["principalId"])
    listed = clients.assignments.list_for_scope(vault["id"])
    assert any(one.role_definition_id.endswith(role) for one in listed)


def test_a_role_of_which_nothing_is_known_says_so_and_permits_nothing(clients: Clients, control: Control) -> None:
    vault, other = clients.vault(), control.principal("other")
    clients.give(vault["id"], DISK_BACKUP_READER, other["oid"])
    role = clients.definitions.get(vault["id"], DISK_BACKUP_READER)
    assert "does not know what this role permits" in role.description
    assert not role.permissions[0].actions
    clients.sign_in(other["client_id"], other["secret"])
    with pytest.raises(HttpResponseError, match="does not have authorization"):
        clients.vaults.get(GROUP, "contoso-kv")


def test_the_operator_of_identities_reads_and_assigns_and_no_more(clients: Clients, control: Control) -> None:
    """By ``userAssignedIdentities/*/assign/action`` and ``*/read`` alone."""
    identity, other = clients.identity(), control.principal("other")
    clients.give(identity["id"], IDENTITY_OPERATOR, other["oid"])
    clients.sign_in(other["client_id"], other["secret"])
    assert clients.identities.get(GROUP, "contoso-id").name == "contoso-id"
    with pytest.raises(HttpResponseError, match="does not have authorization"):
        clients.identities.delete(GROUP, "contoso-id")


def test_principals_of_all_kinds_are_given_roles(clients: Clients, control: Control) -> None:
    vault, person, group = clients.vault(), control.user("alice@contoso.com"), control.group("owners")
    clients.give(vault["id"], REPOSITORY_READER, person["oid"], "User")
    clients.give(vault["id"], REPOSITORY_READER, group, "Group")
    kinds = {one.principal_id: one.principal_type for one in clients.assignments.list_for_scope(vault["id"])}
    assert (kinds[person["oid"]], kinds[group]) == ("User", "Group")
    with pytest.raises(HttpResponseError, match="UnmatchedPrincipalType"):
        clients.give(vault["id"], DISK_BACKUP_READER, group, "User")


def test_a_role_at_a_management_group_counts_below(clients: Clients, control: Control) -> None:
    vault, other = clients.vault(), control.principal("other")
    above = control.management_group("platform", clients.subscription)
    control.grant(scope=above, role="acdd72a7-3385-48ef-bd42-f606fba81ae7", principal=other["oid"])
    clients.use(ClientSecretCredential(clients.tenant, other["client_id"], other["secret"]))
    assert clients.vaults.get(GROUP, "contoso-kv").id == vault["id"]


def test_a_custom_role_is_made_assigned_and_kept_while_assigned(clients: Clients, control: Control) -> None:
    vault, other, name = clients.vault(), control.principal("other"), str(uuid.uuid4())
    scope = f"/subscriptions/{clients.subscription}"
    permissions = [{"actions": ["Microsoft.KeyVault/vaults/read"], "notActions": []}]
    body = {"roleName": "Vault looker", "permissions": permissions, "assignableScopes": [scope], "type": "CustomRole"}
    made = clients.definitions.create_or_update(scope, name, {"properties": body})
    assert (made.role_type, made.role_name) == ("CustomRole", "Vault looker")
    clients.give(vault["id"], name, other["oid"])
    with pytest.raises(HttpResponseError, match="RoleDefinitionHasAssignments"):
        clients.definitions.delete(scope, name)
    clients.sign_in(other["client_id"], other["secret"])
    assert clients.vaults.get(GROUP, "contoso-kv").name == "contoso-kv"


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.name)
def test_the_collection_judges_a_role_by_what_it_permits(role: Role) -> None:
    """What it knows by id is what the role permits, and what it does not know it reads from the definition."""
    permissions = [{"dataActions": list(role.data_actions), "notDataActions": list(role.not_data_actions)}]
    read = CustomRole.from_wire({"properties": {"roleName": role.name, "permissions": permissions}})
    enough = all(matches(f"{KEYS}/{verb}", role.data_actions) for verb in ("read", "wrap/action", "unwrap/action"))
    assert (read.unwraps, read.enough) == (matches(f"{KEYS}/unwrap/action", role.data_actions), enough)
    if role.id in HARMLESS_ROLES:
        assert not read.unwraps
    assert (role.id in REGISTRY_ROLES) == enough
