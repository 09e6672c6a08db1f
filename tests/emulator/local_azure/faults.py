# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Troubles on demand: the nth matching request gets another answer, a part of one, none, or a late one."""

from __future__ import annotations

import dataclasses
import json
import re
import typing

from .routing import Reply


@dataclasses.dataclass
class Fault:
    """A trouble and when it strikes.

    ``method``, ``host`` and ``path`` are regular expressions on the whole of each (empty: any). It strikes at the
    ``nth`` match and then ``times`` times in a row (0: for ever). ``when`` is ``before`` or ``after`` the request took
    effect, so that a lost answer can be told from a lost request.

    What strikes: ``status`` with ``headers`` and ``body`` (JSON) or ``raw`` (a text that goes out as it is, such as a
    gateway's page, or an empty one); ``raw`` alone keeps the true status; ``garble``: half of the true body; ``reset``:
    the connection; ``refused``: nobody listens (through the proxy it is a reset); ``delay`` in seconds; ``ends``: the
    operation that the request begins ends as ``Failed`` or ``Canceled``.
    """

    method: str = ""
    host: str = ""
    path: str = ""
    nth: int = 1
    times: int = 1
    status: int = 0
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: typing.Any = None
    raw: str | None = None
    garble: bool = False
    reset: bool = False
    refused: bool = False
    ends: str = ""
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

    def spoil(self, true: Reply | None) -> Reply | None:
        """The answer to send; None to break the connection.

        :param true: the true one, None if the request did not get through.
        """
        if self.reset or self.refused:
            return None
        if self.raw is not None:
            status = self.status or (true.status if true else 200)
            return Reply(status, self.raw.encode(), dict(self.headers))
        if self.status:
            body = self.body or {"error": {"code": "Fault", "message": "A fault was asked for."}}
            return Reply(self.status, body, dict(self.headers))
        if self.garble and true is not None:
            whole = true.body if isinstance(true.body, bytes) else json.dumps(true.body).encode()
            headers = {"Content-Type": "application/json; charset=utf-8", **true.headers, **self.headers}
            return Reply(true.status, whole[: len(whole) // 2], headers)
        return true

    @property
    def is_before(self) -> bool:
        """Whether the request takes no effect at all."""
        answers = self.status or self.raw is not None or self.reset or self.refused
        return self.when == "before" and bool(answers) and not (self.garble or self.ends)


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
        strikes = (
            fault.status,
            fault.raw is not None,
            fault.garble,
            fault.reset,
            fault.refused,
            fault.ends,
            fault.delay,
        )
        if not any(strikes):
            raise ValueError("a fault needs a status, raw, garble, a reset, refused, ends or a delay")
        if fault.ends not in ("", "Failed", "Canceled"):
            raise ValueError("an operation ends as 'Failed' or 'Canceled'")
        if fault.when not in ("before", "after"):
            raise ValueError("a fault strikes 'before' or 'after' the request takes effect")
        self.faults.append(fault)
        return fault

    def find(self, method: str, host: str, path: str) -> Fault | None:
        """The first fault that strikes this request; each of them counts it."""
        struck = [fault for fault in self.faults if fault.strikes(method, host, path)]
        return struck[0] if struck else None
