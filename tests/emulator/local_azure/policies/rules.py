# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which assigned policies forbid something at a place; for resources and for keys alike."""

from __future__ import annotations

import typing

from ..resource_manager.scope import covers
from ..world import World, lower
from .conditions import Field, fill_in, holds
from .exemptions import exempt


def violated(world: World, place: str, field: Field, *, mode: str = "") -> list[dict[str, typing.Any]]:
    """The assignments that count at a place and whose rule forbids what has these fields.

    :param mode: ``Microsoft.KeyVault.Data`` for keys; empty for resources.
    :returns: ``{assignment, definition}`` of each.
    """
    violations = []
    for assignment in world.data["policy_assignments"].values():
        definition = world.data["policy_definitions"].get(lower(assignment["definition"]))
        if definition is None or not covers(world, assignment["scope"], place):
            continue
        if any(covers(world, scope, place) for scope in assignment["exempt_scopes"]) or not assignment["active"]:
            continue
        if exempt(world, assignment, place):
            continue
        if (definition["mode"] == "Microsoft.KeyVault.Data") is not (mode == "Microsoft.KeyVault.Data"):
            continue
        rule = fill_in(definition["rule"], {**definition["defaults"], **assignment["values"]})
        if str(rule["then"]["effect"]).lower() == "deny" and holds(rule["if"], field):
            violations.append({"assignment": assignment, "definition": definition})
    return violations
