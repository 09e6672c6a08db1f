# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Azure Policy says when it says no (docs/azure-behaviour.md, "Azure Policy")."""

from __future__ import annotations

import typing

from ..keys.errors import refuse as refuse_key
from ..resource_manager.errors import refuse
from ..routing import Refusal


def _info(rule: dict[str, typing.Any]) -> dict[str, typing.Any]:
    assignment, definition = rule["assignment"], rule["definition"]
    return {
        "policyDefinitionDisplayName": definition["title"],
        "policyDefinitionId": definition["id"],
        "policyDefinitionName": definition["name"],
        "policyDefinitionEffect": "deny",
        "policyAssignmentId": assignment["id"],
        "policyAssignmentName": assignment["name"],
        "policyAssignmentDisplayName": assignment["title"],
        "policyAssignmentScope": assignment["scope"],
    }


def disallowed(name: str, rules: list[dict[str, typing.Any]]) -> Refusal:
    """Resource Manager's refusal; what violates which policy stands in ``additionalInfo``."""
    reasons = [rule["assignment"]["reason"] for rule in rules if rule["assignment"]["reason"]]
    explanation = f" Reasons: '{', '.join(reasons)}'." if reasons else ""
    text = f"Resource '{name}' was disallowed by policy.{explanation} See error details for policy resource IDs."
    refusal = refuse(403, "RequestDisallowedByPolicy", text)
    refusal.reply.body["error"] |= {
        "target": name,
        "additionalInfo": [{"type": "PolicyViolation", "info": _info(rule)} for rule in rules],
    }
    return refusal


def key_disallowed(name: str, rule: dict[str, typing.Any]) -> Refusal:
    """The data plane's refusal; of its wording only "disallowed by policy" is explanation."""
    text = f"Key {name} was disallowed by policy '{rule['definition']['title']}' ({rule['assignment']['id']})."
    return refuse_key(403, "Forbidden", text, "ForbiddenByPolicy")


def not_emulated(what: str) -> Refusal:
    return refuse(501, "NotEmulated", f"The local Azure does not emulate this part of Azure Policy: {what}")


def not_found(kind: str, name: str) -> Refusal:
    return refuse(404, f"{kind}NotFound", f"The {kind} '{name}' is not found.")
