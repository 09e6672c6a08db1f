# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The language of policy rules, as far as it is evaluated here: conditions on fields, allOf, anyOf, not."""

from __future__ import annotations

import fnmatch
import re
import typing

from . import errors

Field = typing.Callable[[str], typing.Any]
_PARAMETER = re.compile(r"\[parameters\('([^']+)'\)\]")


def fill_in(value: typing.Any, parameters: dict[str, typing.Any]) -> typing.Any:
    """A rule with its parameters' values in place."""
    if isinstance(value, dict):
        return {name: fill_in(one, parameters) for name, one in value.items()}
    if isinstance(value, list):
        return [fill_in(one, parameters) for one in value]
    match = _PARAMETER.fullmatch(value) if isinstance(value, str) else None
    return parameters[match[1]] if match else value


def holds(condition: dict[str, typing.Any], field: Field) -> bool:
    """Whether a condition holds.

    :param field: gives the value of a field by its name, None where there is none.
    :raises Refusal: 501 for an operator that is not evaluated here.
    """
    if "allOf" in condition:
        return all(holds(one, field) for one in condition["allOf"])
    if "anyOf" in condition:
        return any(holds(one, field) for one in condition["anyOf"])
    if "not" in condition:
        return not holds(condition["not"], field)
    ((operator, wanted),) = ((name, value) for name, value in condition.items() if name != "field")
    if "field" not in condition:
        raise errors.not_emulated(str(condition))
    return _compare(operator, field(condition["field"]), wanted)


def _plain(value: typing.Any) -> typing.Any:
    return value.lower() if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else value


def _compare(operator: str, value: typing.Any, wanted: typing.Any) -> bool:
    name, left = operator.lower(), _plain(value)
    if name == "exists":
        return (value is not None) is (_plain(wanted) == "true")
    if name in ("in", "notin"):
        return (left in [_plain(one) for one in wanted]) is (name == "in")
    right = _plain(wanted)
    if name in ("equals", "notequals"):
        return (left == right) is (name == "equals")
    if name in ("like", "notlike"):
        return fnmatch.fnmatchcase(str(left), str(right)) is (name == "like")
    if name in ("contains", "notcontains"):
        return (str(right) in str(left)) is (name == "contains")
    if value is None:
        return False
    number, limit = float(value), float(wanted)
    if name in ("less", "lessorequals"):
        return number < limit or (name == "lessorequals" and number == limit)
    if name in ("greater", "greaterorequals"):
        return number > limit or (name == "greaterorequals" and number == limit)
    raise errors.not_emulated(operator)
