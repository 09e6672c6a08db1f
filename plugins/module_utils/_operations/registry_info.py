# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Facts of registries: one, a resource group's, or all of some subscriptions, in as few requests as Azure offers."""

from __future__ import annotations

import typing

from .._azure import registries
from .._operation import Result, Task
from .._rules import names, resource_id
from .._rules.failure import Failure
from .._rules.registry_facts import facts, is_encrypted
from . import resolve


def gather(task: Task) -> Result:
    """The operation of the module ``acr_cmk_registry_info``."""
    params, session = task.params, task.session
    if params["name"] and params["resource_group"]:
        names.check("registry", params["name"])
        where = resource_id.ResourceId(
            session.subscription_id, params["resource_group"], resource_id.REGISTRY, params["name"]
        )
        wire = registries.get(session, where)
        found = [facts(wire, session.cloud)] if wire else []
    else:
        if params["resource_group"]:
            wires = registries.list_in(session, session.subscription_id, params["resource_group"])
            found = [facts(wire, session.cloud) for wire in wires]
        else:
            found = _of_subscriptions(task)
        if params["name"]:
            names.check("registry", params["name"])
            found = [known for known in found if str(known["name"]).lower() == params["name"].lower()]
    if params["encrypted_only"]:
        found = [known for known in found if is_encrypted(known)]
    if params["name"] and not found and params["must_exist"]:
        raise Failure(f"There is no registry {params['name']}.", parameter="name", code="not_found")
    return {"changed": False, "registries": sorted(found, key=lambda known: str(known["id"]).lower())}


def _of_subscriptions(task: Task) -> list[dict[str, typing.Any]]:
    asked, session = task.params["subscriptions"] or [], task.session
    if [one.lower() for one in asked] == ["all"]:
        return resolve.all_registries(session)
    return resolve.listed(session, asked or [session.subscription_id])
