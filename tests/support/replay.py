# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recorded traffic of real Azure, sent to the local Azure in the same order, and what it answers otherwise.

What Azure made up while it was recorded (object ids, versions of keys, operations) is another thing each time: the
first answer that has one tells what the local Azure calls it, and later requests are sent with that.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import typing
import urllib.parse

from local_azure.clouds import CLOUDS, service_of
from local_azure.server import LocalAzure
from local_azure.signin import tokens
from local_azure.world import SUBSCRIPTION

#: How much time passes between two requests: more than anything takes in the local Azure.
PAUSE = 60.0
#: How long an operation takes; what is asked after its end is asked at once, as clients do.
OPERATION = 15.0
#: Who had sent the recorded requests, as the recordings write it.
PERSON = "user@example.com"
_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
_GROUP = re.compile("(/subscriptions/[^/]+/resourcegroups/[^/?]+)", re.IGNORECASE)
_CUT = "…"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
_MADE_UP = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|(?<=operationResults/)[^?]+", re.IGNORECASE
)
#: The fields by which an entry of a list is known.
_NAMES = ("id", "kid", "objectId", "name")
#: Headers of which it is said when the local Azure has one that was not recorded.
_TELLING = ("azure-asyncoperation", "location", "www-authenticate")


@dataclasses.dataclass(frozen=True)
class Exchange:
    """One line of a recording."""

    number: int
    method: str
    url: str
    request: typing.Any
    status: int
    headers: dict[str, str]
    response: typing.Any
    times: int
    shortened: bool

    @property
    def polls(self) -> bool:
        """Whether it is a look at an operation."""
        return self.method == "GET" and "/operation" in self.url.lower()

    @property
    def pending(self) -> bool:
        """Whether it is a look at an operation that had not ended yet."""
        if not self.polls or self.status in (201, 202):
            return self.polls
        return (self.response or {}).get("status", "Succeeded") not in ("Succeeded", "Failed", "Canceled")


@dataclasses.dataclass(frozen=True)
class Difference:
    """What the local Azure answered otherwise.

    :param where: ``status``, ``headers.NAME`` or the path of a field, as in ``properties.sku.name`` or ``value[].kid``.
    """

    number: int
    method: str
    path: str
    where: str
    recorded: typing.Any
    ours: typing.Any

    def __str__(self) -> str:
        return f"{self.number} {self.method} {self.path}: {self.where}: recorded {self.recorded!r}, ours {self.ours!r}"


