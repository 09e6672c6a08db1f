# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Managed HSMs: as resources (Microsoft.KeyVault/managedHSMs), and the local roles inside them.

Their keys are served by the room ``keys``, which a vault's are served by too.
"""

from __future__ import annotations

from .state import render

__all__ = ["render"]
