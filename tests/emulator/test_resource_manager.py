# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What foreign clients asked Resource Manager for: filters, tags as a resource, federated credentials."""

from __future__ import annotations

import typing

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resource.resources import ResourceManagementClient
from local_azure.client import Control
from support.clients import GROUP, PLACE, Clients


def test_groups_and_resources_by_their_tags(clients: Clients) -> None:
    for name, tags in (("one", {"a": "b", "Team": "x"}), ("two", {"a": "c"})):
        clients.groups.create_or_update(name, {"location": PLACE, "tags": tags})
        clients.identities.create_or_update(name, f"{name}-id", {"location": PLACE, "tags": tags})
    for text, names in (
        ("tagName eq 'a'", ["one", "two"]),
        ("tagName eq 'a' and tagValue eq 'c'", ["two"]),
        ("tagName eq 'team'", ["one"]),
        ("tagName eq 'none'", []),
    ):
        assert [group.name for group in clients.groups.list(filter=text)] == names
        assert [one.name for one in clients.resources.list(filter=text)] == [f"{name}-id" for name in names]
    assert [one.name for one in clients.resources.list(filter="resourceGroup eq 'TWO'")] == ["two-id"]
    with pytest.raises(HttpResponseError, match="does not emulate"):
        list(clients.groups.list(filter="startswith(name, 'o')"))


def test_the_generic_list_as_the_az_cli_asks_for_it(clients: Clients) -> None:
    clients.vault()
    text = "resourceType eq 'Microsoft.KeyVault/vaults' and name eq 'contoso-kv'"
    (one,) = clients.resources.list(filter=text, expand="createdTime,changedTime,provisioningState")
    assert (one.name, one.provisioning_state) == ("contoso-kv", "Succeeded")
    with pytest.raises(HttpResponseError, match="expand"):
        list(clients.resources.list(expand="everything"))


def test_tags_as_a_resource_of_their_own(clients: Clients, control: Control) -> None:
    tags = ResourceManagementClient(clients.credential, clients.subscription).tags
    identity = clients.identity()["id"]
    group = clients.groups.create_or_update(GROUP, {"location": PLACE, "tags": {"a": "b"}})

    def shown(scope: str) -> typing.Any:
        return dict(tags.get_at_scope(scope).properties.tags or {})

    def patched(operation: str, **values: str) -> None:
        body = {"operation": operation, "properties": {"tags": values}}
        answer = clients.arm("PATCH", f"{group.id}/providers/Microsoft.Resources/tags/default", body, "2021-04-01")
        assert answer.status_code == 200

    assert shown(group.id) == {"a": "b"}
    patched("Merge", c="d", A="e")
    assert shown(group.id) == {"a": "e", "c": "d"}
    patched("Delete", a="other", c="d")
    assert shown(group.id) == {"a": "e"}
    patched("Replace", f="g")
    assert clients.groups.get(GROUP).tags == {"f": "g"}
    assert shown(identity) == {}
    with pytest.raises(ResourceNotFoundError):
        tags.get_at_scope(f"{identity}-none")


def test_federated_credentials_of_an_identity(clients: Clients) -> None:
    clients.identity()
    client = ManagedServiceIdentityClient(clients.credential, clients.subscription).federated_identity_credentials
    place = (GROUP, "contoso-id")
    body = {"properties": {"issuer": "https://example.com", "subject": "sub", "audiences": ["api://x"]}}
    assert client.create_or_update(*place, "one", body).subject == "sub"
    with pytest.raises(HttpResponseError) as same:
        client.create_or_update(*place, "two", body)
    assert same.value.status_code == 409
    body["properties"]["subject"] = "other"
    assert client.create_or_update(*place, "one", body).subject == "other"
    assert [one.name for one in client.list(*place)] == ["one"]
    client.delete(*place, "one")
    with pytest.raises(ResourceNotFoundError):
        client.get(*place, "one")
    with pytest.raises(ResourceNotFoundError):
        list(client.list(GROUP, "none"))
