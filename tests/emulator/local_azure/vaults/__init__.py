# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Key vaults as resources (Microsoft.KeyVault/vaults)."""

from __future__ import annotations

from .state import render, soft_delete

__all__ = ["render", "soft_delete"]
