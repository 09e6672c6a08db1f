# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Vaults: create, change, read, list, access policies, soft delete, recover, purge."""

from __future__ import annotations

import copy
import re
import typing

from ..clock import iso_plain
from ..clouds import CLOUDS
from ..resource_manager import addresses, lists, operations, regions, system_data, tags
from ..resource_manager.errors import bad_request, location_required, refuse
from ..resource_manager.scope import GROUP, SUBSCRIPTION, Place, place, scope_of_list
from ..routing import Call, Reply, Router
from . import errors, state

ROUTER = Router()
TYPE = state.TYPE
_ONE = GROUP + f"/providers/{TYPE}/{{name}}"
_DELETED = SUBSCRIPTION + "/providers/Microsoft.KeyVault/locations/{location}/deletedVaults/{name}"
_NAME = re.compile(r"(?=.{3,24}$)[A-Za-z](?:-?[A-Za-z0-9])*")
#: Since this api-version a new vault is role-based unless the request says otherwise.
_RBAC_BY_DEFAULT_SINCE = "2026-02-01"
_HEADERS = {"x-ms-keyvault-service-version": "1.5.1361.0"}


def _get(call: Call) -> tuple[Place, dict[str, typing.Any]]:
    where = place(call, TYPE)
    vault = call.world.data["vaults"].get(where.key)
    if vault is None:
        raise where.not_found()
    return where, vault


_SIMPLE = (
    "enabledForDeployment",
    "enabledForDiskEncryption",
    "enabledForTemplateDeployment",
    "publicNetworkAccess",
    "enableRbacAuthorization",
)


def _check(asked: dict[str, typing.Any], vault: dict[str, typing.Any] | None) -> None:
    for name in ("enablePurgeProtection", "enableSoftDelete"):
        if asked.get(name) is False:
            raise errors.irreversible(name)
    if vault and asked.get("tenantId") and asked["tenantId"].lower() != vault["properties"]["tenantId"].lower():
        raise refuse(501, "NotEmulated", "The local Azure does not emulate moving a vault to another tenantId.")
    rules = (asked.get("networkAcls") or {}).get("ipRules") or []
    addresses.check(rules, "properties.networkAcls.ipRules", public=True)
    days = asked.get("softDeleteRetentionInDays")
    if days is not None and not 7 <= int(days) <= 90:
        raise bad_request('The property "softDeleteRetentionInDays" must be between 7 and 90.')
    if vault and days is not None and int(days) != vault["retention_days"]:
        raise bad_request('The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.')


def _take(vault: dict[str, typing.Any], asked: dict[str, typing.Any]) -> None:
    properties = vault["properties"]
    for name in _SIMPLE:
        if asked.get(name) is not None:
            properties[name] = asked[name]
    if asked.get("sku"):
        properties["sku"] = {"family": asked["sku"].get("family", "A"), "name": asked["sku"]["name"].lower()}
    if asked.get("accessPolicies") is not None:
        properties["accessPolicies"] = [_policy(entry) for entry in asked["accessPolicies"]]
    if asked.get("networkAcls") is not None:
        given = asked["networkAcls"]
        properties["networkAcls"] = {
            "bypass": given.get("bypass", "AzureServices"),
            "defaultAction": given.get("defaultAction", "Allow"),
            "ipRules": given.get("ipRules") or [],
            "virtualNetworkRules": given.get("virtualNetworkRules") or [],
        }
    if asked.get("enablePurgeProtection"):
        properties["enablePurgeProtection"] = True


def _policy(entry: dict[str, typing.Any]) -> dict[str, typing.Any]:
    permissions = entry.get("permissions") or {}
    kept = {
        kind: list(permissions[kind]) for kind in ("keys", "secrets", "certificates", "storage") if kind in permissions
    }
    shown = {"tenantId": entry.get("tenantId"), "objectId": entry["objectId"], "permissions": kept}
    if entry.get("applicationId"):
        shown["applicationId"] = entry["applicationId"]
    return shown


def _whose(entry: dict[str, typing.Any]) -> tuple[str, str]:
    """Whom an access policy is about: an object, or an object through one application."""
    return entry["objectId"].lower(), (entry.get("applicationId") or "").lower()


def _require(asked: dict[str, typing.Any]) -> None:
    if not asked.get("sku") or not asked.get("tenantId"):
        raise bad_request("The properties 'sku' and 'tenantId' are required to create a vault.")


