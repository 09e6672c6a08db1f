# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations that the sweep tries: each module in each of its ways, and the playbooks' sequences of them."""

from __future__ import annotations

import dataclasses
import typing

Options = dict[str, typing.Any]
Call = tuple[str, Options]


@dataclasses.dataclass(frozen=True)
class Case:
    """One operation, or several in a row, and what it begins from.

    :param start: the state to begin from, a name of :data:`STATES`.
    :param calls: modules with their options; the first failure ends them.
    :param before: what is done first, undisturbed.
    :param loses: whether data may become unreadable: it was confirmed.
    :param repeats: running it again makes another version, as asked for (``max_age: 0d``).
    :param settings: settings of the local Azure.
    :param advance: seconds that pass after the preparation.
    :param pairs: whether two faults in one run are tried.
    :param several: each call is a playbook of its own, so that the one that did not end well is begun anew, not all.
    :param deep: whether faults are tried at sign-in and at the registry's data plane too.
    """

    start: str
    calls: tuple[Call, ...]
    before: tuple[Call, ...] = ()
    loses: bool = False
    repeats: bool = False
    settings: Options = dataclasses.field(default_factory=dict)
    advance: float = 0.0
    pairs: bool = False
    several: bool = False
    deep: bool = False


PLACE: Options = {"resource_group": "contoso"}
WEST: Options = {"location": "westeurope"}
CONFIRM: Options = {"confirm": ["contosoacr"]}
TO: Options = {"registries": ["contosoacr"], **PLACE}
BOTH: Options = {"registries": ["contosoacr", "fabrikamacr"], **PLACE}
KV = "https://contoso-kv.vault.azure.net/keys"
HSM = "https://contosohsm.managedhsm.azure.net"
KEY: Options = {"vault": "contoso-kv", "name": "cmk"}
SECOND: Options = {"vault": "contoso-kv", "name": "second"}
HSM_KEY: Options = {"vault": HSM, "name": "cmk"}
REGISTRY: Options = {"name": "contosoacr", **PLACE}
POLICY: Options = {"rotate_after_creation": "P90D", "notify_before_expiry": "P30D", "expiry_time": "P1Y"}

GROUP: Call = ("resource_group", {"name": "contoso", **WEST})
IDENTITY: Call = ("managed_identity", {"name": "contoso-id", **PLACE, **WEST})
VAULT: Call = ("keyvault", {"name": "contoso-kv", **PLACE, **WEST})
CALLER: Call = ("keyvault_key_access", {"vault": "contoso-kv", "caller": True, **PLACE})
ACCESS: Call = ("keyvault_key_access", {"vault": "contoso-kv", "identity": "contoso-id", **PLACE})
MAKE_KEY: Call = ("keyvault_rsa_key", KEY)
MAKE: Call = ("acr_cmk_registry", {**REGISTRY, **WEST, "identity": "contoso-id", "key_identifier": f"{KV}/cmk"})
SECOND_KEY: Call = ("keyvault_rsa_key", SECOND)
SECOND_ID: tuple[Call, ...] = (
    ("managed_identity", {"name": "second-id", **PLACE, **WEST}),
    ("keyvault_key_access", {"vault": "contoso-kv", "identity": "second-id", **PLACE}),
)
SYSTEM: tuple[Call, ...] = (
    ("acr_cmk_registry", {**REGISTRY, "system_assigned_identity": True}),
    ("keyvault_key_access", {"vault": "contoso-kv", "principal_id": "{system}", **PLACE}),
)
FABRIKAM: Call = ("acr_cmk_registry", {**MAKE[1], "name": "fabrikamacr"})
HSM_RIGHT: Call = ("keyvault_key_access", {"vault": HSM, "identity": "contoso-id", "key": "cmk", **PLACE})
HSM_ALL: tuple[Call, ...] = (
    GROUP,
    IDENTITY,
    ("keyvault_key_access", {"vault": HSM, "caller": True, "key": "cmk"}),
    ("keyvault_rsa_key", HSM_KEY),
    HSM_RIGHT,
    ("acr_cmk_registry", {**MAKE[1], "key_identifier": f"{HSM}/keys/cmk"}),
)
POLICY_VAULT: Call = ("keyvault", {**VAULT[1], "access": "policy"})
OPEN_VAULT: Call = ("keyvault", {**VAULT[1], "purge_protection": False})

