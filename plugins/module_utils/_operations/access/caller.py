# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The caller's own right to keys: in a role-based vault not even the subscription's owner has it by itself."""

from __future__ import annotations

import typing

from ..._azure import errors, sdk
from ..._domain.failure import Failure
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.key_store import Vault
from ..._domain.role import LOCAL_RECOVERY_ROLE, LOCAL_ROLES
from ..._operation import Task
from ..._rules.access.grants import grant_command
from ..._rules.health import causes
from ..health import observe
from ..key_store import lookup

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
            if errors.is_passing_conflict(error) and waited < task.timeout:
                task.clock.sleep(pause(waited), "Key Vault to finish an earlier change of the key")
                continue
            if not errors.is_denied(error):
                raise errors.failure(error, doing) from error
            if waited >= task.timeout or not _is_fresh(task, key):
                raise denied(task, key, doing, error) from error
            task.clock.sleep(pause(waited), "your fresh right to the keys to count")


def pause(waited: float) -> float:
    """Seconds until the next look whether a right has spread: 1 at first, 15 at most."""
    return min(15.0, max(1.0, waited / 4))


def _is_fresh(task: Task, key: KeyIdentifier) -> bool:
    """Whether the caller has a role there that is so fresh that it may not have spread yet."""
    store = lookup.look(task.session, key).store
    if store is None or store.access != "rbac":
        return False
    grant = observe.grant(task.session, store, task.session.caller.object_id, key, "crypto_officer")
    assigned = grant.newest_role if grant else None
    return assigned is not None and task.session.now() - assigned < causes.ROLE_SPREAD


def denied(task: Task, key: KeyIdentifier, doing: str, error: Exception) -> Failure:
    """The failure for a missing right of the caller: the exact grant to ask for."""
    caller = task.session.caller
    if key.is_hsm:
        return _denied_by_hsm(task, key, doing, error)
    store = lookup.look(task.session, key).store
    unseen = Vault.unseen(key.vault, f"<resource id of the vault {key.vault}>")
    grant = grant_command(store or unseen, caller.object_id, "crypto_officer", principal_type=caller.principal_type)
    return Failure(
        f"You (object id {caller.object_id}) lack the right {_for(doing)} in the {key.place}.",
        hint=f"Ask for: {grant}",
        code="caller_denied",
        azure=errors.described(error),
        details={"needed_grant": grant},
    )


def _for(doing: str) -> str:
    return doing if doing.startswith("to ") else f"for {doing}"


def _denied_by_hsm(task: Task, key: KeyIdentifier, doing: str, error: Exception) -> Failure:
    caller, answer = task.session.caller, errors.described(error)
    role_name = LOCAL_RECOVERY_ROLE if "deletedKeys" in answer.message else LOCAL_ROLES["crypto_officer"].name
    grant = (
        f'az keyvault role assignment create --hsm-name {key.vault} --role "{role_name}" --scope /keys '
        f"--assignee-object-id {caller.object_id} --assignee-principal-type {caller.principal_type}"
    )
    return Failure(
        f"You (object id {caller.object_id}) lack the right {_for(doing)} in the {key.place}.",
        hint=f"Ask an administrator of it for: {grant}",
        code="caller_denied",
        azure=answer,
        details={"needed_grant": grant},
    )


def unreachable(task: Task, key: KeyIdentifier, doing: str) -> Failure:
    """The failure for a vault whose host cannot be reached: soft-deleted, never there, or out of reach."""
    findings = causes.causes(observe.of_store(task.session, key))
    if findings:
        return Failure(
            findings[0].what,
            parameter="vault",
            hint=findings[0].remedy,
            code=findings[0].code,
            findings=[finding.result() for finding in findings],
        )
    return Failure(
        f"The {key.place} could not be reached for {doing}.",
        parameter="vault",
        hint="It exists: look at the way there (proxy, DNS, private endpoint).",
        code="unreachable",
    )
