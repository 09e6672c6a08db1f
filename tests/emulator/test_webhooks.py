# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Webhooks of a registry by the unmodified SDK."""

from __future__ import annotations

import typing

import pytest
from azure.core.exceptions import ResourceNotFoundError
from local_azure.server import LocalAzure
from support.clients import GROUP, PLACE, Clients, refused

NAME = "contosoacr"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
SECRET = {"Authorization": "Basic secret"}


@pytest.fixture
def registry(clients: Clients) -> Clients:
    clients.groups.create_or_update(GROUP, {"location": PLACE})
    clients.registries.begin_create(GROUP, NAME, {"location": PLACE, "sku": {"name": "Basic"}}).result()
    return clients


def webhook(clients: Clients, name: str = "deploy", **properties: typing.Any) -> typing.Any:
    asked = {"serviceUri": "https://ci.contoso.com", "actions": ["push"], **properties}
    body = {"location": PLACE, "tags": {"team": "ci"}, "properties": asked}
    return clients.webhooks.begin_create(GROUP, NAME, name, body).result()


def test_address_and_headers_are_shown_by_an_operation_of_their_own(registry: Clients) -> None:
    made = webhook(registry, customHeaders=SECRET, scope="app:*")
    seen = registry.webhooks.get(GROUP, NAME, "deploy")
    for one in (made, seen, next(iter(registry.webhooks.list(GROUP, NAME)))):
        assert (one.properties.status, one.properties.scope, one.tags) == ("enabled", "app:*", {"team": "ci"})
        assert "contoso.com" not in str(one.as_dict())
        assert "secret" not in str(one.as_dict())
    told = registry.webhooks.get_callback_config(GROUP, NAME, "deploy")
    assert (told.service_uri, told.custom_headers) == ("https://ci.contoso.com", SECRET)


def test_what_a_change_does_not_name_stays(registry: Clients) -> None:
    webhook(registry, customHeaders=SECRET)
    wish = {"properties": {"status": "disabled", "actions": ["push", "delete"]}}
    changed = registry.webhooks.begin_update(GROUP, NAME, "deploy", wish).result()
    assert (changed.properties.status, list(changed.properties.actions)) == ("disabled", ["push", "delete"])
    assert registry.webhooks.get_callback_config(GROUP, NAME, "deploy").custom_headers == SECRET
    registry.webhooks.begin_delete(GROUP, NAME, "deploy").result()
    with pytest.raises(ResourceNotFoundError):
        registry.webhooks.get(GROUP, NAME, "deploy")
    registry.webhooks.begin_delete(GROUP, NAME, "deploy").result()


def test_a_ping_is_an_event(registry: Clients) -> None:
    webhook(registry, customHeaders=SECRET)
    ping = registry.webhooks.ping(GROUP, NAME, "deploy")
    (event,) = registry.webhooks.list_events(GROUP, NAME, "deploy")
    assert (event.id, event.event_request_message.content.action) == (ping.id, "ping")
    assert event.event_request_message.request_uri == "https://ci.contoso.com/"
    assert event.event_response_message is None


def test_a_tier_has_a_limit(registry: Clients) -> None:
    for name in ("first", "second"):
        webhook(registry, name)
    assert "2 webhooks" in str(refused(webhook, registry, "third"))
    usages = {one.name: (one.current_value, one.limit) for one in registry.registries.list_usages(GROUP, NAME).value}
    assert usages["Webhooks"] == (2, 2)


def test_what_is_wrong_is_named(registry: Clients) -> None:
    assert "serviceUri" in str(refused(webhook, registry, serviceUri="ftp://ci.contoso.com"))
    assert "actions" in str(refused(webhook, registry, actions=[]))
    assert "dep" in str(refused(webhook, registry, "dep"))


def test_a_webhook_is_in_a_region_of_its_registry(registry: Clients) -> None:
    registry.registries.begin_update(GROUP, NAME, {"sku": {"name": "Premium"}}).result()
    body = {"location": "northeurope", "properties": {"serviceUri": "https://ci.contoso.com", "actions": ["push"]}}
    error = refused(registry.webhooks.begin_create, GROUP, NAME, "north", body)
    assert (error.status_code, error.error.code) == (404, "RegistryResourceNotFound")
    assert error.error.message == f"The registry resource {NAME} could not be found."
    registry.replications.begin_create(GROUP, NAME, "northeurope", {"location": "northeurope"}).result()
    assert registry.webhooks.begin_create(GROUP, NAME, "north", body).result().location == "northeurope"
    assert (
        refused(registry.replications.begin_delete, GROUP, NAME, PLACE).error.code == "HomeReplicationCannotBeDeleted"
    )


def test_reading_a_webhook_takes_no_right_to_its_secrets(registry: Clients, azure: LocalAzure) -> None:
    made = webhook(registry, customHeaders=SECRET)
    auditor = azure.world.add_app("auditor")
    registry.give(made.id.split("/webhooks/")[0], READER, auditor["oid"])
    reader = Clients(azure)
    reader.sign_in(auditor["client_id"], auditor["secret"])
    assert [one.name for one in reader.webhooks.list(GROUP, NAME)] == ["deploy"]
    refusal = refused(reader.webhooks.get_callback_config, GROUP, NAME, "deploy")
    assert "Microsoft.ContainerRegistry/registries/webhooks/getCallbackConfig/action" in str(refusal)


def test_a_registry_takes_what_is_below_it_along(registry: Clients) -> None:
    webhook(registry)
    registry.registries.begin_delete(GROUP, NAME).result()
    registry.registries.begin_create(GROUP, NAME, {"location": PLACE, "sku": {"name": "Basic"}}).result()
    assert list(registry.webhooks.list(GROUP, NAME)) == []
