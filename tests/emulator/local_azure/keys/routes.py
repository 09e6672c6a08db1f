# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Key Vault data plane: keys, versions, deletion, rotation, cryptographic operations."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import typing

from cryptography.fernet import Fernet, InvalidToken

from ..policies import keys as policies
from ..resource_manager import lists, operations
from ..routing import Call, Reply, Router, not_emulated
from ..throttle import CREATED_KEYS, VAULT_SECONDS
from ..vaults.state import DAY
from . import crypto, errors, limits, policy, state
from .access import require

ROUTER = Router()
_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")


def _vault(call: Call) -> dict[str, typing.Any]:
    return typing.cast(dict[str, typing.Any], call.params["vault"])


def _allow(call: Call, verb: str, *, deleted: bool = False) -> dict[str, typing.Any]:
    vault = _vault(call)
    require(call.world, vault, call.caller or {}, verb, call.params.get("name", ""), deleted=deleted)
    return vault


def _key(call: Call, vault: dict[str, typing.Any]) -> tuple[dict[str, typing.Any], str]:
    key, version = state.find(call.world, vault, call.params["name"], call.params.get("version") or "")
    if not call.params.get("version"):
        policy.settle(call.world, vault, key)
        version = key["order"][-1]
    return key, version


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise errors.bad_parameter(f"The request URI contains an invalid name: {name}")


def _judge(call: Call, vault: dict[str, typing.Any], kty: str, pem: str, attributes: dict[str, typing.Any]) -> None:
    """Azure Policy inside vaults; a Managed HSM has one of its own, which is not emulated."""
    if not state.is_hsm(vault):
        size, name = crypto.load(pem).key_size, call.params["name"]
        policies.refuse_if_disallowed(call.world, vault, name, kty=kty, size=size, attributes=attributes)


def _type(vault: dict[str, typing.Any], asked: str, *, hardware: bool = False) -> str:
    """The type that a key gets: recorded, a Managed HSM takes RSA and EC for RSA-HSM and EC-HSM.

    :param hardware: the request says so beside the type.
    :raises Refusal: 400 for a type that there is not, or not in this tier.
    """
    if asked == crypto.SYMMETRIC and state.is_hsm(vault):
        return asked
    kty = asked + ("-HSM" if (hardware or state.is_hsm(vault)) and not asked.endswith("-HSM") else "")
    if kty not in (*crypto.RSA_TYPES, *crypto.EC_TYPES):
        raise errors.bad_parameter(f"Property kty has invalid value: {asked}")
    if kty.endswith("-HSM") and not state.is_hsm(vault) and vault["properties"]["sku"]["name"] != "premium":
        raise errors.bad_parameter(f"Key type {kty} is not supported by a vault of the standard tier.")
    return kty


def _count_creation(call: Call, vault: dict[str, typing.Any], kty: str) -> None:
    """Count a key that a vault makes; the limits of a Managed HSM are not emulated.

    :raises Refusal: 429 Throttled.
    """
    if state.is_hsm(vault) or not call.world.settings.throttle:
        return
    hardware, name = kty.endswith("-HSM"), vault["name"].lower()
    about, limit = ("keys made", name, str(hardware)), CREATED_KEYS[hardware]
    if call.world.throttle.count(*about, limit=limit, now=call.now, seconds=VAULT_SECONDS):
        raise errors.throttled()


@ROUTER.route("POST", "/keys/restore")
def restore(call: Call) -> Reply:
    vault = _allow(call, "restore")
    try:
        plain = _backup_cipher(call).decrypt(crypto.decode(call.body.get("value", "")))
    except InvalidToken:
        raise errors.bad_parameter("Backup blob contains invalid or corrupt data.") from None
    key = json.loads(plain)
    if key["name"].lower() in state.keys_of(call.world, vault):
        text = f"A key with (name/id) {key['name']} already exists in this key vault."
        raise errors.refuse(409, "Conflict", text)
    state.require_free_name(call.world, vault, key["name"])
    state.keys_of(call.world, vault)[key["name"].lower()] = key
    return Reply(200, state.bundle(call.world, vault, key, key["order"][-1]))