def load(path: pathlib.Path) -> list[Exchange]:
    """The exchanges of a recording."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        one = json.loads(line)
        request = one["request"]
        if isinstance(request, str):
            request = json.loads(request[request.index("{") : request.rindex("}") + 1])
        times, shortened = one.get("repeated", 0) + 1, "shortened" in one
        given = (number, one["method"], one["url"], request, one["status"], one["headers"], one["response"])
        found.append(Exchange(*given, times, shortened))
    return found


class Replay:
    """One recording against one local Azure.

    :ivar differences: what was answered otherwise.
    :ivar not_emulated: the numbers of the exchanges that the local Azure has no answer for (501), and of the looks at
        operations that those would have begun.
    """

    def __init__(self, azure: LocalAzure) -> None:
        self.azure, self.world = azure, azure.world
        self.known: dict[str, str] = {_SUBSCRIPTION: SUBSCRIPTION}
        self.differences: list[Difference] = []
        self.not_emulated: list[int] = []
        #: material of keys that the recordings do not have, by type and curve
        self.material: dict[str, dict[str, str]] = {}
        #: what Azure takes no longer, name and value: it is left out of requests
        self.unsaid: list[tuple[str, typing.Any]] = []
        self._last: Exchange | None = None
        self._lost: set[str] = set()
        self._made: set[str] = set()
        self._cut: dict[str, typing.Any] = {}

    def play(self, exchange: Exchange) -> None:
        """Send a request and compare what comes back."""
        at_once = exchange.method == "GET" and self._last is not None and self._last.polls
        if not exchange.pending and not (at_once and not exchange.polls):
            self.world.clock.advance(OPERATION if exchange.polls else PAUSE)
        self._last = exchange
        for _time in range(exchange.times):
            url, request = self._translate(exchange.url), self._request(exchange)
            if exchange.url in self._lost:
                self.not_emulated.append(exchange.number)
                return
            if exchange.status == 401:
                status, answered, content = self._send(exchange.method, url, {}, b"")
            else:
                status, answered, content = self.ask(exchange.method, url, request)
            if status == 501:
                self.not_emulated.append(exchange.number)
                self._lost |= {exchange.headers.get(name, "") for name in ("location", "azure-asyncoperation")}
                return
            self._compare(exchange, status, answered, content)

    # --- what is sent ---------------------------------------------------------------------------------------------

    def _translate(self, text: str) -> str:
        if text in self.known:
            return self.known[text]
        for recorded in sorted(self.known, key=len, reverse=True):
            text = text.replace(recorded, self.known[recorded])
        return text

    def ask(self, method: str, url: str, body: typing.Any = None) -> tuple[int, dict[str, str], bytes]:
        """Send a request as the person whom the recordings are of.

        :returns: status, headers, content; 0 where the host's name does not resolve.
        """
        headers = {"authorization": f"Bearer {self.token(url)}"}
        return self._send(method, url, headers, b"" if body is None else json.dumps(body).encode())

    def _send(self, method: str, url: str, headers: dict[str, str], raw: bytes) -> tuple[int, dict[str, str], bytes]:
        self._have_group(url)
        try:
            return self.azure.azure.near(method, url, headers, raw)
        except ConnectionError:
            return 0, {}, b""

    def _request(self, exchange: Exchange) -> typing.Any:
        if isinstance(exchange.request, dict) and "key" in exchange.request:
            key = exchange.request["key"]
            kind = key["kty"] + key.get("crv", "")
            return {**exchange.request, "key": {**key, **self.material[kind]}}
        return self._fill("", exchange.request)

    def _fill(self, name: str, value: typing.Any) -> typing.Any:
        if isinstance(value, dict):
            kept = {k: v for k, v in value.items() if (k, v) not in self.unsaid}
            return {self._translate(k): self._fill(k, v) for k, v in kept.items()}
        if isinstance(value, list):
            return [self._fill(name, one) for one in value]
        if isinstance(value, str) and _CUT in value:
            return self._cut.get(value, value)
        if name == "tenantId" and value:
            self.known[value] = self.world.data["tenant"]
        if name == "objectId":
            self.known.setdefault(value, self.person()["oid"])
        return self._translate(value) if isinstance(value, str) else value

    def _have_group(self, url: str) -> None:
        match = _GROUP.search(urllib.parse.unquote(url))
        if match and match[1].lower() not in self.world.data["groups"]:
            group = {"id": match[1], "name": match[1].rsplit("/", 1)[-1], "location": "westus", "tags": {}}
            self.world.data["groups"][match[1].lower()] = group

    def person(self) -> dict[str, typing.Any]:
        """Whose requests these are: ``{name, password, oid}``."""
        return next(user for user in self.world.data["users"].values() if user["name"] == PERSON)

    def token(self, url: str) -> str:
        """An authorization header of the person's for the service at an address."""
        service, cloud = service_of(urllib.parse.urlsplit(url).hostname or "") or ("management", CLOUDS["AzureCloud"])
        suffix = {"vault": cloud.vault_suffix[1:], "hsm": cloud.hsm_suffix[1:]}.get(service, cloud.management)
        more = {"client_id": self.world.app()["client_id"], "tenant": self.world.data["tenant"]}
        return tokens.issue_to_user(self.world, audience=f"https://{suffix}", user=self.person(), **more)

    # --- what is answered -----------------------------------------------------------------------------------------

    def _compare(self, exchange: Exchange, status: int, headers: dict[str, str], content: bytes) -> None:
        def tell(where: str, recorded: typing.Any, ours: typing.Any) -> None:
            path = urllib.parse.urlsplit(exchange.url).path
            self.differences.append(Difference(exchange.number, exchange.method, path, where, recorded, ours))

        if status != exchange.status:
            tell("status", exchange.status, f"{status} {content[:300].decode()}")
            return
        lowered = {name.lower(): value for name, value in headers.items()}
        for name, value in exchange.headers.items():
            if name not in lowered:
                tell(f"headers.{name}", value, None)
            elif name != "x-ms-keyvault-service-version":
                _Comparison(self, exchange, tell).value(f"headers.{name}", value, lowered[name])
        for name in _TELLING:
            if name in lowered and name not in exchange.headers:
                tell(f"headers.{name}", None, lowered[name])
        kind = lowered.get("content-type", "")
        try:
            ours = json.loads(content) if content and kind.startswith("application/json") else None
        except ValueError:
            ours = content.decode()
        _Comparison(self, exchange, tell).value("", exchange.response, ours)
        if exchange.method in ("PUT", "POST") and isinstance(exchange.response, dict):
            self._made |= {str(exchange.response.get(name)) for name in ("id", "name")}
            self._made.add(str((exchange.response.get("key") or {}).get("kid")))

    def made(self, recorded: str) -> bool:
        """Whether something was made in this recording, and is not another's in the same subscription."""
        return any(recorded in one or one in recorded for one in self._made if one)

    def learn(self, recorded: str, ours: str) -> None:
        """Remember what the local Azure calls something."""
        self.known[recorded.replace(":443/", "/")] = ours.replace(":443/", "/")
        theirs, here = re.split("[/?&]", recorded), re.split("[/?&]", ours)
        if len(theirs) == len(here):
            made_up = [(a, b) for a, b in zip(theirs, here, strict=True) if a != b and len(a) >= 20]
            self.known.update(made_up)

    def cut(self, recorded: str, ours: typing.Any) -> None:
        """Remember what the recording has the beginning of only."""
        self._cut[recorded] = ours


