# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What belongs to a registry as resources of its own: scope maps, tokens, webhooks, cache rules.

Shapes: Microsoft's descriptions (``containerregistry`` 2025-11-01: ``ScopeMap``, ``Token``, ``Webhook``,
``CallbackConfig``, ``CacheRule``).
"""

from __future__ import annotations

import dataclasses
import typing

from . import wire as json
from .wire import Body, Wire


@dataclasses.dataclass(frozen=True)
class ScopeMap:
    """Rights on repositories, for tokens. ``is_built_in``: Azure makes it in every registry."""

    name: str
    description: str
    actions: tuple[str, ...]
    is_built_in: bool = False

    @classmethod
    def from_wire(cls, wire: Wire) -> ScopeMap:
        """From Resource Manager's JSON."""
        return cls(
            json.text(wire, "name") or "",
            json.text(wire, "properties", "description") or "",
            tuple(sorted(json.texts(wire, "properties", "actions"))),
            (json.text(wire, "properties", "type") or "").lower().startswith("system"),
        )

    @property
    def essence(self) -> tuple[object, ...]:
        """What makes it the same as one of that name at another registry."""
        return (self.actions,)

    def body(self) -> Body:
        """As it is created."""
        return {"properties": {"description": self.description, "actions": list(self.actions)}}


@dataclasses.dataclass(frozen=True)
class Token:
    """A sign-in of the registry's own, with the rights of a scope map. ``passwords``: their names; no values."""

    name: str
    scope_map: str
    status: str
    passwords: tuple[str, ...] = ()

    @classmethod
    def from_wire(cls, wire: Wire) -> Token:
        """From Resource Manager's JSON."""
        return cls(
            json.text(wire, "name") or "",
            (json.text(wire, "properties", "scopeMapId") or "").rsplit("/", 1)[-1],
            json.text(wire, "properties", "status") or "enabled",
            tuple(json.text(one, "name") or "" for one in json.blocks(wire, "properties", "credentials", "passwords")),
        )

    @property
    def essence(self) -> tuple[object, ...]:
        """What makes it the same as one of that name at another registry."""
        return self.scope_map.lower(), self.status.lower()

    def body(self, registry_id: str) -> Body:
        """As it is created in a registry."""
        return {"properties": {"scopeMapId": f"{registry_id}/scopeMaps/{self.scope_map}", "status": self.status}}


@dataclasses.dataclass(frozen=True)
class Webhook:
    """A call that a registry makes when something happens. Its headers may hold secrets: they are in no result."""

    name: str
    location: str
    actions: tuple[str, ...]
    scope: str
    status: str
    tags: dict[str, str]
    service_uri: str = ""
    headers: dict[str, str] = dataclasses.field(default_factory=dict, repr=False)

    @classmethod
    def from_wire(cls, wire: Wire, callback: Wire | None = None) -> Webhook:
        """From Resource Manager's JSON, and the answer of ``getCallbackConfig``."""
        return cls(
            json.text(wire, "name") or "",
            json.text(wire, "location") or "",
            tuple(sorted(json.texts(wire, "properties", "actions"))),
            json.text(wire, "properties", "scope") or "",
            json.text(wire, "properties", "status") or "enabled",
            json.tags(wire, "tags"),
            json.text(callback, "serviceUri") or "",
            json.tags(callback, "customHeaders"),
        )

    @property
    def essence(self) -> tuple[object, ...]:
        """What makes it the same as one of that name at another registry, as far as a list shows it."""
        return self.actions, self.scope, self.status.lower()

    def body(self) -> Body:
        """As it is created."""
        properties: dict[str, object] = {
            "serviceUri": self.service_uri,
            "customHeaders": self.headers,
            "actions": list(self.actions),
            "scope": self.scope,
            "status": self.status,
        }
        return {"location": self.location, "tags": self.tags, "properties": properties}


@dataclasses.dataclass(frozen=True)
class CacheRule:
    """Repositories that are filled from another registry. ``credential_set``: its name, empty for none."""

    name: str
    source: str
    target: str
    credential_set: str = ""

    @classmethod
    def from_wire(cls, wire: Wire) -> CacheRule:
        """From Resource Manager's JSON."""
        return cls(
            json.text(wire, "name") or "",
            json.text(wire, "properties", "sourceRepository") or "",
            json.text(wire, "properties", "targetRepository") or "",
            (json.text(wire, "properties", "credentialSetResourceId") or "").rsplit("/", 1)[-1],
        )

    @property
    def essence(self) -> tuple[object, ...]:
        """What makes it the same as one of that name at another registry."""
        return self.source, self.target

    def body(self) -> Body:
        """As it is created; a credential set has secrets of its own, and is not made again."""
        return {"properties": {"sourceRepository": self.source, "targetRepository": self.target}}


#: Any of them.
Part: typing.TypeAlias = "ScopeMap | Token | Webhook | CacheRule"
