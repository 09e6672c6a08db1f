# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource Manager's token buckets, the minutes of registries, and the ten seconds of vaults (docs/azure-behaviour.md,
"Throttling")."""

from __future__ import annotations

import math

#: Size and refill per second, by kind of request.
BUCKETS = {"read": (250, 25), "write": (200, 10), "delete": (200, 10)}
#: Operations of a registry per minute, by its tier ("Azure Container Registry service tiers").
PER_MINUTE = {
    "Basic": {"read": 1000, "write": 100},
    "Standard": {"read": 3000, "write": 500},
    "Premium": {"read": 10000, "write": 2000},
}
_MINUTE = 60
#: Keys that a vault makes in so many seconds, by whether they are kept in hardware ("Azure Key Vault service limits").
CREATED_KEYS = {False: 20, True: 10}
VAULT_SECONDS = 10
#: Queries of Resource Graph by one user, and the seconds after which they are counted anew.
QUERIES, QUERY_SECONDS = 15, 5
_KINDS = {"GET": "read", "HEAD": "read", "DELETE": "delete"}


class Throttle:
    """The buckets, on the local Azure's clock."""

    def __init__(self) -> None:
        self._levels: dict[tuple[str, str, str], tuple[float, float]] = {}
        self._minutes: dict[tuple[str, ...], tuple[int, float]] = {}

    def take(self, *, method: str, subscription: str, principal: str, now: float) -> tuple[str, int, int]:
        """Take one request out of its bucket.

        :returns: kind of request, requests remaining, and the seconds to wait (0: it may pass).
        """
        kind = kind_of(method)
        size, refill = BUCKETS[kind]
        level, at = self._levels.get((subscription, principal, kind), (float(size), now))
        level = min(size, level + max(0.0, now - at) * refill)
        if level < 1:
            self._levels[subscription, principal, kind] = (level, now)
            return kind, 0, max(1, math.ceil((1 - level) / refill))
        self._levels[subscription, principal, kind] = (level - 1, now)
        return kind, int(level - 1), 0

    def query(self, principal: str, *, now: float) -> tuple[int, float]:
        """Count a query of Resource Graph.

        :returns: the queries remaining (-1: this was one too many), and the seconds until they are counted anew.
        """
        number, began = self._minutes.get(("graph", principal), (0, now))
        if now >= began + QUERY_SECONDS:
            number, began = 0, now
        number = min(number + 1, QUERIES + 1)
        self._minutes["graph", principal] = (number, began)
        return QUERIES - number, began + QUERY_SECONDS - now

    def count(self, *about: str, limit: int, now: float, seconds: float = _MINUTE) -> int:
        """Count an operation of a registry or vault in the minute (or so) that began with the first of its kind.

        :param about: whatever has the limit together, such as registry, kind and principal.
        :returns: the seconds to wait (0: it may pass).
        """
        number, began = self._minutes.get(about, (0, now))
        if now >= began + seconds:
            number, began = 0, now
        if number >= limit:
            return max(1, math.ceil(began + seconds - now))
        self._minutes[about] = (number + 1, began)
        return 0


def kind_of(method: str) -> str:
    """``read``, ``write`` or ``delete``."""
    return _KINDS.get(method, "write")
