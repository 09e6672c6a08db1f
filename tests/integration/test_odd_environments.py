# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clock that is off by a day, a proxy that drops every tenth connection, a name that does not resolve, a token that
expires in the middle, a subscription that goes away, a full disk: the result is right, or says what is wrong."""

from __future__ import annotations

import errno
import os
import pathlib
import typing

import pytest
from support.between import Answer, Sent
from support.near import near
from support.small_world import HSM, PLACE, TO, SmallWorld

KEY = {"vault": "contoso-kv", "name": "cmk"}
TASKS: dict[str, tuple[str, dict[str, typing.Any]]] = {
    "a registry": ("acr_cmk_registry", {"name": "contosoacr", **PLACE, "tags": {"a": "b"}}),
    "a vault": ("keyvault", {"name": "contoso-kv", **PLACE, "tags": {"a": "b"}}),
    "a key": ("keyvault_rsa_key", {**KEY, "max_age": "0d"}),
    "a key of an HSM": ("keyvault_rsa_key", {"vault": HSM, "name": "cmk", "max_age": "0d"}),
    "a rotation": ("cmk_rotate", {**TO, "max_age": "0d", "pick_up": "wait"}),
    "a look": ("cmk_health_info", TO),
    "a revocation": ("cmk_revoke", {**TO, "confirm": ["contosoacr"]}),
    "a restoration": ("cmk_restore", TO),
    "access": ("keyvault_key_access", {"vault": "contoso-kv", "identity": "contoso-id", "state": "present", **PLACE}),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> typing.Iterator[SmallWorld]:
    with near(tmp_path_factory.mktemp("home")) as azure:
        yield SmallWorld(azure)


@pytest.fixture
def world(made: SmallWorld) -> SmallWorld:
    made.reset()
    return made


@pytest.fixture(scope="module", params=[-24, 24])
def off(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> typing.Iterator[SmallWorld]:
    """A world whose clock and the controller's are a day apart."""
    with near(tmp_path_factory.mktemp("home")) as azure:
        azure.world.clock.offset = request.param * 3600.0
        yield SmallWorld(azure)


@pytest.mark.parametrize("name", TASKS)
def test_a_clock_that_is_off_by_a_day_changes_nothing(off: SmallWorld, name: str) -> None:
    """Azure's clock is the one that counts, by the ``Date`` of its answers."""
    off.reset()
    module, options = TASKS[name]
    result = off.direct(module, **options)
    assert not result.get("failed"), result["msg"]


def test_an_age_is_judged_by_azure_s_clock(off: SmallWorld) -> None:
    off.reset()
    now = off.azure.world.clock.now()
    for rows in off.azure.world.data["keys"].values():
        for key in rows.values():
            for version in key["versions"].values():
                version["attributes"]["created"] = int(now - 30 * 3600)
    assert not off.direct("keyvault_rsa_key", **KEY, max_age="36h")["changed"]
    assert off.direct("keyvault_rsa_key", **KEY, max_age="24h")["changed"]


@pytest.mark.parametrize("first", range(1, 11, 3))
@pytest.mark.parametrize("name", TASKS)
def test_a_proxy_that_drops_every_tenth_connection_is_borne(world: SmallWorld, name: str, first: int) -> None:
    count = -first

    def instead(_sent: Sent) -> Answer | None:
        nonlocal count
        count += 1
        if count % 10 == 0:
            raise ConnectionResetError("dropped")
        return None

    versions = _versions(world)
    world.between.instead = instead
    module, options = TASKS[name]
    result = world.direct(module, **options)
    world.between.forget()
    if result.get("failed"):
        # a change whose answer is lost may have taken effect: it is not sent again blindly, and that is said
        assert "the answer was lost" in result["msg"], result["msg"]
        again = world.direct(module, **options)
        assert not again.get("failed"), again["msg"]
    assert _versions(world) - versions in ((1,) if "max_age" in options else (0,))


def _versions(world: SmallWorld) -> int:
    stores = world.azure.world.data["keys"].values()
    return sum(len(key["versions"]) for rows in stores for key in rows.values())


