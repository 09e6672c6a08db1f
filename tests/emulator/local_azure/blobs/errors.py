# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the blob service says when it says no: XML, and the code in a header too ("Blob service error codes")."""

from __future__ import annotations

from ..routing import Refusal


def _refuse(status: int, code: str, text: str, headers: dict[str, str] | None = None) -> Refusal:
    body = f'\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{text}</Message></Error>'
    kind = {"Content-Type": "application/xml", "x-ms-error-code": code}
    return Refusal(status, body.encode(), {**kind, **(headers or {})})


def no_authentication(login: str, tenant: str) -> Refusal:
    """The challenge ("Authorize access to blobs using Microsoft Entra ID"; azure-storage-blob reads it)."""
    challenge = (
        f"Bearer authorization_uri=https://{login}/{tenant}/oauth2/authorize resource_id=https://storage.azure.com"
    )
    text = "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."
    return _refuse(401, "NoAuthenticationInformation", text, {"WWW-Authenticate": challenge})


def permission_mismatch() -> Refusal:
    text = "This request is not authorized to perform this operation using this permission."
    return _refuse(403, "AuthorizationPermissionMismatch", text)


def no_azurite(address: str) -> Refusal:
    """Nobody keeps the blobs; a client waits and tries again."""
    return _refuse(503, "ServerBusy", f"No Azurite answers at {address}.")


def immutable() -> Refusal:
    text = "This operation is not permitted as the blob is immutable due to a policy."
    return _refuse(409, "BlobImmutableDueToPolicy", text)
