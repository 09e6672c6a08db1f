# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azurite, Microsoft's own emulator of storage: from a pinned package, one for each process that runs tests."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import typing

import pytest
from azure.storage.blob import BlobServiceClient
from local_azure.blobs.state import Account
from local_azure.server import LocalAzure
from local_azure.world import SUBSCRIPTION

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE, PLACE = ROOT / "tests" / "support" / "azurite", ROOT / ".cache" / "azurite"
PROGRAM = PLACE / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
ACCOUNT, CONTAINER = "contosoevidence", "records"
KEY = base64.b64encode(b"the key of an account of no one.").decode()
_LISTENS = re.compile(r"successfully listens on (http://127\.0\.0\.1:\d+)")


class Missing(Exception):
    """What it takes is not here."""


def _install() -> None:
    """Have the package, once for all processes.

    :raises Missing: without Node.js, or where the package cannot be had.
    """
    if not shutil.which("node") or not shutil.which("npm"):
        raise Missing("Node.js and npm are not here")
    PLACE.mkdir(parents=True, exist_ok=True)
    state = hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()
    with (PLACE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = PLACE / ".ready"
        if ready.exists() and ready.read_text(encoding="utf-8") == state:
            return
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCE / name, PLACE)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
        # the variables that lead to a local Azure lead elsewhere
        environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        outcome = subprocess.run(command, cwd=PLACE, env=environment, capture_output=True, text=True, check=False)
        if outcome.returncode:
            raise Missing(f"npm cannot install azurite: {outcome.stderr[-500:]}")
        ready.write_text(state, encoding="utf-8")


@contextlib.contextmanager
def running() -> typing.Iterator[str]:
    """The address of an Azurite with one account.

    :raises Missing: where it cannot be had.
    """
    _install()
    options = ["--inMemoryPersistence", "--blobPort", "0", "--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    process = subprocess.Popen(
        ["node", str(PROGRAM), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"},
    )
    try:
        yield _address(process)
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def running_or_skipped() -> typing.Iterator[str]:
    """As :func:`running`, for a test or a fixture, which is skipped with a word where Azurite cannot be had."""
    try:
        with running() as address:
            yield address
    except Missing as missing:
        pytest.skip(f"Blobs are not tried: {missing}")


def _address(process: subprocess.Popen[str]) -> str:
    output = ""
    for line in typing.cast("typing.IO[str]", process.stdout):
        output += line
        match = _LISTENS.search(line)
        if match:
            return match[1]
    raise Missing(f"azurite did not start: {output[-500:]}")


class Evidence:
    """A storage account of the local Azure, whose blobs Azurite keeps, and a container of its own for each test."""

    CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"

    def __init__(self, azure: LocalAzure, address: str, container: str) -> None:
        group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/evidence"
        name = f"{group}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
        self.account = Account(ACCOUNT, name, address, KEY)
        azure.world.accounts[ACCOUNT] = self.account
        self.container = container
        credential = {"account_name": ACCOUNT, "account_key": KEY}
        self._service = BlobServiceClient(f"{address}/{ACCOUNT}", credential=credential)
        self._service.create_container(container)

    def place(self, name: str = "acr-cmk.jsonl") -> str:
        """The address of a blob, as real Azure has it."""
        return f"https://{ACCOUNT}.blob.core.windows.net/{self.container}/{name}"

    def content(self, name: str = "acr-cmk.jsonl") -> bytes:
        """What is in a blob."""
        return self._service.get_blob_client(self.container, name).download_blob().readall()

    def blob(self, name: str = "acr-cmk.jsonl") -> typing.Any:
        """The SDK's client of a blob, for who has the account's key."""
        return self._service.get_blob_client(self.container, name)
