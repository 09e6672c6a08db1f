# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a version of a key can have at most, however it comes into the vault or is changed there."""

from __future__ import annotations

import typing

from . import errors
from .durations import LAST

#: Microsoft's "About keys", "Key tags".
_TAGS, _LETTERS = 15, 256


def check(body: dict[str, typing.Any]) -> None:
    """Refuse what a creation, an import or an update asks for beyond the limits.

    :raises Refusal: 400 BadParameter.
    """
    tags = body.get("tags") or {}
    if len(tags) > _TAGS:
        raise errors.bad_parameter(f"A key has {_TAGS} tags at most.").inferred()
    if any(len(text or "") > _LETTERS for pair in tags.items() for text in pair):
        raise errors.bad_parameter(f"Names and values of a key's tags have {_LETTERS} characters at most.").inferred()
    for name in ("nbf", "exp"):
        moment = (body.get("attributes") or {}).get(name)
        if moment is not None and not 0 <= moment <= LAST:
            raise errors.bad_parameter(f"The attribute {name} is no moment before the year 10000.").inferred()
