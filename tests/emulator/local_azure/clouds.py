# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host names of Azure's clouds, and which service of the local Azure answers for each.

Source: the az CLI's cloud table and azure-identity's constants (docs/azure-behaviour.md, "Clouds").
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Cloud:
    login: str
    management: str
    vault_suffix: str
    hsm_suffix: str
    registry_suffix: str


CLOUDS = {
    "AzureCloud": Cloud(
        "login.microsoftonline.com", "management.azure.com", ".vault.azure.net", ".managedhsm.azure.net", ".azurecr.io"
    ),
    "AzureUSGovernment": Cloud(
        "login.microsoftonline.us",
        "management.usgovcloudapi.net",
        ".vault.usgovcloudapi.net",
        ".managedhsm.usgovcloudapi.net",
        ".azurecr.us",
    ),
    "AzureChinaCloud": Cloud(
        "login.chinacloudapi.cn",
        "management.chinacloudapi.cn",
        ".vault.azure.cn",
        ".managedhsm.azure.cn",
        ".azurecr.cn",
    ),
}

#: Older names that services and clients still use for the public cloud's sign-in.
LOGIN_ALIASES = {"login.windows.net", "sts.windows.net", "login.microsoft.com"}


def service_of(host: str) -> tuple[str, Cloud] | None:
    """The service that answers for a host name: ``login``, ``management``, ``vault``, ``hsm`` or ``registry``.

    :returns: the service's name and its cloud, or None for a host that is not Azure's.
    """
    host = host.lower().rstrip(".")
    if host in LOGIN_ALIASES:
        return "login", CLOUDS["AzureCloud"]
    for cloud in CLOUDS.values():
        if host == cloud.login:
            return "login", cloud
        if host == cloud.management:
            return "management", cloud
        for service, suffix in (
            ("vault", cloud.vault_suffix),
            ("hsm", cloud.hsm_suffix),
            ("registry", cloud.registry_suffix),
        ):
            if host.endswith(suffix):
                return service, cloud
    return None
