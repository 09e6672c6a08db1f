# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Images that go from registry to registry (``importImage``); no client sees their bytes.

``request`` reads what is asked for, ``source`` goes to the other registry as whoever asks, ``graph`` knows what an
image is made of, ``state`` keeps the imports under way and carries them out when their time has come.
"""

from __future__ import annotations
