# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the Key Vault data plane says when it says no (docs/azure-behaviour.md, "Keys")."""

from __future__ import annotations

import typing

from ..routing import Call, Refusal


def refuse(status: int, code: str, message: str, inner: str | None = None) -> Refusal:
    """The data plane's envelope, with the inner code where Azure gives one."""
    error: dict[str, typing.Any] = {"code": code, "message": message}
    if inner:
        error["innererror"] = {"code": inner}
    return Refusal(status, {"error": error})


def unauthorized(call: Call, login: str, resource: str, *, invalid: bool = False) -> Refusal:
    tenant = call.world.data["tenant"]
    challenge = f'Bearer authorization="https://{login}/{tenant}", resource="{resource}"'
    text = "AKV10000: Request is missing a Bearer or PoP token."
    if invalid:
        challenge += ', error="invalid_token", error_description="The access token is invalid or expired"'
        text = "[TokenExpired] Error validating token: 'S2S12086'."
    return Refusal(401, {"error": {"code": "Unauthorized", "message": text}}, {"WWW-Authenticate": challenge})


def wrong_audience(call: Call, login: str, resource: str, found: str) -> Refusal:
    """A token that is good, and meant for another service: the challenge with the reason."""
    refusal = unauthorized(call, login, resource)
    text = f"AKV10022: Invalid audience. Expected {resource}, found: {found}."
    refusal.reply.body["error"]["message"] = text
    refusal.reply.headers["WWW-Authenticate"] += f', error="invalid_token", error_description="{text}"'
    return refusal


def _where(vault: dict[str, typing.Any]) -> str:
    return f"{vault['name'].lower()};location={vault['location']}"


def _who(caller: dict[str, typing.Any]) -> str:
    return f"appid={caller.get('appid')};oid={caller.get('oid')};iss={caller.get('iss')}"


def throttled() -> Refusal:
    """Without ``Retry-After``, as told."""
    text = "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached."
    return refuse(429, "Throttled", text)


def key_not_found(name: str, version: str = "") -> Refusal:
    full = f"{name}/{version}" if version else name
    text = (
        f"A key with (name/id) {full} was not found in this key vault. If you recently deleted this key you may be "
        "able to recover it using the correct recovery command. For help resolving this issue, please see "
        "https://go.microsoft.com/fwlink/?linkid=2125182"
    )
    return refuse(404, "KeyNotFound", text)


def deleted_key_not_found(name: str) -> Refusal:
    return refuse(404, "KeyNotFound", f"Deleted Key not found: {name}")


def denied_by_role(vault: dict[str, typing.Any], caller: dict[str, typing.Any], action: str, key: str) -> Refusal:
    resource = vault["id"].replace("/resourceGroups/", "/resourcegroups/")
    resource = resource.replace("Microsoft.KeyVault", "microsoft.keyvault") + (f"/keys/{key}" if key else "")
    text = (
        "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role "
        "definitions were changed recently, please observe propagation time.\r\n"
        f"Caller: {_who(caller)}\r\nAction: '{action}'\r\nResource: '{resource}'\r\nAssignment: (not found)\r\n"
        "DenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\n"
        f"Vault: {_where(vault)}\r\n"
    )
    return refuse(403, "Forbidden", text, "ForbiddenByRbac")


def denied_by_policy(vault: dict[str, typing.Any], caller: dict[str, typing.Any], verb: str) -> Refusal:
    text = (
        f"The user, group or application '{_who(caller)}' does not have keys {verb} permission on key vault "
        f"'{_where(vault)}'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287"
    )
    return refuse(403, "Forbidden", text, "AccessDenied")


def firewall(
    vault: dict[str, typing.Any], caller: dict[str, typing.Any], address: str, *, trusted_ignored: bool
) -> Refusal:
    reason = (
        "Client address is not authorized and caller was ignored because bypass is set to None"
        if trusted_ignored
        else "Client address is not authorized and caller is not a trusted service."
    )
    text = f"{reason}\r\nClient address: {address}\r\nCaller: {_who(caller)}\r\nVault: {_where(vault)}"
    return refuse(403, "Forbidden", text, "ForbiddenByFirewall")


def perimeter(vault: dict[str, typing.Any], caller: dict[str, typing.Any], address: str) -> Refusal:
    """The network security perimeter around the vault lets nobody in from there."""
    text = (
        "Request was not allowed by NSP rules and the client address is not authorized and caller is not a trusted "
        f"service.\r\nClient address: {address}\r\nCaller: {_who(caller)}\r\nVault: {_where(vault)}"
    )
    return refuse(403, "Forbidden", text, "ForbiddenByFirewall")


def public_access_off(vault: dict[str, typing.Any], caller: dict[str, typing.Any]) -> Refusal:
    text = (
        "Public network access is disabled and request is not from a trusted service nor via an approved private "
        f"link.\r\nCaller: {_who(caller)}\r\nVault: {_where(vault)}"
    )
    return refuse(403, "Forbidden", text, "ForbiddenByConnection")


def key_disabled(operation: str) -> Refusal:
    return refuse(403, "Forbidden", f"Operation {operation} is not allowed on a disabled key.", "KeyDisabled")


def outside_validity(operation: str, *, expired: bool) -> Refusal:
    state = "an expired key" if expired else "a key that is not yet valid"
    text = f"Operation {operation} is not allowed on {state}."
    return refuse(403, "Forbidden", text, "KeyExpired" if expired else "KeyNotYetValid")


def not_permitted_operation(operation: str) -> Refusal:
    return refuse(403, "Forbidden", f"Operation {operation} is not permitted on this key.", "KeyOperationForbidden")


def purge_protected(vault: dict[str, typing.Any]) -> Refusal:
    text = (
        'Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service will '
        f"automatically purge it after the retention period has passed.\r\nVault: {_where(vault)}"
    )
    return refuse(403, "Forbidden", text, "ForbiddenByPolicy")


def changed_meanwhile(key: str) -> Refusal:
    text = (
        f"There was a conflict while updating key '{key}'. This can happen when multiple operations are performed in "
        "parallel against the key. To avoid this error, perform operations against the key in a sequential manner."
    )
    return refuse(409, "Conflict", text)


def being_deleted(name: str) -> Refusal:
    text = f"Key {name} is currently being deleted and cannot be re-created; retry later."
    return refuse(409, "Conflict", text, "ObjectIsBeingDeleted")


def deleted_but_recoverable(name: str) -> Refusal:
    text = (
        f"Key {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state, "
        "the key can only be recovered or purged."
    )
    return refuse(409, "Conflict", text, "ObjectIsDeletedButRecoverable")


def bad_parameter(text: str) -> Refusal:
    return refuse(400, "BadParameter", text)
