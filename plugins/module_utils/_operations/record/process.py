# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which process writes a record, so that others on the same machine can tell whether it is still at work."""

from __future__ import annotations

import os
import pathlib

_BOOT = "/proc/sys/kernel/random/boot_id"
_NAMESPACE = "/proc/self/ns/pid"


def name() -> str:
    """This process: the machine's start, the namespace of its processes, its number, and when it began; empty where
    the system does not tell."""
    own = os.getpid()
    began = _began(own)
    where = _where()
    return f"{where}/{own}/{began}" if where and began else ""


def has_ended(process: str) -> bool:
    """Whether a process is known to have ended; False for one that is at work, and for one that cannot be seen here.

    :param process: as :func:`name` has it. This process counts as ended: it does one task after another.
    """
    where, _slash, rest = process.rpartition("/")
    where, _slash, number = where.rpartition("/")
    if not rest or not number.isascii() or not number.isdecimal() or where != _where():
        return False
    return int(number) == os.getpid() or _began(int(number)) != rest


def _where() -> str:
    try:
        boot = pathlib.Path(_BOOT).read_text(encoding="ascii").strip()
        return f"{boot}/{os.stat(_NAMESPACE).st_ino}"
    except OSError:
        return ""


def _began(number: int) -> str:
    """When a process began, in ticks since the machine did; empty if there is none (proc(5), ``stat``, field 22)."""
    try:
        fields = pathlib.Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # the program's name, in parentheses, may have blanks and parentheses in it
    state, *rest = fields.rpartition(")")[2].split()
    return "" if state in ("Z", "X") else rest[18]
