# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What a control can be held against: checks of a registry's facts, and of the record. A control names them as data."""

from __future__ import annotations

import dataclasses
import typing

from ..health.findings import DAY
from .facts import RegistryFacts
from .history import History

#: What a check says of one registry; ``none`` where it does not concern it.
MET, FAILED, UNKNOWN, NONE = "met", "failed", "unknown", "none"


@dataclasses.dataclass(frozen=True)
class Policy:
    """What the report holds the fleet against. ``max_age`` in seconds, None for no such rule; ``min_size`` in bits."""

    max_age: float | None
    min_size: int

    @property
    def max_age_days(self) -> float | None:
        """The age in days."""
        return None if self.max_age is None else self.max_age / DAY


Check = typing.Callable[[RegistryFacts, Policy], str]


def _answer(value: bool | None) -> str:
    if value is None:
        return UNKNOWN
    return MET if value else FAILED


def _with_key(check: typing.Callable[[RegistryFacts, Policy], bool | None]) -> Check:
    """A check that concerns registries with a customer-managed key only."""
    return lambda facts, policy: _answer(check(facts, policy)) if facts.encrypted else NONE


def _usable(facts: RegistryFacts, _policy: Policy) -> bool | None:
    if any(finding.severity == "error" for finding in facts.findings):
        return False
    return True if facts.key_state == "there" and facts.allowed else None


def _age(facts: RegistryFacts, policy: Policy) -> bool | None:
    if policy.max_age is None or facts.created is None:
        return None
    return facts.now - facts.created < policy.max_age


def _rotation(facts: RegistryFacts, _policy: Policy) -> bool | None:
    """Automatic from end to end: Key Vault makes versions, and the registry follows them."""
    if facts.mode != "automatic":
        return False
    if facts.rotates is None:
        return None
    # a policy that turns before an expiry that there is none of never does, and one that is overdue did not
    return facts.rotates and facts.scheduled is not None and facts.now - facts.scheduled < DAY


def _expiry(facts: RegistryFacts, _policy: Policy) -> bool | None:
    return None if facts.created is None else facts.expires_on is not None


def _size(facts: RegistryFacts, policy: Policy) -> bool | None:
    return None if facts.size is None else facts.size >= policy.min_size


def _hardware(facts: RegistryFacts, _policy: Policy) -> bool | None:
    return None if facts.key_type is None else facts.key_type == "RSA-HSM"


def _proof(facts: RegistryFacts, _policy: Policy) -> bool | None:
    """What an earlier report or the record proved is no proof of today."""
    if facts.proof is None or facts.proof.source != "now":
        return None
    return {"readable": True, "locked": False}.get(facts.proof.state)


#: Checks of a registry, by the names that controls use.
OF_REGISTRIES: dict[str, Check] = {
    "customer_managed_key": lambda facts, _policy: _answer(facts.encrypted),
    "key_usable": _with_key(_usable),
    "version_age": _with_key(_age),
    "newest_version": _with_key(lambda facts, _policy: facts.is_newest),
    "automatic_rotation": _with_key(_rotation),
    "expiry_date": _with_key(_expiry),
    "key_size": _with_key(_size),
    "purge_protection": _with_key(lambda facts, _policy: facts.purge_protection),
    "hardware_key": _with_key(_hardware),
    "image_readable": _with_key(_proof),
}


def _kept(history: History) -> str:
    return {"whole": MET, "altered": FAILED}.get(history.state, UNKNOWN)


def _outcomes(history: History) -> str:
    if history.state != "whole":
        return FAILED if history.state == "altered" else UNKNOWN
    return FAILED if history.open else MET


def _signed(history: History) -> str:
    """That a signature is there; whether it is right, ``record_verify`` says with the public key."""
    if history.state != "whole":
        return FAILED if history.state == "altered" else UNKNOWN
    return UNKNOWN if history.signed else FAILED


#: Checks of the record, by the names that controls use.
OF_THE_RECORD: dict[str, typing.Callable[[History], str]] = {
    "record_unaltered": _kept,
    "record_outcomes": _outcomes,
    "record_signed": _signed,
}
NAMES = (*OF_REGISTRIES, *OF_THE_RECORD)
