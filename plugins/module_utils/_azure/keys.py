# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keys in a vault or Managed HSM: the Key Vault data plane."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import typing

from .._domain.failure import Failure
from .._domain.key import KeyAttributes, KeyChange, KeyVersion, RotationPolicy, oldest_first
from .._domain.key_identifier import KeyIdentifier
from . import errors, operations, sdk
from .guard import Guarded
from .session import Session


def _epoch(moment: typing.Any) -> float | None:
    seconds: float | None = moment.timestamp() if moment is not None else None
    return seconds


def _datetime(seconds: float | None) -> datetime.datetime | None:
    return None if seconds is None else datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def _plain(value: typing.Any) -> typing.Any:
    """The text of one of the SDK's enumerations: what goes into a result must be plain."""
    return getattr(value, "value", value)


def _version(key: typing.Any) -> KeyVersion:
    """A version from the SDK's model of a key."""
    size = len(key.key.n) * 8 if key.key.n else None
    operations = tuple(sorted(str(_plain(operation)) for operation in key.key_operations or []))
    version = _described(key.properties, key_type=str(_plain(key.key_type)), size=size, operations=operations)
    if not key.key.crv:
        return version
    return dataclasses.replace(version, curve=str(_plain(key.key.crv)), point=(key.key.x or b"", key.key.y or b""))


def _described(
    properties: typing.Any, *, key_type: str = "", size: int | None = None, operations: tuple[str, ...] = ()
) -> KeyVersion:
    """A version from the SDK's properties of a key, which are all that a list gives."""
    return KeyVersion(
        key_identifier=properties.id,
        key_type=key_type,
        size=size,
        operations=operations,
        enabled=bool(properties.enabled),
        created=_epoch(properties.created_on),
        updated=_epoch(properties.updated_on),
        not_before=_epoch(properties.not_before),
        expires_on=_epoch(properties.expires_on),
        recovery_level=_plain(properties.recovery_level),
        tags=dict(properties.tags or {}),
    )


def get(session: Session, key: KeyIdentifier) -> KeyVersion:
    """The version that an identifier names, the newest if it names none. One request, two the first time.

    :raises azure.core.exceptions.AzureError: as the SDK raises it; the caller tells missing from denied.
    """
    return _version(session.key_client(key.host).get_key(key.name, key.version or None))


def find(session: Session, key: KeyIdentifier) -> KeyVersion | None:
    """Like :func:`get`, but None for what is not there.

    :raises azure.core.exceptions.AzureError: as the SDK raises it, but for "not found".
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        return get(session, key)
    except core.ResourceNotFoundError:
        return None


def versions(session: Session, key: KeyIdentifier) -> tuple[KeyVersion, ...]:
    """All versions, oldest first, without type, size and operations, which the list does not give.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    listed = session.key_client(key.host).list_properties_of_key_versions(key.name)
    return oldest_first(_described(properties) for properties in listed)


def names(session: Session, host: str) -> list[str]:
    """The names of a vault's keys.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    return sorted(one.name for one in session.key_client(host).list_properties_of_keys())


def deleted(session: Session, key: KeyIdentifier) -> KeyVersion | None:
    """The newest version of the soft-deleted key of that name that waits in the vault; None if there is none.

    :raises azure.core.exceptions.AzureError: as the SDK raises it, but for "not found".
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        return _version(session.key_client(key.host).get_deleted_key(key.name))
    except core.ResourceNotFoundError:
        return None


def create(session: Session, key: KeyIdentifier, attributes: KeyAttributes, *, newest: str = "") -> KeyVersion:
    """Create a key, or a version of one.

    :param newest: the version that was the newest before, empty if there was none.
    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """

    def send(**options: typing.Any) -> KeyVersion:
        model = session.key_client(key.host).create_rsa_key(
            key.name,
            size=attributes.size,
            hardware_protected=attributes.hsm,
            key_operations=list(attributes.operations) if attributes.operations is not None else None,
            not_before=_datetime(attributes.not_before),
            expires_on=_datetime(attributes.expires_on),
            tags=attributes.tags,
            **options,
        )
        return _version(model)

    return _once(session, key, newest, send)


def _once(session: Session, key: KeyIdentifier, newest: str, send: typing.Callable[..., KeyVersion]) -> KeyVersion:
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
    version = find(session, key.versionless)
    return version if version is not None and version.version != newest else send()


