# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries trials out: real modules and SDKs, a local Azure in the same process, a clock that moves."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import pathlib
import pickle
import tempfile
import threading
import traceback
import typing

import pytest
from local_azure.images.state import Store
from local_azure.managed_hsms import state as hsms
from local_azure.registries import encryption
from local_azure.registries.state import settle
from local_azure.server import LocalAzure
from local_azure.settings import Settings
from local_azure.world import World
from support.direct import Direct
from support.near import NearClock, near, variables

from . import view
from .cases import CASES, OLD, STATES, Call, Case
from .judgement import Ran, Result, Seen
from .kinds import Asked, Values

#: The slowness that is recorded of Azure, in seconds.
SLOW = {"operation_seconds": 2.0, "key_delete_seconds": 10.0, "write_seconds": 0.0}
SECRET = b"what was pushed before all of it"
#: Seconds that a run may take: ``wait_timeout``, and what the SDK waits between the tries of its last request.
LIMIT = 900.0 + 600.0


#: Of a run that would never end: seconds by Azure's clock, and requests.
NEVER, TOO_MANY = 4 * 3600.0, 3000


class Killed(BaseException):
    """The process is gone: nothing is sent any more."""


@dataclasses.dataclass(frozen=True)
class Disturbance:
    """What happens to a run: faults, or its end before or after a request."""

    faults: tuple[Values, ...] = ()
    kill: int = 0
    kill_after: bool = False


@dataclasses.dataclass(frozen=True)
class Undisturbed:
    """What a case does by itself: what it begins from, its requests, what comes of it."""

    start: bytes
    before: Seen
    asked: tuple[Asked, ...]
    ran: Ran


