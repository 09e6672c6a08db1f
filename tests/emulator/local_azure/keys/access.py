# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may do what with a key: the vault's firewall first, then its roles or its access policies."""

from __future__ import annotations

import ipaddress
import typing

from ..authorization.decide import allowed
from ..managed_hsms import errors as hsm_errors
from ..managed_hsms import roles as hsm_roles
from ..world import World, lower
from . import errors

#: Access-policy verb for each operation, with the data action that role-based access asks for.
ACTIONS = {
    "get": "keys/read",
    "list": "keys/read",
    "create": "keys/create/action",
    "update": "keys/update/action",
    "import": "keys/import/action",
    "delete": "keys/delete",
    "recover": "keys/recover/action",
    "purge": "keys/purge/action",
    "backup": "keys/backup/action",
    "restore": "keys/restore/action",
    "rotate": "keys/rotate/action",
    "wrapKey": "keys/wrap/action",
    "unwrapKey": "keys/unwrap/action",
    "encrypt": "keys/encrypt/action",
    "decrypt": "keys/decrypt/action",
    "sign": "keys/sign/action",
    "verify": "keys/verify/action",
    "getrotationpolicy": "keyrotationpolicies/read",
    "setrotationpolicy": "keyrotationpolicies/write",
}

#: The data action of a Managed HSM's local roles where it does not have a vault's name.
_LOCAL = {
    "get": "keys/read/action",
    "list": "keys/read/action",
    "create": "keys/create",
    "update": "keys/write/action",
    "recover": "keys/deletedKeys/recover/action",
    "purge": "keys/deletedKeys/delete",
    "getrotationpolicy": "keys/read/action",
    "setrotationpolicy": "keys/write/action",
    "random": "rng/action",
}

#: What "all" in an access policy leaves out (recorded: the CLI's own tests add them beside it, and with "rotate" and
#: "all" read and set a rotation policy).
_NOT_IN_ALL = {"purge", "rotate", "release"}


def _pass_firewall(world: World, vault: dict[str, typing.Any], caller: dict[str, typing.Any]) -> None:
    properties = vault["properties"]
    if str(properties.get("publicNetworkAccess")).lower() == "securedbyperimeter":
        _pass_perimeter(world, vault, caller)
        return
    acls = properties.get("networkAcls") or {}
    public_off = str(properties.get("publicNetworkAccess", "Enabled")).lower() == "disabled"
    denied = public_off or str(acls.get("defaultAction", "Allow")).lower() == "deny"
    if not denied:
        return
    service = caller.get("trusted_service")
    if not service and not public_off:
        for rule in acls.get("ipRules", []):
            if ipaddress.ip_address(world.settings.client_address) in ipaddress.ip_network(rule["value"], strict=False):
                return
    trusted = service == "system" or (service == "user" and world.settings.user_assigned_bypass)
    bypass = str(acls.get("bypass", "AzureServices")).lower() == "azureservices"
    if trusted and bypass:
        return
    if public_off:
        raise errors.public_access_off(vault, caller)
    address = "20.50.0.1" if service else world.settings.client_address
    raise errors.firewall(vault, caller, address, trusted_ignored=trusted and not bypass)


def _pass_perimeter(world: World, vault: dict[str, typing.Any], caller: dict[str, typing.Any]) -> None:
    """The perimeter's own rules alone decide, for services too; nothing of the vault shows them."""
    rules = world.data["perimeters"].get(vault["name"].lower(), {"addresses": [], "services": False})
    address = "20.50.0.1" if caller.get("trusted_service") else world.settings.client_address
    networks = [ipaddress.ip_network(one, strict=False) for one in rules["addresses"]]
    if caller.get("trusted_service"):
        inside = rules["services"]
    else:
        inside = any(ipaddress.ip_address(address) in network for network in networks)
    if not inside:
        raise errors.perimeter(vault, caller, address)


def _is_about(policy: dict[str, typing.Any], caller: dict[str, typing.Any]) -> bool:
    """Whether an access policy is the caller's; one with an application counts for a person through it alone."""
    if policy["objectId"].lower() != caller.get("oid", "").lower():
        return False
    application = (policy.get("applicationId") or "").lower()
    return not application or ("scp" in caller and application == caller.get("appid", "").lower())


def require(
    world: World,
    vault: dict[str, typing.Any],
    caller: dict[str, typing.Any],
    verb: str,
    key: str = "",
    *,
    deleted: bool = False,
) -> None:
    """Let a caller pass who may do this, refuse any other.

    :param caller: token claims; ``trusted_service`` in them marks Azure's own registry service, with the kind of
        identity (``user`` or ``system``) that it acts as.
    :param verb: an access-policy verb, a key of :data:`ACTIONS`.
    :param deleted: it is about a deleted key, which a Managed HSM has a right of its own for.
    :raises Refusal: as the data plane answers, see :mod:`.errors`.
    """
    _pass_firewall(world, vault, caller)
    principal = caller.get("oid", "")
    if vault.get("kind") == "managed_hsm":
        action = "keys/deletedKeys/read/action" if deleted else _LOCAL.get(verb) or ACTIONS[verb]
        scope = f"/keys/{key}" if key else "/keys"
        if not hsm_roles.allowed(world, vault, principal, action, scope):
            raise hsm_errors.denied(action, scope)
        return
    if vault["properties"].get("enableRbacAuthorization"):
        action = f"Microsoft.KeyVault/vaults/{ACTIONS[verb]}"
        scope = lower(vault["id"]) + (f"/keys/{key.lower()}" if key else "")
        if not allowed(world, principal, action, scope, data=True):
            raise errors.denied_by_role(vault, caller, action, key)
        return
    for policy in vault["properties"].get("accessPolicies", []):
        granted = {v.lower() for v in policy["permissions"].get("keys", [])}
        if _is_about(policy, caller) and (
            verb.lower() in granted or ("all" in granted and verb.lower() not in _NOT_IN_ALL)
        ):
            return
    raise errors.denied_by_policy(vault, caller, verb)
