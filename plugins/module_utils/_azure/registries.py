# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Container registries in Resource Manager."""

from __future__ import annotations

import functools
import typing

from .._domain.registry import Registry, Replica
from .._domain.resource_id import ResourceId
from .._domain.wire import Body
from .._rules.registry.identities import without
from . import errors, operations, pages, sdk
from .session import Session, wire


def get(session: Session, where: ResourceId) -> Registry | None:
    """A registry, None if it is not there. One request.

    :raises Failure: for anything but "not there".
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    with errors.explained(f"reading the registry {where.name}"):
        try:
            model = session.client("registries", where.subscription).registries.get(where.group, where.name)
            return Registry.from_wire(wire(model), session.cloud)
        except core.ResourceNotFoundError as error:
            errors.require_absence(error)
            return None


def list_in(session: Session, subscription_id: str, group: str | None = None) -> list[Registry]:
    """The registries of a subscription or of one resource group. One request a page.

    :raises Failure: when the list cannot be read.
    """
    client = session.client("registries", subscription_id).registries
    of_group = functools.partial(client.list_by_resource_group, group) if group else client.list
    with errors.explained(f"listing the registries of the subscription {subscription_id}"):
        return pages.entries(of_group, lambda one: Registry.from_wire(one, session.cloud))


def name_refusal(session: Session, where: ResourceId) -> str | None:
    """Why a registry cannot have a name, in Azure's words; None if it is free.

    :raises Failure: when Azure does not say.
    """
    with errors.explained(f"asking whether the registry name {where.name} is free"):
        body = {"name": where.name, "type": "Microsoft.ContainerRegistry/registries"}
        answer = session.client("registries", where.subscription).registries.check_name_availability(body)
    return None if answer.name_available else str(answer.message)


def create(session: Session, where: ResourceId, body: Body, *, timeout: float) -> Registry:
    """Create a registry and wait until Azure is done; the reply is of a GET after the end.

    :raises azure.core.exceptions.HttpResponseError: when Azure refuses, at once or at the end of the operation.
    :raises Failure: when it takes longer than ``timeout`` seconds.
    """
    client = session.client("registries", where.subscription).registries
    method = operations.polling(session.clock, timeout)
    model = session.in_turn(
        "the registry", lambda: client.begin_create(where.group, where.name, body, polling=method)
    ).result()
    return Registry.from_wire(wire(model), session.cloud)


def patch(session: Session, registry: Registry, body: Body, *, timeout: float) -> Registry:
    """Change a registry and wait until Azure is done; never sends back what is not to be changed.

    The last request is a GET of the registry, which proves what it reports; a reply to PATCH still shows the old key.

    :raises azure.core.exceptions.HttpResponseError: when Azure refuses.
    :raises Failure: when it takes longer than ``timeout`` seconds.
    """
    method = operations.polling(session.clock, timeout)
    model = session.in_turn("the registry", lambda: _update(session, registry, body, method)).result()
    return Registry.from_wire(wire(model), session.cloud)


def begin_patch(session: Session, registry: Registry, body: Body, *, subject: str = "") -> operations.Watched:
    """Have Azure begin to change a registry; never sends back what is not to be changed. One request.

    :param subject: the resource id of the identity that the change is about.
    :raises azure.core.exceptions.HttpResponseError: when Azure refuses, as while another change is under way.
    """
    method = operations.Watched(session.clock)
    _update(session, registry, body, method, subject)
    return method


def _update(session: Session, registry: Registry, body: Body, method: typing.Any, subject: str = "") -> typing.Any:
    """Send a PATCH; again without an attached identity that does not exist any more, where Azure refuses it for that.

    So has it aad-pod-identity #599. A PATCH takes off only what it names with null: told of scale sets and virtual
    machines (azurerm #25058, azure-cli #6845); were it otherwise here, only what is gone would be taken off.
    """
    core, where = sdk.module("azure.core.exceptions", "azure-core"), registry.resource_id
    client = session.client("registries", where.subscription).registries
    while True:
        try:
            return client.begin_update(where.group, where.name, body, polling=method)
        except core.HttpResponseError as error:
            gone, attached = errors.missing_identity(error), registry.identities.resource_ids
            rest = without(body, gone, attached, subject=subject)
            if rest is None:
                raise
            body = rest


def change(session: Session, registry: Registry, body: Body, *, timeout: float) -> Registry:
    """As :func:`patch`, for what has nothing to do with the key.

    :raises Failure: when Azure refuses.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        return patch(session, registry, body, timeout=timeout)
    except core.AzureError as error:
        raise errors.failure(error, f"changing the registry {registry.label}") from error


def delete(session: Session, where: ResourceId, *, timeout: float) -> None:
    """Delete a registry and wait until it is gone.

    :raises Failure: when Azure refuses.
    """
    client = session.client("registries", where.subscription).registries
    with errors.explained(f"deleting the registry {where.name}"):
        method = operations.polling(session.clock, timeout)
        session.in_turn("the registry", lambda: client.begin_delete(where.group, where.name, polling=method)).result()


def replicas(session: Session, where: ResourceId) -> list[Replica]:
    """The replications of a registry, its home region among them.

    :raises Failure: when they cannot be read.
    """
    client = session.client("registries", where.subscription).replications
    with errors.explained(f"listing the replicas of the registry {where.name}"):
        return [Replica.from_wire(wire(model)) for model in client.list(where.group, where.name)]


def put_replica(session: Session, where: ResourceId, location: str, body: Body, *, timeout: float) -> None:
    """Make a replica and wait for it.

    :raises Failure: when Azure refuses.
    """
    client = session.client("registries", where.subscription).replications
    method = operations.polling(session.clock, timeout)
    with errors.explained(f"replicating the registry {where.name} to {location}"):
        session.in_turn(
            "the registry", lambda: client.begin_create(where.group, where.name, location, body, polling=method)
        ).result()


def patch_replica(session: Session, where: ResourceId, location: str, body: Body, *, timeout: float) -> None:
    """Change a replica and wait for it.

    :raises Failure: when Azure refuses.
    """
    client = session.client("registries", where.subscription).replications
    method = operations.polling(session.clock, timeout)
    with errors.explained(f"changing the replica of {where.name} in {location}"):
        session.in_turn(
            "the registry", lambda: client.begin_update(where.group, where.name, location, body, polling=method)
        ).result()
