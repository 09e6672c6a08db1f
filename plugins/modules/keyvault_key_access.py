#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: keyvault_key_access
short_description: Keep an identity's right to the keys of a vault or Managed HSM
version_added: 1.0.0
description:
  - Gives an identity, or the caller itself, the right to a vault's keys, as role assignment or as access policy,
    whichever the vault uses; in a Managed HSM as a local role assignment; or takes it away.
  - A registry's identity needs V(service_encryption_user) (get, wrapKey, unwrapKey). Whoever makes and rotates keys
    needs V(crypto_officer); in a role-based vault not even the subscription's owner has that by itself.
  - In a Managed HSM these are the local roles Managed HSM Crypto Service Encryption User and Managed HSM Crypto User.
    Whoever gives them needs a local role that may, such as Managed HSM Policy Administrator.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._common.confirm
  - ownkey.acr._common.record
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
options:
  vault:
    description:
      - The vault by name or address, or a Managed HSM by its address, as V(https://contosohsm.managedhsm.azure.net).
    type: str
    required: true
  resource_group:
    description:
      - The vault's resource group. If not set, the vault is looked for in the subscription.
    type: str
  identity:
    description:
      - A user-assigned identity by name, resource id or client id.
    type: str
  identity_resource_group:
    description:
      - The resource group in which an O(identity) given by name is; O(resource_group) if not set.
    type: str
  principal_id:
    description:
      - The object id of any identity or service principal.
    type: str
  caller:
    description:
      - The right of whoever runs this task.
    type: bool
    default: false
  role:
    description:
      - The built-in role, or the access policy that means the same.
      - V(service_encryption_user) if not set, V(crypto_officer) with O(caller=true).
    type: str
    choices: [crypto_officer, service_encryption_user]
  key:
    description:
      - Give the role for this key only, in a Managed HSM at the scope C(/keys/NAME). Not possible with access policies.
    type: str
  state:
    description:
      - Whether the right is to be there.
      - With V(absent), O(confirm) must name the registries that go to the vault as this identity.
    type: str
    default: present
    choices: [absent, present]
seealso:
  - module: ownkey.acr.managed_identity
  - module: ownkey.acr.keyvault
"""

EXAMPLES = r"""
- name: The registry's identity may use the keys
  ownkey.acr.keyvault_key_access:
    vault: contoso-kv
    resource_group: contoso
    identity: contosoacr-identity

- name: Whoever runs this may make and rotate keys
  ownkey.acr.keyvault_key_access:
    vault: contoso-kv
    resource_group: contoso
    caller: true

- name: The registry's identity may use one key of a Managed HSM
  ownkey.acr.keyvault_key_access:
    vault: https://contosohsm.managedhsm.azure.net
    resource_group: contoso
    identity: contosoacr-identity
    key: contosoacr-cmk

- name: Lock the registry's data
  ownkey.acr.keyvault_key_access:
    vault: contoso-kv
    resource_group: contoso
    identity: contosoacr-identity
    state: absent
    confirm: [contosoacr]
"""

RETURN = r"""
principal_id:
  description: The object id that has the right.
  returned: when it is known
  type: str
  sample: 6b14f786-864c-446f-b507-0ecd329baf58
access:
  description: The permission model, V(rbac) or V(policy) of a vault, V(local) of a Managed HSM.
  returned: when the vault is there
  type: str
  sample: rbac
scope:
  description: Where the right is.
  returned: when the vault is there
  type: str
  sample: /subscriptions/SUBSCRIPTION/resourceGroups/contoso/providers/Microsoft.KeyVault/vaults/contoso-kv
remaining:
  description: Other ways by which the identity can still use the keys, such as a role on the resource group.
  returned: when O(state=absent)
  type: list
  elements: dict
  sample: []
confirm:
  description:
    - What O(confirm) has to name for it, registries first. A name, or what tells two of one name apart (login server, id).
  returned: when O(state=absent)
  type: list
  elements: str
  sample:
    - contosoacr
would_lose_access:
  description: The registries that go to the vault as this identity.
  returned: when O(state=absent)
  type: list
  elements: dict
  sample: []
others_would_lose_access:
  description: Other Azure resources with this identity whose key is in the vault, as far as the caller may see them.
  returned: when O(state=absent)
  type: list
  elements: dict
  sample: []
dependents_complete:
  description: Whether it could be asked which other Azure resources have this identity.
  returned: when O(state=absent)
  type: bool
  sample: true
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
  sample: 3
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import changing_spec, confirm_options
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.access.ensure import ensure

OPERATION = Operation(
    run=ensure,
    spec=changing_spec(
        {
            "vault": {"type": "str", "required": True},
            "resource_group": {"type": "str"},
            "identity": {"type": "str"},
            "identity_resource_group": {"type": "str"},
            "principal_id": {"type": "str"},
            "caller": {"type": "bool", "default": False},
            "role": {"type": "str", "choices": ["crypto_officer", "service_encryption_user"]},
            "key": {"type": "str", "no_log": False},
            "state": {"type": "str", "default": "present", "choices": ["absent", "present"]},
            **confirm_options(),
        }
    ),
    clients=("access", "identities", "vaults", "registries", "subscriptions", "graph"),
    name="keyvault_key_access",
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
