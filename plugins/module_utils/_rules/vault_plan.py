# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What to do so that a vault is as wanted, and never a silent change of what Azure makes irreversible."""

from __future__ import annotations

import dataclasses
import typing

from . import access, plan
from .failure import Failure

_NETWORK = {"default_action": "defaultAction", "bypass": "bypass"}


@dataclasses.dataclass(frozen=True)
class Desired:
    """A vault as wanted; None means not asked for. ``access`` is ``rbac`` or ``policy``."""

    name: str
    location: str | None
    tenant_id: str
    sku: str | None = None
    access: str | None = None
    purge_protection: bool | None = None
    soft_delete_retention_days: int | None = None
    public_network_access: str | None = None
    network_acls: dict[str, typing.Any] | None = None
    tags: dict[str, str] | None = None
    append_tags: bool = True
    creation_tags: dict[str, str] | None = None


def check(desired: Desired) -> None:
    """What can be said of the wish alone.

    :raises Failure: for a retention that Azure does not offer.
    """
    days = desired.soft_delete_retention_days
    if days is not None and not 7 <= days <= 90:
        raise Failure(
            f"{days} days is not a retention that Key Vault offers.",
            parameter="soft_delete_retention_days",
            hint="Give 7 to 90.",
            code="invalid_retention",
        )


def _acls(rules: dict[str, typing.Any]) -> dict[str, typing.Any]:
    return {
        "defaultAction": rules.get("default_action") or "Deny",
        "bypass": rules.get("bypass") or "AzureServices",
        "ipRules": [{"value": value} for value in rules.get("ip_rules") or []],
        "virtualNetworkRules": [{"id": value} for value in rules.get("virtual_network_rules") or []],
    }


def create(desired: Desired, *, recover: bool = False) -> plan.Plan:
    """The plan for a vault that is not there (or, with ``recover``, soft-deleted).

    The permission model is always said: since api-version 2026-02-01 Azure makes a vault role-based unless told
    otherwise, before it made one with access policies. ``enablePurgeProtection: false`` is an error even at creation,
    so it is left out when not wanted.

    :raises Failure: when the location is missing.
    """
    if not desired.location:
        text = f"The vault {desired.name} does not exist yet; to create it, location is needed."
        raise Failure(text, parameter="location", code="missing_parameter")
    properties: dict[str, typing.Any] = {
        "tenantId": desired.tenant_id,
        "sku": {"family": "A", "name": desired.sku or "standard"},
    }
    if recover:
        properties["createMode"] = "recover"
        body = {"location": desired.location, "properties": properties}
        step = plan.Step("recover_vault", f"recover the soft-deleted vault {desired.name}", {"body": body})
        return plan.Plan((step,), {"state": "soft-deleted"}, {"state": "present"})
    model = desired.access or "rbac"
    properties |= {"enableRbacAuthorization": model == "rbac", "accessPolicies": []}
    properties["softDeleteRetentionInDays"] = desired.soft_delete_retention_days or 90
    protected = desired.purge_protection is not False
    if protected:
        properties["enablePurgeProtection"] = True
    if desired.public_network_access:
        properties["publicNetworkAccess"] = desired.public_network_access
    if desired.network_acls is not None:
        properties["networkAcls"] = _acls(desired.network_acls)
    tags = {**(desired.creation_tags or {}), **(desired.tags or {})}
    body = {"location": desired.location, "tags": tags, "properties": properties}
    protection = "with" if protected else "WITHOUT"
    words = "role-based access" if model == "rbac" else "access policies"
    text = f"create the vault {desired.name} in {desired.location} with {words}, {protection} purge protection"
    after = {
        "location": desired.location,
        "access": model,
        "purge_protection": protected,
        "sku": desired.sku or "standard",
        "tags": tags,
    }
    return plan.Plan((plan.Step("put_vault", text, {"body": body}),), {}, after)


