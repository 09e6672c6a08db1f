# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""JSON as Azure sent it, and as it is sent: read by path, so that what is made of it has types.

A :data:`Wire` lives no longer than the ``from_wire`` that reads it.
"""

from __future__ import annotations

import typing

#: JSON that the SDK answered with. The one name for it; nothing between Azure and the domain's types keeps one.
Wire = dict[str, typing.Any]
#: JSON that is to be sent: only written to, never read.
Body = dict[str, object]


def block(wire: Wire | None, *path: str) -> Wire:
    """The object at a path; empty if there is none."""
    node: typing.Any = wire or {}
    for name in path:
        node = node.get(name) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def _value(wire: Wire | None, path: tuple[str, ...]) -> typing.Any:
    return block(wire, *path[:-1]).get(path[-1])


def text(wire: Wire | None, *path: str) -> str | None:
    """The text at a path; None for none, and for an empty one."""
    value = _value(wire, path)
    return str(value) if value not in (None, "") else None


def flag(wire: Wire | None, *path: str) -> bool | None:
    """The yes or no at a path, None if nothing is said."""
    value = _value(wire, path)
    return None if value is None else bool(value)


def number(wire: Wire | None, *path: str) -> int | None:
    """The whole number at a path; None for none, and for what is no number."""
    value = _value(wire, path)
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        return None


def is_number(value: object) -> typing.TypeGuard[int]:
    """Whether a value is a whole number; a yes or no is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def blocks(wire: Wire | None, *path: str) -> list[Wire]:
    """The objects of a list at a path."""
    value = _value(wire, path)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(wire: Wire | None, *path: str) -> list[str]:
    """The texts of a list at a path."""
    value = _value(wire, path)
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def tags(wire: Wire | None, *path: str) -> dict[str, str]:
    """Tags: names and texts."""
    return {str(name): str(value) for name, value in block(wire, *path).items()}
