# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep a user-assigned managed identity as wanted."""

from __future__ import annotations

import typing

from .._azure import identities
from .._operation import Result, Task, planned
from .._rules import names, plan, resource_id, revocation
from .._rules.failure import Failure
from . import dependents


def ensure(task: Task) -> Result:
    """The operation of the module ``managed_identity``."""
    params = task.params
    name = names.check("identity", params["name"])
    group = names.check("resource group", params["resource_group"], parameter="resource_group")
    where = resource_id.ResourceId(task.session.subscription_id, group, resource_id.IDENTITY, name)
    known = identities.get(task.session, where)
    if params["state"] == "absent":
        return _absent(task, where, known)
    steps = _present(params, name, known)
    if steps.changed and not task.check_mode:
        known = identities.put(task.session, where, steps.steps[0].details["body"])
    told = planned(steps, nothing=f"The identity {name} is as wanted.", check_mode=task.check_mode)
    return {**told, "identity": _facts(known, where, steps)}


def _facts(
    known: dict[str, typing.Any] | None, where: resource_id.ResourceId, steps: plan.Plan
) -> dict[str, typing.Any]:
    properties = (known or {}).get("properties") or {}
    return {
        "id": known["id"] if known else str(where),
        "name": where.name,
        "client_id": properties.get("clientId"),
        "principal_id": properties.get("principalId"),
        "location": (known or steps.after).get("location"),
        "tags": steps.after.get("tags") or (known or {}).get("tags") or {},
    }


def _present(params: dict[str, typing.Any], name: str, known: dict[str, typing.Any] | None) -> plan.Plan:
    if known is None:
        if not params["location"]:
            text = f"The identity {name} does not exist yet; to create it, location is needed."
            raise Failure(text, parameter="location", code="missing_parameter")
        body = {"location": params["location"], "tags": params["tags"] or {}}
        step = plan.Step("put", f"create the user-assigned identity {name}", {"body": body})
        return plan.Plan((step,), {}, body)
    tags = plan.merged_tags(params["tags"], known.get("tags"), append=params["append_tags"])
    if tags is None:
        return plan.Plan()
    body = {"location": known["location"], "tags": tags}
    step = plan.Step("put", f"set the tags of the identity {name}", {"body": body})
    return plan.Plan((step,), {"tags": known.get("tags") or {}}, {"tags": tags})


def _absent(task: Task, where: resource_id.ResourceId, known: dict[str, typing.Any] | None) -> Result:
    nothing = f"The identity {where.name} does not exist."
    if known is None:
        return planned(plan.Plan(), nothing=nothing, check_mode=task.check_mode)
    client_id = (known.get("properties") or {}).get("clientId", "")
    lost = dependents.of_identity(task, client_id, known["id"])
    step = plan.Step("delete", f"delete the identity {where.name}")
    steps = plan.Plan((step,), {"state": "present"}, {"state": "absent"})
    if not task.check_mode:
        what = f"deleting the identity {where.name}"
        revocation.require_confirmation(lost.registries, task.params["confirm"], what=what, others=lost.others)
        identities.delete(task.session, where)
    told = planned(steps, nothing=nothing, check_mode=task.check_mode)
    return {**told, **lost.show()}
