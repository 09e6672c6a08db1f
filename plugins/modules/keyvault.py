#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: keyvault
short_description: Keep a key vault fit for customer-managed keys
version_added: 1.0.0
description:
  - Creates a key vault with soft delete and purge protection, changes what Azure allows, recovers a soft-deleted one.
  - The permission model is always said to Azure; since 2026 a vault is role-based unless the request says otherwise.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._common.tags
  - ownkey.acr._common.wait
  - ownkey.acr._common.confirm
  - ownkey.acr._common.record
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
options:
  name:
    description:
      - Name of the vault, unique in all of Azure; 3 to 24 letters, digits and single hyphens.
    type: str
    required: true
  resource_group:
    description:
      - The resource group that it is in.
    type: str
    required: true
  location:
    description:
      - Azure region. Needed to create the vault.
    type: str
  sku:
    description:
      - V(premium) offers keys in hardware (RSA-HSM). A new vault is V(standard).
    type: str
    choices: [premium, standard]
  access:
    description:
      - Who may use the keys is told by role assignments (V(rbac)) or by access policies (V(policy)).
      - A new vault is V(rbac). Changing it on a vault that is there ends at once what the other model granted, to
        applications that have nothing to do with registries too. It needs O(move_access), or O(confirm) with everything
        that would lose its right. The refusal lists every policy or role that would stop counting.
    type: str
    choices: [policy, rbac]
  move_access:
    description:
      - When O(access) changes an existing vault's permission model, first give the identity of every registry that uses
        the vault, and the caller, the same rights under the new model, and wait until they count. No confirmation is
        then needed for the registries.
      - Whoever else has a right by the old model loses it; the task warns of each.
    type: bool
    default: false
  purge_protection:
    description:
      - Keep deleted keys from being purged before their time. Without it, whoever deletes and purges the key destroys
        every image.
      - If not set, a new vault has it. On a vault that is there without it, only V(true) turns it on, since Azure cannot
        turn it off again; otherwise the task warns.
      - V(false) makes a new vault without it, and leaves another as it is.
    type: bool
  soft_delete_retention_days:
    description:
      - How long deleted keys can be recovered, 7 to 90 days; set at creation, for good. A new vault has V(90).
    type: int
  public_network_access:
    description:
      - Whether the vault can be reached from the internet.
    type: str
    choices: [Disabled, Enabled]
  network_acls:
    description:
      - The vault's firewall.
    type: dict
    suboptions:
      default_action:
        description: What happens to whom no rule names.
        type: str
        default: Deny
        choices: [Allow, Deny]
      bypass:
        description: Whether trusted Azure services pass; a registry's system-assigned identity does.
        type: str
        default: AzureServices
        choices: [AzureServices, None]
      ip_rules:
        description: IPv4 addresses and ranges that pass.
        type: list
        elements: str
        default: []
      virtual_network_rules:
        description: Resource ids of subnets that pass.
        type: list
        elements: str
        default: []
  creation_tags:
    description:
      - Tags that a vault gets only when this task creates it.
    type: dict
  recover:
    description:
      - Recover the vault if one of that name is soft-deleted. Its keys and access policies come back, role assignments
        do not.
    type: bool
    default: false
  purge:
    description:
      - With O(state=absent), also purge the deleted vault with all its keys, for good.
    type: bool
    default: false
  state:
    description:
      - Whether the vault is to be there.
      - With V(absent), O(confirm) must name the registries whose key is in it.
    type: str
    default: present
    choices: [absent, present]
seealso:
  - module: ownkey.acr.keyvault_key_access
  - module: ownkey.acr.keyvault_rsa_key
"""

EXAMPLES = r"""
- name: A vault for the registry's key
  ownkey.acr.keyvault:
    name: contoso-kv
    resource_group: contoso
    location: westeurope
    access: rbac

- name: Bring a deleted vault back
  ownkey.acr.keyvault:
    name: contoso-kv
    resource_group: contoso
    location: westeurope
    recover: true
"""

RETURN = r"""
vault:
  description: The vault.
  returned: when O(state=present)
  type: dict
  sample:
    id: /subscriptions/SUBSCRIPTION/resourceGroups/contoso/providers/Microsoft.KeyVault/vaults/contoso-kv
    name: contoso-kv
    location: westeurope
    vault_uri: https://contoso-kv.vault.azure.net/
    sku: standard
    access: rbac
    purge_protection: true
    soft_delete_retention_days: 90
    public_network_access: Enabled
    network_acls: {default_action: Allow, bypass: AzureServices, ip_rules: [], virtual_network_rules: []}
    tags: {}
created:
  description: Whether this task made the vault.
  returned: when O(state=present)
  type: bool
  sample: true
recovered:
  description: Whether this task recovered the vault.
  returned: when O(state=present)
  type: bool
  sample: false
confirm:
  description:
    - What O(confirm) has to name for it, registries first. A name, or what tells two of one name apart (login server, id).
  returned: when it can
  type: list
  elements: str
  sample:
    - contosoacr
would_lose_access:
  description: The registries whose key is in the vault, when the change can lock them out.
  returned: when it can
  type: list
  elements: dict
  sample: []
plan:
  description: The steps in words, as taken, or in check mode as they would be taken.
  returned: always
  type: list
  elements: str
  sample: ["create the vault contoso-kv in westeurope with role-based access, with purge protection"]
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
  sample: 3
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import (
    changing_spec,
    confirm_options,
    tags_options,
    wait_options,
)
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.key_store.ensure import ensure

OPERATION = Operation(
    run=ensure,
    spec=changing_spec(
        {
            "name": {"type": "str", "required": True},
            "resource_group": {"type": "str", "required": True},
            "location": {"type": "str"},
            "sku": {"type": "str", "choices": ["premium", "standard"]},
            "access": {"type": "str", "choices": ["policy", "rbac"]},
            "move_access": {"type": "bool", "default": False},
            "purge_protection": {"type": "bool"},
            "soft_delete_retention_days": {"type": "int"},
            "public_network_access": {"type": "str", "choices": ["Disabled", "Enabled"]},
            "network_acls": {
                "type": "dict",
                "options": {
                    "default_action": {"type": "str", "default": "Deny", "choices": ["Allow", "Deny"]},
                    "bypass": {"type": "str", "default": "AzureServices", "choices": ["AzureServices", "None"]},
                    "ip_rules": {"type": "list", "elements": "str", "default": []},
                    "virtual_network_rules": {"type": "list", "elements": "str", "default": []},
                },
            },
            "creation_tags": {"type": "dict"},
            "recover": {"type": "bool", "default": False},
            "purge": {"type": "bool", "default": False},
            "state": {"type": "str", "default": "present", "choices": ["absent", "present"]},
            **tags_options(),
            **wait_options(),
            **confirm_options(),
        },
        names="vault",
    ),
    clients=("vaults", "registries", "subscriptions", "graph", "access", "groups"),
    name="keyvault",
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