@ROUTER.route("POST", "/rng")
def random_bytes(call: Call) -> Reply:
    if not state.is_hsm(_vault(call)):
        raise errors.refuse(400, "NotSupported", "Random bytes are available from a Managed HSM only.")
    _allow(call, "random")
    count = int(call.body.get("count") or 0)
    if not 1 <= count <= 128:
        raise errors.bad_parameter("count must be between 1 and 128.")
    return Reply(200, {"value": crypto.encode(secrets.token_bytes(count))})


@ROUTER.route("POST", "/keys/{name}/create")
def create(call: Call) -> Reply:
    vault, body = _allow(call, "create"), call.body
    _check_name(call.params["name"])
    kty = _type(vault, str(body.get("kty") or ""))
    symmetric = kty == crypto.SYMMETRIC
    size, curve = int(body.get("key_size") or (256 if symmetric else 2048)), body.get("crv") or "P-256"
    if kty not in crypto.EC_TYPES and size not in (crypto.SYMMETRIC_SIZES if symmetric else crypto.SIZES):
        raise errors.bad_parameter(f"{kty} key size {size} is not supported.")
    if body.get("crv" if kty not in crypto.EC_TYPES else "key_size"):
        raise errors.bad_parameter(f"Properties crv and key_size: a key of type {kty} has but one of them.").inferred()
    if curve not in crypto.CURVES:
        raise errors.bad_parameter(f"Property crv has invalid value: {curve}")
    limits.check(body)
    _count_creation(call, vault, kty)
    pem = crypto.generate(kty, size, curve)
    _judge(call, vault, kty, pem, body.get("attributes") or {})
    known = state.keys_of(call.world, vault).get(call.params["name"].lower())
    if known:
        state.require_settled(call.world, vault, known)
    if body.get("key_ops") == ["import"] and not state.is_hsm(vault):
        # recorded: a key that others are brought in under lives for two days
        body = {**body, "attributes": {"exp": int(call.now) + 2 * DAY, **(body.get("attributes") or {})}}
    key, version = state.new_version(call.world, vault, call.params["name"], kty=kty, pem=pem, body=body)
    return Reply(200, state.bundle(call.world, vault, key, version))


@ROUTER.route("PUT", "/keys/{name}")
def import_key(call: Call) -> Reply:
    vault, jwk = _allow(call, "import"), call.body.get("key") or {}
    _check_name(call.params["name"])
    kty = _type(vault, str(jwk.get("kty") or ""), hardware=bool(call.body.get("Hsm") or call.body.get("hsm")))
    limits.check(call.body)
    body, pem = {**call.body, "key_ops": jwk.get("key_ops")}, crypto.from_jwk(jwk)
    _judge(call, vault, kty, pem, body.get("attributes") or {})
    key, version = state.new_version(call.world, vault, call.params["name"], kty=kty, pem=pem, body=body)
    return Reply(200, state.bundle(call.world, vault, key, version))


@ROUTER.route("GET", "/keys")
def list_keys(call: Call) -> Reply:
    vault = _allow(call, "list")
    known = state.keys_of(call.world, vault)

    def show(name: str) -> dict[str, typing.Any]:
        policy.settle(call.world, vault, known[name])
        return _item(call, vault, known[name], known[name]["order"][-1], versioned=False)

    return lists.page(call, list(known), show, explicit_null=not state.is_hsm(vault), most=25)


def _item(
    call: Call, vault: dict[str, typing.Any], key: dict[str, typing.Any], version: str, *, versioned: bool
) -> dict[str, typing.Any]:
    known = key["versions"][version]
    item: dict[str, typing.Any] = {
        "kid": state.identifier(call.world, vault, key["name"], version if versioned else ""),
        "attributes": state.attributes(vault, known),
    }
    if known["tags"]:
        item["tags"] = known["tags"]
    return item


