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

from ..._azure import keys
from ..._domain.failure import Failure
from ..._domain.key import KeyVersion
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.plan import Plan, Side, Step
from ..._domain.record import Subject
from ..._domain.registry import Registry
from ..._domain.words import NAMED, listed
from ..._operation import Result, Task, planned
from ..._rules.access.ways import Way
from ..._rules.image.proof import locked_words
from ..._rules.key import plan as key_rules
from ..._rules.key.plan import KeyStep
from ..._rules.registry.encryption import check_existing
from ..._rules.revocation.confirmation import require_confirmation
from ..._rules.revocation.plan import AccessStep, access_plan
from ..._rules.revocation.undo import undo
from ..access import caller
from ..access import ways as access_ways
from ..dependents import search
from ..dependents.search import Dependents
from ..identity.lookup import key_principal
from ..image import reading
from ..image.reading import Proofs
from ..key.apply import Material, apply
from ..registry.lookup import all_registries, registries_by_reference


@dataclasses.dataclass(frozen=True)
class Deed:
    """What is done at one key: its steps, who loses by it, the ways that stay open. ``principal``: of an access;
    ``version``: the one that is disabled, empty for all."""

    key: KeyIdentifier
    steps: tuple[AccessStep | KeyStep, ...]
    losing: Dependents
    principal: str = ""
    version: str = ""
    remaining: tuple[Way, ...] = ()
    dormant: tuple[Way, ...] = ()


def revoke(task: Task) -> Result:
    """The operation of the module ``cmk_revoke``."""
    registries = registries_by_reference(task)
    deeds = _deeds(task, registries)
    losing = search.together(deed.losing for deed in deeds)
    steps: tuple[Step, ...] = tuple(step for deed in deeds for step in deed.steps)
    plan = Plan(steps, {"readable": True}, {"readable": False}) if steps else Plan[Step]()
    before: Proofs = {}
    after: Proofs = {}
    if not task.check_mode:
        what = f"revoking by {task.params['revoke_by']}"
        require_confirmation(losing.registries, task.params["confirm"], what=what, others=losing.others)
        before = reading.read_all(task, registries) if task.params["verify_data"] else {}
        task.intend(plan.words, *_subjects(task, registries, deeds))
        task.progress.undo = undo(registries, task.session.subscription_id)
        try:
            for deed in deeds:
                _apply(task, deed)
        except Failure as failure:
            raise _half_way(task, failure) from failure
        deeds = _look_again(task, deeds) if plan.changed else deeds
        undone: list[Deed] = []

        def is_undone() -> bool:
            are_open = task.session.side_by_side(*(_opener(task, deed) for deed in deeds))
            undone[:] = [deed for deed, is_open in zip(deeds, are_open, strict=True) if is_open]
            return bool(undone)

        after = reading.wait_until_locked(task, registries, before, is_undone=is_undone) if before else {}
        if undone:
            raise _given_back(task, registries, undone, plan, after)
    return _result(task, registries, plan, deeds, losing, after, locked_words(before, after))


def _subjects(task: Task, registries: typing.Sequence[Registry], deeds: typing.Sequence[Deed]) -> list[Subject]:
    """The registries that are to lose their way to a key, and the keys, for the record."""
    if not any(deed.steps for deed in deeds):
        return [
            Subject(thing) for thing in (*(one.id for one in registries), *(str(one.key.versionless) for one in deeds))
        ]
    losing = [Subject(one.id, {"reaches_key": True}, {"reaches_key": False}) for one in registries]
    how: Side = {"revoked_by": task.params["revoke_by"]}
    return losing + [
        Subject(str(deed.key.versionless), after={**how, "principal_id": deed.principal, "version": deed.version})
        for deed in deeds
    ]


def _opener(task: Task, deed: Deed) -> typing.Callable[[], bool]:
    """Whether what was taken is there again: somebody gave it back. A look that fails says nothing of it."""

    def is_open() -> bool:
        try:
            return look()
        except Failure:
            return False

    def look() -> bool:
        if deed.principal:
            ways = access_ways.of(task, deed.key, deed.principal, fresh=True)
            return bool(access_plan(ways, deed.principal, deed.key).steps)
        versions = _versions(task, deed.key)
        if task.params["revoke_by"] == "delete_key":
            return bool(versions)
        return bool(key_rules.disable(deed.key.name, versions, version=deed.version or None).steps)

    return is_open


