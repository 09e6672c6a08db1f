# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A registry as it is wanted."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain.identity import Identity
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.registry import Settings


@dataclasses.dataclass(frozen=True)
class DesiredReplica:
    """A replica as wanted; None means not asked for."""

    location: str
    zone_redundancy: str | None = None
    region_endpoint_enabled: bool | None = None
    tags: dict[str, str] | None = None


@dataclasses.dataclass(frozen=True)
class DesiredNetwork:
    """The addresses that may come in, as wanted."""

    default_action: str = "Deny"
    ip_rules: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Desired:
    """A registry as wanted; None means not asked for. ``identities`` are resource ids."""

    name: str
    location: str | None
    sku: str
    key: KeyIdentifier | None
    identity: Identity | None
    settings: Settings = dataclasses.field(default_factory=Settings)
    network_rule_set: DesiredNetwork | None = None
    zone_redundancy: str | None = None
    tags: typing.Mapping[str, object] | None = None
    append_tags: bool = True
    identities: tuple[str, ...] = ()
    purge_identities: bool = False
    system_assigned: bool | None = None
    replicas: tuple[DesiredReplica, ...] = ()

    @property
    def identity_ids(self) -> list[str]:
        """The resource ids of all user-assigned identities that are to be attached, the key's own last."""
        own = self.identity.resource_id if self.identity else None
        return [*self.identities, *([own] if own else [])]
