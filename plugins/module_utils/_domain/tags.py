# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Tags of resources and keys."""

from __future__ import annotations

import typing

Tags = typing.Mapping[str, str]


def merged(wanted: typing.Mapping[str, object] | None, current: Tags, *, append: bool) -> dict[str, str] | None:
    """The tags to write, or None when they are as wanted.

    :param append: keep tags that are not mentioned.
    """
    if wanted is None:
        return None
    goal = {**(current if append else {}), **{str(name): str(value) for name, value in wanted.items()}}
    return None if goal == current else goal
