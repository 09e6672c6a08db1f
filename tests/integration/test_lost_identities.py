# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Identities that were deleted while a registry has them.

A change that names one is refused (told: aad-pod-identity #339 and #515, azure-libraries-for-net #839), and whoever
means another one must get there all the same.
"""

from __future__ import annotations

import pathlib
import typing

import pytest
from local_azure.server import LocalAzure
from support.accidents import ACCIDENTS
from support.between import Answer, Sent
from support.near import near
from support.small_world import PLACE, TO, SmallWorld


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> typing.Iterator[SmallWorld]:
    with near(pathlib.Path(tmp_path_factory.mktemp("home"))) as azure:
        yield SmallWorld(azure)


@pytest.fixture
def world(made: SmallWorld) -> SmallWorld:
    made.reset()
    return made


def done(result: dict[str, typing.Any]) -> dict[str, typing.Any]:
    assert not result.get("failed"), result
    return result


def forget_identity(world: SmallWorld, name: str) -> None:
    identities = world.azure.world.data["identities"]
    (key,) = (key for key in identities if key.endswith(f"/{name}"))
    del identities[key]


def attached(world: SmallWorld) -> list[str]:
    return sorted(name.rsplit("/", 1)[-1] for name in world.registry()["user_identities"])


def test_another_identity_is_attached_beside_one_that_is_gone(world: SmallWorld) -> None:
    forget_identity(world, "contoso-id")
    result = done(world.direct("acr_cmk_registry", name="contosoacr", identities=["second-id"], **PLACE))
    assert (result["changed"], attached(world)) == (True, ["contoso-id", "second-id"])
    assert not done(world.direct("acr_cmk_registry", name="contosoacr", identities=["second-id"], **PLACE))["changed"]


def test_a_registry_goes_to_its_key_as_another_identity_than_the_one_that_is_gone(world: SmallWorld) -> None:
    forget_identity(world, "contoso-id")
    result = done(world.direct("cmk_rotate", **TO, identity="second-id"))
    assert (result["changed"], world.readable()) == (True, True)
    assert not done(world.direct("cmk_rotate", **TO, identity="second-id"))["changed"]


def test_one_that_is_to_be_attached_and_is_not_there_is_told(world: SmallWorld) -> None:
    forget_identity(world, "second-id")
    result = world.direct("acr_cmk_registry", name="contosoacr", identities=["second-id"], **PLACE)
    assert (result["failed"], result["changed"], attached(world)) == (True, False, ["contoso-id"])
    assert "second-id" in result["msg"]


@pytest.mark.parametrize("request_number", range(1, 40))
def test_a_restoration_goes_on_wherever_an_earlier_one_ended(world: SmallWorld, request_number: int) -> None:
    done(world.direct("acr_cmk_registry", name="contosoacr", identities=["second-id"], **PLACE))
    world.azure.world.data["identities"].clear()
    fault = {"host": "(?!login).*", "status": 403, "nth": request_number, "times": 0}
    world.azure.azure.faults.add({**fault, "body": {"error": {"code": "AuthorizationFailed", "message": "no"}}})
    first = world.direct("cmk_restore", **TO)
    world.azure.azure.faults.faults.clear()
    assert first.get("failed") or world.readable()
    assert done(world.direct("cmk_restore", **TO))["verified"]
    assert world.readable()


def test_an_identity_that_was_taken_off_goes_on_and_its_access_is_taken_away(world: SmallWorld) -> None:
    registry = world.registry()
    client = registry["encryption"]["identity"]
    ((name, ids),) = registry["user_identities"].items()
    del registry["user_identities"][name]
    registry["detached"] = {client.lower(): {**ids, "until": world.azure.world.clock.now() + 90 * 86400}}
    assert world.readable()
    result = done(world.direct("cmk_revoke", **TO, confirm=["contosoacr"]))
    assert (result["changed"], result["locked"], world.readable()) == (True, True, False)


def test_who_goes_to_a_key_unseen_is_not_told_as_locked(world: SmallWorld) -> None:
    registry = world.registry()
    registry["user_identities"].clear()
    forget_identity(world, "contoso-id")
    result = world.direct("cmk_revoke", **TO, confirm=["contosoacr"])
    assert (result["failed"], result["changed"], result["failure"]["code"]) == (True, False, "identity_missing")
    assert "disable_key" in result["msg"]


def test_an_identity_that_was_made_a_moment_ago_is_waited_for(world: SmallWorld) -> None:
    world.azure.world.data["identities"].clear()
    (gone,) = world.registry()["user_identities"]
    error = {"code": "FailedIdentityOperation", "message": f"Response: Resource '{gone}' was not found."}
    fault = {"method": "PATCH", "path": ".*/registries/contosoacr", "status": 400, "times": 3}
    world.azure.azure.faults.add({**fault, "body": {"error": error}})
    assert done(world.direct("cmk_restore", **TO))["verified"]
    assert world.readable()


def test_a_restoration_that_somebody_undoes_each_time_is_not_told_as_done(world: SmallWorld) -> None:
    def undo(sent: Sent, answer: Answer) -> Answer:
        if sent.method == "PATCH" and "/keys/" in sent.path:
            _disable(world.azure)
        return answer

    _disable(world.azure)
    world.between.change = undo
    result = world.direct("cmk_restore", **TO, verify_data=False)
    world.between.forget()
    assert (result["failed"], result["changed"], result["failure"]["code"]) == (True, True, "parallel_change")
    assert done(world.direct("cmk_restore", **TO))["verified"]


def _disable(azure: LocalAzure) -> None:
    ACCIDENTS["every version disabled"](azure)
