#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cmk_revoke
short_description: Lock registries' data by taking their access to the key away
version_added: 1.0.0
description:
  - Takes the right of the registries' identities to their keys away, or disables or deletes the keys. Every image in them
    becomes unreadable until M(ownkey.acr.cmk_restore) gives it back.
  - Lists every registry that would lose access, those that were not named but share the key or identity among them, and
    does nothing unless O(confirm) names them all.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._common.wait
  - ownkey.acr._common.confirm
  - ownkey.acr._common.record
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
options:
  registries:
    description:
      - The registries, by name or resource id.
    type: list
    elements: str
    required: true
  resource_group:
    description:
      - The resource group in which names are looked for; the whole subscription if not set.
    type: str
  revoke_by:
    description:
      - V(access) removes the identity's own role assignments at the vault and the key, or its access policy. What it
        has from a higher scope or through a group is told, not removed, and the task then fails.
      - V(disable_key) disables the versions of the key that O(key_versions) says.
      - V(delete_key) deletes the key; it stays recoverable.
    type: str
    default: access
    choices: [access, delete_key, disable_key]
  key_versions:
    description:
      - With O(revoke_by=disable_key), V(all) versions, or only the one V(in_use).
    type: str
    default: all
    choices: [all, in_use]
  verify_data:
    description:
      - Read an image of each registry before, and try it again afterwards, up to O(wait_timeout), until it is refused.
    type: bool
    default: true
seealso:
  - module: ownkey.acr.cmk_restore
"""

EXAMPLES = r"""
- name: Lock the registry's data, now
  ownkey.acr.cmk_revoke:
    registries: [contosoacr]
    resource_group: contoso
    confirm: [contosoacr]
"""

RETURN = r"""
confirm:
  description:
    - What O(confirm) has to name for it, registries first. A name, or what tells two of one name apart (login server, id).
  returned: always
  type: list
  elements: str
  sample:
    - contosoacr
would_lose_access:
  description: Every registry that loses access to its data; when the task is refused for want of a confirmation too.
  returned: always
  type: list
  elements: dict
  sample:
    - name: contosoacr
      id: /subscriptions/SUBSCRIPTION/resourceGroups/contoso/providers/Microsoft.ContainerRegistry/registries/contosoacr
      login_server: contosoacr.azurecr.io
others_would_lose_access:
  description: Other Azure resources that use the same key, as far as the caller may see them.
  returned: always
  type: list
  elements: dict
  sample: []
dependents_complete:
  description: Whether it could be asked which other Azure resources use the key.
  returned: always
  type: bool
  sample: true
remaining:
  description:
    - Ways by which an identity can still use the keys, such as a role on the resource group. If there are any, the task
      fails after having removed what it may.
  returned: always
  type: list
  elements: dict
  sample: []
dormant:
  description: Ways that do not count now but would after a change of the vault's permission model.
  returned: always
  type: list
  elements: dict
  sample: []
data:
  description: For each registry what came of trying to read an image afterwards.
  returned: always
  type: dict
  sample:
    contosoacr:
      state: locked
      meaning: the registry cannot use its key
      message: Access to Key Encryption Key is forbidden. View troubleshooting steps at https://aka.ms/acr/cmk
locked:
  description: Whether no way is left that can be seen, and an image of each registry was seen to be refused because of its
    key. Everything else is revoked at the vault, not proven.
  returned: success
  type: bool
  sample: true
proof:
  description: What reading images proved. V(locked) - refused because of the key; V(readable) - one can still be read;
    V(not_proven) - revoked at the vault, and nobody could see what the registry does.
  returned: success
  type: str
  sample: locked
undo:
  description: The command that gives the access back.
  returned: success
  type: str
  sample: ansible-playbook ownkey.acr.restore -e acr_cmk_registry=contosoacr -e acr_cmk_resource_group=contoso
plan:
  description: The steps in words, as taken, or in check mode as they would be taken.
  returned: success
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
  sample: 9
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import changing_spec, confirm_options, wait_options
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.revocation.revoke import revoke

OPERATION = Operation(
    run=revoke,
    spec=changing_spec(
        {
            "registries": {"type": "list", "elements": "str", "required": True},
            "resource_group": {"type": "str"},
            "revoke_by": {"type": "str", "default": "access", "choices": ["access", "delete_key", "disable_key"]},
            "key_versions": {"type": "str", "default": "all", "choices": ["all", "in_use"], "no_log": False},
            "verify_data": {"type": "bool", "default": True},
            **wait_options(),
            **confirm_options(),
        }
    ),
    clients=("registries", "keys", "vaults", "access", "subscriptions", "images", "graph"),
    name="cmk_revoke",
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
