# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The formats that the descriptions name, as far as a text can show them."""

from __future__ import annotations

import base64
import binascii
import re
import typing
import uuid

import jsonschema

from ..clock import moment

FORMATS = jsonschema.FormatChecker(formats=())

_PATTERNS = {
    "date-time-rfc1123": r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
    "duration": r"P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?",
    "base64url": r"[A-Za-z0-9_-]*={0,2}",
    "arm-id": r"/.*",
}
_BITS = {"int32": 31, "int64": 63, "unixtime": 63}


def _fits(pattern: str) -> typing.Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or re.fullmatch(pattern, value) is not None


def _within(bits: int) -> typing.Callable[[object], bool]:
    return lambda value: not isinstance(value, int) or -(2**bits) <= value < 2**bits


def _moment(value: object) -> bool:
    return not isinstance(value, str) or moment(value) is not None


def _uuid(value: object) -> bool:
    return not isinstance(value, str) or str(uuid.UUID(value)) == value.lower()


def _byte(value: object) -> bool:
    return not isinstance(value, str) or base64.b64decode(value, validate=True) is not None


for _name, _pattern in _PATTERNS.items():
    FORMATS.checks(_name)(_fits(_pattern))
for _name, _bits in _BITS.items():
    FORMATS.checks(_name)(_within(_bits))
FORMATS.checks("date-time", raises=ValueError)(_moment)
FORMATS.checks("uuid", raises=ValueError)(_uuid)
FORMATS.checks("byte", raises=binascii.Error)(_byte)
