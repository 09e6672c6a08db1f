# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Key vaults in Resource Manager, as plain dicts."""

from __future__ import annotations

import typing

from .._rules import resource_id
from . import errors, sdk, transport
from .session import Session, named, wire

Wire = dict[str, typing.Any]


def get(session: Session, where: resource_id.ResourceId) -> Wire | None:
    """A vault, None if it is not there.

    :raises Failure: for anything but "not there".
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    with errors.explained(f"reading the vault {where.name}"):
        try:
            return wire(session.client("vaults", where.subscription).vaults.get(where.group, where.name))
        except core.ResourceNotFoundError:
            return None


def find(session: Session, name: str, subscription_id: str | None = None) -> Wire | None:
    """A vault of the subscription by its name, which is unique in all of Azure. One request a page of vaults.

    :raises Failure: when the vaults cannot be listed.
    """
    with errors.explained("listing the subscription's vaults"):
        return named(session.client("vaults", subscription_id).vaults.list_by_subscription(), name)


def find_deleted(session: Session, name: str, subscription_id: str | None = None) -> Wire | None:
    """A soft-deleted vault of the subscription by its name.

    :raises Failure: when they cannot be listed.
    """
    with errors.explained("listing the subscription's deleted vaults"):
        return named(session.client("vaults", subscription_id).vaults.list_deleted(), name)


def put(session: Session, where: resource_id.ResourceId, body: Wire, *, timeout: float) -> Wire:
    """Create or recover a vault and wait until its name resolves.

    :raises azure.core.exceptions.HttpResponseError: when Azure refuses.
    """
    client = session.client("vaults", where.subscription).vaults
    method = transport.polling(session.clock, timeout)
    return wire(client.begin_create_or_update(where.group, where.name, body, polling=method).result())


def patch(session: Session, where: resource_id.ResourceId, body: Wire) -> Wire:
    """Change a vault.

    :raises Failure: when Azure refuses.
    """
    with errors.explained(f"changing the vault {where.name}"):
        return wire(session.client("vaults", where.subscription).vaults.update(where.group, where.name, body))


def delete(session: Session, where: resource_id.ResourceId) -> None:
    """Delete a vault; it stays recoverable.

    :raises Failure: when Azure refuses.
    """
    with errors.explained(f"deleting the vault {where.name}"):
        session.client("vaults", where.subscription).vaults.delete(where.group, where.name)


def purge(session: Session, name: str, location: str, *, timeout: float) -> None:
    """Remove a soft-deleted vault for good.

    :raises Failure: when Azure refuses, as it does for one with purge protection.
    """
    method = transport.polling(session.clock, timeout)
    with errors.explained(f"purging the vault {name}"):
        session.client("vaults").vaults.begin_purge_deleted(name, location, polling=method).result()


def change_policy(
    session: Session,
    where: resource_id.ResourceId,
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
        session.client("vaults", where.subscription).vaults.update_access_policy(
            where.group, where.name, kind, {"properties": {"accessPolicies": [entry]}}
        )
