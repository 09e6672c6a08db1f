# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Long lists without the SDK's models, which cost several times what all else does.

The SDK goes from page to page as ever: its pipeline signs in, tries again and follows ``nextLink``. Each page is taken
out of its answer (azure-core's option ``raw_response_hook``) before the SDK makes a model of every entry.
"""

from __future__ import annotations

import json
import typing

from .._domain.wire import Wire
from . import transport

T = typing.TypeVar("T")


class _WithoutEntries(transport.Around):
    """An answer as the SDK sees it: a page that has nothing but the address of the next one."""

    def __init__(self, inner: typing.Any, page: Wire) -> None:
        super().__init__(inner)
        self._rest: Wire = {"value": [], "nextLink": page.get("nextLink")}

    def json(self) -> Wire:
        """What a newer SDK reads."""
        return self._rest

    def text(self, encoding: str | None = None) -> str:
        """What an older SDK reads."""
        return json.dumps(self._rest)

    def body(self) -> bytes:
        """The same as bytes."""
        return self.text().encode()


def entries(pages: typing.Callable[..., typing.Iterable[object]], take: typing.Callable[[Wire], T]) -> list[T]:
    """The entries of a list, page by page. One request a page.

    :param pages: the SDK's list, with what it is to list; it takes ``raw_response_hook``.
    :param take: what becomes of an entry's JSON.
    :raises azure.core.exceptions.HttpResponseError: when Azure refuses.
    """
    taken: list[T] = []

    def read(response: typing.Any) -> None:
        answer = response.http_response
        if answer.status_code == 200:
            page: Wire = json.loads(answer.body())
            taken.extend(take(entry) for entry in page.get("value") or [])
            response.http_response = _WithoutEntries(answer, page)

    for _entry in pages(raw_response_hook=read):
        raise ValueError("an entry that was in no page")
    return taken
