# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""May this principal do that, there? Pure but for reading the world."""

from __future__ import annotations

import fnmatch
import functools
import typing

from ..resource_manager.scope import scopes_over, within
from ..world import World, lower
from .roles import ROLES, Role


def matches(action: str, patterns: tuple[str, ...], *, star_covers_parent: bool = True) -> bool:
    """Whether a pattern has the action; ``vaults/*/read`` has ``vaults/read`` too, as Azure's own roles assume.

    The Managed Identity Operator may assign identities by ``userAssignedIdentities/*/assign/action`` alone.
    """
    return _matches(action, tuple(patterns), star_covers_parent)


@functools.lru_cache(maxsize=4096)
def _matches(action: str, patterns: tuple[str, ...], star_covers_parent: bool) -> bool:
    wanted, forms = action.lower(), {pattern.lower() for pattern in patterns}
    if star_covers_parent:
        forms |= {form.replace("/*/", "/") for form in forms}
    return any(fnmatch.fnmatchcase(wanted, form) for form in forms)


def memberships(world: World, principal: str) -> set[str]:
    """A principal and the groups that it is in, object ids."""
    groups = world.data["directory_groups"].items()
    return {principal} | {oid for oid, group in groups if principal in group["members"]}


def role_of(world: World, role_id: str) -> Role | None:
    """A role by its id, built in or custom; None if it was deleted."""
    custom = world.data["roles"].get(role_id)
    return ROLES.get(role_id) or (Role(**custom["role"]) if custom else None)


def _of(world: World, who: set[str], scope: str) -> typing.Iterator[dict[str, typing.Any]]:
    """The assignments of some principals that count for a scope."""
    shelf, places = world.shelf("assignments"), scopes_over(world, scope)
    for principal in who:
        for place in places:
            yield from shelf.having(f"{principal} at {place}")


def sees(world: World, principal: str, subscription: str) -> bool:
    """Whether a subscription is among those that Azure shows to a principal: it has a role at it, above or below it."""
    place, shelf = f"/subscriptions/{subscription}", world.shelf("assignments")
    above = scopes_over(world, place)
    return any(
        lower(one["scope"]) in above or within(place, one["scope"])
        for who in memberships(world, principal)
        for one in shelf.having(who)
    )


def allowed(world: World, principal: str, action: str, scope: str, *, data: bool = False) -> bool:
    """Whether a role assignment at the scope or above it permits the action.

    :param principal: object id.
    :param data: the action is a data action (inside a vault) rather than a management one.
    """
    who = memberships(world, principal)
    world.asked.append((principal, action, data))
    for assignment in _of(world, who, scope):
        if world.clock.now() < assignment["created"] + world.settings.role_spread_seconds:
            continue
        role = role_of(world, assignment["role"])
        if role is None:
            continue
        has, lacks = (role.data_actions, role.not_data_actions) if data else (role.actions, role.not_actions)
        star = world.settings.star_covers_parent
        if matches(action, has, star_covers_parent=star) and not matches(action, lacks, star_covers_parent=star):
            return True
    return False
