# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An exchange as it is judged, and what is found wrong with one."""

from __future__ import annotations

import dataclasses
import json
import typing
import urllib.parse

Json = typing.Any


@dataclasses.dataclass(frozen=True)
class Exchange:
    """A request and its answer.

    ``service`` is as ``clouds.service_of`` names it, ``path`` decoded, ``query`` with lower-case names, and headers on
    both sides with lower-case names. A body that is JSON is parsed, a form is a dictionary, another is bytes, None is
    none.
    """

    service: str
    method: str
    host: str
    path: str
    query: typing.Mapping[str, str]
    headers: typing.Mapping[str, str]
    sent: Json
    status: int
    answer_headers: typing.Mapping[str, str]
    answer: Json


@dataclasses.dataclass(frozen=True)
class Finding:
    """Something that Microsoft says otherwise: of which operation, on which side (``request``, ``answer``), at which
    place, by which rule, what the description says, and what stood there.
    """

    operation: str
    side: str
    place: str
    rule: str
    text: str
    got: str

    def __str__(self) -> str:
        return f"{self.operation}: {self.side}, {self.place or 'body'}: {self.text} [{self.rule}]\n    {self.got}"


def body_of(raw: bytes, content_type: str) -> Json:
    """A body as an exchange has it."""
    if not raw:
        return None
    if "x-www-form-urlencoded" in content_type:
        return dict(urllib.parse.parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    if "json" in content_type or not content_type:
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            return raw
    return raw


def at(place: str, body: Json) -> str:
    """What stands in a body at a place of a difference, shortened; the whole body where the place is not there."""
    value = body
    for step in filter(None, place.replace("[]", ".[]").split(".")):
        if step == "[]" and isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, dict) and step in value:
            value = value[step]
        else:
            break
    return json.dumps(value, default=str)[:300]
