# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Records as they stand in their place."""

from __future__ import annotations

from ..._domain.record import Record
from ..._domain.record_place import Place
from ..._operation import Task
from ..._rules.record import chain
from ..._rules.record.chain import Verification
from .store import store


def look(task: Task, place: Place) -> Verification | None:
    """What there is, and whether it is right; None if there is no record at all.

    :raises Failure: when it cannot be read, or a library is missing.
    """
    data = store(place, lambda: task.session, task.clock, task.timeout).read()
    return None if data is None else chain.verification(*chain.split(data))


def records(task: Task, place: Place) -> tuple[Record, ...]:
    """The records of a place that are right, up to the first that is not; none if there is no record at all.

    :raises Failure: as :func:`look`, which also tells of the first that is not right.
    """
    verification = look(task, place)
    return verification.records if verification else ()
