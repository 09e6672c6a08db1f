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
import re

from . import names
from .failure import Failure
from .words import shown

_LABELS = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")
#: The sign-in hosts of a region, which MSAL goes to if ``AZURE_REGIONAL_AUTHORITY_NAME`` names one.
_REGIONAL_LOGIN = ".login.microsoft.com"


@dataclasses.dataclass(frozen=True)
class Cloud:
    """One of Azure's clouds. Suffixes begin with a dot."""

    name: str
    login: str
    management: str
    vault_suffix: str
    hsm_suffix: str
    registry_suffix: str
    #: Where a registry sends who reads a blob ("Configure rules to access an Azure container registry behind a
    #: firewall").
    blob_suffix: str
    #: Other names of the sign-in host (Entra ID's answer to ``/common/discovery/instance``).
    login_aliases: tuple[str, ...] = ()

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

    def key_store(self, host: str) -> str | None:
        """What a host is the host of: a ``vault`` or a ``managed_hsm`` of this cloud; None for any other."""
        for kind, suffix in (("vault", self.vault_suffix), ("managed_hsm", self.hsm_suffix)):
            if host.endswith(suffix) and names.is_name("vault", host.removesuffix(suffix)):
                return kind
        return None

    def is_registry_host(self, host: str) -> bool:
        """Whether a host is a registry of this cloud, or one of its data endpoints."""
        return bool(host.endswith(self.registry_suffix) and _LABELS.fullmatch(host.removesuffix(self.registry_suffix)))

    def takes_tokens(self, host: str) -> bool:
        """Whether a host is one of those that a token for this cloud may be sent to."""
        return host == self.management or self.key_store(host) is not None or self.is_registry_host(host)

    def is_storage(self, host: str) -> bool:
        """Whether a host is one of this cloud's storage, which a blob is read from without a token."""
        return host.endswith(self.blob_suffix)

    def signs_in(self, host: str) -> bool:
        """Whether a host is one that people and services sign in at."""
        return host == self.login or host in self.login_aliases or host.endswith(_REGIONAL_LOGIN)


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
            ".blob.core.windows.net",
            ("login.microsoft.com", "login.windows.net", "sts.windows.net"),
        ),
        Cloud(
            "AzureUSGovernment",
            "login.microsoftonline.us",
            "management.usgovcloudapi.net",
            ".vault.usgovcloudapi.net",
            ".managedhsm.usgovcloudapi.net",
            ".azurecr.us",
            ".blob.core.usgovcloudapi.net",
            ("login.usgovcloudapi.net",),
        ),
        Cloud(
            "AzureChinaCloud",
            "login.chinacloudapi.cn",
            "management.chinacloudapi.cn",
            ".vault.azure.cn",
            ".managedhsm.azure.cn",
            ".azurecr.cn",
            ".blob.core.chinacloudapi.cn",
            ("login.partner.microsoftonline.cn",),
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
        f"{shown(name)} is not one of Azure's clouds.",
        parameter="cloud_environment",
        hint=f"Give one of {', '.join(CLOUDS)}.",
        code="unknown_cloud",
    )
