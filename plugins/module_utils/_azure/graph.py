# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Azure Resource Graph: one query over everything that the caller may read, in all subscriptions."""

from __future__ import annotations

from .._domain.wire import Wire
from . import errors, sdk
from .session import Session


def query(session: Session, text: str) -> list[Wire]:
    """The rows of a query, each page one request of at most 1,000 rows.

    Resource Graph leaves out without a word what the caller may not read, and lags behind a change by some minutes
    (Resource Graph documentation, "Overview" and "Working with large data sets").

    :raises Failure: when Azure refuses.
    """
    models = sdk.module("azure.mgmt.resourcegraph.models", "azure-mgmt-resourcegraph")
    client, token = session.client("graph"), None
    rows: list[Wire] = []
    with errors.explained("asking Azure Resource Graph who else uses the key"):
        while True:
            options = models.QueryRequestOptions(skip_token=token, result_format="objectArray")
            reply = client.resources(models.QueryRequest(query=text, options=options))
            rows += list(reply.data or [])
            token = reply.skip_token
            if not token:
                return rows
