# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Resource groups and subscriptions in Resource Manager."""

from __future__ import annotations

from .._domain.resource import ResourceGroup
from .._domain.wire import Body
from . import errors, operations, sdk
from .session import Session, wire


def get(session: Session, name: str, subscription_id: str | None = None) -> ResourceGroup | None:
    """A resource group, None if it is not there.

    :raises Failure: for anything but "not there".
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    with errors.explained(f"reading the resource group {name}"):
        try:
            return ResourceGroup.from_wire(wire(session.client("groups", subscription_id).resource_groups.get(name)))
        except core.ResourceNotFoundError as error:
            errors.require_absence(error)
            return None


def put(session: Session, name: str, body: Body) -> ResourceGroup:
    """Create a resource group or set its tags.

    :raises Failure: when Azure refuses.
    """
    with errors.explained(f"writing the resource group {name}"):
        return ResourceGroup.from_wire(wire(session.client("groups").resource_groups.create_or_update(name, body)))


def delete(session: Session, name: str, *, timeout: float) -> None:
    """Delete a resource group with all that is in it, and wait until it is gone.

    :raises Failure: when Azure refuses.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    method = operations.polling(session.clock, timeout)
    with errors.explained(f"deleting the resource group {name}"):
        try:
            session.client("groups").resource_groups.begin_delete(name, polling=method).result()
        except core.ResourceNotFoundError as error:
            # sent again because its answer was lost
            errors.require_absence(error)


def vault_names(session: Session, group: str) -> list[str]:
    """The names of the vaults in a resource group.

    :raises Failure: when they cannot be listed.
    """
    with errors.explained(f"listing the vaults of the resource group {group}"):
        return [str(model.name) for model in session.client("vaults").vaults.list_by_resource_group(group)]


def regions(session: Session) -> list[str]:
    """The names of the regions of the session's subscription, as in ``westeurope``.

    :raises Failure: when they cannot be listed.
    """
    with errors.explained("listing the regions of the subscription"):
        return [str(name) for name in session.client("subscriptions").regions(session.subscription_id)]


def visible(session: Session) -> list[str]:
    """The ids of the subscriptions that the caller sees.

    :raises Failure: when they cannot be listed.
    """
    with errors.explained("listing your subscriptions"):
        models = session.client("subscriptions").subscriptions.list()
        return [str(model.subscription_id) for model in models]


def subscriptions(session: Session) -> list[str]:
    """The ids of the subscriptions that the caller sees, the session's own among them in any case.

    :raises Failure: when they cannot be listed.
    """
    ids, own = visible(session), session.subscription_id
    return ids if own.lower() in (one.lower() for one in ids) else [own, *ids]


def below(session: Session, management_group: str) -> list[str]:
    """The ids of the subscriptions below a management group, at any depth.

    :param management_group: its name, the last part of its id.
    :raises Failure: when they cannot be listed.
    """
    with errors.explained(f"listing the subscriptions of the management group {management_group}"):
        return [str(one) for one in session.client("subscriptions").below(management_group)]
