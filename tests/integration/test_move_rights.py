# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A move between registries whose roles go by repository, of other subscriptions, and behind firewalls."""

from __future__ import annotations

import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct
from support.movers import NEW, OLD, Movers

CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
READER = "b93aa761-3e63-49ed-ac28-beffa264f7ac"
RESOURCE_READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
WRITER = "2a1e307c-b015-4ebd-883e-5b7698a07328"
LISTER = "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7"
#: Key Vault Crypto Service Encryption User.
ENCRYPTION_USER = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
BY_REPOSITORY = {"properties": {"roleAssignmentMode": "AbacRepositoryPermissions"}}


@pytest.fixture
def movers(with_registry: Contoso, azure: LocalAzure, direct: Direct, control: Control) -> Movers:
    return Movers(azure, direct, control)


@pytest.fixture
def somebody(movers: Movers) -> dict[str, typing.Any]:
    """The options of a contributor to both registries, who sees no more than these."""
    person = movers.control.principal("mover")
    source = movers.clients.registries.get("contoso", OLD).id
    options = {"source": source, "client_id": person["client_id"], "secret": person["secret"]}
    give(movers, OLD, options, CONTRIBUTOR)
    give(movers, NEW, options, CONTRIBUTOR)
    return options


def give(movers: Movers, name: str, somebody: dict[str, typing.Any], *roles: str) -> None:
    """Roles at a registry."""
    principal = movers.azure.world.data["apps"][somebody["client_id"]]["oid"]
    for role in roles:
        scope = movers.clients.registries.get("contoso", name).id
        movers.control.grant(scope=scope, role=role, principal=principal)


def by_repository(movers: Movers, *names: str) -> None:
    """Let roles go by repository in registries."""
    for name in names:
        movers.clients.registries.begin_update("contoso", name, BY_REPOSITORY).result()


def writes(movers: Movers, since: int) -> list[str]:
    """The changes that were asked for."""
    return [f"{one['method']} {one['path']}" for one in movers.control.requests(since) if one["writes"]]


# --- roles by repository ---------------------------------------------------------------------------------------------


def test_both_registries_go_by_repository(movers: Movers, somebody: dict[str, typing.Any]) -> None:
    movers.everything()
    by_repository(movers, OLD, NEW)
    for name in (OLD, NEW):
        give(movers, name, somebody, LISTER, WRITER)
    assert movers.moved(**somebody, finish=True)["moved"]
    again = movers.moved(**somebody, finish=True)
    assert (again["changed"], again["moved"]) == (False, True)


@pytest.mark.parametrize(
    ("name", "parameter", "roles"),
    [
        (OLD, "source", ()),
        (OLD, "source", (LISTER,)),
        (NEW, "name", ()),
        (NEW, "name", (WRITER,)),
        (NEW, "name", (LISTER,)),
    ],
)
def test_whoever_lacks_a_role_of_a_repository_is_told_which(
    movers: Movers, somebody: dict[str, typing.Any], name: str, parameter: str, roles: tuple[str, ...]
) -> None:
    movers.everything()
    movers.new.image("team/app", "v0", "there already")
    by_repository(movers, OLD, NEW)
    give(movers, OLD if name == NEW else NEW, somebody, LISTER, WRITER)
    give(movers, name, somebody, *roles)
    since = movers.control.mark()
    result = movers.move(**somebody)
    assert (result["failure"]["code"], result["failure"]["parameter"]) == ("caller_denied", parameter), result
    assert "Container Registry Repository Catalog Lister" in result["msg"]
    assert "go by repository" in result["msg"]
    assert (result["changed"], writes(movers, since)) == (False, [])


