# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags of resources: their names are compared without regard to case (Key Vault's own key tags are not of these)."""

from __future__ import annotations

from ..world import World
from .errors import bad_request

#: Characters that no name of a tag has.
_RESERVED = frozenset("<>%&\\?/")
_MOST, _LONGEST_NAME, _LONGEST_VALUE = 50, 512, 256


def take(world: World, before: dict[str, str], request: dict[str, str] | None) -> dict[str, str]:
    """The tags that a resource has after a request that names all of them.

    A name that was there in another spelling keeps it (switch ``keep_tag_spelling``); a request with both spellings is
    refused, or the last one counts (switch ``tag_twice``).

    :raises Refusal: 400 for a name in two spellings, and for what is more or longer than a resource can have.
    """
    _check(request or {})
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


def _check(tags: dict[str, str]) -> None:
    if len(tags) > _MOST:
        text = f"A resource can have {_MOST} tags at most, and these are {len(tags)}."
        raise bad_request(text, "TagsLimitExceeded").inferred()
    for name, value in tags.items():
        if len(name) > _LONGEST_NAME or _RESERVED & set(name):
            text = f"The tag name '{name}' is longer than {_LONGEST_NAME} characters or has one of < > % & \\ ? /."
            raise bad_request(text, "InvalidTagName").inferred()
        if len(value or "") > _LONGEST_VALUE:
            text = (
                f"Tag value too large.  Following tag value '{value}' exceeded the maximum length. Maximum allowed "
                f"length for tag value - '{_LONGEST_VALUE}' characters."
            )
            raise bad_request(text, "InvalidTagValueLength")
