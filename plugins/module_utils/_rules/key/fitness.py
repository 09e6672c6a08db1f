# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which keys a registry can use.

Sources: Microsoft's guide "Customer-managed keys for Azure Container Registry", parts 1 to 4;
``docs/azure-behaviour.md`` gives each with its mark.
"""

from __future__ import annotations

from ..._domain import moment
from ..._domain.failure import Failure
from ..._domain.key import KeyVersion

RSA_TYPES = ("RSA", "RSA-HSM")
#: What the registry does with the key.
NEEDED_OPERATIONS = ("wrapKey", "unwrapKey")


def check_key(key: KeyVersion, *, now: float, parameter: str = "key_identifier") -> None:
    """The key must be one that a registry can wrap with, now.

    :param key: one version of it.
    :param now: Azure's time, seconds since 1970.
    :raises Failure: for elliptic curves, a disabled key, one outside its validity, one that lacks an operation.
    """
    name = key.key_identifier
    if key.key_type not in RSA_TYPES:
        raise Failure(
            f"The key {name} is of type {key.key_type}; a registry takes RSA and RSA-HSM only.",
            parameter=parameter,
            hint="Make an RSA key with keyvault_rsa_key.",
            code="not_rsa",
        )
    if not key.enabled:
        raise Failure(
            f"The key {name} is disabled.",
            parameter=parameter,
            hint="Enable it: keyvault_rsa_key with state present and this version.",
            code="key_disabled",
        )
    if key.expires_on is not None and now >= key.expires_on:
        raise Failure(
            f"The key {name} expired on {moment.iso(key.expires_on)}; nothing new can be wrapped with it.",
            parameter=parameter,
            hint="Make a new version with cmk_rotate, or set a later expires_on with keyvault_rsa_key.",
            code="key_expired",
        )
    if key.not_before is not None and now < key.not_before:
        raise Failure(
            f"The key {name} is not valid before {moment.iso(key.not_before)}.",
            parameter=parameter,
            hint="Wait until then, or set an earlier not_before with keyvault_rsa_key.",
            code="key_not_yet_valid",
        )
    missing = [operation for operation in NEEDED_OPERATIONS if operation not in key.operations]
    if missing:
        raise Failure(
            f"The key {name} does not allow {' and '.join(missing)}, which the registry needs.",
            parameter=parameter,
            hint="Add them to operations with keyvault_rsa_key.",
            code="key_operations",
        )


def check_purge_protection(key_identifier: str, *, protected: bool, allowed_without: bool) -> None:
    """The vault should have purge protection: without it, a deleted key can be purged, and all images with it.

    Azure only recommends it; this collection insists unless told otherwise. Whether a vault has it shows in the
    ``recoveryLevel`` of each of its keys.

    :param protected: whether its vault has it.
    :param allowed_without: the explicit option that waives it.
    :raises Failure: for a vault without it.
    """
    if protected or allowed_without:
        return
    raise Failure(
        f"The vault of {key_identifier} has no purge protection: a deleted key could be purged, and every image "
        "in the registry would be lost with it.",
        parameter="key_identifier",
        hint="Turn it on with keyvault (purge_protection: true, or acr_cmk_purge_protection for the playbooks; it "
        "cannot be turned off again), or set "
        "allow_vault_without_purge_protection: true to accept the risk.",
        code="no_purge_protection",
    )
