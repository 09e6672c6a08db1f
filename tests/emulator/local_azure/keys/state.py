# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys and their versions in a vault, and what can be done to them; without HTTP and without rights."""

from __future__ import annotations

import secrets
import typing

from ..clouds import CLOUDS
from ..vaults.state import DAY
from ..world import World
from . import crypto, errors
from .durations import add_duration

_RSA_OPS = ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"]
_OPS = {
    "EC": ["sign", "verify"],
    "EC-HSM": ["sign", "verify"],
    "oct-HSM": ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
}


def is_hsm(vault: dict[str, typing.Any]) -> bool:
    """Whether a key store is a Managed HSM rather than a vault."""
    return vault.get("kind") == "managed_hsm"


def _place(vault: dict[str, typing.Any]) -> str:
    """Where the keys of a key store are kept: a vault and a Managed HSM may have the same name."""
    return str(vault["name"].lower() + (".managedhsm" if is_hsm(vault) else ""))


def keys_of(world: World, vault: dict[str, typing.Any]) -> dict[str, dict[str, typing.Any]]:
    """The living keys of a vault or Managed HSM by lower-case name."""
    answer: dict[str, dict[str, typing.Any]] = world.data["keys"].setdefault(_place(vault), {})
    return answer


def deleted_of(world: World, vault: dict[str, typing.Any]) -> dict[str, dict[str, typing.Any]]:
    """The soft-deleted keys of a vault by lower-case name; those whose time is over are forgotten here."""
    deleted = world.data["deleted_keys"].setdefault(_place(vault), {})
    for name in [n for n, d in deleted.items() if world.clock.now() >= d["purge_date"]]:
        del deleted[name]
    answer: dict[str, dict[str, typing.Any]] = deleted
    return answer


def delete(world: World, vault: dict[str, typing.Any], name: str) -> dict[str, typing.Any]:
    """Move a key with all its versions to the deleted ones."""
    now, key = world.clock.now(), keys_of(world, vault).pop(name.lower())
    deleted = {
        "key": key,
        "deleted_date": now,
        "visible": now + world.settings.key_delete_seconds,
        "purge_date": now + vault["retention_days"] * DAY,
    }
    deleted_of(world, vault)[name.lower()] = deleted
    return deleted


def recover(world: World, vault: dict[str, typing.Any], name: str) -> dict[str, typing.Any]:
    """Bring a deleted key back as it was."""
    key = deleted_of(world, vault).pop(name.lower())["key"]
    key["recovered"] = world.clock.now()
    keys_of(world, vault)[name.lower()] = key
    answer: dict[str, typing.Any] = key
    return answer


def purge(world: World, vault: dict[str, typing.Any], name: str) -> None:
    """Remove a deleted key for good; its name stays held for a while."""
    del deleted_of(world, vault)[name.lower()]
    world.data["purged_keys"][f"{_place(vault)}/{name.lower()}"] = world.clock.now()


def require_free_name(world: World, vault: dict[str, typing.Any], name: str) -> None:
    """Refuse a name that a deleted key holds, or one that was purged a moment ago.

    :raises Refusal: 409 ObjectIsBeingDeleted, ObjectIsDeletedButRecoverable.
    """
    now, deleted = world.clock.now(), deleted_of(world, vault).get(name.lower())
    purged = world.data["purged_keys"].get(f"{_place(vault)}/{name.lower()}")
    if purged is not None and now < purged + world.settings.key_purge_seconds:
        raise errors.being_deleted(name)
    if deleted:
        raise errors.being_deleted(name) if now < deleted["visible"] else errors.deleted_but_recoverable(name)


def require_settled(world: World, vault: dict[str, typing.Any], key: dict[str, typing.Any]) -> None:
    """Refuse a change of a key just after its recovery.

    :raises Refusal: 409 Conflict.
    """
    if world.clock.now() < key.get("recovered", 0) + world.settings.key_recovered_busy_seconds:
        raise errors.changed_meanwhile(identifier(world, vault, key["name"], key["order"][-1]))


def find(world: World, vault: dict[str, typing.Any], name: str, version: str = "") -> tuple[dict[str, typing.Any], str]:
    """A key and the version asked for, the newest if none was.

    :raises Refusal: 404 KeyNotFound.
    """
    key = keys_of(world, vault).get(name.lower())
    hidden = key and world.clock.now() < key.get("recovered", 0) + world.settings.key_recover_seconds
    if key is None or hidden or (version and version.lower() not in key["versions"]):
        raise errors.key_not_found(name, version)
    return key, version.lower() or key["order"][-1]


