# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry and its key: how the registry reaches the key, wraps its data key with it, and follows new versions.

The registry has a data key of its own (32 random bytes). What is stored is only its wrapped form; whoever takes the
vault key or the identity's access away takes the data key away.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import typing

from ..clock import iso_seven
from ..clouds import CLOUDS
from ..keys import crypto, policy
from ..keys import state as keys
from ..keys.access import require
from ..managed_hsms.state import by_name as hsm_by_name
from ..routing import Refusal
from ..vaults.state import by_name
from ..world import World
from . import errors

ALGORITHM = "RSA-OAEP-256"
HOUR = 3600
_KEY = re.compile(r"https://([^/:]+)/keys/([0-9A-Za-z-]+)(?:/([0-9A-Fa-f]{32}))?/?$", re.IGNORECASE)


def principal(world: World, registry: dict[str, typing.Any], identity: str) -> dict[str, typing.Any] | None:
    """The claims with which the registry goes to the vault as one of its identities; None if it is not attached.

    :param identity: a client id, or ``system``.
    :raises Inactive: for one that was taken off and has expired.
    """
    issuer = f"https://sts.windows.net/{world.data['tenant']}/"
    if identity == "system":
        oid = registry.get("system_principal")
        return {"oid": oid, "appid": oid, "iss": issuer, "trusted_service": "system"} if oid else None
    for attached in registry["user_identities"].values():
        if attached["clientId"].lower() == identity.lower():
            return {
                "oid": attached["principalId"],
                "appid": attached["clientId"],
                "iss": issuer,
                "trusted_service": "user",
            }
    off = (registry.get("detached") or {}).get(identity.lower())
    if off and world.clock.now() >= off["until"]:
        raise Inactive(f"the identity {identity} was taken off the registry and has expired")
    # taken off, but what the registry holds of it is still good
    return {"oid": off["principalId"], "appid": identity, "iss": issuer, "trusted_service": "user"} if off else None


class Inactive(LookupError):
    """The identity was taken off the registry so long ago that what the registry holds of it has expired."""


def _exists(world: World, claims: dict[str, typing.Any]) -> bool:
    if claims["trusted_service"] == "system":
        return True
    return any(i["client_id"] == claims["appid"] for i in world.shelf("identities").having(claims["appid"]))


def _locate(world: World, key_identifier: str) -> tuple[dict[str, typing.Any], str, str]:
    match = _KEY.match(key_identifier)
    if not match:
        raise errors.bad_encryption(f"The key identifier '{key_identifier}' is not valid.")
    host, name, version = match[1].lower(), match[2], (match[3] or "").lower()
    cloud, store = CLOUDS[world.cloud], None
    for suffix, find in ((cloud.vault_suffix, by_name), (cloud.hsm_suffix, hsm_by_name)):
        if host.endswith(suffix):
            store = find(world, host.removesuffix(suffix))
    if store is None:
        raise LookupError(f"the key store's host {host} does not resolve")
    return store, name, version


def reach(
    world: World, claims: dict[str, typing.Any], key_identifier: str, verbs: tuple[str, ...]
) -> tuple[str, dict[str, typing.Any]]:
    """The full identifier and the version that an identity may use with the given verbs.

    :raises LookupError: with the true reason, which Azure never tells the caller.
    """
    if not _exists(world, claims):
        raise LookupError(f"the identity {claims['appid']} does not exist any more")
    vault, name, version = _locate(world, key_identifier)
    try:
        for verb in verbs:
            require(world, vault, claims, verb, name)
        known = keys.keys_of(world, vault).get(name.lower())
        if known:
            policy.settle(world, vault, known)
        key, version_id = keys.find(world, vault, name, version)
        for verb in ("wrapKey", "unwrapKey"):
            if verb in verbs:
                keys.check_use(world, key["versions"][version_id], verb)
                if verb not in key["versions"][version_id]["key_ops"]:
                    raise LookupError(f"the key does not allow {verb}")
    except Refusal as refusal:
        raise LookupError(refusal.reply.body["error"]["message"].split("\r\n")[0]) from None
    return keys.identifier(world, vault, key["name"], version_id), key["versions"][version_id]


def unwrap(world: World, registry: dict[str, typing.Any], identity: str | None = None) -> bytes:
    """The registry's data key, by way of its identity and the vault.

    :raises LookupError: with the true reason why it cannot be had.
    """
    identity = identity or registry["encryption"]["identity"]
    claims = principal(world, registry, identity)
    if claims is None:
        raise LookupError(f"the identity {identity} is not attached to the registry")
    wrapped = registry["data_key"]
    _kid, version = reach(world, claims, wrapped["kid"], ("get", "unwrapKey"))
    try:
        return crypto.unwrap(version["pem"], ALGORITHM, crypto.decode(wrapped["value"]))
    except Refusal:
        raise LookupError("the key does not fit the data key") from None


def data_key(world: World, registry: dict[str, typing.Any]) -> bytes:
    """The key that the registry's content is sealed with: unwrapped by its own key, or, without one, by Azure's.

    An unwrapped key is good for the setting ``key_cache_seconds``.

    :raises LookupError: with the true reason why it cannot be had.
    """
    if registry["encryption"] is None:
        return hashlib.sha256(f"{world.data['signing_key']}{registry['id'].lower()}".encode()).digest()
    held = world.unwrapped.get(registry["id"].lower())
    now = world.clock.now()
    if held and held[0] == registry["data_key"]["value"] and now - held[1] < world.settings.key_cache_seconds:
        return held[2]
    fresh = unwrap(world, registry)
    world.unwrapped[registry["id"].lower()] = (registry["data_key"]["value"], now, fresh)
    return fresh


