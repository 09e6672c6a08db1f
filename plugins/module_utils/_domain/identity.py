# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Managed identities, user-assigned ones and a registry's own."""

from __future__ import annotations

import dataclasses

from . import wire as json
from .resource_id import ResourceId
from .wire import Wire


def is_system(reference: str | None) -> bool:
    """Whether an ``identity`` option means the system-assigned one (``system``, or the az CLI's ``[system]``)."""
    return (reference or "").lower() in ("system", "[system]")


@dataclasses.dataclass(frozen=True)
class Identity:
    """An identity, resolved: its three ids (client id for the key, principal id for rights, resource id to attach).

    :param reference: how it was named.
    """

    reference: str
    client_id: str | None
    principal_id: str | None
    resource_id: str | None

    @property
    def is_system(self) -> bool:
        """Whether it is the registry's own, system-assigned one."""
        return is_system(self.reference)

    @property
    def name(self) -> str:
        """What people call it."""
        return "system" if self.is_system else (self.resource_id or self.reference).rsplit("/", 1)[-1]

    @property
    def key_identity(self) -> str | None:
        """The value of ``keyVaultProperties.identity``: a client id, or the word ``system``."""
        return "system" if self.is_system else self.client_id


@dataclasses.dataclass(frozen=True)
class ManagedIdentity:
    """A user-assigned identity as a resource of its own."""

    id: str
    name: str
    location: str
    client_id: str | None
    principal_id: str | None
    tags: dict[str, str]

    @classmethod
    def from_wire(cls, wire: Wire) -> ManagedIdentity:
        """From Resource Manager's JSON."""
        return cls(
            id=json.text(wire, "id") or "",
            name=json.text(wire, "name") or "",
            location=json.text(wire, "location") or "",
            client_id=json.text(wire, "properties", "clientId"),
            principal_id=json.text(wire, "properties", "principalId"),
            tags=json.tags(wire, "tags"),
        )

    def as_identity(self, reference: str) -> Identity:
        """The same with the reference by which it was named."""
        return Identity(reference, self.client_id, self.principal_id, self.id)

    def result(self) -> dict[str, object]:
        """As ``managed_identity`` returns it."""
        return dataclasses.asdict(self)


def planned_identity(where: ResourceId, location: str, tags: dict[str, str]) -> ManagedIdentity:
    """An identity that is to be made: its ids are Azure's to give."""
    return ManagedIdentity(str(where), where.name, location, None, None, tags)
