# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every resource there is, in the shape of a row of Resource Graph; and the index, which lags behind."""

from __future__ import annotations

import typing

from .. import identities, managed_hsms, vaults
from ..registries import state as registries
from ..world import World, lower

Resource = dict[str, typing.Any]


#: The columns of both tables, in order.
COLUMNS = (
    *("id", "name", "type", "tenantId", "kind", "location", "resourceGroup", "subscriptionId", "managedBy"),
    *("sku", "plan", "properties", "tags", "identity", "zones", "extendedLocation"),
)
#: Columns that are text, and so empty where others are null.
_TEXTS = {"kind": "", "location": "", "resourceGroup": "", "managedBy": ""}


def whole(row: Resource) -> Resource:
    """A row as it is shown where nothing is projected: every column, and no other."""
    # a row looks up what it does not have yet
    there = row if isinstance(row, Row) else {**dict.fromkeys(COLUMNS), **_TEXTS, **row}
    return {name: there[name] for name in COLUMNS}


class Row(dict[str, typing.Any]):
    """A row ``{id, name, type, location, resourceGroup, subscriptionId, tags, properties, sku, identity, …}``.

    Types are in lower case, as Resource Graph has them. What its id does not tell is rendered when it is first read:
    most rows of a query are passed over by their type or scope.

    :param render: the resource as its own provider shows it.
    """

    def __init__(self, stub: Resource, tenant: str, render: typing.Callable[[], Resource]) -> None:
        parts = stub["id"].split("/")
        super().__init__(
            id=stub["id"],
            name=parts[-1],
            type=f"{parts[6]}/{parts[7]}".lower(),
            resourceGroup=parts[4].lower(),
            subscriptionId=parts[2],
            tenantId=tenant,
        )
        self._render = render

    def __missing__(self, name: str) -> typing.Any:
        shown = self._render()
        self.update(
            kind=shown.get("kind") or "",
            managedBy=shown.get("managedBy") or "",
            plan=shown.get("plan"),
            zones=shown.get("zones"),
            extendedLocation=shown.get("extendedLocation"),
            location=shown.get("location", ""),
            tags=shown.get("tags") or {},
            properties=shown.get("properties") or {},
            sku=shown.get("sku"),
            identity=shown.get("identity"),
            systemData=shown.get("systemData"),
            # in the case in which the provider writes it, for the generic list
            resource_type=shown["type"],
        )
        return self.get(name)


def everything(world: World) -> typing.Iterator[Row]:
    """A row for each resource, as it is now."""
    kinds: dict[str, typing.Callable[[World, Resource], Resource]] = {
        "registries": registries.render,
        "vaults": vaults.render,
        "hsms": managed_hsms.render,
        "identities": identities.render,
        "others": lambda _world, resource: resource,
    }
    tenants = {lower(one): subscription["tenant"] for one, subscription in world.data["subscriptions"].items()}
    for kind, render in kinds.items():
        for resource in list(world.data[kind].values()):
            tenant = tenants.get(lower(resource["id"].split("/")[2]), world.data["tenant"])
            yield Row(resource, tenant, _renderer(world, resource, render))


def _renderer(
    world: World, resource: Resource, render: typing.Callable[[World, Resource], Resource]
) -> typing.Callable[[], Resource]:
    return lambda: render(world, resource)


def index(world: World) -> typing.Iterable[Row]:
    """The rows that a query goes over: as everything is now, or as :func:`catch_up` found it last."""
    return everything(world) if world.graph_index is None else world.graph_index[1]


def catch_up(world: World) -> None:
    """Take the index anew if it is older than Resource Graph lags behind; called before every request, so that it is
    never older, and before a change shows what was there before it."""
    lag = world.settings.graph_lag_seconds
    if not lag:
        world.graph_index = None
    elif world.graph_index is None or world.clock.now() - world.graph_index[0] >= lag:
        rows = list(everything(world))
        for row in rows:
            # rendered now, not when it is read
            _properties = row["properties"]
        world.graph_index = (world.clock.now(), rows)
