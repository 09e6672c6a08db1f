# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The blob service of storage accounts: token and right are judged here, the rest is handed over to Azurite."""

from __future__ import annotations

import http.client
import urllib.parse

from ..authorization import decide
from ..clouds import Cloud
from ..routing import Call, Reply
from ..signin import tokens
from . import errors
from .state import Account

_CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"
#: Headers of one connection, and what the local Azure says itself.
_OWN = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


def account_of(call: Call) -> Account:
    """The account that a request is for."""
    return call.world.accounts[call.host.partition(".")[0]]


def serve(call: Call, cloud: Cloud) -> Reply:
    """One request."""
    claims = tokens.read(call.world, call.headers.get("authorization"))
    is_fit = claims and tokens.audience_fits(claims, {"https://storage.azure.com"}) and claims["exp"] > call.now
    if not claims or not is_fit:
        raise errors.no_authentication(cloud.login, call.world.data["tenant"])
    call.caller = claims
    account = account_of(call)
    container = call.path.strip("/").partition("/")[0]
    scope = f"{account.id}/blobServices/default/containers/{container}" if container else account.id
    # a container is managed, what is in it is data ("Permissions for calling data operations")
    is_blob = call.query.get("restype") != "container" or call.query.get("comp") == "list"
    is_data = is_blob and bool(container)
    action = f"{_CONTAINERS}/blobs/{_verb(call)}" if is_data else f"{_CONTAINERS}/{_verb(call)}"
    if not decide.allowed(call.world, call.principal, action, scope, data=is_data):
        raise errors.permission_mismatch()
    _require_mutable(call, account, container)
    return _hand_over(call, account)


def _verb(call: Call) -> str:
    if call.method in ("GET", "HEAD"):
        return "read"
    if call.method == "DELETE":
        return "delete"
    return "add/action" if call.query.get("comp") == "appendblock" else "write"


def _require_mutable(call: Call, account: Account, container: str) -> None:
    """A locked time-based policy: nothing that is there is changed; blocks are added if that is allowed
    ("Time-based retention policies", "Allow protected append writes")."""
    allows_appending = account.protected.get(container)
    if allows_appending is None or call.method in ("GET", "HEAD"):
        return
    if call.query.get("comp") == "appendblock":
        is_fine = allows_appending
    else:
        look = Call(call.world, "HEAD", call.host, call.path, {}, {"x-ms-version": "2021-12-02"}, {})
        is_fine = call.method == "PUT" and _hand_over(look, account).status == 404
    if not is_fine:
        raise errors.immutable()


def _hand_over(call: Call, account: Account) -> Reply:
    parts = urllib.parse.urlsplit(account.address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    query = urllib.parse.urlencode({**call.query, **account.query})
    headers = {name: value for name, value in call.headers.items() if name.lower() not in ("authorization", *_OWN)}
    path = f"/{account.name}{urllib.parse.quote(call.path)}?{query}"
    try:
        connection.request(call.method, path, call.raw, {**headers, "host": parts.netloc})
        answer = connection.getresponse()
        body = answer.read()
    except OSError as error:
        raise errors.no_azurite(account.address) from error
    finally:
        connection.close()
    return Reply(answer.status, body, {n.lower(): v for n, v in answer.getheaders() if n.lower() not in _OWN})
