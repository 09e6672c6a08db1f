#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cmk_rotate
short_description: Rotate the customer-managed key of registries, only what is due, and verify it
version_added: 1.0.0
description:
  - Sees to it that registries run on a key version that is no older than O(max_age), or on the key or identity given.
  - Plans for all registries together. Those on the same key share one new version, and nothing is changed until the
    whole plan is known to be allowed.
  - The old version stays enabled. A rotation counts as done only when the registry itself reports the new version.
  - Run it again at any time; what is done already is left alone.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._common.wait
  - ownkey.acr._common.verify
  - ownkey.acr._common.record
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
options:
  registries:
    description:
      - The registries, by name or resource id.
      - Names are looked for in O(resource_group), or in the whole subscription; resource ids may be of any subscription.
      - V(all) stands for every registry with a customer-managed key that you can see, in all subscriptions, or in
        O(resource_group).
    type: list
    elements: str
    required: true
  resource_group:
    description:
      - The resource group in which names of registries and identities are looked for.
    type: str
  max_age:
    description:
      - A key version of this age or older is replaced by a new one, as V(90d), V(12h) or V(P90D). V(0d) rotates in any
        case.
      - A version that was made within the last hour, and that not all of the registries are on yet, is a rotation that is
        not over, yours or somebody else's. It is finished, with V(0d) too, and no other version is made.
      - Ages are reckoned by Azure's clock.
    type: str
  key_identifier:
    description:
      - Move the registries to this key, in the same or another vault. Without a version they follow it from then on
        (automatic rotation), unless O(rotation_mode=manual).
    type: str
  vault:
    description:
      - Instead of O(key_identifier), the key store by name or address, together with O(key).
    type: str
  key:
    description:
      - Instead of O(key_identifier), the key's name, together with O(vault). It says nothing of the mode, which stays as it
        is unless O(rotation_mode) is given.
    type: str
  key_version:
    description:
      - Instead of O(key_identifier), a version of O(key), for manual rotation.
      - With O(max_age) it is where a registry on another key starts. A registry on this key is not moved back to it, and
        gets a new version when its own is due.
    type: str
  allow_older_version:
    description:
      - Go back to an older version of the key in use, if one is named without O(max_age).
    type: bool
    default: false
  identity:
    description:
      - The identity that goes to the key from then on. A user-assigned one by name, resource id or client id (it is
        attached if need be), or V(system) for each registry's system-assigned one.
    type: str
  rotation_mode:
    description:
      - V(automatic) sets the versionless key identifier, V(manual) the one of the version in use.
    type: str
    choices: [automatic, manual]
  pick_up:
    description:
      - What to do about registries that follow a versionless key by themselves within the hour.
      - V(wait) looks at the lists of registries until each reports the new version; the number of requests then does not
        grow with the number of registries. V(nudge) sets each registry's key anew, which makes it look at once.
      - V(auto) nudges up to ten registries, and waits for more.
    type: str
    default: auto
    choices: [auto, nudge, wait]
  canary:
    description:
      - The registries that come first, of those that are to be changed. So many of them (V(1)), a part (V(10%)), or these,
        by name or resource id.
      - Only when each of them reports its new version, and with O(verify_data) an image of it was read, the rest follows.
        Otherwise nothing more is begun.
      - A versionless key's new version is for every registry on that key, which follows it within the hour by itself.
        Those that come first are set anew, and look at once.
    type: list
    elements: str
  max_fail_percentage:
    description:
      - When more than this part of the registries that are to be changed has failed, nothing more is begun. V(0) stops at
        the first failure.
      - Without it all are tried.
    type: float
  allow_vault_without_purge_protection:
    description:
      - Move to a key in a vault without purge protection. A deleted key could then be purged, and every image with it.
    type: bool
    default: false
seealso:
  - module: ownkey.acr.acr_cmk_registry
  - module: ownkey.acr.keyvault_rsa_key
"""

EXAMPLES = r"""
- name: A new key version for what is older than 90 days
  ownkey.acr.cmk_rotate:
    registries: [contosoacr, fabrikamacr]
    max_age: 90d

- name: Whatever is due anywhere, one registry first, and no further if it goes wrong
  ownkey.acr.cmk_rotate:
    registries: [all]
    max_age: 90d
    canary: "1"
    max_fail_percentage: 5
    verify_data: true

- name: Move to a key in another vault, as another identity
  ownkey.acr.cmk_rotate:
    registries: [contosoacr]
    resource_group: contoso
    key_identifier: https://contoso-kv2.vault.azure.net/keys/contosoacr-cmk
    identity: contosoacr-identity2

- name: From now on follow new versions
  ownkey.acr.cmk_rotate:
    registries: [contosoacr]
    rotation_mode: automatic
"""

RETURN = r"""
registries:
  description:
    - What became of each registry; in check mode what would become of it, with a null version for one to come.
    - Its C(outcome) is V(done), V(nothing_due), V(failed) (then C(failure) says why) or V(not_begun).
  returned: success, and when only some could be moved
  type: list
  elements: dict
  sample:
    - name: contosoacr
      id: /subscriptions/SUBSCRIPTION/resourceGroups/contoso/providers/Microsoft.ContainerRegistry/registries/contosoacr
      changed: true
      outcome: done
      reason: the newest is 95 days old
      key_identifier_before: https://contoso-kv.vault.azure.net/keys/contosoacr-cmk
      key_identifier_after: https://contoso-kv.vault.azure.net/keys/contosoacr-cmk
      key_version_before: cfc33432d68370deac10fc77c35e5ee1
      key_version_after: 1b5a6e0a4f4c4cf0a8a3d1f1c0f0d2aa
      identity_before: 92da070f-347a-4a9e-a687-d29b7e69dea4
      identity_after: 92da070f-347a-4a9e-a687-d29b7e69dea4
      rotation_mode_before: automatic
      rotation_mode_after: automatic
      last_key_rotation: "2026-11-24T12:48:02Z"
data:
  description: For each registry what came of reading an image, with O(verify_data).
  returned: when O(verify_data) is set and something was changed
  type: dict
  sample:
    contosoacr: {state: readable, meaning: an image was read}
failure:
  description: What went wrong, for programs.
  returned: when the task fails
  type: dict
  sample:
    code: key_disabled
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
  sample: 6
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import changing_spec, verify_options, wait_options
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.rotation.rotate import rotate

OPERATION = Operation(
    run=rotate,
    spec=changing_spec(
        {
            "registries": {"type": "list", "elements": "str", "required": True},
            "resource_group": {"type": "str"},
            "max_age": {"type": "str"},
            "key_identifier": {"type": "str", "no_log": False},
            "identity": {"type": "str"},
            "rotation_mode": {"type": "str", "choices": ["automatic", "manual"]},
            "allow_older_version": {"type": "bool", "default": False},
            "canary": {"type": "list", "elements": "str"},
            "max_fail_percentage": {"type": "float"},
            "pick_up": {"type": "str", "default": "auto", "choices": ["auto", "nudge", "wait"]},
            "allow_vault_without_purge_protection": {"type": "bool", "default": False},
            "vault": {"type": "str"},
            "key": {"type": "str", "no_log": False},
            "key_version": {"type": "str", "no_log": False},
            **verify_options(),
            **wait_options(),
        },
        mutually_exclusive=(("key_identifier", "vault"), ("key_identifier", "key"), ("key_identifier", "key_version")),
        required_by={"key_version": "key", "vault": "key", "key": "vault"},
    ),
    clients=("registries", "keys", "identities", "vaults", "access"),
    name="cmk_rotate",
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
