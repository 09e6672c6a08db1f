#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cmk_restore
short_description: Give registries the access to their key back
version_added: 1.0.0
description:
  - Finds out what keeps registries from their key, and undoes it. Recovers a soft-deleted vault or key, enables the
    version in use, attaches the identity again or makes it again if it was deleted, gives its access back, lets trusted
    services through the vault's firewall, and sets key and identity anew on the registry where that is what helps.
  - Needs nothing but Azure's own state, so it works after a revocation by anybody, and after an accident.
  - What is right already is left alone. What cannot be restored is said plainly.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._common.wait
  - ownkey.acr._common.record
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
options:
  registries:
    description:
      - The registries, by name or resource id, or V(all) with a customer-managed key that you can see.
    type: list
    elements: str
    required: true
  resource_group:
    description:
      - The resource group in which names are looked for; the whole subscription if not set.
    type: str
  verify_data:
    description:
      - Prove it. Sign in to each registry's data plane as the caller, and read a manifest and one of its blobs.
      - Where the caller may not pull, the registry is empty or its data plane cannot be reached, the result says so.
    type: bool
    default: true
notes:
  - In check mode only the first steps can be foreseen when a vault or key has to be recovered first.
  - Recovering a vault does not bring role assignments back. The caller's own right to the keys is given again on a vault
    that this run recovered or that the role P(ownkey.acr.create#role) made; elsewhere the grant to ask for is told.
seealso:
  - module: ownkey.acr.cmk_rotate
"""

EXAMPLES = r"""
- name: Give the registry its data back
  ownkey.acr.cmk_restore:
    registries: [contosoacr]
    resource_group: contoso
"""

RETURN = r"""
registries:
  description: The registries, and what came of reading an image of each.
  returned: success
  type: list
  elements: dict
  sample:
    - name: contosoacr
      id: /subscriptions/SUBSCRIPTION/resourceGroups/contoso/providers/Microsoft.ContainerRegistry/registries/contosoacr
      data:
        state: readable
        meaning: an image was read
        repository: team/app
        digest: sha256:f50fa3abae8dd9acf35a2871a158aefb0bab268ceba3218d776a898436afd508
verified:
  description: Whether an image of every registry was read.
  returned: success
  type: bool
  sample: true
failure:
  description: What is left, with all findings, when not everything can be restored.
  returned: when the task fails
  type: dict
  sample:
    code: key_missing
plan:
  description: The steps in words, as taken, or in check mode as they would be taken.
  returned: always
  type: list
  elements: str
  sample: ["recover the soft-deleted key contosoacr-cmk with all its versions"]
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
  sample: 9
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import changing_spec, wait_options
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.restoration.restore import restore

OPERATION = Operation(
    run=restore,
    spec=changing_spec(
        {
            "registries": {"type": "list", "elements": "str", "required": True},
            "resource_group": {"type": "str"},
            "verify_data": {"type": "bool", "default": True},
            **wait_options(),
        }
    ),
    clients=("registries", "keys", "identities", "vaults", "access", "images", "groups"),
    name="cmk_restore",
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
