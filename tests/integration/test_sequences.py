# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random sequences of the collection's own operations, with accidents, with what others do between two of our requests,
and with faults on the way to Azure mixed in; keys are in a vault or in a Managed HSM.

However they are mixed: nothing of ours makes data unreadable without a confirmation, nothing is told that is not so,
nothing ends in a Python error, and ``restore`` always brings the data back with the very same bytes. ``make sequences``
runs 1,000 sequences, a test run fewer (OWNKEY_SEQUENCES).
"""

from __future__ import annotations

import os
import pathlib
import time
import typing

import hypothesis
import pytest
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from local_azure.server import LocalAzure
from support.accidents import ACCIDENTS, FAULTS, HARMLESS
from support.between import Answer, Sent
from support.near import near
from support.small_world import HSM, PLACE, TO, SmallWorld

SEQUENCES = int(os.environ.get("OWNKEY_SEQUENCES", "120"))
SEEDS = 4
KV = "https://contoso-kv.vault.azure.net/keys"
KEY = {"vault": "contoso-kv"}
HSM_KEY = {"vault": HSM, "name": "cmk"}
#: How many requests into an operation others, or faults, may strike.
DEEP = 30


class World(SmallWorld):
    """What every sequence begins from.

    :ivar steps: what was done so far, and how often each kind of it.
    """

    def __init__(self, azure: LocalAzure) -> None:
        super().__init__(azure)
        self.steps: dict[str, int] = {}


WORLD: list[World] = []

#: Operations that confirm nothing, whatever they ask for.
OWN: list[tuple[str, dict[str, typing.Any]]] = [
    ("cmk_rotate", {**TO, "max_age": "0d"}),
    ("cmk_rotate", {**TO, "max_age": "0d", "pick_up": "wait"}),
    ("cmk_rotate", {**TO, "rotation_mode": "manual"}),
    ("cmk_rotate", {**TO, "rotation_mode": "automatic"}),
    ("cmk_rotate", {**TO, "key_identifier": f"{KV}/second"}),
    ("cmk_rotate", {**TO, "key_identifier": f"{KV}/cmk", "rotation_mode": "manual"}),
    ("cmk_rotate", {**TO, "key_identifier": f"{HSM}/keys/cmk"}),
    ("cmk_rotate", {**TO, "key_identifier": f"{HSM}/keys/cmk", "rotation_mode": "manual"}),
    ("cmk_rotate", {**TO, "identity": "second-id"}),
    ("cmk_rotate", {**TO, "identity": "contoso-id", "max_age": "0d"}),
    ("cmk_rotate", {**TO, "identity": "system"}),
    ("acr_cmk_registry", {"name": "contosoacr", "system_assigned_identity": True, "tags": {"a": "b"}, **PLACE}),
    ("acr_cmk_registry", {"name": "contosoacr", "identity": "second-id", "key_identifier": f"{KV}/second", **PLACE}),
    ("acr_cmk_registry", {"name": "contosoacr", "state": "absent", **PLACE}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "max_age": "0d"}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "expires_on": "2027-01-01"}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "state": "disabled"}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "state": "absent"}),
    ("keyvault_rsa_key", {**KEY, "name": "second", "state": "absent", "purge": True}),
    ("keyvault_rsa_key", {**KEY, "name": "second", "state": "disabled"}),
    ("keyvault_rsa_key", {**HSM_KEY, "max_age": "0d"}),
    ("keyvault_rsa_key", {**HSM_KEY, "state": "disabled"}),
    ("keyvault_rsa_key", {**HSM_KEY, "state": "absent"}),
    ("keyvault_key_access", {"vault": HSM, "identity": "contoso-id", "state": "absent", **PLACE}),
    ("keyvault_key_access", {"vault": HSM, "identity": "second-id", **PLACE}),
    ("keyvault_key_access", {"vault": "contoso-kv", "identity": "contoso-id", "state": "absent", **PLACE}),
    ("keyvault_key_access", {"vault": "contoso-kv", "identity": "second-id", "state": "absent", **PLACE}),
    ("keyvault_key_access", {"vault": "contoso-kv", "identity": "second-id", **PLACE}),
    ("managed_identity", {"name": "contoso-id", "state": "absent", **PLACE}),
    ("managed_identity", {"name": "second-id", "state": "absent", **PLACE}),
    ("keyvault", {"name": "contoso-kv", "state": "absent", **PLACE}),
    ("keyvault", {"name": "contoso-kv", "access": "policy", **PLACE}),
    ("keyvault", {"name": "contoso-kv", "network_acls": {"bypass": "None"}, **PLACE}),
    ("keyvault", {"name": "contoso-kv", "public_network_access": "Disabled", **PLACE}),
    ("resource_group", {"name": "contoso", "state": "absent"}),
    ("cmk_revoke", {**TO}),
    ("cmk_revoke", {**TO, "revoke_by": "delete_key"}),
    ("cmk_restore", {**TO}),
]
REVOKE = [
    {"revoke_by": "access"},
    {"revoke_by": "disable_key"},
    {"revoke_by": "disable_key", "key_versions": "in_use"},
    {"revoke_by": "delete_key"},
]


class Sequence(RuleBasedStateMachine):
    """One sequence. ``locked_on_purpose``: somebody confirmed it, or an accident happened."""

    def __init__(self) -> None:
        super().__init__()
        self.world = WORLD[0]
        self.world.reset()
        self.locked_on_purpose = False

    def run(self, module: str, kind: str = "operations", **options: typing.Any) -> dict[str, typing.Any]:
        limit = {"wait_timeout": 60} if module in _WAITS else {}
        self._count(kind)
        try:
            result = self.world.direct(module, **options, **limit)
        finally:
            self.world.azure.azure.faults.faults.clear()
            self.world.between.forget()
            self.world.azure.azure.log.clear()
        if result.get("locked") and kind != "operations others interfered with":
            assert not self.world.readable(), result
        return result

    def _count(self, kind: str) -> None:
        self.world.steps[kind] = self.world.steps.get(kind, 0) + 1

    @rule(what=strategies.sampled_from(OWN))
    def own_operation(self, what: tuple[str, dict[str, typing.Any]]) -> None:
        self.run(what[0], **what[1])

    @rule(
        what=strategies.sampled_from(OWN),
        number=strategies.integers(1, DEEP),
        name=strategies.sampled_from([*HARMLESS, *ACCIDENTS]),
    )
    def own_operation_while_others_work(self, what: tuple[str, dict[str, typing.Any]], number: int, name: str) -> None:
        self._let_others(number, name)
        self.run(what[0], "operations others interfered with", **what[1])

    def _let_others(self, number: int, name: str) -> None:
        """Have others do something before a later request of ours reaches Azure."""
        change = {**HARMLESS, **ACCIDENTS}[name]
        left = number

        def instead(_sent: Sent) -> Answer | None:
            nonlocal left
            left -= 1
            if left == 0:
                self.locked_on_purpose |= name in ACCIDENTS
                change(self.world.azure)
            return None

        self.world.between.instead = instead

    @rule(
        what=strategies.sampled_from(OWN),
        number=strategies.integers(1, DEEP),
        name=strategies.sampled_from(list(FAULTS)),
    )
    def own_operation_with_a_fault(self, what: tuple[str, dict[str, typing.Any]], number: int, name: str) -> None:
        self._trouble(number, name)
        self.run(what[0], "operations with a fault", **what[1])

    def _trouble(self, number: int, name: str) -> None:
        self.world.azure.azure.faults.add({"host": "(?!login).*", "nth": number, **FAULTS[name]})

    @rule(way=strategies.sampled_from(REVOKE))
    def confirmed_revocation(self, way: dict[str, str]) -> None:
        result = self.run("cmk_revoke", **TO, **way, confirm=["contosoacr"])
        self.locked_on_purpose = True
        if not result.get("failed"):
            assert not self.world.readable(), result

    @rule(
        way=strategies.sampled_from(REVOKE),
        number=strategies.integers(1, DEEP),
        name=strategies.sampled_from(list(FAULTS)),
    )
    def confirmed_revocation_with_a_fault(self, way: dict[str, str], number: int, name: str) -> None:
        self.locked_on_purpose = True
        self._trouble(number, name)
        result = self.run("cmk_revoke", "operations with a fault", **TO, **way, confirm=["contosoacr"])
        if not result.get("failed"):
            assert not self.world.readable(), result

    @rule(number=strategies.integers(1, 2 * DEEP), name=strategies.sampled_from(list(FAULTS)))
    def restore_with_a_fault(self, number: int, name: str) -> None:
        self._trouble(number, name)
        result = self.run("cmk_restore", "operations with a fault", **TO)
        if not result.get("failed"):
            assert self.world.readable(), result

    @rule(name=strategies.sampled_from([*HARMLESS, *ACCIDENTS]))
    def others_work(self, name: str) -> None:
        self._count("accidents and others' changes")
        self.locked_on_purpose |= name in ACCIDENTS
        {**HARMLESS, **ACCIDENTS}[name](self.world.azure)

    @precondition(lambda self: not self.locked_on_purpose)
    @rule(seconds=strategies.sampled_from([3700, 8 * 86400]))
    def time_passes(self, seconds: int) -> None:
        self._count("accidents and others' changes")
        self.world.azure.world.clock.advance(seconds)

    @rule()
    def restore(self) -> None:
        result = self.run("cmk_restore", **TO)
        assert not result.get("failed"), result["msg"]
        assert self.world.readable(), result
        assert result["verified"], result
        self.locked_on_purpose = False

    @invariant()
    def data_is_readable_unless_somebody_said_so(self) -> None:
        assert self.locked_on_purpose or self.world.readable()

    def teardown(self) -> None:
        self.restore()


_WAITS = ("cmk_rotate", "cmk_revoke", "cmk_restore", "acr_cmk_registry", "keyvault_rsa_key", "keyvault")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_sequence_loses_data(seed: int, tmp_path: pathlib.Path) -> None:
    with near(tmp_path) as azure:
        world = World(azure)
        WORLD[:] = [world]
        began = time.monotonic()
        settings = hypothesis.settings(
            max_examples=SEQUENCES // SEEDS,
            stateful_step_count=10,
            deadline=None,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            # a failing sequence is printed as it is: making it shorter would take minutes
            phases=[hypothesis.Phase.generate],
            report_multiple_bugs=False,
        )
        run_state_machine_as_test(hypothesis.seed(seed)(Sequence), settings=settings)
        if "OWNKEY_SEQUENCES" in os.environ:
            print(
                f"\nseed {seed}: {sum(world.steps.values())} steps in {time.monotonic() - began:.0f} s, {world.steps}"
            )
