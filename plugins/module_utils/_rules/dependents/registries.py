# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which registries depend on a key, a key store, an identity or a resource group."""

from __future__ import annotations

import typing

from ..._domain import resource_id
from ..._domain.identity import is_system
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.registry import Registry

Registries = typing.Iterable[Registry]


def users_of_key(registries: Registries, key: KeyIdentifier, *, version: str | None = None) -> list[Registry]:
    """The registries that read their data by a key; with ``version``, by that version of it."""

    def uses(registry: Registry) -> bool:
        current = registry.encryption.current if registry.encryption else None
        return bool(current and current.same_key(key) and (not version or current.version == version.lower()))

    return [registry for registry in registries if uses(registry)]


def users_of_identity(registries: Registries, client_id: str, *, principal_id: str = "") -> list[Registry]:
    """The registries that go to their key as an identity.

    :param principal_id: of a system-assigned one.
    """

    def uses(registry: Registry) -> bool:
        if registry.encryption is None or not registry.encryption.identity:
            return False
        identity = registry.encryption.identity
        is_own = is_system(identity) and bool(principal_id) and registry.identities.principal_id == principal_id
        return identity.lower() == client_id.lower() or is_own

    return [registry for registry in registries if uses(registry)]


def users_of_store(registries: Registries, host: str) -> list[Registry]:
    """The registries whose key is in the key store at a host."""

    def uses(registry: Registry) -> bool:
        key = registry.encryption.key if registry.encryption else None
        return key is not None and key.host == host.lower()

    return [registry for registry in registries if uses(registry)]


def users_by_principal(registries: Registries, host: str, principal_id: str) -> list[Registry]:
    """The registries that go to the key store at a host as a principal, or may.

    As whom one goes there whose identity was taken off it does not show, and it goes on for months (Microsoft's guide,
    part 4).
    """
    return [one for one in users_of_store(registries, host) if one.key_principal in (principal_id.lower(), None)]


def in_group(registries: Registries, group_id: str) -> list[Registry]:
    """The registries in a resource group."""
    return [registry for registry in registries if resource_id.within(group_id, registry.id)]
