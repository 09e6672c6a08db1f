#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cmk_dependents_info
short_description: Who would lose data if a key, a vault or an identity went
version_added: 1.0.0
description:
  - Returns the registries of all the caller's subscriptions that use a key, a key store or an identity, and other Azure
    resources that use the key, such as storage accounts, disk encryption sets, SQL servers and instances, Cosmos DB,
    Service Bus, Event Hubs, Data Explorer, Cognitive Services and machine learning workspaces.
  - Registries are read from their own lists, the others by one query of Azure Resource Graph, which lags behind a change
    by some minutes.
  - Every destructive task of this collection asks the same before it does anything.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._attributes.info
  - ownkey.acr._attributes.actiongroup_azure
options:
  key_identifier:
    description:
      - A key. With a version, only those that use this version.
    type: str
  vault:
    description:
      - A key store, by name or address; every key in it.
    type: str
  identity:
    description:
      - A user-assigned identity, by name (in O(resource_group)), resource id or client id.
    type: str
  resource_group:
    description:
      - The resource group in which O(identity) is looked for.
    type: str
notes:
  - Azure leaves out without a word what the caller may not read. Only with Reader rights on every subscription is the
    answer whole.
seealso:
  - module: ownkey.acr.cmk_revoke
"""

EXAMPLES = r"""
- name: Who uses this key?
  ownkey.acr.cmk_dependents_info:
    key_identifier: https://contoso-kv.vault.azure.net/keys/contosoacr-cmk
  register: users
"""

RETURN = r"""
registries:
  description: The registries, as M(ownkey.acr.acr_cmk_registry_info) returns them.
  returned: success
  type: list
  elements: dict
  sample: []
others:
  description: Other Azure resources.
  returned: success
  type: list
  elements: dict
  sample:
    - name: contosostore
      id: /subscriptions/SUBSCRIPTION/resourceGroups/contoso/providers/Microsoft.Storage/storageAccounts/contosostore
      type: microsoft.storage/storageaccounts
      kind: storage account
complete:
  description: Whether everything could be asked. What the caller may not read is missing all the same.
  returned: success
  type: bool
  sample: true
unseen:
  description: What could not be asked, in sentences.
  returned: success
  type: list
  elements: str
  sample: []
requests:
  description: How many requests were sent to Azure, not counting those to sign in.
  returned: always
  type: int
  sample: 3
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import azure_spec
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.dependents.info import gather

OPERATION = Operation(
    run=gather,
    spec=azure_spec(
        {
            "key_identifier": {"type": "str", "no_log": False},
            "vault": {"type": "str"},
            "identity": {"type": "str"},
            "resource_group": {"type": "str"},
        },
        mutually_exclusive=(("key_identifier", "vault", "identity"),),
    ),
    clients=("registries", "subscriptions", "identities", "graph"),
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
