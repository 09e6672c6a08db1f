# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same with real ``ansible-playbook`` runs, over real connections: some faults at some of a playbook's changes."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import tempfile
import typing

from local_azure.server import LocalAzure, running
from local_azure.settings import Settings
from support.playbooks import Ansible, Run

from . import view
from .judgement import DONE, RECOVERS, WRONG

Row = dict[str, typing.Any]
CONTOSO = {
    "acr_cmk_registry": "contosoacr",
    "acr_cmk_resource_group": "contoso",
    "acr_cmk_location": "westeurope",
    "acr_cmk_vault": "contoso-kv",
}


@dataclasses.dataclass(frozen=True)
class Play:
    """A playbook, what was run before it, and whether changes or questions are struck."""

    name: str
    before: tuple[str, ...] = ()
    changes: bool = True


PLAYS = (
    Play("create"),
    Play("rotate", ("create",)),
    Play("revoke", ("create",)),
    Play("restore", ("create", "revoke")),
    Play("diagnose", ("create",), changes=False),
)
FAULTS: dict[str, Row] = {
    "reset after": {"reset": True, "when": "after"},
    "502 page": {
        "status": 502,
        "raw": "<html><body>Bad gateway</body></html>",
        "headers": {"Content-Type": "text/html"},
    },
}
MORE = {"rotate": {"acr_cmk_max_age": "0d"}, "revoke": {"acr_cmk_confirm": "contosoacr"}}


class Stage:
    """A local Azure and Ansible, and the state that each playbook begins from."""

    def __init__(self, azure: LocalAzure, folder: pathlib.Path) -> None:
        self.azure, self.ansible = azure, Ansible(folder, azure.environment)
        self.ansible.control.reset()
        self._nothing = self.ansible.control.state()

    def run(self, name: str) -> Run:
        return self.ansible.playbook(f"ownkey.acr.{name}", {**CONTOSO, **MORE.get(name, {})})

    def begin(self, play: Play) -> dict[str, typing.Any]:
        """The state that a playbook begins from."""
        self.ansible.control.load(self._nothing)
        for name in play.before:
            run = self.run(name)
            if not run.ok:
                raise AssertionError(f"{name} fails by itself: {run.output}")
        return self.ansible.control.state()

    def state(self) -> view.State:
        return view.view(self.ansible.control.state()["data"])

    def strike(self, play: Play, start: dict[str, typing.Any], ideal: view.State, kind: str, number: int) -> Row:
        """Run it with a fault, and again without."""
        control = self.ansible.control
        control.load(start)
        methods = "PUT|POST|PATCH|DELETE" if play.changes else "GET"
        control.fault(method=methods, host="management.*|.*vault.*", nth=number, **FAULTS[kind])
        run = self.run(play.name)
        control.clear_faults()
        why = [] if "Traceback" not in run.output else ["a traceback on the terminal"]
        if not run.ok:
            again = self.run(play.name)
            why += [] if again.ok else [f"again: {again.output[-600:]}"]
        repeats = play.name == "rotate" and not run.ok
        why += [] if repeats else view.differences(self.state(), ideal)[:3]
        verdict = WRONG if why else DONE if run.ok else RECOVERS
        told = {"case": f"ansible-playbook {play.name}", "kind": kind, "strikes": [f"{kind}@{number}:once"]}
        command = f"ansible-playbook ownkey.acr.{play.name}, {kind} at request {number} of {methods}"
        return {**told, "command": command, "verdict": verdict, "why": why, "waited": False}


def everything() -> typing.Iterator[Row]:
    """Each playbook with each fault at its first and its last change."""
    with tempfile.TemporaryDirectory() as folder, running(Settings(operation_seconds=0.3)) as azure:
        os.environ.update(azure.environment)
        stage = Stage(azure, pathlib.Path(folder))
        for play in PLAYS:
            start = stage.begin(play)
            run = stage.run(play.name)
            if not run.ok:
                raise AssertionError(f"{play.name} fails by itself: {run.output}")
            asked = [r for r in run.requests if r["service"] in ("management", "vault") and r["status"] != 401]
            count = sum(r["writes"] if play.changes else r["method"] == "GET" for r in asked)
            ideal = stage.state()
            for number in sorted({1, max(1, count)}):
                yield from (stage.strike(play, start, ideal, kind, number) for kind in FAULTS)
