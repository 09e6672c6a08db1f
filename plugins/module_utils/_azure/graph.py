# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Azure Resource Graph: one query over everything that the caller may read, and all of its answer or a failure.

What Azure says of it: "Working with large Azure resource data sets", "Guidance for throttled requests", "Azure Resource
Graph query scopes" (docs/azure-behaviour.md, "Resource Graph").
"""

from __future__ import annotations

import re
import threading
import typing

from .._domain.failure import Failure
from .._domain.wire import Wire
from . import errors, groups, sdk
from .session import Session

#: How many subscriptions are named in one query, far below the 10,000 that it goes over.
_SUBSCRIPTIONS = 1000
#: How often a query is begun anew whose rows changed while they were read, page by page.
_ATTEMPTS = 3
_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d)")


class _TooMany(Exception):
    """The query went over the first 10,000 subscriptions alone."""


class _Changed(Exception):
    """Rows and their number do not agree: something was made or deleted between two pages."""


class _Page(typing.NamedTuple):
    rows: list[Wire]
    total: int
    token: str | None
    is_truncated: bool


def query(
    session: Session,
    text: str,
    *,
    purpose: str,
    subscriptions: typing.Sequence[str] | None = None,
    management_groups: typing.Sequence[str] | None = None,
) -> list[Wire]:
    """The rows of a query, ordered by ``id``, which it must project; each page one request of at most 1,000 rows.

    Resource Graph leaves out without a word what the caller may not read, and lags behind a change by minutes, in
    reported cases by hours (azcollection #2002): what it tells is to be confirmed, what it does not tell may be there.

    :param purpose: as in "who else uses the key", for messages.
    :param subscriptions: ids; all that the caller sees if None, however many there are.
    :param management_groups: names, instead of subscriptions.
    :raises Failure: when Azure refuses, or when not all of the answer can be had.
    """
    ordered = f"{text} | order by id asc"
    with errors.explained(f"asking Azure Resource Graph {purpose}"):
        if subscriptions is None:
            scope = {"management_groups": list(management_groups)} if management_groups else {}
            try:
                return _whole(session, ordered, scope, purpose)
            except _TooMany:
                if management_groups:
                    raise _not_whole(purpose, "the management groups have more than 10,000 subscriptions") from None
                subscriptions = groups.visible(session)
        parts = (
            subscriptions[start : start + _SUBSCRIPTIONS] for start in range(0, len(subscriptions), _SUBSCRIPTIONS)
        )
        try:
            rows = [row for part in parts for row in _whole(session, ordered, {"subscriptions": list(part)}, purpose)]
        except _TooMany:
            raise _not_whole(purpose, "it went over a part of the subscriptions") from None
    return sorted(rows, key=lambda row: str(row.get("id")))


def _not_whole(purpose: str, why: str) -> Failure:
    return Failure(
        f"Azure Resource Graph did not give all of its answer when asked {purpose}: {why}. A part is not passed off as "
        "the whole.",
        hint="Run the same task again. If it stays so, name fewer subscriptions.",
        code="truncated",
    )


def _whole(session: Session, text: str, scope: dict[str, list[str]], purpose: str) -> list[Wire]:
    """All rows of a query, read page by page and counted.

    :raises _TooMany: when the query went over a part of the subscriptions.
    :raises Failure: when rows are missing.
    """
    why = ""
    for _attempt in range(_ATTEMPTS):
        try:
            return _pages(session, text, scope)
        except _Changed as change:
            why = str(change)
    raise _not_whole(purpose, why)


def _pages(session: Session, text: str, scope: dict[str, list[str]]) -> list[Wire]:
    token: str | None = None
    rows: dict[str, Wire] = {}
    count = 0
    while True:
        page = _page(session, text, scope, token)
        count += len(page.rows)
        rows |= {str(row.get("id")).lower(): row for row in page.rows}
        if page.is_truncated:
            raise _Changed(f"it left out what comes after {count} of {page.total} rows")
        token = page.token
        if token:
            if not page.rows:
                raise _Changed("a page is empty that is not the last one")
            continue
        if not len(rows) == count == page.total:
            raise _Changed(f"{len(rows)} rows came, and it says that there are {page.total}")
        return list(rows.values())


def _page(session: Session, text: str, scope: dict[str, list[str]], token: str | None) -> _Page:
    """One page, when its turn has come; a query that is refused for there being too many is asked again in time."""
    models = sdk.module("azure.mgmt.resourcegraph.models", "azure-mgmt-resourcegraph")
    core = sdk.module("azure.core.exceptions", "azure-core")
    quota = session.once("quota of Resource Graph", _Quota)
    options = models.QueryRequestOptions(skip_token=token, top=1000, result_format="objectArray")
    request = models.QueryRequest(query=text, options=options, **scope)
    client = session.client("graph")
    while True:
        quota.wait(session)
        try:
            headers, reply = client.resources(request, cls=_with_headers)
        except core.HttpResponseError as error:
            if errors.status_of(error) != 429 or quota.refused(session, error.response.headers) >= session.wait_timeout:
                raise
            continue
        quota.note(session, headers)
        if str(headers.get(_LIMIT_HIT, "")).lower() == "true":
            raise _TooMany
        is_truncated = str(getattr(reply.result_truncated, "value", reply.result_truncated)).lower() == "true"
        return _Page(list(reply.data or []), int(reply.total_records), reply.skip_token or None, is_truncated)


_LIMIT_HIT = "x-ms-tenant-subscription-limit-hit"


def _with_headers(response: typing.Any, reply: typing.Any, _headers: object) -> tuple[typing.Any, typing.Any]:
    """What the SDK hands on of an answer; the headers are those of the response itself."""
    return response.http_response.headers, reply


class _Quota:
    """What is left of a user's 15 queries in 5 seconds, as the headers of the answers say."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        #: when a query may be asked again, on the session's clock
        self._due = 0.0
        #: since when every query has been refused, whichever it was: all of them wait as long as the task may, not each
        self._refused_since: float | None = None

    def wait(self, session: Session) -> None:
        """Wait until a query may be asked, but no longer than the task may wait; whether it is too early Azure says."""
        with self._lock:
            rest = min(self._due - session.clock.monotonic(), session.wait_timeout)
        if rest > 0:
            session.clock.sleep(rest, "Azure Resource Graph to take another query")

    def note(self, session: Session, headers: typing.Mapping[str, str]) -> None:
        """Take note of an answer: after the last query that is allowed the next one waits."""
        with self._lock:
            self._refused_since = None
        if str(headers.get("x-ms-user-quota-remaining", "")).strip() == "0":
            self._pause(session, _resets_after(headers) or 0.0)

    def refused(self, session: Session, headers: typing.Mapping[str, str]) -> float:
        """Take note of a refusal, 429; the seconds for which all queries have been refused."""
        now: float = session.clock.monotonic()
        with self._lock:
            since = self._refused_since = now if self._refused_since is None else self._refused_since
        again = str(headers.get("Retry-After", ""))
        seconds = _resets_after(headers) or (float(again) if again.isdigit() else 5.0)
        self._pause(session, max(1.0, seconds))
        return now - since

    def _pause(self, session: Session, seconds: float) -> None:
        with self._lock:
            self._due = max(self._due, session.clock.monotonic() + seconds)


def _resets_after(headers: typing.Mapping[str, str]) -> float | None:
    """The seconds of ``x-ms-user-quota-resets-after`` (hh:mm:ss); None for none, and for what is none."""
    match = _CLOCK.fullmatch(str(headers.get("x-ms-user-quota-resets-after", "")).strip())
    return float(int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])) if match else None
