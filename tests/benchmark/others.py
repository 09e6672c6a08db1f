# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same work by what people have without this collection: the az CLI, and azure.azcollection."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import time
import typing

import azcollection
from environments import ROOT, environment
from support.controller import Controller
from support.playbooks import fresh_folder

from .bench import Bench

ELSEWHERE = pathlib.Path(__file__).with_name("elsewhere.yml")


def install() -> None:
    """Make the environments of both; to be called before the local Azure stands between this process and the world."""
    _az()
    azcollection.interpreter()
    azcollection.collections_path()


def _az() -> pathlib.Path:
    return environment("foreign/az", sys.executable, ROOT / "requirements" / "cli.txt")


class Az:
    """The az CLI in an environment of its own, signed in.

    :param folder: for its configuration.
    """

    def __init__(self, bench: Bench, folder: pathlib.Path) -> None:
        self.program = str(_az().parent / "az")
        self.environment = {
            **bench.environment,
            "AZURE_CONFIG_DIR": str(folder / "az"),
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
            "AZURE_CORE_ONLY_SHOW_ERRORS": "true",
            "PATH": "/usr/bin:/bin",
        }
        secret, tenant = bench.environment["AZURE_CLIENT_SECRET"], bench.environment["AZURE_TENANT_ID"]
        who = ["--username", bench.environment["AZURE_CLIENT_ID"], "--password", secret, "--tenant", tenant]
        self("login", "--service-principal", *who)

    def __call__(self, *words: str) -> str:
        """Run a command: what it printed.

        :raises SystemExit: when it fails.
        """
        command = [self.program, *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"az {' '.join(words)}: {done.stderr}")
        return done.stdout

    def rotations(self, names: typing.Sequence[str], key: str, group: str) -> list[float]:
        """Point registries at the newest version of a key, one after the other: the seconds of each."""
        vault, name = key.split("/")[2].split(".")[0], key.split("/")[4]
        newest = self("keyvault", "key", "rotate", "--vault-name", vault, "--name", name, "--query", "key.kid")
        seconds = []
        for registry in names:
            shown = ["acr", "encryption", "show", "--name", registry, "--resource-group", group]
            identity = self(*shown, "--query", "keyVaultProperties.identity", "--output", "tsv").strip()
            began = time.monotonic()
            place = ["--name", registry, "--resource-group", group]
            wished = ["--key-encryption-key", newest.strip().strip('"'), "--identity", identity]
            self("acr", "encryption", "rotate-key", *place, *wished)
            seconds.append(time.monotonic() - began)
        return seconds


class Elsewhere:
    """The playbook that keeps what ``ownkey.acr.create`` keeps, by azure.azcollection and the az CLI."""

    def __init__(self, bench: Bench, az: Az, folder: pathlib.Path) -> None:
        self._controller = Controller(fresh_folder(folder / "theirs"), az.environment, azcollection.interpreter())
        self._controller.environment["ANSIBLE_COLLECTIONS_PATH"] = azcollection.collections_path()
        self._az = az

    def again(self, registry: str) -> float:
        """A run that finds nothing to do: its seconds.

        :raises SystemExit: when it fails, or changes something.
        """
        began = time.monotonic()
        run = self._controller.playbook(str(ELSEWHERE), {"az": self._az.program, "registry": registry})
        if not run.ok or run.changed:
            raise SystemExit(f"{ELSEWHERE.name}: {run.output}")
        return time.monotonic() - began
