# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What to do so that a registry is as wanted: create it, change what Azure allows, explain what it does not."""

from __future__ import annotations

import dataclasses
import typing

from . import encryption, plan, resource_id
from .clouds import Cloud
from .failure import Failure
from .key_identifier import KeyIdentifier, try_parse
from .registry_facts import Facts

#: Option of the module, property of the resource.
SETTINGS = {
    "admin_user_enabled": "adminUserEnabled",
    "anonymous_pull_enabled": "anonymousPullEnabled",
    "data_endpoint_enabled": "dataEndpointEnabled",
    "public_network_access": "publicNetworkAccess",
    "network_rule_bypass": "networkRuleBypassOptions",
}


@dataclasses.dataclass(frozen=True)
class Identity:
    """An identity, resolved: its three ids (client id for the key, principal id for rights, resource id to attach)."""

    reference: str
    client_id: str | None
    principal_id: str | None
    resource_id: str | None

    @property
    def key_identity(self) -> str | None:
        """The value of ``keyVaultProperties.identity``: a client id, or the word ``system``."""
        return "system" if encryption.is_system(self.reference) else self.client_id


@dataclasses.dataclass(frozen=True)
class Desired:
    """A registry as wanted; None means not asked for.

    ``settings`` has the names of :data:`SETTINGS`; ``identities`` are resource ids; ``replicas`` are
    ``{location, zone_redundancy, region_endpoint_enabled, tags}``.
    """

    name: str
    location: str | None
    sku: str
    key: KeyIdentifier | None
    identity: Identity | None
    settings: dict[str, typing.Any]
    network_rule_set: dict[str, typing.Any] | None = None
    zone_redundancy: str | None = None
    tags: dict[str, str] | None = None
    append_tags: bool = True
    identities: tuple[str, ...] = ()
    purge_identities: bool = False
    system_assigned: bool | None = None
    replicas: tuple[dict[str, typing.Any], ...] = ()


def _slug(location: str) -> str:
    """``West Europe`` and ``westeurope`` are the same place."""
    return location.replace(" ", "").lower()


def create(desired: Desired) -> plan.Plan:
    """The plan for a registry that is not there.

    :raises Failure: when the key, the identity or the location is missing.
    """
    encryption.check_identity_at_creation(desired.identity.reference if desired.identity else None)
    for option, value in (("key_identifier", desired.key), ("location", desired.location)):
        if not value:
            text = f"The registry {desired.name} does not exist yet; to create it, {option} is needed."
            raise Failure(text, parameter=option, code="missing_parameter")
    identity = typing.cast(Identity, desired.identity)
    attached = [identity.resource_id, *(i for i in desired.identities if not resource_id.same(i, identity.resource_id))]
    kind = "SystemAssigned, UserAssigned" if desired.system_assigned else "UserAssigned"
    properties: dict[str, typing.Any] = {
        SETTINGS[name]: value for name, value in desired.settings.items() if value is not None
    }
    if desired.network_rule_set is not None:
        properties["networkRuleSet"] = _network_wire(desired.network_rule_set)
    if desired.zone_redundancy is not None:
        properties["zoneRedundancy"] = desired.zone_redundancy
    properties["encryption"] = {
        "status": "enabled",
        "keyVaultProperties": {"keyIdentifier": str(desired.key), "identity": identity.key_identity},
    }
    body = {
        "location": desired.location,
        "sku": {"name": "Premium"},
        "tags": dict(desired.tags or {}),
        "identity": {"type": kind, "userAssignedIdentities": {str(name): {} for name in attached}},
        "properties": properties,
    }
    text = f"create the Premium registry {desired.name} in {desired.location}, encrypted with {desired.key}"
    steps = [plan.Step("create_registry", f"{text} as {identity.reference}", {"body": body})]
    steps += [_replica(desired.name, replica) for replica in desired.replicas]
    return plan.Plan(tuple(steps), {}, _shown(body, desired))


def _shown(body: dict[str, typing.Any], desired: Desired) -> dict[str, typing.Any]:
    after = {"location": body["location"], "sku": "Premium", "tags": body["tags"], **desired.settings}
    after = {name: value for name, value in after.items() if value is not None}
    after["encryption"] = {
        "key_identifier": str(desired.key),
        "identity": desired.identity and desired.identity.reference,
    }
    if desired.replicas:
        after["replicas"] = [replica["location"] for replica in desired.replicas]
    return after


def _network_wire(rules: dict[str, typing.Any]) -> dict[str, typing.Any]:
    addresses = [{"action": "Allow", "value": value} for value in rules.get("ip_rules") or []]
    return {"defaultAction": rules.get("default_action") or "Deny", "ipRules": addresses}


