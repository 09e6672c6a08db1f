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

from . import access, health, plan
from .key_identifier import KeyIdentifier
from .registry_facts import Facts

#: The tag that the role ``create`` gives to a vault that it makes.
MADE_BY = ("made-by", "ownkey.acr")


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
        elif finding.severity == "error":
            left.append(finding)
    newest = situation.newest
    if newest is not None and newest.key is not None and not newest.key["enabled"]:
        steps.append(_enable(newest.key["version"], situation))
    if seen.key_state == "denied" and seen.vault is not None and (recovered or _ours(seen.vault)):
        text = f"give you the right to the keys of the vault {seen.vault_name} back"
        steps.append(plan.Step("grant_caller", text, {"vault": seen.vault}))
    unique = {(step.action, step.text): step for step in steps}
    return Remedies(tuple(unique.values()), tuple(left))


def _ours(vault: dict) -> bool:
    return (vault.get("tags") or {}).get(MADE_BY[0]) == MADE_BY[1]


def _enable(version: str, situation: Situation) -> plan.Step:
    text = f"enable version {version} of the key {situation.key.name} in the vault {situation.key.vault}"
    return plan.Step("enable_key", text, {"version": version})


def _step(finding: health.Finding, situation: Situation) -> plan.Step | None:
    seen, name = situation.in_use, situation.registry["name"]
    if finding.code == "vault_deleted":
        text = f"recover the soft-deleted vault {seen.vault_name} with its keys"
        return plan.Step("recover_vault", text, {"deleted": seen.vault_deleted})
    if finding.code == "key_deleted":
        text = f"recover the soft-deleted key {seen.key_name} with all its versions"
        return plan.Step("recover_key", text)
    if finding.code == "key_disabled" and seen.key is not None:
        return _enable(seen.key["version"], situation)
    identity = seen.identity or {}
    if finding.code == "access_missing" and seen.vault is not None:
        role = access.ROLES["service_encryption_user"]
        model = f"the role {role.name}" if access.vault_access(seen.vault) == "rbac" else "its access policy"
        text = f"give the identity {identity['reference']} {model} on the vault {seen.vault_name} again"
        return plan.Step("grant", text, {"vault": seen.vault, "principal_id": identity["principal_id"]})
    if finding.code == "identity_not_attached" and identity.get("resource_id"):
        text = f"attach the identity {identity['reference']} to the registry {name} again"
        return plan.Step("attach_identity", text, {"resource_id": identity["resource_id"]})
    return None
