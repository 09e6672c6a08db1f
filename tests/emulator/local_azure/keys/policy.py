# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A key's rotation policy: its form, its durations, and the versions that it makes as time passes."""

from __future__ import annotations

import typing

from ..world import World
from . import crypto, errors, state
from .durations import LAST, add_duration

_WEEK = 7 * 86400
_KINDS = {"rotate": "Rotate", "notify": "Notify"}
#: Recorded: a policy always has a Notify; where none was asked for it is this one, with an expiry or without.
_NOTIFY: dict[str, typing.Any] = {"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Notify"}}


def render(world: World, vault: dict[str, typing.Any], key: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """The policy as the data plane shows it; a key without one shows the default."""
    policy = key["policy"] or {"lifetimeActions": [_NOTIFY], "attributes": {}}
    attributes = dict(policy.get("attributes") or {})
    if key["policy"]:
        attributes |= {"created": key["policy_created"], "updated": key["policy_updated"]}
    return {
        "id": state.identifier(world, vault, key["name"]) + "/rotationpolicy",
        "lifetimeActions": policy["lifetimeActions"],
        "attributes": attributes,
    }


def _lasts(now: float, text: str) -> float:
    """How many seconds a duration is from now on.

    :raises Refusal: 400 BadParameter for what is no duration, or ends in no year that there is.
    """
    end = add_duration(now, text)
    if end >= LAST:
        raise errors.bad_parameter(f"The duration '{text}' is too long.").inferred()
    return end - now


def check(body: dict[str, typing.Any], now: float) -> dict[str, typing.Any]:
    """The policy to keep.

    :raises Refusal: 400 BadParameter for one that Azure would refuse.
    """
    expiry = (body.get("attributes") or {}).get("expiryTime")
    lifetime = _lasts(now, expiry) if expiry else LAST
    if lifetime < 28 * 86400:
        raise errors.bad_parameter("The key expiry time in the rotation policy must be at least 28 days.")
    kept: list[dict[str, typing.Any]] = []
    for action in body.get("lifetimeActions") or []:
        trigger, kind = action.get("trigger") or {}, (action.get("action") or {}).get("type", "")
        given = {name: value for name, value in trigger.items() if value}
        if len(given) != 1 or next(iter(given)) not in ("timeAfterCreate", "timeBeforeExpiry"):
            raise errors.bad_parameter("A lifetime action takes one of timeAfterCreate and timeBeforeExpiry.")
        for value in given.values():
            time = _lasts(now, value)
            if time < _WEEK:
                raise errors.bad_parameter("The time of a lifetime action must be at least 7 days.")
            if kind.lower() == "rotate" and time > lifetime - _WEEK:
                raise errors.bad_parameter("A key is rotated at least 7 days before it expires.").inferred()
        if "timeBeforeExpiry" in given and kind.lower() == "rotate" and not expiry:
            raise errors.bad_parameter("Rotation before expiry needs an expiry time in the policy.")
        if kind.lower() not in _KINDS:
            raise errors.bad_parameter("The type of a lifetime action's action is one of Rotate and Notify.")
        kept.append({"trigger": given, "action": {"type": _KINDS[kind.lower()]}})
    if sum(action["action"]["type"] == "Rotate" for action in kept) > 1:
        raise errors.bad_parameter("A rotation policy has one action of the type Rotate at most.").inferred()
    if not any(action["action"]["type"] == "Notify" for action in kept):
        kept.append(_NOTIFY)
    return {"lifetimeActions": kept, "attributes": {"expiryTime": expiry} if expiry else {}}


def _due(key: dict[str, typing.Any]) -> float | None:
    newest = key["versions"][key["order"][-1]]
    for action in (key["policy"] or {}).get("lifetimeActions", []):
        if action["action"]["type"] != "Rotate":
            continue
        made, trigger = float(newest["attributes"]["created"]), action["trigger"]
        if "timeAfterCreate" in trigger:
            return add_duration(made, trigger["timeAfterCreate"])
        if newest["attributes"].get("exp"):
            # no version follows another before that one is there
            return max(made, add_duration(newest["attributes"]["exp"], trigger["timeBeforeExpiry"], -1))
    return None


def settle(world: World, vault: dict[str, typing.Any], key: dict[str, typing.Any]) -> None:
    """Make the versions that the policy would have made by now."""
    for _version in range(100):
        due = _due(key)
        if due is None or due > world.clock.now():
            return
        rotate(world, vault, key, at=due)


def rotate(world: World, vault: dict[str, typing.Any], key: dict[str, typing.Any], at: float | None = None) -> str:
    """A new version of the same kind as the newest one; its expiry comes from the policy.

    :param at: when it happened, seconds since 1970; now if not given.
    :returns: the version.
    """
    newest = key["versions"][key["order"][-1]]
    size = crypto.size_of(newest["pem"])
    pem = crypto.generate(newest["kty"], size, newest["public"].get("crv", ""))
    body = {"tags": newest["tags"], "key_ops": newest["key_ops"]}
    _key, version_id = state.new_version(world, vault, key["name"], kty=newest["kty"], pem=pem, body=body)
    if at is not None:
        made = key["versions"][version_id]["attributes"]
        made["created"] = made["updated"] = int(at)
        expiry = (key["policy"] or {}).get("attributes", {}).get("expiryTime")
        if expiry:
            made["exp"] = int(add_duration(at, expiry))
    return version_id