@pytest.mark.parametrize("host", ["login.microsoftonline.com", "management.azure.com", "contoso-kv.vault.azure.net"])
@pytest.mark.parametrize("name", TASKS)
def test_a_name_that_does_not_resolve_is_told(world: SmallWorld, name: str, host: str) -> None:
    def instead(sent: Sent) -> Answer | None:
        if sent.host == host:
            raise ConnectionRefusedError(
                f"Failed to resolve '{host}' ([Errno -3] Temporary failure in name resolution)"
            )
        return None

    world.between.instead = instead
    module, options = TASKS[name]
    result = world.direct(module, **options)
    if not any(sent.host == host for sent in world.between.sent):
        return
    told = result.get("msg", "") + str(result.get("findings", "")) + str(result.get("warnings", ""))
    assert result.get("failed") or "vault" in host, result
    assert host in told or not result.get("failed") or "vault" in host, told
    world.between.forget()
    assert name == "a revocation" or world.readable()


@pytest.mark.parametrize("at", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize("name", TASKS)
def test_a_token_that_expires_in_the_middle_is_renewed(world: SmallWorld, name: str, at: int) -> None:
    """Azure refuses every token that was issued before, from a moment on: whoever asks anew goes on."""
    count = 0

    def instead(sent: Sent) -> Answer | None:
        nonlocal count
        if sent.host.startswith("login"):
            return None
        count += 1
        if count == at:
            # the task's clock and Azure's differ: the caller takes its token for a good one
            world.azure.world.clock.advance(2 * 3600)
        return None

    world.between.instead = instead
    module, options = TASKS[name]
    result = world.direct(module, **options)
    assert not result.get("failed"), result["msg"]


GONE = {"error": {"code": "SubscriptionNotFound", "message": "The subscription 'x' could not be found."}}
DISABLED = {
    "error": {
        "code": "ReadOnlyDisabledSubscription",
        "message": "The subscription 'x' is disabled and therefore marked as read only. You cannot perform any write "
        "actions on this subscription until it is re-enabled.",
    }
}


@pytest.mark.parametrize("nth", [1, 2, 4, 7])
@pytest.mark.parametrize("name", TASKS)
def test_a_subscription_that_goes_away_is_told_and_is_no_absence(world: SmallWorld, name: str, nth: int) -> None:
    world.azure.azure.faults.add({"host": "management.*", "nth": nth, "times": 0, "status": 404, "body": GONE})
    module, options = TASKS[name]
    result = world.direct(module, **options)
    struck = len([one for one in world.azure.azure.log.since(0) if one.status == 404])
    world.azure.azure.faults.faults.clear()
    if not struck:
        return
    assert not any("create" in words for words in result.get("plan", [])), result
    if result.get("failed"):
        assert "could not be found" in result["msg"] or "SubscriptionNotFound" in result["msg"], result["msg"]
    else:
        assert name in ("a look", "a key", "a key of an HSM", "a restoration"), result


@pytest.mark.parametrize("name", ["a registry", "a vault", "a rotation"])
def test_a_subscription_that_is_disabled_is_told(world: SmallWorld, name: str) -> None:
    """Reported: vscode-azureappservice #1646 (the code and its words)."""
    fault = {"host": "management.*", "method": "PUT|PATCH|DELETE", "times": 0, "status": 409, "body": DISABLED}
    world.azure.azure.faults.add(fault)
    module, options = TASKS[name]
    result = world.direct(module, **{**options, **({"pick_up": "nudge"} if name == "a rotation" else {})})
    assert result["failure"]["code"] == "subscription_disabled", result["msg"]
    assert "enabled again" in result["msg"]
    assert world.readable()


@pytest.mark.parametrize("had_one", [False, True])
def test_a_full_disk_leaves_no_half_a_backup(
    world: SmallWorld, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, had_one: bool
) -> None:
    path = tmp_path / "cmk.backup"
    if had_one:
        assert world.direct("keyvault_rsa_key", **KEY, backup_file=str(path))["changed"]
    before = path.read_bytes() if had_one else b""
    world.azure.world.clock.advance(60)
    wish = {**KEY, "backup_file": str(path), "max_age": "0d"}
    fsync = os.fsync

    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    result = world.direct("keyvault_rsa_key", **wish)
    assert result["failed"]
    assert result["changed"], "a version was made"
    assert "No space left" in result["msg"]
    assert result["failure"]["parameter"] == "backup_file"
    assert sorted(tmp_path.iterdir()) == ([path] if had_one else [])
    assert (path.read_bytes() if had_one else b"") == before
    monkeypatch.setattr(os, "fsync", fsync)
    again = world.direct("keyvault_rsa_key", **{**wish, "max_age": "90d"})
    assert again["changed"]
    assert path.read_bytes() not in (b"", before)
