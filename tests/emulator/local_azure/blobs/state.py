# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The storage accounts that are there, and where their blobs are."""

from __future__ import annotations

import dataclasses
import re
import urllib.parse

from azure.storage.blob import AccountSasPermissions, ResourceTypes, generate_account_sas

#: Names accounts and their keys for Azurite ("Use Azurite: custom storage accounts and keys").
VARIABLE = "AZURITE_ACCOUNTS"
_NAME = re.compile(r"[a-z0-9]{3,24}")


@dataclasses.dataclass
class Account:
    """A storage account.

    :ivar address: of Azurite's blob service, as ``http://127.0.0.1:10000``.
    :ivar key: the account's.
    :ivar protected: containers under a locked retention policy: whether it allows protected append writes.
    """

    name: str
    id: str
    address: str
    key: str
    protected: dict[str, bool] = dataclasses.field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        """What opens Azurite: an account SAS, since its own idea of tokens goes by the real clock."""
        sas = generate_account_sas(
            self.name,
            self.key,
            ResourceTypes(service=True, container=True, object=True),
            AccountSasPermissions(read=True, write=True, delete=True, list=True, add=True, create=True),
            "2099-01-01",
            start="2020-01-01",
        )
        return dict(urllib.parse.parse_qsl(sas))


def accounts(address: str, text: str, subscription: str) -> list[Account]:
    """The accounts of an Azurite that runs.

    :param address: of its blob service.
    :param text: as Azurite takes them in :data:`VARIABLE`: ``name:key`` or ``name:key:key``, by semicolons.
    :raises ValueError: for an address or a text that cannot be read.
    """
    parts = urllib.parse.urlsplit(address)
    if parts.scheme != "http" or not parts.hostname or parts.path.strip("/"):
        raise ValueError(
            f"--azurite takes the address of Azurite's blob service, http://127.0.0.1:10000, not {address!r}"
        )
    given = [one.strip().partition(":") for one in text.split(";") if one.strip()]
    if not given:
        raise ValueError(f"--azurite needs {VARIABLE}, the accounts that Azurite was started with: NAME:KEY")
    group = f"/subscriptions/{subscription}/resourceGroups/storage/providers/Microsoft.Storage/storageAccounts"
    result = []
    for name, _colon, keys in given:
        if not _NAME.fullmatch(name) or not keys:
            raise ValueError(f"{VARIABLE}: {name!r} is not NAME:KEY, with a name of 3 to 24 small letters and digits")
        result.append(Account(name, f"{group}/{name}", address.rstrip("/"), keys.partition(":")[0]))
    return result
