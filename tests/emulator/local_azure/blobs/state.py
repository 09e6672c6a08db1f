# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The storage accounts that are there, and where their blobs are."""

from __future__ import annotations

import dataclasses
import urllib.parse

from azure.storage.blob import AccountSasPermissions, ResourceTypes, generate_account_sas


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
