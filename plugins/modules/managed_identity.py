#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: managed_identity
short_description: Keep a user-assigned managed identity
version_added: 1.0.0
description:
  - Creates a user-assigned managed identity, sets its tags, or deletes it.
  - A registry with a customer-managed key goes to its vault as such an identity.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._common.tags
  - ownkey.acr._common.confirm
  - ownkey.acr._common.record
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
options:
  name:
    description:
      - Name of the identity, 3 to 128 letters, digits, hyphens and underscores.
    type: str
    required: true
  resource_group:
    description:
      - The resource group that it is in.
    type: str
    required: true
  location:
    description:
      - Azure region. Needed to create the identity.
    type: str
  state:
    description:
      - Whether the identity is to be there.
      - An identity that is deleted and made again has other ids, and none of its rights. If registries use it,
        V(absent) needs O(confirm) to name them.
    type: str
    default: present
    choices: [absent, present]
seealso:
  - module: ownkey.acr.keyvault_key_access
"""

EXAMPLES = r"""
- name: The identity that the registry goes to its key as
  ownkey.acr.managed_identity:
    name: contosoacr-identity
    resource_group: contoso
    location: westeurope
"""

RETURN = r"""
identity:
  description: The identity with its three ids; in check mode those that Azure has yet to give are null.
  returned: when O(state=present)
  type: dict
  contains:
    id:
      description: Resource id, to attach the identity to a registry.
      type: str
    client_id:
      description: Client id, by which a registry's encryption names it.
      type: str
    principal_id:
      description: Object id in Entra ID, to which rights are given.
      type: str
  sample:
    id: /subscriptions/SUBSCRIPTION/resourcegroups/contoso/providers/Microsoft.ManagedIdentity/userAssignedIdentities/contosoacr-identity
    name: contosoacr-identity
    client_id: 92da070f-347a-4a9e-a687-d29b7e69dea4
    principal_id: 6b14f786-864c-446f-b507-0ecd329baf58
    location: westeurope
    tags: {}
confirm:
  description:
    - What O(confirm) has to name for it, registries first. A name, or what tells two of one name apart (login server, id).
  returned: when O(state=absent)
  type: list
  elements: str
  sample:
    - contosoacr
would_lose_access:
  description: The registries that use the identity.
  returned: when O(state=absent)
  type: list
  elements: dict
  sample: []
plan:
  description: The steps in words, as taken, or in check mode as they would be taken.
  returned: always
  type: list
  elements: str
  sample: ["create the user-assigned identity contosoacr-identity"]
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
  sample: 2
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import changing_spec, confirm_options, tags_options
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.identity.ensure import ensure

OPERATION = Operation(
    run=ensure,
    spec=changing_spec(
        {
            "name": {"type": "str", "required": True},
            "resource_group": {"type": "str", "required": True},
            "location": {"type": "str"},
            "state": {"type": "str", "default": "present", "choices": ["absent", "present"]},
            **tags_options(),
            **confirm_options(),
        },
        names="identity",
    ),
    clients=("identities", "registries", "subscriptions", "graph"),
    name="managed_identity",
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
