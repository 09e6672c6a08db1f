# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""User-assigned managed identities in Resource Manager."""

from __future__ import annotations

import typing

from .._domain.identity import ManagedIdentity
from .._domain.resource_id import ResourceId
from .._domain.wire import Body
from . import errors, sdk
from .session import Session, wire


def _client(session: Session, subscription_id: str | None) -> typing.Any:
    return session.client("identities", subscription_id).user_assigned_identities


def get(session: Session, where: ResourceId) -> ManagedIdentity | None:
    """An identity, None if it is not there.

    :raises Failure: for anything but "not there".
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    with errors.explained(f"reading the identity {where.name}"):
        try:
            return ManagedIdentity.from_wire(wire(_client(session, where.subscription).get(where.group, where.name)))
        except core.ResourceNotFoundError as error:
            errors.require_absence(error)
            return None


def find_by_client_id(session: Session, client_id: str, subscription_id: str | None = None) -> ManagedIdentity | None:
    """An identity of a subscription by its client id, among those that the caller may see. One request a page.

    :param subscription_id: another one than the session's.

    :raises Failure: when they cannot be listed.
    """
    with errors.explained("listing the subscription's identities"):
        for model in _client(session, subscription_id).list_by_subscription():
            if str(model.client_id).lower() == client_id.lower():
                return ManagedIdentity.from_wire(wire(model))
    return None


def list_in_group(session: Session, group: str) -> list[ManagedIdentity]:
    """The identities of a resource group. One request a page.

    :raises Failure: when they cannot be listed.
    """
    with errors.explained(f"listing the identities of the resource group {group}"):
        models = _client(session, None).list_by_resource_group(group)
        return [ManagedIdentity.from_wire(wire(model)) for model in models]


def put(session: Session, where: ResourceId, body: Body) -> ManagedIdentity:
    """Create an identity or set its tags.

    :raises Failure: when Azure refuses.
    """
    with errors.explained(f"writing the identity {where.name}"):
        model = _client(session, where.subscription).create_or_update(where.group, where.name, body)
        return ManagedIdentity.from_wire(wire(model))


def delete(session: Session, where: ResourceId) -> None:
    """Delete an identity.

    :raises Failure: when Azure refuses.
    """
    with errors.explained(f"deleting the identity {where.name}"):
        _client(session, where.subscription).delete(where.group, where.name)
