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

from ..._domain.failure import Failure
from ..._domain.identity import is_system
from ..._domain.registry import Encryption, Registry


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


def check_existing(registry: Registry) -> Encryption:
    """An existing registry must have been created with a customer-managed key, on Premium.

    :returns: its encryption.
    :raises Failure: with what can be done instead.
    """
    if registry.encryption is not None:
        return registry.encryption
    raise Failure(
        f"The registry {registry.name} was created without a customer-managed key, and Azure cannot add one later.",
        parameter="name",
        hint="Take another name for a new registry, and move what this one holds into it with the playbook "
        "ownkey.acr.move; then point your pipelines to the new one.",
        code="created_without_cmk",
        details={"registry": registry.result()},
    )


def check_content_trust(registry: Registry) -> None:
    """Content trust is not available on a registry with a customer-managed key.

    :raises Failure: when the registry has it on.
    """
    if (registry.content_trust or "").lower() == "enabled":
        raise Failure(
            f"Content trust is on for the registry {registry.name}; it does not work with a customer-managed key.",
            hint="Turn it off: az acr config content-trust update --status disabled.",
            code="content_trust",
        )