def import_key(
    session: Session, key: KeyIdentifier, jwk: typing.Mapping[str, object], attributes: KeyAttributes
) -> KeyVersion:
    """Import an RSA key.

    :param jwk: the private key's members as bytes, by their JSON web key names, with ``kty`` and ``key_ops``.
    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    package = sdk.module("azure.keyvault.keys", "azure-keyvault-keys")
    model = session.key_client(key.host).import_key(
        key.name,
        package.JsonWebKey(**jwk),
        hardware_protected=attributes.hsm,
        not_before=_datetime(attributes.not_before),
        expires_on=_datetime(attributes.expires_on),
        tags=attributes.tags,
    )
    return _version(model)


def renew(session: Session, key: KeyIdentifier, newest: KeyVersion) -> KeyVersion:
    """A new version of the same kind: by a vault's own rotation; in a Managed HSM as the guide does it, by making one
    of the same type ("Rotate and revoke customer-managed keys", part 3).

    :param newest: the version that was the newest before.
    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    if key.is_hsm:
        attributes = KeyAttributes(size=newest.size, hsm=True, operations=newest.operations, tags=newest.tags)
        return create(session, key, attributes, newest=newest.version)
    client = session.key_client(key.host)
    return _once(session, key, newest.version, lambda **options: _version(client.rotate_key(key.name, **options)))


def update(session: Session, key: KeyIdentifier, version: str, change: KeyChange) -> KeyVersion:
    """Change attributes, operations or tags of one version.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    options = {
        "enabled": change.enabled,
        "not_before": _datetime(change.not_before),
        "expires_on": _datetime(change.expires_on),
        "key_operations": list(change.operations) if change.operations is not None else None,
        "tags": change.tags,
    }
    changed = {name: value for name, value in options.items() if value is not None}
    return _version(session.key_client(key.host).update_key_properties(key.name, version or None, **changed))


#: How long a deletion was seen to take until the key showed up among the deleted ones: 5 to 20 seconds (recorded,
#: azure-cli ``test_keyvault_key_delete``), with as much again.
DELETION = 40.0


def delete(session: Session, key: KeyIdentifier, *, timeout: float) -> None:
    """Delete a key with all its versions, and wait until it shows up among the deleted ones.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    :raises Failure: when that takes longer than ``timeout`` seconds.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        session.key_client(key.host).begin_delete_key(key.name)
    except core.ResourceNotFoundError:
        # sent again because its answer was lost: if it took effect, the key is among the deleted ones, or on its way
        if deleted(session, key) is None and find(session, key.versionless) is not None:
            raise
    # the SDK's own poller says that it is done before it began; and a 403 would be the end for it as well
    if await_deleted(session, key, timeout=timeout) is None:
        raise Failure(
            f"The key {key.name} is being deleted, and does not show up among the deleted keys yet.",
            parameter="wait_timeout",
            hint="Key Vault goes on with it; run the same task again.",
            code="timeout",
        )


