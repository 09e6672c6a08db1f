# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of faults, where each can strike, and what a failure must say of it."""

from __future__ import annotations

import dataclasses
import re
import typing

Values = dict[str, typing.Any]


@dataclasses.dataclass(frozen=True)
class Asked:
    """A request of the undisturbed run. ``number`` from 1; ``begins``: a long-running operation."""

    number: int
    method: str
    host: str
    path: str
    service: str
    writes: bool
    begins: bool
    after_write: bool

    @property
    def route(self) -> tuple[str, str, str]:
        """What is asked again when it is asked again; a poll's operation has another id each time."""
        path = re.sub(r"(operation\w+/[a-z]+-)[0-9a-f-]{36}", r"\1*", self.path, flags=re.IGNORECASE)
        return self.method, self.host, path


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of fault.

    :param values: of :class:`local_azure.faults.Fault`, for a request.
    :param says: a failure's message matches it.
    :param strikes: whether it makes sense at a request.
    :param loses: whether the answer is lost of what took effect.
    """

    values: typing.Callable[[Asked], Values]
    says: str
    strikes: typing.Callable[[Asked], bool] = lambda _asked: True
    loses: bool = False


PAGE = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
HTML = {"Content-Type": "text/html"}
#: What an answer that is none may be called.
NO_ANSWER = (
    r"could not be reached|no (proper )?answer|answer (was|is) (lost|no)|cannot be read|is not JSON|no JSON|HTML"
)


def _error(status: int, code: str, message: str, **headers: str) -> typing.Callable[[Asked], Values]:
    """An error in the form of the service that is asked."""

    def values(asked: Asked) -> Values:
        error: Values = {"code": code, "message": message}
        if asked.service == "registry":
            return {"status": status, "body": {"errors": [error]}, "headers": headers}
        if asked.service == "login":
            return {"status": status, "body": {"error": code, "error_description": message}, "headers": headers}
        return {"status": status, "body": {"error": error}, "headers": headers}

    return values


def _forbidden(asked: Asked) -> Values:
    text = "The client does not have authorization to perform the action."
    code, inner = {
        "vault": ("Forbidden", {"code": "ForbiddenByRbac"}),
        "hsm": ("Forbidden", {"code": "AccessDenied"}),
        "registry": ("DENIED", {}),
    }.get(asked.service, ("AuthorizationFailed", {}))
    values = _error(403, code, text)(asked)
    if inner:
        values["body"]["error"]["innererror"] = inner
    return values


def _conflict(asked: Asked) -> Values:
    """Another change is under way, as each service says it."""
    if asked.service in ("vault", "hsm"):
        text = "There was a conflict updating the key. Perform operations against the key in a sequential manner."
        return _error(409, "Conflict", text)(asked)
    if "/microsoft.keyvault/vaults/" in asked.path.lower():
        return _error(409, "ConflictError", "Please check for parallel operations on the vault and retry.")(asked)
    if "/microsoft.containerregistry/" in asked.path.lower():
        text = "The registry is being changed by another operation. Try again when it has ended."
        return _error(409, "RetryableErrorDueToAnotherOperation", text)(asked)
    return _error(409, "Conflict", "Another operation is in progress on the resource.")(asked)


def _missing(asked: Asked) -> Values:
    code = {"vault": "KeyNotFound", "hsm": "KeyNotFound", "registry": "MANIFEST_UNKNOWN"}
    return _error(404, code.get(asked.service, "ResourceNotFound"), "It was not found.")(asked)


def _is_azure(asked: Asked) -> bool:
    return asked.service != "login"


def _changes(asked: Asked) -> bool:
    return asked.writes


def _reads_after(asked: Asked) -> bool:
    return asked.after_write and asked.method == "GET" and _is_azure(asked)


def _same(values: Values) -> typing.Callable[[Asked], Values]:
    return lambda _asked: dict(values)


KINDS: dict[str, Kind] = {
    "refused": Kind(_same({"refused": True}), r"could not be reached|Signing in"),
    "reset before": Kind(_same({"reset": True}), r"could not be reached|Signing in|answer|aborted|reset", loses=True),
    "reset after": Kind(
        _same({"reset": True, "when": "after"}), r"could not be reached|Signing in|answer|aborted|reset", loses=True
    ),
    "no answer in time": Kind(
        _same({"delay": 130.0, "when": "after"}),
        r"could not be reached|Signing in|answer|time|aborted",
        loses=True,
    ),
    "429 with Retry-After": Kind(
        _error(429, "TooManyRequests", "Too many requests.", **{"Retry-After": "7"}),
        r"Too many requests|TooMany|throttl|429",
    ),
    "429 without": Kind(_error(429, "TooManyRequests", "Too many requests."), r"Too many requests|TooMany|throttl|429"),
    "500": Kind(
        _error(500, "InternalServerError", "Something broke."),
        r"Something broke|Internal ?Server ?Error|500",
        loses=True,
    ),
    "500 after": Kind(
        lambda asked: {**_error(500, "InternalServerError", "Something broke.")(asked), "when": "after"},
        r"Something broke|Internal ?Server ?Error|500",
        loses=True,
    ),
    "502 page": Kind(
        _same({"status": 502, "raw": PAGE.format("502 Bad Gateway"), "headers": HTML}), r"502|Bad Gateway", loses=True
    ),
    "503": Kind(_error(503, "ServiceUnavailable", "Come back later."), r"Come back later|Service ?Unavailable|503"),
    "409": Kind(_conflict, r"another operation|conflict|parallel|Something else changes", _changes),
    "403": Kind(_forbidden, r"authorization|right|role|permitted|could not see", _is_azure),
    "403 page": Kind(
        _same({"status": 403, "raw": PAGE.format("Blocked by the proxy"), "headers": HTML}), r"403|Blocked by|proxy"
    ),
    "404 after a change": Kind(_missing, r"not found|is not there|There is no|not there|gone", _reads_after),
    "captive page": Kind(
        _same({"status": 200, "raw": PAGE.format("Log in to the network"), "headers": HTML}),
        r"JSON|HTML|page|Log in to|proxy|no answer of Azure",
        loses=True,
    ),
    "garbled": Kind(
        _same({"garble": True, "when": "after"}), r"JSON|garbled|cannot be read|not whole|answer|digest", loses=True
    ),
    "empty": Kind(_same({"raw": "", "when": "after"}), r"JSON|empty|cannot be read|answer|digest|body", loses=True),
    "ends as Failed": Kind(
        _same({"ends": "Failed"}), r"OperationFailed|ended as Failed", lambda a: a.begins, loses=True
    ),
    "ends as Canceled": Kind(
        _same({"ends": "Canceled"}), r"OperationCanceled|ended as Canceled", lambda a: a.begins, loses=True
    ),
}
#: How long a fault lasts: for one request, for that request from then on, for everything from then on.
ONCE, SAME, ALL = "once", "again and again", "everything from then on"
#: Outages that strike everything, where sign-in and data plane are struck too, and what strikes everything in every
#: case: a right that is taken away meanwhile.
OUTAGES, LOSSES = ("refused", "503"), ("403",)
#: Kinds that are tried as lasting too.
LASTING = ("reset after", "429 without", "500", "403", "409", "captive page")
#: Kinds of which two strike in one run.
IN_PAIRS = ("reset after", "500", "429 without", "500 after", "502 page", "empty", "403", "reset before")


def fault(kind: str, asked: Asked, lasts: str, nth: int) -> Values:
    """The values of the fault, to be given to the local Azure.

    :param nth: how often the same request is asked until it strikes; where a right is lost, how many requests that are
        no sign-in.
    """
    values = KINDS[kind].values(asked)
    if kind in LOSSES and lasts == ALL:
        # who loses a right can sign in still
        return {**values, "host": "(?!login).*", "nth": nth, "times": 0}
    if lasts == SAME:
        method, host, path = (re.escape(part) for part in asked.route)
        return {**values, "method": method, "host": host, "path": path.replace(r"\*", ".*"), "nth": nth, "times": 0}
    return {**values, "nth": asked.number, "times": 1 if lasts == ONCE else 0}
