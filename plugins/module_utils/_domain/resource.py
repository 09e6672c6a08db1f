# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Other resources than registries that use a key or an identity, and resource groups."""

from __future__ import annotations

import dataclasses

from . import wire as json
from .wire import Wire


@dataclasses.dataclass(frozen=True)
class Resource:
    """A resource of any kind. ``type`` in lower case; ``kind`` is what people call it."""

    name: str
    id: str
    type: str
    kind: str

    def result(self) -> dict[str, str]:
        """As a result lists it."""
        return {"name": self.name, "id": self.id, "type": self.type, "kind": self.kind}


@dataclasses.dataclass(frozen=True)
class ResourceGroup:
    """A resource group."""

    id: str
    name: str
    location: str
    tags: dict[str, str]

    @classmethod
    def from_wire(cls, wire: Wire) -> ResourceGroup:
        """From Resource Manager's JSON."""
        return cls(
            json.text(wire, "id") or "",
            json.text(wire, "name") or "",
            json.text(wire, "location") or "",
            json.tags(wire, "tags"),
        )

    def result(self) -> dict[str, object]:
        """As ``resource_group`` returns it."""
        return dataclasses.asdict(self)
