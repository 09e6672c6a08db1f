# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keys in a vault: the Key Vault data plane. Every function returns the collection's own facts of a key."""

from __future__ import annotations

import typing

from .._rules import key_facts
from .._rules.key_identifier import KeyIdentifier
from . import errors, sdk, transport
from .session import Session


def _moment(value: typing.Any) -> float | None:
    return value.timestamp() if value is not None else None


def _facts(key: typing.Any) -> key_facts.Facts:
    known = key.properties
    return key_facts.facts(
        key_identifier=key.id,
        key_type=getattr(key.key_type, "value", key.key_type),
        size=len(key.key.n) * 8 if key.key.n else None,
        operations=[getattr(operation, "value", operation) for operation in key.key_operations or []],
        **_properties(known),
    )


def _properties(known: typing.Any) -> dict[str, typing.Any]:
    return {
        "enabled": known.enabled,
        "created": _moment(known.created_on),
        "updated": _moment(known.updated_on),
        "not_before": _moment(known.not_before),
        "expires_on": _moment(known.expires_on),
        # an enumeration of the SDK; what goes into a result must be plain
        "recovery_level": getattr(known.recovery_level, "value", known.recovery_level),
        "tags": known.tags,
    }


def get(session: Session, key: KeyIdentifier) -> key_facts.Facts:
    """The version that an identifier names, the newest if it names none. One request, two the first time.

    :raises azure.core.exceptions.AzureError: as the SDK raises it; the caller tells missing from denied.
    """
    return _facts(session.key_client(key.host).get_key(key.name, key.version or None))


def versions(session: Session, key: KeyIdentifier) -> list[key_facts.Facts]:
    """All versions, oldest first, without type, size and operations, which the list does not give.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    listed = session.key_client(key.host).list_properties_of_key_versions(key.name)
    found = [
        key_facts.facts(key_identifier=one.id, key_type=None, size=None, operations=[], **_properties(one))
        for one in listed
    ]
    return sorted(found, key=lambda version: version["created"] or "")


def names(session: Session, host: str) -> list[str]:
    """The names of a vault's keys.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    return sorted(one.name for one in session.key_client(host).list_properties_of_keys())


def deleted(session: Session, key: KeyIdentifier) -> bool:
    """Whether a soft-deleted key of that name waits in the vault.

    :raises azure.core.exceptions.AzureError: as the SDK raises it, but for "not found".
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        session.key_client(key.host).get_deleted_key(key.name)
    except core.ResourceNotFoundError:
        return False
    return True


def create(session: Session, key: KeyIdentifier, made: dict[str, typing.Any], *, newest: str = "") -> key_facts.Facts:
    """Create a key, or a version of one.

    :param made: ``{size, hsm, operations, not_before, expires_on, tags}``; None means Key Vault's default.
    :param newest: the version that was the newest before, empty if there was none.
    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """

    def send(**options: typing.Any) -> key_facts.Facts:
        return _facts(
            session.key_client(key.host).create_rsa_key(
                key.name,
                size=made["size"],
                hardware_protected=made["hsm"],
                key_operations=made["operations"],
                not_before=_datetime(made["not_before"]),
                expires_on=_datetime(made["expires_on"]),
                tags=made["tags"],
                **options,
            )
        )

    return _once(session, key, newest, send)


def _once(
    session: Session, key: KeyIdentifier, newest: str, send: typing.Callable[..., key_facts.Facts]
) -> key_facts.Facts:
    """Have a version made, and only one.

    If the answer is lost, the key is read again: a version other than ``newest`` is the one that was asked for, and no
    second one is made.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        # a POST that may have taken effect must not be sent again blindly
        return send(retry_read=0, retry_status=0)
    except core.AzureError as error:
        if not errors.is_lost_answer(error):
            raise
    try:
        there = get(session, key.versionless)
    except core.ResourceNotFoundError:
        return send()
    return there if there["version"] != newest else send()


def _datetime(seconds: float | None) -> typing.Any:
    import datetime

    return None if seconds is None else datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def import_key(
    session: Session, key: KeyIdentifier, jwk: dict[str, typing.Any], made: dict[str, typing.Any]
) -> key_facts.Facts:
    """Import an RSA key.

    :param jwk: the private key's members as bytes, by their JSON web key names, with ``kty`` and ``key_ops``.
    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    package = sdk.module("azure.keyvault.keys", "azure-keyvault-keys")
    return _facts(
        session.key_client(key.host).import_key(
            key.name,
            package.JsonWebKey(**jwk),
            hardware_protected=made["hsm"],
            not_before=_datetime(made["not_before"]),
            expires_on=_datetime(made["expires_on"]),
            tags=made["tags"],
        )
    )


def renew(session: Session, key: KeyIdentifier, newest: key_facts.Facts) -> key_facts.Facts:
    """A new version of the same kind: by a vault's own rotation; in a Managed HSM as the guide does it, by making one
    of the same type ("Rotate and revoke customer-managed keys", part 3).

    :param newest: the version that was the newest before.
    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    if key.is_hsm:
        made = {name: newest[name] for name in ("size", "operations", "tags")}
        made |= {"hsm": True, "not_before": None, "expires_on": None}
        return create(session, key, made, newest=newest["version"])
    client = session.key_client(key.host)
    return _once(session, key, newest["version"], lambda **options: _facts(client.rotate_key(key.name, **options)))


