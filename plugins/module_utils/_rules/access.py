# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Who can use a key: read from a vault's access policies or from role assignments.

Roles and verbs: Microsoft's guide, part 2, and the built-in roles page; ``docs/azure-behaviour.md``, "Roles".
"""

from __future__ import annotations

import dataclasses
import fnmatch
import typing
import uuid

from . import moments, resource_id

#: What a registry's identity needs, as access-policy verbs.
REGISTRY_VERBS = ("get", "wrapKey", "unwrapKey")
#: What a caller needs to make, look after and rotate keys, as access-policy verbs.
OFFICER_VERBS = (
    "get",
    "list",
    "create",
    "update",
    "import",
    "delete",
    "recover",
    "backup",
    "restore",
    "rotate",
    "getRotationPolicy",
    "setRotationPolicy",
)


@dataclasses.dataclass(frozen=True)
class Role:
    """A built-in role and the access-policy verbs that mean the same."""

    id: str
    name: str
    verbs: tuple[str, ...]


ROLES = {
    "service_encryption_user": Role(
        "e147488a-f6f5-4113-8e2d-b22465e65bf6", "Key Vault Crypto Service Encryption User", REGISTRY_VERBS
    ),
    "crypto_officer": Role("14b46e9e-c2b7-41b4-b07b-48a6ebf60603", "Key Vault Crypto Officer", OFFICER_VERBS),
}

#: What means the same in a Managed HSM. Its Crypto Officer is another thing than a vault's: it purges and recovers
#: deleted keys, and makes none ("Local RBAC built-in roles for Managed HSM").
LOCAL_ROLES = {
    "service_encryption_user": Role(
        "33413926-3206-4cdd-b39a-83574fe37a17", "Managed HSM Crypto Service Encryption User", REGISTRY_VERBS
    ),
    "crypto_officer": Role("21dbd100-6940-42c2-9190-5d6cb909625b", "Managed HSM Crypto User", OFFICER_VERBS),
}
#: Whoever is to see, recover or purge a deleted key of a Managed HSM needs this one.
LOCAL_RECOVERY_ROLE = "Managed HSM Crypto Officer"
HSM_TYPE = "Microsoft.KeyVault/managedHSMs"

#: Built-in roles by which a registry's identity can get, wrap and unwrap.
_REGISTRY_ROLES = {
    ROLES["service_encryption_user"].id: ROLES["service_encryption_user"].name,
    ROLES["crypto_officer"].id: ROLES["crypto_officer"].name,
    "12338af0-0e69-4776-bea7-57ae8d297424": "Key Vault Crypto User",
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
    **{role.id: role.name for role in LOCAL_ROLES.values()},
}
_OFFICER_ROLES = {
    LOCAL_ROLES["crypto_officer"].id: LOCAL_ROLES["crypto_officer"].name,
    ROLES["crypto_officer"].id: ROLES["crypto_officer"].name,
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
}
#: Built-in roles that certainly give no right to keys; any other role may be a custom one that does.
_HARMLESS = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "21090545-7ca7-4776-b22c-e363652d74d2",
    "8b54135c-b56d-4d72-a534-26097cfdc8d8",
    "f25e0fa2-a7c8-4377-a976-54943a77a395",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "4633458b-17de-408a-b874-0445c86b69e6",
    "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "8311e382-0749-4cb8-b61a-304f252e45ec",
    "c2f4ef07-c644-48eb-af81-4b1b4947fb11",
    # of a Managed HSM: Administrator, Crypto Officer, Policy Administrator, Crypto Auditor, Backup, Restore, Release
    "a290e904-7015-4bba-90c8-60543313cdb4",
    "515eb02d-2335-4d2d-92f2-b1cbdf9c3778",
    "4bd23610-cdcf-4971-bdee-bdc562cc28e4",
    "2c18b078-7c48-4d3a-af88-5a3a1b3f82b3",
    "7b127d3c-77bd-4e3e-bbe0-dbb8971fa7f8",
    "6efe6056-5259-49d2-8b3d-d3d73544b20b",
    "21dbd100-6940-42c2-9190-5d6cb909625c",
}


@dataclasses.dataclass(frozen=True)
class Grant:
    """Whether a principal can use the keys, and by what.

    ``allowed`` is None when it cannot be told. ``ways`` are ``{kind: role|policy, name, scope, created, id}``.
    ``other`` is a right that looks as if it were enough, and is not: ``{name, scope, active}``.
    """

    allowed: bool | None
    ways: tuple[dict[str, typing.Any], ...] = ()
    other: dict[str, typing.Any] | None = None


@dataclasses.dataclass(frozen=True)
class CustomRole:
    """What of a custom role concerns keys: whether it lets one unwrap, and whether it is enough for a registry."""

    name: str
    unwraps: bool
    enough: bool


def custom_role(definition: dict[str, typing.Any]) -> CustomRole:
    """A role that we do not know by its id, from Resource Manager's JSON of its definition."""
    properties = definition.get("properties") or {}

    def permits(action: str) -> bool:
        wanted = f"microsoft.keyvault/vaults/keys/{action}"

        def covered(patterns: typing.Iterable[str]) -> bool:
            return any(fnmatch.fnmatchcase(wanted, str(pattern).lower()) for pattern in patterns)

        return any(
            covered(one.get("dataActions") or []) and not covered(one.get("notDataActions") or [])
            for one in properties.get("permissions") or []
        )

    needed = ("read", "wrap/action", "unwrap/action")
    # there are built-in roles that we do not know by their ids
    kind = "role" if str(properties.get("type")).lower() == "builtinrole" else "custom role"
    name = f"the {kind} {properties.get('roleName') or definition.get('name')}"
    return CustomRole(name, permits("unwrap/action"), all(permits(action) for action in needed))


