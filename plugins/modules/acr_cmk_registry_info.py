#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acr_cmk_registry_info
short_description: Facts of registries and their customer-managed keys
version_added: 1.0.0
description:
  - Returns one registry, those of a resource group, or those of one, several or all subscriptions, in as few requests as
    Azure offers.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._attributes.info
  - ownkey.acr._attributes.actiongroup_azure
options:
  name:
    description:
      - One registry. With O(resource_group) that is one request; without, it is looked for in the subscriptions.
    type: str
  resource_group:
    description:
      - The registries of this resource group.
    type: str
  subscriptions:
    description:
      - The ids of the subscriptions to list, or V(all) for every one that the caller sees. If not set, the task's own.
    type: list
    elements: str
  encrypted_only:
    description:
      - Leave out registries without a customer-managed key.
    type: bool
    default: false
  must_exist:
    description:
      - Fail if there is no registry O(name).
    type: bool
    default: false
  name_must_be_free:
    description:
      - With O(name) and O(resource_group), fail if the registry is not there and its name cannot be had, as names are
        unique in all of Azure. Nothing is then made for it in vain.
    type: bool
    default: false
seealso:
  - module: ownkey.acr.acr_cmk_registry
"""

EXAMPLES = r"""
- name: Which registries have a customer-managed key, and how do they rotate?
  ownkey.acr.acr_cmk_registry_info:
    subscriptions: [all]
    encrypted_only: true
  register: found
"""

RETURN = r"""
registries:
  description: The registries, sorted by resource id.
  returned: success
  type: list
  elements: dict
  contains:
    encryption:
      description:
        - The status is V(enabled) with a customer-managed key, else V(disabled) and nothing more.
        - The rotation mode is V(automatic) for a versionless key identifier, else V(manual).
      type: dict
  sample:
    - id: /subscriptions/SUBSCRIPTION/resourceGroups/contoso/providers/Microsoft.ContainerRegistry/registries/contosoacr
      name: contosoacr
      resource_group: contoso
      subscription_id: 00000000-0000-4000-8000-00000000ac12
      location: westeurope
      sku: Premium
      login_server: contosoacr.azurecr.io
      provisioning_state: Succeeded
      tags: {}
      encryption:
        status: enabled
        key_identifier: https://contoso-kv.vault.azure.net/keys/contosoacr-cmk
        versioned_key_identifier: https://contoso-kv.vault.azure.net/keys/contosoacr-cmk/cfc33432d68370deac10fc77c35e5ee1
        key_version: cfc33432d68370deac10fc77c35e5ee1
        vault: contoso-kv
        key: contosoacr-cmk
        identity: 92da070f-347a-4a9e-a687-d29b7e69dea4
        identity_resource_id: /subscriptions/SUBSCRIPTION/resourcegroups/contoso/providers/Microsoft.ManagedIdentity/userAssignedIdentities/contosoacr-identity
        rotation_mode: automatic
        last_key_rotation:
      identity:
        system_assigned: false
        principal_id:
        user_assigned: []
      admin_user_enabled: false
      anonymous_pull_enabled: false
      data_endpoint_enabled: false
      public_network_access: Enabled
      network_rule_bypass: AzureServices
      network_rule_set: {default_action: Allow, ip_rules: []}
      zone_redundancy: Disabled
      content_trust: disabled
requests:
  description: How many requests were sent to Azure, not counting those to sign in.
  returned: always
  type: int
  sample: 1
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import azure_spec
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.registry.info import gather

OPERATION = Operation(
    run=gather,
    spec=azure_spec(
        {
            "name": {"type": "str"},
            "resource_group": {"type": "str"},
            "subscriptions": {"type": "list", "elements": "str"},
            "encrypted_only": {"type": "bool", "default": False},
            "must_exist": {"type": "bool", "default": False},
            "name_must_be_free": {"type": "bool", "default": False},
        },
        mutually_exclusive=(("resource_group", "subscriptions"),),
        names="registry",
    ),
    clients=("registries", "subscriptions"),
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
