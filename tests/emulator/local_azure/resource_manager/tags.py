# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags of resources: their names are compared without regard to case (Key Vault's own key tags are not of these)."""

from __future__ import annotations

from ..world import World
from .errors import bad_request


def take(world: World, before: dict[str, str], request: dict[str, str] | None) -> dict[str, str]:
    """The tags that a resource has after a request that names all of them.

    A name that was there in another spelling keeps it (switch ``keep_tag_spelling``); a request with both spellings is
    refused, or the last one counts (switch ``tag_twice``).

    :raises Refusal: 400 for a name in two spellings.
    """
    spellings = {name.lower(): name for name in before} if world.settings.keep_tag_spelling else {}
    tags: dict[str, str] = {}
    for name, value in (request or {}).items():
        twin = next((one for one in tags if one.lower() == name.lower()), None)
        if twin is not None:
            if world.settings.tag_twice == "refuse":
                raise bad_request(f"The tag names '{twin}' and '{name}' are the same.", "InvalidTagNames")
            del tags[twin]
        tags[spellings.get(name.lower(), name)] = value
    return tags
