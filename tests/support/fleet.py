# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many registries: made by the collection once a key, then copied in the local Azure's state, in seconds for 10,000."""

from __future__ import annotations

import copy
import typing
import uuid

from local_azure.client import Control
from local_azure.world import OWNER_ROLE

from support.contoso import Contoso
from support.direct import Direct

State = dict[str, typing.Any]
KV = "https://contoso-kv.vault.azure.net"


def copy_registry(state: State, made: State, name: str, subscription: str | None = None) -> str:
    """Put a copy of a registry beside it, or into the same group of another subscription; its resource id.

    What stands below the registry is not copied.
    """
    old = str(made["id"])
    place = old.split("/")
    place[2], place[-1] = subscription or place[2], name
    twin = copy.deepcopy(made)
    twin |= {"name": name, "id": "/".join(place), "label": name.lower()}
    state["data"]["registries"][twin["id"].lower()] = twin
    return str(twin["id"])


def add_subscription(state: State, number: int) -> str:
    """A further subscription of the same tenant and owner, with the same resource groups; its id."""
    data, subscription = state["data"], str(uuid.UUID(int=0xAC12 + number, version=4))
    first = next(iter(data["subscriptions"]))
    data["subscriptions"][subscription] = {**data["subscriptions"][first], "displayName": f"Local Azure {number}"}
    for group in [one for one in data["groups"].values() if f"/{first}/" in one["id"]]:
        other = group["id"].replace(first, subscription)
        data["groups"][other.lower()] = {**group, "id": other}
    owner = next(one for one in data["assignments"].values() if one["role"] == OWNER_ROLE)
    scope, name = f"/subscriptions/{subscription}", str(uuid.uuid4())
    twin = {**owner, "scope": scope, "name": name}
    data["assignments"][f"{scope}/providers/microsoft.authorization/roleassignments/{name}"] = twin
    root = next(iter(data["management_groups"].values()))
    root["subscriptions"].append(subscription)
    return subscription


def prototypes(contoso: Contoso, direct: Direct, *, keys: int, name: str = "fleet", **options: typing.Any) -> list[str]:
    """A registry on each of so many keys of the vault, which are made where they are not there: names.

    :param options: of the module that makes a registry, such as ``rotation_mode``.
    """
    names = []
    for number in range(keys):
        assert not direct("keyvault_rsa_key", vault="contoso-kv", name=f"cmk{number}").get("failed")
        key = f"{KV}/keys/cmk{number}"
        (task,) = contoso.registry_task(f"{name}{number}x0", key_identifier=key, **options).values()
        made = direct("acr_cmk_registry", **task)
        assert made["changed"], made
        names.append(str(task["name"]))
    return names


def multiply(state: State, names: typing.Sequence[str], *, each: int, subscriptions: int = 1) -> list[str]:
    """Copy each of some registries until there are so many of it in each subscription: the resource ids of all."""
    others = [add_subscription(state, number) for number in range(1, subscriptions)]
    ids = []
    for made in [one for one in state["data"]["registries"].values() if one["name"] in names]:
        ids += [str(made["id"]), *(copy_registry(state, made, f"{made['name'][:-1]}{n}") for n in range(1, each))]
        for place, other in enumerate(others, 1):
            ids += [copy_registry(state, made, f"{made['name'][:-1]}{n}s{place}", other) for n in range(each)]
    return ids


def fleet(contoso: Contoso, control: Control, direct: Direct, *, each: int, **options: typing.Any) -> list[str]:
    """``each`` registries on each of five keys, the keys all in one vault: their resource ids.

    :param options: of the module that makes a registry, such as ``rotation_mode``.
    """
    names = prototypes(contoso, direct, keys=5, **options)
    state = control.state()
    ids = multiply(state, names, each=each)
    control.load(state)
    return ids