def _create(call: Call, where: Place, asked: dict[str, typing.Any]) -> dict[str, typing.Any]:
    world = call.world
    if not _NAME.fullmatch(where.name):
        raise errors.invalid_name(where.name)
    if state.by_name(world, where.name):
        raise errors.already_exists(where.name)
    deleted = state.deleted_by_name(world, where.name)
    if asked.get("createMode") == "recover":
        if deleted is None or deleted["key"] != where.key:
            raise errors.deleted_not_found(where.name)
        return state.recover(world, where.name)
    if deleted:
        raise errors.held_by_deleted()
    if not call.body.get("location"):
        raise location_required()
    _require(asked)
    rbac_default = call.query["api-version"] >= _RBAC_BY_DEFAULT_SINCE
    rbac = asked.get("enableRbacAuthorization")
    if asked.get("accessPolicies") is None and not (rbac if rbac is not None else rbac_default):
        raise bad_request("The property 'accessPolicies' is required for a vault without role-based access control.")
    days = int(asked.get("softDeleteRetentionInDays") or 90)
    vault = {
        "id": where.id,
        "name": where.name,
        "location": regions.place(world, call.body["location"], TYPE),
        "tags": {},
        "retention_days": days,
        "properties": {
            "tenantId": asked["tenantId"],
            "accessPolicies": [],
            "enabledForDeployment": False,
            "enableSoftDelete": True,
            "softDeleteRetentionInDays": days,
            "enableRbacAuthorization": rbac_default,
            "publicNetworkAccess": "Enabled",
        },
    }
    world.data["vaults"][where.key] = vault
    world.data["keys"].setdefault(where.name.lower(), {})
    world.data["deleted_keys"].setdefault(where.name.lower(), {})
    return vault


@ROUTER.route("PUT", _ONE, f"{TYPE}/write")
def put(call: Call) -> Reply:
    where = place(call, TYPE)
    if not call.body.get("location"):
        raise location_required()
    asked = call.body.get("properties") or {}
    if not asked:
        raise bad_request("The properties property is required for this definition.", "InvalidRequestContent")
    vault = call.world.data["vaults"].get(where.key)
    _check(asked, vault)
    known, recovering = vault is not None, vault is None and asked.get("createMode") == "recover"
    if known:
        _require(asked)
    vault = vault or _create(call, where, asked)
    if not recovering:
        _take(vault, asked)
        vault["tags"] = tags.take(call.world, vault["tags"], call.body.get("tags"))
    system_data.note(call, vault)
    shown = state.render(call.world, vault)
    if not (known or recovering):
        # recorded: the answer to a creation, and what is read right after it no more
        shown["properties"] |= {"provisioningState": "RegisteringDns", "vaultUri": shown["properties"]["vaultUri"][:-1]}
    return Reply(200, shown, _HEADERS)


@ROUTER.route("PATCH", _ONE, f"{TYPE}/write")
def patch(call: Call) -> Reply:
    _where, vault = _get(call)
    asked = call.body.get("properties") or {}
    _check(asked, vault)
    _take(vault, asked)
    if call.body.get("tags") is not None:
        vault["tags"] = tags.take(call.world, vault["tags"], call.body["tags"])
    system_data.note(call, vault)
    return Reply(200, state.render(call.world, vault), _HEADERS)


@ROUTER.route("GET", _ONE, f"{TYPE}/read")
def get(call: Call) -> Reply:
    return Reply(200, state.render(call.world, _get(call)[1]), _HEADERS)


@ROUTER.route("DELETE", _ONE, f"{TYPE}/delete")
def delete(call: Call) -> Reply:
    where = place(call, TYPE)
    if where.key not in call.world.data["vaults"]:
        return Reply(204)
    state.soft_delete(call.world, where.key)
    return Reply(200, None, _HEADERS)


@ROUTER.route("GET", SUBSCRIPTION + f"/providers/{TYPE}", f"{TYPE}/read")
@ROUTER.route("GET", GROUP + f"/providers/{TYPE}", f"{TYPE}/read")
def list_all(call: Call) -> Reply:
    vaults = call.world.shelf("vaults")
    return lists.below(call, vaults, scope_of_list(call), lambda key: state.render(call.world, vaults[key]))


@ROUTER.route("PUT", _ONE + "/accessPolicies/{kind}", f"{TYPE}/accessPolicies/write")
def change_policies(call: Call) -> Reply:
    _where, vault = _get(call)
    kind = call.params["kind"].lower()
    if kind not in ("add", "replace", "remove"):
        raise bad_request(f"The access policy operation '{call.params['kind']}' is not known.")
    policies = vault["properties"]["accessPolicies"]
    for given in (call.body.get("properties") or {}).get("accessPolicies") or []:
        entry = _policy(given)
        known = next((p for p in policies if _whose(p) == _whose(entry)), None)
        if known is None:
            if kind != "remove":
                policies.append(entry)
            continue
        for area, verbs in entry["permissions"].items():
            before = known["permissions"].get(area, [])
            if kind == "add":
                known["permissions"][area] = before + [v for v in verbs if v.lower() not in _lower(before)]
            elif kind == "remove":
                known["permissions"][area] = [v for v in before if v.lower() not in _lower(verbs)]
            else:
                known["permissions"][area] = verbs
        if not any(known["permissions"].values()):
            policies.remove(known)
    system_data.note(call, vault)
    body = {
        "id": f"{vault['id']}/accessPolicies/",
        "type": f"{TYPE}/accessPolicies",
        "properties": {"accessPolicies": copy.deepcopy(policies)},
    }
    return Reply(200, body, _HEADERS)


