#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: record_settle
short_description: Close what interrupted runs left open in a record of key changes
version_added: 1.0.0
description:
  - A run that is killed leaves an intent in the record, and nothing of what came of it. This looks at what that intent was
    about, writes down what Azure shows now, and claims nothing more.
  - The next run that looks at the same things does the same by itself.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._common.wait
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
options:
  record:
    description:
      - The record. The whole path of a file on the host where the module runs, or the address of an append blob,
        V(https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME).
    type: str
    required: true
  record_key:
    description:
      - The key identifier of the key by which the head of the record is signed afterwards, as the other modules take it.
    type: str
  min_age:
    description:
      - Intents younger than this are left open, as their runs may still be under way; V(1h), V(30m) or V(PT1H). Ages are
        reckoned by Azure's clock.
    type: str
    default: 1h
seealso:
  - module: ownkey.acr.record_verify
"""

EXAMPLES = r"""
- name: Close what interrupted runs left open
  ownkey.acr.record_settle:
    record: /var/lib/acr-cmk/record.jsonl
"""

RETURN = r"""
settled:
  description: The intents that were closed, each with what Azure shows now (C(now)); in check mode those that would be.
  returned: success
  type: list
  elements: dict
  sample: []
left:
  description: The intents that are younger than O(min_age).
  returned: success
  type: list
  elements: dict
  sample: []
record:
  description: Where the record stands, and its state afterwards.
  returned: when something is closed, or in check mode would be
  type: dict
  sample:
    place: /var/lib/acr-cmk/record.jsonl
    is_written: true
    head: {count: 13, hash: 6c1d0f3a9b6e4f0b8e1f7a2d5c4b3a29180716f5e4d3c2b1a09f8e7d6c5b4a39}
failure:
  description: What went wrong, for programs.
  returned: when the task fails
  type: dict
  sample:
    code: record_missing
requests:
  description: How many requests were sent to Azure, not counting those to sign in.
  returned: when something is asked of Azure
  type: int
  sample: 2
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import azure_spec, wait_options
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.record.settle import settle

OPERATION = Operation(
    run=settle,
    spec=azure_spec(
        {
            "record": {"type": "str", "required": True},
            "record_key": {"type": "str", "no_log": False},
            "min_age": {"type": "str", "default": "1h"},
            **wait_options(),
        }
    ),
    clients=("registries", "keys", "vaults", "identities", "access", "groups"),
    name="record_settle",
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
