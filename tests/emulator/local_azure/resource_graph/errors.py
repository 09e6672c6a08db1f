# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Resource Graph says when it says no."""

from __future__ import annotations

from ..resource_manager.errors import refuse
from ..routing import Refusal


def not_emulated(part: str) -> Refusal:
    """A part of the query language that the local Azure does not speak."""
    text = f"The local Azure does not evaluate this part of a Resource Graph query: {part}"
    return refuse(501, "NotEmulated", text)
