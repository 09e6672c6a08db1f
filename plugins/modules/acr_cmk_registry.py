#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acr_cmk_registry
short_description: Keep an Azure Container Registry that is encrypted with its owner's key
version_added: 1.0.0
description:
  - Creates a Premium registry that is encrypted with a customer-managed key (CMK), and keeps its key, identity and other
    settings as wanted.
  - What Azure does not allow is refused before anything is changed, with the reason and the way out. A registry needs
    the Premium tier, its key is an RSA key, and encryption with it is set when the registry is created, for good.
  - When Azure refuses with its one message for every trouble (C(Failed to access KeyId)), the task looks for the cause
    itself and reports it beside Azure's text.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._common.tags
  - ownkey.acr._common.wait
  - ownkey.acr._common.verify
  - ownkey.acr._common.confirm
  - ownkey.acr._common.record
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
options:
  name:
    description:
      - Name of the registry, unique in all of Azure; 5 to 50 letters and digits.
    type: str
    required: true
  resource_group:
    description:
      - The resource group that it is in.
    type: str
    required: true
  location:
    description:
      - Azure region. Needed to create the registry.
    type: str
  sku:
    description:
      - The tier. Only V(Premium) takes a customer-managed key.
    type: str
    default: Premium
    choices: [Basic, Premium, Standard]
  key_identifier:
    description:
      - The key. Without a version the registry follows the newest version within the hour (automatic rotation), with
        a version it stays on it until told otherwise (manual rotation).
      - Needed to create the registry. On an existing one another value moves it to that key.
      - An older version of the key in use is gone back to only with O(allow_older_version=true).
    type: str
  rotation_mode:
    description:
      - Whether the registry follows new versions of its key.
      - V(automatic) lets it follow the newest version. It needs a versionless O(key_identifier).
      - V(manual) pins it to a version. That is the version that O(key_identifier) names; else the newest one for a new
        registry or another key, and the one in use otherwise. A version that is named is then a start, and never a way
        back to an older one than the one in use.
      - V(keep) leaves a registry that is there in its mode, and a manual one on its version or a newer one that is named;
        a new one is as O(key_identifier) says.
      - If not set, it is as O(key_identifier) says, on a registry that is there too.
    type: str
    choices: [automatic, keep, manual]
  allow_older_version:
    description:
      - Go back to an older version of the key in use, if O(key_identifier) names one.
    type: bool
    default: false
  identity:
    description:
      - The identity that goes to the key. A user-assigned one by name (in O(resource_group)), resource id or client id;
        or V(system) for the registry's system-assigned one, which is not possible at creation.
      - Needed to create the registry.
    type: str
  encryption_status:
    description:
      - V(disabled) is always refused. Azure cannot turn a customer-managed key off.
    type: str
    default: enabled
    choices: [disabled, enabled]
  allow_vault_without_purge_protection:
    description:
      - Take a key from a vault without purge protection. A deleted key could then be purged, and every image with it.
    type: bool
    default: false
  identities:
    description:
      - Further user-assigned identities to attach, by name or resource id. Others stay, unless O(purge_identities=true).
    type: list
    elements: str
  purge_identities:
    description:
      - Take user-assigned identities off that are not in O(identities). The one by which the registry reaches its key is
        never taken off.
    type: bool
    default: false
  system_assigned_identity:
    description:
      - Whether the registry has a system-assigned identity. If not set, that is left as it is.
      - V(false) is refused while it is the one that the registry reaches its key by.
    type: bool
  admin_user_enabled:
    description:
      - Whether the admin user can sign in.
    type: bool
  anonymous_pull_enabled:
    description:
      - Whether anyone can pull without signing in.
    type: bool
  data_endpoint_enabled:
    description:
      - Whether the registry has dedicated data endpoints.
    type: bool
  public_network_access:
    description:
      - Whether the registry can be reached from the internet.
    type: str
    choices: [Disabled, Enabled]
  network_rule_bypass:
    description:
      - Whether trusted Azure services pass the registry's network rules.
    type: str
    choices: [AzureServices, None]
  network_rule_set:
    description:
      - The registry's firewall.
    type: dict
    suboptions:
      default_action:
        description: What happens to whom no rule names.
        type: str
        default: Deny
        choices: [Allow, Deny]
      ip_rules:
        description: IPv4 addresses and ranges that pass.
        type: list
        elements: str
        default: []
  zone_redundancy:
    description:
      - Whether the home region's copy spans availability zones; set at creation.
    type: str
    choices: [Disabled, Enabled]
  replicas:
    description:
      - Regions to which the registry is replicated. Replicas that are not named stay.
    type: list
    elements: dict
    suboptions:
      location:
        description: Azure region.
        type: str
        required: true
      zone_redundancy:
        description: Whether the replica spans availability zones; set at its creation.
        type: str
        choices: [Disabled, Enabled]
      region_endpoint_enabled:
        description: Whether requests are routed to the replica.
        type: bool
      tags:
        description: Tags of a new replica.
        type: dict
  state:
    description:
      - Whether the registry is to be there.
      - V(absent) deletes it with all its images, and needs O(confirm) to name it.
    type: str
    default: present
    choices: [absent, present]
