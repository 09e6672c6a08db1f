# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments below .cache, from pinned versions, on any Python that this machine has."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
#: The versions of Python that are supported.
PYTHONS = ("3.11", "3.12", "3.13")


def interpreter(version: str) -> str | None:
    """An interpreter of a version such as 3.12, which may be one that pyenv keeps; None if there is none."""
    versions = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"), "versions")
    of_pyenv = sorted(versions.glob(f"{version}.*/bin/python3"), reverse=True)
    for candidate in (sys.executable, f"python{version}", *map(str, of_pyenv)):
        path = shutil.which(candidate)
        question = [path or "false", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
        answer = subprocess.run(question, capture_output=True, text=True, check=False)
        if path and answer.returncode == 0 and answer.stdout.strip() == version:
            return path
    return None


def uv(*arguments: str | pathlib.Path, place: pathlib.Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run uv, which must succeed.

    :param place: the virtual environment that it is about.
    :raises RuntimeError: with what uv printed, when it fails; and where it is not.
    """
    program = shutil.which("uv", path=os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]))
    if program is None:
        raise RuntimeError("uv is not here")
    command = [program, "--quiet", *map(str, arguments)]
    variables = {**os.environ, **({"VIRTUAL_ENV": str(place)} if place else {})}
    process = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if process.returncode:
        raise RuntimeError(f"uv {' '.join(command[2:])}:\n{process.stderr}")
    return process


def environment(name: str, python: str, lock: pathlib.Path, *, local_azure: bool = False) -> pathlib.Path:
    """A virtual environment with the packages of a lock file and no others; made anew only when that has changed.

    :param name: of its folder below .cache.
    :param python: an interpreter.
    :param local_azure: whether the local Azure is to be installed in it too.
    :returns: the environment's own interpreter.
    """
    place = ROOT / ".cache" / name
    program, ready = place / "bin" / "python", place / ".ready"
    place.parent.mkdir(parents=True, exist_ok=True)
    state = hashlib.sha256(lock.read_bytes() + python.encode()).hexdigest()
    with place.with_name(f"{place.name}.lock").open("w") as alone:
        # tests that run side by side want the same one
        fcntl.flock(alone, fcntl.LOCK_EX)
        if program.exists() and ready.exists() and ready.read_text(encoding="utf-8") == state:
            return program
        uv("venv", "--clear", "--python", python, place)
        uv("pip", "sync", lock, place=place)
        if local_azure:
            folder = ROOT / "tests" / "emulator"
            uv("pip", "install", "--no-build-isolation", "--no-deps", "--editable", folder, place=place)
        ready.write_text(state, encoding="utf-8")
    return program


if __name__ == "__main__":
    # NAME LOCK: make an environment, and say where its interpreter is
    print(environment(sys.argv[1], sys.executable, ROOT / sys.argv[2]))