def _replica(registry: str, replica: dict[str, typing.Any]) -> plan.Step:
    body = {
        "location": replica["location"],
        "tags": replica.get("tags") or {},
        "properties": {
            "zoneRedundancy": replica.get("zone_redundancy"),
            "regionEndpointEnabled": replica.get("region_endpoint_enabled"),
        },
    }
    body["properties"] = {name: value for name, value in body["properties"].items() if value is not None}
    text = f"replicate the registry {registry} to {replica['location']}"
    return plan.Step("put_replica", text, {"location": _slug(replica["location"]), "body": body})


def update(
    desired: Desired, known: Facts, cloud: Cloud, *, replicas: typing.Sequence[dict[str, typing.Any]] = ()
) -> plan.Plan:
    """The plan for a registry that is there.

    :param known: its facts.
    :param replicas: its replications as Resource Manager's JSON has them; read only if replicas are wanted.
    :raises Failure: for what Azure does not allow on an existing registry.
    """
    encryption.check_existing(known)
    encryption.check_content_trust(known)
    _check_fixed(desired, known)
    body: dict[str, typing.Any] = {}
    before: dict[str, typing.Any] = {}
    after: dict[str, typing.Any] = {}
    changed = plan.changes(desired.settings, known)
    for name, value in changed.items():
        body.setdefault("properties", {})[SETTINGS[name]] = value
        before[name], after[name] = known.get(name), value
    _network_change(desired, known, body, before, after)
    tags = plan.merged_tags(desired.tags, known["tags"], append=desired.append_tags)
    if tags is not None:
        body["tags"] = tags
        before["tags"], after["tags"] = known["tags"], tags
    steps = _identity_steps(desired, known, before, after)
    if body:
        text = f"set {plan.listed(after.keys() - {'identities'})} of the registry {known['name']}"
        steps.append(plan.Step("update_registry", text, {"body": body}))
    steps += _key_steps(desired, known, cloud, before, after)
    steps += _let_go_steps(desired, known, before, after)
    steps += _replica_steps(desired, known, replicas, before, after)
    return plan.Plan(tuple(steps), before, after)


def _check_fixed(desired: Desired, known: Facts) -> None:
    if desired.location and _slug(desired.location) != _slug(known["location"]):
        raise Failure(
            f"The registry {known['name']} is in {known['location']}; a registry cannot be moved.",
            parameter="location",
            hint="Leave location out, or add a replica there.",
            code="fixed_location",
        )
    if desired.zone_redundancy and desired.zone_redundancy != known["zone_redundancy"]:
        raise Failure(
            f"Zone redundancy of the registry {known['name']} is {known['zone_redundancy']}; it is set at creation.",
            parameter="zone_redundancy",
            hint="Leave zone_redundancy out, or create a new registry.",
            code="fixed_zone_redundancy",
        )


def _network_change(
    desired: Desired,
    known: Facts,
    body: dict[str, typing.Any],
    before: dict[str, typing.Any],
    after: dict[str, typing.Any],
) -> None:
    if desired.network_rule_set is None:
        return
    wanted = {
        "default_action": desired.network_rule_set.get("default_action") or "Deny",
        "ip_rules": sorted(desired.network_rule_set.get("ip_rules") or []),
    }
    if wanted != known["network_rule_set"]:
        body.setdefault("properties", {})["networkRuleSet"] = _network_wire(desired.network_rule_set)
        before["network_rule_set"], after["network_rule_set"] = known["network_rule_set"], wanted


def identity_block(
    known: Facts, *, add: typing.Iterable[str] = (), system: bool | None = None
) -> dict[str, typing.Any]:
    """The ``identity`` of a PATCH that adds identities and loses none.

    :param system: True adds the system-assigned one; None and False leave it as it is.
    """
    there = [user["resource_id"] for user in known["identity"]["user_assigned"]]
    wanted = [*there, *(name for name in add if not any(resource_id.same(name, other) for other in there))]
    kinds = ["SystemAssigned"] if system or known["identity"]["system_assigned"] else []
    kinds += ["UserAssigned"] if wanted else []
    block: dict[str, typing.Any] = {"type": ", ".join(kinds) or "None"}
    if wanted:
        block["userAssignedIdentities"] = {name: {} for name in wanted}
    return block


def _identity_steps(
    desired: Desired, known: Facts, before: dict[str, typing.Any], after: dict[str, typing.Any]
) -> list[plan.Step]:
    there = [user["resource_id"] for user in known["identity"]["user_assigned"]]
    wanted = list(desired.identities)
    if desired.identity and desired.identity.resource_id:
        wanted.append(desired.identity.resource_id)
    add = [name for name in dict.fromkeys(wanted) if not any(resource_id.same(name, other) for other in there)]
    system = desired.system_assigned is True and not known["identity"]["system_assigned"]
    if not add and not system:
        return []
    names = [name.rsplit("/", 1)[-1] for name in add] + (["the system-assigned identity"] if system else [])
    before["identities"], after["identities"] = sorted(there), sorted([*there, *add])
    block = identity_block(known, add=add, system=system or None)
    text = f"attach {plan.listed(names)} to the registry {known['name']}"
    return [plan.Step("update_registry", text, {"body": {"identity": block}})]


