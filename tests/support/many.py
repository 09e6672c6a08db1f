# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Very many registries and subscriptions, put into the local Azure's state instead of being made one by one."""

from __future__ import annotations

import copy
import typing

from local_azure.authorization.routes import grant
from local_azure.registries.state import record
from local_azure.resource_manager.system_data import made_by_service
from local_azure.server import LocalAzure
from local_azure.world import OWNER_ROLE, SUBSCRIPTION


class Many:
    """Registries of a local Azure in the same process.

    :ivar subscriptions: those that were put in place.
    """

    def __init__(self, azure: LocalAzure) -> None:
        self._world = azure.world
        self.subscriptions = [SUBSCRIPTION]

    def subscription(self, id: str, *, owned: bool = True) -> str:
        """A further subscription of the same tenant, the local Azure's own principal its owner; returns its id."""
        world = self._world
        world.data["subscriptions"][id] = {"displayName": f"Subscription {id[-4:]}", "tenant": world.data["tenant"]}
        if owned:
            grant(world, scope=f"/subscriptions/{id}", role=OWNER_ROLE, principal=world.app()["oid"])
        self.subscriptions.append(id)
        return id

    def registries(
        self,
        count: int,
        *,
        subscription: str = SUBSCRIPTION,
        group: str = "fleet",
        prefix: str = "fleet",
        like: dict[str, typing.Any] | None = None,
        **changes: typing.Any,
    ) -> list[str]:
        """Registries of one resource group; returns their resource ids.

        :param like: the record of a registry that they are copies of, under the same key; without a key if None.
        :param changes: further parts of their records, as ``tags``.
        """
        world, place = self._world, f"/subscriptions/{subscription}/resourceGroups/{group}"
        shape = {"id": place, "name": group, "location": "westeurope", "tags": {}}
        world.data["groups"].setdefault(place.lower(), shape)
        ids = []
        for number in range(count):
            name = f"{prefix}{number:05}"
            own = copy.deepcopy(like) if like else _plain(world.clock.now())
            own |= {
                "name": name,
                "label": name,
                "id": f"{place}/providers/Microsoft.ContainerRegistry/registries/{name}",
            }
            world.data["registries"][own["id"].lower()] = {**own, **changes}
            ids.append(own["id"])
        return ids


def _plain(now: float) -> dict[str, typing.Any]:
    return {**record(now), **made_by_service(now), "location": "westeurope", "sku": "Premium"}
