# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure Policy inside vaults: what a key must be like."""

from __future__ import annotations

import typing

from ..world import World
from . import errors, rules

_TYPE = "Microsoft.KeyVault.Data/vaults/keys"
_ATTRIBUTES = {"attributes.expiresOn": "exp", "attributes.notBefore": "nbf", "attributes.enabled": "enabled"}


def refuse_if_disallowed(
    world: World, vault: dict[str, typing.Any], name: str, *, kty: str, size: int, attributes: dict[str, typing.Any]
) -> None:
    """Refuse a key that an assigned policy of mode ``Microsoft.KeyVault.Data`` forbids.

    :raises Refusal: 403 Forbidden, inner code ForbiddenByPolicy.
    """

    def field(path: str) -> typing.Any:
        part = path.removeprefix(f"{_TYPE}/")
        if part in _ATTRIBUTES:
            return attributes.get(_ATTRIBUTES[part])
        return {"type": _TYPE, "name": name, "keyType": kty, "keySize": size}.get(part)

    violations = rules.violated(world, vault["id"], field, mode="Microsoft.KeyVault.Data")
    if violations:
        raise errors.key_disallowed(name, violations[0])
