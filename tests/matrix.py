# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``ansible-test`` sanity, units and targets on every pair of ansible-core and Python that is supported.

The oldest and the newest ansible-core that are supported: 2.19 on Python 3.11, 2.21 on 3.12 and 3.13 (the pins in
``requirements/dev.txt`` choose by Python). A Python that this machine does not have is passed over, and said so.
"""

from __future__ import annotations

import concurrent.futures
import pathlib
import subprocess
import sys
import time

from environments import PYTHONS, ROOT, environment, interpreter

KINDS = ("sanity", "targets", "units")
#: One for each ansible-core: its sanity tests look at every Python by themselves.
SANITY = ("3.11", "3.13")


def _environment(version: str, python: str) -> pathlib.Path:
    """A virtual environment from the pinned versions; this one if it is of that version."""
    if pathlib.Path(python) == pathlib.Path(sys.executable):
        return pathlib.Path(sys.executable)
    return environment(f"python-{version}", python, ROOT / "requirements" / "dev.txt", local_azure=True)


def _run(program: pathlib.Path, kind: str, version: str) -> bool:
    """Run one, and print what it printed only if it failed."""
    command = [str(program), str(ROOT / "tests" / "ansible_test.py"), kind]
    began = time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    told = "passed" if done.returncode == 0 else f"FAILED\n{done.stdout}{done.stderr}"
    print(f"ansible-test {kind} on Python {version}, {time.monotonic() - began:.0f} s: {told}", flush=True)
    return done.returncode == 0


def main() -> int:
    """Run all; arguments choose kinds, or versions of Python."""
    kinds = [kind for kind in KINDS if kind in sys.argv] or list(KINDS)
    versions = [version for version in PYTHONS if version in sys.argv] or list(PYTHONS)
    programs = {}
    for version in versions:
        python = interpreter(version)
        if python is None:
            print(f"Python {version} is not on this machine: passed over.")
        else:
            programs[version] = _environment(version, python)
    # the longest first
    jobs = [(kind, version) for kind in sorted(kinds, key=KINDS.index) for version in programs]
    jobs = [(kind, version) for kind, version in jobs if kind != "sanity" or version in SANITY]
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        done = list(pool.map(lambda job: _run(programs[job[1]], *job), jobs))
    failed = [f"{kind} on {version}" for (kind, version), passed in zip(jobs, done, strict=True) if not passed]
    print(f"Failed: {', '.join(failed)}." if failed else "All that was run passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
