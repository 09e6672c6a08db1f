# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which process writes a record, so that others on the same machine can tell whether it is still at work."""

from __future__ import annotations

import os
import pathlib
import re

_BOOT = "/proc/sys/kernel/random/boot_id"
_NAMESPACE = "/proc/self/ns/pid"


def name() -> str:
    """This process: the machine's start, the namespace of its processes, its number, and when it began; empty where
    the system does not tell."""
    own = os.getpid()
    began = _began(own)
    where = _where()
    return f"{where}/{own}/{began}" if where and began else ""


def has_ended(process: str) -> bool | None:
    """Whether a process has ended; None where that cannot be seen here.

    :param process: as :func:`name` has it. This process counts as ended: it does one task after another.
    """
    where, _slash, rest = process.rpartition("/")
    where, _slash, number = where.rpartition("/")
    if not rest or not re.fullmatch(r"[0-9]{1,9}", number) or where != _where():
        return None
    if int(number) == os.getpid():
        return True
    now = _began(int(number))
    return None if now is None else now != rest


def _where() -> str:
    try:
        boot = pathlib.Path(_BOOT).read_text(encoding="ascii").strip()
        return f"{boot}/{os.stat(_NAMESPACE).st_ino}"
    except OSError:
        return ""


def _began(number: int) -> str | None:
    """When a process began, in ticks since the machine did (proc(5), ``stat``, field 22); empty if there is none, None
    if it may not be seen (proc(5), ``hidepid``)."""
    try:
        fields = pathlib.Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "" if _is_gone(number) else None
    # the program's name, in parentheses, may have blanks and parentheses in it
    state, *rest = fields.rpartition(")")[2].split()
    return "" if state in ("Z", "X") else rest[18]


def _is_gone(number: int) -> bool:
    """Whether there is no process of a number; of one that is somebody else's the system says so."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
