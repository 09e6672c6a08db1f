# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each row of what must come along besides images: made again at the target once, or named as left behind."""

from __future__ import annotations

import json
import pathlib
import stat
import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct
from support.movers import NEW, OLD, Movers

#: AcrPull, and what gives all rights on images where roles go by repository.
PULL = "7f951dda-4ed3-4680-a7ca-43fe172d538d"
SETTINGS: dict[str, typing.Any] = {
    "anonymousPullEnabled": True,
    "dataEndpointEnabled": True,
    "networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "203.0.113.10"}]},
    "policies": {
        "retentionPolicy": {"status": "enabled", "days": 9},
        "azureADAuthenticationAsArmPolicy": {"status": "disabled"},
    },
}


@pytest.fixture
def movers(with_registry: Contoso, azure: LocalAzure, direct: Direct, control: Control) -> Movers:
    movers = Movers(azure, direct, control, tags={"team": "a"})
    movers.old.image("team/app", "v1")
    return movers


@pytest.fixture
def parts(movers: Movers) -> typing.Any:
    """The SDK's client, with a part of each kind made at the source."""
    return movers.parts()


def test_scope_maps_tokens_webhooks_cache_rules_and_replicas(movers: Movers, parts: typing.Any) -> None:
    foreseen = movers.move(check=True)
    first = movers.moved()
    assert first["plan"] == foreseen["plan"]
    maps = {one.name: sorted(one.actions) for one in parts.scope_maps.list("contoso", NEW)}
    assert maps["ci-pull"] == ["repositories/team/app/content/read"]
    (token,) = parts.tokens.list("contoso", NEW)
    assert (token.name, token.scope_map_id.lower().endswith(f"/{NEW}/scopemaps/ci-pull")) == ("ci-pull", True)
    (hook,) = parts.webhooks.list("contoso", NEW)
    callback = parts.webhooks.get_callback_config("contoso", NEW, hook.name)
    assert (callback.service_uri, callback.custom_headers) == (
        "https://ci.example/hook",
        {"Authorization": "Basic c3VwZXI="},
    )
    assert [one.name for one in parts.cache_rules.list("contoso", NEW)] == ["hello"]
    assert {one.location.replace(" ", "").lower() for one in parts.replications.list("contoso", NEW)} == {
        "westeurope",
        "northeurope",
    }
    assert "c3VwZXI" not in json.dumps(first)
    assert not movers.moved()["changed"]
    assert "token passwords" in {one["kind"] for one in first["left_behind"]}


def test_new_passwords_go_into_a_file_that_its_owner_alone_reads(
    movers: Movers, parts: typing.Any, tmp_path: pathlib.Path
) -> None:
    path = tmp_path / "passwords.json"
    first = movers.moved(passwords_file=str(path))
    password = json.loads(path.read_text(encoding="utf-8"))[f"{NEW}.azurecr.io"]["ci-pull"]["password1"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert password not in json.dumps(first)
    own = movers.new.__class__(movers.new.base, ("ci-pull", password))
    assert own.get("/v2/team/app/manifests/v1").status_code == 200
    assert own.get("/v2/team/other/manifests/v1").status_code == 401
    assert not movers.moved(passwords_file=str(path))["changed"]
    assert json.loads(path.read_text(encoding="utf-8"))[f"{NEW}.azurecr.io"]["ci-pull"]["password1"] == password


def test_a_file_for_passwords_that_cannot_be_written_is_told_before_anything(movers: Movers, parts: typing.Any) -> None:
    since = movers.control.mark()
    result = movers.move(passwords_file="/nowhere/passwords.json")
    assert (result["failure"]["code"], result["failure"]["parameter"]) == ("not_writable", "passwords_file")
    assert not [one for one in movers.control.requests(since) if one["writes"]]


def test_settings_of_the_registry_itself(movers: Movers) -> None:
    body = {"properties": SETTINGS, "tags": {"team": "a"}}
    movers.clients.registries.begin_update("contoso", OLD, body).result()
    movers.moved()
    # what deletes what has no tag comes last
    assert movers.clients.registries.get("contoso", NEW).policies.retention_policy.status == "disabled"
    foreseen = movers.move(check=True, finish=True)["plan"]
    assert foreseen == movers.moved(finish=True)["plan"]
    new = movers.clients.registries.get("contoso", NEW)
    assert (new.anonymous_pull_enabled, new.data_endpoint_enabled) == (True, True)
    assert (
        new.network_rule_set.default_action,
        [one.ip_address_or_range for one in new.network_rule_set.ip_rules],
    ) == (
        "Deny",
        ["203.0.113.10"],
    )
    assert (new.policies.retention_policy.status, new.policies.retention_policy.days) == ("enabled", 9)
    assert new.tags["team"] == "a"
    assert not movers.moved(finish=True)["changed"]


def test_what_somebody_set_otherwise_at_the_target_stays(movers: Movers) -> None:
    movers.clients.registries.begin_update("contoso", OLD, {"properties": SETTINGS}).result()
    own = {"policies": {"retentionPolicy": {"status": "enabled", "days": 30}}}
    movers.clients.registries.begin_update("contoso", NEW, {"properties": own, "tags": {"team": "mine"}}).result()
    movers.moved(finish=True)
    new = movers.clients.registries.get("contoso", NEW)
    assert (new.policies.retention_policy.days, new.tags["team"]) == (30, "mine")


def test_a_source_that_lets_nothing_be_exported_is_refused(movers: Movers) -> None:
    body = {"publicNetworkAccess": "Disabled", "policies": {"exportPolicy": {"status": "disabled"}}}
    movers.clients.registries.begin_update("contoso", OLD, {"properties": body}).result()
    result = movers.move()
    assert (result["failure"]["code"], result["changed"]) == ("exports_disabled", False), result


def test_role_assignments_come_along_when_asked_for(movers: Movers) -> None:
    person = movers.control.principal("someone")
    source = movers.clients.registries.get("contoso", OLD).id
    movers.control.grant(scope=source, role=PULL, principal=person["oid"])
    plain = movers.moved()
    assert "role assignments" in {one["kind"] for one in plain["left_behind"]}
    assert movers.moved(role_assignments=True)["changed"]
    target = movers.clients.registries.get("contoso", NEW).id
    found = [one for one in movers.clients.assignments.list_for_scope(target) if one.principal_id == person["oid"]]
    assert [one.role_definition_id.rsplit("/", 1)[-1] for one in found] == [PULL]
    assert not movers.moved(role_assignments=True)["changed"]


def test_what_is_not_made_again_is_named_with_a_command(movers: Movers) -> None:
    movers.clients.registries.begin_update("contoso", OLD, {"properties": {"adminUserEnabled": True}}).result()
    left = {one["kind"]: one.get("command", "") for one in movers.moved()["left_behind"]}
    always = ["locks", "diagnostic settings", "policy exemptions", "tasks"]
    for kind in ("admin user", "soft delete", *always):
        assert left[kind].startswith("az "), left
