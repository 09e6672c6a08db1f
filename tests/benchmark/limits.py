# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Azure's limits alone allow: the time that nobody can do it in less. Pure."""

from __future__ import annotations

from local_azure.throttle import BUCKETS, CREATED_KEYS, VAULT_SECONDS


def changes(number: int, *, operation: float, kind: str = "write") -> float:
    """Seconds until so many changes in one subscription have ended, by one principal.

    The bucket is full at first; then a change begins whenever it has been filled by one.

    :param operation: how long Azure takes for one of them, in seconds.
    """
    size, per_second = BUCKETS[kind]
    return max(0, number - size) / per_second + operation if number else 0.0


def new_versions(number: int, *, hardware: bool = False) -> float:
    """Seconds until a vault has made so many keys or versions."""
    most = CREATED_KEYS[hardware]
    return float(max(0, number - 1) // most * VAULT_SECONDS)


def looks_at_referrers(number: int, a_minute: int) -> float:
    """Seconds until a registry has told so often what refers to an artifact; it counts in minutes."""
    return float(max(0, number - 1) // a_minute * 60)
