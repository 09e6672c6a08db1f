# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policies of a registry: which tier has them, what goes together, and the quarantine of images."""

from __future__ import annotations

import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import GROUP, PLACE, Clients, refused
from support.oci import Wire, code

NAME = "contosoacr"
BASE = f"https://{NAME}.azurecr.io"
PREVIEW = "2026-09-01-preview"
PULL, QUARANTINE_READER = "7f951dda-4ed3-4680-a7ca-43fe172d538d", "cdda3590-29a3-44f6-95f2-9f980659eb04"
PUSH, QUARANTINE_WRITER = "8311e382-0749-4cb8-b61a-304f252e45ec", "c8d4ff99-41c3-41a8-9f60-21dfdad59608"
SOFT_DELETE = {"status": "enabled", "retentionDays": 30}


def create(clients: Clients, sku: str = "Premium", **properties: typing.Any) -> str:
    clients.groups.create_or_update(GROUP, {"location": PLACE})
    body = {"location": PLACE, "sku": {"name": sku}, "properties": properties}
    return str(clients.registries.begin_create(GROUP, NAME, body).result().id)


def change(clients: Clients, path: str, **policies: typing.Any) -> typing.Any:
    """A PATCH of the policies, in a version that knows all of them."""
    return clients.arm("PATCH", path, {"properties": {"policies": policies}}, version=PREVIEW)


def shown(clients: Clients, path: str) -> dict[str, typing.Any]:
    policies: dict[str, typing.Any] = clients.arm("GET", path, version=PREVIEW).json()["properties"]["policies"]
    return policies


def test_each_policy_is_set_and_shown(clients: Clients) -> None:
    path = create(clients)
    wishes: dict[str, typing.Any] = {
        "quarantinePolicy": {"status": "enabled"},
        "trustPolicy": {"type": "Notary", "status": "enabled"},
        "retentionPolicy": {"status": "enabled", "days": 365},
        "azureADAuthenticationAsArmPolicy": {"status": "disabled"},
    }
    assert change(clients, path, **wishes).ok
    assert change(clients, path, retentionPolicy={"status": "disabled"}, softDeletePolicy=SOFT_DELETE).ok
    wishes |= {"retentionPolicy": {"status": "disabled", "days": 365}, "softDeletePolicy": SOFT_DELETE}
    seen = shown(clients, path)
    for name, wish in wishes.items():
        assert {key: seen[name][key] for key in wish} == wish


@pytest.mark.parametrize(
    "policies",
    [
        {"quarantinePolicy": {"status": "enabled"}},
        {"trustPolicy": {"type": "Notary", "status": "enabled"}},
        {"retentionPolicy": {"status": "enabled", "days": 7}},
        {"exportPolicy": {"status": "disabled"}},
    ],
)
def test_what_only_premium_has_is_refused_to_others(clients: Clients, policies: dict[str, typing.Any]) -> None:
    path = create(clients, "Standard")
    answer = change(clients, path, **policies)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "SkuNotSupported")
    assert change(clients, path, softDeletePolicy=SOFT_DELETE).ok


def test_settings_of_higher_tiers(clients: Clients) -> None:
    create(clients, "Basic")
    rules = {"defaultAction": "Allow", "ipRules": [{"action": "Allow", "value": "198.51.100.0/24"}]}
    for properties in ({"anonymousPullEnabled": True}, {"networkRuleSet": rules}, {"dataEndpointEnabled": True}):
        error = refused(clients.registries.begin_update, GROUP, NAME, {"properties": properties})
        assert error.error.code == "SkuNotSupported"
    clients.registries.begin_update(GROUP, NAME, {"sku": {"name": "Standard"}}).result()
    clients.registries.begin_update(GROUP, NAME, {"properties": {"anonymousPullEnabled": True}}).result()


@pytest.mark.parametrize(
    ("policy", "name", "wrong"),
    [
        ("retentionPolicy", "days", 366),
        ("retentionPolicy", "days", -1),
        ("softDeletePolicy", "retentionDays", 0),
        ("softDeletePolicy", "retentionDays", 91),
    ],
)
def test_days_have_their_limits(clients: Clients, policy: str, name: str, wrong: int) -> None:
    answer = change(clients, create(clients), **{policy: {"status": "enabled", name: wrong}})
    assert (answer.status_code, name in answer.text) == (400, True)


