# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""From what keeps a registry from its key to the steps that bring it back; what is right is left alone.

Recovering a vault brings its keys and access policies back, but no role assignment (Key Vault documentation,
"Azure Key Vault recovery management"), and what is inside shows only afterwards. So the plan is made again after each
round, until nothing is wrong or nothing more can be done.
"""

from __future__ import annotations

import dataclasses
import typing

from ..._domain.key_identifier import KeyIdentifier
from ..._domain.key_store import DeletedKeyStore, KeyStore
from ..._domain.plan import Step
from ..._domain.registry import Registry
from ..health.causes import causes
from ..health.observation import Finding, Observation, ObservedIdentity
from ..key.fitness import NEEDED_OPERATIONS

#: The tag that the role ``create`` gives to a vault that it makes.
MADE_BY = ("made-by", "ownkey.acr")
#: The order of one round's steps: the vault, the key, the identity, its right, and what the registry is told last.
_ORDER = (
    "recover_vault",
    "grant_caller",
    "recover_key",
    "enable_key",
    "allow_operations",
    "trust_services",
    "recreate_identity",
    "grant",
    "attach_identity",
    "set_identity",
    "use_system",
    "set_key",
)
#: What comes a round before anything that the registry is told.
_FIRST = {"recover_vault", "grant_caller", "recover_key", "trust_services"}
#: Troubles that do not keep a registry from reading its data: unwrap works outside a key's validity (Key Vault
#: documentation, "About keys").
_HARMLESS = ("key_expired", "key_not_yet_valid", "not_rsa")


@dataclasses.dataclass(frozen=True)
class RemedyStep(Step):
    """One step of a restoration.

    :param version: the key version that is changed.
    :param operations: what the key is to allow.
    :param store: the key store that is changed, or in which a right is given.
    :param deleted_store: the one that is recovered.
    :param principal_id: who gets a right.
    :param resource_id: of the identity.
    :param client_id: of the identity, as it is now.
    """

    # again, since some tools do not see what is inherited
    action: str
    text: str
    version: str = ""
    operations: tuple[str, ...] = ()
    store: KeyStore | None = None
    deleted_store: DeletedKeyStore | None = None
    principal_id: str = ""
    resource_id: str = ""
    client_id: str = ""


@dataclasses.dataclass(frozen=True)
class Situation:
    """One registry as it was seen.

    ``in_use``: observed with the version that the registry reports. ``newest``: with the newest version, where the
    registry follows a versionless key; else None. ``by_attached``: the version in use, observed by each identity that
    is attached, where the one by which the registry goes to its key is none of them and is not found.
    """

    registry: Registry
    key: KeyIdentifier
    in_use: Observation
    newest: Observation | None = None
    by_attached: tuple[Observation, ...] = ()


@dataclasses.dataclass(frozen=True)
class Remedies:
    """The steps of one round, and the troubles that no step of ours removes."""

    steps: tuple[RemedyStep, ...]
    left: tuple[Finding, ...]


def remedies(situation: Situation, *, recovered: bool = False, caller_has_right: bool = False) -> Remedies:
    """What to do next for one registry.

    :param recovered: its vault was recovered, and the caller's own right is gone with the others.
    :param caller_has_right: the caller got one in this run, so that it only takes a while.
    """
    steps: list[RemedyStep] = []
    left: list[Finding] = []
    successor = _successor(situation)
    if successor is not None:
        situation = dataclasses.replace(situation, in_use=successor)
        steps.append(_succession(successor, situation.registry.label))
    observation = situation.in_use
    for finding in causes(observation):
        step = _step(finding, situation)
        if step is not None:
            steps.append(step)
        elif finding.severity == "error" and finding.code not in _HARMLESS:
            left.append(finding)
    steps += _newest_steps(situation)
    is_lost = recovered and observation.key_state in ("denied", "unreachable", "unknown")
    if (
        observation.store is not None
        and not caller_has_right
        and (is_lost or (observation.key_state == "denied" and _is_ours(observation.store)))
    ):
        text = f"give you the right to the keys of the {observation.place} back"
        steps.append(RemedyStep("grant_caller", text, store=observation.store))
    if observation.key_state == "denied" or _FIRST & {step.action for step in steps}:
        # what key and identity lack shows only when vault and key can be reached again
        steps = [step for step in steps if step.action not in ("set_identity", "use_system")]
    if any(step.action == "set_identity" for step in steps) and _user_is_kept_out(observation):
        # set as it is now, it could not pass the vault's firewall
        steps = [step for step in steps if step.action not in ("set_identity", "grant")] + [set_anew(situation)]
    unique = {(step.action, step.text): step for step in steps}
    return Remedies(tuple(sorted(unique.values(), key=lambda step: _ORDER.index(step.action))), tuple(left))


def _newest_steps(situation: Situation) -> list[RemedyStep]:
    """What a registry that follows a versionless key needs of the newest version, to which it is set."""
    newest = situation.newest
    if newest is None or newest.key is None:
        return []
    as_newest = dataclasses.replace(situation, in_use=newest)
    codes = ("key_disabled", "key_operations")
    steps = [_step(finding, as_newest) for finding in causes(newest) if finding.code in codes]
    return [step for step in steps if step is not None]


def _successor(situation: Situation) -> Observation | None:
    """The identity that took the place of one that is not there any more, as it was seen; None if that is not clear.

    An identity that was deleted and made again has new ids. Once it is attached with them, nothing tells that the old
    client id, by which the registry still goes to its key, was its own: as after a run that ended in between. Whichever
    attached one has the right to the key will do.
    """
    return next((one for one in situation.by_attached if one.grant is not None and one.grant.allowed), None)


def _succession(successor: Observation, name: str) -> RemedyStep:
    identity = typing.cast(ObservedIdentity, successor.identity)
    if identity.system:
        text = f"have the registry {name} go to its key as its system-assigned identity"
        return RemedyStep("use_system", text, store=successor.store)
    return _set_identity(identity, name)


def set_anew(situation: Situation) -> RemedyStep:
    """The step for a registry that cannot read its data although nothing is wrong that can be seen.

    After the vault's firewall was turned on, or its access was interrupted, identity and key are set anew on the
    registry (Microsoft's guide, part 4). A user-assigned identity may not pass the firewall as a trusted service; then
    the registry's system-assigned one takes over.
    """
    name, observation = situation.registry.label, situation.in_use
    if _user_is_kept_out(observation):
        text = f"have the registry {name} pass the firewall of the {observation.place} with its system-assigned"
        return RemedyStep("use_system", f"{text} identity, which gets the right to the key", store=observation.store)
    return RemedyStep("set_key", f"set key and identity of the registry {name} anew")


def _user_is_kept_out(observation: Observation) -> bool:
    return any(finding.code == "vault_firewall_user_identity" for finding in causes(observation))


def _is_ours(store: KeyStore) -> bool:
    return store.tags.get(MADE_BY[0]) == MADE_BY[1]


def _enable(version: str, situation: Situation) -> RemedyStep:
    text = f"enable version {version} of the key {situation.key.name} in the {situation.key.place}"
    return RemedyStep("enable_key", text, version=version)


def _step(finding: Finding, situation: Situation) -> RemedyStep | None:
    observation = situation.in_use
    if finding.code == "vault_deleted":
        text = f"recover the soft-deleted {observation.place} with its keys"
        return RemedyStep("recover_vault", text, deleted_store=observation.deleted_store)
    if finding.code in ("key_deleted", "key_gone"):
        return RemedyStep("recover_key", f"recover the soft-deleted key {observation.key_name} with all its versions")
    if finding.code == "key_disabled" and observation.key is not None:
        return _enable(observation.key.version, situation)
    if finding.code == "key_operations" and observation.key is not None:
        version = f"version {observation.key.version} of the key {observation.key_name}"
        text = f"let {version} be used for {' and '.join(NEEDED_OPERATIONS)} again"
        operations = tuple(sorted({*observation.key.operations, *NEEDED_OPERATIONS}))
        return RemedyStep("allow_operations", text, version=observation.key.version, operations=operations)
    if finding.code == "vault_firewall" and observation.store is not None:
        text = f"let trusted Azure services through the firewall of the {observation.place} again"
        return RemedyStep("trust_services", text, store=observation.store)
    return _identity_step(finding, observation, situation.registry.label)


def _set_identity(identity: ObservedIdentity, name: str) -> RemedyStep:
    text = f"set the identity {identity.reference}, as it is now, on the registry {name}"
    return RemedyStep("set_identity", text, resource_id=identity.resource_id or "", client_id=identity.client_id or "")


def _identity_step(finding: Finding, observation: Observation, name: str) -> RemedyStep | None:
    identity = observation.identity
    if identity is None:
        return None
    lacks_access = finding.code in ("access_missing", "access_wrong_mode", "access_wrong_scope")
    if lacks_access and observation.store is not None:
        role = observation.store.role("service_encryption_user")
        model = "its access policy" if observation.store.access == "policy" else f"the role {role.name}"
        text = f"give the identity {identity.reference} {model} on the {observation.place} again"
        return RemedyStep("grant", text, store=observation.store, principal_id=identity.principal_id or "")
    if not identity.resource_id:
        return None
    where = identity.resource_id
    if finding.code == "identity_deleted":
        text = f"make the identity {identity.reference} again, with new ids"
        return RemedyStep("recreate_identity", text, resource_id=where)
    if finding.code == "identity_recreated":
        return _set_identity(identity, name)
    if finding.code == "identity_not_attached":
        text = f"attach the identity {identity.reference} to the registry {name} again"
        return RemedyStep("attach_identity", text, resource_id=where)
    return None
