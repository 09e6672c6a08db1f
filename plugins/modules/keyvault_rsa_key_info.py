#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: keyvault_rsa_key_info
short_description: Facts of keys in a key vault
version_added: 1.0.0
description:
  - Returns one key, with its versions and rotation policy if asked for, or all keys of a vault.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._common.wait
  - ownkey.acr._attributes.info
  - ownkey.acr._attributes.actiongroup_azure
options:
  vault:
    description:
      - The vault, by name or address.
    type: str
    required: true
  name:
    description:
      - One key. If not set, all of the vault, which takes a request for each.
    type: str
  version:
    description:
      - One version of the key; the newest if not set.
    type: str
  versions:
    description:
      - Return all versions as well.
    type: bool
    default: false
  rotation_policy:
    description:
      - Return the rotation policy as well.
    type: bool
    default: false
  must_exist:
    description:
      - Fail if there is no key O(name).
    type: bool
    default: false
seealso:
  - module: ownkey.acr.keyvault_rsa_key
"""

EXAMPLES = r"""
- name: How old is the key?
  ownkey.acr.keyvault_rsa_key_info:
    vault: contoso-kv
    name: contosoacr-cmk
    versions: true
  register: found
"""

RETURN = r"""
found_keys:
  description: The keys.
  returned: success
  type: list
  elements: dict
  sample:
    - key_identifier: https://contoso-kv.vault.azure.net/keys/contosoacr-cmk/cfc33432d68370deac10fc77c35e5ee1
      versionless_key_identifier: https://contoso-kv.vault.azure.net/keys/contosoacr-cmk
      name: contosoacr-cmk
      version: cfc33432d68370deac10fc77c35e5ee1
      key_type: RSA
      size: 3072
      operations: [decrypt, encrypt, sign, unwrapKey, verify, wrapKey]
      enabled: true
      created: "2026-11-24T12:47:33Z"
      updated: "2026-11-24T12:47:33Z"
      not_before:
      expires_on:
      purge_protected: true
      recovery_level: Recoverable
      tags: {}
      age_days: 12
      usable_by_registries: true
requests:
  description: How many requests were sent to Azure, not counting those to sign in.
  returned: always
  type: int
  sample: 2
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import azure_spec, wait_options
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.key.info import gather

OPERATION = Operation(
    run=gather,
    spec=azure_spec(
        {
            "vault": {"type": "str", "required": True},
            "name": {"type": "str"},
            "version": {"type": "str"},
            "versions": {"type": "bool", "default": False},
            "rotation_policy": {"type": "bool", "default": False},
            "must_exist": {"type": "bool", "default": False},
            **wait_options(),
        },
        names="key",
    ),
    clients=("keys", "vaults", "access"),
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
