# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft's own descriptions of its APIs, as judge of every exchange and as gate for every request.

``documents`` reads them, ``library`` finds the operation that a request means, ``shapes`` holds a body against its
schema; ``judge`` holds whole exchanges against them, but for what ``exceptions`` lists with reasons; ``gate`` refuses a
request of which a part would else be dropped in silence.
"""

from __future__ import annotations
