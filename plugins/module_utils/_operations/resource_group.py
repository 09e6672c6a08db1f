# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep a resource group as wanted."""

from __future__ import annotations

import dataclasses

from .._azure import groups, identities
from .._domain import names, tags
from .._domain.failure import Failure
from .._domain.plan import Plan, Step, deletion
from .._domain.record import Subject
from .._domain.region import slug
from .._domain.resource import ResourceGroup
from .._operation import Result, Task, planned
from .._rules.dependents.registries import in_group
from .._rules.revocation.confirmation import require_confirmation
from . import regions
from .dependents import search
from .dependents.search import Dependents
from .registry.lookup import all_registries


def ensure(task: Task) -> Result:
    """The operation of the module ``resource_group``."""
    name = names.check("resource group", task.params["name"])
    current = groups.get(task.session, name)
    if task.params["state"] == "absent":
        return _absent(task, name, current)
    plan, goal = _present(task, name, current)
    if plan.changed and not task.check_mode:
        task.hold(f"the resource group {name}")
        task.intend(plan.words, Subject.of(goal.id, plan))
        goal = groups.put(task.session, name, {"location": goal.location, "tags": goal.tags})
    result = planned(
        plan,
        of=f"resource group {name}",
        nothing=f"The resource group {name} is as wanted.",
        check_mode=task.check_mode,
    )
    return {**result, "resource_group": goal.result()}


def _present(task: Task, name: str, current: ResourceGroup | None) -> tuple[Plan[Step], ResourceGroup]:
    """The plan, and the group as it is then to be."""
    params, location = task.params, task.params["location"]
    if current is None:
        if not location:
            text = f"The resource group {name} does not exist yet; to create it, location is needed."
            raise Failure(text, parameter="location", code="missing_parameter")
        regions.check(task, location)
        group_id = f"/subscriptions/{task.session.subscription_id}/resourceGroups/{name}"
        goal = ResourceGroup(group_id, name, location, params["tags"] or {})
        step = Step("put", f"create the resource group {name} in {location}")
        return Plan((step,), {}, {"location": location, "tags": goal.tags}), goal
    if location and slug(location) != slug(current.location):
        raise Failure(
            f"The resource group {name} is in {current.location}; it cannot be moved.",
            parameter="location",
            hint="Leave location out, or choose another name.",
            code="fixed_location",
        )
    new_tags = tags.merged(params["tags"], current.tags, append=params["append_tags"])
    if new_tags is None:
        return Plan(), current
    step = Step("put", f"set the tags of the resource group {name}")
    return Plan((step,), {"tags": current.tags}, {"tags": new_tags}), dataclasses.replace(current, tags=new_tags)


def _absent(task: Task, name: str, current: ResourceGroup | None) -> Result:
    nothing = f"The resource group {name} does not exist."
    if current is None:
        return planned(Plan[Step](), of=f"resource group {name}", nothing=nothing, check_mode=task.check_mode)
    losing = _dependents(task, current)
    step = Step("delete", f"delete the resource group {name} with all that is in it")
    plan = deletion(step)
    if not task.check_mode:
        what = step.text.replace("delete", "deleting", 1)
        require_confirmation(losing.registries, task.params["confirm"], what=what, others=losing.others)
        task.intend(plan.words, Subject.of(current.id, plan))
        groups.delete(task.session, name, timeout=task.timeout)
    return {
        **planned(plan, of=f"resource group {name}", nothing=nothing, check_mode=task.check_mode),
        **losing.result(),
    }


def _dependents(task: Task, group: ResourceGroup) -> Dependents:
    """Who loses something with the group: its registries, and whoever uses its vaults and identities."""
    session, name = task.session, group.name
    parts = [Dependents(tuple(in_group(all_registries(session), group.id)))]
    parts += [search.of_vault(task, session.cloud.vault_host(vault)) for vault in groups.vault_names(session, name)]
    parts += [
        search.of_identity(task, identity.client_id or "", identity.id)
        for identity in identities.list_in_group(session, name)
    ]
    return search.together(parts)