def _given_back(
    task: Task, registries: typing.Sequence[Registry], undone: typing.Sequence[Deed], plan: Plan[Step], proofs: Proofs
) -> Failure:
    by_access = task.params["revoke_by"] == "access"
    who = {one.id: key_principal(task.session, one) if by_access else "" for one in registries}
    keys_back = {(str(deed.key.versionless), deed.principal) for deed in undone}
    back = [
        registry.label
        for registry in registries
        if (str(_current_key(registry).versionless), who[registry.id]) in keys_back
    ]
    return Failure(
        f"{listed(back, NAMED)} can reach the key again: what was taken away was given back meanwhile, as by a "
        "restoration at the same time.",
        hint="Find out who gave it back; then run the same task again.",
        code="given_back",
        details={
            "changed": plan.changed,
            "plan": plan.words,
            "locked": False,
            "data": {name: proof.result() for name, proof in proofs.items()},
        },
    )


# --- what is to be done ------------------------------------------------------------------------------------------


def _deeds(task: Task, registries: typing.Sequence[Registry]) -> list[Deed]:
    """One deed for each key, or for each key and identity: registries that share them share it.

    :raises Failure: for a registry without a customer-managed key, or one whose key cannot be read.
    """
    makers: dict[tuple[str, str], typing.Callable[[], Deed]] = {}
    for registry in registries:
        key = _current_key(registry)
        if task.params["revoke_by"] == "access":
            principal = _principal(task, registry)
            makers[str(key.versionless), principal] = _access_maker(task, key.versionless, principal)
        else:
            version = key.version if task.params["key_versions"] == "in_use" else ""
            makers[str(key.versionless), version] = _key_maker(task, key.versionless, version)
    all_registries(task.session)
    return task.session.side_by_side(*makers.values())


def _principal(task: Task, registry: Registry) -> str:
    """As whom a registry goes to its key.

    :raises Failure: when that is not seen: nothing can be taken away from nobody.
    """
    principal = key_principal(task.session, registry)
    if principal:
        return principal
    name = check_existing(registry).identity
    raise Failure(
        f"The registry {registry.label} goes to its key as an identity that is not attached to it, and that is not "
        f"found among those that you can see (client id {name}): its access cannot be taken away.",
        parameter="revoke_by",
        hint="Lock the key itself: revoke_by disable_key (acr_cmk_revoke_by=disable_key).",
        code="identity_missing",
    )


def _current_key(registry: Registry) -> KeyIdentifier:
    key = check_existing(registry).current
    if key is None:
        raise Failure(f"The registry {registry.label} reports no key identifier that can be read.", code="unreadable")
    return key


def _access_maker(task: Task, key: KeyIdentifier, principal: str) -> typing.Callable[[], Deed]:
    return lambda: _access(task, key, principal)


def _key_maker(task: Task, key: KeyIdentifier, version: str) -> typing.Callable[[], Deed]:
    by_key = _disable if task.params["revoke_by"] == "disable_key" else _delete
    return lambda: by_key(task, key, version)


def _access(task: Task, key: KeyIdentifier, principal: str) -> Deed:
    plan = access_plan(access_ways.of(task, key, principal), principal, key)
    losing = search.of_access(task, key.host, principal) if plan.steps else Dependents()
    return Deed(key, plan.steps, losing, principal, remaining=plan.remaining, dormant=plan.dormant)


def _versions(task: Task, key: KeyIdentifier) -> tuple[KeyVersion, ...]:
    doing = f"listing the versions of the key {key.name}"
    return caller.with_right(task, key, doing, lambda: keys.versions(task.session, key))


def _disable(task: Task, key: KeyIdentifier, version: str) -> Deed:
    versions = _versions(task, key)
    if not versions:
        # deleted already: nothing can be read with it
        return Deed(key, (), Dependents(), version=version)
    steps = key_rules.disable(key.name, versions, version=version or None).steps
    losing = search.of_key(task, key, version=version or None) if steps else Dependents()
    return Deed(key, steps, losing, version=version)


def _delete(task: Task, key: KeyIdentifier, _version: str) -> Deed:
    if not _versions(task, key):
        return Deed(key, (), Dependents())
    plan = key_rules.delete(key.name, purge=False, is_deleted=False)
    return Deed(key, plan.steps, search.of_key(task, key))


