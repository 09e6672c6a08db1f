# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log of every request: what tests count and what a rehearsal shows afterwards."""

from __future__ import annotations

import dataclasses
import typing

_READING = ("GET", "HEAD", "OPTIONS")
#: POSTs that only ask.
_QUERIES = (
    "/microsoft.resourcegraph/resources",
    "/directoryobjects/getbyids",
    "/checknameavailability",
    "/listcredentials",
)


@dataclasses.dataclass
class Entry:
    """One request and its answer. ``status`` 0 means that the connection was reset."""

    number: int
    time: float
    service: str
    method: str
    host: str
    path: str
    query: dict[str, str]
    caller: str
    status: int = 0
    error: str = ""
    fault: bool = False
    #: the rights that the answer depended on, as a role names them: ``actions`` and ``data_actions`` of the caller
    actions: list[str] = dataclasses.field(default_factory=list)
    data_actions: list[str] = dataclasses.field(default_factory=list)

    @property
    def writes(self) -> bool:
        """Whether the request asks for a change; signing in does not."""
        asks = self.path.lower().endswith(_QUERIES) or (self.service == "registry" and "/oauth2/" in self.path)
        return self.method not in _READING and self.service != "login" and not asks

    def show(self) -> dict[str, typing.Any]:
        """The entry as JSON."""
        return {**dataclasses.asdict(self), "writes": self.writes}


class RequestLog:
    """Entries in the order in which the requests came in, numbered from 1."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._next = 1

    def add(self, **values: typing.Any) -> Entry:
        """Note a request that just came in."""
        entry = Entry(number=self._next, **values)
        self._next += 1
        self.entries.append(entry)
        return entry

    def since(self, number: int) -> list[Entry]:
        """The entries after a number."""
        return [entry for entry in self.entries if entry.number > number]

    def clear(self) -> None:
        """Forget the entries; numbers go on."""
        self.entries.clear()