def test_a_registry_that_goes_by_its_own_roles_names_those(movers: Movers, somebody: dict[str, typing.Any]) -> None:
    movers.everything()
    stranger = movers.control.principal("stranger")
    who = {**somebody, "client_id": stranger["client_id"], "secret": stranger["secret"]}
    for name in (OLD, NEW):
        give(movers, name, who, RESOURCE_READER)
    result = movers.move(**who)
    assert (result["failure"]["code"], result["failure"]["parameter"]) == ("caller_denied", "name"), result
    assert "AcrPush" in result["msg"]
    assert not result["changed"]


def test_that_roles_go_by_repository_comes_last_and_locks_nobody_out_on_the_way(
    movers: Movers, somebody: dict[str, typing.Any]
) -> None:
    """Whoever moves may have no role of a repository at the target: it is set when all has been seen."""
    movers.everything()
    by_repository(movers, OLD)
    give(movers, OLD, somebody, LISTER, READER)
    first = movers.moved(**somebody)
    assert "roles by repository" in {one["kind"] for one in first["left_behind"]}
    assert not movers.moved(**somebody)["changed"]
    # to close the source
    give(movers, OLD, somebody, WRITER)
    foreseen = movers.move(**somebody, finish=True, check=True)
    last = movers.moved(**somebody, finish=True)
    assert last["moved"]
    # what was done at the end is not left behind
    assert "roles by repository" not in {one["kind"] for one in last["left_behind"]}
    assert foreseen["plan"] == last["plan"]
    assert movers.clients.registries.get("contoso", NEW).role_assignment_mode == "AbacRepositoryPermissions"
    refused = movers.move(**somebody, finish=True)
    assert (refused["failure"]["parameter"], refused["changed"]) == ("name", False)
    give(movers, NEW, somebody, LISTER, WRITER)
    again = movers.moved(**somebody, finish=True)
    assert (again["changed"], again["moved"], again["plan"]) == (False, True, [])


# --- a key store behind a firewall ---------------------------------------------------------------------------------


def close_the_vault(movers: Movers, bypass: str) -> None:
    """Let nobody in but trusted services, or not even these."""
    acls = {"defaultAction": "Deny", "bypass": bypass, "ipRules": [{"value": "203.0.113.10"}]}
    movers.clients.vaults.update("contoso", "contoso-kv", {"properties": {"networkAcls": acls}})


def as_trusted_service(movers: Movers) -> None:
    """The target goes to its key with its system-assigned identity, which a vault can let pass as a trusted service."""
    users = movers.clients.registries.get("contoso", NEW).identity.user_assigned_identities
    both = {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {name: {} for name in users}}
    movers.clients.registries.begin_update("contoso", NEW, {"identity": both}).result()
    own = movers.clients.registries.get("contoso", NEW).identity.principal_id
    scope = movers.clients.vaults.get("contoso", "contoso-kv").id
    movers.control.grant(scope=scope, role=ENCRYPTION_USER, principal=own)
    result = movers.direct("cmk_rotate", registries=[NEW], resource_group="contoso", identity="system")
    assert not result.get("failed"), result["msg"]


def test_into_a_registry_whose_vault_lets_nobody_in_but_trusted_services(movers: Movers) -> None:
    movers.everything()
    as_trusted_service(movers)
    close_the_vault(movers, "AzureServices")
    assert movers.moved(finish=True)["moved"]
    assert not movers.moved(finish=True)["changed"]


@pytest.mark.parametrize(("bypass", "lists"), [("None", False), ("None", True), ("AzureServices", False)])
@pytest.mark.parametrize("check", [False, True])
def test_a_target_that_cannot_reach_its_key_is_refused_before_anything(
    movers: Movers, bypass: str, lists: bool, check: bool
) -> None:
    """As a trusted service a registry passes with its system-assigned identity, and this one has another."""
    movers.control.settings(lists_without_key=lists)
    movers.old.image("app", "v1")
    close_the_vault(movers, bypass)
    since = movers.control.mark()
    result = movers.move(check=check)
    assert result["failure"]["parameter"] == "name", result
    assert "firewall" in result["msg"]
    assert (result["changed"], writes(movers, since)) == (False, [])
