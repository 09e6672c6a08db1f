# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For which resource a token is asked, and whether there is such a one (docs/azure-behaviour.md, "Sign-in")."""

from __future__ import annotations

import functools

from ..clouds import CLOUDS, service_of
from ..routing import Call
from ..world import World
from . import errors

_DEFAULT = "/.default"
#: What every directory has besides, and what nothing here answers for (azure-cli-core ``cloud.py``, AzureCloud).
_ELSEWHERE = {
    "https://api.applicationinsights.io",
    "https://api.loganalytics.io",
    "https://appservice.azure.com",
    "https://attest.azure.net",
    "https://batch.core.windows.net",
    "https://datalake.azure.net",
    "https://dc.applicationinsights.azure.com/v2/track",
    "https://dev.azuresynapse.net",
    "https://ossrdbms-aad.database.windows.net",
    "https://rest.media.azure.net",
}
#: What a person's client asks for beside the resource.
_OF_PERSONS = {"openid", "profile", "email", "offline_access"}
#: Microsoft's own that every directory has, beside those of the clouds here: Microsoft Graph, Azure AD Graph, Resource
#: Manager and Key Vault by application id.
_BY_ID = {
    "00000003-0000-0000-c000-000000000000",
    "00000002-0000-0000-c000-000000000000",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    "cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
}


@functools.cache
def _everywhere() -> frozenset[str]:
    """The resources of all clouds: a client may be set up for another one, and be refused where it goes."""
    names = {"https://containerregistry.azure.net", "https://storage.azure.com", "https://graph.windows.net"}
    names |= _ELSEWHERE
    for cloud in CLOUDS.values():
        names |= cloud.management_audiences | {f"https://{cloud.graph}"}
        names |= {f"https://{suffix[1:]}" for suffix in (cloud.vault_suffix, cloud.hsm_suffix, cloud.event_grid_suffix)}
    return frozenset(names)


def _is_there(world: World, resource: str) -> bool:
    name = resource.rstrip("/").lower()
    host = name.removeprefix("https://")
    found = service_of(host) if host != name else None
    # a storage account, and what has an application of its own in the directory
    is_account = found is not None and found[0] == "blobs"
    return is_account or name in _everywhere() | _BY_ID or name.removeprefix("api://") in world.data["apps"]


def require(call: Call, resource: str) -> str:
    """The resource, which there must be.

    :raises Refusal: 400 invalid_resource.
    """
    if not _is_there(call.world, resource):
        raise errors.no_such_resource(call, resource, str(call.world.data["tenant"]))
    return resource


def asked_for(call: Call, *, by_application: bool) -> str:
    """The resource that a request for a token names: by a scope, or the old endpoint by its name.

    :raises Refusal: 400 invalid_request, invalid_scope.
    """
    if call.body.get("resource") and not call.body.get("scope"):
        return str(call.body["resource"])
    scopes = [one for one in str(call.body.get("scope") or "").split(" ") if one not in _OF_PERSONS | {""}]
    if not scopes:
        raise errors.nothing_asked(call)
    if by_application and not scopes[0].endswith(_DEFAULT):
        raise errors.scope_without_default(call, scopes[0])
    # a person's scope may also be one permission at the resource
    return scopes[0].removesuffix(_DEFAULT) if scopes[0].endswith(_DEFAULT) else scopes[0].rpartition("/")[0]
