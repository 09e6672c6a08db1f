# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTTP application behind the proxy: one request in, logged, troubled if asked for, answered."""

from __future__ import annotations

import asyncio
import codecs
import dataclasses
import json
import traceback
import typing
import urllib.parse
import uuid

from . import side_by_side
from .clock import http_date
from .clouds import service_of
from .descriptions.exchange import Exchange, body_of
from .faults import Fault, Faults
from .request_log import Entry, RequestLog
from .routing import Call, Refusal, Reply
from .services import SERVICES
from .signin import tokens
from .world import World

if typing.TYPE_CHECKING:
    from .descriptions.judge import Judge

#: What a header holds as it is; a name in any other letters is percent-encoded in it, as in an address.
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
#: Seconds for which clients wait for an answer (the collection's own read time-out).
CLIENT_PATIENCE = 120.0


class Azure:
    """The ASGI application for all of Azure's hosts.

    :param abort: resets the connection that came in from a local port.
    :param resolves: says why a host's name does not resolve, or nothing.
    :param judge: holds every exchange against Microsoft's descriptions.
    """

    def __init__(
        self,
        world: World,
        abort: typing.Callable[[int], None],
        resolves: typing.Callable[[str], str] | None = None,
        judge: Judge | None = None,
    ) -> None:
        self.world = world
        self.log = RequestLog()
        self.faults = Faults()
        self._abort = abort
        self._resolves = resolves
        self.judge = judge

    async def __call__(self, scope: typing.Any, receive: typing.Any, send: typing.Any) -> None:
        if scope["type"] != "http":
            return
        # of a header that is given twice the first counts
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        host = headers.get("host", "").split(":")[0].lower()
        raw = await _whole(receive)
        if raw is None:
            return
        query = urllib.parse.parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        call = Call(
            world=self.world,
            method=scope["method"],
            host=host,
            path=scope["path"],
            query=_joined(query),
            headers=headers,
            body=_parse(raw),
            raw=raw,
        )
        found = service_of(host)
        claims = tokens.read(self.world, headers.get("authorization")) or {}
        entry = self.log.add(
            time=self.world.clock.now(),
            service=found[0] if found else "none",
            method=call.method,
            host=host,
            path=call.path,
            query=call.query,
            caller=claims.get("oid", ""),
        )
        fault = self.faults.find(call.method, host, call.path)
        entry.fault = fault is not None
        if self.world.settings.latency_seconds:
            await asyncio.sleep(self.world.settings.latency_seconds)
        if claims and side_by_side.subject(call) and self.world.settings.write_seconds:
            await asyncio.sleep(self.world.settings.write_seconds)
        if fault and fault.delay and fault.when == "before":
            await asyncio.sleep(fault.delay)
        reply = self._spoiled(call, entry, fault)
        if fault and fault.delay and fault.when == "after":
            await asyncio.sleep(fault.delay)
        if reply is None:
            self._abort(scope["client"][1] if scope["client"] else 0)
            return
        entry.status, entry.error = reply.status, entry.error or _code(reply)
        content, kind = _content(reply)
        answered = self._headers(call, reply, fault, kind, content)
        await send({"type": "http.response.start", "status": reply.status, "headers": answered})
        if fault and fault.cut is not None:
            # the length stays as announced; the server ends a connection whose answer is not whole
            await send({"type": "http.response.body", "body": content[: fault.cut], "more_body": True})
            return
        await send({"type": "http.response.body", "body": content})

    def near(
        self, method: str, url: str, headers: typing.Mapping[str, str], raw: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        """Answer a request of the same process, without a network: status, headers, body; a delay moves the clock.

        For tests that make very many requests.

        :raises ConnectionRefusedError: for a host whose name does not resolve, or if a fault asks for it.
        :raises ConnectionResetError: if a fault asks for it.
        :raises TimeoutError: if a fault keeps the answer back for longer than a client waits.
        """
        parts = urllib.parse.urlsplit(url)
        host = (parts.hostname or "").lower()
        if self._resolves is not None and self._resolves(host):
            raise ConnectionRefusedError(self._resolves(host))
        pairs = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
        path = urllib.parse.unquote(parts.path)
        call = Call(self.world, method, host, path, _joined(pairs), headers, _parse(raw), raw)
        found = service_of(host)
        service = found[0] if found else "none"
        now = self.world.clock.now()
        entry = self.log.add(time=now, service=service, method=method, host=host, path=path, query={}, caller="")
        fault = self.faults.find(method, host, path)
        entry.fault = fault is not None
        reply = self._spoiled(call, entry, fault)
        if fault and fault.delay:
            self.world.clock.advance(fault.delay)
            if fault.delay >= CLIENT_PATIENCE:
                raise TimeoutError("no answer came in time")
        if reply is None or (fault and fault.cut is not None):
            raise ConnectionRefusedError("refused") if fault and fault.refused else ConnectionResetError("reset")
        entry.status, entry.error = reply.status, entry.error or _code(reply)
        content, kind = _content(reply)
        own = {} if fault and fault.is_foreign else {"x-ms-request-id": str(uuid.uuid4())}
        given = {"Content-Length": str(len(content)), **own, **kind, **reply.headers}
        return reply.status, {"Date": http_date(self.world.clock.now()), **given}, content

    def _spoiled(self, call: Call, entry: Entry, fault: Fault | None) -> Reply | None:
        """The answer, with the fault that strikes it; None to break the connection."""
        if fault and fault.is_before:
            return fault.spoil(None)
        self.world.ending = fault.ends if fault else ""
        try:
            reply = self._answer(call, entry)
        finally:
            self.world.ending = ""
        if entry.writes:
            self.world.save()
        return fault.spoil(reply) if fault else reply

    def _answer(self, call: Call, entry: Entry) -> Reply:
        reply = _sendable(self._handle(call, entry))
        if self.judge:
            self.judge.judge(_exchange(call, reply))
        return reply

    def _handle(self, call: Call, entry: Entry) -> Reply:
        found = service_of(call.host)
        if found is None:
            return Reply(421, {"error": {"code": "WrongHost", "message": f"{call.host} is not a host of Azure's."}})
        service, cloud = found
        self.world.asked.clear()
        try:
            return SERVICES[service](call, cloud, self.world.throttle)
        except Refusal as refusal:
            words_are_known = self.world.settings.inferred_words or not refusal.has_inferred_words
            return refusal.reply if words_are_known else refusal.plain()
        except Exception:
            # a bug of ours must look like one, and be found in the log
            text = traceback.format_exc()
            entry.error = text
            return Reply(500, {"error": {"code": "LocalAzureBug", "message": text}})
        finally:
            # what the registry asked for in its identity's name is no right of the caller
            people = {app["oid"] for app in self.world.data["apps"].values()} | set(self.world.data["users"])
            asked = dict.fromkeys((action, data) for who, action, data in self.world.asked if who in people)
            entry.actions = [action for action, data in asked if not data]
            entry.data_actions = [action for action, data in asked if data]

    def _headers(
        self, call: Call, reply: Reply, fault: Fault | None, kind: dict[str, str], content: bytes
    ) -> list[tuple[bytes, bytes]]:
        headers = {"Date": http_date(self.world.clock.now()), **kind}
        if not (fault and fault.is_foreign):
            headers |= {"x-ms-request-id": str(uuid.uuid4()), "Server": "local-azure"}
            client_request = call.headers.get("x-ms-client-request-id")
            if client_request:
                headers["x-ms-client-request-id"] = client_request
        sent = {name.lower(): value for name, value in (headers | reply.headers).items()}
        if reply.status not in (204, 304):
            sent.setdefault("content-length", str(len(content)))
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()]


