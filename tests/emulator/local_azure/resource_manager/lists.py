# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists in pages, with an absolute ``nextLink`` that is left out on the last page."""

from __future__ import annotations

import typing
import urllib.parse

from ..routing import Call, Reply


def page(call: Call, items: list[typing.Any], *, explicit_null: bool = False) -> Reply:
    """One page of a list.

    :param explicit_null: end with ``"nextLink": null``, as the Key Vault data plane does.
    """
    start = int(call.query.get("$skiptoken") or 0)
    size = call.world.settings.page_size
    if call.query.get("maxresults"):
        size = min(size, int(call.query["maxresults"]))
    body: dict[str, typing.Any] = {"value": items[start : start + size]}
    if start + size < len(items):
        query = {**call.query, "$skiptoken": str(start + size)}
        body["nextLink"] = f"https://{call.host}{urllib.parse.quote(call.path)}?{urllib.parse.urlencode(query)}"
    elif explicit_null:
        body["nextLink"] = None
    return Reply(200, body)
