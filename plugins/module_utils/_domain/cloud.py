# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Azure's clouds: host names and token scopes.

Source: the az CLI's cloud table (azure-cli-core ``cloud.py``) and azure-identity's constants;
``docs/azure-behaviour.md``, "Clouds".
"""

from __future__ import annotations

import dataclasses

from .failure import Failure


@dataclasses.dataclass(frozen=True)
class Cloud:
    """One of Azure's clouds. Suffixes begin with a dot."""

    name: str
    login: str
    management: str
    vault_suffix: str
    hsm_suffix: str
    registry_suffix: str

    @property
    def management_scope(self) -> str:
        """The token scope of Resource Manager."""
        return f"https://{self.management}/.default"

    @property
    def registry_audience(self) -> str:
        """For whom a token is asked that is exchanged for a registry's own.

        The registry service's own audience where the az CLI has it by default; elsewhere Resource Manager's, which
        registries take as well unless their policy for it is off.
        """
        return "https://containerregistry.azure.net" if self.name == "AzureCloud" else f"https://{self.management}"

    def vault_host(self, vault: str) -> str:
        """The host name of a vault."""
        return vault.lower() + self.vault_suffix


CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud(
            "AzureCloud",
            "login.microsoftonline.com",
            "management.azure.com",
            ".vault.azure.net",
            ".managedhsm.azure.net",
            ".azurecr.io",
        ),
        Cloud(
            "AzureUSGovernment",
            "login.microsoftonline.us",
            "management.usgovcloudapi.net",
            ".vault.usgovcloudapi.net",
            ".managedhsm.usgovcloudapi.net",
            ".azurecr.us",
        ),
        Cloud(
            "AzureChinaCloud",
            "login.chinacloudapi.cn",
            "management.chinacloudapi.cn",
            ".vault.azure.cn",
            ".managedhsm.azure.cn",
            ".azurecr.cn",
        ),
    )
}


def cloud_named(name: str) -> Cloud:
    """The cloud of that name, in any case.

    :raises Failure: for another name.
    """
    for cloud in CLOUDS.values():
        if cloud.name.lower() == name.lower():
            return cloud
    raise Failure(
        f"{name!r} is not one of Azure's clouds.",
        parameter="cloud_environment",
        hint=f"Give one of {', '.join(CLOUDS)}.",
        code="unknown_cloud",
    )
