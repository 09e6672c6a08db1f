# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policies of a registry, and which of its settings its tier has.

Sources: Microsoft, "Service tiers", "Set a retention policy for untagged manifests", "Recover deleted artifacts with
soft delete policy", "Disable export of artifacts"; what people met (docs/azure-behaviour.md, "Registries").
"""

from __future__ import annotations

import re
import typing

from ..world import World
from . import errors

Record = dict[str, typing.Any]

#: Policies that only Premium has; by name, the status that takes it.
_PREMIUM = {
    "quarantinePolicy": "enabled",
    "trustPolicy": "enabled",
    "retentionPolicy": "enabled",
    "exportPolicy": "disabled",
}
#: Days that a policy may have: the first and the last.
_DAYS = {"retentionPolicy": ("days", 0, 365), "softDeletePolicy": ("retentionDays", 1, 90)}


def defaults() -> Record:
    """The policies of which a PUT says nothing."""
    return {
        "quarantinePolicy": {"status": "disabled"},
        "trustPolicy": {"type": "Notary", "status": "disabled"},
        "retentionPolicy": {"days": 7, "status": "disabled"},
        "exportPolicy": {"status": "enabled"},
        "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
        "softDeletePolicy": {"retentionDays": 7, "status": "disabled"},
    }


def is_on(registry: Record, name: str) -> bool:
    """Whether a policy is enabled."""
    return str(registry["properties"]["policies"].get(name, {}).get("status")).lower() == "enabled"


def take(world: World, registry: Record, asked: Record, *, replicas: bool) -> None:
    """Take over what a request says of policies.

    :param asked: the request's ``properties``.
    :param replicas: the registry has any.
    :raises Refusal: for what the tier does not have, what does not go together, and other days than there may be.
    """
    known = registry["properties"]["policies"]
    for name, given in (asked.get("policies") or {}).items():
        if given is not None:
            kept = {k: v for k, v in given.items() if k != "lastUpdatedTime" and v is not None}
            known[name] = {**known.get(name, {}), **kept}
    if registry["sku"] != "Premium" and any(
        str(known[n]["status"]).lower() == status for n, status in _PREMIUM.items()
    ):
        raise errors.sku_not_supported(registry["sku"])
    for name, (days, first, last) in _DAYS.items():
        if not first <= known[name][days] <= last:
            raise errors.bad_policy(f"The property {days} of the {name} must be between {first} and {last}.")
    if is_on(registry, "softDeletePolicy"):
        if replicas:
            raise errors.bad_policy("The softDeletePolicy cannot be enabled for a registry with replications.")
        if is_on(registry, "retentionPolicy") and not world.settings.soft_delete_beside_retention:
            raise errors.bad_policy("The softDeletePolicy and the retentionPolicy cannot both be enabled.")


def refuse_old_version(registry: Record, version: str) -> None:
    """Told (azure-service-operator #5081): no PUT in a version that does not know soft delete while that is enabled."""
    if is_on(registry, "softDeletePolicy") and not re.fullmatch(r"202[2-9]-\d\d-\d\d-preview", version):
        raise errors.soft_delete_not_in(registry["name"], version)


def check_tier(registry: Record) -> None:
    """The settings, beside the policies, that a tier has not.

    :raises Refusal: 400 SkuNotSupported.
    """
    known = registry["properties"]
    rules = known["networkRuleSet"]
    premium = (
        known["dataEndpointEnabled"]
        or known["zoneRedundancy"] == "Enabled"
        or rules["defaultAction"] == "Deny"
        or rules["ipRules"]
    )
    if (premium and registry["sku"] != "Premium") or (known["anonymousPullEnabled"] and registry["sku"] == "Basic"):
        raise errors.sku_not_supported(registry["sku"])
