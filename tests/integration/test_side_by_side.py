# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests side by side in one run, and several runs at once."""

from __future__ import annotations

import pathlib
import threading
import typing

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._azure.session import Session
from ansible_collections.ownkey.acr.plugins.module_utils._clock import TellingClock
from support.between import Sent
from support.direct import Direct
from support.near import NearClock, near, variables
from support.small_world import PLACE, TO, SmallWorld


def test_a_request_is_not_touched_by_the_client_that_another_thread_makes(tmp_path: pathlib.Path) -> None:
    """A policy belongs to one pipeline: one that two clients share sends through whichever was made last."""
    with near(tmp_path) as azure:
        session = Session({}, variables(azure), TellingClock(NearClock(azure), lambda _line: None))
        clients = [session.client(name) for name in ("groups", "vaults", "registries", "access", "identities")]
        policies = [id(policy) for client in clients for policy in client._inner._client._pipeline._impl_policies]
        assert len(policies) == len(set(policies))


KEY = "https://contoso-kv.vault.azure.net/keys"
FRESH = {"location": "westeurope", "key_identifier": f"{KEY}/cmk", "identity": "contoso-id", **PLACE}
#: Two tasks that somebody starts at the same time, and what is true when both have ended.
AT_ONCE: dict[str, tuple[tuple[str, dict[str, typing.Any]], tuple[str, dict[str, typing.Any]]]] = {
    "two rotations": (("cmk_rotate", {**TO, "max_age": "0d"}), ("cmk_rotate", {**TO, "max_age": "0d"})),
    "rotation and move": (
        ("cmk_rotate", {**TO, "max_age": "0d", "pick_up": "wait"}),
        ("cmk_rotate", {**TO, "key_identifier": f"{KEY}/second"}),
    ),
    "one registry twice": (
        ("acr_cmk_registry", {"name": "fabrikamacr", **FRESH}),
        ("acr_cmk_registry", {"name": "fabrikamacr", **FRESH}),
    ),
    "one key twice": (
        ("keyvault_rsa_key", {"vault": "contoso-kv", "name": "third"}),
        ("keyvault_rsa_key", {"vault": "contoso-kv", "name": "third"}),
    ),
    "one vault twice": (
        ("keyvault", {"name": "fabrikam-kv", "location": "westeurope", **PLACE}),
        ("keyvault", {"name": "fabrikam-kv", "location": "westeurope", **PLACE}),
    ),
    "revocation and restoration": (
        ("cmk_revoke", {**TO, "confirm": ["contosoacr"], "revoke_by": "disable_key"}),
        ("cmk_restore", TO),
    ),
    "two restorations": (("cmk_restore", TO), ("cmk_restore", TO)),
    "two revocations": (
        ("cmk_revoke", {**TO, "confirm": ["contosoacr"]}),
        ("cmk_revoke", {**TO, "confirm": ["contosoacr"], "revoke_by": "delete_key"}),
    ),
    "right given and taken": (
        ("keyvault_key_access", {"vault": "contoso-kv", "identity": "second-id", **PLACE}),
        ("keyvault_key_access", {"vault": "contoso-kv", "identity": "second-id", "state": "absent", **PLACE}),
    ),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> typing.Iterator[SmallWorld]:
    with near(tmp_path_factory.mktemp("home")) as azure:
        yield SmallWorld(azure)


@pytest.mark.parametrize("name", AT_ONCE)
def test_two_runs_at_once_end_and_tell_what_is_so(made: SmallWorld, name: str) -> None:
    """Each is right, or fails with a reason; run again one after the other, both are."""
    made.reset()
    if name == "two restorations":
        made.direct("cmk_revoke", **TO, confirm=["contosoacr"])
    results: list[dict[str, typing.Any]] = []
    start = threading.Barrier(2)

    def run(module: str, options: dict[str, typing.Any]) -> None:
        direct = Direct(made.environment, NearClock(made.azure))
        start.wait()
        results.append(direct(module, **options))

    threads = [threading.Thread(target=run, args=task, daemon=True) for task in AT_ONCE[name]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(results) == 2, "one hangs, or ended in a Python error"
    for result in results:
        if result.get("failed"):
            assert result["failure"]["code"] != "azure" or result["failure"]["azure"]["status"], result
            assert "LocalAzureBug" not in result["msg"]
    assert len(made.azure.world.data["registries"]) == (2 if "registry" in name else 1)
    if name in ("two rotations", "rotation and move", "two restorations"):
        assert made.readable()
    for module, options in AT_ONCE[name]:
        again = made.direct(module, **options)
        assert not again.get("failed"), again["msg"]


def _beside(made: SmallWorld, when: typing.Callable[[str, str], bool], module: str, **options: typing.Any) -> list[str]:
    """Have another controller run a task, once, just before the first request of a kind is answered."""
    ran: list[str] = []

    def instead(sent: Sent) -> None:
        if not ran and when(sent.method, sent.url):
            ran.append(module)
            result = Direct(made.environment, NearClock(made.azure))(module, **options)
            assert not result.get("failed"), result["msg"]

    made.between.instead = instead
    return ran


def _is_reading(method: str, url: str) -> bool:
    return method == "GET" and "/manifests/" in url


def test_a_restoration_beside_a_revocation_ends(made: SmallWorld) -> None:
    """What it gave back is taken away while it waits for it to count: it looks again, and does not wait for nothing."""
    made.reset()
    made.direct("cmk_revoke", **TO, confirm=["contosoacr"])
    made.azure.world.settings.change({"role_spread_seconds": 300.0})
    began = made.azure.world.clock.now()
    try:
        ran = _beside(made, _is_reading, "cmk_revoke", **TO, confirm=["contosoacr"])
        result = made.direct("cmk_restore", **TO)
    finally:
        made.azure.world.settings.change({"role_spread_seconds": 0.0})
    assert ran
    assert made.azure.world.clock.now() - began < 900
    assert bool(result.get("failed")) is not made.readable(), result["msg"]


def test_a_revocation_beside_a_restoration_does_not_say_that_it_is_locked(made: SmallWorld) -> None:
    made.reset()
    made.azure.world.settings.change({"key_cache_seconds": 3600.0})
    assert made.readable()
    reads: list[str] = []
    began = made.azure.world.clock.now()

    def is_second_reading(method: str, url: str) -> bool:
        reads.extend([url] if _is_reading(method, url) else [])
        return len(reads) > 3

    try:
        ran = _beside(made, is_second_reading, "cmk_restore", **TO)
        result = made.direct("cmk_revoke", **TO, confirm=["contosoacr"])
    finally:
        made.azure.world.settings.change({"key_cache_seconds": 0.0})
    assert ran
    assert (result["failed"], result["failure"]["code"], result["locked"]) == (True, "given_back", False), result
    assert result["changed"]
    assert made.azure.world.clock.now() - began < 120
