# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to the collection ownkey.acr: may change at any time.
"""Values without what templating leaves on them."""

from __future__ import annotations

import datetime
import typing


def plain(value: typing.Any) -> typing.Any:
    """A copy of a value in Python's own types: templated values carry tags that neither an SDK nor JSON should see."""
    if isinstance(value, dict):
        return {plain(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, str):
        return "".join(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, (datetime.date, datetime.time)):
        # YAML's own dates reach a module as text
        return value.isoformat()
    return value
