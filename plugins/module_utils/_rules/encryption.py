# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What Azure allows about a customer-managed key, enforced before anything is changed.

Sources: Microsoft's guide "Customer-managed keys for Azure Container Registry", parts 1 to 4, and the recorded wire;
``docs/azure-behaviour.md`` gives each with its mark.
"""

from __future__ import annotations

import typing

from . import moments
from .failure import Failure
from .registry_facts import Facts, is_encrypted

RSA_TYPES = ("RSA", "RSA-HSM")
#: What the registry does with the key.
NEEDED_OPERATIONS = ("wrapKey", "unwrapKey")


def check_tier(sku: str) -> None:
    """Only the Premium tier takes a customer-managed key.

    :raises Failure: for Basic and Standard.
    """
    if sku.lower() != "premium":
        raise Failure(
            f"A registry of the {sku.capitalize()} tier cannot have a customer-managed key; only Premium can.",
            parameter="sku",
            hint="Set sku to Premium, or leave it out.",
            code="not_premium",
        )


def check_status(status: str | None) -> None:
    """Encryption with a customer-managed key cannot be turned off.

    :raises Failure: when that is asked for.
    """
    if (status or "enabled") != "enabled":
        raise Failure(
            "Encryption with a customer-managed key cannot be turned off: Azure sets it when a registry is created, "
            "for good.",
            parameter="encryption_status",
            hint="To leave it, create a registry without it and bring the images over with 'az acr import'. To lock "
            "the data, use the playbook ownkey.acr.revoke.",
            code="cannot_disable",
        )


def check_identity_at_creation(identity: str | None) -> None:
    """A new registry needs a user-assigned identity.

    :raises Failure: for none, and for the system-assigned one, which does not exist before the registry does.
    """
    if not identity:
        raise Failure(
            "A new registry needs a user-assigned identity that can use the key.",
            parameter="identity",
            hint="Give its name or resource id.",
            code="identity_missing",
        )
    if is_system(identity):
        raise Failure(
            "The system-assigned identity cannot be used at creation: it does not exist before the registry does.",
            parameter="identity",
            hint="Create the registry with a user-assigned identity; cmk_rotate can then move it to the "
            "system-assigned one.",
            code="system_identity_at_creation",
        )


def is_system(identity: str | None) -> bool:
    """Whether an ``identity`` option means the system-assigned one (``system``, or the az CLI's ``[system]``)."""
    return (identity or "").lower() in ("system", "[system]")


def check_existing(known: Facts) -> None:
    """An existing registry must have been created with a customer-managed key, on Premium.

    :raises Failure: with what can be done instead.
    """
    if is_encrypted(known):
        return
    raise Failure(
        f"The registry {known['name']} was created without a customer-managed key, and Azure cannot add one later.",
        parameter="name",
        hint="Create a new registry with this module under another name, bring the images over with 'az acr import "
        f"--source {known['login_server']}/…', and then move your pipelines to it.",
        code="created_without_cmk",
        details={"registry": known},
    )


def check_content_trust(known: Facts) -> None:
    """Content trust is not available on a registry with a customer-managed key.

    :raises Failure: when the registry has it on.
    """
    if str(known.get("content_trust")).lower() == "enabled":
        raise Failure(
            f"Content trust is on for the registry {known['name']}; it does not work with a customer-managed key.",
            hint="Turn it off: az acr config content-trust update --status disabled.",
            code="content_trust",
        )


def check_key(key: dict[str, typing.Any], *, now: float, parameter: str = "key_identifier") -> None:
    """The key must be one that a registry can wrap with, now.

    :param key: facts of one version of the key, see :mod:`.key_facts`.
    :param now: Azure's time, seconds since 1970.
    :raises Failure: for elliptic curves, a disabled key, one outside its validity, one that lacks an operation.
    """
    name = key["key_identifier"]
    if key["key_type"] not in RSA_TYPES:
        raise Failure(
            f"The key {name} is of type {key['key_type']}; a registry takes RSA and RSA-HSM only.",
            parameter=parameter,
            hint="Make an RSA key with keyvault_rsa_key.",
            code="not_rsa",
        )
    if not key["enabled"]:
        raise Failure(
            f"The key {name} is disabled.",
            parameter=parameter,
            hint="Enable it: keyvault_rsa_key with state present and this version.",
            code="key_disabled",
        )
    expires, begins = moments.epoch(key["expires_on"]), moments.epoch(key["not_before"])
    if expires is not None and now >= expires:
        raise Failure(
            f"The key {name} expired on {key['expires_on']}; nothing new can be wrapped with it.",
            parameter=parameter,
            hint="Make a new version with cmk_rotate, or set a later expires_on with keyvault_rsa_key.",
            code="key_expired",
        )
    if begins is not None and now < begins:
        raise Failure(
            f"The key {name} is not valid before {key['not_before']}.",
            parameter=parameter,
            hint="Wait until then, or set an earlier not_before with keyvault_rsa_key.",
            code="key_not_yet_valid",
        )
    missing = [operation for operation in NEEDED_OPERATIONS if operation not in key["operations"]]
    if missing:
        raise Failure(
            f"The key {name} does not allow {' and '.join(missing)}, which the registry needs.",
            parameter=parameter,
            hint="Add them to operations with keyvault_rsa_key.",
            code="key_operations",
        )


def check_purge_protection(key: dict[str, typing.Any], *, allowed_without: bool) -> None:
    """The vault should have purge protection: without it, a deleted key can be purged, and all images with it.

    Azure only recommends it; this collection insists unless told otherwise. Whether a vault has it shows in the
    ``recoveryLevel`` of each of its keys.

    :param allowed_without: the explicit option that waives it.
    :raises Failure: for a vault without it.
    """
    if key["purge_protected"] or allowed_without:
        return
    raise Failure(
        f"The vault of {key['key_identifier']} has no purge protection: a deleted key could be purged, and every image "
        "in the registry would be lost with it.",
        parameter="key_identifier",
        hint="Turn it on with keyvault (purge_protection: true, or acr_cmk_purge_protection for the playbooks; it "
        "cannot be turned off again), or set "
        "allow_vault_without_purge_protection: true to accept the risk.",
        code="no_purge_protection",
    )
