# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""At what pace requests may go out, by the buckets of Azure's services, and by what their answers say of them.

Resource Manager has buckets for each subscription and principal: 250 reads refilled by 25 a second, 200 changes and 200
deletions refilled by 10 a second ("Understand how Azure Resource Manager throttles requests"). A vault takes 20 new
keys in 10 seconds, 10 if they are protected by hardware ("Azure Key Vault service limits"); that a rotation counts as
one is likely, and costs nothing to take for granted.
"""

from __future__ import annotations

import dataclasses
import re
import threading
import typing


@dataclasses.dataclass(frozen=True)
class Limit:
    """A bucket: how many at once, and how many more a second."""

    size: float
    refill: float


READS, CHANGES = Limit(250, 25), Limit(200, 10)
NEW_KEYS = Limit(20, 2)
#: A service that throttles and does not say for how long: the span in which Key Vault counts, in seconds.
_UNSAID = 10.0


@dataclasses.dataclass(frozen=True)
class Lane:
    """What has a bucket of its own: a subscription's reads, changes or deletions, or a vault's new keys."""

    name: str
    limit: Limit


_SUBSCRIPTION = re.compile(r"https://management\.[^/]+/subscriptions/([^/?]+)", re.IGNORECASE)
_NEW_KEY = re.compile(r"https://([^/]+)/keys/[^/]+/(create|rotate)(\?|$)", re.IGNORECASE)
#: The header that says how much is left in a bucket, by method (recorded).
_LEFT = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}


def lane(method: str, url: str) -> Lane | None:
    """The lane of a request; None for one that no known bucket holds up."""
    subscription = _SUBSCRIPTION.match(url)
    if subscription:
        kind = _LEFT.get(method, "writes")
        return Lane(f"{subscription[1].lower()} {kind}", READS if kind == "reads" else CHANGES)
    new_key = _NEW_KEY.match(url)
    return new_keys(new_key[1]) if new_key and method == "POST" else None


def changes(subscription: str) -> Lane:
    """The lane of a subscription's changes."""
    return Lane(f"{subscription.lower()} writes", CHANGES)


def new_keys(host: str) -> Lane:
    """The lane of a vault's new keys and versions."""
    return Lane(f"{host.lower()} new keys", NEW_KEYS)


class Pace:
    """The buckets as far as this process knows them: what it took out, and what answers said is left.

    :param monotonic: seconds on a clock that never goes back.
    """

    def __init__(self, monotonic: typing.Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._levels: dict[str, tuple[float, float]] = {}
        self._closed_until: dict[str, float] = {}
        #: requests that took their place before they go out
        self._reserved: dict[str, int] = {}
        self._lock = threading.Lock()

    def free(self, where: Lane) -> int:
        """How many requests may go now."""
        with self._lock:
            now = self._monotonic()
            return 0 if self._closed_until.get(where.name, now) > now else int(self._level(where, now))

    def wait(self, where: Lane) -> float:
        """Seconds until one more may go; 0 if it may now."""
        with self._lock:
            now = self._monotonic()
            missing = 1.0 - self._level(where, now)
            return max(0.0, self._closed_until.get(where.name, now) - now, missing / where.limit.refill)

    def reserve(self, where: Lane) -> float:
        """Take a place for a request that is about to go out; 0 if it has one, else the seconds until there may be one.

        Of threads that wait for the same drop one gets it.
        """
        with self._lock:
            now = self._monotonic()
            closed, level = self._closed_until.get(where.name, now) - now, self._level(where, now)
            if closed > 0 or level < 1.0:
                return max(closed, (1.0 - level) / where.limit.refill)
            self._levels[where.name] = (level - 1.0, now)
            self._reserved[where.name] = self._reserved.get(where.name, 0) + 1
            return 0.0

    def closed(self, where: Lane) -> float:
        """Seconds for which Azure asked to be left alone; 0 if it did not."""
        with self._lock:
            return max(0.0, self._closed_until.get(where.name, 0.0) - self._monotonic())

    def take(self, where: Lane) -> None:
        """Note a request that goes out; the level may fall below nothing, as a retry of the SDK's asks nobody."""
        with self._lock:
            if self._reserved.get(where.name, 0) > 0:
                self._reserved[where.name] -= 1
                return
            now = self._monotonic()
            self._levels[where.name] = (self._level(where, now) - 1.0, now)

    def answered(self, where: Lane, method: str, status: int, headers: typing.Mapping[str, str]) -> None:
        """Note what an answer says: others take out of the same bucket."""
        with self._lock:
            now = self._monotonic()
            if status == 429:
                self._closed_until[where.name] = now + _seconds(headers.get("Retry-After"))
                self._levels[where.name] = (0.0, now)
                return
            left = headers.get(f"x-ms-ratelimit-remaining-subscription-{_LEFT.get(method, 'writes')}", "")
            if left.isdecimal():
                self._levels[where.name] = (min(self._level(where, now), float(left)), now)

    def _level(self, where: Lane, now: float) -> float:
        level, at = self._levels.get(where.name, (where.limit.size, now))
        return min(where.limit.size, level + max(0.0, now - at) * where.limit.refill)


def _seconds(text: str | None) -> float:
    try:
        return max(0.0, float(text)) if text else _UNSAID
    except ValueError:
        return _UNSAID
