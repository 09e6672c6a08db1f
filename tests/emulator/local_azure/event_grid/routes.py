# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The address that Event Grid sends to a webhook as ``validationUrl``: a GET of it confirms the subscription.

Source: "Endpoint validation with Event Grid event schema". What the answer says is not documented.
"""

from __future__ import annotations

from ..routing import Call, Reply, Router

ROUTER = Router()


@ROUTER.route("GET", "/eventsubscriptions/{name}/validate")
def validate(call: Call) -> Reply:
    """Confirm a subscription by the token in its address."""
    if not call.query.get("token"):
        return Reply(400, {"error": {"code": "BadRequest", "message": "No token."}})
    return Reply(200, "Webhook successfully validated as a subscription endpoint.")
