# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Resource Graph says when it says no."""

from __future__ import annotations

from ..resource_manager.errors import refuse
from ..routing import Refusal

_SUPPORT = "Please provide below info when asking for support: timestamp = 2026-01-01T00:00:00.0000000Z."


def _refuse(status: int, code: str, detail: str, text: str, headers: dict[str, str] | None = None) -> Refusal:
    """What is wrong stands in the details alone."""
    refusal = refuse(status, code, _SUPPORT, headers)
    refusal.reply.body["error"]["details"] = [{"code": detail, "message": text}]
    return refusal


def not_emulated(part: str) -> Refusal:
    """A part of the query language that the local Azure does not speak."""
    text = f"The local Azure does not evaluate this part of a Resource Graph query: {part}"
    return refuse(501, "NotEmulated", text)


def no_token(token: str) -> Refusal:
    """Text of our own: no source gives one."""
    return _refuse(400, "BadRequest", "InvalidSkipToken", f"The skip token '{token}' is not valid.").inferred()


def throttled(headers: dict[str, str]) -> Refusal:
    text = (
        "Client application has been throttled and should not attempt to repeat the request until an amount of time "
        "has elapsed. Please see https://aka.ms/resourcegraph-throttling for help."
    )
    return _refuse(429, "RateLimiting", "RateLimiting", text, headers)


def no_valid_subscription(ids: list[str]) -> Refusal:
    given = ", ".join(f"'{one}'" for one in ids)
    text = f"There must be at least one subscription that is eligible to contain resources. Given: {given}."
    return _refuse(400, "BadRequest", "NoValidSubscriptionsInQueryRequest", text)


def no_guids(ids: list[str]) -> Refusal:
    text = f"The request has ids of subscriptions that are no GUIDs: {', '.join(ids)}."
    return _refuse(400, "BadRequest", "SubscriptionsContainInvalidGuids", text).inferred()


def no_valid_management_group(names: list[str]) -> Refusal:
    text = f"None of the management groups can be read: {', '.join(names)}."
    return _refuse(403, "AuthorizationFailed", "AuthorizationFailed", text).inferred()
