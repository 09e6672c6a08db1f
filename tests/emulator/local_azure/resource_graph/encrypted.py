# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resources of other services under keys of one's own: do their identities still reach them?"""

from __future__ import annotations

import typing

from ..registries import encryption
from ..routing import Refusal
from ..world import World, lower

_FULL = ("keyurl", "keyvaultkeyuri", "keyidentifier", "keyuri")
_VERBS = ("get", "wrapKey", "unwrapKey")


def readable(world: World, resource: dict[str, typing.Any]) -> tuple[bool, str]:
    """Whether a storage account, disk encryption set, Service Bus namespace and so on reaches its key, and why not."""
    key, identity = _key(resource["properties"]), _identity(world, resource)
    if key is None:
        return True, "encrypted with a key that Azure manages"
    if identity is None:
        return False, "none of its identities exists"
    claims = {
        "oid": identity["principal_id"],
        "appid": identity["client_id"],
        "iss": f"https://sts.windows.net/{world.data['tenant']}/",
        "trusted_service": "user",
    }
    try:
        encryption.reach(world, claims, key, _VERBS)
    except (LookupError, Refusal) as reason:
        return False, str(reason)
    return True, "the key can be used"


def _key(value: typing.Any) -> str | None:
    """The key identifier somewhere inside: whole, or as vault, name and version as storage and Service Bus have it."""
    if isinstance(value, list):
        return next((key for one in value if (key := _key(one))), None)
    if not isinstance(value, dict):
        return None
    fields = {name.lower(): one for name, one in value.items()}
    if fields.get("keyname") and fields.get("keyvaulturi"):
        parts = [fields["keyvaulturi"].rstrip("/"), "keys", fields["keyname"], fields.get("keyversion") or ""]
        return "/".join(parts).rstrip("/")
    whole = next((fields[name] for name in _FULL if fields.get(name)), None)
    return whole or next((key for one in value.values() if (key := _key(one))), None)


def _identity(world: World, resource: dict[str, typing.Any]) -> dict[str, typing.Any] | None:
    """The identity that the encryption names, or the first one at_the_resource."""
    in_properties = [text for text in _texts(resource["properties"]) if lower(text) in world.data["identities"]]
    at_the_resource = list((resource.get("identity") or {}).get("userAssignedIdentities") or {})
    identities = [world.data["identities"].get(lower(one)) for one in [*in_properties, *at_the_resource]]
    return next((one for one in identities if one), None)


def _texts(value: typing.Any) -> typing.Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(one)
