# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The region in which something is to be made, looked at before anything is."""

from __future__ import annotations

import typing

from .._azure import groups
from .._domain import region
from .._domain.failure import Failure
from .._operation import Task


def check(task: Task, location: str | None) -> None:
    """Let a region pass that there is; Azure is asked only of one that is not well known.

    :raises Failure: for a region that the subscription does not have.
    """
    if not location or region.slug(location) in region.WELL_KNOWN:
        return
    session = task.session
    try:
        names: typing.Collection[str] = session.once("regions", lambda: groups.regions(session))
    except Failure as failure:
        if failure.status != 403:
            raise
        # whoever may not ask learns it when it is to be made
        return
    region.check(location, names)