seealso:
  - module: ownkey.acr.cmk_rotate
  - module: ownkey.acr.acr_cmk_registry_info
  - module: ownkey.acr.keyvault_rsa_key
  - name: Customer-managed keys for Azure Container Registry
    description: Microsoft's guide in four parts.
    link: https://learn.microsoft.com/azure/container-registry/tutorial-customer-managed-keys
"""

EXAMPLES = r"""
- name: A registry that follows the newest version of its key
  ownkey.acr.acr_cmk_registry:
    name: contosoacr
    resource_group: contoso
    location: westeurope
    key_identifier: https://contoso-kv.vault.azure.net/keys/contosoacr-cmk
    identity: contosoacr-identity

- name: "To the system-assigned identity, 1 of 4: give the registry one"
  ownkey.acr.acr_cmk_registry:
    name: contosoacr
    resource_group: contoso
    system_assigned_identity: true
  register: with_system

- name: 2 of 4, let it use the keys
  ownkey.acr.keyvault_key_access:
    vault: contoso-kv
    principal_id: "{{ with_system.registry.identity.principal_id }}"

- name: 3 of 4, reach the key by it, and read an image
  ownkey.acr.cmk_rotate:
    registries: [contosoacr]
    resource_group: contoso
    identity: system
    verify_data: true

- name: 4 of 4, let go of the user-assigned one
  ownkey.acr.acr_cmk_registry:
    name: contosoacr
    resource_group: contoso
    purge_identities: true

- name: Replicate it, and close it to the internet
  ownkey.acr.acr_cmk_registry:
    name: contosoacr
    resource_group: contoso
    public_network_access: Disabled
    replicas:
      - location: northeurope
"""

RETURN = r"""
data:
  description: For each registry what came of reading an image, with O(verify_data).
  returned: when O(verify_data) is set and something was changed
  type: dict
  sample:
    contosoacr: {state: readable, meaning: an image was read}
