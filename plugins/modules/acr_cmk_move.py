#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: acr_cmk_move
short_description: Move a registry's contents and settings to one under a customer-managed key
version_added: 1.0.0
description:
  - Azure gives an existing registry no customer-managed key. This copies all that a registry holds to another one that
    was made with a key, and proves that nothing is missing.
  - Every repository, tag, untagged manifest, index with all its platforms, and all that refers to them (signatures,
    SBOMs, attestations, at any depth) is imported by its digest. Azure copies from registry to registry, so no layer
    passes through here. Locks are set again.
  - What can be made again at the target is (network rules, policies, replicas, scope maps, tokens, webhooks, cache
    rules, tags). A setting that somebody set otherwise at the target stays. What is not made again is listed, with the
    command or the reason.
  - It can be ended at any time and run again. Only what is missing is copied. Nothing at the target is taken away.
  - Nothing is called moved that was not seen. At the end both sides are compared, and every manifest at the target is
    read, and each of its blobs looked for.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._common.wait
  - ownkey.acr._common.record
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
options:
  source:
    description:
      - The registry to move from, by its name in the subscription, or by its resource id, of another subscription of the
        same tenant too.
    type: str
    required: true
  name:
    description:
      - The registry to move to. It is there already, with a customer-managed key (M(ownkey.acr.acr_cmk_registry)).
    type: str
    required: true
  resource_group:
    description:
      - The resource group of the registry to move to.
    type: str
    required: true
  finish:
    description:
      - Close the source's repositories for writing, and then copy what came since. Before, the source is not changed.
      - The source gets the tag C(ownkey-moved-to), with the login server of the target.
    type: bool
    default: false
  verify:
    description:
      - How each blob at the target is looked at. V(blobs) asks whether it is there, V(bytes) reads all of it and compares
        its digest.
    type: str
    choices: [blobs, bytes]
    default: blobs
  leave_behind:
    description:
      - What may be left behind. Without its word here, whatever cannot come along is refused before anything is changed.
    type: list
    elements: str
    choices: [artifact_streaming, content_trust, foreign_layers, hidden, large_indexes, unreadable]
    default: []
  role_assignments:
    description:
      - Make the role assignments at the source itself again at the target, with their conditions.
    type: bool
    default: false
  passwords_file:
    description:
      - Make new passwords for the tokens, and write them to this file on the controller, which its owner alone may read.
        Without it tokens are made without a password. Nobody can read the old ones.
    type: path
notes:
  - C(Contributor) on both registries is enough, but for O(role_assignments). Registries whose roles go by repository take
    C(Container Registry Repository Writer) and C(Container Registry Repository Catalog Lister) besides.
  - That roles go by repository is set at the target last, with O(finish), when all has been seen; until then roles at the
    whole registry count there.
  - A repository that is new can be pushed to a closed source. Whoever has a right to push should lose it; the result of
    the next run tells what came.
seealso:
  - module: ownkey.acr.acr_cmk_registry
"""

EXAMPLES = r"""
- name: See what would come along, and what cannot
  ownkey.acr.acr_cmk_move:
    source: oldacr
    name: contosoacr
    resource_group: contoso
  check_mode: true

- name: Copy; can be run again at any time
  ownkey.acr.acr_cmk_move:
    source: oldacr
    name: contosoacr
    resource_group: contoso

- name: The last difference, with the source closed for writing
  ownkey.acr.acr_cmk_move:
    source: oldacr
    name: contosoacr
    resource_group: contoso
    finish: true
"""

RETURN = r"""
moved:
  description: Whether the source is closed, and all that it has was seen at the target.
  returned: success
  type: bool
  sample: true
verified:
  description: Whether all that the source had when it was looked at was seen at the target.
  returned: success
  type: bool
  sample: true
artifacts:
  description: How many artifacts the source has.
  returned: success
  type: int
  sample: 1700
tags:
  description: How many tags.
  returned: success
  type: int
  sample: 850
blobs:
  description: How many blobs were looked for at the target; one that two repositories have counts twice.
  returned: when not in check mode
  type: int
  sample: 5300
imports:
  description: How many imports there are to be made.
  returned: success
  type: int
  sample: 1700
bytes:
  description: How much Azure copies, as the lists have it.
  returned: success
  type: int
  sample: 73400320
seconds_at_least:
  description: How long Azure's limit for changes alone makes the imports; the copying of large layers comes on top.
  returned: success
  type: int
  sample: 150
behind:
  description: What came to the source while this ran.
  returned: when not in check mode
  type: list
  elements: str
  sample: []
only_at_target:
  description: What the target has and the source has not; it is left there.
  returned: success
  type: list
  elements: str
  sample: []
left_behind:
  description: What does not come along, why, and the command that helps.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: locks
      what: oldacr
      why: set again by hand, if there are any
      command: az lock list --resource /subscriptions/SUBSCRIPTION/resourceGroups/contoso/providers/...
location:
  description: The region of the source.
  returned: success
  type: str
  sample: westeurope
consumers:
  description: What those who pull and push have to change.
  returned: success
  type: str
  sample: Everybody who pulls or pushes names contosoacr.azurecr.io instead of oldacr.azurecr.io.
from:
  description: The login server of the source.
  returned: success
  type: str
  sample: oldacr.azurecr.io
to:
  description: The login server of the target.
  returned: success
  type: str
  sample: contosoacr.azurecr.io
plan:
  description: The steps in words, as taken, or in check mode as they would be taken.
  returned: always
  type: list
  elements: str
  sample: ["copy 12 artifacts and 10 tags of team/app"]
failure:
  description: What went wrong, and which imports failed.
  returned: when the task fails
  type: dict
  sample:
    code: cannot_be_moved
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
  sample: 9000
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import changing_spec, wait_options
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.move.move import move
from ansible_collections.ownkey.acr.plugins.module_utils._rules.move.obstacles import KINDS

OPERATION = Operation(
    run=move,
    spec=changing_spec(
        {
            "source": {"type": "str", "required": True},
            "name": {"type": "str", "required": True},
            "resource_group": {"type": "str", "required": True},
            "finish": {"type": "bool", "default": False},
            "verify": {"type": "str", "choices": ["blobs", "bytes"], "default": "blobs"},
            "leave_behind": {"type": "list", "elements": "str", "choices": sorted(KINDS), "default": []},
            "role_assignments": {"type": "bool", "default": False},
            "passwords_file": {"type": "path", "no_log": False},
            **wait_options(),
        },
        names="registry",
    ),
    clients=("registries", "access", "images", "groups"),
    name="acr_cmk_move",
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