def await_deleted(session: Session, key: KeyIdentifier, *, timeout: float) -> bool | None:
    """Wait for a key that is being deleted to show up among the deleted ones: until then it is neither here nor there.

    :returns: True when it is there, False when the caller may not see, None when the time is over.
    :raises azure.core.exceptions.AzureError: as the SDK raises it, but for "not found" and "denied".
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    began = session.clock.monotonic()
    while True:
        try:
            if deleted(session, key) is not None:
                return True
        except core.AzureError as error:
            if not errors.is_denied(error):
                raise
            return False
        waited = session.clock.monotonic() - began
        if waited >= timeout:
            return None
        session.clock.sleep(max(1.0, operations.poll_delay(waited)), "Key Vault to finish deleting the key")


def recover(session: Session, key: KeyIdentifier, *, timeout: float) -> None:
    """Recover a soft-deleted key, and wait until it can be read: a GET may be 404 just after (azurerm #12285).

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    :raises Failure: when that takes longer than ``timeout`` seconds.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        session.key_client(key.host).begin_recover_deleted_key(key.name)
    except core.ResourceNotFoundError:
        # sent again because its answer was lost: if it took effect, the key is on its way back
        if not await_shown(session, key, timeout=min(DELETION, timeout)):
            raise
    if not await_shown(session, key, timeout=timeout):
        raise Failure("The recovered key cannot be read yet.", parameter="wait_timeout", code="timeout")


def await_shown(session: Session, key: KeyIdentifier, *, timeout: float) -> bool:
    """Wait for a key that is there, as is known, to be shown; whether it was.

    :raises azure.core.exceptions.AzureError: as the SDK raises it, but for "not found".
    """
    began = session.clock.monotonic()
    while find(session, key.versionless) is None:
        waited = session.clock.monotonic() - began
        if waited > timeout:
            return False
        session.clock.sleep(max(1.0, operations.poll_delay(waited)), "Key Vault to show the key")
    return True


def backup(session: Session, key: KeyIdentifier) -> bytes:
    """A key with all its versions, sealed by Key Vault.

    It can be restored only into a vault of the same subscription and geography (Key Vault documentation, "Azure Key
    Vault backup and restore").

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    sealed: bytes = session.key_client(key.host).backup_key(key.name)
    return sealed


def restore_backup(session: Session, key: KeyIdentifier, data: bytes) -> KeyVersion:
    """Restore a key with all its versions from a backup, under the name that it had.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    return _version(session.key_client(key.host).restore_key_backup(data))


def sign(session: Session, key: KeyIdentifier, data: bytes) -> bytes:
    """A signature over bytes by a version of a key of the curve P-256 (ES256, RFC 7518 3.4), in the form of ASN.1.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    utils = sdk.module("cryptography.hazmat.primitives.asymmetric.utils", "cryptography")
    client = Guarded(session.key_client(key.host).get_cryptography_client(key.name, key_version=key.version))
    raw: bytes = client.sign("ES256", hashlib.sha256(data).digest()).signature
    half = len(raw) // 2
    signature: bytes = utils.encode_dss_signature(*(int.from_bytes(part, "big") for part in (raw[:half], raw[half:])))
    return signature


def purge(session: Session, key: KeyIdentifier) -> None:
    """Remove a soft-deleted key for good.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    began = session.clock.monotonic()
    while True:
        try:
            session.key_client(key.host).purge_deleted_key(key.name)
            return
        except core.ResourceNotFoundError:
            # sent again because its answer was lost, or not among the deleted keys yet: that shows when none turns up
            if await_deleted(session, key, timeout=DELETION / 2) is None:
                return
            # whoever may not look for deleted keys does not know whether it is one already
            if session.clock.monotonic() - began >= DELETION:
                raise
        session.clock.sleep(2.0, "Key Vault to finish deleting the key")


def get_policy(session: Session, key: KeyIdentifier) -> RotationPolicy:
    """The rotation policy.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    policy = session.key_client(key.host).get_key_rotation_policy(key.name)
    actions = [
        {
            "action": {"type": _plain(action.action)},
            "trigger": {"timeAfterCreate": action.time_after_create, "timeBeforeExpiry": action.time_before_expiry},
        }
        for action in policy.lifetime_actions or []
    ]
    return RotationPolicy.from_wire({"lifetimeActions": actions, "attributes": {"expiryTime": policy.expires_in}})


def find_policy(session: Session, key: KeyIdentifier) -> RotationPolicy | None:
    """Like :func:`get_policy`, but None for a key that is not there.

    :raises azure.core.exceptions.AzureError: as the SDK raises it, but for "not found".
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        return get_policy(session, key)
    except core.ResourceNotFoundError:
        return None


def set_policy(session: Session, key: KeyIdentifier, policy: RotationPolicy) -> None:
    """Set the rotation policy.

    :raises azure.core.exceptions.AzureError: as the SDK raises it.
    """
    package = sdk.module("azure.keyvault.keys", "azure-keyvault-keys")
    actions = [
        package.KeyRotationLifetimeAction(
            action.kind,
            time_after_create=action.trigger.get("timeAfterCreate"),
            time_before_expiry=action.trigger.get("timeBeforeExpiry"),
        )
        for action in policy.ordered
    ]
    expiry = str(policy.expiry_time) if policy.expiry_time else None
    model = package.KeyRotationPolicy(lifetime_actions=actions, expires_in=expiry)
    # named again: the SDK takes what is to be written from these arguments
    session.key_client(key.host).update_key_rotation_policy(
        key.name, model, lifetime_actions=actions, expires_in=expiry
    )
