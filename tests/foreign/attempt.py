# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a suite's program prints: a line of JSON for each thing that it tried. Needs nothing but Python itself."""

from __future__ import annotations

import json
import typing


def attempt(name: str, act: typing.Callable[[], typing.Any]) -> None:
    """Try one thing; what it raises is what was wrong."""
    problem = ""
    try:
        act()
    except Exception as error:
        problem = f"{type(error).__name__}: {str(error)[-600:]}"
    print(json.dumps({"name": name, "problem": problem}), flush=True)
