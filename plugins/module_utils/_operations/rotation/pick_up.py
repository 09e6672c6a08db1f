# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Wait until registries have followed their versionless keys by themselves."""

from __future__ import annotations

import collections
import math
import typing

from ..._domain import duration
from ..._domain.failure import Failure
from ..._domain.registry import Registry
from ..._operation import Task
from ..registry.fleet import Outcome, gone
from ..registry.lookup import FEW, registries_seen

#: How long a registry may take to follow a versionless key by itself (documented: within one hour), and with grace.
HOUR, PICK_UP_SECONDS = 3600.0, 3900.0
#: How many reads the looks of that hour may cost, and how many registries are on a page of a list (recorded: 100).
_READS, _PAGE = 20, 100
#: Seconds after the hour at which the last ones are looked for.
_MARGIN = 60.0


def wait_for_pick_up(
    task: Task,
    registries: typing.Sequence[Registry],
    reached: typing.Callable[[Registry], bool],
    tell: typing.Callable[[int, int, int], None],
) -> list[Outcome]:
    """Look at lists, not at each registry, until every registry reports its version; in the order of the registries.

    :param reached: whether a registry reports it.
    :param tell: as of :class:`..registry.fleet.Fleet`.
    """
    left = {registry.id.lower(): registry for registry in registries}
    subscriptions = collections.Counter(registry.resource_id.subscription.lower() for registry in registries)
    #: at first as many as the lists of these alone would have
    reads = sum(math.ceil(count / _PAGE) for count in subscriptions.values())
    outcomes: dict[str, Outcome] = {}
    began = task.clock.monotonic()
    limit = max(task.timeout, PICK_UP_SECONDS)
    if len(registries) > _PAGE:
        # none has followed yet, as a rule, and a look at all is dear
        task.clock.sleep(_pause(0.0, reads), "registries to pick the new version up")
    while left:
        before = task.session.meter.requests
        current = registries_seen(task.session, list(left.values()), few=FEW)
        reads = task.session.meter.requests - before
        for name, registry in list(left.items()):
            now = current.get(name)
            if now is None:
                outcomes[name] = Outcome("failed", registry, gone(registry))
            elif reached(now):
                outcomes[name] = Outcome("done", now)
        left = {name: registry for name, registry in left.items() if name not in outcomes}
        waited = task.clock.monotonic() - began
        if left and waited >= limit:
            outcomes |= {name: Outcome("failed", one, _not_picked_up(one, limit)) for name, one in left.items()}
            break
        if left:
            tell(len(outcomes), 0, len(registries))
            task.clock.sleep(_pause(waited, reads), "registries to pick the new version up")
    return [outcomes[registry.id.lower()] for registry in registries]


def _pause(waited: float, reads: int) -> float:
    """The seconds until the next look.

    Where a look costs a single read, or three, it is taken every minute; else so seldom that all looks of the hour cost
    some twenty, and one falls on its end.

    :param waited: seconds so far.
    :param reads: what a look costs.
    """
    if reads <= FEW:
        return min(60.0, max(5.0, waited / 10))
    span = max(60.0, HOUR / max(1, _READS // reads))
    rest = HOUR + _MARGIN - waited
    return 60.0 if rest <= 0 else rest if rest < 1.5 * span else span


def _not_picked_up(registry: Registry, limit: float) -> Failure:
    return Failure(
        f"{registry.label} did not pick the new version up within {duration.words(limit)}.",
        hint="Its identity may have lost its access to the key. The old version is still there; run with "
        "pick_up: nudge to learn Azure's reason.",
        code="not_picked_up",
    )
