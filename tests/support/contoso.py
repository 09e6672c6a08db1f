# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Things to begin with, made by the collection itself."""

from __future__ import annotations

import typing

from .playbooks import Ansible

GROUP = "contoso"
LOCATION = "westeurope"


class Contoso:
    """Ready-made things in the local Azure, made by the collection itself."""

    def __init__(self, ansible: Ansible) -> None:
        self.ansible = ansible

    def vault_tasks(self, vault: str = "contoso-kv", identity: str = "contoso-id", **options: typing.Any) -> list[dict]:
        """The tasks that make group, identity, vault, rights and the key ``cmk``."""
        place = {"resource_group": GROUP}
        return [
            {"ownkey.acr.resource_group": {"name": GROUP, "location": LOCATION}},
            {"ownkey.acr.managed_identity": {"name": identity, "location": LOCATION, **place}},
            {"ownkey.acr.keyvault": {"name": vault, "location": LOCATION, **place, **options}},
            {"ownkey.acr.keyvault_key_access": {"vault": vault, "caller": True, **place}},
            {"ownkey.acr.keyvault_key_access": {"vault": vault, "identity": identity, **place}},
            {"ownkey.acr.keyvault_rsa_key": {"vault": vault, "name": "cmk"}},
        ]

    def registry_task(self, name: str = "contosoacr", **options: typing.Any) -> dict:
        """The task that makes a registry under the key ``cmk``."""
        arguments = {
            "name": name,
            "resource_group": GROUP,
            "location": LOCATION,
            "key_identifier": "https://contoso-kv.vault.azure.net/keys/cmk",
            "identity": "contoso-id",
            **options,
        }
        return {"ownkey.acr.acr_cmk_registry": {n: v for n, v in arguments.items() if v is not None}}

    def vault(self, **options: typing.Any) -> None:
        """Make everything but a registry."""
        run = self.ansible.tasks(*self.vault_tasks(**options))
        assert run.ok, run.output

    def registry(self, name: str = "contosoacr", **options: typing.Any) -> None:
        """Make everything."""
        run = self.ansible.tasks(*self.vault_tasks(), self.registry_task(name, **options))
        assert run.ok, run.output