def update(desired: Desired, known: dict[str, typing.Any]) -> plan.Plan:
    """The plan for a vault that is there. Steps that can lock a registry out are of the action ``lock``.

    :param known: the vault as Resource Manager's JSON has it.
    :raises Failure: for what Azure does not change any more.
    """
    properties = known.get("properties") or {}
    _check_fixed(desired, known)
    wire: dict[str, typing.Any] = {}
    before: dict[str, typing.Any] = {}
    after: dict[str, typing.Any] = {}
    locks: list[str] = []
    if desired.purge_protection and not properties.get("enablePurgeProtection"):
        wire["enablePurgeProtection"] = True
        before["purge_protection"], after["purge_protection"] = False, True
    sku = (properties.get("sku") or {}).get("name")
    if desired.sku and desired.sku != str(sku).lower():
        wire["sku"] = {"family": "A", "name": desired.sku}
        before["sku"], after["sku"] = sku, desired.sku
    model = access.vault_access(known)
    if desired.access and desired.access != model:
        wire["enableRbacAuthorization"] = desired.access == "rbac"
        before["access"], after["access"] = model, desired.access
        locks.append("access")
    public = properties.get("publicNetworkAccess") or "Enabled"
    if desired.public_network_access and desired.public_network_access != public:
        wire["publicNetworkAccess"] = desired.public_network_access
        before["public_network_access"], after["public_network_access"] = public, desired.public_network_access
        locks += ["public_network_access"] if desired.public_network_access == "Disabled" else []
    if desired.network_acls is not None:
        wanted, there = _acls(desired.network_acls), _known_acls(properties)
        if _comparable(wanted) != _comparable(there):
            wire["networkAcls"] = wanted
            before["network_acls"], after["network_acls"] = _comparable(there), _comparable(wanted)
            tighter = wanted["defaultAction"] == "Deny" and (
                there["defaultAction"] != "Deny" or wanted["bypass"] != there["bypass"]
            )
            locks += ["network_acls"] if tighter else []
    tags = plan.merged_tags(desired.tags, known.get("tags"), append=desired.append_tags)
    body: dict[str, typing.Any] = {"properties": wire} if wire else {}
    if tags is not None:
        body["tags"] = tags
        before["tags"], after["tags"] = known.get("tags") or {}, tags
    if not body:
        return plan.Plan()
    for_good = " (purge protection for good)" if "purge_protection" in after else ""
    text = f"set {plan.listed(after)} of the vault {desired.name}{for_good}"
    step = plan.Step("lock" if locks else "patch_vault", text, {"body": body, "locks": locks})
    return plan.Plan((step,), before, after)


def spares_trusted_services(step: plan.Step) -> bool:
    """Whether a step that can lock registries out does so by a firewall that lets trusted services through."""
    acls = (step.details["body"].get("properties") or {}).get("networkAcls") or {}
    return set(step.details.get("locks") or []) <= {"network_acls"} and acls.get("bypass") == "AzureServices"


def as_if(known: dict[str, typing.Any], model: str) -> dict[str, typing.Any]:
    """A vault as it would be with another permission model, ``rbac`` or ``policy``."""
    return {**known, "properties": {**known["properties"], "enableRbacAuthorization": model == "rbac"}}


def with_access_moved(steps: plan.Plan, grants: typing.Sequence[plan.Step]) -> plan.Plan:
    """The plan with every right given under the new model first; then the switch alone locks nobody out."""
    last = steps.steps[-1]
    action = "lock" if set(last.details["locks"]) - {"access"} else "patch_vault"
    switch = plan.Step(action, last.text, last.details)
    return plan.Plan((*grants, switch), steps.before, steps.after)


def _known_acls(properties: dict[str, typing.Any]) -> dict[str, typing.Any]:
    acls = properties.get("networkAcls") or {}
    return {
        "defaultAction": acls.get("defaultAction") or "Allow",
        "bypass": acls.get("bypass") or "AzureServices",
        "ipRules": acls.get("ipRules") or [],
        "virtualNetworkRules": acls.get("virtualNetworkRules") or [],
    }


def _comparable(acls: dict[str, typing.Any]) -> dict[str, typing.Any]:
    addresses = [str(rule["value"]) for rule in acls["ipRules"]]
    return {
        "default_action": acls["defaultAction"],
        "bypass": acls["bypass"],
        # Azure writes a single address back with its prefix length
        "ip_rules": sorted(value.removesuffix("/32") for value in addresses),
        "virtual_network_rules": sorted(str(rule["id"]).lower() for rule in acls["virtualNetworkRules"]),
    }


def _check_fixed(desired: Desired, known: dict[str, typing.Any]) -> None:
    properties = known.get("properties") or {}
    if desired.location and desired.location.replace(" ", "").lower() != str(known.get("location")).lower():
        raise Failure(
            f"The vault {desired.name} is in {known.get('location')}; a vault cannot be moved to another region.",
            parameter="location",
            hint="Leave location out, or choose another name.",
            code="fixed_location",
        )
    days, there = desired.soft_delete_retention_days, properties.get("softDeleteRetentionInDays")
    if days is not None and there is not None and days != there:
        raise Failure(
            f"The vault {desired.name} keeps deleted keys for {there} days; that is set at creation, for good.",
            parameter="soft_delete_retention_days",
            hint="Leave it out.",
            code="fixed_retention",
        )


def facts(known: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """A vault in the collection's own words."""
    properties = known.get("properties") or {}
    return {
        "id": known.get("id"),
        "name": known.get("name"),
        "location": known.get("location"),
        "vault_uri": properties.get("vaultUri"),
        "sku": (properties.get("sku") or {}).get("name"),
        "access": access.vault_access(known),
        "purge_protection": bool(properties.get("enablePurgeProtection")),
        "soft_delete_retention_days": properties.get("softDeleteRetentionInDays"),
        "public_network_access": properties.get("publicNetworkAccess") or "Enabled",
        "network_acls": _comparable(_known_acls(properties)),
        "tags": known.get("tags") or {},
    }
