# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists in pages, with an absolute ``nextLink`` that is left out on the last page."""

from __future__ import annotations

import bisect
import itertools
import re
import typing
import urllib.parse

from ..routing import Call, Reply
from ..shelf import Shelf
from . import errors

T = typing.TypeVar("T")
_CONDITION = re.compile(r"(\w+) eq '([^']*)'")


def conditions(call: Call, *names: str) -> dict[str, str]:
    """What ``$filter`` asks for: equal values, joined by ``and``, of names in lower case.

    :param names: the names that are understood.
    :raises Refusal: 501 for any other filter.
    """
    text = call.query.get("$filter", "")
    wanted = {match[1].lower(): match[2] for match in _CONDITION.finditer(text)}
    rest = re.sub(r"\s|and", "", _CONDITION.sub("", text))
    if rest or set(wanted) - set(names):
        raise errors.not_emulated(f"$filter={text}")
    return wanted


def tagged(tags: dict[str, str], wanted: dict[str, str]) -> bool:
    """Whether tags fulfil the conditions ``tagname`` and ``tagvalue``."""
    name, value = wanted.get("tagname", "").lower(), wanted.get("tagvalue")
    return not name or any(key.lower() == name and value in (None, one) for key, one in tags.items())


def _as_it_is(item: typing.Any) -> typing.Any:
    return item


def page(
    call: Call,
    items: typing.Sequence[T],
    show: typing.Callable[[T], typing.Any] = _as_it_is,
    *,
    number: typing.Callable[[T], int] | None = None,
    explicit_null: bool = False,
    most: int | None = None,
) -> Reply:
    """One page of a list, which costs as much as what is on it.

    :param show: makes an entry of an item; None for one that is found to be gone.
    :param number: an item's own number, greater than those before it; then nothing is missed while others go. Else it
        is counted from the beginning, and what is gone has to have left the list.
    :param most: how many entries the service puts on a page, whatever is asked.
    :param explicit_null: end with ``"nextLink": null``, as the Key Vault data plane does.
    """
    start = _number(call, "$skiptoken") or 0
    asked = (_number(call, name, least=1) for name in ("$top", "maxresults"))
    size = min(one for one in (call.world.settings.page_size, most, *asked) if one is not None)
    first = bisect.bisect_right(items, start, key=number) if number else start
    body: dict[str, typing.Any] = {"value": []}
    shown, last = body["value"], start
    for item in itertools.islice(items, first, None):
        entry = show(item)
        if entry is not None and len(shown) == size:
            body["nextLink"] = _next(call, last, vault=explicit_null)
            break
        if entry is not None:
            shown.append(entry)
            last = number(item) if number else start + len(shown)
    if explicit_null:
        body.setdefault("nextLink", None)
    return Reply(200, body)


def _number(call: Call, option: str, least: int = 0) -> int | None:
    """A number of the query; None if it has none such.

    :raises Refusal: 400 for what is no number, or too small.
    """
    text = call.query.get(option, "")
    if text and (not re.fullmatch("[0-9]{1,18}", text) or int(text) < least):
        raise errors.bad_request(f"The value '{text}' of the query option {option} is not valid.").inferred()
    return int(text) if text else None


def below(call: Call, shelf: Shelf, scope: str, show: typing.Callable[[str], typing.Any]) -> Reply:
    """One page of what stands below a scope, by the keys; see :func:`page`."""
    return page(call, shelf.below(scope), show, number=shelf.number)


def _next(call: Call, start: int, *, vault: bool) -> str:
    path, token = urllib.parse.quote(call.path), {"$skiptoken": str(start)}
    if not vault:
        return f"https://{call.host}{path}?{urllib.parse.urlencode({**call.query, **token})}"
    # recorded: a vault names the port, and the options in an order of its own
    query = {"api-version": "", **token, **{name: value for name, value in call.query.items() if name != "$skiptoken"}}
    return f"https://{call.host}:443{path}?{urllib.parse.urlencode(query, safe='$')}"
