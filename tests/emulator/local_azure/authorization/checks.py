# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What role assignments and custom roles must be, before anything of them is kept."""

from __future__ import annotations

import re
import typing

from ..guids import is_guid
from ..resource_manager.scope import covers, require_group
from ..world import World
from . import errors

#: A provider and what is done there, with wildcards anywhere; or whatever is done with anything.
_ACTION = re.compile(r"(?:[\w*]+\.)+[\w*]+/.+|\*(?:/.+)?")
_SUBSCRIPTION = re.compile("/subscriptions/([^/]+)(?:/resourceGroups/([^/]+))?(?:/.*)?", re.IGNORECASE)
_MANAGEMENT_GROUP = re.compile("/providers/Microsoft.Management/managementGroups/[^/]+", re.IGNORECASE)


def assignment(world: World, name: str, scope: str, principal: str) -> None:
    """An assignment's own name, its principal, and the resource group that it is in.

    :raises Refusal: 400 for what is no GUID; 404 ResourceGroupNotFound.
    """
    assignment_name(name)
    place = _SUBSCRIPTION.fullmatch(scope)
    if place and place[2]:
        require_group(world, place[1], place[2])
    if not is_guid(principal):
        raise errors.principal_not_a_guid(principal)


def assignment_name(name: str) -> None:
    """:raises Refusal: 400 InvalidRoleAssignmentId."""
    if not is_guid(name):
        raise errors.name_not_a_guid(name)


def assignable(world: World, role: str, scope: str) -> None:
    """A custom role is assigned within its scopes alone.

    :raises Refusal: 400.
    """
    custom = world.data["roles"].get(role)
    if custom and not any(covers(world, one, scope) for one in custom["scopes"]):
        raise errors.not_assignable(custom["role"]["name"])


def role_name(name: str) -> None:
    """:raises Refusal: 400 InvalidRoleDefinitionId."""
    if not is_guid(name):
        raise errors.role_not_a_guid(name)


def actions(texts: typing.Iterable[str], *, data: bool) -> None:
    """What a custom role permits or takes away; that a provider has it is not looked at.

    :raises Refusal: 400 InvalidActionOrNotAction; told of actions, inferred of data actions.
    """
    for text in texts:
        if not _ACTION.fullmatch(text):
            raise errors.no_action(text).inferred() if data else errors.no_action(text)


def scopes(wanted: typing.Iterable[str]) -> None:
    """Where a custom role can be assigned: never everywhere.

    :raises Refusal: 400.
    """
    for number, scope in enumerate(wanted):
        place = _SUBSCRIPTION.fullmatch(scope)
        if not (place and is_guid(place[1])) and not _MANAGEMENT_GROUP.fullmatch(scope):
            raise errors.no_assignable_scope(scope, number)