registry:
  description:
    - The registry as Azure reports it after the end of all changes; see RV(ownkey.acr.acr_cmk_registry_info#module:registries).
    - In check mode as it is now, null if it does not exist.
  returned: when O(state=present)
  type: dict
  sample:
    id: /subscriptions/SUBSCRIPTION/resourceGroups/contoso/providers/Microsoft.ContainerRegistry/registries/contosoacr
    name: contosoacr
    login_server: contosoacr.azurecr.io
    sku: Premium
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
failure:
  description: What went wrong, for programs.
  returned: when the task fails
  type: dict
  sample:
    code: access_missing
    parameter: identity
    azure: {code: BadRequest, message: "Failed to access KeyId …", status: 400, request_id: 1d6b5f3e-58c5-4bb2-a7ae-a5f6b3f3a6f0}
confirm:
  description:
    - What O(confirm) has to name for it, registries first. A name, or what tells two of one name apart (login server, id).
  returned: when O(state=absent)
  type: list
  elements: str
  sample:
    - contosoacr
would_lose_access:
  description: The registry itself.
  returned: when O(state=absent)
  type: list
  elements: dict
  sample: []
assumed:
  description:
    - In check mode, what is missing and taken for provided by an earlier task of the play. A real run fails with these words if
      none does.
  returned: in check mode, when something is
  type: list
  elements: str
  sample: []
plan:
  description: The steps in words, as taken, or in check mode as they would be taken.
  returned: always
  type: list
  elements: str
  sample: []
record:
  description:
    - Where the record of this stands, and the state of the record just after it. Keep C(head) and C(envelope) elsewhere;
      by either M(ownkey.acr.record_verify) sees what is cut off later.
    - If what came of the task could not be written, the task fails, and C(lost) is what was to be written.
  returned: with O(record), when something is changed, or in check mode would be
  type: dict
  sample:
    place: /var/lib/acr-cmk/record.jsonl
    is_written: true
    head: {count: 12, hash: 6c1d0f3a9b6e4f0b8e1f7a2d5c4b3a29180716f5e4d3c2b1a09f8e7d6c5b4a39}
requests:
  description: How many requests were sent to Azure, not counting those to sign in.
  returned: always
  type: int
  sample: 1
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import (
    changing_spec,
    confirm_options,
    tags_options,
    verify_options,
    wait_options,
)
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.registry.ensure import ensure

OPERATION = Operation(
    run=ensure,
    spec=changing_spec(
        {
            "name": {"type": "str", "required": True},
            "resource_group": {"type": "str", "required": True},
            "location": {"type": "str"},
            "sku": {"type": "str", "default": "Premium", "choices": ["Basic", "Premium", "Standard"]},
            "key_identifier": {"type": "str", "no_log": False},
            "identity": {"type": "str"},
            "rotation_mode": {"type": "str", "choices": ["automatic", "keep", "manual"]},
            "allow_older_version": {"type": "bool", "default": False},
            "encryption_status": {"type": "str", "default": "enabled", "choices": ["disabled", "enabled"]},
            "allow_vault_without_purge_protection": {"type": "bool", "default": False},
            "identities": {"type": "list", "elements": "str"},
            "purge_identities": {"type": "bool", "default": False},
            "system_assigned_identity": {"type": "bool"},
            "admin_user_enabled": {"type": "bool"},
            "anonymous_pull_enabled": {"type": "bool"},
            "data_endpoint_enabled": {"type": "bool"},
            "public_network_access": {"type": "str", "choices": ["Disabled", "Enabled"]},
            "network_rule_bypass": {"type": "str", "choices": ["AzureServices", "None"]},
            "network_rule_set": {
                "type": "dict",
                "options": {
                    "default_action": {"type": "str", "default": "Deny", "choices": ["Allow", "Deny"]},
                    "ip_rules": {"type": "list", "elements": "str", "default": []},
                },
            },
            "zone_redundancy": {"type": "str", "choices": ["Disabled", "Enabled"]},
            "replicas": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "location": {"type": "str", "required": True},
                    "zone_redundancy": {"type": "str", "choices": ["Disabled", "Enabled"]},
                    "region_endpoint_enabled": {"type": "bool"},
                    "tags": {"type": "dict"},
                },
            },
            "state": {"type": "str", "default": "present", "choices": ["absent", "present"]},
            **verify_options(),
            **tags_options(),
            **wait_options(),
            **confirm_options(),
        },
        names="registry",
    ),
    clients=("registries", "identities", "vaults", "keys", "access"),
    name="acr_cmk_registry",
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
