# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Troubles on demand: the nth matching request gets a status, a reset, or a delay."""

from __future__ import annotations

import dataclasses
import re
import typing


@dataclasses.dataclass
class Fault:
    """A trouble and when it strikes.

    ``method``, ``host`` and ``path`` are regular expressions on the whole of each (empty: any). It strikes at the
    ``nth`` match and then ``times`` times in a row (0: for ever). ``when`` is ``before`` or ``after`` the request took
    effect, so that a lost answer can be told from a lost request.
    """

    method: str = ""
    host: str = ""
    path: str = ""
    nth: int = 1
    times: int = 1
    status: int = 0
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: typing.Any = None
    reset: bool = False
    delay: float = 0.0
    when: str = "before"
    seen: int = 0

    def strikes(self, method: str, host: str, path: str) -> bool:
        """Count a request, and say whether the trouble is for it."""
        pairs = ((self.method, method), (self.host, host), (self.path, path))
        if not all(re.fullmatch(pattern, text, re.IGNORECASE) for pattern, text in pairs if pattern):
            return False
        self.seen += 1
        return self.seen >= self.nth and (not self.times or self.seen < self.nth + self.times)


class Faults:
    """The list of troubles in force."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, values: dict[str, typing.Any]) -> Fault:
        """A fault from JSON.

        :raises ValueError: for a name that a fault does not have, or a fault that would do nothing.
        """
        known = {field.name for field in dataclasses.fields(Fault)} - {"seen"}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"a fault has no {', '.join(unknown)}; it has: {', '.join(sorted(known))}")
        fault = Fault(**values)
        if not (fault.status or fault.reset or fault.delay):
            raise ValueError("a fault needs a status, a reset or a delay")
        if fault.when not in ("before", "after"):
            raise ValueError("a fault strikes 'before' or 'after' the request takes effect")
        self.faults.append(fault)
        return fault

    def find(self, method: str, host: str, path: str) -> Fault | None:
        """The first fault that strikes this request; each of them counts it."""
        struck = [fault for fault in self.faults if fault.strikes(method, host, path)]
        return struck[0] if struck else None
