#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: record_verify
short_description: Prove that a record of key changes is whole
version_added: 1.0.0
description:
  - Looks at every record of a file or an append blob that the option C(record) of the other modules has written, and proves
    that no byte was altered and that nothing was left out, doubled, exchanged or put in between. It fails at the first
    record that is not right, and names it.
  - That something was cut off at the end, or that all was written anew, no file can show by itself. Give a O(head) that was
    kept elsewhere; then this shows too.
  - Signatures are checked by the public key alone. For a file nothing is asked of Azure, and no sign-in is needed.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
options:
  record:
    description:
      - The record. The whole path of a file on the host where the module runs, or the address of an append blob,
        V(https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME), which is read as whoever signs in.
    type: str
    required: true
  head:
    description:
      - A head of this record that was kept elsewhere. Either C(record.head) of a task's result, RV(head) of this module's,
        or the signed one, C(record.envelope) of a task's result, which takes O(public_key).
    type: json
  public_key:
    description:
      - The public keys by which heads may be signed, as PEM or as JSON web keys. Every signed head in the record must be
        signed by one of them.
    type: list
    elements: str
seealso:
  - module: ownkey.acr.record_settle
"""

EXAMPLES = r"""
- name: Prove that the record is whole
  ownkey.acr.record_verify:
    record: /var/lib/acr-cmk/record.jsonl

- name: Prove that nothing was cut off since the last audit either, and who signed it
  ownkey.acr.record_verify:
    record: https://contosoevidence.blob.core.windows.net/records/acr-cmk.jsonl
    head: "{{ lookup('ansible.builtin.file', 'head-of-last-audit.json') }}"
    public_key:
      - "{{ lookup('ansible.builtin.file', 'acr-record-signing.pem') }}"
"""

RETURN = r"""
verified:
  description: Whether all is right.
  returned: when there is a record
  type: bool
  sample: true
count:
  description: How many records are right, up to the first that is not.
  returned: when there is a record
  type: int
  sample: 12
first_bad:
  description: The number of the first record that is not right; null if all are, or if it cannot be said.
  returned: when there is a record
  type: int
  sample: null
flaws:
  description: What is not right, each with V(number), V(what) and V(code).
  returned: when something is not right
  type: list
  elements: dict
  sample: []
head:
  description: The head of the records that are right. Keep it elsewhere, for the next time.
  returned: when there is a record
  type: dict
  sample:
    count: 12
    hash: 6c1d0f3a9b6e4f0b8e1f7a2d5c4b3a29180716f5e4d3c2b1a09f8e7d6c5b4a39
    root: 5f2b7c0e9d8a4b6c3f1e0d9c8b7a69584736251403f2e1d0c9b8a79685746352
    time: "2026-11-24T12:48:02Z"
signed:
  description: How many records are covered by a head in the record that O(public_key) has signed.
  returned: when there is a record
  type: int
  sample: 10
open:
  description: The intents of which nobody told what came, as after a run that was killed.
  returned: when there is a record
  type: list
  elements: dict
  sample: []
interrupted_writers:
  description: The numbers of the records before which a writer was killed while it wrote; what it left is kept.
  returned: when there is a record
  type: list
  elements: int
  sample: []
failure:
  description: What went wrong, for programs.
  returned: when the task fails
  type: dict
  sample:
    code: record_altered
requests:
  description: How many requests were sent to Azure, not counting those to sign in.
  returned: when something is asked of Azure
  type: int
  sample: 2
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import azure_spec
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.record.verify import verify

OPERATION = Operation(
    run=verify,
    spec=azure_spec(
        {
            "record": {"type": "str", "required": True},
            "head": {"type": "json"},
            "public_key": {"type": "list", "elements": "str", "no_log": False},
        }
    ),
    clients=(),
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
