# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A rotation policy as it is asked for."""

from __future__ import annotations

import typing

from ..._domain import duration
from ..._domain.failure import Failure
from ..._domain.key import LifetimeAction, RotationPolicy

#: The shortest times that Key Vault takes, in days (Key Vault documentation, "Configure key auto-rotation").
SHORTEST = {"rotate_after_creation": 7, "rotate_before_expiry": 7, "notify_before_expiry": 7, "expiry_time": 28}


def with_unsaid(desired: RotationPolicy, current: RotationPolicy | None) -> RotationPolicy:
    """The policy to have: what is not said of it stays. Key Vault itself adds a Notify to one that has none
    (azure-sdk-for-js, ``keyvault-keys``, recorded).

    :param current: None where there is none.
    """
    if current is None:
        return desired
    kinds = {action.kind for action in desired.actions}
    kept = {action for action in current.actions if action.kind not in kinds}
    return RotationPolicy(frozenset(desired.actions | kept), desired.expiry_time or current.expiry_time)


def never_fires(policy: RotationPolicy | None, expires_on: float | None) -> bool:
    """Whether rotation waits for an expiry that the version does not have (how-to-configure-key-rotation)."""
    rotations = [action for action in (policy or RotationPolicy()).actions if action.kind == "Rotate"]
    return bool(rotations) and expires_on is None and all(action.before_expiry for action in rotations)


def desired_policy(times: typing.Mapping[str, str | None]) -> RotationPolicy:
    """The policy that the module's option asks for.

    :param times: durations, by the names of :data:`SHORTEST`.
    :raises Failure: for contradictions and for what Key Vault would refuse.
    """
    parsed = {name: duration.parse(text, parameter=f"rotation_policy.{name}") for name, text in times.items() if text}
    if "rotate_after_creation" in parsed and "rotate_before_expiry" in parsed:
        raise Failure(
            "rotate_after_creation and rotate_before_expiry exclude each other.",
            parameter="rotation_policy",
            hint="Give one of them.",
            code="contradiction",
        )
    if "rotate_before_expiry" in parsed and "expiry_time" not in parsed:
        raise Failure(
            "rotate_before_expiry needs expiry_time.", parameter="rotation_policy.expiry_time", code="missing_parameter"
        )
    for name, days in SHORTEST.items():
        if name in parsed and parsed[name].total_seconds < days * 86400:
            raise Failure(
                f"{name} must be at least {days} days.", parameter=f"rotation_policy.{name}", code="invalid_duration"
            )
    actions = [
        LifetimeAction("Rotate", after_creation=parsed.get("rotate_after_creation")),
        LifetimeAction("Rotate", before_expiry=parsed.get("rotate_before_expiry")),
        LifetimeAction("Notify", before_expiry=parsed.get("notify_before_expiry")),
    ]
    return RotationPolicy(frozenset(action for action in actions if action.trigger), parsed.get("expiry_time"))
