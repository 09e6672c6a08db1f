# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Managed HSMs in Resource Manager.

They are never made here: that takes 20 minutes, and their owners' security domain.
"""

from __future__ import annotations

from .._domain.key_store import DeletedKeyStore, ManagedHsm
from .._domain.resource_id import ResourceId
from .._domain.wire import Body
from . import errors, operations
from .session import Session, named


def find(session: Session, name: str, subscription_id: str | None = None) -> ManagedHsm | None:
    """A Managed HSM of the subscription by its name, which is unique in all of Azure.

    :raises Failure: when they cannot be listed.
    """
    with errors.explained("listing the subscription's Managed HSMs"):
        answer = named(session.client("vaults", subscription_id).managed_hsms.list_by_subscription(), name)
        return ManagedHsm.from_wire(answer) if answer else None


def find_deleted(session: Session, name: str, subscription_id: str | None = None) -> DeletedKeyStore | None:
    """A soft-deleted Managed HSM of the subscription by its name.

    :raises Failure: when they cannot be listed.
    """
    with errors.explained("listing the subscription's deleted Managed HSMs"):
        answer = named(session.client("vaults", subscription_id).managed_hsms.list_deleted(), name)
        return DeletedKeyStore.from_wire(answer) if answer else None


def recover(session: Session, where: ResourceId, location: str, *, timeout: float) -> None:
    """Bring a soft-deleted Managed HSM back with all that is in it.

    :raises Failure: when Azure refuses.
    """
    client = session.client("vaults", where.subscription).managed_hsms
    body = {"location": location, "properties": {"createMode": "recover"}}
    method = operations.polling(session.clock, timeout)
    with errors.explained(f"recovering the Managed HSM {where.name}"):
        client.begin_create_or_update(where.group, where.name, body, polling=method).result()


def patch(session: Session, where: ResourceId, body: Body, *, timeout: float) -> None:
    """Change a Managed HSM.

    :raises Failure: when Azure refuses.
    """
    client = session.client("vaults", where.subscription).managed_hsms
    method = operations.polling(session.clock, timeout)
    with errors.explained(f"changing the Managed HSM {where.name}"):
        client.begin_update(where.group, where.name, body, polling=method).result()
