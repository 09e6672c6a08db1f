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
    storage_suffix: str
    graph: str
    event_grid_suffix: str

    @property
    def management_audiences(self) -> set[str]:
        """Both spellings under which clients ask for a token of Resource Manager."""
        classic = self.management.replace("management.azure.com", "management.core.windows.net")
        classic = classic.replace("management.usgov", "management.core.usgov")
        classic = classic.replace("management.china", "management.core.china")
        return {f"https://{self.management}", f"https://{classic}"}


CLOUDS = {
    "AzureCloud": Cloud(
        "login.microsoftonline.com",
        "management.azure.com",
        ".vault.azure.net",
        ".managedhsm.azure.net",
        ".azurecr.io",
        ".blob.core.windows.net",
        "graph.microsoft.com",
        ".eventgrid.azure.net",
    ),
    "AzureUSGovernment": Cloud(
        "login.microsoftonline.us",
        "management.usgovcloudapi.net",
        ".vault.usgovcloudapi.net",
        ".managedhsm.usgovcloudapi.net",
        ".azurecr.us",
        ".blob.core.usgovcloudapi.net",
        "graph.microsoft.us",
        ".eventgrid.azure.us",
    ),
    "AzureChinaCloud": Cloud(
        "login.chinacloudapi.cn",
        "management.chinacloudapi.cn",
        ".vault.azure.cn",
        ".managedhsm.azure.cn",
        ".azurecr.cn",
        ".blob.core.chinacloudapi.cn",
        "microsoftgraph.chinacloudapi.cn",
        ".eventgrid.azure.cn",
    ),
}

#: Older names that services and clients still use for the public cloud's sign-in.
LOGIN_ALIASES = {"login.windows.net", "sts.windows.net", "login.microsoft.com"}


def service_of(host: str) -> tuple[str, Cloud] | None:
    """The service that answers for a host name: ``login``, ``management``, ``vault``, ``hsm``, ``registry``,
    ``graph``, ``events`` (Event Grid), ``storage`` (what registries keep their blobs in) or ``blobs`` (a storage
    account of one's own).

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
        if host == cloud.graph:
            return "graph", cloud
        managed = host.startswith("local") and host.endswith("managed" + cloud.storage_suffix)
        if managed or host.endswith(".data" + cloud.registry_suffix):
            return "storage", cloud
        if host.endswith(cloud.storage_suffix):
            return "blobs", cloud
        for service, suffix in (
            ("vault", cloud.vault_suffix),
            ("hsm", cloud.hsm_suffix),
            ("registry", cloud.registry_suffix),
            ("events", cloud.event_grid_suffix),
        ):
            if host.endswith(suffix):
                return service, cloud
    return None