class Bench:
    """A local Azure and the collection's operations, for one trial after another."""

    def __init__(self, azure: LocalAzure, folder: pathlib.Path) -> None:
        self.azure, self.folder = azure, folder
        self.clock = NearClock(azure)
        self.direct = Direct(variables(azure), self.clock)
        self.asked: list[Asked] = []
        #: what the modules gave since the case began
        self.results: list[Result] = []
        #: how many calls of the last run ended well
        self.ended = 0
        self._near = azure.azure.near
        azure.azure.near = self._send  # type: ignore[method-assign]
        self._disturbance = Disturbance()
        self._dead = self._endless = False
        self._began = 0.0
        self._states: dict[str, bytes] = {}
        self._undisturbed: dict[str, Undisturbed] = {}
        self._nothing = pickle.dumps(azure.world.dump())

    # --- one run -----------------------------------------------------------------------------------------------------

    def run(self, calls: typing.Sequence[Call], disturbance: Disturbance) -> Ran:
        """Carry a case's calls out, until one fails."""
        self.azure.azure.faults.faults.clear()
        self.azure.azure.log.clear()
        self.asked.clear()
        self._disturbance, self._dead = disturbance, False
        for values in disturbance.faults:
            self.azure.azure.faults.add(values)
        self._began, self._endless = self.clock.monotonic(), False
        error, results = "", []
        self.ended = 0
        try:
            for module, options in calls:
                results.append(self.direct(module, **self._given(options)))
                if results[-1].get("failed"):
                    break
                self.ended += 1
        except Killed:
            results, error = [], "Endless: it asks again and again" if self._endless else ""
        except Exception as problem:
            frame = traceback.extract_tb(problem.__traceback__)[-1]
            error = (
                f"{type(problem).__name__}: {str(problem)[:160]} ({pathlib.Path(frame.filename).name}:{frame.lineno})"
            )
        finally:
            self.azure.azure.faults.faults.clear()
            self._disturbance, self._dead = Disturbance(), False
        self.results += results
        seconds = self.clock.monotonic() - self._began
        log = self.azure.azure.log.entries
        data = self.azure.world.data
        result = view.named(_together(results), data) if results and not error else None
        blobs = [
            e for e in log if e.method == "GET" and e.status in (200, 206, 307) and "/blobs/" in e.path and not e.fault
        ]
        refused = [e for e in log if e.service == "registry" and e.status == 403 and not e.fault]
        return Ran(result, self.seen(), error, seconds, bool(blobs), bool(refused))

    def _given(self, options: typing.Mapping[str, typing.Any]) -> dict[str, typing.Any]:
        """The options with what is known only at run time."""
        system = next((r["system_principal"] for r in self.azure.world.data["registries"].values()), None)
        known = {"{system}": system, "{folder}/cmk.backup": str(self.folder / "cmk.backup")}
        return {n: known.get(v, v) if isinstance(v, str) else v for n, v in options.items()}

    def _send(
        self, method: str, url: str, headers: typing.Mapping[str, str], raw: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        world = self.azure.world
        number = len(self.asked) + 1
        if self._dead or (number == self._disturbance.kill and not self._disturbance.kill_after):
            self._dead = True
            raise Killed
        if self.clock.monotonic() - self._began > NEVER or number > TOO_MANY:
            self._dead = self._endless = True
            raise Killed
        operations, log = len(world.data["operations"]), self.azure.azure.log
        count = len(log.entries)
        try:
            return self._near(method, url, headers, raw)
        finally:
            if len(log.entries) > count:
                entry, begins = log.entries[-1], len(world.data["operations"]) > operations
                after_write = any(one.writes for one in self.asked)
                row = (entry.method, entry.host, entry.path, entry.service, entry.writes, begins, after_write)
                self.asked.append(Asked(number, *row))
            world.clock.offset += 0.01
            if number == self._disturbance.kill:
                self._dead = True
                raise Killed

    # --- what there is -----------------------------------------------------------------------------------------------

    def seen(self) -> Seen:
        """What there is, when all that is under way has ended."""
        now = self.azure.world.data
        in_use = {r["name"]: _version(view.named(r["encryption"], now)) for r in now["registries"].values()}
        world = self._settled()
        readable = {r["name"]: self._readable(world, r) for r in world.data["registries"].values()}
        state = {**view.view(world.data), "backup": (self.folder / "cmk.backup").exists()}
        return Seen(state, view.versions(world.data), readable, in_use)

    def _settled(self) -> World:
        """A copy of the world, an hour later: operations have ended, registries have followed their keys."""
        world = World.__new__(World)
        world.__dict__.update(self.azure.world.__dict__)
        world.data = _copy(self.azure.world.data)
        world.clock = copy.copy(self.azure.world.clock)
        world.clock.advance(3700)
        world.unwrapped = {}
        for key in list(world.data["registries"]):
            settle(world, key)
        for key in list(world.data["replications"]):
            one = world.data["replications"][key]
            if one.get("deleting") and not world.data["operations"][one["operation"]]["error"]:
                del world.data["replications"][key]
        return world

    @staticmethod
    def _readable(world: World, registry: dict[str, typing.Any]) -> bool:
        if not encryption.readable(world, registry)[0]:
            return False
        store = Store(world, registry)
        digests = store.repository("team/app")["blobs"] if "team/app" in store.repositories else []
        return all(store.open(digest) == SECRET for digest in list(digests)[:1])

    # --- what cases begin from ---------------------------------------------------------------------------------------

    def undisturbed(self, name: str) -> Undisturbed:
        """A case's own course, found out once."""
        if name not in self._undisturbed:
            case = CASES[name]
            self._begin(case)
            start = pickle.dumps(self.azure.world.dump())
            # the first run of a process asks what later ones know
            self.run(case.calls, Disturbance())
            self.begin(start, case)
            before = self.seen()
            ran = self.run(case.calls, Disturbance())
            if ran.error or ran.result is None or ran.result.get("failed"):
                raise AssertionError(f"{name} fails by itself: {ran.error or ran.result}")
            self._undisturbed[name] = Undisturbed(start, before, tuple(self.asked), ran)
        return self._undisturbed[name]

    def begin(self, start: bytes, case: Case) -> None:
        """Go back to where a case begins."""
        self._load(start)
        self._set(case)
        self.results.clear()
        (self.folder / "cmk.backup").unlink(missing_ok=True)

    def _set(self, case: Case) -> None:
        self.azure.world.settings.__init__(**{**SLOW, **case.settings})  # type: ignore[misc]

    def _begin(self, case: Case) -> None:
        self._load(self._state(case.start))
        self._set(case)
        self._prepare(case.before)
        self.azure.world.clock.advance(60 + case.advance)

    def _state(self, name: str) -> bytes:
        if name not in self._states:
            self._load(self._nothing)
            self.azure.world.settings.__init__(**SLOW)  # type: ignore[misc]
            if "hsm" in name:
                hsms.add(self.azure.world, "contosohsm")
            self._prepare(STATES[name])
            self.azure.world.clock.advance(60)
            if "plain" in name:
                self._add_plain()
            for key in list(self.azure.world.data["registries"]):
                if "plain" not in name or key.endswith(OLD):
                    self._push(typing.cast(dict[str, typing.Any], settle(self.azure.world, key)))
            self._states[name] = pickle.dumps(self.azure.world.dump())
        return self._states[name]

    def _prepare(self, calls: typing.Sequence[Call]) -> None:
        for call in calls:
            ran = self.run([call], Disturbance())
            if ran.error or (ran.result or {}).get("failed"):
                raise AssertionError(f"{call} fails: {ran.error or ran.result}")

    def _add_plain(self) -> None:
        """A registry without a key of its own, which none of our modules makes."""
        registries = self.azure.world.data["registries"]
        (key,) = registries
        text = json.dumps({**registries[key], "encryption": None, "user_identities": {}, "data_key": None})
        plain = json.loads(text.replace("contosoacr", OLD))
        # Azure's own key encrypts it
        registries[key.replace("contosoacr", OLD)] = plain

    def _push(self, registry: dict[str, typing.Any]) -> None:
        store = Store(self.azure.world, registry)
        digest = store.seal(SECRET)
        store.link("team/app", digest)
        config = b'{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":1}' % digest.encode()
        manifest = b'{"config":%s,"layers":[]}' % config
        store.put_manifest("team/app", "v1", manifest, "application/vnd.oci.image.manifest.v1+json", [digest])

    def _load(self, state: bytes) -> None:
        self.azure.world.load(pickle.loads(state))


def _copy(data: dict[str, typing.Any]) -> dict[str, typing.Any]:
    return typing.cast(dict[str, typing.Any], pickle.loads(pickle.dumps(data)))


def _version(told: dict[str, typing.Any] | None) -> str:
    return str((told or {}).get("versionedKeyIdentifier", "")).rsplit("/", 1)[-1]


def _together(results: typing.Sequence[Result]) -> Result:
    """Several results in a row as one: the last, changed if any was."""
    return {**results[-1], "changed": any(one.get("changed") for one in results)}


@contextlib.contextmanager
def bench() -> typing.Iterator[Bench]:
    """A bench to work at. Requests go out one after another, so that each has its number."""
    with tempfile.TemporaryDirectory() as path, pytest.MonkeyPatch.context() as patch:
        # a killed process says nothing; its thread that polls would
        patch.setattr(threading, "excepthook", lambda _what: None)
        folder = pathlib.Path(path)
        with near(folder, Settings(**SLOW), still=True, alone=True) as azure:
            yield Bench(azure, folder)
