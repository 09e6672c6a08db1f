# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep a user-assigned managed identity as wanted."""

from __future__ import annotations

import dataclasses

from ..._azure import identities
from ..._domain import names, resource_id, tags
from ..._domain.failure import Failure
from ..._domain.identity import ManagedIdentity, planned_identity
from ..._domain.plan import Plan, Step, deletion
from ..._domain.record import Subject
from ..._domain.resource_id import ResourceId
from ..._operation import Result, Task, planned
from ..._rules.revocation.confirmation import require_confirmation
from .. import regions
from ..dependents import search
from .lookup import identity_at


def ensure(task: Task) -> Result:
    """The operation of the module ``managed_identity``."""
    params = task.params
    name = names.check("identity", params["name"])
    group = names.check("resource group", params["resource_group"], parameter="resource_group")
    where = ResourceId(task.session.subscription_id, group, resource_id.IDENTITY, name)
    current = identity_at(task.session, where)
    if params["state"] == "absent":
        return _absent(task, where, current)
    plan, goal = _present(task, where, current)
    if plan.changed and not task.check_mode:
        task.hold(f"the identity {where}")
        task.intend(plan.words, Subject.of(where, plan))
        goal = identities.put(task.session, where, {"location": goal.location, "tags": goal.tags})
    result = planned(
        plan, of=f"identity {name}", nothing=f"The identity {name} is as wanted.", check_mode=task.check_mode
    )
    return {**result, "identity": goal.result()}


def _present(task: Task, where: ResourceId, current: ManagedIdentity | None) -> tuple[Plan[Step], ManagedIdentity]:
    """The plan, and the identity as it is then to be."""
    params, name = task.params, where.name
    if current is None:
        if not params["location"]:
            text = f"The identity {name} does not exist yet; to create it, location is needed."
            raise Failure(text, parameter="location", code="missing_parameter")
        regions.check(task, params["location"])
        goal = planned_identity(where, params["location"], params["tags"] or {})
        step = Step("put", f"create the user-assigned identity {name}")
        return Plan((step,), {}, {"location": goal.location, "tags": goal.tags}), goal
    new_tags = tags.merged(params["tags"], current.tags, append=params["append_tags"])
    if new_tags is None:
        return Plan(), current
    step = Step("put", f"set the tags of the identity {name}")
    return Plan((step,), {"tags": current.tags}, {"tags": new_tags}), dataclasses.replace(current, tags=new_tags)


def _absent(task: Task, where: ResourceId, current: ManagedIdentity | None) -> Result:
    nothing = f"The identity {where.name} does not exist."
    if current is None:
        return planned(Plan[Step](), of=f"identity {where.name}", nothing=nothing, check_mode=task.check_mode)
    losing = search.of_identity(task, current.client_id or "", current.id)
    plan = deletion(Step("delete", f"delete the identity {where.name}"))
    if not task.check_mode:
        what = f"deleting the identity {where.name}"
        require_confirmation(losing.registries, task.params["confirm"], what=what, others=losing.others)
        task.intend(plan.words, Subject.of(where, plan))
        identities.delete(task.session, where)
    result = planned(plan, of=f"identity {where.name}", nothing=nothing, check_mode=task.check_mode)
    return {**result, **losing.result()}
