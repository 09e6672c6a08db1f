# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The custom roles of docs/permissions: each is enough for its job, and without any one of its rights the job fails."""

from __future__ import annotations

import json
import pathlib
import typing
import uuid

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.contoso import Contoso
from support.direct import Direct
from support.locker import CONFIRM, KEY, PLACE, TO, Locker, take_role_away
from support.movers import MOVE, OLD, Movers

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "docs" / "permissions"
Job = typing.Callable[["Somebody"], None]


class Insufficient(Exception):
    """The job was not done as its owner would have it."""


class Somebody:
    """A service principal with one custom role, and the owner beside it."""

    def __init__(self, azure: LocalAzure, direct: Direct, control: Control, contoso: Contoso) -> None:
        self.azure, self.direct, self.control, self.contoso = azure, direct, control, contoso
        self._sign_in: dict[str, str] = {}

    @property
    def clients(self) -> Clients:
        return Clients(self.azure)

    def given(self, role: dict[str, typing.Any]) -> None:
        """Become one who has that role on the subscription and no other."""
        scope, clients, guid = f"/subscriptions/{self.clients.subscription}", self.clients, str(uuid.uuid4())
        permissions = {"actions": role["Actions"], "dataActions": role["DataActions"]}
        body = {"roleName": role["Name"], "type": "CustomRole", "permissions": [permissions]}
        clients.definitions.create_or_update(scope, guid, {"properties": {**body, "assignableScopes": [scope]}})
        known = self.control.principal("operator")
        self.control.grant(scope=scope, role=guid, principal=known["oid"])
        self._sign_in = {"client_id": known["client_id"], "secret": known["secret"]}

    def owner(self, module: str, **options: typing.Any) -> None:
        result = self.direct(module, **options)
        assert not result.get("failed"), result["msg"]

    def do(self, module: str, **options: typing.Any) -> dict[str, typing.Any]:
        result = self.direct(module, **options, **self._sign_in)
        trouble = result["msg"] if result.get("failed") else "; ".join(result.get("warnings", []))
        if trouble:
            raise Insufficient(f"{module}: {trouble}")
        return result


def create(one: Somebody) -> None:
    for task in [*one.contoso.vault_tasks(), one.contoso.registry_task()]:
        ((module, options),) = task.items()
        one.do(module.rsplit(".", 1)[-1], **options)
    # a second run looks at all of it and changes nothing
    for task in [*one.contoso.vault_tasks(), one.contoso.registry_task()]:
        ((module, options),) = task.items()
        if one.do(module.rsplit(".", 1)[-1], **options)["changed"]:
            raise Insufficient(f"{module} is not idempotent")


def rotate(one: Somebody) -> None:
    one.do("cmk_rotate", **TO, max_age="0d", pick_up="nudge", verify_data=True)
    one.do("cmk_rotate", **TO, rotation_mode="manual")


def revoke(one: Somebody) -> None:
    for way in ("access", "disable_key", "delete_key"):
        result = one.do("cmk_revoke", **TO, **CONFIRM, revoke_by=way)
        if not result["locked"] or result["data"]["contosoacr"]["state"] != "locked":
            raise Insufficient("not proven locked")
        one.owner("cmk_restore", **TO)


def restore(one: Somebody) -> None:
    vault = {"name": "contoso-kv", **PLACE}
    for accident in (
        lambda: take_role_away(typing.cast(Locker, one)),
        lambda: one.owner("keyvault_rsa_key", **KEY, state="disabled", **CONFIRM),
        lambda: one.owner("keyvault_rsa_key", **KEY, state="absent", **CONFIRM),
        lambda: one.owner("keyvault", **vault, state="absent", **CONFIRM),
        lambda: one.owner("managed_identity", name="contoso-id", **PLACE, state="absent", **CONFIRM),
    ):
        accident()
        if not one.do("cmk_restore", **TO)["verified"]:
            raise Insufficient("not verified")


def diagnose(one: Somebody) -> None:
    found = one.do("cmk_health_info", **TO)["registries"][0]["findings"]
    if "not_seen" in [finding["code"] for finding in found]:
        raise Insufficient("not all was seen")


def move(one: Somebody) -> None:
    movers = Movers(one.azure, one.direct, one.control, dataEndpointEnabled=True)
    image = movers.old.image("team/app", "v1")
    movers.old.referrer("team/app", image, "application/spdx+json")
    movers.lock(OLD, "team/app/_tags/v1", deleteEnabled=False)
    movers.parts()
    # it may be so, and a role is to be enough either way
    one.control.settings(import_poll_needs_right=True)
    for _time in range(2):
        result = one.do("acr_cmk_move", **MOVE, finish=True)
        unknown = [left["kind"] for left in result["left_behind"] if left["what"] == "?"]
        if unknown or not result["verified"]:
            raise Insufficient(f"not all was seen: {unknown}")
    if result["changed"] or not result["moved"]:
        raise Insufficient("not moved")


JOBS: dict[str, Job] = {job.__name__: job for job in (create, rotate, revoke, restore, diagnose, move)}


def role(name: str) -> dict[str, typing.Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def rights() -> list[tuple[str, str]]:
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        known = role(path.stem)
        found += [(path.stem, right) for right in (*known["Actions"], *known["DataActions"])]
    return found


@pytest.fixture
def somebody(request: pytest.FixtureRequest, azure: LocalAzure, direct: Direct, control: Control) -> Somebody:
    """With a registry and an image in it, but for whoever creates one."""
    name = request.node.callspec.params["name"]
    if name != "create":
        request.getfixturevalue("locker")
    return Somebody(azure, direct, control, request.getfixturevalue("contoso"))


@pytest.mark.parametrize("name", JOBS)
def test_the_role_is_enough(somebody: Somebody, name: str) -> None:
    known = role(name)
    assert known["AssignableScopes"] == ["/subscriptions/SUBSCRIPTION"]
    somebody.given(known)
    JOBS[name](somebody)


@pytest.mark.parametrize(("name", "right"), rights())
def test_without_any_one_of_its_rights_it_is_not(somebody: Somebody, name: str, right: str) -> None:
    known = role(name)
    fewer = {kind: [one for one in known[kind] if one != right] for kind in ("Actions", "DataActions")}
    somebody.given({**known, **fewer})
    with pytest.raises(Insufficient):
        JOBS[name](somebody)
