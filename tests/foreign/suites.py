# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The suites, in the order in which they run, and how what they need gets here: from PyPI, npm and Debian alone."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys

import azcollection
from environments import ROOT, environment
from local_azure.images.state import Store
from local_azure.imports import source
from local_azure.server import LocalAzure
from suite import HERE, NotHere, Program, Suite, version_of
from support.clients import GROUP, PLACE, Clients
from support.images import Image, Index
from support.imports import keep

_REQUIREMENTS = ROOT / "requirements"


def _pin(lock: pathlib.Path, package: str) -> str:
    lines = lock.read_text(encoding="utf-8").splitlines()
    return next(line.split(" ")[0].replace("==", " ") for line in lines if line.startswith(f"{package}=="))


def _oci() -> Program:
    return Program((sys.executable, HERE / "oci_life.py"), "OCI distribution specification 1.1")


def _az() -> Program:
    lock = _REQUIREMENTS / "cli.txt"
    python = environment("foreign/az", sys.executable, lock)
    return Program((python, HERE / "az_life.py"), _pin(lock, "azure-cli"), {"AZURE_CORE_COLLECT_TELEMETRY": "false"})


def _javascript() -> Program:
    node, source, place = version_of("node"), HERE / "javascript", ROOT / ".cache" / "foreign" / "javascript"
    state = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()
    ready = place / ".ready"
    if not ready.exists() or ready.read_text(encoding="utf-8") != state:
        version_of("npm")
        place.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(source / name, place)
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
        subprocess.run(install, cwd=place, check=True)
        ready.write_text(state, encoding="utf-8")
    # a program finds the packages that lie beside it
    program = shutil.copy(source / "cmk_life.mjs", place)
    packages = json.loads((source / "package.json").read_text(encoding="utf-8"))["dependencies"]
    versions = ", ".join(f"{name.removeprefix('@azure/')} {version}" for name, version in sorted(packages.items()))
    return Program(("node", program), f"node {node}: {versions}")


def _containers() -> Program:
    here, told = [], []
    for tool in ("skopeo", "buildah", "podman"):
        try:
            told.append(version_of(tool).replace(" version", ""))
            here.append(tool)
        except NotHere:
            told.append(f"{tool} not here")
    if not here:
        raise NotHere("skopeo, buildah, podman (Debian has them)")
    return Program((sys.executable, HERE / "containers_life.py", *here), ", ".join(told))


def _oras() -> Program:
    lock = _REQUIREMENTS / "oras.txt"
    return Program((environment("foreign/oras", sys.executable, lock), HERE / "oras_life.py"), _pin(lock, "oras"))


def _azcollection() -> Program:
    python, paths = azcollection.interpreter(), azcollection.collections_path()
    told = json.loads((pathlib.Path(paths.split(os.pathsep)[1], azcollection.FOLDER, "MANIFEST.json")).read_text())
    command = (python, HERE / "azcollection_life.py", sys.executable)
    return Program(command, told["collection_info"]["version"], {"ANSIBLE_COLLECTIONS_PATH": paths})


def _outside(azure: LocalAzure) -> None:
    """A registry that is not Azure's, with an image."""
    keep(Store(azure.world, source.outside("docker.io")), Image(), "library/hello-world", "latest")


def _registries(azure: LocalAzure) -> None:
    """A registry under a key, ``contosoacr``, and one without, ``plainacr``, with an index in each."""
    clients = Clients(azure)
    clients.registry()
    body = {"location": PLACE, "sku": {"name": "Premium"}}
    clients.registries.begin_create(GROUP, "plainacr", body).result()
    for name in ("contosoacr", "plainacr"):
        Index().push(clients.credential, f"{name}.azurecr.io", "index/app", "all")


SUITES = (
    Suite("oci", _oci, _registries),
    Suite("containers", _containers, _registries),
    Suite("oras", _oras, _registries),
    Suite("azcollection", _azcollection, _outside),
    Suite("javascript", _javascript),
    Suite("az", _az),
)