@ROUTER.route("GET", "/keys/{name}/versions")
def list_versions(call: Call) -> Reply:
    vault = _allow(call, "list")
    # a key that is not there has no versions: the data plane answers with an empty list
    key = state.keys_of(call.world, vault).get(call.params["name"].lower())
    if key:
        policy.settle(call.world, vault, key)
    versions: list[str] = key["order"] if key else []
    return lists.page(
        call,
        versions,
        lambda version: _item(call, vault, key or {}, version, versioned=True),
        explicit_null=not state.is_hsm(vault),
        most=25,
    )


@ROUTER.route("GET", "/keys/{name}/rotationpolicy")
def get_policy(call: Call) -> Reply:
    vault = _allow(call, "getrotationpolicy")
    key, _version = _key(call, vault)
    return Reply(200, policy.render(call.world, vault, key))


@ROUTER.route("PUT", "/keys/{name}/rotationpolicy")
def put_policy(call: Call) -> Reply:
    vault = _allow(call, "setrotationpolicy")
    key, _version = _key(call, vault)
    fresh = policy.check(call.body, call.now)
    if key["policy"] is None:
        key["policy_created"] = int(call.now)
    key["policy"], key["policy_updated"] = fresh, int(call.now)
    return Reply(200, policy.render(call.world, vault, key))


@ROUTER.route("POST", "/keys/{name}/rotate")
def rotate(call: Call) -> Reply:
    vault = _allow(call, "rotate")
    key, _version = _key(call, vault)
    state.require_settled(call.world, vault, key)
    if call.world.settings.policy_judges_rotation:
        newest = key["versions"][key["order"][-1]]
        _judge(call, vault, newest["kty"], newest["pem"], {})
    if call.world.settings.rotation_counts_as_creation:
        _count_creation(call, vault, key["versions"][key["order"][-1]]["kty"])
    version = policy.rotate(call.world, vault, key)
    return Reply(200, state.bundle(call.world, vault, key, version))


@ROUTER.route("POST", "/keys/{name}/backup")
def backup(call: Call) -> Reply:
    vault = _allow(call, "backup")
    key, _version = _key(call, vault)
    return Reply(200, {"value": crypto.encode(_backup_cipher(call).encrypt(json.dumps(key).encode()))})


