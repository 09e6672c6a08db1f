# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The hash tree of RFC 6962 (Certificate Transparency), section 2.1: one hash that stands for all lines up to one."""

from __future__ import annotations

import hashlib


def _hash(prefix: bytes, *parts: bytes) -> bytes:
    return hashlib.sha256(prefix + b"".join(parts)).digest()


class Tree:
    """A tree that grows; of what is in it only the roots of the whole subtrees are kept, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[tuple[int, bytes]] = []

    def add(self, entry: bytes) -> None:
        """Add an entry."""
        size, root = 1, _hash(b"\x00", entry)
        while self._subtrees and self._subtrees[-1][0] == size:
            root = _hash(b"\x01", self._subtrees.pop()[1], root)
            size *= 2
        self._subtrees.append((size, root))
        self.size += 1

    @property
    def root(self) -> str:
        """The hash over all entries, in hexadecimal digits."""
        if not self._subtrees:
            return _hash(b"").hex()
        *larger, (_size, root) = self._subtrees
        for _size, left in reversed(larger):
            root = _hash(b"\x01", left, root)
        return root.hex()
