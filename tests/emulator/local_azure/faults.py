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

#: What a gateway or a company's proxy says in Azure's place.
PAGE = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"

_JSON = "application/json; charset=utf-8"


@dataclasses.dataclass
class Fault:
    """A trouble and when it strikes.

    ``method``, ``host`` and ``path`` are regular expressions on the whole of each (empty: any). It strikes at the
    ``nth`` match and then ``times`` times in a row (0: for ever). ``when`` is ``before`` or ``after`` the request took
    effect, so that a lost answer can be told from a lost request.

    What strikes: ``status`` with ``headers`` and one of ``body`` (JSON of any shape, null too), ``raw`` (a text as it
    is, empty too) or ``page`` (the title of an HTML page), which alone keep the true status; ``garble``: the first half
    of the true body; ``cut``: so many bytes of it, then the connection ends though more were announced;
    ``content_type``: another than the one that fits; ``reset``: the connection; ``refused``: nobody listens (through
    the proxy it is a reset); ``delay`` in seconds; ``ends``: the operation that the request begins ends as ``Failed``
    or ``Canceled``, or ``Never``.
    """

    method: str = ""
    host: str = ""
    path: str = ""
    nth: int = 1
    times: int = 1
    status: int = 0
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: typing.Any = ...
    raw: str | None = None
    page: str = ""
    garble: bool = False
    content_type: str = ""
    cut: int | None = None
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

    @property
    def _has_body(self) -> bool:
        return self.body is not ... or self.raw is not None or bool(self.page)

    @property
    def is_before(self) -> bool:
        """Whether the request takes no effect at all."""
        answers = self.status or self._has_body or self.reset or self.refused
        return self.when == "before" and bool(answers) and not (self.garble or self.ends)

    @property
    def is_foreign(self) -> bool:
        """Whether the answer comes from something on the way, which knows none of Azure's headers."""
        return self.is_before and (self.raw is not None or bool(self.page))

    @property
    def does_something(self) -> bool:
        """Whether it is a trouble at all."""
        struck = (self.status, self.garble, self.content_type, self.reset, self.refused, self.ends, self.delay)
        return self._has_body or self.cut is not None or any(struck)

    def spoil(self, true: Reply | None) -> Reply | None:
        """The answer to send; None to break the connection.

        :param true: the true one, None if the request did not get through.
        """
        if self.reset or self.refused:
            return None
        own = true or Reply()
        headers = {} if self.status or self._has_body else dict(own.headers)
        body = own.body
        if self.garble:
            whole = body if isinstance(body, bytes) else json.dumps(body).encode()
            body, headers = whole[: len(whole) // 2], {"Content-Type": _JSON, **headers}
        elif self._has_body:
            body, kind = self._own_body()
            headers["Content-Type"] = kind
        elif self.status:
            body = {"error": {"code": "Fault", "message": "A fault was asked for."}}
        if self.content_type:
            headers["Content-Type"] = self.content_type
        return Reply(self.status or own.status, body, {**headers, **self.headers})

    def _own_body(self) -> tuple[bytes, str]:
        if self.page:
            return PAGE.format(self.page).encode(), "text/html; charset=utf-8"
        if self.raw is not None:
            return self.raw.encode(), "text/html; charset=utf-8" if self.raw.lstrip()[:1] == "<" else _JSON
        return json.dumps(self.body).encode(), _JSON

    def show(self) -> dict[str, typing.Any]:
        """The fault as JSON."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not ...}


def _is_pattern(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(re.compile(value))
    except re.error:
        return False


#: What each value must be, in words, and whether it is.
_KINDS: dict[str, tuple[str, typing.Callable[[typing.Any], bool]]] = {
    **dict.fromkeys(("method", "host", "path"), ("a regular expression", _is_pattern)),
    "nth": ("a whole number from 1", lambda value: _is_number(value) and value >= 1),
    "times": ("a whole number from 0", lambda value: _is_number(value) and value >= 0),
    "status": ("a status from 200 to 599", lambda value: _is_number(value) and 200 <= value <= 599),
    "headers": (
        "an object of texts",
        lambda value: isinstance(value, dict) and all(isinstance(one, str) for one in value.values()),
    ),
    **dict.fromkeys(("raw", "page", "content_type"), ("a text", lambda value: isinstance(value, str))),
    "ends": ("'Failed', 'Canceled' or 'Never'", lambda value: value in ("Failed", "Canceled", "Never")),
    **dict.fromkeys(("garble", "reset", "refused"), ("true or false", lambda value: isinstance(value, bool))),
    "cut": ("a whole number from 0", lambda value: _is_number(value) and value >= 0),
    "delay": ("a number of seconds", lambda value: _is_number(value, float) and value >= 0),
    "when": ("'before' or 'after'", lambda value: value in ("before", "after")),
    "body": ("JSON", lambda _value: True),
}


def _is_number(value: object, *kinds: type) -> bool:
    return isinstance(value, (int, *kinds)) and not isinstance(value, bool)


class Faults:
    """The list of troubles in force."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, values: dict[str, typing.Any]) -> Fault:
        """A fault from JSON.

        :raises ValueError: for a name that a fault does not have, a value that it cannot have, or a fault that would do
            nothing.
        """
        unknown = sorted(set(values) - set(_KINDS))
        if unknown:
            raise ValueError(f"a fault has no {', '.join(unknown)}; it has: {', '.join(sorted(_KINDS))}")
        for name, value in values.items():
            words, fits = _KINDS[name]
            if not fits(value):
                raise ValueError(f"a fault's {name} is {words}, not {value!r}")
        fault = Fault(**values)
        given = [name for name in ("body", "raw", "page", "garble") if name in values]
        if len(given) > 1:
            raise ValueError(f"a fault has one body: not {' and '.join(given)} at once")
        if not fault.does_something:
            raise ValueError("a fault needs one of status, body, raw, page, garble, cut, reset, refused, ends, delay")
        self.faults.append(fault)
        return fault

    def find(self, method: str, host: str, path: str) -> Fault | None:
        """The first fault that strikes this request; each of them counts it."""
        struck = [fault for fault in self.faults if fault.strikes(method, host, path)]
        return struck[0] if struck else None
