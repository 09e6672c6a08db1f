#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cmk_health_info
short_description: What is wrong with registries' customer-managed keys, why, and what to do
version_added: 1.0.0
description:
  - Looks at one registry, a list, or all that the caller sees, and returns findings. Each has a code, a severity, what
    was seen, why it matters, and the task or playbook that mends it.
  - Names the true cause behind Azure's C(Failed to access KeyId), and troubles that are yet to come. An identity taken
    off that will expire, a key that is old or expires soon, a version disabled too early, a vault without purge
    protection, a registry that does not follow its key.
  - A healthy registry gives no finding. Nothing is changed. Reader rights suffice; what could not be seen is a finding
    too.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._attributes.info
  - ownkey.acr._attributes.actiongroup_azure
options:
  registries:
    description:
      - The registries, by name or resource id, or V(all) with a customer-managed key. If not set, all that the caller sees
        in all subscriptions, without such a key too.
    type: list
    elements: str
    default: []
  resource_group:
    description:
      - The resource group in which names are looked for; the whole subscription if not set.
      - Without O(registries), all registries of this group.
    type: str
  max_age:
    description:
      - Find key versions in use of this age or older, as V(90d), V(12h) or V(P90D); and keys that nothing rotates.
    type: str
  expiry_within:
    description:
      - Find key versions in use that expire within this time.
    type: str
    default: 30d
  min_size:
    description:
      - Find keys with fewer bits.
    type: int
    default: 2048
    choices: [2048, 3072, 4096]
  expect:
    description:
      - What is expected of the registries although none with a customer-managed key has it.
    type: list
    elements: str
    choices: [content_trust, long_task_logs]
    default: []
  fail_on:
    description:
      - Fail when a finding has this severity or a worse one, so that the task serves as a gate in a pipeline.
    type: str
    choices: [error, info, never, warning]
    default: never
seealso:
  - module: ownkey.acr.cmk_restore
  - module: ownkey.acr.cmk_rotate
"""

EXAMPLES = r"""
- name: Is anything wrong, or about to be?
  ownkey.acr.cmk_health_info:
    registries: [contosoacr]
    resource_group: contoso
    max_age: 90d
    fail_on: error
"""

RETURN = r"""
registries:
  description: The registries with their findings, the worst first.
  returned: always
  type: list
  elements: dict
  sample:
    - name: contosoacr
      id: /subscriptions/SUBSCRIPTION/resourceGroups/contoso/providers/Microsoft.ContainerRegistry/registries/contosoacr
      worst: error
      findings:
        - code: key_disabled
          severity: error
          what: The key https://contoso-kv.vault.azure.net/keys/cmk/cfc33432d68370deac10fc77c35e5ee1 is disabled.
          why: As long as it is so, no image can be pulled or pushed, or none will be after the registry's next look.
          remedy: Enable it, keyvault_rsa_key with state present and this version, or ownkey.acr.restore.
findings:
  description: All findings as sentences.
  returned: always
  type: list
  elements: str
  sample: []
healthy:
  description: Whether no finding is worse than a note.
  returned: always
  type: bool
  sample: true
requests:
  description: How many requests were sent to Azure, not counting those to sign in.
  returned: always
  type: int
  sample: 9
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import azure_spec
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.health.diagnose import gather

OPERATION = Operation(
    run=gather,
    spec=azure_spec(
        {
            "registries": {"type": "list", "elements": "str", "default": []},
            "resource_group": {"type": "str"},
            "max_age": {"type": "str"},
            "expiry_within": {"type": "str", "default": "30d"},
            "min_size": {"type": "int", "default": 2048, "choices": [2048, 3072, 4096]},
            "expect": {
                "type": "list",
                "elements": "str",
                "choices": ["content_trust", "long_task_logs"],
                "default": [],
            },
            "fail_on": {"type": "str", "choices": ["error", "info", "never", "warning"], "default": "never"},
        }
    ),
    clients=("registries", "keys", "identities", "vaults", "access", "subscriptions", "groups"),
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
