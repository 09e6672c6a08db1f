# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A key in the collection's own words."""

from __future__ import annotations

import typing

from . import moments

Facts = dict[str, typing.Any]


def facts(
    *,
    key_identifier: str,
    key_type: str | None,
    size: int | None,
    operations: typing.Sequence[str],
    enabled: bool | None,
    created: float | None,
    updated: float | None,
    not_before: float | None,
    expires_on: float | None,
    recovery_level: str | None,
    tags: dict[str, str] | None,
) -> Facts:
    """One version of a key as the info module returns it.

    :param key_identifier: with version.
    :param size: length of the modulus in bits.
    :param created: seconds since 1970, as the other moments.
    :param recovery_level: Key Vault's ``recoveryLevel``; it holds ``Purgeable`` unless the vault has purge protection
        (Key Vault documentation, "About keys").
    """
    store, _slash, rest = key_identifier.partition("/keys/")
    name, _slash, version = rest.partition("/")
    return {
        "key_identifier": key_identifier,
        "versionless_key_identifier": f"{store}/keys/{name}",
        "name": name,
        "version": version,
        "key_type": str(key_type),
        "size": size,
        "operations": sorted(str(operation) for operation in operations),
        "enabled": bool(enabled),
        "created": moments.iso(created),
        "updated": moments.iso(updated),
        "not_before": moments.iso(not_before),
        "expires_on": moments.iso(expires_on),
        "purge_protected": "purgeable" not in (recovery_level or "purgeable").lower(),
        "recovery_level": recovery_level,
        "tags": tags or {},
    }


def age(known: Facts, now: float) -> float:
    """Seconds since a version was made."""
    return now - (moments.epoch(known["created"]) or now)
