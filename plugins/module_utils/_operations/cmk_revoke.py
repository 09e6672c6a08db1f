# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Lock registries' data: list what would lose access, insist on the confirmation, do it, say how to undo it.

The deeds themselves are those of ``keyvault_key_access`` and ``keyvault_rsa_key``: first all of them as a check, so
that everything that would be lost is known and confirmed before anything is changed, then for real.
"""

from __future__ import annotations

import typing

from .._operation import Result, Task, planned
from .._rules import encryption, plan, revocation
from .._rules.registry_facts import Facts
from . import keyvault_key_access, keyvault_rsa_key, resolve

Deed = tuple[typing.Callable[[Task], Result], dict[str, typing.Any]]


def revoke(task: Task) -> Result:
    """The operation of the module ``cmk_revoke``."""
    found = resolve.registries_by_reference(task)
    for known in found:
        encryption.check_existing(known)
    deeds = _deeds(task, found)
    foreseen = [run(task.part(params, check_mode=True)) for run, params in deeds]
    lost = {entry["id"]: entry for one in foreseen for entry in one["would_lose_access"]}
    steps = plan.Plan(
        tuple(plan.Step("revoke", text) for one in foreseen for text in one["plan"]),
        {"readable": True} if any(one["changed"] for one in foreseen) else {},
        {"readable": False} if any(one["changed"] for one in foreseen) else {},
    )
    if not task.check_mode:
        everyone = [known for known in resolve.all_registries(task.session) if known["id"] in lost] if lost else []
        what = f"revoking by {task.params['revoke_by']}"
        revocation.require_confirmation(everyone, task.params["confirm"], what=what)
        foreseen = [run(task.part(params, check_mode=False)) for run, params in deeds if steps.changed]
    remaining = [way for one in foreseen for way in one.get("remaining", [])]
    names = plan.listed(known["name"] for known in found)
    told = planned(
        steps,
        nothing=f"{names} can not reach the key already.",
        done=_done(names, lost, remaining),
        check_mode=task.check_mode,
    )
    return {
        **told,
        "would_lose_access": list(lost.values()),
        "remaining": remaining,
        "locked": not remaining and (not task.check_mode or not steps.changed),
        "undo": _undo(found),
    }


def _done(names: str, lost: dict[str, typing.Any], remaining: list[dict[str, typing.Any]]) -> str:
    if remaining:
        ways = plan.listed(f"{way['name']} at {way['scope']}" for way in remaining)
        return f"Removed one right, but {names} can STILL reach the key by {ways}: take that away too."
    also = plan.listed(entry["name"] for entry in lost.values())
    return f"Revoked: {also} cannot reach the key any more. Azure may take some minutes until pulls fail everywhere."


def _undo(found: typing.Sequence[Facts]) -> str:
    names = ",".join(known["name"] for known in found)
    variable = "acr_cmk_registry" if len(found) == 1 else "acr_cmk_registries"
    group = f"acr_cmk_resource_group={found[0]['resource_group']}"
    return f"ansible-playbook ownkey.acr.restore -e {variable}={names} -e {group}"


def _deeds(task: Task, found: typing.Sequence[Facts]) -> list[Deed]:
    """What to run, with which options; registries that share a key or an identity share a deed."""
    deeds: dict[tuple[str, ...], Deed] = {}
    for known in found:
        block = known["encryption"]
        if task.params["revoke_by"] == "access":
            principal = _principal(known)
            if principal is None:
                continue  # the identity is not even attached any more
            options = {"vault": block["vault"], "principal_id": principal, "state": "absent"}
            blank = {"identity": None, "identity_resource_group": None, "caller": False, "role": None, "key": None}
            deed: Deed = (keyvault_key_access.ensure, {**blank, **options, "resource_group": None})
            deeds[block["vault"], str(principal)] = deed
            continue
        state = "disabled" if task.params["revoke_by"] == "disable_key" else "absent"
        deeds[block["vault"], block["key"]] = (keyvault_rsa_key.ensure, _key_options(block, state))
    return list(deeds.values())


def _key_options(block: dict[str, typing.Any], state: str) -> dict[str, typing.Any]:
    names = ("version", "size", "hsm", "operations", "not_before", "expires_on", "tags", "max_age", "rotation_policy")
    blank: dict[str, typing.Any] = dict.fromkeys((*names, "import_file", "import_pem", "import_passphrase"))
    store = block["key_identifier"].split("/keys/")[0]
    return {**blank, "append_tags": True, "purge": False, "vault": store, "name": block["key"], "state": state}


def _principal(known: Facts) -> str | None:
    """The object id that the registry goes to its vault as."""
    identity = known["encryption"]["identity"]
    if identity == "system":
        return known["identity"]["principal_id"]
    return next((u["principal_id"] for u in known["identity"]["user_assigned"] if u["client_id"] == identity), None)