def unknown_roles(assignments: typing.Iterable[dict[str, typing.Any]]) -> dict[str, str]:
    """The role definitions that are not built in, as far as we know: GUID, and resource id to look it up by."""
    ids = {str(one["properties"]["roleDefinitionId"]) for one in assignments}
    known = _HARMLESS | set(_REGISTRY_ROLES) | set(_OFFICER_ROLES)
    return {role_guid(one): one for one in ids if role_guid(one) not in known}


def vault_access(vault: dict[str, typing.Any]) -> str:
    """A key store's permission model: ``rbac`` or ``policy`` of a vault, ``local`` of a Managed HSM."""
    if str(vault.get("type")).lower() == HSM_TYPE.lower():
        return "local"
    return "rbac" if (vault.get("properties") or {}).get("enableRbacAuthorization") else "policy"


def partial_hsm(host: str) -> dict[str, typing.Any]:
    """What stands for a Managed HSM of which only the address is known; its data plane says the rest."""
    properties = {"hsmUri": f"https://{host}/"}
    return {"id": "/", "name": host.split(".", 1)[0], "type": HSM_TYPE, "partial": True, "properties": properties}


def hsm_host(store: dict[str, typing.Any]) -> str:
    """The host of a Managed HSM."""
    return str(store["properties"]["hsmUri"]).removeprefix("https://").strip("/").lower()


def scope_of(store: dict[str, typing.Any], key_name: str | None = None) -> str:
    """The scope of a key store, or of one key of it, in its own kind of roles."""
    whole = "" if vault_access(store) == "local" else store["id"]
    return f"{whole}/keys/{key_name}" if key_name else whole or "/"


def role_in(store: dict[str, typing.Any], role: str) -> Role:
    """The built-in role of a key store's kind.

    :param role: a key of :data:`ROLES`.
    """
    return (LOCAL_ROLES if vault_access(store) == "local" else ROLES)[role]


def role_guid(role_definition_id: str) -> str:
    """The GUID at the end of a role definition's id; its prefix differs by who wrote it."""
    return role_definition_id.rsplit("/", 1)[-1].lower()


def assignment_name(*, scope: str, principal_id: str, role_id: str) -> str:
    """The name of the assignment that we make: the same for the same scope, principal and role.

    Names are GUIDs, unique in the tenant (Azure RBAC documentation, "Troubleshoot Azure RBAC").
    """
    text = f"{scope.rstrip('/').lower()}|{principal_id.lower()}|{role_id.lower()}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"ownkey.acr/{text}"))


def policy_of(vault: dict[str, typing.Any], principal_id: str) -> set[str]:
    """The key verbs, in lower case, that a vault's access policies give a principal."""
    verbs: set[str] = set()
    for entry in (vault.get("properties") or {}).get("accessPolicies") or []:
        if str(entry.get("objectId")).lower() == principal_id.lower():
            verbs |= {str(verb).lower() for verb in (entry.get("permissions") or {}).get("keys") or []}
    return verbs


def has_verbs(granted: set[str], needed: typing.Iterable[str]) -> bool:
    """Whether a policy's verbs cover the needed ones; ``all`` leaves out rotate and the rotation policy."""
    extra = {"purge", "rotate", "getrotationpolicy", "setrotationpolicy", "release"}
    return all(v.lower() in granted or ("all" in granted and v.lower() not in extra) for v in needed)


def way(assignment: dict[str, typing.Any], name: str) -> dict[str, typing.Any]:
    """A role assignment as one of a grant's ways."""
    properties = assignment["properties"]
    return {
        "kind": "role",
        "name": name,
        "scope": properties["scope"],
        "created": moments.epoch(properties.get("createdOn")),
        "id": assignment["id"],
    }


