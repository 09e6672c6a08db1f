# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keep a resource group as wanted."""

from __future__ import annotations

import typing

from .._azure import groups, identities
from .._operation import Result, Task, planned
from .._rules import names, plan, revocation
from .._rules.failure import Failure
from . import dependents, resolve
from .dependents import Dependents


def ensure(task: Task) -> Result:
    """The operation of the module ``resource_group``."""
    params = task.params
    name = names.check("resource group", params["name"])
    if params["state"] == "absent":
        return _absent(task, name)
    known = groups.get(task.session, name)
    steps = _present(task, name, known)
    if steps.changed and not task.check_mode:
        known = groups.put(task.session, name, steps.steps[0].details["body"])
    shown = known or {"name": name, "id": f"/subscriptions/{task.session.subscription_id}/resourceGroups/{name}"}
    facts = {
        "id": shown["id"],
        "name": shown["name"],
        "location": shown.get("location") or params["location"],
        "tags": (shown.get("tags") or {}) if not task.check_mode else steps.after.get("tags", shown.get("tags") or {}),
    }
    told = planned(steps, nothing=f"The resource group {name} is as wanted.", check_mode=task.check_mode)
    return {**told, "resource_group": facts}


def _present(task: Task, name: str, known: dict[str, typing.Any] | None) -> plan.Plan:
    params = task.params
    if known is None:
        if not params["location"]:
            text = f"The resource group {name} does not exist yet; to create it, location is needed."
            raise Failure(text, parameter="location", code="missing_parameter")
        body = {"location": params["location"], "tags": params["tags"] or {}}
        step = plan.Step("put", f"create the resource group {name} in {params['location']}", {"body": body})
        return plan.Plan((step,), {}, body)
    wanted = params["location"]
    if wanted and wanted.replace(" ", "").lower() != known["location"].lower():
        raise Failure(
            f"The resource group {name} is in {known['location']}; it cannot be moved.",
            parameter="location",
            hint="Leave location out, or choose another name.",
            code="fixed_location",
        )
    tags = plan.merged_tags(params["tags"], known.get("tags"), append=params["append_tags"])
    if tags is None:
        return plan.Plan()
    body = {"location": known["location"], "tags": tags}
    step = plan.Step("put", f"set the tags of the resource group {name}", {"body": body})
    return plan.Plan((step,), {"tags": known.get("tags") or {}}, {"tags": tags})


def _absent(task: Task, name: str) -> Result:
    known = groups.get(task.session, name)
    nothing = f"The resource group {name} does not exist."
    if known is None:
        return planned(plan.Plan(), nothing=nothing, check_mode=task.check_mode)
    session = task.session
    lost = revocation.in_group(resolve.all_registries(session), known["id"])
    others: dict[str, dict[str, str]] = {}
    found = [dependents.of_vault(task, session.cloud.vault_host(one)) for one in groups.vault_names(session, name)]
    found += [
        dependents.of_identity(task, one["properties"]["clientId"], one["id"])
        for one in identities.list_in_group(session, name)
    ]
    for one in found:
        lost += [registry for registry in one.registries if registry not in lost]
        others |= {other["id"].lower(): other for other in one.others}
    step = plan.Step("delete", f"delete the resource group {name} with all that is in it")
    steps = plan.Plan((step,), {"state": "present"}, {"state": "absent"})
    if not task.check_mode:
        what = step.text.replace("delete", "deleting", 1)
        revocation.require_confirmation(lost, task.params["confirm"], what=what, others=list(others.values()))
        groups.delete(task.session, name, timeout=task.timeout)
    told = planned(steps, nothing=nothing, check_mode=task.check_mode)
    everything = Dependents(tuple(lost), tuple(others.values()), tuple(text for one in found for text in one.unseen))
    return {**told, **everything.show()}
