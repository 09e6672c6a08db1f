# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands between the collection and a near local Azure.

It sees each request, and may answer in Azure's place, change Azure's answer, or do something between two requests.
"""

from __future__ import annotations

import contextlib
import json
import typing
import urllib.parse

from local_azure.server import LocalAzure


class Sent(typing.NamedTuple):
    """A request as it left the collection."""

    method: str
    url: str
    headers: typing.Mapping[str, str]
    body: bytes

    @property
    def host(self) -> str:
        return (urllib.parse.urlsplit(self.url).hostname or "").lower()

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self.url).path


class Answer(typing.NamedTuple):
    """An answer as it reaches the collection."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> typing.Any:
        """The body, None if it is no JSON."""
        with contextlib.suppress(ValueError):
            return json.loads(self.body)
        return None

    def with_json(self, value: typing.Any) -> Answer:
        """The same with another body."""
        return self._replace(body=json.dumps(value).encode())

    def with_header(self, name: str, value: str) -> Answer:
        """The same with a header."""
        kept = {key: one for key, one in self.headers.items() if key.lower() != name.lower()}
        return self._replace(headers={**kept, name: value})


#: Answers in Azure's place; None lets Azure answer.
Instead = typing.Callable[[Sent], Answer | None]
#: Makes another answer of Azure's.
Change = typing.Callable[[Sent, Answer], Answer]


class Between:
    """Sees every request to a near local Azure.

    :ivar sent: what was sent so far.
    :ivar instead: may answer in Azure's place.
    :ivar change: may change Azure's answer.
    """

    def __init__(self, azure: LocalAzure) -> None:
        self._near = azure.azure.near
        self.sent: list[Sent] = []
        self.instead: Instead | None = None
        self.change: Change | None = None
        azure.azure.near = self  # type: ignore[method-assign, assignment]

    def forget(self) -> None:
        """Stand aside, and forget what was sent."""
        self.sent.clear()
        self.instead = self.change = None

    def __call__(
        self, method: str, url: str, headers: typing.Mapping[str, str], raw: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        sent = Sent(method, url, headers, raw)
        self.sent.append(sent)
        own = self.instead(sent) if self.instead else None
        if own is not None:
            return tuple(own)
        answer = Answer(*self._near(method, url, headers, raw))
        status, headers, body = self.change(sent, answer) if self.change else answer
        return status, {**headers, "Content-Length": str(len(body))}, body
