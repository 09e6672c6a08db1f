# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two ways to follow a long-running operation, which no description has: Azure's resource provider contract."""

from __future__ import annotations

import re
import typing

from .exchange import Exchange, Finding, at

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

_POLL = re.compile(r".*/(operationStatuses|operationResults)/[^/]+", re.IGNORECASE)
_ENDED_BADLY = ("Failed", "Canceled")


def is_poll(path: str) -> bool:
    """Whether a path is that of a running operation."""
    return _POLL.fullmatch(path) is not None


def findings(exchange: Exchange) -> Iterator[Finding]:
    """What is wrong with the answer to a poll.

    An ``Azure-AsyncOperation`` address answers 200 with a ``status``, and with an ``error`` when that is Failed or
    Canceled. A ``Location`` address answers 202, naming itself again, until the end, and then as the operation itself
    would have.
    """
    body = exchange.answer if isinstance(exchange.answer, dict) else {}
    wrong = ""
    if exchange.status >= 400:
        wrong = "" if "code" in (body.get("error") or {}) else "an error has {error: {code, message}}"
    elif "status" in body:
        if not isinstance(body["status"], str):
            wrong = "status is a text"
        elif exchange.status != 200 and "/operationstatuses/" in exchange.path.lower():
            wrong = "a status document comes with 200"
        elif body["status"] in _ENDED_BADLY and "code" not in (body.get("error") or {}):
            wrong = "an operation that failed has an error {code, message}"
    elif exchange.status == 202:
        if not {"location", "azure-asyncoperation"} & set(exchange.answer_headers):
            wrong = "202 repeats Location or Azure-AsyncOperation"
    elif exchange.status not in (200, 201, 204):
        wrong = "an operation answers 200, 201, 202 or 204"
    if wrong:
        got = f"{exchange.status} {at('', exchange.answer)}"
        yield Finding(f"{exchange.method} {exchange.path}", "answer", "poll", "polling", wrong, got)
