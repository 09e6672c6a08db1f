# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Wait until registries have followed their versionless keys by themselves."""

from __future__ import annotations

import typing

from ..._domain import duration
from ..._domain.failure import Failure
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.registry import Registry
from ..._domain.words import listed
from ..._operation import Task
from ..registry import set_key
from ..registry.lookup import registries_in

#: How long a registry may take to follow a versionless key by itself (documented: within one hour), with some grace.
PICK_UP_SECONDS = 3900


def wait_for_pick_up(task: Task, goals: typing.Sequence[tuple[Registry, KeyIdentifier]]) -> dict[str, Registry]:
    """Look at lists, not at each registry, until every registry reports its version.

    :param goals: registries, each with the version that it is to report.
    :returns: by resource id, the registries as they are then.
    :raises Failure: when one does not within the hour.
    """
    left = {registry.id: (registry, goal) for registry, goal in goals}
    after: dict[str, Registry] = {}
    began = task.clock.monotonic()
    limit = max(task.timeout, PICK_UP_SECONDS)
    while left:
        subscriptions = dict.fromkeys(registry.resource_id.subscription for registry, _goal in left.values())
        for registry in registries_in(task.session, list(subscriptions)):
            if registry.id in left and set_key.reports(registry, left[registry.id][1]):
                after[registry.id] = registry
                del left[registry.id]
        waited = task.clock.monotonic() - began
        if left and waited >= limit:
            names = listed(registry.label for registry, _goal in left.values())
            raise Failure(
                f"{names} did not pick the new version up within {duration.words(limit)}.",
                hint="Their identity may have lost its access to the key. The old version is still there; run with "
                "pick_up: nudge to learn Azure's reason.",
                code="not_picked_up",
            )
        if left:
            task.clock.sleep(min(60.0, max(5.0, waited / 10)), "registries to pick the new version up")
    return after
