# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Registries by what people write, and all that the caller sees."""

from __future__ import annotations

import typing

from ..._azure import groups, registries
from ..._azure.session import Session
from ..._domain import names, resource_id
from ..._domain.failure import Failure
from ..._domain.registry import Registry
from ..._domain.resource_id import ResourceId
from ..._domain.words import listed
from ..._operation import Task
from ..._rules.registry.reference import Candidates
from ..access import caller


def registry_id(
    session: Session, reference: str, group: str | None, *, parameter: str = "registries"
) -> ResourceId | None:
    """The resource id of a registry given by resource id, or by name within a resource group; None if that is open.

    :raises Failure: for a name that Azure would not take.
    """
    if reference.startswith("/"):
        return resource_id.check(reference, resource_id.REGISTRY, parameter=parameter)
    names.check("registry", reference, parameter=parameter)
    return ResourceId(session.subscription_id, group, resource_id.REGISTRY, reference) if group else None


def all_registries(session: Session) -> list[Registry]:
    """The registries of every subscription that the caller sees, listed side by side, once in a session.

    :raises Failure: when a list cannot be read; then nobody can say who depends on what.
    """
    return session.once("all registries", lambda: registries_in(session, groups.subscriptions(session)))


def registries_in(session: Session, subscriptions: typing.Sequence[str]) -> list[Registry]:
    """The registries of some subscriptions, listed side by side.

    :raises Failure: when a list cannot be read.
    """

    def lister(subscription: str) -> typing.Callable[[], list[Registry]]:
        return lambda: registries.list_in(session, subscription)

    lists = session.side_by_side(*(lister(subscription) for subscription in subscriptions))
    return [registry for one in lists for registry in one]


def registries_seen(session: Session, those: typing.Sequence[Registry], *, few: int) -> dict[str, Registry]:
    """Registries as they are now, by resource id in lower case; one that is not there any more is left out.

    :param few: up to so many of a subscription are read one by one, more by its list.
    :raises Failure: when one cannot be read.
    """
    lanes: dict[str, list[Registry]] = {}
    for registry in those:
        lanes.setdefault(registry.resource_id.subscription.lower(), []).append(registry)

    def reader(registry: Registry) -> typing.Callable[[], list[Registry]]:
        return lambda: [found for found in [registries.get(session, registry.resource_id)] if found]

    def lister(subscription: str) -> typing.Callable[[], list[Registry]]:
        return lambda: registries.list_in(session, subscription)

    calls = [reader(registry) for lane in lanes.values() if len(lane) <= few for registry in lane]
    calls += [lister(lane[0].resource_id.subscription) for lane in lanes.values() if len(lane) > few]
    ids = {registry.id.lower() for registry in those}
    answers = (registry for part in session.side_by_side(*calls) for registry in part)
    return {registry.id.lower(): registry for registry in answers if registry.id.lower() in ids}


def registries_of_group(task: Task, group: str) -> list[Registry]:
    """The registries of a resource group.

    :raises Failure: when there is no such group: a misspelt one must not look like an empty one.
    """
    session = task.session
    names.check("resource group", group, parameter="resource_group")
    if groups.get(session, group) is None:
        raise Failure(
            f"There is no resource group {group} that you can see.",
            parameter="resource_group",
            hint="Check its name and the subscription.",
            code="not_found",
        )
    return registries.list_in(session, session.subscription_id, group)


def registries_by_reference(task: Task, *, with_all: bool = False) -> list[Registry]:
    """The registries that the option ``registries`` names: one by its own GET, many by their subscriptions' lists.

    :param with_all: whether ``all`` may stand for every registry with a customer-managed key that the caller sees.
    :raises Failure: when one of them is not there.
    """
    session, group = task.session, task.params["resource_group"]
    references = [name for name in dict.fromkeys(task.params["registries"]) if name]
    if any(is_all(reference) for reference in references):
        return _all_with_key(task, references, group, allowed=with_all)
    if not references:
        raise Failure(
            "No registry was given.",
            parameter="registries",
            hint="Name at least one (acr_cmk_registry or acr_cmk_registries for the playbooks).",
            code="missing_parameter",
        )
    ids = [registry_id(session, reference, group) for reference in references]
    if len(ids) == 1 and ids[0] is not None:
        registry = registries.get(session, ids[0])
        candidates = [registry] if registry else []
    else:
        subscriptions = dict.fromkeys(where.subscription if where else session.subscription_id for where in ids)
        candidates = registries_in(session, list(subscriptions))
    among = Candidates(candidates)
    matches = [among.match(reference, where) for reference, where in zip(references, ids, strict=True)]
    missing = [reference for reference, registry in zip(references, matches, strict=True) if registry is None]
    if missing:
        raise Failure(
            f"There is no registry {listed(missing)} that you can see.",
            parameter="registries",
            hint="Give the resource id of a registry in another subscription; check names and resource_group.",
            code="not_found",
        )
    return list({registry.id.lower(): registry for registry in matches if registry}.values())


