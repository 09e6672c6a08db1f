# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Entra ID says when it says no (docs/azure-behaviour.md, "Sign-in")."""

from __future__ import annotations

import uuid

from ..clock import spaced
from ..routing import Call, Refusal


def _refuse(call: Call, status: int, error: str, number: int, text: str) -> Refusal:
    trace, correlation, stamp = str(uuid.uuid4()), str(uuid.uuid4()), spaced(call.now)
    body = {
        "error": error,
        "error_description": f"AADSTS{number}: {text}\r\nTrace ID: {trace}\r\nCorrelation ID: {correlation}\r\n"
        f"Timestamp: {stamp}",
        "error_codes": [number],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": f"https://{call.host}/error?code={number}",
    }
    return Refusal(status, body)


def tenant_not_found(call: Call, tenant: str) -> Refusal:
    text = (
        f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the "
        "correct cloud. Check with your subscription administrator, this may happen if there are no active "
        "subscriptions for the tenant."
    )
    return _refuse(call, 400, "invalid_request", 90002, text)


def unknown_application(call: Call, client_id: str) -> Refusal:
    text = (
        f"Application with identifier '{client_id}' was not found in the directory 'Local Azure'. This can happen if "
        "the application has not been installed by the administrator of the tenant or consented to by any user in "
        "the tenant. You may have sent your authentication request to the wrong tenant."
    )
    return _refuse(call, 400, "unauthorized_client", 700016, text)


def wrong_secret(call: Call, client_id: str) -> Refusal:
    text = (
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not "
        f"the client secret ID, for a secret added to app '{client_id}'."
    )
    return _refuse(call, 401, "invalid_client", 7000215, text)


def wrong_password(call: Call) -> Refusal:
    text = "Error validating credentials due to invalid username or password."
    return _refuse(call, 400, "invalid_grant", 50126, text)


def wrong_assertion(call: Call) -> Refusal:
    return _refuse(call, 401, "invalid_client", 700027, "Client assertion failed signature validation.")


def no_federated_identity(call: Call) -> Refusal:
    text = "No matching federated identity record found for presented assertion."
    return _refuse(call, 401, "invalid_client", 70021, text)


def unsupported_grant(call: Call, grant: str) -> Refusal:
    text = f"The app requested an unsupported grant type '{grant}'."
    return _refuse(call, 400, "unsupported_grant_type", 70003, text)


def nothing_asked(call: Call) -> Refusal:
    """n8n #33881, entra-docs #370."""
    text = "The request body must contain the following parameter: 'scope'."
    return _refuse(call, 400, "invalid_request", 900144, text)


def scope_without_default(call: Call, scope: str) -> Refusal:
    """MicrosoftDocs/azure-docs #99862, databricks-sql-nodejs #226."""
    text = (
        f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with "
        "/.default suffixed to the resource identifier (application ID URI)."
    )
    return _refuse(call, 400, "invalid_scope", 1002012, text)


def no_such_resource(call: Call, resource: str, tenant: str) -> Refusal:
    """azure-cli #29113, #14948."""
    text = (
        f"The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the "
        "application has not been installed by the administrator of the tenant or consented to by any user in the "
        "tenant. You might have sent your authentication request to the wrong tenant."
    )
    return _refuse(call, 400, "invalid_resource", 500011, text)