@dataclasses.dataclass
class _Comparison:
    """One answer, field by field."""

    replay: Replay
    exchange: Exchange
    tell: typing.Callable[[str, typing.Any, typing.Any], None]

    def value(self, where: str, recorded: typing.Any, ours: typing.Any) -> None:
        if isinstance(recorded, dict) and isinstance(ours, dict):
            self._object(where, recorded, ours)
        elif isinstance(recorded, list) and isinstance(ours, list):
            self._list(where, recorded, ours)
        elif type(recorded) is not type(ours):
            self.tell(where, recorded, ours)
        elif isinstance(recorded, str):
            self._text(where, recorded, ours)
        elif recorded != ours and (isinstance(recorded, bool) or (recorded or 0) < 1_000_000_000):
            # a greater number is a moment in seconds
            self.tell(where, recorded, ours)

    def _object(self, where: str, recorded: dict[str, typing.Any], ours: dict[str, typing.Any]) -> None:
        left = dict(ours)
        for name, value in recorded.items():
            if name == "nextLink" and self.exchange.shortened:
                continue
            inner = f"{where}.{name}".lstrip(".")
            here = next((n for n in left if n.lower() == self.replay._translate(name).lower()), None)
            if here is None:
                self.tell(inner, value, None)
            else:
                self.value(inner, value, left.pop(here))
        for name, value in left.items():
            self.tell(f"{where}.{name}".lstrip("."), None, value)

    def _list(self, where: str, recorded: list[typing.Any], ours: list[typing.Any]) -> None:
        inner = f"{where}[]"
        if not all(isinstance(one, dict) for one in (*recorded, *ours)):
            if sorted(map(str, recorded)) != sorted(map(str, ours)):
                self.tell(inner, recorded, ours)
            return
        left = list(ours)
        for one in recorded:
            name = next((n for n in _NAMES if n in one), "")
            wanted = self.replay._translate(str(one.get(name))).lower()
            match = next((o for o in left if str(o.get(name)).lower() == wanted), None) if name else (left or [None])[0]
            if match is not None:
                left.remove(match)
                self.value(inner, one, match)
            elif self.replay.made(str(one.get(name))):
                self.tell(inner, one, None)
        for one in left if not self.exchange.shortened else []:
            self.tell(inner, None, one)

    def _text(self, where: str, recorded: str, ours: str) -> None:
        if recorded.endswith(_CUT):
            self.replay.cut(recorded, ours)
            return
        if _MOMENT.fullmatch(recorded):
            if self._form(recorded) != self._form(ours):
                self.tell(where, recorded, ours)
            return
        expected = self.replay._translate(recorded)
        if expected == ours:
            return
        if _MADE_UP.sub("?", expected) == _MADE_UP.sub("?", ours) or _CUT in recorded or where.startswith("headers."):
            self.replay.learn(recorded, ours)
        pattern = re.escape(_MADE_UP.sub("?", expected)).replace(_CUT, ".*")
        if re.fullmatch(pattern, _MADE_UP.sub("?", ours), re.IGNORECASE | re.DOTALL) is None:
            self.tell(where, recorded, ours)

    @staticmethod
    def _form(text: str) -> tuple[str | None, ...]:
        match = _MOMENT.fullmatch(text)
        return (match[1], "fraction" if match[2] else "", match[3]) if match else (text,)
