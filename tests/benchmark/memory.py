# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much memory a process held at most; ``ru_maxrss`` would count what the process held that started it."""

from __future__ import annotations

import pathlib


def most(process: int | str) -> int:
    """Megabytes; 0 for a process that has ended.

    :param process: its number, or ``self``.
    """
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    held = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(held[0]) // 1024 if held else 0
