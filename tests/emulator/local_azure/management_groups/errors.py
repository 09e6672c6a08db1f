# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What management groups say when they say no."""

from __future__ import annotations

from ..resource_manager.errors import refuse
from ..routing import Refusal


def not_found(name: str) -> Refusal:
    return refuse(404, "NotFound", f"The management group '{name}' cannot be found.")