def _backup_cipher(call: Call) -> Fernet:
    digest = hashlib.sha256(f"backup {call.world.data['signing_key']}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


@ROUTER.route("GET", "/keys/{name}")
@ROUTER.route("GET", "/keys/{name}/{version}")
def get(call: Call) -> Reply:
    vault = _allow(call, "get")
    key, version = _key(call, vault)
    return Reply(200, state.bundle(call.world, vault, key, version))


@ROUTER.route("PATCH", "/keys/{name}")
@ROUTER.route("PATCH", "/keys/{name}/{version}")
def update(call: Call) -> Reply:
    vault = _allow(call, "update")
    limits.check(call.body)
    key, version_id = _key(call, vault)
    state.require_settled(call.world, vault, key)
    version, given = key["versions"][version_id], call.body.get("attributes") or {}
    wished = {**version["attributes"], **{name: value for name, value in given.items() if value is not None}}
    _judge(call, vault, version["kty"], version["pem"], wished)
    for name in ("enabled", "nbf", "exp"):
        if given.get(name) is not None:
            version["attributes"][name] = given[name]
    if call.body.get("key_ops") is not None:
        version["key_ops"] = call.body["key_ops"]
    if call.body.get("tags") is not None:
        version["tags"] = call.body["tags"]
    version["attributes"]["updated"] = int(call.now)
    return Reply(200, state.bundle(call.world, vault, key, version_id))


def _deleted_bundle(call: Call, vault: dict[str, typing.Any], deleted: dict[str, typing.Any]) -> dict[str, typing.Any]:
    shown = state.bundle(call.world, vault, deleted["key"], deleted["key"]["order"][-1])
    name = deleted["key"]["name"]
    return {
        "recoveryId": f"https://{state.host(call.world, vault)}/deletedkeys/{name}",
        "deletedDate": int(deleted["deleted_date"]),
        "scheduledPurgeDate": int(deleted["purge_date"]),
        **shown,
    }


@ROUTER.route("DELETE", "/keys/{name}")
def delete(call: Call) -> Reply:
    vault = _allow(call, "delete")
    key, _version = _key(call, vault)
    deleted = state.delete(call.world, vault, key["name"])
    return Reply(200, _deleted_bundle(call, vault, deleted))


def _find_deleted(call: Call, vault: dict[str, typing.Any]) -> dict[str, typing.Any]:
    deleted = state.deleted_of(call.world, vault).get(call.params["name"].lower())
    if deleted is None or call.now < deleted["visible"]:
        raise errors.deleted_key_not_found(call.params["name"])
    return deleted


@ROUTER.route("GET", "/deletedkeys")
def list_deleted(call: Call) -> Reply:
    vault = _allow(call, "list", deleted=True)

    def show(deleted: dict[str, typing.Any]) -> dict[str, typing.Any]:
        shown = _deleted_bundle(call, vault, deleted)
        key = shown.pop("key")
        return {**shown, "kid": key["kid"].rsplit("/", 1)[0]}

    visible = [one for one in state.deleted_of(call.world, vault).values() if call.now >= one["visible"]]
    return lists.page(call, visible, show, explicit_null=not state.is_hsm(vault), most=25)


@ROUTER.route("GET", "/deletedkeys/{name}")
def get_deleted(call: Call) -> Reply:
    vault = _allow(call, "get", deleted=True)
    return Reply(200, _deleted_bundle(call, vault, _find_deleted(call, vault)))


@ROUTER.route("POST", "/deletedkeys/{name}/recover")
def recover(call: Call) -> Reply:
    vault = _allow(call, "recover")
    deleted = _find_deleted(call, vault)
    key = state.recover(call.world, vault, deleted["key"]["name"])
    return Reply(200, state.bundle(call.world, vault, key, key["order"][-1]))


@ROUTER.route("DELETE", "/deletedkeys/{name}")
def purge(call: Call) -> Reply:
    vault = _allow(call, "purge")
    deleted = _find_deleted(call, vault)
    if vault["properties"].get("enablePurgeProtection"):
        raise errors.purge_protected(vault)
    state.purge(call.world, vault, deleted["key"]["name"])
    return Reply(204, None, operations.EMPTY if state.is_hsm(vault) else {})


_VERBS = {verb.lower(): verb for verb in ("wrapKey", "unwrapKey", "encrypt", "decrypt", "sign", "verify")}


@ROUTER.route("POST", "/keys/{name}/{operation}")
@ROUTER.route("POST", "/keys/{name}//{operation}")
@ROUTER.route("POST", "/keys/{name}/{version}/{operation}")
def use(call: Call) -> Reply:
    """Wrap, unwrap, encrypt, decrypt, sign, verify; without a version (recorded) or with an empty one by the newest."""
    operation = _VERBS.get(call.params["operation"].lower())
    if operation is None:
        raise not_emulated(call)
    vault = _allow(call, operation)
    key, version_id = _key(call, vault)
    version = key["versions"][version_id]
    if operation not in version["key_ops"]:
        raise errors.not_permitted_operation(operation)
    state.check_use(call.world, version, operation)
    if version["kty"] == crypto.SYMMETRIC:
        raise not_emulated(call)
    pem, algorithm = version["pem"], call.body.get("alg", "")
    value = crypto.decode(call.body.get("value", ""))
    if operation == "verify":
        digest = crypto.decode(call.body.get("digest", ""))
        return Reply(200, {"value": crypto.verify(pem, algorithm, digest, value)})
    compute = {
        "wrapKey": crypto.wrap,
        "encrypt": crypto.wrap,
        "unwrapKey": crypto.unwrap,
        "decrypt": crypto.unwrap,
        "sign": crypto.sign,
    }[operation]
    kid = state.identifier(call.world, vault, key["name"], version_id)
    named = {"alg": algorithm} if state.is_hsm(vault) else {}
    return Reply(200, {**named, "kid": kid, "value": crypto.encode(compute(pem, algorithm, value))})
