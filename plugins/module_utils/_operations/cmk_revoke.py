# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Lock registries' data: list what would lose access, insist on the confirmation, do it, prove it, say how to undo it.

All is looked at before anything is changed, so that everything that would be lost is known and confirmed. Afterwards
the vault is looked at again, and an image that could be read before is tried again.
"""

from __future__ import annotations

import dataclasses
import typing

from .._azure import keys
from .._operation import Result, Task, planned
from .._rules import data_proof, encryption, key_identifier, key_plan, plan, revocation
from .._rules.data_proof import Proof
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from .._rules.registry_facts import Facts
from . import access_ways, caller, dependents, proof, resolve
from .dependents import Dependents


@dataclasses.dataclass(frozen=True)
class Deed:
    """What is done at one key: its steps, who loses by it, the ways that stay open. ``principal``: of an access."""

    key: KeyIdentifier
    steps: tuple[plan.Step, ...]
    lost: Dependents
    principal: str = ""
    remaining: tuple[dict[str, typing.Any], ...] = ()
    dormant: tuple[dict[str, typing.Any], ...] = ()


def revoke(task: Task) -> Result:
    """The operation of the module ``cmk_revoke``."""
    found = resolve.registries_by_reference(task)
    for known in found:
        encryption.check_existing(known)
    deeds = _deeds(task, found)
    lost = _together(deeds)
    steps = plan.Plan(
        tuple(step for deed in deeds for step in deed.steps),
        *(({"readable": True}, {"readable": False}) if any(deed.steps for deed in deeds) else ({}, {})),
    )
    before: dict[str, Proof] = {}
    proofs: dict[str, Proof] = {}
    if not task.check_mode:
        what = f"revoking by {task.params['revoke_by']}"
        revocation.require_confirmation(lost.registries, task.params["confirm"], what=what, others=lost.others)
        before = proof.read_all(task, found) if task.params["verify_data"] else {}
        for deed in deeds:
            _apply(task, deed)
        deeds = _look_again(task, deeds) if steps.changed else deeds
        proofs = proof.wait_until_locked(task, found, before) if before else {}
    told = data_proof.locked_told(before, proofs)
    return _result(task, found, steps, deeds, lost, proofs, told)


def _together(deeds: typing.Sequence[Deed]) -> Dependents:
    registries = {known["id"]: known for deed in deeds for known in deed.lost.registries}
    others = {other["id"].lower(): other for deed in deeds for other in deed.lost.others}
    unseen = dict.fromkeys(text for deed in deeds for text in deed.lost.unseen)
    return Dependents(tuple(registries.values()), tuple(others.values()), tuple(unseen))


# --- what is to be done ------------------------------------------------------------------------------------------


def _deeds(task: Task, found: typing.Sequence[Facts]) -> list[Deed]:
    """One deed for each key, or for each key and identity: registries that share them share it."""
    wanted: dict[tuple[str, str], tuple[KeyIdentifier, str]] = {}
    for known in found:
        block = known["encryption"]
        key = key_identifier.parse(block["versioned_key_identifier"] or block["key_identifier"], task.session.cloud)
        if task.params["revoke_by"] == "access":
            principal = revocation.principal_of(known)
            if principal:  # else the identity is not even attached any more
                wanted[str(key.versionless), principal] = (key.versionless, principal)
        else:
            version = key.version if task.params["key_versions"] == "in_use" else ""
            wanted[str(key.versionless), version] = (key.versionless, version)
    make = {"access": _access, "disable_key": _disable, "delete_key": _delete}[task.params["revoke_by"]]

    def maker(key: KeyIdentifier, detail: str) -> typing.Callable[[], Deed]:
        return lambda: make(task, key, detail)

    resolve.all_registries(task.session)
    return task.session.side_by_side(*(maker(key, detail) for key, detail in wanted.values()))


def _access(task: Task, key: KeyIdentifier, principal: str) -> Deed:
    ways = access_ways.of(task, key, principal)
    plan_of = revocation.access_plan(ways, principal, key)
    users = revocation.users_of_store(resolve.all_registries(task.session), key.host, task.session.cloud)
    losing = [known for known in users if revocation.principal_of(known) == principal] if plan_of.steps else []
    return Deed(key, plan_of.steps, Dependents(tuple(losing)), principal, plan_of.remaining, plan_of.dormant)


def _disable(task: Task, key: KeyIdentifier, version: str) -> Deed:
    doing = f"listing the versions of the key {key.name}"
    versions = caller.with_right(task, key, doing, lambda: keys.versions(task.session, key))
    if not versions:
        # deleted already: nothing can be read with it
        return Deed(key, (), Dependents())
    steps = key_plan.disable(key.name, versions, version=version or None).steps
    return Deed(key, steps, dependents.of_key(task, key, version=version or None) if steps else Dependents())


def _delete(task: Task, key: KeyIdentifier, _version: str) -> Deed:
    doing = f"listing the versions of the key {key.name}"
    if not caller.with_right(task, key, doing, lambda: keys.versions(task.session, key)):
        return Deed(key, (), Dependents())
    step = plan.Step("delete_key", f"delete the key {key.name} with all its versions (it stays recoverable)")
    return Deed(key, (step,), dependents.of_key(task, key))


# --- doing it, and looking again ---------------------------------------------------------------------------------


def _apply(task: Task, deed: Deed) -> None:
    session, key = task.session, deed.key
    for step in deed.steps:
        if step.action == "update_key":
            version, change = step.details["version"], {"enabled": False}
            caller.with_right(task, key, f"to {step.text}", _updater(task, key, version, change))
        elif step.action == "delete_key":
            caller.with_right(task, key, f"to {step.text}", lambda: keys.delete(session, key, timeout=task.timeout))
        else:
            access_ways.take(session, key, deed.principal, step)


def _updater(
    task: Task, key: KeyIdentifier, version: str, change: dict[str, typing.Any]
) -> typing.Callable[[], typing.Any]:
    return lambda: keys.update(task.session, key, version, change)


def _look_again(task: Task, deeds: typing.Sequence[Deed]) -> list[Deed]:
    """The deeds with the ways that are open now, read anew: what we removed must be gone."""

    def looker(deed: Deed) -> typing.Callable[[], Deed]:
        def look() -> Deed:
            if not deed.principal:
                return deed
            ways = access_ways.of(task, deed.key, deed.principal, fresh=True)
            left = revocation.access_plan(ways, deed.principal, deed.key)
            still = [way for way in ways if way["active"]]
            return dataclasses.replace(deed, remaining=tuple(still), dormant=left.dormant)

        return look

    return task.session.side_by_side(*(looker(deed) for deed in deeds))


# --- telling of it -----------------------------------------------------------------------------------------------


def _result(
    task: Task,
    found: typing.Sequence[Facts],
    steps: plan.Plan,
    deeds: typing.Sequence[Deed],
    lost: Dependents,
    proofs: dict[str, Proof],
    data_told: str,
) -> Result:
    names = plan.listed(known["name"] for known in found)
    remaining = [way for deed in deeds for way in deed.remaining]
    dormant = [way for deed in deeds for way in deed.dormant]
    readable = [name for name, one in proofs.items() if one.state == "readable"]
    done = f"Revoked: {names} cannot reach the key any more. {data_told}"
    nothing = f"Nothing to revoke: {names} cannot reach the key. {data_told}"
    told = planned(steps, nothing=nothing, done=done, check_mode=task.check_mode)
    result = {
        **told,
        **lost.show(),
        "remaining": [_shown(way) for way in remaining],
        "dormant": [_shown(way) for way in dormant],
        "data": {name: one.show() for name, one in proofs.items()},
        "locked": not remaining and not readable and (not task.check_mode or not steps.changed),
        "undo": undo(found),
    }
    for way in dormant:
        task.warn(f"{way['name']} at {way['scope']} would open {names} again if the vault's permission model changed.")
    if readable and not remaining:
        text = f"Images of {plan.listed(readable)} can still be read: Azure may take up to an hour to notice. "
        task.warn(text + "Run the same task again to see whether it has.")
    if remaining:
        _still_open(task, names, remaining, result)
    return result


def _shown(way: dict[str, typing.Any]) -> dict[str, typing.Any]:
    return {name: way[name] for name in ("kind", "name", "scope", "id", "direct")}


def _still_open(
    task: Task, names: str, remaining: typing.Sequence[dict[str, typing.Any]], result: dict[str, typing.Any]
) -> None:
    """Nobody is told that it is locked while the identity can still unwrap.

    :raises Failure: in a real run.
    """
    ways = plan.listed(revocation.way_words(way) for way in remaining)
    text = f"{names} can STILL reach the key by {ways}."
    hint = (
        "That was given at a higher scope, to a group, or by a role that we do not know, and may serve others, so it "
        f"is not taken away here. To do so: {' ; '.join(way['removal'] for way in remaining)} "
        "Or lock the key itself: acr_cmk_revoke_by=disable_key."
    )
    if task.check_mode:
        task.warn(f"{text} {hint}")
        return
    details = {name: value for name, value in result.items() if name != "msg"}
    raise Failure(text, hint=hint, code="still_reachable", details=details)


def undo(found: typing.Sequence[Facts]) -> str:
    """The very command that gives the access back."""
    names = ",".join(known["name"] for known in found)
    variable = "acr_cmk_registry" if len(found) == 1 else "acr_cmk_registries"
    group = f"acr_cmk_resource_group={found[0]['resource_group']}"
    return f"ansible-playbook ownkey.acr.restore -e {variable}={names} -e {group}"
