# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The way to Entra ID: what answered there, which the libraries for signing in do not tell.

They call a gateway's page, a 503 and a refused connection alike: "Unable to get authority configuration", or no JSON.
"""

from __future__ import annotations

import json
import typing

from . import answers, sdk, transport


class Way(transport.Around):
    """A transport for a credential of azure-identity.

    ``trouble``: what kept the last answer to a request for a token, or to one since, from being Entra ID's; empty if
    nothing did.

    :param inner: the transport by which it is sent.
    """

    def __init__(self, inner: typing.Any) -> None:
        super().__init__(inner)
        self.trouble = ""

    def send(self, request: typing.Any, **options: typing.Any) -> typing.Any:
        """Send, and note what came of it."""
        core = sdk.module("azure.core.exceptions", "azure-core")
        try:
            response = self._inner.send(request, **options)
        except core.AzureError as error:
            self.trouble = f"it could not be reached: {error}"
            raise
        trouble = _trouble(response)
        # a refused token is not sent for again by MSAL, which only asks where to
        if trouble or request.method == "POST":
            self.trouble = trouble
        return response


def _trouble(response: typing.Any) -> str:
    status, content = response.status_code, transport.content(response)
    title = answers.page(content)
    page = f" with a page with the title '{title}'" if title else ""
    if status == 429 or status >= 500:
        return f"it answered {status}{page}"
    try:
        flaw = "" if isinstance(json.loads(content), dict) else "no object"
    except ValueError:
        flaw = f"{status}{page}" if content else f"{status}, empty"
    return f"its answer cannot be read: {flaw}" if flaw else ""