def host(world: World, vault: dict[str, typing.Any]) -> str:
    """The key store's host name in the chosen cloud."""
    cloud = CLOUDS[world.cloud]
    return str(vault["name"].lower() + (cloud.hsm_suffix if is_hsm(vault) else cloud.vault_suffix))


def identifier(world: World, vault: dict[str, typing.Any], name: str, version: str = "") -> str:
    """The key identifier, with or without a version."""
    return f"https://{host(world, vault)}/keys/{name}" + (f"/{version}" if version else "")


def attributes(vault: dict[str, typing.Any], version: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """The attributes as the data plane shows them."""
    days, protected = vault["retention_days"], vault["properties"].get("enablePurgeProtection")
    level = ("Recoverable" if days == 90 else "CustomizedRecoverable") + ("" if protected else "+Purgeable")
    shown = {
        k: version["attributes"][k]
        for k in ("enabled", "nbf", "exp", "created", "updated")
        if k in version["attributes"]
    }
    return {**shown, "recoveryLevel": level, "recoverableDays": days, "exportable": False, "hsmPlatform": "0"}


def bundle(
    world: World, vault: dict[str, typing.Any], key: dict[str, typing.Any], version_id: str
) -> dict[str, typing.Any]:
    """The KeyBundle of one version."""
    version = key["versions"][version_id]
    shown: dict[str, typing.Any] = {
        "key": {
            "kid": identifier(world, vault, key["name"], version_id),
            "kty": version["kty"],
            "key_ops": version["key_ops"],
            **version["public"],
        },
        "attributes": attributes(vault, version),
    }
    if version["tags"]:
        shown["tags"] = version["tags"]
    return shown


def new_version(
    world: World,
    vault: dict[str, typing.Any],
    name: str,
    *,
    kty: str,
    pem: str,
    body: dict[str, typing.Any],
) -> tuple[dict[str, typing.Any], str]:
    """Add a key or a version of it.

    :raises Refusal: 409 while a deleted key holds the name.
    """
    require_free_name(world, vault, name)
    now = int(world.clock.now())
    given = body.get("attributes") or {}
    keys = keys_of(world, vault)
    known = keys.get(name.lower()) or {
        "name": name,
        "versions": {},
        "order": [],
        "policy": None,
        "policy_created": now,
    }
    version_id = secrets.token_hex(16)
    expiry = given.get("exp")
    lifetime = ((known["policy"] or {}).get("attributes") or {}).get("expiryTime")
    if expiry is None and lifetime:
        expiry = add_duration(now, lifetime)
    version: dict[str, typing.Any] = {
        "kty": kty,
        "pem": pem,
        "public": crypto.public_part(pem),
        "key_ops": list(body.get("key_ops") or _OPS.get(kty, _RSA_OPS)),
        "tags": dict(body.get("tags") or {}),
        "attributes": {"enabled": given.get("enabled", True), "created": now, "updated": now},
    }
    if given.get("nbf") is not None:
        version["attributes"]["nbf"] = int(given["nbf"])
    if expiry is not None:
        version["attributes"]["exp"] = int(expiry)
    if not known["order"]:
        # a new key is seen with its first version, by whoever asks meanwhile
        first = {**known, "versions": {version_id: version}, "order": [version_id]}
        known = keys.setdefault(name.lower(), first)
        if known is first:
            return known, version_id
    known["versions"][version_id] = version
    known["order"].append(version_id)
    return known, version_id


def newest_enabled(key: dict[str, typing.Any], before: float) -> str | None:
    """The newest version made before a moment, if it is enabled; this is what a registry moves to by itself."""
    for version_id in reversed(key["order"]):
        version = key["versions"][version_id]
        if version["attributes"]["created"] <= before:
            return version_id if version["attributes"]["enabled"] else None
    return None


def check_use(world: World, version: dict[str, typing.Any], operation: str) -> None:
    """Refuse an operation on a disabled key or outside its validity.

    Unwrap, decrypt and verify work outside the validity, wrap, encrypt and sign do not; a disabled key does neither
    (the switch ``wrap_on_disabled_key`` follows a report to the contrary).

    :raises Refusal: 403.
    """
    now, known = world.clock.now(), version["attributes"]
    private = operation in ("unwrapKey", "decrypt", "sign")
    if not known["enabled"] and (private or not world.settings.wrap_on_disabled_key):
        raise errors.key_disabled(operation)
    if operation in ("wrapKey", "encrypt", "sign"):
        if known.get("exp") is not None and now >= known["exp"]:
            raise errors.outside_validity(operation, expired=True)
        if known.get("nbf") is not None and now < known["nbf"]:
            raise errors.outside_validity(operation, expired=False)
