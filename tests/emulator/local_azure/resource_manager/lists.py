# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists in pages, with an absolute ``nextLink`` that is left out on the last page."""

from __future__ import annotations

import re
import typing
import urllib.parse

from ..routing import Call, Reply
from . import errors

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


def page(call: Call, items: list[typing.Any], *, explicit_null: bool = False, most: int | None = None) -> Reply:
    """One page of a list.

    :param most: how many entries the service puts on a page, whatever is asked.
    :param explicit_null: end with ``"nextLink": null``, as the Key Vault data plane does.
    """
    start = int(call.query.get("$skiptoken") or 0)
    size = min(call.world.settings.page_size, most or call.world.settings.page_size)
    if call.query.get("maxresults"):
        size = min(size, int(call.query["maxresults"]))
    body: dict[str, typing.Any] = {"value": items[start : start + size]}
    if start + size < len(items):
        body["nextLink"] = _next(call, start + size, vault=explicit_null)
    elif explicit_null:
        body["nextLink"] = None
    return Reply(200, body)


def _next(call: Call, start: int, *, vault: bool) -> str:
    path, token = urllib.parse.quote(call.path), {"$skiptoken": str(start)}
    if not vault:
        return f"https://{call.host}{path}?{urllib.parse.urlencode({**call.query, **token})}"
    # recorded: a vault names the port, and the options in an order of its own
    query = {"api-version": "", **token, **{name: value for name, value in call.query.items() if name != "$skiptoken"}}
    return f"https://{call.host}:443{path}?{urllib.parse.urlencode(query, safe='$')}"
