# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others do to a registry's key, vault, identity and rights behind the collection's back, and what goes wrong on
the way to Azure."""

from __future__ import annotations

import typing

from local_azure.authorization.routes import grant
from local_azure.keys import state as keys
from local_azure.server import LocalAzure
from local_azure.vaults import soft_delete

CMK_ROLE = "e147488a-f6f5-4113-8e2d-b22465e65bf6"
READER = "21090545-7ca7-4776-b22c-e363652d74d2"
Data = dict[str, typing.Any]


def _stores(azure: LocalAzure) -> list[Data]:
    data = azure.world.data
    return [*data["vaults"].values(), *data["hsms"].values()]


def _versions(azure: LocalAzure) -> typing.Iterator[Data]:
    for store in _stores(azure):
        for key in keys.keys_of(azure.world, store).values():
            yield from key["versions"].values()


def _disable(azure: LocalAzure) -> None:
    for version in _versions(azure):
        version["attributes"]["enabled"] = False


def _forbid_wrapping(azure: LocalAzure) -> None:
    for version in _versions(azure):
        version["key_ops"] = ["sign"]


def _delete_keys(azure: LocalAzure) -> None:
    for store in _stores(azure):
        if "cmk" in keys.keys_of(azure.world, store):
            keys.delete(azure.world, store, "cmk")


def _delete_vault(azure: LocalAzure) -> None:
    for key in list(azure.world.data["vaults"]):
        soft_delete(azure.world, key)


def _take_roles_away(azure: LocalAzure) -> None:
    data = azure.world.data
    data["assignments"] = {name: one for name, one in data["assignments"].items() if one["role"] != CMK_ROLE}


def _take_local_roles_away(azure: LocalAzure) -> None:
    identities = {one["principal_id"] for one in azure.world.data["identities"].values()}
    for hsm in azure.world.data["hsms"].values():
        hsm["roles"] = {n: one for n, one in hsm["roles"].items() if one["principal"] not in identities}


def _delete_identity(azure: LocalAzure) -> None:
    azure.world.data["identities"].clear()


def _firewall(azure: LocalAzure) -> None:
    for vault in azure.world.data["vaults"].values():
        acls = {"defaultAction": "Deny", "bypass": "None", "ipRules": [{"value": "203.0.113.0/24"}]}
        vault["properties"]["networkAcls"] = {**acls, "virtualNetworkRules": []}


#: What locks a registry out of its data; all of it can be undone.
ACCIDENTS: dict[str, typing.Callable[[LocalAzure], None]] = {
    "every version disabled": _disable,
    "the key deleted": _delete_keys,
    "the vault deleted": _delete_vault,
    "roles taken away": _take_roles_away,
    "local roles taken away": _take_local_roles_away,
    "the identity deleted": _delete_identity,
    "a firewall": _firewall,
    "wrapping not allowed any more": _forbid_wrapping,
}


def _rotate(azure: LocalAzure) -> None:
    for store in _stores(azure):
        for key in keys.keys_of(azure.world, store).values():
            newest = key["versions"][key["order"][-1]]
            body = {"key_ops": newest["key_ops"]}
            keys.new_version(azure.world, store, key["name"], kty=newest["kty"], pem=newest["pem"], body=body)


def _tag(azure: LocalAzure) -> None:
    for registry in azure.world.data["registries"].values():
        registry["tags"] = {**registry.get("tags", {}), "owner": "somebody else"}


def _add_role(azure: LocalAzure) -> None:
    for vault in azure.world.data["vaults"].values():
        grant(azure.world, scope=vault["id"], role=READER, principal=azure.world.app()["oid"])


def _an_hour(azure: LocalAzure) -> None:
    azure.world.clock.advance(3700)


#: What others do that harms nobody.
HARMLESS: dict[str, typing.Callable[[LocalAzure], None]] = {
    "somebody rotates the keys": _rotate,
    "somebody tags the registry": _tag,
    "somebody gives a role": _add_role,
    "an hour passes": _an_hour,
}

#: What goes wrong on the way, once: faults of the local Azure.
FAULTS: dict[str, dict[str, typing.Any]] = {
    "refused": {"refused": True},
    "reset": {"reset": True},
    "reset after it took effect": {"reset": True, "when": "after"},
    "no answer in time": {"delay": 400.0, "when": "after"},
    "500": {"status": 500},
    "500 after it took effect": {"status": 500, "when": "after"},
    "503": {"status": 503, "headers": {"Retry-After": "5"}},
    "429": {"status": 429, "headers": {"Retry-After": "5"}},
    "a gateway's page": {"status": 502, "raw": "<html><title>Bad gateway</title></html>"},
    "a captive page": {"status": 200, "raw": "<html><title>Sign in</title></html>"},
    "an empty answer": {"raw": "", "when": "after"},
    "half an answer": {"garble": True, "when": "after"},
    "a proxy's refusal": {"status": 403, "raw": "<html><title>Blocked</title></html>"},
    "an operation that fails": {"ends": "Failed"},
    "an operation that is canceled": {"ends": "Canceled"},
    "a token that expired": {
        "status": 401,
        "headers": {"WWW-Authenticate": 'Bearer authorization_uri="https://login.microsoftonline.com/common"'},
        "host": "management.*",
        "body": {"error": {"code": "ExpiredAuthenticationToken", "message": "The access token expiry has passed."}},
    },
}
