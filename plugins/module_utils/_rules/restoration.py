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

from . import access, health, plan
from .encryption import NEEDED_OPERATIONS
from .key_identifier import KeyIdentifier
from .registry_facts import Facts

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
#: Troubles that do not keep a registry from reading its data: unwrap works outside a key's validity (Key Vault
#: documentation, "About keys").
_HARMLESS = ("key_expired", "key_not_yet_valid", "not_rsa")


@dataclasses.dataclass(frozen=True)
class Situation:
    """One registry as it was seen.

    ``in_use``: observed with the version that the registry reports. ``newest``: with the newest version, where the
    registry follows a versionless key; else None.
    """

    registry: Facts
    key: KeyIdentifier
    in_use: health.Observed
    newest: health.Observed | None = None


@dataclasses.dataclass(frozen=True)
class Remedies:
    """The steps of one round, and the troubles that no step of ours removes."""

    steps: tuple[plan.Step, ...]
    left: tuple[health.Finding, ...]


def remedies(situation: Situation, *, recovered: bool = False) -> Remedies:
    """What to do next for one registry.

    :param recovered: its vault was recovered in this run, so the caller's own right is gone with the others.
    """
    seen, steps, left = situation.in_use, [], []
    for finding in health.causes(seen):
        step = _step(finding, situation)
        if step is not None:
            steps.append(step)
        elif finding.severity == "error" and finding.code not in _HARMLESS:
            left.append(finding)
    newest = situation.newest
    if newest is not None and newest.key is not None and not newest.key["enabled"]:
        steps.append(_enable(newest.key["version"], situation))
    if seen.key_state == "denied" and seen.vault is not None and (recovered or _ours(seen.vault)):
        text = f"give you the right to the keys of the {seen.place} back"
        steps.append(plan.Step("grant_caller", text, {"vault": seen.vault}))
    if {"recover_vault", "grant_caller", "recover_key"} & {step.action for step in steps}:
        # what the identity lacks shows only when vault and key are there again
        steps = [step for step in steps if step.action != "set_identity"]
    if any(step.action == "set_identity" for step in steps) and _user_is_kept_out(seen):
        # set as it is now, it could not pass the vault's firewall
        steps = [step for step in steps if step.action not in ("set_identity", "grant")] + [set_anew(situation)]
    unique = {(step.action, step.text): step for step in steps}
    return Remedies(tuple(sorted(unique.values(), key=lambda step: _ORDER.index(step.action))), tuple(left))


def set_anew(situation: Situation) -> plan.Step:
    """The step for a registry that cannot read its data although nothing is wrong that can be seen.

    After the vault's firewall was turned on, or its access was interrupted, identity and key are set anew on the
    registry (Microsoft's guide, part 4). A user-assigned identity may not pass the firewall as a trusted service; then
    the registry's system-assigned one takes over.
    """
    name, seen = situation.registry["name"], situation.in_use
    if _user_is_kept_out(seen):
        text = f"have the registry {name} pass the firewall of the {seen.place} with its system-assigned"
        return plan.Step("use_system", f"{text} identity, which gets the right to the key")
    return plan.Step("set_key", f"set key and identity of the registry {name} anew")


def _user_is_kept_out(seen: health.Observed) -> bool:
    return any(finding.code == "vault_firewall_user_identity" for finding in health.causes(seen))


def _ours(vault: dict[str, typing.Any]) -> bool:
    return (vault.get("tags") or {}).get(MADE_BY[0]) == MADE_BY[1]


def _enable(version: str, situation: Situation) -> plan.Step:
    text = f"enable version {version} of the key {situation.key.name} in the {situation.key.place}"
    return plan.Step("enable_key", text, {"version": version})


def _step(finding: health.Finding, situation: Situation) -> plan.Step | None:
    seen, name = situation.in_use, situation.registry["name"]
    if finding.code == "vault_deleted":
        text = f"recover the soft-deleted {seen.place} with its keys"
        return plan.Step("recover_vault", text, {"deleted": seen.vault_deleted})
    if finding.code in ("key_deleted", "key_gone"):
        text = f"recover the soft-deleted key {seen.key_name} with all its versions"
        return plan.Step("recover_key", text)
    if finding.code == "key_disabled" and seen.key is not None:
        return _enable(seen.key["version"], situation)
    if finding.code == "key_operations" and seen.key is not None:
        text = f"let the key {seen.key_name} be used for {' and '.join(NEEDED_OPERATIONS)} again"
        operations = sorted({*seen.key["operations"], *NEEDED_OPERATIONS})
        return plan.Step("allow_operations", text, {"version": seen.key["version"], "operations": operations})
    if finding.code == "vault_firewall" and seen.vault is not None:
        text = f"let trusted Azure services through the firewall of the {seen.place} again"
        return plan.Step("trust_services", text, {"vault": seen.vault})
    return _identity_step(finding, seen, name)


def _identity_step(finding: health.Finding, seen: health.Observed, name: str) -> plan.Step | None:
    identity = seen.identity or {}
    lacking = finding.code in ("access_missing", "access_wrong_mode", "access_wrong_scope")
    if lacking and seen.vault is not None:
        role = access.role_in(seen.vault, "service_encryption_user")
        model = "its access policy" if access.vault_access(seen.vault) == "policy" else f"the role {role.name}"
        text = f"give the identity {identity['reference']} {model} on the {seen.place} again"
        return plan.Step("grant", text, {"vault": seen.vault, "principal_id": identity["principal_id"]})
    if not identity.get("resource_id"):
        return None
    if finding.code == "identity_deleted":
        text = f"make the identity {identity['reference']} again, with new ids"
        return plan.Step("recreate_identity", text, {"resource_id": identity["resource_id"]})
    if finding.code == "identity_recreated":
        text = f"set the identity {identity['reference']}, as it is now, on the registry {name}"
        details = {"resource_id": identity["resource_id"], "client_id": identity["client_id"]}
        return plan.Step("set_identity", text, details)
    if finding.code == "identity_not_attached":
        text = f"attach the identity {identity['reference']} to the registry {name} again"
        return plan.Step("attach_identity", text, {"resource_id": identity["resource_id"]})
    return None