def ways(
    vault: dict[str, typing.Any],
    assignments: typing.Iterable[dict[str, typing.Any]],
    principal_id: str,
    key_name: str,
    *,
    customs: typing.Mapping[str, CustomRole] | None = None,
) -> list[dict[str, typing.Any]]:
    """Every way by which a principal can use a key, now or as soon as the vault's permission model is turned round.

    :param assignments: role assignments of the principal and of its groups, from a list at the key's scope.
    :param customs: what is known of custom roles, by GUID. One that lets nobody unwrap is no way; another is told and
        never taken away, since it may serve for more.
    :returns: ``{kind: role|policy, name, scope, id, direct, here, active, certain, removal}``. ``direct``: given to the
        principal itself, not to a group of it. ``here``: at the vault or at the key, not above. ``active``: by the
        model that the vault is in. ``certain``: False for a role that we do not know, which may be a custom one.
    """
    model, target = vault_access(vault), scope_of(vault, key_name)
    found = []
    for assignment in assignments:
        properties = assignment["properties"]
        guid = role_guid(properties["roleDefinitionId"])
        custom = (customs or {}).get(guid)
        if not resource_id.within(properties["scope"], target) or guid in _HARMLESS or (custom and not custom.unwraps):
            continue
        found.append(
            {
                "kind": "role",
                "name": custom.name if custom else _REGISTRY_ROLES.get(guid, f"a role that is not built in ({guid})"),
                "scope": properties["scope"],
                "id": assignment["id"],
                "direct": str(properties.get("principalId")).lower() == principal_id.lower(),
                # a Managed HSM's roles are all its own
                "here": model == "local" or resource_id.within(vault["id"], properties["scope"]),
                "active": model != "policy",
                "certain": guid in _REGISTRY_ROLES,
                "removal": _removal(vault, assignment, principal_id),
            }
        )
    if has_verbs(policy_of(vault, principal_id), ("unwrapKey",)):
        found.append(
            {
                "kind": "policy",
                "name": "access policy",
                "scope": vault["id"],
                "id": None,
                "direct": True,
                "here": True,
                "active": model == "policy",
                "certain": True,
                "removal": f"az keyvault delete-policy --name {vault['name']} --object-id {principal_id}",
            }
        )
    return found


def _removal(store: dict[str, typing.Any], assignment: dict[str, typing.Any], principal_id: str) -> str:
    """The command that would take a role assignment away."""
    if vault_access(store) != "local":
        return f"az role assignment delete --ids {assignment['id']}"
    properties = assignment["properties"]
    role = role_guid(properties["roleDefinitionId"])
    return (
        f"az keyvault role assignment delete --hsm-name {store['name']} --scope {properties['scope']} "
        f"--assignee-object-id {principal_id} --role {role}"
    )


def grant(
    vault: dict[str, typing.Any],
    assignments: typing.Iterable[dict[str, typing.Any]],
    principal_id: str,
    *,
    key_name: str | None = None,
    role: str = "service_encryption_user",
    customs: typing.Mapping[str, CustomRole] | None = None,
) -> Grant:
    """Whether a principal has what the role gives, by whichever model the vault is in.

    :param vault: the vault as Resource Manager's JSON has it.
    :param assignments: role assignments of the principal, from a list at the vault's scope.
    :param key_name: one key; an assignment at that key's own scope then counts too.
    :param role: ``service_encryption_user`` (a registry) or ``crypto_officer`` (a caller).
    """
    if vault_access(vault) == "policy":
        if has_verbs(policy_of(vault, principal_id), ROLES[role].verbs):
            return Grant(True, ({"kind": "policy", "name": "access policy", "scope": vault["id"], "created": None},))
        return Grant(False, other=_other(vault, assignments, principal_id))
    sufficient = _REGISTRY_ROLES if role == "service_encryption_user" else _OFFICER_ROLES
    assignments = list(assignments)
    ways, unknown = [], False
    target = scope_of(vault, key_name)
    for assignment in assignments:
        properties = assignment["properties"]
        if str(properties.get("principalId")).lower() != principal_id.lower():
            continue
        if not resource_id.within(properties["scope"], target):
            continue
        guid = role_guid(properties["roleDefinitionId"])
        custom = (customs or {}).get(guid)
        if guid in sufficient:
            ways.append(way(assignment, sufficient[guid]))
        elif custom and role == "service_encryption_user":
            ways += [way(assignment, custom.name)] if custom.enough else []
        elif guid not in _HARMLESS and guid not in _REGISTRY_ROLES:
            unknown = True
    if ways or unknown:
        return Grant(True if ways else None, tuple(ways))
    return Grant(False, other=_other(vault, assignments, principal_id))


def _other(
    vault: dict[str, typing.Any], assignments: typing.Iterable[dict[str, typing.Any]], principal_id: str
) -> dict[str, typing.Any] | None:
    """A right by the model that the vault is not in, or for another key of it."""
    by_role = vault_access(vault) != "policy"
    if by_role and has_verbs(policy_of(vault, principal_id), ("unwrapKey",)):
        return {"name": "an access policy", "scope": vault["id"], "active": False}
    for assignment in assignments:
        properties = assignment["properties"]
        guid = role_guid(properties["roleDefinitionId"])
        if str(properties.get("principalId")).lower() == principal_id.lower() and guid in _REGISTRY_ROLES:
            return {"name": f"the role {_REGISTRY_ROLES[guid]}", "scope": properties["scope"], "active": by_role}
    return None
