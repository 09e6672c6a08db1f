# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Who else in Azure uses a key: read from the properties of other resources, as Resource Graph has them.

Where each service keeps the reference to its key: the services' own REST references; ``docs/azure-behaviour.md``,
"Who else uses a key". They agree on no form, so every address of a key, and every pair of a vault's address and a key's
name, counts, wherever it stands.
"""

from __future__ import annotations

import re
import typing

from ..._domain import wire as json
from ..._domain.resource import Resource
from ..._domain.wire import Wire

#: Resource types that can be encrypted with a customer-managed key, and what people call them.
KINDS = {
    "microsoft.storage/storageaccounts": "storage account",
    "microsoft.compute/diskencryptionsets": "disk encryption set",
    "microsoft.sql/servers": "SQL server",
    "microsoft.sql/servers/databases": "SQL database",
    "microsoft.sql/managedinstances": "SQL managed instance",
    "microsoft.documentdb/databaseaccounts": "Cosmos DB account",
    "microsoft.servicebus/namespaces": "Service Bus namespace",
    "microsoft.eventhub/namespaces": "Event Hubs namespace",
    "microsoft.kusto/clusters": "Data Explorer cluster",
    "microsoft.cognitiveservices/accounts": "Cognitive Services account",
    "microsoft.machinelearningservices/workspaces": "machine learning workspace",
}
_URL = re.compile(r"https://([^/:\s\"]+)(?::443)?/keys/([0-9A-Za-z-]+)(?:/([0-9A-Fa-f]{32}))?", re.IGNORECASE)
_ADDRESS = ("keyvaulturi", "vaulturi", "keyvaultbaseurl")


class KeyReference(typing.NamedTuple):
    """A key that a resource mentions, in lower case; ``version`` is empty where it follows the newest."""

    host: str
    name: str
    version: str


def key_query(host: str) -> str:
    """The query for everything that mentions a key store. ``contains`` pays no heed to case."""
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    return (
        f"resources | where type in~ ({kinds}) | where tostring(properties) contains '{host}' "
        "| project id, name, type, location, properties"
    )


def identity_query(resource_id: str) -> str:
    """The query for everything that a user-assigned identity is attached to."""
    return f"resources | where tostring(identity) contains '{resource_id}' | project id, name, type, location"


def identity_key_query(resource_id: str) -> str:
    """The query for everything that a user-assigned identity is attached to and that may have a key of its own."""
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    return (
        f"resources | where type in~ ({kinds}) | where tostring(identity) contains '{resource_id}' "
        "| project id, name, type, location, properties"
    )


def references(node: object) -> typing.Iterator[KeyReference]:
    """Every key that a resource's properties mention."""
    if isinstance(node, str):
        for match in _URL.finditer(node):
            yield KeyReference(match[1].lower(), match[2].lower(), (match[3] or "").lower())
    elif isinstance(node, dict):
        plain = {str(name).lower(): value for name, value in node.items()}
        address = next((str(plain[name]) for name in _ADDRESS if plain.get(name)), "")
        if address and plain.get("keyname"):
            host = address.removeprefix("https://").split("/")[0].split(":")[0].lower()
            yield KeyReference(host, str(plain["keyname"]).lower(), str(plain.get("keyversion") or "").lower())
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def users(
    rows: typing.Iterable[Wire], host: str, *, key: str | None = None, version: str | None = None
) -> list[Resource]:
    """The resources that use a key store, or one key of it.

    :param rows: of :func:`key_query`.
    :param version: only those that use this version, or follow the newest.
    """

    def uses(reference: KeyReference) -> bool:
        same_key = reference.host == host.lower() and (not key or reference.name == key.lower())
        return same_key and (not version or reference.version in ("", version))

    return [resource(row) for row in rows if any(uses(one) for one in references(json.block(row, "properties")))]


def resource(row: Wire) -> Resource:
    """A resource from a row of Resource Graph."""
    kind = (json.text(row, "type") or "").lower()
    return Resource(json.text(row, "name") or "", json.text(row, "id") or "", kind, KINDS.get(kind, kind))
