# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local Azure: what a container registry under its own key needs of Azure, on one machine.

It is reached as an HTTPS proxy, so unmodified clients use it under Azure's real host names.
"""

from __future__ import annotations