#: How each state is made. A registry in one of them holds an image.
STATES: dict[str, tuple[Call, ...]] = {
    "nothing": (),
    "group": (GROUP,),
    "vault": (GROUP, IDENTITY, VAULT, CALLER, ACCESS, MAKE_KEY),
    "policy vault": (GROUP, IDENTITY, POLICY_VAULT, CALLER, ACCESS, MAKE_KEY),
    "open vault": (GROUP, IDENTITY, OPEN_VAULT, CALLER, ACCESS, MAKE_KEY),
    "registry": (GROUP, IDENTITY, VAULT, CALLER, ACCESS, MAKE_KEY, MAKE),
    "plain and registry": (GROUP, IDENTITY, VAULT, CALLER, ACCESS, MAKE_KEY, MAKE),
    "two registries": (GROUP, IDENTITY, VAULT, CALLER, ACCESS, MAKE_KEY, MAKE, FABRIKAM),
    "policy registry": (GROUP, IDENTITY, POLICY_VAULT, CALLER, ACCESS, MAKE_KEY, MAKE),
    "hsm": HSM_ALL[:-1],
    "hsm registry": HSM_ALL,
}

#: A registry without a key of its own, from which another is filled.
OLD = "oldacr"
MOVE: Call = ("acr_cmk_move", {**REGISTRY, "source": OLD})
FINISH: Call = ("acr_cmk_move", {**MOVE[1], "finish": True})
MANUAL: Call = ("cmk_rotate", {**TO, "rotation_mode": "manual"})


def _one(start: str, module: str, options: Options, *before: Call, **more: typing.Any) -> Case:
    return Case(start, ((module, options),), before, **more)


def _by_way(way: Options, start: str = "registry", to: Options | None = None) -> dict[str, Case]:
    """A revocation, and the restoration after it."""
    words = "hsm: " if start.startswith("hsm") else "policy: " if start.startswith("policy") else ""
    name = words + (" ".join(str(value) for value in way.values()) or "access")
    to = to or TO
    revoke: Call = ("cmk_revoke", {**to, **way, **CONFIRM})
    return {
        f"revoke: {name}": Case(start, (revoke,), loses=True),
        f"restore after: {name}": Case(start, (("cmk_restore", to),), (revoke,)),
    }


