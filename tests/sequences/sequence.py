# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One sequence: steps drawn by its number, each judged by what the local Azure's store can still read."""

from __future__ import annotations

import collections
import contextlib
import pathlib
import random
import re
import tempfile
import typing

from ansible_collections.ownkey.acr.plugins.module_utils import _run_folder
from local_azure.authorization.roles import ROLES
from local_azure.authorization.routes import grant
from local_azure.registries.encryption import HOUR
from local_azure.settings import Settings
from support.accidents import ACCIDENTS, FAULTS, HARMLESS
from support.between import Answer, Sent
from support.near import near
from support.small_world import PLACE, TO, SmallWorld
from sweep.view import State, differences, view

from .operations import OWN, REVOKE

#: Steps of a sequence; a restoration ends it.
STEPS = 40
#: How many requests into an operation others, or faults, may strike: into most of them, and into the longest.
DEPTHS = (6, 15, 40)
#: What is counted of each kind of step.
OWN_STEP, RESTORED, REVOKED = "operations", "restorations", "confirmed revocations"
BESIDE, FAULTY, OTHERS = "operations others interfered with", "operations with a fault", "accidents and others' changes"
#: Those that wait, and how long they may here, in seconds.
_WAIT = 60
_WAITS = ("cmk_rotate", "cmk_revoke", "cmk_restore", "acr_cmk_registry", "keyvault_rsa_key", "keyvault")

_GRANT = re.compile(r'--role "(?P<role>[^"]+)".* --scope (?P<scope>/\S+)')

Result = dict[str, typing.Any]


class WrongStep(Exception):
    """A step that is not as it should be; says what led to it, and how to try it again."""


@contextlib.contextmanager
def world() -> typing.Iterator[SmallWorld]:
    """What every sequence begins from. Its tasks sign in once, as those of one run do."""
    with tempfile.TemporaryDirectory() as path:
        folder = pathlib.Path(path)
        with near(folder, Settings(operation_seconds=0.0), still=True, alone=True) as azure:
            shared = _run_folder.provided(path)
            yield SmallWorld(azure, {_run_folder.VARIABLE: str(shared)})


