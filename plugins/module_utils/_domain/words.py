# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Words for people."""

from __future__ import annotations

import difflib
import json
import re
import typing
import unicodedata


def listed(items: typing.Iterable[str], most: int | None = None) -> str:
    """``a``, ``a and b``, ``a, b and c``; ``nothing`` for none.

    :param most: how many are named if there are more: ``a, b and 98 more``.
    """
    names = list(items)
    if most is not None and len(names) > most:
        names = [*names[:most], f"{len(names) - most} more"]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}" if names else "nothing"


#: How many of a fleet a sentence names.
NAMED = 10


def either(items: typing.Iterable[object]) -> str:
    """``a``, ``a or b``, ``a, b or c``; there is at least one."""
    names = [str(item) for item in items]
    return ", ".join(names[:-1]) + f" or {names[-1]}" if len(names) > 1 else names[0]


def nearest(word: str, choices: typing.Iterable[str]) -> str | None:
    """The choice that somebody who wrote a word most likely meant."""
    by_letters = {choice.replace("_", "").lower(): choice for choice in choices}
    letters = re.sub(r"[\s_-]", "", word).lower()
    close = difflib.get_close_matches(letters, by_letters, 1, 0.6)
    return by_letters[close[0]] if close else None


def unavailable(value: object, choices: typing.Collection[object]) -> tuple[str, str]:
    """That a value is none of some choices, as two sentences: what is wrong, and what will do."""
    near = nearest(value, map(str, choices)) if isinstance(value, str) else None
    return f"{shown(value)} is not to be had" + (f"; did you mean {near}?" if near else "."), f"Give {either(choices)}."


def shown(value: object, longest: int = 200) -> str:
    """What somebody wrote, in quotes, for a message: shortened, and with nothing in it that a terminal would obey.

    :param longest: in characters; what is longer is cut off.
    """
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return repr(text if len(text) <= longest else text[: longest - 1] + "…")


def flaw(text: str, *, longest: int, lines: bool = False) -> str | None:
    """What keeps a text from being any name, path or word at all, as the rest of a sentence; None if nothing does.

    :param longest: in characters.
    :param lines: whether it may have several lines.
    """
    if len(text) > longest:
        return f"has {len(text)} characters; more than {longest} make no sense there"
    for character in text:
        # control characters, halves of characters, and what turns the direction of all that follows
        odd = unicodedata.category(character) in ("Cc", "Cs") or character in _TURNING
        if odd and not (lines and character in "\r\n\t"):
            return f"has the character U+{ord(character):04X} in it, which nothing there can have"
    return None


_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
