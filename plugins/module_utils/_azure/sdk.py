# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The one place that knows which Azure SDK packages there are, and imports them when they are needed.

Importing all of them takes about a second, so an operation names those that it uses and gets no others. Where the
operation runs in the controller's own process, they are imported once, before the workers fork.
"""

from __future__ import annotations

import functools
import logging
import typing

from .._domain import library
from .._domain.failure import Failure
from .subscription_client import SubscriptionClient

#: Short name: module to import, class in it, distribution on PyPI.
_CLIENTS = {
    "registries": ("azure.mgmt.containerregistry", "ContainerRegistryManagementClient", "azure-mgmt-containerregistry"),
    "vaults": ("azure.mgmt.keyvault", "KeyVaultManagementClient", "azure-mgmt-keyvault"),
    "keys": ("azure.keyvault.keys", "KeyClient", "azure-keyvault-keys"),
    "local_roles": (
        "azure.keyvault.administration",
        "KeyVaultAccessControlClient",
        "azure-keyvault-administration",
    ),
    "identities": ("azure.mgmt.msi", "ManagedServiceIdentityClient", "azure-mgmt-msi"),
    "access": ("azure.mgmt.authorization.v2022_04_01", "AuthorizationManagementClient", "azure-mgmt-authorization"),
    "images": ("azure.containerregistry", "ContainerRegistryClient", "azure-containerregistry"),
    "graph": ("azure.mgmt.resourcegraph", "ResourceGraphClient", "azure-mgmt-resourcegraph"),
    "blobs": ("azure.storage.blob", "BlobClient", "azure-storage-blob"),
    "containers": ("azure.storage.blob", "ContainerClient", "azure-storage-blob"),
    "groups": ("azure.mgmt.resource.resources", "ResourceManagementClient", "azure-mgmt-resource"),
}
module = library.module
# what the SDKs log has no place in a task's output; whoever wants it adds a handler
logging.getLogger("azure").addHandler(logging.NullHandler())

_BASE = (
    ("azure.identity", "azure-identity"),
    ("azure.mgmt.core", "azure-mgmt-core"),
    ("requests", "requests"),
    ("cryptography.hazmat.primitives.kdf.hkdf", "cryptography"),
    ("cryptography.hazmat.primitives.ciphers.aead", "cryptography"),
    ("cryptography.hazmat.primitives.serialization.pkcs12", "cryptography"),
)


@functools.cache
def client_class(name: str) -> typing.Any:
    """The client class of a part of Azure.

    :param name: a key of the table above, or ``subscriptions``.
    """
    if name == "subscriptions":
        return SubscriptionClient
    path, attribute, distribution = _CLIENTS[name]
    return getattr(module(path, distribution), attribute)


def preload(names: typing.Iterable[str]) -> None:
    """Import what an operation will need.

    :raises Failure: when something is missing.
    """
    for path, distribution in _BASE:
        module(path, distribution)
    module("azure.mgmt.core.polling.arm_polling", "azure-mgmt-core")
    for name in names:
        client = client_class(name)
        if hasattr(client, "models"):
            # a client for several versions of Azure imports the one that it speaks only when it is used
            client.models()


def available(names: typing.Iterable[str]) -> bool:
    """Whether this Python has what an operation needs; imports it if so."""
    try:
        preload(names)
    except Failure:
        return False
    return True
