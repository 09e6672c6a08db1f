# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists in pages: ``n``, ``last`` and ``orderby``, and a ``Link`` that carries all of it on."""

from __future__ import annotations

import typing
import urllib.parse

from ..routing import Call, Reply
from . import errors

#: What a request that names no number gets at most.
DEFAULT_SIZE = 100
_ORDERS = ("", "none", "timeasc", "timedesc")


def size(call: Call) -> int:
    """How many entries a page is to have; 0 is a good number, and gives none.

    :raises Refusal: 400 for what is no number.
    """
    text = call.query.get("n", "")
    if not text:
        return DEFAULT_SIZE
    if not text.isascii() or not text.isdigit():
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


def page(call: Call, names: list[str]) -> tuple[list[str], dict[str, str]]:
    """Those of the names that belong on this page, in order of the alphabet, and the ``Link`` to the next one."""
    last = call.query.get("last", "")
    return _cut(call, [name for name in sorted(names) if name > last])


def page_by_time(
    call: Call, times: dict[str, float], gone: typing.Mapping[str, float]
) -> tuple[list[str], dict[str, str]]:
    """The same by time, oldest or newest first as ``orderby`` says.

    :param times: of what there is, by name.
    :param gone: of what was there once; a list goes on behind it as if it still were.
    """
    last, newest_first = call.query.get("last", ""), order(call) == "timedesc"
    places = sorted(((time, name) for name, time in times.items()), reverse=newest_first)
    if last:
        here = (times.get(last, gone.get(last, 0.0)), last)
        behind = [place for place in places if (place < here if newest_first else place > here)]
        places = behind if last in times or last in gone else []
    return _cut(call, [name for _time, name in places])


def _cut(call: Call, names: list[str]) -> tuple[list[str], dict[str, str]]:
    number = size(call)
    shown = names[:number]
    if len(names) <= number or not shown:
        return shown, {}
    kept = {name: call.query[name] for name in ("orderby", "digest", "artifacttype") if call.query.get(name)}
    query = urllib.parse.urlencode({"last": shown[-1], "n": number, **kept})
    return shown, {"Link": f'<{call.path}?{query}>; rel="next"'}


def reply(shown: list[typing.Any], key: str, headers: dict[str, str], **more: typing.Any) -> Reply:
    """A page as the OCI API answers it."""
    return Reply(200, {key: shown, **more}, {"Docker-Distribution-Api-Version": "registry/2.0", **headers})
