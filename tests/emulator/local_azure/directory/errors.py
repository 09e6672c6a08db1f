# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Microsoft Graph says when it says no."""

from __future__ import annotations

from ..routing import Refusal


def refuse(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, {"error": {"code": code, "message": message, "innerError": {}}})


def not_found(identifier: str) -> Refusal:
    text = f"Resource '{identifier}' does not exist or one of its queried reference-property objects are not present."
    return refuse(404, "Request_ResourceNotFound", text)


def no_user() -> Refusal:
    """``/me`` is for users, and an application asked."""
    return refuse(400, "BadRequest", "/me request is only valid with delegated authentication flow.")


def invalid_token() -> Refusal:
    return refuse(401, "InvalidAuthenticationToken", "Access token is empty or invalid.")
