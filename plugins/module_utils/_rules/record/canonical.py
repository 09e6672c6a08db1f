# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The one way to write a value as JSON (RFC 8785), so that its hash can be reckoned again from what it says."""

from __future__ import annotations

import hashlib
import typing

from ..._domain import library


def line(body: typing.Mapping[str, object]) -> bytes:
    """A record's line, without its end.

    :raises ValueError: for what JSON cannot say, or not in the same way everywhere.
    :raises Failure: when the library is missing.
    """
    text: bytes = library.module("rfc8785", "rfc8785").dumps(dict(body))
    return text


def digest(text: bytes) -> str:
    """The hash of bytes, SHA-256 in hexadecimal digits."""
    return hashlib.sha256(text).hexdigest()
