# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What takes an identity's access to a key away, and what stays open."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain.key_identifier import KeyIdentifier
from ..._domain.plan import Step
from ..access.ways import Way


@dataclasses.dataclass(frozen=True)
class AccessStep(Step):
    """A right that is taken away: ``unassign`` the assignment ``id`` at ``scope``, or ``remove_policy``."""

    # again, since some tools do not see what is inherited
    action: str
    text: str
    id: str = ""
    scope: str = ""


@dataclasses.dataclass(frozen=True)
class AccessPlan:
    """What takes an identity's access away: ``steps``, the active ways that ``remain``, and those that are dormant."""

    steps: tuple[AccessStep, ...]
    remaining: tuple[Way, ...]
    dormant: tuple[Way, ...]


def access_plan(ways: typing.Iterable[Way], principal: str, key: KeyIdentifier) -> AccessPlan:
    """The plan to take an identity's access to a key away.

    Taken away is what the identity itself was given at the key store or the key. What comes from above, through a
    group or by a role that we do not know may serve others: it is told, not removed.
    """
    steps, remaining, dormant = [], [], []
    for way in ways:
        if not way.active:
            dormant.append(way)
        elif not way.is_ours_to_take:
            remaining.append(way)
        elif way.kind == "policy":
            text = f"take get, wrapKey and unwrapKey from the access policy of {principal} on the {key.place}"
            steps.append(AccessStep("remove_policy", text))
        else:
            text = f"remove the role {way.name} of {principal} at {way.scope}"
            steps.append(AccessStep("unassign", text, id=way.id or "", scope=way.scope))
    return AccessPlan(tuple(steps), tuple(remaining), tuple(dormant))
