# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became of an operation that was called directly."""

from __future__ import annotations

import typing

Result = dict[str, typing.Any]


def done(result: Result) -> Result:
    """The result of what must have succeeded."""
    assert not result.get("failed"), result["msg"]
    return result


def failed(result: Result, code: str) -> Result:
    """The result of what must have failed with a code."""
    assert result.get("failed"), result
    assert result["failure"]["code"] == code, result["msg"]
    return result
