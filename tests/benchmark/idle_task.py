# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task costs that finds nothing to do: ten of them, whole runs of ansible-playbook, side by side.

Compared with ten ``ansible.builtin.ping`` and, where azure.azcollection is installed, ten of its info module for the
same registry. The runs of the kinds take turns, so that a busy machine troubles all alike; the median counts.
"""

from __future__ import annotations

import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from local_azure.server import running
from support.contoso import Contoso
from support.playbooks import Ansible, fresh_folder

ROUNDS = 3
TASKS = 10
REGISTRY = {"name": "contosoacr", "resource_group": "contoso"}
THIRD = "azure.azcollection.azure_rm_containerregistry_info"


def kinds() -> dict[str, dict]:
    """The tasks to compare, by what they are called in the table."""
    found: dict[str, dict] = {
        "ansible.builtin.ping": {"ansible.builtin.ping": {}},
        "ownkey.acr.acr_cmk_registry": {"ownkey.acr.acr_cmk_registry": {**REGISTRY, "admin_user_enabled": False}},
        "ownkey.acr.acr_cmk_registry_info": {"ownkey.acr.acr_cmk_registry_info": REGISTRY},
        "the same as a module": {"ownkey.acr.acr_cmk_registry_info": REGISTRY, "async": 60, "poll": 1},
    }
    known = subprocess.run(["ansible-doc", "--list", "azure.azcollection"], capture_output=True, text=True, check=False)
    if THIRD in known.stdout:
        found[THIRD] = {THIRD: REGISTRY}
    return found


def main() -> int:
    """Print the table."""
    with running() as azure, tempfile.TemporaryDirectory() as folder:
        ansible = Ansible(fresh_folder(pathlib.Path(folder) / "home"), azure.environment)
        Contoso(ansible).registry()
        seconds: dict[str, list[float]] = {name: [] for name in kinds()}
        for _round in range(ROUNDS):
            for name, task in kinds().items():
                began = time.monotonic()
                run = ansible.tasks(*([task] * TASKS))
                seconds[name].append(time.monotonic() - began)
                if not run.ok or run.changed:
                    print(f"{name} did not do nothing: {run.output}", file=sys.stderr)
                    return 1
        base = statistics.median(seconds["ansible.builtin.ping"])
        print(f"{TASKS} tasks that find nothing to do, whole runs, median of {ROUNDS}:")
        for name, taken in seconds.items():
            median = statistics.median(taken)
            print(f"  {name:58} {median:6.2f} s  {median / base:5.2f} of ping")
    return 0


if __name__ == "__main__":
    sys.exit(main())