def readable(world: World, registry: dict[str, typing.Any]) -> tuple[bool, str]:
    """Whether the registry can read its data now, and why not."""
    if registry["encryption"] is None:
        return True, "encrypted with a key that Azure manages"
    try:
        data_key(world, registry)
    except LookupError as reason:
        return False, str(reason)
    return True, "the data key can be unwrapped"


def _attached(registry: dict[str, typing.Any], identity: str) -> bool:
    known = {user["clientId"].lower() for user in registry["user_identities"].values()}
    return identity.lower() in known or (identity == "system" and bool(registry["system_principal"]))


def apply(world: World, registry: dict[str, typing.Any], asked: dict[str, typing.Any]) -> None:
    """Set or change key and identity on a registry, or refuse as Azure does.

    The data key is unwrapped with the old key (by the new identity, or else the old one) and wrapped with the new.

    :param asked: ``keyVaultProperties`` as sent; what is missing stays.
    """
    before = registry["encryption"]
    key_identifier = asked.get("keyIdentifier") or (before or {}).get("keyIdentifier")
    identity = asked.get("identity") or (before or {}).get("identity")
    if not key_identifier or not identity:
        raise errors.bad_encryption("The encryption property keyVaultProperties needs keyIdentifier and identity.")
    claims = principal(world, registry, identity) if _attached(registry, identity) else None
    if claims is None:
        if before is None and identity == "system":
            text = "The system-assigned identity cannot be used for encryption while the registry is created."
            raise errors.bad_encryption(text)
        raise errors.no_access_to_identity(registry["id"], identity)
    stays = before is not None and before["versionless"] and key_identifier == before["keyIdentifier"]
    stays = stays and not world.settings.same_key_looks_again
    wanted = before["versionedKeyIdentifier"] if stays and before else key_identifier
    try:
        kid, version = reach(world, claims, wanted, ("get", "wrapKey", "unwrapKey"))
    except LookupError:
        raise errors.no_access_to_key(key_identifier, identity) from None
    if version["kty"] not in crypto.RSA_TYPES:
        raise errors.bad_encryption(f"The key '{key_identifier}' is not of type RSA or RSA-HSM.")
    if before is None:
        data_key = secrets.token_bytes(32)
    else:
        data_key = _old_data_key(world, registry, identity, key_identifier)
    wrapped = crypto.wrap(version["pem"], ALGORITHM, data_key)
    registry["data_key"] = {"kid": kid, "value": crypto.encode(wrapped)}
    registry["encryption"] = {
        "keyIdentifier": key_identifier,
        "versionedKeyIdentifier": kid,
        "identity": identity,
        "versionless": not _KEY.match(key_identifier)[3],  # type: ignore[index]
        "rotated": None if before is None else before["rotated"],
    }
    if before is None:
        registry["next_check"] = world.clock.now() + HOUR
    elif before["versionedKeyIdentifier"] != kid:
        registry["encryption"]["rotated"] = world.clock.now()


def _old_data_key(world: World, registry: dict[str, typing.Any], identity: str, key_identifier: str) -> bytes:
    for who in dict.fromkeys((identity, registry["encryption"]["identity"])):
        try:
            return unwrap(world, registry, who)
        except LookupError:
            continue
    raise errors.no_access_to_key(registry["data_key"]["kid"], identity)


def follow(world: World, registry: dict[str, typing.Any]) -> None:
    """The hourly look for a new version: move to it if there is one and it can be used, else stay.

    All checks that the clock has passed are made up for by the last of them.
    """
    known, now = registry["encryption"], world.clock.now()
    if known is None or now < registry["next_check"]:
        return
    checked = registry["next_check"] + (now - registry["next_check"]) // HOUR * HOUR
    registry["next_check"] = checked + HOUR
    if not known["versionless"]:
        return
    try:
        claims = principal(world, registry, known["identity"])
        vault, name, _version = _locate(world, known["keyIdentifier"])
        key, _newest = keys.find(world, vault, name)
        policy.settle(world, vault, key)
        newest = keys.newest_enabled(key, checked)
        kid = keys.identifier(world, vault, key["name"], newest or "")
        if claims is None or newest is None or kid == known["versionedKeyIdentifier"]:
            return
        _kid, version = reach(world, claims, kid, ("get", "wrapKey", "unwrapKey"))
        data_key = unwrap(world, registry)
    except (LookupError, Refusal):
        return
    wrapped = crypto.wrap(version["pem"], ALGORITHM, data_key)
    registry["data_key"] = {"kid": kid, "value": crypto.encode(wrapped)}
    known["versionedKeyIdentifier"], known["rotated"] = kid, checked


def render(registry: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """The ``encryption`` property of a registry at rest, as recorded."""
    known = registry["encryption"]
    if known is None:
        return {"status": "disabled"}
    shown = {
        "keyIdentifier": known["keyIdentifier"],
        "versionedKeyIdentifier": known["versionedKeyIdentifier"],
        "identity": known["identity"],
        "keyRotationEnabled": known["versionless"],
    }
    if known["rotated"]:
        shown["lastKeyRotationTimestamp"] = iso_seven(known["rotated"])
    return {"status": "enabled", "keyVaultProperties": shown}
