#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cmk_report
short_description: One page on registries' customer-managed keys, for whoever has to answer for them
version_added: 1.0.0
description:
  - Looks at registries as M(ownkey.acr.cmk_health_info) does, and writes what it saw as one page of HTML that needs
    nothing else, as JSON, as CSV and as OSCAL Assessment Results. It changes nothing in Azure.
  - What could not be read comes first, and counts nowhere as good. If nothing can be read, there is no report and the
    task fails.
  - Tells each registry's key, version, age, next due date, protection, identity and findings; what falls due in the next
    twelve months; keys that serve many registries; what was done, by the record, and whether that was altered; what
    changed since the last report; controls of standards; and Azure Policy's own definitions on the same facts.
  - Each report is a folder of its own, which is there whole or not at all, readable for its owner alone; in a container
    the files come one by one, and the JSON last.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
attributes:
  check_mode:
    support: full
    description: Looks at everything, and writes no report.
  diff_mode:
    support: none
    description: A report is new each time.
  idempotent:
    support: none
    description: Each run with O(to) writes another report.
requirements:
  - Jinja2, which Ansible brings along, in the Python that runs the module
options:
  registries:
    description:
      - The registries, by name or resource id, or V(all) with a customer-managed key.
      - If neither this nor O(resource_group) is set, those of O(subscriptions) and O(management_groups).
    type: list
    elements: str
    default: []
  resource_group:
    description:
      - The resource group in which names are looked for; the whole subscription if not set.
      - Without O(registries), all registries of this group.
    type: str
  subscriptions:
    description:
      - The ids of the subscriptions, or V(all) for every one that the caller sees.
      - If neither this nor O(management_groups) is set, O(subscription_id) if the task has it, else V(all).
    type: list
    elements: str
    default: []
  management_groups:
    description: The names or ids of management groups. Their subscriptions at any depth are looked through.
    type: list
    elements: str
    default: []
  search:
    description: How registries are found, as in P(ownkey.acr.registries#inventory).
    type: str
    choices: [auto, graph, lists]
    default: auto
  max_age:
    description: How old a version in use may become, as V(90d), V(12h) or V(P90D).
    type: str
    default: 90d
  expiry_within:
    description: Find key versions in use that expire within this time.
    type: str
    default: 30d
  min_size:
    description: Find keys with fewer bits.
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
  verify_data:
    description:
      - Read an image of each registry with a customer-managed key, as proof that it can use it. That takes some requests
        for each registry; without it there is none.
    type: bool
    default: false
  record:
    description:
      - The record of what was done, a file on the controller or an append blob
        (C(https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME)). It is read, verified and told, and not written to.
      - If not set, E(OWNKEY_ACR_RECORD), which M(ownkey.acr.cmk_rotate) and the others go by too.
    type: str
  period:
    description: How far back the record is told, as V(365d) or V(P1Y).
    type: str
    default: 365d
  to:
    description:
      - The folder in which the report is written, into a folder of its own. If not set, nothing is written, and the
        result alone tells.
      - Or a container, C(https://ACCOUNT.blob.core.windows.net/CONTAINER), with a path after it or without. It may be one
        in which nothing can be changed any more; nothing is written over there. The caller needs the role Storage Blob
        Data Contributor at it.
    type: str
  previous:
    description:
      - The JSON of an earlier report to compare with. If not set, the newest one in O(to).
    type: path
  formats:
    description: Which files are written.
    type: list
    elements: str
    choices: [csv, html, json, oscal]
    default: [csv, html, json, oscal]
  language:
    description: The language of the page. What was seen of a certain registry stays English.
    type: str
    choices: [en, ja]
    default: en
  controls:
    description:
      - Controls of your own, beside those that the collection brings (C(roles/report/files/controls.yml), which shows the
        form). One with the same C(framework) and C(id) takes its place.
      - Each is a dictionary with C(framework), C(id), C(asks) and C(checks), and may have C(title), C(limits), C(source),
        C(certainty) (V(read), V(excerpt) or V(memory)) and C(note).
    type: list
    elements: dict
    default: []
  wait_timeout:
    description: For how many seconds to wait until Azure, which throttles, answers.
    type: int
    default: 900
seealso:
  - module: ownkey.acr.cmk_health_info
"""

EXAMPLES = r"""
- name: A report of all registries of two subscriptions
  ownkey.acr.cmk_report:
    subscriptions:
      - 11111111-2222-3333-4444-555555555555
      - 66666666-7777-8888-9999-000000000000
    max_age: 90d
    to: /srv/reports
"""

RETURN = r"""
folder:
  description: Where the report is, or in check mode would be; empty without O(to).
  returned: success
  type: str
  sample: /srv/reports/acr-cmk-report-20270131T120000Z
files:
  description: The report's files.
  returned: success
  type: list
  elements: str
  sample: [/srv/reports/acr-cmk-report-20270131T120000Z/report.html]
whole:
  description: Whether everything could be read and seen.
  returned: success
  type: bool
  sample: true
totals:
  description: How many registries there are, by state, and the other figures.
  returned: success
  type: dict
  sample: {registries: 12, error: 1, warning: 2, unseen: 0, no_key: 1, good: 8, with_key: 11, keys: 5}
unread:
  description: What of the scope could not be read, with the reason.
  returned: always, if it fails because nothing could be read
  type: list
  elements: dict
  sample: []
record:
  description: The record's state (V(none), V(empty), V(unreadable), V(altered), V(newer), V(unfinished) or
    V(whole)), and changes without an outcome.
  returned: success
  type: dict
  sample: {place: /srv/record.jsonl, state: whole, reason: "", records: 24, signed_records: 24, open: []}
controls:
  description: What came of each control, V(met), V(failed), V(unknown) or V(none) if it concerns nothing here.
  returned: success
  type: list
  elements: dict
  sample: [{framework: PCI DSS 4.0.1, id: 3.7.4, state: met}]
requests:
  description: How many requests were sent to Azure, not counting those to sign in.
  returned: always
  type: int
  sample: 9
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import azure_spec
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.report.gather import gather

OPERATION = Operation(
    run=gather,
    spec=azure_spec(
        {
            "registries": {"type": "list", "elements": "str", "default": []},
            "resource_group": {"type": "str"},
            "subscriptions": {"type": "list", "elements": "str", "default": []},
            "management_groups": {"type": "list", "elements": "str", "default": []},
            "search": {"type": "str", "choices": ["auto", "graph", "lists"], "default": "auto"},
            "max_age": {"type": "str", "default": "90d"},
            "expiry_within": {"type": "str", "default": "30d"},
            "min_size": {"type": "int", "default": 2048, "choices": [2048, 3072, 4096]},
            "expect": {
                "type": "list",
                "elements": "str",
                "choices": ["content_trust", "long_task_logs"],
                "default": [],
            },
            "verify_data": {"type": "bool", "default": False},
            "record": {"type": "str"},
            "period": {"type": "str", "default": "365d"},
            "to": {"type": "str"},
            "previous": {"type": "path"},
            "formats": {
                "type": "list",
                "elements": "str",
                "choices": ["csv", "html", "json", "oscal"],
                "default": ["csv", "html", "json", "oscal"],
            },
            "language": {"type": "str", "choices": ["en", "ja"], "default": "en"},
            "controls": {"type": "list", "elements": "dict", "default": []},
            "wait_timeout": {"type": "int", "default": 900},
        }
    ),
    clients=("registries", "keys", "identities", "vaults", "access", "subscriptions", "groups", "graph", "images"),
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
