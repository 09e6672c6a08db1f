# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: registries
short_description: Azure container registries as hosts, with the facts and the health of their keys
version_added: 1.0.0
description:
  - Every registry of the chosen subscriptions, of management groups or of all that the caller sees, as a host of the
    group C(registries).
  - A host has C(acr_registry), what M(ownkey.acr.acr_cmk_registry_info) tells of the registry, and with O(health)
    C(acr_health). It has C(acr_cmk_registry), C(acr_cmk_resource_group), C(acr_cmk_subscription_id) and
    C(acr_cmk_location) too, which the roles of this collection go by, and runs on the controller
    (C(ansible_connection=local)).
  - It is all or nothing. If a page, a subscription or an answer of Resource Graph cannot be read whole, there is no
    inventory and the message names what could not be read, unless O(allow_missing) says otherwise.
  - A host is called by the name of its registry, or by its login server if that has a domain name label, as names are
    then unique in their scope only.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - constructed
  - inventory_cache
  - ownkey.acr._auth
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [ownkey.acr.registries]
  subscriptions:
    description:
      - The ids of the subscriptions, or V(all) for every one that the caller sees.
      - If neither this nor O(management_groups) is set, O(subscription_id) if this file has it, else V(all).
    type: list
    elements: str
    default: []
  management_groups:
    description: The names or ids of management groups. Their subscriptions at any depth are looked through.
    type: list
    elements: str
    default: []
  encrypted_only:
    description: Leave out registries without a customer-managed key.
    type: bool
    default: false
  search:
    description:
      - How registries are found, other than in the O(subscriptions) that are named. What is in a subscription is always
        told by Resource Manager's own list of its registries, never by Resource Graph.
      - V(auto) lists every subscription, up to 1,000 of them. Of more it does as V(graph), with a warning.
      - V(graph) asks Resource Graph first, and passes over the subscriptions that it knows and in which it has seen no
        registry. One whose first registry was made in the last minutes, at worst hours, may then be passed over, as
        Resource Graph lags behind.
      - V(lists) lists every subscription and does not ask Resource Graph. One request for each.
    type: str
    choices: [auto, graph, lists]
    default: auto
  allow_missing:
    description:
      - Go on with what could be read. There is a warning, and a host in the group C(registries_missing) for each
        subscription, management group or (with O(health)) key that could not be read, with the reason in C(acr_missing).
      - What is not whole is not kept in the cache.
    type: bool
    default: false
  health:
    description:
      - Look at the keys too, as M(ownkey.acr.cmk_health_info) does. Each key is looked at once, however many registries
        share it.
      - What you may not see is warned of, and C(acr_health.seen) is false there.
    type: bool
    default: false
  max_age:
    description:
      - With O(health), find key versions in use of this age or older, as V(90d); and keys that nothing rotates.
    type: str
  expiry_within:
    description: With O(health), find key versions in use that expire within this time.
    type: str
    default: 30d
  min_size:
    description: With O(health), find keys with fewer bits.
    type: int
    default: 2048
    choices: [2048, 3072, 4096]
  expect:
    description: With O(health), what is expected of the registries although none with a customer-managed key has it.
    type: list
    elements: str
    choices: [content_trust, long_task_logs]
    default: []
  wait_timeout:
    description: For how many seconds to wait until Azure, which throttles, answers.
    type: int
    default: 900
  hostnames:
    description:
      - Jinja2 expressions for the names of hosts, in order of preference. The first that gives a text counts; without
        one the host is called as usual.
      - Registries that would share a name are all called as usual instead.
    type: list
    elements: str
    default: []
  filters:
    description:
      - Conditions for which registries become hosts. The first one that matches decides; without a match it does.
      - Each is a dictionary with one of C(include) and C(exclude), a Jinja2 condition or V(true).
    type: list
    elements: dict
    suboptions:
      include:
        description: Registries that match become hosts.
        type: raw
      exclude:
        description: Registries that match do not.
        type: raw
    default: []
notes:
  - The name of the file ends with C(.acr.yml) or C(.acr.yaml), or with C(acr_registries.yml) or C(acr_registries.yaml); any
    other YAML file is taken that names the plugin.
  - Expressions (O(compose), O(groups), O(keyed_groups), O(hostnames), O(filters)) see C(acr_registry) and
    C(acr_health), and what is in C(acr_registry) by its own name, as C(location) or C(encryption.rotation_mode).
  - Ansible itself only warns of an inventory that cannot be read, and goes on without it. Set
    E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true), or C(any_unparsed_is_failed) in the section C(inventory) of
    C(ansible.cfg), so that it stops. The playbooks of this collection stop anyway when C(acr_cmk_hosts) matches no
    host.
  - Nothing secret is kept in the cache, only what the variables show.
seealso:
  - module: ownkey.acr.acr_cmk_registry_info
  - module: ownkey.acr.cmk_health_info
  - module: ownkey.acr.cmk_rotate
"""

EXAMPLES = r"""
# fleet.acr.yml
# ansible-inventory -i fleet.acr.yml --graph
# ansible-playbook -i fleet.acr.yml ownkey.acr.rotate -e acr_cmk_hosts=registries
plugin: ownkey.acr.registries
management_groups: [production]
encrypted_only: true
keyed_groups:
  - key: location
    prefix: region
  - key: encryption.rotation_mode
    prefix: rotation
groups:
  shared_key: encryption.key == 'platform-cmk'
filters:
  - exclude: tags.environment == 'sandbox'
compose:
  team: tags.team | default('platform')

---
# What is wrong, or older than 90 days, in two subscriptions
plugin: ownkey.acr.registries
subscriptions:
  - 00000000-0000-4000-8000-00000000ac12
  - 00000000-0000-4000-8000-00000000ac13
health: true
max_age: 90d
groups:
  in_trouble: acr_health.worst == 'error'
  not_seen: not acr_health.seen
  due: acr_health.key_age_days is not none and acr_health.key_age_days >= 90
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: .cache/inventory
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import azure_spec, wait_options
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.inventory.gather import gather
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory.scope import SEARCHES
from ansible_collections.ownkey.acr.plugins.plugin_utils._hosts import RegistryHosts

OPERATION = Operation(
    run=gather,
    spec=azure_spec(
        {
            "subscriptions": {"type": "list", "elements": "str", "default": []},
            "management_groups": {"type": "list", "elements": "str", "default": []},
            "encrypted_only": {"type": "bool", "default": False},
            "search": {"type": "str", "choices": list(SEARCHES), "default": "auto"},
            "allow_missing": {"type": "bool", "default": False},
            "health": {"type": "bool", "default": False},
            "max_age": {"type": "str"},
            "expiry_within": {"type": "str", "default": "30d"},
            "min_size": {"type": "int", "default": 2048, "choices": [2048, 3072, 4096]},
            "expect": {
                "type": "list",
                "elements": "str",
                "choices": ["content_trust", "long_task_logs"],
                "default": [],
            },
            **wait_options(),
        }
    ),
    clients=("registries", "keys", "identities", "vaults", "access", "subscriptions", "groups", "graph"),
)


class InventoryModule(RegistryHosts):
    """Registries as hosts."""

    NAME = "ownkey.acr.registries"
    operation = OPERATION