async def _whole(receive: typing.Any) -> bytes | None:
    """The body of a request; None if the client hung up in the middle of it."""
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _content(reply: Reply) -> tuple[bytes, dict[str, str]]:
    """A reply's bytes, and the header that says what they are; bytes that were given go out as they are."""
    if reply.body is None or isinstance(reply.body, bytes):
        return reply.body or b"", {}
    return json.dumps(reply.body).encode(), {"Content-Type": "application/json; charset=utf-8"}


def _sendable(reply: Reply) -> Reply:
    """A reply whose headers can be sent: ids and addresses in them are made of names in any alphabet."""
    odd = {name: value for name, value in reply.headers.items() if not (value.isascii() and value.isprintable())}
    if not odd:
        return reply
    quoted = {name: urllib.parse.quote(value, safe=_PRINTABLE) for name, value in odd.items()}
    return dataclasses.replace(reply, headers={**reply.headers, **quoted})


def _joined(pairs: typing.Iterable[tuple[str, str]]) -> dict[str, str]:
    """A query or form as a dictionary with lower-case names; what is given twice is joined by a space."""
    found: dict[str, str] = {}
    for name, value in pairs:
        name = name.lower()
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def _exchange(call: Call, reply: Reply) -> Exchange:
    """What was asked and what is answered, for the judge."""
    found = service_of(call.host)
    sent = {name.lower(): value for name, value in call.headers.items()}
    return Exchange(
        service=found[0] if found else "none",
        method=call.method,
        host=call.host,
        path=call.path,
        query=call.query,
        headers=sent,
        sent=body_of(call.raw, sent.get("content-type", "")),
        status=reply.status,
        answer_headers={name.lower(): value for name, value in reply.headers.items()},
        answer=reply.body,
    )


def _code(reply: Reply) -> str:
    body = reply.body if isinstance(reply.body, dict) and reply.status >= 400 else {}
    if body.get("errors"):
        return str(body["errors"][0]["code"])
    error = body.get("error")
    if isinstance(error, dict):
        inner = error.get("innererror") or {}
        return str(inner.get("code") or error.get("code") or "")
    return str(error or "")


def _parse(raw: bytes) -> dict[str, typing.Any]:
    # some editors and shells begin a file with a mark, which is no part of the JSON
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if not raw:
        return {}
    if raw.lstrip()[:1] == b"{":
        try:
            parsed = json.loads(raw)
        except (ValueError, RecursionError):
            return {}
        return parsed if isinstance(parsed, dict) else {}
    return _joined(urllib.parse.parse_qsl(raw[:65536].decode("utf-8", "replace")))