# --- doing it, and looking again ---------------------------------------------------------------------------------


def _apply(task: Task, deed: Deed) -> None:
    def make(step: AccessStep | KeyStep) -> None:
        if isinstance(step, KeyStep):
            apply(task, deed.key, step, None, Material())
        else:
            access_ways.take(task.session, deed.key, deed.principal, step)

    task.carry_out(deed.steps, make)


def _half_way(task: Task, failure: Failure) -> Failure:
    """A revocation that stopped: in an emergency the ways on are part of the message."""
    if failure.code == "resource_locked":
        failure.hint = (
            "A lock keeps the right from being taken away. Two ways on: take the lock away (az lock list, az lock "
            "delete) and run the same task again; or lock the key itself, which no such lock touches: "
            "acr_cmk_revoke_by=disable_key (revoke_by: disable_key)."
        )
    names = task.progress.not_done
    failure.details["still_open"] = names
    return failure


def _look_again(task: Task, deeds: typing.Sequence[Deed]) -> list[Deed]:
    """The deeds with the ways that are open now, read anew: what we removed must be gone."""

    def looker(deed: Deed) -> typing.Callable[[], Deed]:
        def look() -> Deed:
            if not deed.principal:
                return deed
            ways = access_ways.of(task, deed.key, deed.principal, fresh=True)
            dormant = access_plan(ways, deed.principal, deed.key).dormant
            return dataclasses.replace(deed, remaining=tuple(way for way in ways if way.active), dormant=dormant)

        return look

    return task.session.side_by_side(*(looker(deed) for deed in deeds))


# --- telling of it -----------------------------------------------------------------------------------------------


def _result(
    task: Task,
    registries: typing.Sequence[Registry],
    plan: Plan[Step],
    deeds: typing.Sequence[Deed],
    losing: Dependents,
    proofs: Proofs,
    data_words: str,
) -> Result:
    names = listed((registry.label for registry in registries), NAMED)
    remaining = [way for deed in deeds for way in deed.remaining]
    dormant = [way for deed in deeds for way in deed.dormant]
    readable = [name for name, proof in proofs.items() if proof.state == "readable"]
    refused = bool(proofs) and all(proof.state == "locked" for proof in proofs.values())
    done = f"Revoked: {names} cannot reach the key any more. {data_words}"
    state = "no right to the key is there to be taken away" if readable else f"{names} cannot reach the key"
    nothing = f"Nothing to revoke: {state}. {data_words}"
    result = {
        **planned(plan, of=f"images of {names}", nothing=nothing, done=done, check_mode=task.check_mode),
        **losing.result(),
        "remaining": [way.result() for way in remaining],
        "dormant": [way.result() for way in dormant],
        "data": {name: proof.result() for name, proof in proofs.items()},
        # said only of what was seen: an image that is refused because the registry cannot use its key
        "locked": refused and not remaining,
        "proof": "locked" if refused else "readable" if readable else "not_proven",
        "undo": undo(registries, task.session.subscription_id),
    }
    for way in dormant:
        task.warn(f"{way.name} at {way.scope} would open {names} again if the vault's permission model changed.")
    if readable and not remaining:
        text = f"Images of {listed(readable, NAMED)} can still be read: Azure may take up to an hour to notice. "
        task.warn(text + "Run the same task again to see whether it has.")
    if remaining:
        _still_open(task, names, remaining, result)
    return result


def _still_open(task: Task, names: str, remaining: typing.Sequence[Way], result: Result) -> None:
    """Nobody is told that it is locked while the identity can still unwrap.

    :raises Failure: in a real run.
    """
    text = f"{names} can STILL reach the key by {listed(way.words() for way in remaining)}."
    hint = (
        "That was given at a higher scope, to a group, or by a role that we do not know, and may serve others, so it "
        f"is not taken away here. To do so: {' ; '.join(way.removal for way in remaining)} "
        "Or lock the key itself: acr_cmk_revoke_by=disable_key."
    )
    if task.check_mode:
        task.warn(f"{text} {hint}")
        return
    details = {name: value for name, value in result.items() if name != "msg"}
    raise Failure(text, hint=hint, code="still_reachable", details=details)