def _let_go_steps(
    desired: Desired, known: Facts, before: dict[str, typing.Any], after: dict[str, typing.Any]
) -> list[plan.Step]:
    """Take identities off, after the key is reached as the one that stays; never that one."""
    used = str((desired.identity and desired.identity.key_identity) or known["encryption"]["identity"]).lower()
    users = known["identity"]["user_assigned"]
    wanted = [*desired.identities, (desired.identity and desired.identity.resource_id) or ""]
    gone = [
        user["resource_id"]
        for user in users
        if desired.purge_identities
        and str(user["client_id"]).lower() != used
        and not any(resource_id.same(user["resource_id"], name) for name in wanted)
    ]
    system = desired.system_assigned is False and known["identity"]["system_assigned"]
    if system and used == "system":
        raise Failure(
            f"The registry {known['name']} goes to its key as its system-assigned identity, so it cannot lose it.",
            parameter="system_assigned_identity",
            hint="First have it go there as a user-assigned one: identity with that one's name.",
            code="identity_in_use",
        )
    if not gone and not system:
        return []
    left = [user["resource_id"] for user in users if user["resource_id"] not in gone]
    left += [name for name in wanted if name and not any(resource_id.same(name, other) for other in left)]
    keeps_system = not system and (known["identity"]["system_assigned"] or desired.system_assigned)
    kinds = [*(["SystemAssigned"] if keeps_system else []), *(["UserAssigned"] if left else [])]
    block: dict[str, typing.Any] = {"type": ", ".join(kinds) or "None"}
    if left:
        # in a PATCH null takes an identity off (Azure Resource Manager, "Managed identities"; inferred for registries)
        block["userAssignedIdentities"] = {**{name: {} for name in left}, **dict.fromkeys(gone)}
    names = [name.rsplit("/", 1)[-1] for name in gone] + (["the system-assigned identity"] if system else [])
    before.setdefault("identities", sorted(user["resource_id"] for user in users))
    after["identities"] = sorted(left)
    text = f"take {plan.listed(names)} off the registry {known['name']}"
    return [plan.Step("update_registry", text, {"body": {"identity": block}})]


def _key_steps(
    desired: Desired, known: Facts, cloud: Cloud, before: dict[str, typing.Any], after: dict[str, typing.Any]
) -> list[plan.Step]:
    now = known["encryption"]
    there = try_parse(now["key_identifier"], cloud)
    key = desired.key or there
    identity = desired.identity.key_identity if desired.identity else now["identity"]
    same_identity = str(identity).lower() == str(now["identity"]).lower()
    if key is None or (str(key) == str(there) and same_identity):
        return []
    block = {"status": "enabled", "keyVaultProperties": {"keyIdentifier": str(key), "identity": identity}}
    before["encryption"] = {"key_identifier": now["key_identifier"], "identity": now["identity"]}
    after["encryption"] = {"key_identifier": str(key), "identity": identity}
    what = f"the key {key}" if str(key) != str(there) else f"the identity {identity} to reach its key"
    text = f"have the registry {known['name']} use {what}"
    details = {"body": {"properties": {"encryption": block}}, "key_identifier": str(key), "identity": identity}
    return [plan.Step("set_encryption", text, details)]


def _replica_steps(
    desired: Desired,
    known: Facts,
    replicas: typing.Sequence[dict[str, typing.Any]],
    before: dict[str, typing.Any],
    after: dict[str, typing.Any],
) -> list[plan.Step]:
    there = {_slug(str(replica.get("location"))): replica.get("properties") or {} for replica in replicas}
    steps = []
    for wanted in desired.replicas:
        place = _slug(wanted["location"])
        properties = there.get(place)
        if properties is None:
            steps.append(_replica(known["name"], wanted))
            continue
        zones = wanted.get("zone_redundancy")
        if zones is not None and zones != properties.get("zoneRedundancy"):
            raise Failure(
                f"The replica in {wanted['location']} has zone redundancy {properties.get('zoneRedundancy')}; it is "
                "set at creation.",
                parameter="replicas",
                hint="Remove the replica in Azure and let this task make it again.",
                code="fixed_zone_redundancy",
            )
        endpoint = wanted.get("region_endpoint_enabled")
        if endpoint is not None and endpoint != properties.get("regionEndpointEnabled"):
            text = f"turn the regional endpoint in {wanted['location']} {'on' if endpoint else 'off'}"
            body = {"properties": {"regionEndpointEnabled": endpoint}}
            steps.append(plan.Step("patch_replica", text, {"location": place, "body": body}))
    if steps:
        before["replicas"] = sorted(there)
        after["replicas"] = sorted({*there, *(_slug(wanted["location"]) for wanted in desired.replicas)})
    return steps