CASES: dict[str, Case] = {
    # --- groups, identities, vaults, access
    "group: create": _one("nothing", "resource_group", {**GROUP[1], "tags": {"a": "b"}}),
    "group: tags": _one("vault", "resource_group", {"name": "contoso", "tags": {"a": "b"}}),
    "group: nothing to do": _one("vault", *GROUP),
    "group: delete": _one("registry", "resource_group", {"name": "contoso", "state": "absent", **CONFIRM}, loses=True),
    "identity: create": _one("group", "managed_identity", {**IDENTITY[1], "tags": {"a": "b"}}),
    "identity: tags": _one("vault", "managed_identity", {"name": "contoso-id", "tags": {"a": "b"}, **PLACE}),
    "identity: delete": _one(
        "registry", "managed_identity", {"name": "contoso-id", "state": "absent", **PLACE, **CONFIRM}, loses=True
    ),
    "vault: create": _one("group", "keyvault", {**VAULT[1], "tags": {"a": "b"}, "soft_delete_retention_days": 7}),
    "vault: create with policies": _one("group", *POLICY_VAULT),
    "vault: change": _one("vault", "keyvault", {"name": "contoso-kv", "sku": "premium", "tags": {"a": "b"}, **PLACE}),
    "vault: nothing to do": _one("vault", *VAULT),
    "vault: firewall": _one(
        "registry",
        "keyvault",
        {"name": "contoso-kv", "network_acls": {"ip_rules": ["203.0.113.0/24"]}, **PLACE, **CONFIRM},
        loses=True,
    ),
    "vault: move of access": _one(
        "policy registry", "keyvault", {"name": "contoso-kv", "access": "rbac", "move_access": True, **PLACE, **CONFIRM}
    ),
    "vault: delete": _one(
        "registry", "keyvault", {"name": "contoso-kv", "state": "absent", **PLACE, **CONFIRM}, loses=True
    ),
    "vault: recover": _one(
        "vault",
        "keyvault",
        {"name": "contoso-kv", "recover": True, **PLACE, **WEST},
        ("keyvault", {"name": "contoso-kv", "state": "absent", **PLACE}),
    ),
    "vault: delete and purge": _one(
        "open vault", "keyvault", {"name": "contoso-kv", "state": "absent", "purge": True, **PLACE}, loses=True
    ),
    "access: give": _one("vault", *SECOND_ID[1], *SECOND_ID[:1]),
    "access: give for one key": _one("vault", "keyvault_key_access", {**SECOND_ID[1][1], "key": "cmk"}, *SECOND_ID[:1]),
    "access: give by policy": _one("policy vault", *SECOND_ID[1], *SECOND_ID[:1]),
    "access: nothing to do": _one("vault", *ACCESS),
    "access: take": _one("registry", "keyvault_key_access", {**ACCESS[1], "state": "absent", **CONFIRM}, loses=True),
    "access: take by policy": _one(
        "policy registry", "keyvault_key_access", {**ACCESS[1], "state": "absent", **CONFIRM}, loses=True
    ),
    # --- keys
    "key: create": _one(
        "vault", "keyvault_rsa_key", {**SECOND, "tags": {"a": "b"}, "rotation_policy": POLICY}, pairs=True
    ),
    "key: change": _one(
        "vault",
        "keyvault_rsa_key",
        {**KEY, "tags": {"a": "b"}, "expires_on": "2040-01-01", "operations": ["wrapKey", "unwrapKey"]},
    ),
    "key: policy": _one("vault", "keyvault_rsa_key", {**KEY, "rotation_policy": POLICY}),
    "key: nothing to do": _one("vault", *MAKE_KEY),
    "key: rotate": _one("vault", "keyvault_rsa_key", {**KEY, "max_age": "90d"}, advance=91 * 86400, pairs=True),
    "key: another size": _one("vault", "keyvault_rsa_key", {**KEY, "size": 3072}),
    "key: disable": _one("registry", "keyvault_rsa_key", {**KEY, "state": "disabled", **CONFIRM}, loses=True),
    "key: enable": _one(
        "registry",
        "keyvault_rsa_key",
        {**KEY, "version": "all"},
        ("keyvault_rsa_key", {**KEY, "state": "disabled", **CONFIRM}),
    ),
    "key: delete": _one("registry", "keyvault_rsa_key", {**KEY, "state": "absent", **CONFIRM}, loses=True),
    "key: recover": _one(
        "registry",
        "keyvault_rsa_key",
        {**KEY, "recover": True},
        ("keyvault_rsa_key", {**KEY, "state": "absent", **CONFIRM}),
    ),
    "key: delete and purge": _one(
        "open vault",
        "keyvault_rsa_key",
        {**KEY, "state": "absent", "purge": True},
        loses=True,
    ),
    "key: purge": _one(
        "open vault",
        "keyvault_rsa_key",
        {**KEY, "state": "absent", "purge": True},
        ("keyvault_rsa_key", {**KEY, "state": "absent"}),
        loses=True,
    ),
    "key: backup": _one("vault", "keyvault_rsa_key", {**KEY, "backup_file": "{folder}/cmk.backup"}),
    # --- registries
    "registry: create": _one(
        "vault",
        "acr_cmk_registry",
        {
            **MAKE[1],
            "tags": {"a": "b"},
            "system_assigned_identity": True,
            "replicas": [{"location": "northeurope"}],
        },
        pairs=True,
    ),
    "registry: settings": _one(
        "registry",
        "acr_cmk_registry",
        {
            **REGISTRY,
            "admin_user_enabled": True,
            "network_rule_set": {"ip_rules": ["198.51.100.0/24"]},
            "tags": {"a": "b"},
        },
    ),
    "registry: replica": _one("registry", "acr_cmk_registry", {**REGISTRY, "replicas": [{"location": "northeurope"}]}),
    "registry: nothing to do": _one("registry", *MAKE),
    # --- a registry's contents
    "move: copy": _one("plain and registry", *MOVE, deep=True),
    "move: nothing to do": _one("plain and registry", *MOVE, MOVE),
    "move: finish": _one("plain and registry", *FINISH, MOVE),
    "move: all at once": _one("plain and registry", *FINISH),
    "registry: another identity": _one(
        "registry", "acr_cmk_registry", {**REGISTRY, "identity": "second-id"}, *SECOND_ID
    ),
    "registry: another key": _one(
        "registry", "acr_cmk_registry", {**REGISTRY, "key_identifier": f"{KV}/second", "verify_data": True}, SECOND_KEY
    ),
    "registry: delete": _one("registry", "acr_cmk_registry", {**REGISTRY, "state": "absent", **CONFIRM}, loses=True),
    # --- rotation
    "rotate: automatic": _one(
        "registry", "cmk_rotate", {**TO, "max_age": "90d", "verify_data": True}, advance=91 * 86400, pairs=True
    ),
    "rotate: automatic, in any case": _one("registry", "cmk_rotate", {**TO, "max_age": "0d"}, repeats=True),
    "rotate: manual": _one(
        "registry", "cmk_rotate", {**TO, "max_age": "90d", "verify_data": True}, MANUAL, advance=91 * 86400, pairs=True
    ),
    "rotate: manual, in any case": _one("registry", "cmk_rotate", {**TO, "max_age": "0d"}, MANUAL, repeats=True),
    "rotate: pick_up wait": _one(
        "registry", "cmk_rotate", {**TO, "max_age": "90d", "pick_up": "wait"}, advance=91 * 86400
    ),
    "rotate: two registries": _one("two registries", "cmk_rotate", {**BOTH, "max_age": "90d"}, advance=91 * 86400),
    "rotate: to manual": _one("registry", *MANUAL),
    "rotate: to automatic": _one("registry", "cmk_rotate", {**TO, "rotation_mode": "automatic"}, MANUAL),
    "rotate: nothing is due": _one("registry", "cmk_rotate", {**TO, "max_age": "90d"}),
    "rotate: another key": _one("registry", "cmk_rotate", {**TO, "key_identifier": f"{KV}/second"}, SECOND_KEY),
    "rotate: another identity": _one("registry", "cmk_rotate", {**TO, "identity": "second-id"}, *SECOND_ID),
    "rotate: to a Managed HSM": _one(
        "hsm and vault", "cmk_rotate", {**TO, "vault": HSM, "key": "cmk", "verify_data": True}
    ),
    # --- revocation, restoration
    **_by_way({}),
    **_by_way({"revoke_by": "disable_key"}),
    **_by_way({"revoke_by": "disable_key", "key_versions": "in_use"}),
    **_by_way({"revoke_by": "delete_key"}),
    **_by_way({}, "policy registry"),
    **_by_way({}, "hsm registry"),
    **_by_way({"revoke_by": "disable_key"}, "hsm registry"),
    "restore after: vault deleted": _one(
        "registry", "cmk_restore", TO, ("keyvault", {"name": "contoso-kv", "state": "absent", **PLACE, **CONFIRM})
    ),
    "restore: nothing to do": _one("registry", "cmk_restore", TO),
    # --- what there is
    "info: registry": _one("registry", "acr_cmk_registry_info", REGISTRY),
    "info: registries": _one("two registries", "acr_cmk_registry_info", {"subscriptions": ["all"]}),
    "info: key": _one("registry", "keyvault_rsa_key_info", {**KEY, "versions": True, "rotation_policy": True}),
    "info: keys": _one("registry", "keyvault_rsa_key_info", {"vault": "contoso-kv"}, SECOND_KEY),
    "info: dependents": _one("two registries", "cmk_dependents_info", {"vault": "contoso-kv"}),
    "health": _one("registry", "cmk_health_info", {**TO, "max_age": "90d"}),
    "health of a locked one": _one("registry", "cmk_health_info", TO, ("cmk_revoke", {**TO, **CONFIRM})),
    # --- Managed HSM
    "hsm: key: create": _one(
        "hsm",
        "keyvault_rsa_key",
        {**HSM_KEY, "name": "second"},
        ("keyvault_key_access", {"vault": HSM, "caller": True, "key": "second"}),
    ),
    "hsm: key: rotate": _one("hsm", "keyvault_rsa_key", {**HSM_KEY, "max_age": "90d"}, advance=91 * 86400),
    "hsm: access: give": _one("hsm", "keyvault_key_access", {**HSM_RIGHT[1], "identity": "second-id"}, *SECOND_ID[:1]),
    "hsm: access: take": _one(
        "hsm registry", "keyvault_key_access", {**HSM_RIGHT[1], "state": "absent", **CONFIRM}, loses=True
    ),
    "hsm: registry: create": _one("hsm", *HSM_ALL[-1]),
    "hsm: rotate": _one("hsm registry", "cmk_rotate", {**TO, "max_age": "90d"}, advance=91 * 86400),
    "hsm: health": _one("hsm registry", "cmk_health_info", TO),
    # --- the playbooks' sequences
    "playbook: create": Case("nothing", (GROUP, VAULT, CALLER, MAKE_KEY, IDENTITY, ACCESS, MAKE), pairs=False),
    "playbook: create, then all of the life": Case(
        "vault",
        (
            MAKE,
            ("cmk_rotate", {**TO, "rotation_mode": "manual", "verify_data": True}),
            ("cmk_revoke", {**TO, **CONFIRM}),
            ("cmk_restore", TO),
            ("cmk_health_info", TO),
        ),
        loses=True,
        several=True,
    ),
}
STATES["hsm and vault"] = (*STATES["registry"], *HSM_ALL[2:5])

#: One case of each module, at least.
for _name in (
    "group: create",
    "identity: create",
    "vault: create",
    "access: give",
    "key: rotate",
    "registry: another key",
    "rotate: automatic",
    "revoke: access",
    "restore after: access",
    "info: registry",
    "info: key",
    "info: dependents",
    "health",
    "hsm: key: rotate",
):
    CASES[_name] = dataclasses.replace(CASES[_name], deep=True)
