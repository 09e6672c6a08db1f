# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``/metadata/endpoints``: where a cloud's services are. It asks for no token, and each api-version has its own form.

Forms: 2015-01-01 (and "1.0"), 2018-01-01, 2019-05-01 (a list of all clouds) and 2022-09-01 (the asked one alone), as
terraform-provider-azurerm's and pulumi-azure-native's test servers have them (docs/azure-behaviour.md, "Clouds").
"""

from __future__ import annotations

import dataclasses
import re
import typing

from ..clouds import CLOUDS, Cloud
from ..routing import Call, Reply
from . import errors
from .regions import REGIONS


@dataclasses.dataclass(frozen=True)
class _More:
    """What of a cloud no other part of the local Azure asks for.

    :param core: the suffix of its older services.
    :param directory: Entra ID's former Graph.
    :param end: the public cloud ends its addresses in a slash, the others do not.
    """

    short: str
    portal: str
    core: str
    directory: str
    gallery: str
    end: str = ""


_MORE = {
    "AzureCloud": _More("public", "portal.azure.com", "windows.net", "graph.windows.net", "gallery.azure.com", "/"),
    "AzureChinaCloud": _More(
        "chinaCloud", "portal.azure.cn", "chinacloudapi.cn", "graph.chinacloudapi.cn", "gallery.chinacloudapi.cn"
    ),
    "AzureUSGovernment": _More(
        "usGovCloud", "portal.azure.us", "usgovcloudapi.net", "graph.windows.net", "gallery.usgovcloudapi.net"
    ),
}


def _authentication(cloud: Cloud, more: _More) -> dict[str, typing.Any]:
    audiences = [f"{one}{more.end}" for one in sorted(cloud.management_audiences, key=lambda one: ".core." not in one)]
    return {"loginEndpoint": f"https://{cloud.login}", "audiences": audiences}


def _old(cloud: Cloud, more: _More, *, newer: bool) -> dict[str, typing.Any]:
    shown = {
        "galleryEndpoint": f"https://{more.gallery}/",
        "graphEndpoint": f"https://{more.directory}/",
        "portalEndpoint": f"https://{more.portal}/",
    }
    authentication = _authentication(cloud, more)
    authentication["loginEndpoint"] += "/"
    if not newer:
        return {**shown, "authentication": authentication}
    clouds = {
        one.short: {"endpoint": CLOUDS[name].management, "locations": REGIONS[name]} for name, one in _MORE.items()
    }
    authentication |= {"tenant": "common", "identityProvider": "AAD"}
    return {
        **shown,
        "graphAudience": f"https://{more.directory}/",
        "authentication": authentication,
        "cloudEndpoint": clouds,
    }


def _whole(name: str, *, newer: bool) -> dict[str, typing.Any]:
    cloud, more = CLOUDS[name], _MORE[name]
    suffixes = {
        "acrLoginServer": cloud.registry_suffix[1:],
        "sqlServerHostname": f"database.{more.core}",
        "keyVaultDns": cloud.vault_suffix[1:],
        "storage": f"core.{more.core}",
    }
    if newer:
        suffixes["mhsmDns"] = cloud.hsm_suffix[1:]
    shown = {
        "portal": f"https://{more.portal}",
        "authentication": {**_authentication(cloud, more), "tenant": "common", "identityProvider": "AAD"},
        "graphAudience": f"https://{more.directory}{more.end}",
        "graph": f"https://{more.directory}{more.end}",
        "name": name,
        "suffixes": suffixes,
        "resourceManager": f"https://{cloud.management}{more.end}",
        "sqlManagement": f"https://management.core.{more.core}:8443{more.end}",
    }
    if newer:
        return {**shown, "microsoftGraphResourceId": f"https://{cloud.graph}{more.end}"}
    return {**shown, "gallery": f"https://{more.gallery}{more.end}"}


def show(call: Call, cloud: Cloud) -> Reply:
    """The endpoints, in the form of the api-version that was asked for.

    :raises Refusal: 400 without one, or for one that is none.
    """
    version = call.query.get("api-version", "")
    name = next(name for name, one in CLOUDS.items() if one == cloud)
    if not version:
        raise errors.missing_api_version()
    if version == "1.0":
        version = "2015-01-01"
    if not re.fullmatch(r"20\d\d-\d\d-\d\d(-preview)?", version):
        raise errors.invalid_api_version(version)
    if version < "2018-05-01":
        return Reply(200, _old(cloud, _MORE[name], newer=version >= "2017-12-01"))
    if version < "2022":
        return Reply(200, [_whole(one, newer=False) for one in _MORE])
    return Reply(200, _whole(name, newer=True))
