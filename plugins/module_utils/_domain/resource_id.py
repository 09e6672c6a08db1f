# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Resource ids of Azure Resource Manager: ``/subscriptions/S/resourceGroups/G/providers/P/T/N``.

They are compared without regard to case: Azure's own services do not agree on it (``docs/azure-behaviour.md``).
"""

from __future__ import annotations

import dataclasses
import re

from . import names
from .failure import Failure
from .words import shown

_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/(?P<type>[^/]+/[^/]+)/(?P<name>[^/]+)/?",
    re.IGNORECASE,
)

REGISTRY = "Microsoft.ContainerRegistry/registries"
VAULT = "Microsoft.KeyVault/vaults"
IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
#: For people: what a thing of a type is called, and the kind of its name.
_KINDS = {
    REGISTRY: ("registry", "registry"),
    VAULT: ("key vault", "vault"),
    IDENTITY: ("user-assigned identity", "identity"),
}


@dataclasses.dataclass(frozen=True)
class ResourceId:
    """The parts of an id, in the case in which they were given."""

    subscription: str
    group: str
    type: str
    name: str

    def __str__(self) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.group}/providers/{self.type}/{self.name}"


def parse(text: str, resource_type: str | None = None) -> ResourceId | None:
    """The parts of a resource id, None if the text is none (or one of another type)."""
    match = _ID.fullmatch(text.strip())
    if not match or (resource_type and match["type"].lower() != resource_type.lower()):
        return None
    return ResourceId(match["subscription"], match["group"], resource_type or match["type"], match["name"])


def check(text: str, resource_type: str, *, parameter: str) -> ResourceId:
    """A resource id that somebody wrote: it goes into addresses, so every part of it is looked at.

    :raises Failure: for what is none, one of another type, or one with a part that Azure would not take.
    """
    where = parse(text, resource_type) if text == text.strip() else None
    kind, name = _KINDS[resource_type]
    if (
        where
        and names.is_guid(where.subscription)
        and names.is_name("resource group", where.group)
        and names.is_name(name, where.name)
    ):
        return where
    raise Failure(
        f"{shown(text)} is not the resource id of a {kind}.",
        parameter=parameter,
        hint=f"Such an id looks like /subscriptions/GUID/resourceGroups/GROUP/providers/{resource_type}/NAME.",
        code="malformed_resource_id",
    )


def same(one: str | None, other: str | None) -> bool:
    """Whether two ids name the same thing."""
    return (one or "").rstrip("/").lower() == (other or "").rstrip("/").lower()


_MANAGEMENT_GROUP = "/providers/microsoft.management/managementgroups/"


def within(scope: str, resource_id: str) -> bool:
    """Whether a resource is the scope or stands below it.

    A management group does not stand in the ids below it. Azure lists an assignment at one only for what is below it
    (azure-wire 14.2: Key Vault RBAC guide; azure-docs #89150), so one that was listed counts.
    """
    scope, resource_id = scope.rstrip("/").lower(), resource_id.rstrip("/").lower()
    if scope.startswith(_MANAGEMENT_GROUP):
        return not resource_id.startswith(_MANAGEMENT_GROUP) or resource_id == scope
    return resource_id == scope or resource_id.startswith(scope + "/")
