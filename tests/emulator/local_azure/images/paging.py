# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists in pages: ``n``, ``last`` and ``orderby``, and a ``Link`` that carries all of it on."""

from __future__ import annotations

import bisect
import itertools
import typing
import urllib.parse

from ..routing import Call, Reply
from . import errors

#: What a request that names no number gets at most.
DEFAULT_SIZE = 100
_ORDERS = ("", "none", "timeasc", "timedesc")
#: Options that the link to the next page carries on.
_KEPT = ("orderby", "digest", "artifactType")
#: Digits of the greatest number that is read: what is longer is no number of 64 bits.
_DIGITS = 18


def size(call: Call) -> int:
    """How many entries a page is to have; 0 is a good number, and gives none.

    :raises Refusal: 400 for what is no number, or greater than any.
    """
    text = call.query.get("n", "")
    if not text:
        return DEFAULT_SIZE
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise errors.page_size_invalid(text)
    return int(text)


def order(call: Call) -> str:
    """``timeasc``, ``timedesc``, or nothing for an order by name.

    :raises Refusal: 400 for another word.
    """
    text = call.query.get("orderby", "").lower()
    if text not in _ORDERS:
        raise errors.order_invalid(text)
    return "" if text == "none" else text


def page(
    call: Call, ordered: typing.Sequence[str], is_shown: typing.Callable[[str], bool] = lambda _name: True
) -> tuple[list[str], dict[str, str]]:
    """Those of the names that belong on this page, and the ``Link`` to the next one.

    :param ordered: names in the order of the alphabet.
    :param is_shown: whether a name is listed at all; asked of no more names than the page needs.
    """
    last = call.query.get("last", "")
    start = bisect.bisect_right(ordered, last) if last else 0
    return _cut(call, (name for place in range(start, len(ordered)) if is_shown(name := ordered[place])))


def page_by_time(
    call: Call,
    ordered: typing.Sequence[tuple[float, str]],
    times: typing.Callable[[str], float | None],
    is_shown: typing.Callable[[str], bool] = lambda _name: True,
) -> tuple[list[str], dict[str, str]]:
    """The same by time, oldest or newest first as ``orderby`` says.

    :param ordered: times and names, oldest first.
    :param times: the time of a name that is there, or was there once: a list goes on behind it as if it still were.
    """
    last, newest_first = call.query.get("last", ""), order(call) == "timedesc"
    places = range(len(ordered) - 1, -1, -1) if newest_first else range(len(ordered))
    if last:
        time = times(last)
        here = (-1.0 if time is None else time, last)
        before, behind = bisect.bisect_left(ordered, here), bisect.bisect_right(ordered, here)
        places = range(before - 1, -1, -1) if newest_first else range(behind, len(ordered))
        if time is None:
            places = range(0)
    return _cut(call, (name for place in places if is_shown(name := ordered[place][1])))


def _cut(call: Call, names: typing.Iterable[str]) -> tuple[list[str], dict[str, str]]:
    number = size(call)
    shown = list(itertools.islice(names, number + 1))
    if len(shown) <= number or not number:
        return shown[:number], {}
    shown.pop()
    kept = {name: call.query[name.lower()] for name in _KEPT if call.query.get(name.lower())}
    query = urllib.parse.urlencode({"last": shown[-1], "n": number, **kept})
    return shown, {"Link": f'<{call.path}?{query}>; rel="next"'}


def reply(shown: list[typing.Any], key: str, headers: dict[str, str], **more: typing.Any) -> Reply:
    """A page as the OCI API answers it."""
    return Reply(200, {key: shown, **more}, {"Docker-Distribution-Api-Version": "registry/2.0", **headers})
