# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Key vaults in Resource Manager."""

from __future__ import annotations

import typing

from .._domain.key_store import DeletedKeyStore, Vault
from .._domain.resource_id import ResourceId
from .._domain.wire import Body
from . import errors, operations, sdk
from .session import Session, named, wire


def get(session: Session, where: ResourceId) -> Vault | None:
    """A vault, None if it is not there.

    :raises Failure: for anything but "not there".
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    with errors.explained(f"reading the vault {where.name}"):
        try:
            model = session.client("vaults", where.subscription).vaults.get(where.group, where.name)
            return Vault.from_wire(wire(model))
        except core.ResourceNotFoundError as error:
            errors.require_absence(error)
            return None


def find(session: Session, name: str, subscription_id: str | None = None) -> Vault | None:
    """A vault of the subscription by its name, which is unique in all of Azure. One request a page of vaults.

    :raises Failure: when the vaults cannot be listed.
    """
    with errors.explained("listing the subscription's vaults"):
        answer = named(session.client("vaults", subscription_id).vaults.list_by_subscription(), name)
        return Vault.from_wire(answer) if answer else None


def find_deleted(session: Session, name: str, subscription_id: str | None = None) -> DeletedKeyStore | None:
    """A soft-deleted vault of the subscription by its name.

    :raises Failure: when they cannot be listed.
    """
    with errors.explained("listing the subscription's deleted vaults"):
        answer = named(session.client("vaults", subscription_id).vaults.list_deleted(), name)
        return DeletedKeyStore.from_wire(answer) if answer else None


def name_refusal(session: Session, name: str) -> str | None:
    """Why a vault cannot have a name, in Azure's words; None if it is free. Deleted vaults hold theirs.

    :raises Failure: when Azure does not say.
    """
    with errors.explained(f"asking whether the vault name {name} is free"):
        body = {"name": name, "type": "Microsoft.KeyVault/vaults"}
        answer = session.client("vaults").vaults.check_name_availability(body)
    return None if answer.name_available else str(answer.message)


def put(session: Session, where: ResourceId, body: Body, *, timeout: float) -> Vault:
    """Create or recover a vault and wait until its name resolves.

    :raises azure.core.exceptions.AzureError: when Azure refuses, or cannot be reached.
    """
    client = session.client("vaults", where.subscription).vaults
    method = operations.polling(session.clock, timeout)
    model = session.in_turn(
        "the vault", lambda: client.begin_create_or_update(where.group, where.name, body, polling=method).result()
    )
    return Vault.from_wire(wire(model))


def patch(session: Session, where: ResourceId, body: Body) -> Vault:
    """Change a vault.

    :raises Failure: when Azure refuses.
    """
    with errors.explained(f"changing the vault {where.name}"):
        client = session.client("vaults", where.subscription).vaults
        model = session.in_turn("the vault", lambda: client.update(where.group, where.name, body))
        return Vault.from_wire(wire(model))


def delete(session: Session, where: ResourceId) -> None:
    """Delete a vault; it stays recoverable.

    :raises Failure: when Azure refuses.
    """
    with errors.explained(f"deleting the vault {where.name}"):
        session.client("vaults", where.subscription).vaults.delete(where.group, where.name)


def purge(session: Session, name: str, location: str, *, timeout: float) -> None:
    """Remove a soft-deleted vault for good.

    :raises Failure: when Azure refuses, as it does for one with purge protection.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    method = operations.polling(session.clock, timeout)
    with errors.explained(f"purging the vault {name}"):
        try:
            session.client("vaults").vaults.begin_purge_deleted(name, location, polling=method).result()
        except core.ResourceNotFoundError as error:
            # sent again because its answer was lost
            errors.require_absence(error)


def change_policy(
    session: Session,
    where: ResourceId,
    *,
    kind: str,
    tenant_id: str,
    principal_id: str,
    verbs: typing.Sequence[str],
) -> None:
    """Add key verbs to a principal's access policy, or take them away.

    :param kind: ``add`` or ``remove``.
    :raises Failure: when Azure refuses.
    """
    entry = {"tenantId": tenant_id, "objectId": principal_id, "permissions": {"keys": list(verbs)}}
    with errors.explained(f"changing the access policies of the vault {where.name}"):
        client = session.client("vaults", where.subscription).vaults
        body = {"properties": {"accessPolicies": [entry]}}
        session.in_turn("the vault", lambda: client.update_access_policy(where.group, where.name, kind, body))
