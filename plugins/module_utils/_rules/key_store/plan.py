# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What to do so that a vault is as wanted, and never a silent change of what Azure makes irreversible."""

from __future__ import annotations

import dataclasses
import typing

from ..._domain import tags
from ..._domain.failure import Failure
from ..._domain.key_store import DeletedKeyStore, NetworkAcls, Vault
from ..._domain.plan import Plan, Side, Step
from ..._domain.region import slug
from ..._domain.wire import Body
from ..._domain.words import listed


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
    network_acls: NetworkAcls | None = None
    tags: dict[str, str] | None = None
    append_tags: bool = True
    creation_tags: dict[str, str] | None = None


@dataclasses.dataclass(frozen=True)
class VaultStep(Step):
    """One change of a vault.

    :param body: what is sent.
    :param locks: what of it can lock registries out, by the options' names.
    :param principal_id: of ``grant``: who gets a right.
    :param role: of ``grant``: a key of :data:`.._domain.role.ROLES`.
    :param model: of ``grant``: the permission model under which the right is to count.
    """

    # again, since some tools do not see what is inherited
    action: str
    text: str
    body: Body = dataclasses.field(default_factory=dict)
    locks: tuple[str, ...] = ()
    #: a firewall that lets trusted services through
    spares_trusted_services: bool = False
    principal_id: str = ""
    role: str = ""
    model: str = ""


VaultPlan = Plan[VaultStep]


def recovery_body(tenant_id: str, deleted: DeletedKeyStore, *, sku: str = "standard") -> Body:
    """The PUT that brings a vault back. Its tags go along: a policy on tags judges it too (azure-docs #103751)."""
    properties: Body = {"tenantId": tenant_id, "sku": {"family": "A", "name": sku}, "createMode": "recover"}
    return {"location": deleted.location, "tags": dict(deleted.tags), "properties": properties}


def recover(desired: Desired, deleted: DeletedKeyStore) -> VaultPlan:
    """The plan for a vault that is soft-deleted."""
    body = recovery_body(desired.tenant_id, deleted, sku=desired.sku or "standard")
    step = VaultStep("recover_vault", f"recover the soft-deleted vault {desired.name}", body=body)
    return Plan((step,), {"state": "soft-deleted"}, {"state": "present"})


def create(desired: Desired) -> VaultPlan:
    """The plan for a vault that is not there.

    The permission model is always said: since api-version 2026-02-01 Azure makes a vault role-based unless told
    otherwise, before it made one with access policies. ``enablePurgeProtection: false`` is an error even at creation,
    so it is left out when not wanted.

    :raises Failure: when the location is missing.
    """
    if not desired.location:
        text = f"The vault {desired.name} does not exist yet; to create it, location is needed."
        raise Failure(text, parameter="location", code="missing_parameter")
    properties: Body = {"tenantId": desired.tenant_id, "sku": {"family": "A", "name": desired.sku or "standard"}}
    model = desired.access or "rbac"
    properties |= {"enableRbacAuthorization": model == "rbac", "accessPolicies": []}
    properties["softDeleteRetentionInDays"] = desired.soft_delete_retention_days or 90
    is_protected = desired.purge_protection is not False
    if is_protected:
        properties["enablePurgeProtection"] = True
    if desired.public_network_access:
        properties["publicNetworkAccess"] = desired.public_network_access
    if desired.network_acls is not None:
        properties["networkAcls"] = desired.network_acls.body()
    new_tags = {**(desired.creation_tags or {}), **(desired.tags or {})}
    protection = "with" if is_protected else "WITHOUT"
    words = "role-based access" if model == "rbac" else "access policies"
    text = f"create the vault {desired.name} in {desired.location} with {words}, {protection} purge protection"
    after: Side = {
        "location": desired.location,
        "access": model,
        "purge_protection": is_protected,
        "sku": desired.sku or "standard",
        "tags": new_tags,
    }
    body: Body = {"location": desired.location, "tags": new_tags, "properties": properties}
    return Plan((VaultStep("put_vault", text, body=body),), {}, after)


