# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Registries: one, a resource group's, or all of some subscriptions, in as few requests as Azure offers."""

from __future__ import annotations

from ..._azure import registries
from ..._domain import names, resource_id
from ..._domain.failure import Failure
from ..._domain.registry import Registry
from ..._domain.resource_id import ResourceId
from ..._operation import Result, Task
from .lookup import all_registries, registries_in
from .set_key import name_taken


def gather(task: Task) -> Result:
    """The operation of the module ``acr_cmk_registry_info``."""
    params, session = task.params, task.session
    name, group = params["name"], params["resource_group"]
    if name:
        names.check("registry", name)
    if name and group:
        where = ResourceId(session.subscription_id, group, resource_id.REGISTRY, name)
        registry = registries.get(session, where)
        matches = [registry] if registry else []
        if registry is None and params["name_must_be_free"]:
            _check_name(task, where)
    elif group:
        matches = registries.list_in(session, session.subscription_id, group)
    else:
        matches = [one for one in _of_subscriptions(task) if not name or one.name.lower() == name.lower()]
    if params["encrypted_only"]:
        matches = [registry for registry in matches if registry.encryption]
    if name and not matches and params["must_exist"]:
        raise Failure(f"There is no registry {name}.", parameter="name", code="not_found")
    ordered = sorted(matches, key=lambda registry: registry.id.lower())
    return {"changed": False, "registries": [registry.result() for registry in ordered]}


def _check_name(task: Task, where: ResourceId) -> None:
    """Nothing is to be made for a registry whose name cannot be had."""
    refusal = task.name_refusal(where.name, lambda: registries.name_refusal(task.session, where))
    if refusal:
        raise name_taken(where.name, refusal)


def _of_subscriptions(task: Task) -> list[Registry]:
    subscriptions, session = task.params["subscriptions"] or [], task.session
    if [one.lower() for one in subscriptions] == ["all"]:
        return all_registries(session)
    return registries_in(session, subscriptions or [session.subscription_id])
