#!/usr/bin/python

# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: keyvault_rsa_key
short_description: Keep an RSA key in a key vault or Managed HSM
version_added: 1.0.0
description:
  - Creates an RSA or RSA-HSM key, imports one, keeps its attributes, tags, operations and rotation policy, makes a new
    version when the newest is too old, disables, deletes and recovers it.
  - A key or a version of it that a registry still uses is not disabled, deleted or purged unless O(confirm) names the
    registry.
author: "the ownkey.acr authors (@ownkey)"
extends_documentation_fragment:
  - ownkey.acr._auth
  - ownkey.acr._common.tags
  - ownkey.acr._common.wait
  - ownkey.acr._common.confirm
  - ownkey.acr._common.record
  - ownkey.acr._attributes
  - ownkey.acr._attributes.actiongroup_azure
options:
  vault:
    description:
      - The vault by name or address, or a Managed HSM by its address, as V(https://contosohsm.managedhsm.azure.net).
    type: str
    required: true
  name:
    description:
      - Name of the key, 1 to 127 letters, digits and hyphens.
    type: str
    required: true
  version:
    description:
      - One version of the key, or V(all).
      - With O(state=present) the newest if not set, with O(state=disabled) all of them.
    type: str
  size:
    description:
      - Bits of the modulus, V(2048), V(3072) or V(4096). A new key has V(2048).
      - An existing key of another size gets a new version.
    type: int
  hsm:
    description:
      - Keep the key in hardware (type RSA-HSM). Needs a premium vault; in a Managed HSM every key is such.
    type: bool
    default: false
  operations:
    description:
      - What the key may be used for. A registry needs V(wrapKey) and V(unwrapKey).
    type: list
    elements: str
    choices: [decrypt, encrypt, sign, unwrapKey, verify, wrapKey]
  not_before:
    description:
      - From when on the key is valid, ISO 8601.
    type: str
  expires_on:
    description:
      - Until when the key is valid, ISO 8601. Images stay readable with an expired key, but nothing new can be wrapped.
    type: str
  max_age:
    description:
      - Make a new version if the newest one is at least this old, as V(90d), V(12h) or V(P90D).
      - The registries on it are not looked at; M(ownkey.acr.cmk_rotate) does that too.
    type: str
  rotation_policy:
    description:
      - Have Key Vault make new versions by itself. Compared by meaning, so V(P1Y) and V(P12M) are the same.
      - What is not said of it stays as it is; Key Vault itself adds a notification 30 days before expiry.
      - A policy that rotates before expiry needs one. A key that this task makes gets it from
        O(rotation_policy.expiry_time); of a key that is there without one the task warns.
    type: dict
    suboptions:
      rotate_after_creation:
        description: Make a new version this long after the newest was made; at least 7 days.
        type: str
      rotate_before_expiry:
        description: Make a new version this long before the newest expires; at least 7 days.
        type: str
      notify_before_expiry:
        description: Send the event of a near expiry this long before it; at least 7 days.
        type: str
      expiry_time:
        description: How long new versions are valid; at least 28 days.
        type: str
  import_file:
    description:
      - A PEM file on the controller with the RSA private key to import.
    type: path
  import_pem:
    description:
      - The RSA private key to import, as PEM text.
    type: str
  import_passphrase:
    description:
      - The passphrase of an encrypted PEM.
    type: str
  backup_file:
    description:
      - A file on the controller in which to keep a backup of the key with all its versions, as Key Vault seals it.
      - Written if it is not there, or is older than the newest version; readable by its owner alone. Only Key Vault can
        open it, and only in the same subscription and geography.
    type: path
  restore_file:
    description:
      - A backup from which to restore the key, with all its versions, if it is not there.
    type: path
  recover:
    description:
      - Recover the key if it is soft-deleted; then all else that is asked for is seen to as well.
    type: bool
    default: false
  purge:
    description:
      - With O(state=absent), also purge the deleted key, for good.
    type: bool
    default: false
  state:
    description:
      - V(present) creates, changes and enables; V(disabled) disables; V(absent) deletes all versions.
    type: str
    default: present
    choices: [absent, disabled, present]
seealso:
  - module: ownkey.acr.cmk_rotate
  - module: ownkey.acr.keyvault_rsa_key_info
"""

EXAMPLES = r"""
- name: The registry's key
  ownkey.acr.keyvault_rsa_key:
    vault: contoso-kv
    name: contosoacr-cmk
    size: 3072
    rotation_policy:
      rotate_after_creation: P90D
      expiry_time: P2Y

- name: The key, with a backup that is renewed after each rotation
  ownkey.acr.keyvault_rsa_key:
    vault: contoso-kv
    name: contosoacr-cmk
    backup_file: /secure/contosoacr-cmk.backup

- name: Bring a deleted key back
  ownkey.acr.keyvault_rsa_key:
    vault: contoso-kv
    name: contosoacr-cmk
    recover: true
"""

RETURN = r"""
key:
  description: The newest version, or the one asked for; null in check mode for a key that is not there yet.
  returned: when O(state=present)
  type: dict
  sample:
    key_identifier: https://contoso-kv.vault.azure.net/keys/contosoacr-cmk/cfc33432d68370deac10fc77c35e5ee1
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
key_identifier:
  description: The key identifier with version, for manual rotation.
  returned: when O(state=present)
  type: str
  sample: https://contoso-kv.vault.azure.net/keys/contosoacr-cmk/cfc33432d68370deac10fc77c35e5ee1
versionless_key_identifier:
  description: The key identifier without version, for automatic rotation.
  returned: always
  type: str
  sample: https://contoso-kv.vault.azure.net/keys/contosoacr-cmk
confirm:
  description:
    - What O(confirm) has to name for it, registries first. A name, or what tells two of one name apart (login server, id).
  returned: when O(state=disabled) or O(state=absent)
  type: list
  elements: str
  sample:
    - contosoacr
would_lose_access:
  description: The registries that use the key.
  returned: when O(state=disabled) or O(state=absent)
  type: list
  elements: dict
  sample: []
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
  sample: ["create the RSA 3072 key contosoacr-cmk"]
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
  sample: 3
"""

from ansible_collections.ownkey.acr.plugins.module_utils._argspec import (
    changing_spec,
    confirm_options,
    tags_options,
    wait_options,
)
from ansible_collections.ownkey.acr.plugins.module_utils._module import run_module
from ansible_collections.ownkey.acr.plugins.module_utils._operation import Operation
from ansible_collections.ownkey.acr.plugins.module_utils._operations.key.ensure import ensure

OPERATION = Operation(
    run=ensure,
    spec=changing_spec(
        {
            "vault": {"type": "str", "required": True},
            "name": {"type": "str", "required": True},
            "version": {"type": "str"},
            "size": {"type": "int"},
            "hsm": {"type": "bool", "default": False},
            "operations": {
                "type": "list",
                "elements": "str",
                "choices": ["decrypt", "encrypt", "sign", "unwrapKey", "verify", "wrapKey"],
            },
            "not_before": {"type": "str"},
            "expires_on": {"type": "str"},
            "max_age": {"type": "str"},
            "rotation_policy": {
                "type": "dict",
                "options": {
                    "rotate_after_creation": {"type": "str"},
                    "rotate_before_expiry": {"type": "str"},
                    "notify_before_expiry": {"type": "str"},
                    "expiry_time": {"type": "str"},
                },
            },
            "import_file": {"type": "path"},
            "import_pem": {"type": "str", "no_log": True},
            "import_passphrase": {"type": "str", "no_log": True},
            "backup_file": {"type": "path"},
            "restore_file": {"type": "path"},
            "recover": {"type": "bool", "default": False},
            "purge": {"type": "bool", "default": False},
            "state": {"type": "str", "default": "present", "choices": ["absent", "disabled", "present"]},
            **tags_options(),
            **wait_options(),
            **confirm_options(),
        },
        mutually_exclusive=(
            ("import_file", "import_pem"),
            ("version", "max_age"),
            ("import_file", "size"),
            ("import_pem", "size"),
            ("restore_file", "import_file", "import_pem"),
        ),
        names="key",
    ),
    clients=("keys", "vaults", "access", "registries", "subscriptions", "graph"),
    name="keyvault_rsa_key",
)


def main() -> None:
    run_module(OPERATION)


if __name__ == "__main__":
    main()
