# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cache rules and credential sets of a registry by the unmodified SDK."""

from __future__ import annotations

import typing

import pytest
from azure.core.exceptions import ResourceNotFoundError
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import GROUP, Clients, refused
from support.oci import Wire, code, wire_of

NAME = "contosoacr"
BASE = f"https://{NAME}.azurecr.io"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"


@pytest.fixture
def registry(clients: Clients) -> Clients:
    clients.plain_registry(NAME)
    return clients


@pytest.fixture
def wire(registry: Clients, azure: LocalAzure) -> Wire:
    return wire_of(azure, NAME)


def credential_set(clients: Clients, name: str = "docker-hub", vault: str = "contoso-kv") -> typing.Any:
    secrets = f"https://{vault}.vault.azure.net/secrets"
    given = {"usernameSecretIdentifier": f"{secrets}/user", "passwordSecretIdentifier": f"{secrets}/password"}
    properties = {"loginServer": "docker.io", "authCredentials": [{"name": "Credential1", **given}]}
    body = {"identity": {"type": "SystemAssigned"}, "properties": properties}
    return clients.credential_sets.begin_create(GROUP, NAME, name, body).result()


def rule(
    clients: Clients, name: str, target: str, *, source: str = "mcr.microsoft.com/*", held: str = ""
) -> typing.Any:
    properties = {"sourceRepository": source, "targetRepository": target}
    if held:
        properties["credentialSetResourceId"] = held
    return clients.cache_rules.begin_create(GROUP, NAME, name, {"properties": properties}).result()


# --- credential sets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("roles", [True, False])
def test_a_credential_set_has_an_identity_that_reads_the_secrets(registry: Clients, roles: bool) -> None:
    vault = registry.vault(enableRbacAuthorization=roles)
    made = credential_set(registry)
    assert made.identity.principal_id
    (credential,) = made.properties.auth_credentials
    assert credential.credential_health.status == "Unhealthy"
    assert made.identity.principal_id in credential.credential_health.error_message
    if roles:
        registry.give(vault["id"], SECRETS_USER, made.identity.principal_id)
    else:
        policy = {
            "tenantId": registry.tenant,
            "objectId": made.identity.principal_id,
            "permissions": {"secrets": ["get"]},
        }
        registry.vaults.update_access_policy(GROUP, "contoso-kv", "add", {"properties": {"accessPolicies": [policy]}})
    (credential,) = registry.credential_sets.get(GROUP, NAME, "docker-hub").properties.auth_credentials
    assert (credential.name, credential.credential_health.status) == ("Credential1", "Healthy")


def test_a_change_keeps_the_identity(registry: Clients) -> None:
    made = credential_set(registry)
    secret = "https://contoso-kv.vault.azure.net/secrets/other"
    given = {"name": "Credential1", "usernameSecretIdentifier": secret, "passwordSecretIdentifier": secret}
    wish = {"properties": {"authCredentials": [given]}}
    changed = registry.credential_sets.begin_update(GROUP, NAME, "docker-hub", wish).result()
    assert changed.properties.auth_credentials[0].password_secret_identifier == secret
    assert changed.identity.principal_id == made.identity.principal_id
    assert changed.properties.login_server == "docker.io"
    assert [one.name for one in registry.credential_sets.list(GROUP, NAME)] == ["docker-hub"]
    registry.credential_sets.begin_delete(GROUP, NAME, "docker-hub").result()
    with pytest.raises(ResourceNotFoundError):
        registry.credential_sets.get(GROUP, NAME, "docker-hub")


# --- cache rules -----------------------------------------------------------------------------------------------------


def test_a_cache_rule_is_made_in_an_operation(registry: Clients, control: Control) -> None:
    control.settings(operation_seconds=60)
    properties = {"sourceRepository": "mcr.microsoft.com/hello-world", "targetRepository": "hello-world"}
    registry.cache_rules.begin_create(GROUP, NAME, "hello", {"properties": properties}, polling=False)
    assert registry.cache_rules.get(GROUP, NAME, "hello").properties.provisioning_state == "Creating"
    control.advance(61)
    (seen,) = registry.cache_rules.list(GROUP, NAME)
    assert (seen.properties.provisioning_state, seen.properties.target_repository) == ("Succeeded", "hello-world")
    registry.cache_rules.begin_delete(GROUP, NAME, "hello", polling=False)
    control.advance(61)
    assert list(registry.cache_rules.list(GROUP, NAME)) == []


def test_null_does_not_take_the_credential_set_off(registry: Clients) -> None:
    held = credential_set(registry)
    rule(registry, "hub-rule", "hub/*", source="docker.io/library/*", held=held.id)
    wish = {"properties": {"credentialSetResourceId": None}}
    registry.cache_rules.begin_update(GROUP, NAME, "hub-rule", wish).result()
    assert registry.cache_rules.get(GROUP, NAME, "hub-rule").properties.credential_set_resource_id == held.id


def test_a_rule_that_azure_does_not_take_is_refused_by_name(registry: Clients, wire: Wire) -> None:
    hub = refused(rule, registry, "hub-rule", "hub/*", source="docker.io/library/*")
    assert hub.error.code == "EnforceDockerAuthentication"
    assert "credentialSetResourceId" in str(
        refused(rule, registry, "hub-rule", "hub/*", held="/other/credentialSets/x")
    )
    wire.image("team/app", "v1")
    assert refused(rule, registry, "team-app", "team/app").error.code == "TargetRepositoryAlreadyPresentInRegistry"
    assert refused(rule, registry, "team-all", "team/*").error.code == "TargetRepositoryPrefixMatchesExistingRegistries"
    assert refused(rule, registry, "whole", "*").error.code == "TargetRepositoryPrefixMatchesExistingRegistries"
    rule(registry, "first", "cache/mcr/*")
    for target in ("cache/mcr/*", "cache/*", "cache/mcr/hello"):
        assert "first" in str(refused(rule, registry, "second", target))
    rule(registry, "second", "cache/other")


def test_what_a_rule_fills_takes_no_push(registry: Clients, wire: Wire) -> None:
    rule(registry, "mcr-rule", "mcr/*")
    answer = wire.ask("POST", "/v2/mcr/hello/blobs/uploads/")
    assert (answer.status_code, code(answer)) == (403, "DENIED")
    assert wire.get("/v2/mcr/hello/manifests/v1").status_code == 501
    wire.image("hello", "v1")
    source = {"resourceId": registry.registries.get(GROUP, NAME).id, "sourceImage": "hello:v1"}
    body = {"source": source, "targetTags": ["mcr/hello:v1"]}
    assert refused(registry.registries.begin_import_image, GROUP, NAME, body)
    assert wire.get("/v2/_catalog").json()["repositories"] == ["hello"]
    registry.cache_rules.begin_delete(GROUP, NAME, "mcr-rule").result()
    wire.image("mcr/hello", "v1")


def test_a_preview_lets_it_be_pushed_to(registry: Clients, wire: Wire) -> None:
    rule(registry, "mcr-rule", "mcr/*")
    path = registry.registries.get(GROUP, NAME).id
    wish = {"properties": {"writableCacheRepos": "Enabled"}}
    assert registry.arm("PATCH", path, wish, version="2026-09-01-preview").ok
    wire.image("mcr/hello", "v1")
    # the rule that is there can be told again, although there is a repository by now
    rule(registry, "mcr-rule", "mcr/*")
