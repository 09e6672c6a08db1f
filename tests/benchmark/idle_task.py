# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task costs that finds nothing to do: ten of them, whole runs of ansible-playbook, side by side.

Every module of the collection that can find nothing to do, ten ``ansible.builtin.ping``, one of ours as an ordinary
module, and azure.azcollection's info module for the same registry, which has an environment of its own. The runs of the
kinds take turns, so that a busy machine troubles all alike; the median counts.
"""

from __future__ import annotations

import pathlib
import statistics
import sys
import tempfile
import time
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import azcollection
from local_azure.server import LocalAzure, running
from support.contoso import GROUP, LOCATION, Contoso
from support.controller import Controller
from support.playbooks import Ansible, fresh_folder

ROUNDS = 3
TASKS = 10
PLACE = {"resource_group": GROUP}
REGISTRY = {"name": "contosoacr", **PLACE}
REGISTRIES = {"registries": ["contosoacr"], **PLACE}
PING = "ansible.builtin.ping"
NEIGHBOUR = "azure.azcollection.azure_rm_containerregistry_info"
#: The collection's modules with options that ask for what is there already.
OURS: dict[str, dict[str, typing.Any]] = {
    "resource_group": {"name": GROUP, "location": LOCATION},
    "managed_identity": {"name": "contoso-id", "location": LOCATION, **PLACE},
    "keyvault": {"name": "contoso-kv", "location": LOCATION, **PLACE},
    "keyvault_key_access": {"vault": "contoso-kv", "identity": "contoso-id", **PLACE},
    "keyvault_rsa_key": {"vault": "contoso-kv", "name": "cmk"},
    "keyvault_rsa_key_info": {"vault": "contoso-kv", "name": "cmk"},
    "acr_cmk_registry": {**REGISTRY, "admin_user_enabled": False},
    "acr_cmk_registry_info": REGISTRY,
    "cmk_rotate": {**REGISTRIES, "max_age": "90d"},
    "cmk_dependents_info": {"vault": "contoso-kv"},
    "cmk_health_info": REGISTRIES,
    "cmk_restore": REGISTRIES,
}
#: Finds nothing to do only where the data is locked already.
REVOKE = {**REGISTRIES, "confirm": ["contosoacr"]}
AS_MODULE = "acr_cmk_registry_info as a module"


class Benchmark:
    """Runs the kinds of tasks in turns, and remembers what they took, in seconds."""

    def __init__(self, azure: LocalAzure, folder: pathlib.Path) -> None:
        self.ours = Ansible(fresh_folder(folder / "ours"), azure.environment)
        self.theirs = Controller(fresh_folder(folder / "theirs"), azure.environment, azcollection.interpreter())
        self.theirs.environment["ANSIBLE_COLLECTIONS_PATH"] = azcollection.collections_path()
        self.seconds: dict[str, list[float]] = {}

    def time(self, name: str, task: dict[str, typing.Any], ansible: Ansible) -> None:
        """Time ten tasks.

        :raises SystemExit: when they failed, or changed something.
        """
        start = time.monotonic()
        run = ansible.tasks(*([task] * TASKS))
        self.seconds.setdefault(name, []).append(time.monotonic() - start)
        if not run.ok or run.changed:
            raise SystemExit(f"{name} did not do nothing: {run.output}")

    def rounds(self) -> None:
        """All kinds in turns; the revocation last, since all others want readable data."""
        for _round in range(ROUNDS):
            self.time(PING, {PING: {}}, self.ours)
            for module, options in OURS.items():
                self.time(module, {f"ownkey.acr.{module}": options}, self.ours)
            info = {"ownkey.acr.acr_cmk_registry_info": REGISTRY}
            self.time(AS_MODULE, {**info, "async": 60, "poll": 1}, self.ours)
            self.time(NEIGHBOUR, {NEIGHBOUR: REGISTRY}, self.theirs)
        revocation = {"ownkey.acr.cmk_revoke": REVOKE}
        run = self.ours.tasks(revocation)
        assert run.ok, run.output
        for _round in range(ROUNDS):
            self.time("cmk_revoke", revocation, self.ours)

    def table(self) -> str:
        """A row for each kind: seconds, of ping, and how many times as fast as the neighbour's."""
        medians = {name: statistics.median(seconds) for name, seconds in self.seconds.items()}
        ping, neighbour = medians.pop(PING), medians.pop(NEIGHBOUR)
        as_module = medians.pop(AS_MODULE)
        rows = {PING: ping, **dict(sorted(medians.items())), AS_MODULE: as_module, NEIGHBOUR: neighbour}
        lines = [f"{TASKS} tasks that find nothing to do, whole runs, median of {ROUNDS}:"]
        for name, median in rows.items():
            ratios = f"{median / ping:5.2f} of ping {neighbour / median:6.1f} times as fast as azure.azcollection"
            lines.append(f"  {name:52} {median:6.2f} s {ratios}")
        return "\n".join(lines)


def main() -> int:
    """Print the table."""
    with running() as azure, tempfile.TemporaryDirectory() as folder:
        benchmark = Benchmark(azure, pathlib.Path(folder))
        Contoso(benchmark.ours).registry()
        benchmark.rounds()
        print(benchmark.table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