def update(desired: Desired, vault: Vault) -> VaultPlan:
    """The plan for a vault that is there. A step that can lock a registry out is of the action ``lock``.

    :raises Failure: for what Azure does not change any more.
    """
    _check_fixed(desired, vault)
    properties: Body = {}
    before: Side = {}
    after: Side = {}
    locks: list[str] = []
    if desired.purge_protection and not vault.purge_protection:
        properties["enablePurgeProtection"] = True
        before["purge_protection"], after["purge_protection"] = False, True
    if desired.sku and desired.sku != (vault.sku or "").lower():
        properties["sku"] = {"family": "A", "name": desired.sku}
        before["sku"], after["sku"] = vault.sku, desired.sku
    if desired.access and desired.access != vault.access:
        properties["enableRbacAuthorization"] = desired.access == "rbac"
        before["access"], after["access"] = vault.access, desired.access
        locks.append("access")
    public = vault.public_network_access or "Enabled"
    if desired.public_network_access and desired.public_network_access != public:
        properties["publicNetworkAccess"] = desired.public_network_access
        before["public_network_access"], after["public_network_access"] = public, desired.public_network_access
        locks += ["public_network_access"] if desired.public_network_access == "Disabled" else []
    acls, current = desired.network_acls, vault.network_acls
    if acls is not None and acls.result() != current.result():
        properties["networkAcls"] = acls.body()
        before["network_acls"], after["network_acls"] = current.result(), acls.result()
        tighter = acls.denies and (not current.denies or acls.bypass != current.bypass)
        locks += ["network_acls"] if tighter else []
    new_tags = tags.merged(desired.tags, vault.tags, append=desired.append_tags)
    body: Body = {"properties": properties} if properties else {}
    if new_tags is not None:
        body["tags"] = new_tags
        before["tags"], after["tags"] = vault.tags, new_tags
    if not body:
        return Plan()
    for_good = " (purge protection for good)" if "purge_protection" in after else ""
    step = VaultStep(
        "lock" if locks else "patch_vault",
        f"set {listed(after)} of the vault {desired.name}{for_good}",
        body=body,
        locks=tuple(locks),
        spares_trusted_services=set(locks) <= {"network_acls"} and acls is not None and acls.spares_trusted_services,
    )
    return Plan((step,), before, after)


def with_access_moved(plan: VaultPlan, grants: typing.Sequence[VaultStep]) -> VaultPlan:
    """The plan with every right given under the new model first; then the switch alone locks nobody out."""
    last = plan.steps[-1]
    action = "lock" if set(last.locks) - {"access"} else "patch_vault"
    return Plan((*grants, dataclasses.replace(last, action=action)), plan.before, plan.after)


def _check_fixed(desired: Desired, vault: Vault) -> None:
    if desired.location and slug(desired.location) != slug(vault.location):
        raise Failure(
            f"The vault {desired.name} is in {vault.location}; a vault cannot be moved to another region.",
            parameter="location",
            hint="Leave location out, or choose another name.",
            code="fixed_location",
        )
    days, current = desired.soft_delete_retention_days, vault.soft_delete_retention_days
    if days is not None and current is not None and days != current:
        raise Failure(
            f"The vault {desired.name} keeps deleted keys for {current} days; that is set at creation, for good.",
            parameter="soft_delete_retention_days",
            hint="Leave it out.",
            code="fixed_retention",
        )


def delete(name: str, *, purge: bool, is_deleted: bool) -> VaultPlan:
    """The plan for a vault that is to be gone.

    :param purge: for good, too.
    :param is_deleted: it is soft-deleted already.
    """
    steps = []
    if not is_deleted:
        steps.append(VaultStep("delete", f"delete the vault {name} (it stays recoverable)"))
    if purge:
        steps.append(VaultStep("purge", f"purge the vault {name} with all its keys, for good"))
    return Plan(tuple(steps), {"state": "present"}, {"state": "absent"})
