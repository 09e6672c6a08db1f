# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``$filter`` can ask of the lists of role assignments and role definitions; all else is refused."""

from __future__ import annotations

import dataclasses
import re
import typing

from . import errors

_AT_SCOPE = r"atScope\(\)"
_ASSIGNMENTS = re.compile(
    rf"(?P<at>{_AT_SCOPE})?(?:(?:^|(?P<and> and ))(?:assignedTo\('(?P<to>[^']+)'\)))?|principalId eq '(?P<of>[^']+)'",
    re.IGNORECASE,
)
_BELOW, _EQUAL = (
    re.compile(r"atScopeAndBelow\(\)", re.IGNORECASE),
    re.compile(r"(roleName|type) eq '([^']*)'", re.IGNORECASE),
)


@dataclasses.dataclass(frozen=True)
class Assignments:
    """What a list of assignments is to have.

    :ivar below: those below the scope too.
    :ivar principal: those of this principal alone, in lower case.
    :ivar by_groups: and those of the groups that it is in.
    """

    below: bool = True
    principal: str = ""
    by_groups: bool = False


def of_assignments(text: str) -> Assignments:
    """:raises Refusal: 400 UnsupportedQuery."""
    match = _ASSIGNMENTS.fullmatch(text.strip())
    if match is None or bool(match["at"] and match["to"]) != bool(match["and"]):
        raise errors.filter_of_assignments(text)
    return Assignments(not match["at"], (match["to"] or match["of"] or "").lower(), bool(match["to"]))


@dataclasses.dataclass(frozen=True)
class Definitions:
    """What a list of roles is to have: in lower case, empty for any."""

    below: bool = False
    name: str = ""
    kind: str = ""

    def has(self, role: dict[str, typing.Any]) -> bool:
        """Whether the properties of a role are as asked for; where it can be assigned is not looked at."""
        return self.name in ("", role["roleName"].lower()) and self.kind in ("", role["type"].lower())


def of_definitions(text: str) -> Definitions:
    """:raises Refusal: 400 UnsupportedQuery."""
    below, equal = False, dict[str, str]()
    for part in re.split(" and ", text.strip()) if text.strip() else []:
        match = _EQUAL.fullmatch(part)
        if match:
            equal[match[1].lower()] = match[2].lower()
        elif _BELOW.fullmatch(part):
            below = True
        elif not re.fullmatch(_AT_SCOPE, part, re.IGNORECASE):
            raise errors.filter_of_definitions(text)
    return Definitions(below, equal.get("rolename", ""), equal.get("type", ""))
