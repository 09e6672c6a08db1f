# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The caller's own right to keys: in a role-based vault not even the subscription's owner has it by itself."""

from __future__ import annotations

import typing

from .._azure import errors, sdk
from .._operation import Task
from .._rules import access as access_rules
from .._rules import health
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from . import key_store, observe

T = typing.TypeVar("T")


def with_right(task: Task, key: KeyIdentifier, doing: str, attempt: typing.Callable[[], T]) -> T:
    """Do something in a vault as the caller.

    A right that was granted so lately that it has not spread yet is waited for, up to ``wait_timeout``; a missing one
    is told at once, with the exact grant to ask for.

    :param doing: what is done, as in "creating the key k1".
    :raises Failure: when Azure refuses.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    began = task.clock.monotonic()
    while True:
        try:
            return attempt()
        except core.AzureError as error:
            if errors.is_unreachable(error):
                raise unreachable(task, key, doing) from error
            waited = task.clock.monotonic() - began
            if errors.status_of(error) == 429 and waited < task.timeout:
                # Key Vault throttles without saying for how long, and the SDK does not try a POST again
                task.clock.sleep(pause(waited), "Key Vault, which throttles")
                continue
            if not errors.is_denied(error):
                raise errors.failure(error, doing) from error
            if waited >= task.timeout or not _fresh(task, key):
                raise denied(task, key, doing, error) from error
            task.clock.sleep(pause(waited), "your fresh right to the keys to count")


def pause(waited: float) -> float:
    """Seconds until the next look whether a right has spread: 1 at first, 15 at most."""
    return min(15.0, max(1.0, waited / 4))


def _fresh(task: Task, key: KeyIdentifier) -> bool:
    """Whether the caller has a role there that is so fresh that it may not have spread yet."""
    vault, _deleted, _missing = key_store.look(task.session, key)
    if vault is None or access_rules.vault_access(vault) != "rbac":
        return False
    caller = task.session.caller["object_id"]
    given = observe.grant(task.session, vault, caller, key, "crypto_officer")
    made = [way["created"] for way in given.ways if way["created"]] if given else []
    return bool(made) and task.session.now() - max(made) < health.ROLE_SPREAD


def denied(task: Task, key: KeyIdentifier, doing: str, error: Exception) -> Failure:
    """The failure for a missing right of the caller: the exact grant to ask for."""
    caller = task.session.caller
    if key.is_hsm:
        return _denied_by_hsm(task, key, doing, error)
    vault, _deleted, _missing = key_store.look(task.session, key)
    role = access_rules.ROLES["crypto_officer"]
    if vault is not None and access_rules.vault_access(vault) == "policy":
        verbs = " ".join(role.verbs)
        grant = f"az keyvault set-policy --name {key.vault} --object-id {caller['object_id']} --key-permissions {verbs}"
    else:
        scope = vault["id"] if vault else f"<resource id of the vault {key.vault}>"
        grant = (
            f'az role assignment create --role "{role.name}" --assignee-object-id {caller["object_id"]} '
            f"--assignee-principal-type ServicePrincipal --scope {scope}"
        )
    return Failure(
        f"You (object id {caller['object_id']}) lack the right for {doing} in the {key.place}.",
        hint=f"Ask for: {grant}",
        code="caller_denied",
        azure=errors.described(error),
        details={"needed_grant": grant},
    )


def _denied_by_hsm(task: Task, key: KeyIdentifier, doing: str, error: Exception) -> Failure:
    caller, told = task.session.caller["object_id"], errors.described(error)
    about_deleted = "deletedKeys" in str(told["message"])
    name = access_rules.LOCAL_RECOVERY_ROLE if about_deleted else access_rules.LOCAL_ROLES["crypto_officer"].name
    grant = (
        f'az keyvault role assignment create --hsm-name {key.vault} --role "{name}" --scope /keys '
        f"--assignee-object-id {caller} --assignee-principal-type ServicePrincipal"
    )
    return Failure(
        f"You (object id {caller}) lack the right for {doing} in the {key.place}.",
        hint=f"Ask an administrator of it for: {grant}",
        code="caller_denied",
        azure=told,
        details={"needed_grant": grant},
    )


def unreachable(task: Task, key: KeyIdentifier, doing: str) -> Failure:
    """The failure for a vault whose host cannot be reached: soft-deleted, never there, or out of reach."""
    seen = observe.everything_about_vault(task.session, key)
    found = health.causes(seen)
    if found:
        return Failure(
            f"{found[0].what}",
            parameter="vault",
            hint=found[0].remedy,
            code=found[0].code,
            findings=[finding.show() for finding in found],
        )
    return Failure(
        f"The {key.place} could not be reached for {doing}.",
        parameter="vault",
        hint="It exists: look at the way there (proxy, DNS, private endpoint).",
        code="unreachable",
    )
