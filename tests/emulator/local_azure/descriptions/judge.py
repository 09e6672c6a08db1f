# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every exchange held against Microsoft's descriptions, both ways."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing

from . import library, polling
from .documents import Operation, Parameter
from .exceptions import EXCEPTIONS
from .exchange import Exchange, Finding, at
from .parameters import differences
from .shapes import ANSWERS, REQUESTS

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

Json = typing.Any

#: Described headers of an answer that a service may leave out: seen left out live, or made by the server itself.
_OPTIONAL_HEADERS = {"retry-after", "link", "content-length", "location", "azure-asyncoperation"}
_FOLLOWED_BY = {"location", "azure-asyncoperation"}


class Judge:
    """Judges exchanges one by one and keeps what it finds.

    :param path: a file to add each finding to, as a line of JSON; or None.
    :param lenient: leave out what the reviewed exceptions allow.
    """

    def __init__(self, path: pathlib.Path | None = None, *, lenient: bool = True) -> None:
        self.path = path
        self.lenient = lenient
        self.exchanges = 0
        self.findings: list[Finding] = []

    def judge(self, exchange: Exchange) -> list[Finding]:
        """What is wrong with an exchange."""
        self.exchanges += 1
        found = [one for one in _findings(exchange) if not (self.lenient and allowed(one))]
        self.findings += found
        if found and self.path:
            with self.path.open("a", encoding="utf-8") as stream:
                stream.writelines(json.dumps(dataclasses.asdict(one)) + "\n" for one in found)
        return found


def allowed(finding: Finding) -> bool:
    """Whether a reviewed exception covers a finding."""
    return any(each.covers(finding) for each in EXCEPTIONS)


def _findings(exchange: Exchange) -> Iterator[Finding]:
    where = f"{exchange.method} https://{exchange.host}{exchange.path} -> {exchange.status}"
    if exchange.status == 500:
        yield Finding(where, "answer", "status", "bug", "the local Azure's own bug", at("", exchange.answer)[-300:])
    elif polling.is_poll(exchange.path):
        yield from polling.findings(exchange)
    elif exchange.service in ("management", "vault", "hsm", "registry"):
        arguments = (exchange.service, exchange.method, exchange.path, exchange.query, exchange.headers)
        operation = library.find(*arguments)
        if operation is None:
            yield from _error_body(exchange, where)
        else:
            if exchange.status < 400:
                yield from _request(exchange, operation)
            yield from _answer(exchange, operation)


def _request(exchange: Exchange, operation: Operation) -> Iterator[Finding]:
    """What a client sent and was not refused for."""
    for parameter, text in differences(operation, exchange.path, exchange.query, exchange.headers, exchange.sent):
        place = f"{parameter.place} {parameter.name}" if isinstance(parameter, Parameter) else f"query {parameter}"
        if place.startswith("path"):
            continue  # what is to be made under a wrong name is refused, and anything may be asked for
        yield Finding(operation.title, "request", place, "parameter", text, f"{exchange.path} {dict(exchange.query)}")
    if operation.body is None or isinstance(exchange.sent, bytes):
        return
    if exchange.sent is None:
        if operation.body_required:
            yield Finding(operation.title, "request", "", "required", "a body is required", "none")
        return
    for one in REQUESTS.differences(operation.document, operation.body, exchange.sent):
        if one.rule != "open":
            got = at(one.place, exchange.sent)
            yield Finding(operation.title, "request", one.place, one.rule, one.text, got)


def _answer(exchange: Exchange, operation: Operation) -> Iterator[Finding]:
    described = operation.answers.get(str(exchange.status))
    if described is None:
        if exchange.status < 400 and exchange.status not in (304, 307):
            listed = ", ".join(sorted(operation.answers))
            text = f"the statuses are {listed}"
            yield Finding(operation.title, "answer", "status", "status", text, str(exchange.status))
            return
        described = operation.answers.get("default")
    if exchange.status >= 400:
        yield from _error_body(exchange, operation.title)
    if exchange.status < 400 and described is not None:
        yield from _headers(exchange, operation, described.headers)
    if exchange.method == "HEAD" or described is None or exchange.status == 307:
        return
    if described.schema is None:
        if exchange.answer not in (None, b"") and exchange.status < 400:
            text = "no body is described"
            yield Finding(operation.title, "answer", "", "unknown", text, at("", exchange.answer))
    elif exchange.answer in (None, b""):
        if described.schema.get("type") != "file" and exchange.status < 400:
            yield Finding(operation.title, "answer", "", "required", "a body is described", "none")
    elif not isinstance(exchange.answer, bytes):
        for one in ANSWERS.differences(operation.document, described.schema, exchange.answer):
            if one.rule != "open":
                got = at(one.place, exchange.answer)
                place = f"{exchange.status} {one.place}".rstrip()
                yield Finding(operation.title, "answer", place, one.rule, one.text, got)


def _headers(exchange: Exchange, operation: Operation, described: frozenset[str]) -> Iterator[Finding]:
    missing = sorted(described - _OPTIONAL_HEADERS - set(exchange.answer_headers))
    followed = operation.long_running and exchange.status == 202
    if (followed or described & _FOLLOWED_BY) and not _FOLLOWED_BY & set(exchange.answer_headers):
        missing.append("location or azure-asyncoperation")
    for name in missing:
        got = ", ".join(sorted(exchange.answer_headers))
        place = f"{exchange.status} header {name}"
        yield Finding(operation.title, "answer", place, "header", "described", got)


def _error_body(exchange: Exchange, title: str) -> Iterator[Finding]:
    """The shape of every error: a registry's own host has ``errors``, all others ``error``."""
    if exchange.status < 400 or exchange.method == "HEAD":
        return
    answer = exchange.answer if isinstance(exchange.answer, dict) else {}
    errors = answer.get("errors") if exchange.service == "registry" else [answer.get("error")]
    form = "{errors: [{code, message}]}" if exchange.service == "registry" else "{error: {code, message}}"
    fits = isinstance(errors, list) and errors and all(_is_error(each) for each in errors)
    if not fits:
        yield Finding(title, "answer", f"{exchange.status}", "error body", form, at("", exchange.answer))


def _is_error(error: Json) -> bool:
    return isinstance(error, dict) and all(isinstance(error.get(name), str) for name in ("code", "message"))
