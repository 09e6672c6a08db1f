#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: resource_group
short_description: Keep an Azure resource group
version_added: 1.0.0
description:
  - Creates a resource group, sets its tags, or deletes it with all that is in it.
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
      - Name of the resource group.
    type: str
    required: true
  location:
    description:
      - Azure region, as V(westeurope). Needed to create the group.
    type: str
  state:
    description:
      - Whether the group is to be there.
      - V(absent) deletes it with everything in it. If registries are in it, or their vaults, O(confirm) must name them.
    type: str
    default: present
    choices: [absent, present]
seealso:
  - module: ownkey.acr.acr_cmk_registry
"""

EXAMPLES = r"""
- name: A resource group for registry, vault and identity
  ownkey.acr.resource_group:
    name: contoso
    location: westeurope
    tags:
      owner: platform
"""

RETURN = r"""
resource_group:
  description: The resource group.
  returned: when O(state=present)
  type: dict
  sample:
    id: /subscriptions/SUBSCRIPTION/resourceGroups/contoso
    name: contoso
    location: westeurope
    tags:
      owner: platform
confirm:
  description:
    - What O(confirm) has to name for it, registries first. A name, or what tells two of one name apart (login server, id).
  returned: when O(state=absent)
  type: list
  elements: str
  sample:
    - contosoacr
would_lose_access:
  description: The registries whose data is lost with the group.
  returned: when O(state=absent)
  type: list
  elements: dict
  sample: []
plan:
  description: The steps in words, as taken, or in check mode as they would be taken.
  returned: always
  type: list
  elements: str
  sample: ["create the resource group contoso in westeurope"]
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

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import (
    changing_spec,
    confirm_options,
    tags_options,
    wait_options,
)
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.resource_group import ensure

OPERATION = Operation(
    run=ensure,
    spec=changing_spec(
        {
            "name": {"type": "str", "required": True},
            "location": {"type": "str"},
            "state": {"type": "str", "default": "present", "choices": ["absent", "present"]},
            **tags_options(),
            **wait_options(),
            **confirm_options(),
        },
        names="resource group",
    ),
    clients=("groups", "subscriptions", "registries", "vaults", "identities", "graph"),
    name="resource_group",
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
