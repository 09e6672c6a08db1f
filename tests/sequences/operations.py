# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the steps of a sequence are drawn from."""

from __future__ import annotations

import typing

from support.small_world import HSM, PLACE, TO

KV = "https://contoso-kv.vault.azure.net/keys"
KEY = {"vault": "contoso-kv"}
HSM_KEY = {"vault": HSM, "name": "cmk"}
#: A module and its options.
Operation = tuple[str, dict[str, typing.Any]]

#: Operations that confirm nothing, whatever they ask for.
OWN: list[Operation] = [
    ("cmk_rotate", {**TO, "max_age": "0d"}),
    ("cmk_rotate", {**TO, "max_age": "0d", "pick_up": "wait"}),
    ("cmk_rotate", {**TO, "rotation_mode": "manual"}),
    ("cmk_rotate", {**TO, "rotation_mode": "automatic"}),
    ("cmk_rotate", {**TO, "key_identifier": f"{KV}/second"}),
    ("cmk_rotate", {**TO, "key_identifier": f"{KV}/cmk", "rotation_mode": "manual"}),
    ("cmk_rotate", {**TO, "key_identifier": f"{HSM}/keys/cmk"}),
    ("cmk_rotate", {**TO, "key_identifier": f"{HSM}/keys/cmk", "rotation_mode": "manual"}),
    ("cmk_rotate", {**TO, "identity": "second-id"}),
    ("cmk_rotate", {**TO, "identity": "contoso-id", "max_age": "0d"}),
    ("cmk_rotate", {**TO, "identity": "system"}),
    ("acr_cmk_registry", {"name": "contosoacr", "system_assigned_identity": True, "tags": {"a": "b"}, **PLACE}),
    ("acr_cmk_registry", {"name": "contosoacr", "identity": "second-id", "key_identifier": f"{KV}/second", **PLACE}),
    ("acr_cmk_registry", {"name": "contosoacr", "state": "absent", **PLACE}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "max_age": "0d"}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "expires_on": "2027-01-01"}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "state": "disabled"}),
    ("keyvault_rsa_key", {**KEY, "name": "cmk", "state": "absent"}),
    ("keyvault_rsa_key", {**KEY, "name": "second", "state": "absent", "purge": True}),
    ("keyvault_rsa_key", {**KEY, "name": "second", "state": "disabled"}),
    ("keyvault_rsa_key", {**HSM_KEY, "max_age": "0d"}),
    ("keyvault_rsa_key", {**HSM_KEY, "state": "disabled"}),
    ("keyvault_rsa_key", {**HSM_KEY, "state": "absent"}),
    ("keyvault_key_access", {"vault": HSM, "identity": "contoso-id", "state": "absent", **PLACE}),
    ("keyvault_key_access", {"vault": HSM, "identity": "second-id", **PLACE}),
    ("keyvault_key_access", {"vault": "contoso-kv", "identity": "contoso-id", "state": "absent", **PLACE}),
    ("keyvault_key_access", {"vault": "contoso-kv", "identity": "second-id", "state": "absent", **PLACE}),
    ("keyvault_key_access", {"vault": "contoso-kv", "identity": "second-id", **PLACE}),
    ("managed_identity", {"name": "contoso-id", "state": "absent", **PLACE}),
    ("managed_identity", {"name": "second-id", "state": "absent", **PLACE}),
    ("keyvault", {"name": "contoso-kv", "state": "absent", **PLACE}),
    ("keyvault", {"name": "contoso-kv", "access": "policy", **PLACE}),
    ("keyvault", {"name": "contoso-kv", "network_acls": {"bypass": "None"}, **PLACE}),
    ("keyvault", {"name": "contoso-kv", "public_network_access": "Disabled", **PLACE}),
    ("resource_group", {"name": "contoso", "state": "absent"}),
    ("cmk_revoke", {**TO}),
    ("cmk_revoke", {**TO, "revoke_by": "delete_key"}),
    ("cmk_restore", {**TO}),
]
#: The ways to lock a registry out of its data.
REVOKE: list[dict[str, str]] = [
    {"revoke_by": "access"},
    {"revoke_by": "disable_key"},
    {"revoke_by": "disable_key", "key_versions": "in_use"},
    {"revoke_by": "delete_key"},
]