def test_soft_delete_stands_alone(clients: Clients, control: Control) -> None:
    path = create(clients)
    assert change(clients, path, softDeletePolicy=SOFT_DELETE).ok
    both = {"retentionPolicy": {"status": "enabled"}}
    assert change(clients, path, **both).status_code == 400
    assert refused(clients.replications.begin_create, GROUP, NAME, "northeurope", {"location": "northeurope"})
    control.settings(soft_delete_beside_retention=True)
    assert change(clients, path, **both).ok
    assert change(clients, path, softDeletePolicy={"status": "disabled"}).ok
    clients.replications.begin_create(GROUP, NAME, "northeurope", {"location": "northeurope"}).result()
    assert "replications" in change(clients, path, softDeletePolicy=SOFT_DELETE).text


def test_a_version_that_does_not_know_soft_delete_does_not_put_it_away(clients: Clients) -> None:
    path = create(clients)
    assert change(clients, path, softDeletePolicy=SOFT_DELETE).ok
    body: dict[str, typing.Any] = {"location": PLACE, "sku": {"name": "Premium"}}
    assert "soft delete policy" in str(refused(clients.registries.begin_create, GROUP, NAME, body))
    clients.registries.begin_update(GROUP, NAME, {"tags": {"team": "ci"}}).result()
    assert shown(clients, path)["softDeletePolicy"]["status"] == "enabled"
    assert clients.arm("PUT", path, body, version=PREVIEW).ok
    assert shown(clients, path)["softDeletePolicy"]["status"] == "disabled"


def test_what_is_in_quarantine_is_pulled_by_who_looks_at_it_alone(clients: Clients, azure: LocalAzure) -> None:
    path, app = create(clients), azure.world.app()
    image = Wire(BASE, (app["client_id"], app["secret"])).image("hello", "v1")
    assert change(clients, path, quarantinePolicy={"status": "enabled"}).ok

    def someone(name: str, *roles: str) -> Wire:
        made = azure.world.add_app(name)
        for role in roles:
            clients.give(path, role, made["oid"])
        return Wire(BASE, (made["client_id"], made["secret"]))

    user, scanner = someone("user", PULL, PUSH), someone("scanner", PULL, PUSH, QUARANTINE_READER, QUARANTINE_WRITER)
    assert code(user.get("/v2/hello/manifests/v1")) == "MANIFEST_UNKNOWN"
    assert code(user.get(f"/v2/hello/manifests/{image.digest}")) == "REGISTRY_DISALLOWED_OPERATION"
    assert scanner.get(f"/v2/hello/manifests/{image.digest}").status_code == 200
    verdict, place = (
        {"quarantineState": "Passed", "quarantineDetails": "{}"},
        f"/acr/v1/hello/_manifests/{image.digest}",
    )
    assert code(user.ask("PATCH", place, json=verdict)) == "REGISTRY_DISALLOWED_OPERATION"
    answer = scanner.ask("PATCH", place, json=verdict)
    assert answer.json()["manifest"]["changeableAttributes"]["quarantineState"] == "Passed"
    assert user.get("/v2/hello/manifests/v1").status_code == 200


def test_streaming_is_a_flag_of_a_repository_and_none_under_a_key(clients: Clients, azure: LocalAzure) -> None:
    app = azure.world.app()
    wire = Wire(BASE, (app["client_id"], app["secret"]))
    create(clients)
    wire.image("hello", "v1")
    for wish in (True, False):
        answer = wire.ask("PATCH", "/acr/v1/hello", json={"teleportEnabled": wish})
        assert answer.json()["changeableAttributes"]["teleportEnabled"] is wish
    clients.registries.begin_delete(GROUP, NAME).result()
    clients.registry(NAME)
    wire.image("hello", "v1")
    assert wire.ask("PATCH", "/acr/v1/hello", json={"teleportEnabled": True}).status_code == 400
    assert wire.ask("PATCH", "/acr/v1/hello", json={"teleportEnabled": False}).status_code == 200
