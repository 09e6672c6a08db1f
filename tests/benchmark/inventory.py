# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin: by ``ansible-inventory``, beside a script that only prints the same hosts; and in a play."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import time

from . import memory
from .bench import Bench, Figures

_PROGRAMS = pathlib.Path(sys.executable).parent
_PLAY = pathlib.Path(__file__).with_name("one_play.yml")
_ENABLED = {"ANSIBLE_INVENTORY_ENABLED": "ownkey.acr.registries,script"}


class Inventory:
    """Whole runs, which cost what Ansible needs for so many hosts too; what a script's cost is not the plugin's own.

    :param folder: for the inventories.
    """

    def __init__(self, bench: Bench, folder: pathlib.Path) -> None:
        self._bench, self._folder = bench, folder
        self._source = folder / "fleet.registries.yml"
        self._source.write_text("plugin: ownkey.acr.registries\n", encoding="utf-8")
        self._script, self._listed = folder / "listed.sh", folder / "listed.json"
        self._script.write_text(f"#!/bin/sh\ncat {self._listed}\n", encoding="utf-8")
        self._script.chmod(0o700)

    def own(self) -> Figures:
        """A run of the plugin; of its processor time, what a run of the script does not take."""
        plugin = self._run(self._source, self._listed)
        script = self._run(self._script, self._folder / "again.json")
        return {**plugin, "processor": plugin["processor"] - script["processor"]}

    def play(self, expected: int) -> Figures:
        """One play that has every registry as a host, rotates all, and looks at the health of all."""
        command = ["ansible-playbook", "--inventory", str(self._source), str(_PLAY), "--extra-vars"]
        return self._measured([*command, f"expected={expected}"], self._folder / "play.txt")

    def _run(self, source: pathlib.Path, into: pathlib.Path) -> Figures:
        return self._measured(["ansible-inventory", "--inventory", str(source), "--list"], into)

    def _measured(self, words: list[str], into: pathlib.Path) -> Figures:
        command = [str(_PROGRAMS / words[0]), *words[1:]]
        environment = {**os.environ, **self._bench.environment, **_ENABLED}
        began = time.monotonic()
        with into.open("wb") as output:
            process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.PIPE)
        held, ended = 0, 0
        while not ended:
            held = max(held, memory.most(process.pid))
            time.sleep(0.05)
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
        if status or not into.stat().st_size:
            reason = process.stderr.read().decode() if process.stderr else status
            raise SystemExit(f"{words[0]}: {reason}{into.read_text(encoding='utf-8')[-2000:]}")
        return {
            "seconds": time.monotonic() - began,
            "processor": used.ru_utime + used.ru_stime,
            "memory": held,
        }
