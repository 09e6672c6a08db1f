# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage accounts of one's own: who may, the local Azure says; blobs are Azurite's, Microsoft's own emulator."""

from __future__ import annotations
