# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry that a request names."""

from __future__ import annotations

import typing

from ..resource_manager.scope import place
from ..routing import Call
from . import state


def registry_of(call: Call) -> dict[str, typing.Any]:
    """The registry in the path, as the passing of time has left it.

    :raises Refusal: 404 for one that is not there, or whose group is not.
    """
    where = place(call, state.TYPE)
    registry = state.settle(call.world, where.key)
    if registry is None:
        raise where.not_found()
    return registry
