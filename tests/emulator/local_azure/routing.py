# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The small change of every service: a call that came in, the reply, a refusal, and a table of routes."""

from __future__ import annotations

import dataclasses
import functools
import re
import typing

if typing.TYPE_CHECKING:
    from .world import World


@dataclasses.dataclass
class Call:
    """One request, as a handler sees it.

    ``query`` has lower-case names; a name given twice has both values, with a space between. ``body`` is the parsed
    JSON object or form, ``{}`` when there was none, and ``raw`` the bytes. ``caller`` holds the claims of a valid
    access token, or None where the service asks for none.
    """

    world: World
    method: str
    host: str
    path: str
    query: dict[str, str]
    headers: typing.Mapping[str, str]
    body: dict[str, typing.Any]
    raw: bytes = b""
    params: dict[str, str] = dataclasses.field(default_factory=dict)
    caller: dict[str, typing.Any] | None = None
    #: how many changes there had been when the request came in, see :mod:`.side_by_side`
    began: int = 0

    def __post_init__(self) -> None:
        self.began = self.world.changes

    @property
    def now(self) -> float:
        return self.world.clock.now()

    @property
    def principal(self) -> str:
        """Object id of the caller."""
        return str((self.caller or {}).get("oid", ""))


@dataclasses.dataclass
class Reply:
    """What goes back. ``body`` None means an empty one; bytes go out as they are."""

    status: int = 200
    body: typing.Any = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


class Refusal(Exception):
    """Azure says no."""

    def __init__(self, status: int, body: typing.Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.reply = Reply(status, body, headers or {})
        #: no source gives code and text (switch ``inferred_words``)
        self.has_inferred_words = False

    def inferred(self) -> Refusal:
        """The same, with code and text marked as inferred."""
        self.has_inferred_words = True
        return self

    def plain(self) -> Reply:
        """The answer with words that say nothing in particular."""
        body = self.reply.body
        if "errors" in body:
            return dataclasses.replace(self.reply, body={"errors": [{"code": "UNKNOWN", "message": "unknown error"}]})
        error = {**body["error"], "code": "BadRequest", "message": "The request could not be completed."}
        return dataclasses.replace(self.reply, body={**body, "error": error})


Handler = typing.Callable[[Call], Reply]


@dataclasses.dataclass
class Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler
    action: str
    #: how many segments its paths have; None for any number
    length: int | None
    #: the longest part of its template that is fixed, in lower case
    literal: str


class Router:
    """Routes by method and path. Paths are compared without regard to case, as Azure does."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def route(self, method: str, template: str, action: str = "") -> typing.Callable[[Handler], Handler]:
        """Register a handler.

        :param template: a path with ``{name}`` for one segment and ``{name...}`` for any number of them.
        :param action: the role-based action that the caller needs for it at this path.
        """
        pattern = re.sub(r"\{(\w+)\.\.\.\}", r"(?P<\1>.*?)", template)
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        compiled = re.compile(f"^{pattern}/?$", re.IGNORECASE)
        literal = max(re.split(r"\{.*?\}", template.lower().replace("\\", "")), key=len).rstrip("/")
        length = None if "...}" in template else template.rstrip("/").count("/")

        def register(handler: Handler) -> Handler:
            self.routes.append(Route(method, compiled, handler, action, length, literal))
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route for a request with its path parameters, or None."""
        return find((self,), method, path)


def find(routers: tuple[Router, ...], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The first route of several routers for a request, with its path parameters; None if there is none."""
    plain = path.lower()
    for route in _of_length(routers, method, path.rstrip("/").count("/")):
        match = route.pattern.match(path) if route.literal in plain else None
        if match:
            return route, match.groupdict()
    return None


@functools.cache
def _of_length(routers: tuple[Router, ...], method: str, length: int) -> tuple[Route, ...]:
    """The routes that a path of so many segments can be for."""
    routes = (route for router in routers for route in router.routes)
    return tuple(route for route in routes if route.method == method and route.length in (None, length))


def not_emulated(call: Call) -> Refusal:
    """501 for what the local Azure does not know: a gap must be seen, not guessed over."""
    text = f"The local Azure does not emulate {call.method} https://{call.host}{call.path}."
    return Refusal(501, {"error": {"code": "NotEmulated", "message": text}})