class Sequence:
    """A sequence.

    :param number: draws the same steps each time.
    :ivar told: the steps so far, and what came of each.
    :ivar locked_on_purpose: somebody confirmed it, or an accident happened.
    """

    def __init__(self, world: SmallWorld, number: int) -> None:
        self._world = world
        self._number = number
        self._random = random.Random(number)
        self.told: list[str] = []
        self.locked_on_purpose = False
        self.counts: collections.Counter[str] = collections.Counter()

    def run(self, steps: int = STEPS) -> None:
        """Do it.

        :raises WrongStep: at the first step that is wrong.
        """
        self._world.reset()
        settings = self._world.azure.world.settings
        for name, values in _SLOWNESS.items():
            setattr(settings, name, self._random.choice(values))
        kinds = list(_STEPS)
        try:
            for _number in range(steps - 1):
                step = self._random.choices(kinds, [_STEPS[kind] for kind in kinds])[0]
                step(self)
                assert self.locked_on_purpose or self._world.readable(), "the data cannot be read, and nobody said so"
            self.restoration()
        except Exception as error:
            told = "\n".join(f"  {line}" for line in self.told)
            raise WrongStep(
                f"{type(error).__name__}: {error}\nafter\n{told}\nagain: make sequences ONE={self._number}"
            ) from error

    # --- steps -----------------------------------------------------------------------------------------------------

    def own_operation(self) -> None:
        """One that confirms nothing."""
        self._own(OWN_STEP)

    def own_operation_beside_others(self) -> None:
        """One while others do something, before a later request of ours reaches Azure."""
        name, left = self._others(), self._depth()
        change = _OTHERS[name]

        def instead(_sent: Sent) -> Answer | None:
            nonlocal left
            left -= 1
            if left == 0:
                self.locked_on_purpose |= name in ACCIDENTS
                change(self._world.azure)
            return None

        self._world.between.instead = instead
        self._own(BESIDE, f"{name} before request {left}")

    def own_operation_with_a_fault(self) -> None:
        """One of which a request goes wrong."""
        self._own(FAULTY, self._trouble())

    def revocation(self) -> None:
        """One that was confirmed."""
        self._revoke(REVOKED)

    def revocation_with_a_fault(self) -> None:
        """One that was confirmed, and of which a request goes wrong."""
        self._revoke(FAULTY, self._trouble())

    def restoration(self) -> None:
        """It always brings the data back; where it asks for something of an administrator, when that was done."""
        result = self._do(RESTORED, "cmk_restore", TO)
        for _time in range(3):
            if result.get("failed") and self._do_what_is_asked_for(result):
                result = self._do(RESTORED, "cmk_restore", TO)
        assert not result.get("failed"), result["msg"]
        assert self._world.readable(), result
        assert result["verified"], result
        self.locked_on_purpose = False

    def restoration_with_a_fault(self) -> None:
        """It fails, or it brings the data back."""
        result = self._do(FAULTY, "cmk_restore", TO, self._trouble())
        assert result.get("failed") or self._world.readable(), result

    def others_work(self) -> None:
        """Something that is none of our doing."""
        name = self._others()
        self._note(OTHERS, name)
        self.locked_on_purpose |= name in ACCIDENTS
        _OTHERS[name](self._world.azure)

    def time_passes(self) -> None:
        """An hour, or a week; not while data is locked, which is not forgiven for ever."""
        if not self.locked_on_purpose:
            seconds = self._random.choice([3700, 8 * 86400])
            self._note(OTHERS, f"{seconds} seconds pass")
            self._world.azure.world.clock.advance(seconds)

    # --- what they are made of -------------------------------------------------------------------------------------

    def _own(self, kind: str, trouble: str = "") -> None:
        module, options = self._random.choice(OWN)
        self._do(kind, module, options, trouble)

    def _revoke(self, kind: str, trouble: str = "") -> None:
        way = self._random.choice(REVOKE)
        self.locked_on_purpose = True
        result = self._do(kind, "cmk_revoke", {**TO, **way, "confirm": ["contosoacr"]}, trouble)
        assert result.get("failed") or not self._world.readable(), result

    def _others(self) -> str:
        return self._random.choice(list(_OTHERS))

    def _depth(self) -> int:
        return self._random.randint(1, self._random.choice(DEPTHS))

    def _trouble(self) -> str:
        name, number = self._random.choice(list(FAULTS)), self._depth()
        self._world.azure.azure.faults.add({"host": "(?!login).*", "nth": number, **FAULTS[name]})
        return f"{name} at request {number}"

    def _do(self, kind: str, module: str, options: typing.Mapping[str, typing.Any], trouble: str = "") -> Result:
        self._note(kind, f"{module} {dict(options)}" + (f", {trouble}" if trouble else ""))
        limit = {"wait_timeout": _WAIT} if module in _WAITS and kind != RESTORED else {}
        world = self._world
        before = self._rest() if kind == OWN_STEP else {}
        try:
            result: Result = world.direct(module, **options, **limit)
        finally:
            world.azure.azure.faults.faults.clear()
            world.between.forget()
            world.azure.azure.log.clear()
        self.told[-1] += f": {'failed' if result.get('failed') else 'changed' if result['changed'] else 'ok'}"
        self.told[-1] += f", {str(result.get('msg', ''))[:300]}"
        if kind != BESIDE and (result.get("locked") or "cannot reach the key" in str(result.get("msg"))):
            assert not world.readable(), result
        if kind == OWN_STEP:
            effects = differences(before, self._state())
            assert bool(result["changed"]) == bool(effects), (effects[:5], result)
        return result

    def _rest(self) -> State:
        """What there is when all that is under way has ended, and the registry has just looked for a new version."""
        clock = self._world.azure.world.clock
        clock.advance(60)
        self._world.registry()["next_check"] = clock.now() + HOUR
        return self._state()

    def _state(self) -> State:
        """What there is, in a form that can be compared."""
        self._world.registry()
        return view(self._world.azure.world.data)

    def _do_what_is_asked_for(self, result: Result) -> bool:
        """Give the caller the right that a failure asks for, or let him through the firewall that it names."""
        world = self._world.azure.world
        asked = _GRANT.search(str(result.get("needed_grant") or ""))
        if asked:
            (role,) = (one for one in ROLES.values() if one.name == asked["role"])
            grant(world, scope=asked["scope"], role=role.id, principal=world.app()["oid"])
        elif result["failure"]["code"] == "identity_missing":
            direct = self._world.direct
            direct("managed_identity", name="contoso-id", location="westeurope", **PLACE)
            direct("keyvault_key_access", vault="contoso-kv", identity="contoso-id", **PLACE)
            direct("acr_cmk_registry", name="contosoacr", identities=["contoso-id"], **PLACE)
        elif "firewall keeps you out" in result["msg"]:
            for vault in world.data["vaults"].values():
                vault["properties"]["networkAcls"]["ipRules"] = [{"value": world.settings.client_address}]
        else:
            return False
        self.told.append("an administrator does what is asked for")
        return True

    def _note(self, kind: str, words: str) -> None:
        self.counts[kind] += 1
        self.told.append(words)


#: How slow the local Azure is, in seconds, drawn for each sequence: as real Azure was recorded to be, or not at all.
_SLOWNESS = {
    "role_spread_seconds": (0.0, 0.0, 120.0),
    "operation_seconds": (0.0, 12.0),
    "key_delete_seconds": (0.0, 10.0),
    "key_recover_seconds": (0.0, 3.0),
}
_OTHERS = {**HARMLESS, **ACCIDENTS}
#: How often each kind of step is drawn.
_STEPS: dict[typing.Callable[[Sequence], None], int] = {
    Sequence.own_operation: 4,
    Sequence.own_operation_beside_others: 4,
    Sequence.own_operation_with_a_fault: 4,
    Sequence.revocation: 1,
    Sequence.revocation_with_a_fault: 1,
    Sequence.restoration: 1,
    Sequence.restoration_with_a_fault: 1,
    Sequence.others_work: 4,
    Sequence.time_passes: 2,
}