def update(session: Session, key: KeyIdentifier, version: str, change: dict[str, typing.Any]) -> key_facts.Facts:
    """Change attributes, operations or tags of one version.

    :param change: any of ``enabled``, ``not_before``, ``expires_on`` (seconds since 1970), ``operations``, ``tags``.
    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    given = dict(change)
    if "operations" in given:
        given["key_operations"] = given.pop("operations")
    for name in ("not_before", "expires_on"):
        if name in given:
            given[name] = _datetime(given[name])
    return _facts(session.key_client(key.host).update_key_properties(key.name, version or None, **given))


def delete(session: Session, key: KeyIdentifier, *, timeout: float) -> None:
    """Delete a key with all its versions, and wait until it shows up among the deleted ones.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    :raises Failure: when that takes longer than ``timeout`` seconds.
    """
    client = session.key_client(key.host)
    poller = client.begin_delete_key(key.name, _polling_interval=0.5)
    _wait(session, poller, timeout)


def recover(session: Session, key: KeyIdentifier, *, timeout: float) -> None:
    """Recover a soft-deleted key, and wait until it can be used.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    poller = session.key_client(key.host).begin_recover_deleted_key(key.name, _polling_interval=0.5)
    _wait(session, poller, timeout)


def _wait(session: Session, poller: typing.Any, timeout: float) -> None:
    began = session.clock.monotonic()
    while not poller.done():
        waited = session.clock.monotonic() - began
        if waited > timeout:
            from .._rules.failure import Failure

            raise Failure("Key Vault is not done yet.", parameter="wait_timeout", code="timeout")
        session.clock.sleep(transport.poll_delay(waited), "Key Vault to finish with the key")
    poller.result()


def backup(session: Session, key: KeyIdentifier) -> bytes:
    """A key with all its versions, sealed by Key Vault.

    It can be restored only into a vault of the same subscription and geography (Key Vault documentation, "Azure Key
    Vault backup and restore").

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    return session.key_client(key.host).backup_key(key.name)


def restore_backup(session: Session, key: KeyIdentifier, data: bytes) -> key_facts.Facts:
    """Restore a key with all its versions from a backup, under the name that it had.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    return _facts(session.key_client(key.host).restore_key_backup(data))


def purge(session: Session, key: KeyIdentifier) -> None:
    """Remove a soft-deleted key for good.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    session.key_client(key.host).purge_deleted_key(key.name)


def get_policy(session: Session, key: KeyIdentifier) -> dict[str, typing.Any]:
    """The rotation policy as Key Vault's JSON has it.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    known = session.key_client(key.host).get_key_rotation_policy(key.name)
    actions = []
    for action in known.lifetime_actions or []:
        trigger = {"timeAfterCreate": action.time_after_create, "timeBeforeExpiry": action.time_before_expiry}
        kind = str(getattr(action.action, "value", action.action))
        actions.append({"action": {"type": kind}, "trigger": {n: v for n, v in trigger.items() if v}})
    return {"lifetimeActions": actions, "attributes": {"expiryTime": known.expires_in}}


def set_policy(session: Session, key: KeyIdentifier, policy: dict[str, typing.Any]) -> None:
    """Set the rotation policy.

    :param policy: as :func:`get_policy` returns it.
    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    package = sdk.module("azure.keyvault.keys", "azure-keyvault-keys")
    actions = []
    for action in policy["lifetimeActions"]:
        trigger = action["trigger"]
        actions.append(
            package.KeyRotationLifetimeAction(
                action["action"]["type"],
                time_after_create=trigger.get("timeAfterCreate"),
                time_before_expiry=trigger.get("timeBeforeExpiry"),
            )
        )
    fresh = package.KeyRotationPolicy(lifetime_actions=actions, expires_in=policy["attributes"].get("expiryTime"))
    # named again: the SDK takes what is to be written from these arguments
    session.key_client(key.host).update_key_rotation_policy(
        key.name, fresh, lifetime_actions=actions, expires_in=policy["attributes"].get("expiryTime")
    )