def _lower(verbs: list[str]) -> set[str]:
    return {verb.lower() for verb in verbs}


@ROUTER.route("GET", _ONE + "/privateLinkResources", f"{TYPE}/privateLinkResources/read")
def private_link_resources(call: Call) -> Reply:
    """What a private endpoint can be made for (recorded)."""
    where, _vault = _get(call)
    zone = "privatelink" + CLOUDS[call.world.cloud].vault_suffix.replace(".vault.", ".vaultcore.")
    entry = {
        "id": f"{where.id}/privateLinkResources/vault",
        "name": "vault",
        "type": f"{TYPE}/privateLinkResources",
        "properties": {"groupId": "vault", "requiredMembers": ["default"], "requiredZoneNames": [zone]},
    }
    return Reply(200, {"value": [entry]}, _HEADERS)


# --- soft-deleted vaults ------------------------------------------------------------------------------------------


def _deleted(call: Call, deleted: dict[str, typing.Any]) -> dict[str, typing.Any]:
    vault = deleted["vault"]
    subscription = vault["id"].split("/")[2]
    where = f"/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{vault['location']}"
    properties = {
        "vaultId": vault["id"],
        "location": vault["location"],
        "tags": vault["tags"],
        "deletionDate": iso_plain(deleted["deleted_date"]),
        "scheduledPurgeDate": iso_plain(deleted["purge_date"]),
    }
    if vault["properties"].get("enablePurgeProtection"):
        properties["purgeProtectionEnabled"] = True
    return {
        "id": f"{where}/deletedVaults/{vault['name']}",
        "name": vault["name"],
        "type": "Microsoft.KeyVault/deletedVaults",
        "properties": properties,
    }


def _find_deleted(call: Call) -> dict[str, typing.Any]:
    deleted = state.deleted_by_name(call.world, call.params["name"])
    if deleted is None or deleted["vault"]["location"] != call.params["location"].replace(" ", "").lower():
        raise errors.deleted_not_found(call.params["name"])
    return deleted


@ROUTER.route("GET", _DELETED, "Microsoft.KeyVault/locations/deletedVaults/read")
def get_deleted(call: Call) -> Reply:
    return Reply(200, _deleted(call, _find_deleted(call)), _HEADERS)


@ROUTER.route(
    "GET", SUBSCRIPTION + "/providers/Microsoft.KeyVault/deletedVaults", "Microsoft.KeyVault/deletedVaults/read"
)
def list_deleted(call: Call) -> Reply:
    return lists.page(call, state.all_deleted(call.world), lambda deleted: _deleted(call, deleted))


@ROUTER.route("POST", _DELETED + "/purge", "Microsoft.KeyVault/locations/deletedVaults/purge/action")
def purge(call: Call) -> Reply:
    deleted = _find_deleted(call)
    if deleted["vault"]["properties"].get("enablePurgeProtection"):
        raise errors.purge_not_allowed()
    if not call.world.ending:
        state.purge(call.world, call.params["name"])
    seconds = call.world.settings.operation_seconds
    operation = operations.start(call.world, kind="purge", resource=call.params["name"], seconds=seconds)
    where = call.path.split("/deletedVaults")[0]
    location = f"https://{call.host}{where}/operationResults/purge-{operation['id']}"
    return Reply(202, None, {"Location": f"{location}?api-version={call.query['api-version']}", **_HEADERS})


@ROUTER.route(
    "GET",
    SUBSCRIPTION + "/providers/Microsoft.KeyVault/locations/{location}/operationResults/{operation}",
    "Microsoft.KeyVault/locations/operationResults/read",
)
def purge_status(call: Call) -> Reply:
    reply = operations.purge_operation(call)
    return Reply(reply.status, reply.body, {**_HEADERS, **reply.headers})


@ROUTER.route(
    "POST",
    SUBSCRIPTION + "/providers/Microsoft.KeyVault/checkNameAvailability",
    "Microsoft.KeyVault/checkNameAvailability/read",
)
def check_name(call: Call) -> Reply:
    name = str(call.body.get("name") or "")
    if str(call.body.get("type")).lower() != TYPE.lower():
        raise bad_request(f"The resource type to check a name for is '{TYPE}'.")
    if not _NAME.fullmatch(name):
        refusal = errors.invalid_name(name).reply.body["error"]["message"]
        return Reply(200, {"nameAvailable": False, "reason": "AccountNameInvalid", "message": refusal})
    if state.by_name(call.world, name) or state.deleted_by_name(call.world, name):
        text = (
            f"The vault name '{name}' is already in use. Vault names are globally unique so it is possible that the "
            "name is already taken. If you are sure that the vault name was not taken then it is possible that a "
            "vault with the same name was recently deleted but not purged after being placed in a recoverable state."
        )
        return Reply(200, {"nameAvailable": False, "reason": "AlreadyExists", "message": text})
    return Reply(200, {"nameAvailable": True})
