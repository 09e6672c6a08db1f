# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What role assignments and custom roles cannot be, and what their lists can be asked for."""

from __future__ import annotations

import typing
import uuid

import pytest
from local_azure.client import Control
from support.clients import CMK_ROLE, GROUP, OFFICER, Clients, refused

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def body(clients: Clients, role: str, principal: str) -> dict[str, typing.Any]:
    scope = f"/subscriptions/{clients.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    return {"properties": {"roleDefinitionId": scope, "principalId": principal, "principalType": "ServicePrincipal"}}


def custom(clients: Clients, *scopes: str, action: str = "Microsoft.KeyVault/*/read", **more: typing.Any) -> str:
    name, where = str(uuid.uuid4()), f"/subscriptions/{clients.subscription}"
    permissions = [{"actions": [action], **more}]
    asked = {"roleName": f"Looker {name[:4]}", "permissions": permissions, "assignableScopes": list(scopes)}
    clients.definitions.create_or_update(where, name, {"properties": asked})
    return name


def test_names_and_principals_are_guids(clients: Clients) -> None:
    vault = clients.vault()
    for asked, code in (
        (("notaguid", body(clients, CMK_ROLE, clients.oid)), "InvalidRoleAssignmentId"),
        ((str(uuid.uuid4()), body(clients, CMK_ROLE, "abc")), "InvalidPrincipalId"),
    ):
        error = refused(clients.assignments.create, vault["id"], *asked)
        assert (error.status_code, error.error.code) == (400, code)
    assert refused(clients.assignments.delete, vault["id"], "notaguid").error.code == "InvalidRoleAssignmentId"


def test_nothing_is_assigned_in_a_group_that_is_not_there(clients: Clients) -> None:
    scope = f"/subscriptions/{clients.subscription}/resourceGroups/none"
    error = refused(clients.assignments.create, scope, str(uuid.uuid4()), body(clients, READER, clients.oid))
    assert (error.status_code, error.error.code) == (404, "ResourceGroupNotFound")


def test_a_custom_role_is_assigned_within_its_scopes(clients: Clients, control: Control) -> None:
    vault = clients.vault()
    home, group = f"/subscriptions/{clients.subscription}", vault["id"].split("/providers/")[0]
    clients.groups.create_or_update("other", {"location": "westeurope"})
    above = control.management_group("platform", clients.subscription)
    inner, outer = custom(clients, group), custom(clients, above)
    for place in (group, vault["id"]):
        clients.give(place, inner, clients.oid)
    clients.give(home, outer, clients.oid)
    for place in (home, f"{home}/resourceGroups/other"):
        error = refused(clients.assignments.create, place, str(uuid.uuid4()), body(clients, inner, clients.oid))
        assert (error.status_code, error.error.code) == (400, "RoleAssignmentScopeNotAssignableToRoleDefinition")


@pytest.mark.parametrize("scope", ["/", "nope", "/subscriptions/nope", "/providers/Microsoft.KeyVault"])
def test_a_custom_role_is_not_for_everywhere_and_nowhere(clients: Clients, scope: str) -> None:
    assert refused(custom, clients, scope).status_code == 400


def test_a_custom_role_is_named_by_a_guid_and_permits_what_there_is(clients: Clients) -> None:
    home = f"/subscriptions/{clients.subscription}"
    permissions = [{"actions": ["*/read"]}]
    asked = {"properties": {"roleName": "Looker", "permissions": permissions, "assignableScopes": [home]}}
    assert refused(clients.definitions.create_or_update, home, "notaguid", asked).status_code == 400
    error = refused(custom, clients, home, action="foo")
    assert (error.status_code, error.error.code) == (400, "InvalidActionOrNotAction")
    assert refused(custom, clients, home, notDataActions=["foo"]).status_code == 400
    assert custom(clients, home, action="Microsoft.*/*", dataActions=["*"])


def test_a_list_of_assignments_takes_three_filters_and_no_other(clients: Clients) -> None:
    vault = clients.vault()
    clients.give(vault["id"], OFFICER, clients.oid)
    home = f"/subscriptions/{clients.subscription}"

    def listed(text: str, scope: str = vault["id"]) -> set[str]:
        return {one.scope for one in clients.assignments.list_for_scope(scope, filter=text)}

    assert listed("atScope()", home) == {home}
    for text in (
        f"assignedTo('{clients.oid}')",
        f"principalId eq '{clients.oid}'",
        f"atscope() and assignedTo('{clients.oid}')",
    ):
        assert listed(text) == {home, vault["id"]}
    for text in (
        "nonsense",
        "principalType eq 'User'",
        f"principalId eq {clients.oid}",
        f"atScope() and principalId eq '{clients.oid}'",
        f"atScope()assignedTo('{clients.oid}')",
        f" and assignedTo('{clients.oid}')",
    ):
        error = refused(lambda text=text: listed(text))
        assert (error.status_code, error.error.code) == (400, "UnsupportedQuery")
        assert f"The filter '{text}' is not supported." in error.error.message


def test_a_list_of_roles_is_filtered_by_name_type_and_scope(clients: Clients) -> None:
    home = f"/subscriptions/{clients.subscription}"
    clients.vault()
    inner, outer = custom(clients, f"{home}/resourceGroups/{GROUP}"), custom(clients, home)

    def listed(text: str, scope: str = home) -> set[str]:
        return {one.name for one in clients.definitions.list(scope, filter=text)}

    assert listed("type eq 'CustomRole'") == {outer}
    assert listed("type eq 'CustomRole'", f"{home}/resourceGroups/{GROUP}") == {inner, outer}
    assert listed("atScopeAndBelow() and type eq 'CustomRole'") == {inner, outer}
    assert not listed("type eq 'BuiltInRole'") & {inner, outer}
    assert listed("roleName eq 'reader'") == {READER}
    assert refused(lambda: listed("description eq 'x'")).status_code == 400
