# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventory files of ``ownkey.acr.registries``, and the program that reads them."""

from __future__ import annotations

import json
import pathlib
import sys
import typing

import yaml

from .playbooks import Ansible
from .warm import warm

#: A second subscription, and the role Reader.
OTHER = "00000000-0000-4000-8000-00000000ac13"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
BIN = pathlib.Path(sys.executable).parent


class Listing(typing.NamedTuple):
    """What ``ansible-inventory --list`` said."""

    status: int
    content: dict[str, typing.Any]
    errors: str

    def hosts(self, group: str = "registries") -> list[str]:
        return sorted(self.content.get(group, {}).get("hosts", []))

    def variables(self, host: str) -> dict[str, typing.Any]:
        variables: dict[str, typing.Any] = self.content["_meta"]["hostvars"][host]
        return variables


class Inventory:
    """Inventory files, and the program that reads them.

    :param ansible: with the environment that leads to the local Azure.
    """

    def __init__(self, ansible: Ansible) -> None:
        self.ansible = ansible
        self.environment: dict[str, str] = {}

    def file(self, name: str = "fleet.acr.yml", text: str = "", **options: typing.Any) -> str:
        path = self.ansible.folder / name
        content = {"plugin": "ownkey.acr.registries", **options}
        path.write_text(text or yaml.safe_dump(content), encoding="utf-8")
        return str(path)

    def read(self, path: str, *flags: str) -> Listing:
        command = [str(BIN / "ansible-inventory"), "-i", path, "--list", *flags]
        environment = {**self.ansible.environment, **self.environment}
        done = warm(BIN / "python").run(command, self.ansible.folder, environment, 120)
        content = json.loads(done.stdout[done.stdout.index("{") :]) if "{" in done.stdout else {}
        return Listing(done.returncode, content, " ".join(done.stderr.split()))

    def __call__(self, **options: typing.Any) -> Listing:
        return self.read(self.file(**options))

    def refused(self, **options: typing.Any) -> str:
        """What is said of a file from which there is no inventory."""
        self.environment["ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED"] = "true"
        listing = self(**options)
        assert listing.status != 0, listing
        return listing.errors