def is_all(reference: str) -> bool:
    """Whether a reference stands for every registry; no name is that short."""
    return reference.strip().lower() == "all"


def _all_with_key(task: Task, references: typing.Sequence[str], group: str | None, *, allowed: bool) -> list[Registry]:
    if not allowed or len(references) > 1:
        raise Failure(
            "all stands for every registry that you can see, beside which no other can be named."
            if allowed
            else "all is too much to say here: each registry whose images this locks is to be named.",
            parameter="registries",
            hint="Name the registries, or all of them by all alone." if allowed else "Name the registries.",
            code="contradiction" if allowed else "all_not_allowed",
        )
    everyone = registries_of_group(task, group) if group else all_registries(task.session)
    with_key = [registry for registry in everyone if registry.encryption is not None]
    if not with_key:
        raise Failure(
            f"Of {len(everyone)} registries that you can see none has a customer-managed key.",
            parameter="registries",
            hint="Check resource_group, and who is signed in.",
            code="not_found",
        )
    return with_key


def registry_by_reference(task: Task, reference: str, *, parameter: str) -> Registry:
    """One registry, by resource id, or by its name in the session's subscription.

    :raises Failure: when it is not there, or the name stands for two.
    """
    session = task.session
    where = registry_id(session, reference, None, parameter=parameter)
    if where is not None:
        registry = registries.get(session, where)
    else:
        among = Candidates(registries.list_in(session, session.subscription_id))
        registry = among.match(reference, None, parameter=parameter)
    if registry is None:
        raise Failure(
            f"There is no registry {reference} that you can see.",
            parameter=parameter,
            hint="Give the resource id of a registry in another subscription; check the name.",
            code="not_found",
        )
    return registry


#: Up to so many registries of a subscription are looked at one by one, more by its list.
FEW = 3
#: The states of a registry with which Azure is not done.
_MOVING = ("Creating", "Updating", "Deleting")


def is_moving(registry: Registry) -> bool:
    """Whether an operation on a registry is under way."""
    return registry.provisioning_state in _MOVING


def settled(task: Task, where: ResourceId, registry: Registry | None = None) -> Registry | None:
    """A registry at rest: a run that was killed, or lost an answer, may have left an operation under way.

    :param registry: as it was read just now, if it was.
    :raises Failure: when the operation does not end within ``wait_timeout``.
    """
    began = task.clock.monotonic()
    registry = registry or registries.get(task.session, where)
    while registry and is_moving(registry) and not task.check_mode:
        waited = task.clock.monotonic() - began
        if waited >= task.timeout:
            raise _still_moving(registry)
        task.clock.sleep(caller.pause(waited), "an earlier operation on the registry to end")
        registry = registries.get(task.session, where)
    return registry


def at_rest(task: Task, those: typing.Sequence[Registry]) -> list[Registry]:
    """Registries once nothing is under way on any of them: before that nobody knows which key version they will be on,
    and another one would be made for nothing.

    :raises Failure: when an operation does not end within ``wait_timeout``.
    """
    latest = {registry.id.lower(): registry for registry in those}
    began = task.clock.monotonic()
    while not task.check_mode:
        moving = [registry for registry in latest.values() if is_moving(registry)]
        if not moving:
            break
        waited = task.clock.monotonic() - began
        if waited >= task.timeout:
            raise _still_moving(moving[0])
        task.clock.sleep(caller.pause(waited), "earlier operations on registries to end")
        current = registries_seen(task.session, moving, few=FEW)
        for registry in moving:
            latest[registry.id.lower()] = current.get(registry.id.lower()) or registry
    return list(latest.values())


def _still_moving(registry: Registry) -> Failure:
    return Failure(
        f"An earlier operation on the registry {registry.label} is still under way ({registry.provisioning_state}). "
        "Nothing was changed.",
        parameter="wait_timeout",
        hint="Azure goes on with it; run the same task again to wait on, or raise wait_timeout.",
        code="timeout",
    )
