# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What to do so that a registry is as wanted: create it, change what Azure allows, explain what it does not."""

from __future__ import annotations

import typing

from ..._domain import tags
from ..._domain.failure import Failure
from ..._domain.identity import Identity
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.plan import Plan, Side
from ..._domain.region import slug
from ..._domain.registry import SETTING_PROPERTIES, Encryption, Registry, Replica, Settings
from ..._domain.wire import Body
from ..._domain.words import listed
from . import encryption as rules
from .desired import Desired, DesiredNetwork
from .identities import absent, block, identity_block, missing_identities, names_of, surplus_identities
from .replicas import check_home_replica, is_zone_conflict, new_replica, replica_steps
from .steps import RegistryPlan, RegistryStep, encryption_body


def create(desired: Desired) -> RegistryPlan:
    """The plan for a registry that is not there.

    :raises Failure: when the key, the identity or the location is missing.
    """
    rules.check_identity_at_creation(desired.identity.reference if desired.identity else None)
    for option, value in (("key_identifier", desired.key), ("location", desired.location)):
        if not value:
            raise missing_at_creation(desired.name, option)
    check_home_replica(desired.replicas, str(desired.location))
    identity = typing.cast(Identity, desired.identity)
    attached = [str(identity.resource_id), *absent(desired.identities, [str(identity.resource_id)])]
    properties = _properties(desired.settings)
    if desired.network_rule_set is not None:
        properties["networkRuleSet"] = _network_body(desired.network_rule_set)
    if desired.zone_redundancy is not None:
        properties["zoneRedundancy"] = desired.zone_redundancy
    properties["encryption"] = {
        "status": "enabled",
        "keyVaultProperties": {"keyIdentifier": str(desired.key), "identity": identity.key_identity},
    }
    body: Body = {
        "location": desired.location,
        "sku": {"name": "Premium"},
        "tags": dict(desired.tags or {}),
        "identity": block(attached, system=bool(desired.system_assigned)),
        "properties": properties,
    }
    text = f"create the Premium registry {desired.name} in {desired.location}, encrypted with {desired.key}"
    steps = [RegistryStep("create_registry", f"{text} as {identity.reference}", body=body)]
    steps += [new_replica(desired.name, replica) for replica in desired.replicas]
    return Plan(tuple(steps), {}, _created(desired, identity))


def missing_at_creation(name: str, option: str) -> Failure:
    """The failure for an option without which a registry cannot be created."""
    text = f"The registry {name} does not exist yet; to create it, {option} is needed."
    return Failure(text, parameter=option, code="missing_parameter")


def _created(desired: Desired, identity: Identity) -> Side:
    """A registry that is to be made, for the diff."""
    settings = {name: value for name, value in desired.settings.result().items() if value is not None}
    after: Side = {"location": desired.location, "sku": "Premium", "tags": dict(desired.tags or {}), **settings}
    after["encryption"] = {"key_identifier": str(desired.key), "identity": identity.reference}
    if desired.replicas:
        after["replicas"] = [replica.location for replica in desired.replicas]
    return after


def _properties(settings: Settings) -> Body:
    values = settings.result()
    return {SETTING_PROPERTIES[name]: value for name, value in values.items() if value is not None}


def _network_body(network: DesiredNetwork) -> Body:
    addresses = [{"action": "Allow", "value": value} for value in network.ip_rules]
    return {"defaultAction": network.default_action, "ipRules": addresses}


def update(desired: Desired, registry: Registry, *, replicas: typing.Sequence[Replica] = ()) -> RegistryPlan:
    """The plan for a registry that is there.

    :param replicas: its replications; read only if replicas are wanted.
    :raises Failure: for what Azure does not allow on an existing registry.
    """
    encryption = rules.check_existing(registry)
    rules.check_content_trust(registry)
    _check_fixed(desired, registry)
    _check_exports(desired, registry)
    before: Side = {}
    after: Side = {}
    settings = _settings_body(desired, registry, before, after)
    steps = _attach_steps(desired, registry, before, after)
    if settings:
        text = f"set {listed(after.keys() - {'identities'})} of the registry {registry.name}"
        steps.append(RegistryStep("update_registry", text, body=settings))
    steps += _key_steps(desired, registry, encryption, before, after)
    steps += _let_go_steps(desired, registry, encryption, before, after)
    further = replica_steps(registry.name, desired.replicas, replicas)
    if further:
        locations = {replica.location for replica in replicas}
        before["replicas"] = sorted(locations)
        after["replicas"] = sorted({*locations, *(slug(wanted.location) for wanted in desired.replicas)})
    return Plan((*steps, *further), before, after)


def _check_fixed(desired: Desired, registry: Registry) -> None:
    if desired.location and slug(desired.location) != slug(registry.location):
        raise Failure(
            f"The registry {registry.name} is in {registry.location}; a registry cannot be moved.",
            parameter="location",
            hint="Leave location out, or add a replica there.",
            code="fixed_location",
        )
    if is_zone_conflict(desired.zone_redundancy, registry.zone_redundancy):
        raise Failure(
            f"Zone redundancy of the registry {registry.name} is {registry.zone_redundancy}; it is set at creation.",
            parameter="zone_redundancy",
            hint="Leave zone_redundancy out, or create a new registry.",
            code="fixed_zone_redundancy",
        )


def _check_exports(desired: Desired, registry: Registry) -> None:
    """Without exports there is no public network access (Azure-Samples/holiday-peak-hub #830, azure-cli #23247).

    :raises Failure: when it is asked for all the same.
    """
    if desired.settings.public_network_access == "Enabled" and (registry.export_policy or "").lower() == "disabled":
        raise Failure(
            f"Public network access of the registry {registry.name} cannot be enabled: its exports are disabled.",
            parameter="public_network_access",
            hint="Allow exports first (az acr update --allow-exports true), or leave public_network_access out.",
            code="exports_disabled",
        )


def _settings_body(desired: Desired, registry: Registry, before: Side, after: Side) -> Body:
    """The PATCH of what is plainly set: settings, network rules, tags."""
    properties: Body = {}
    current = registry.settings.result()
    for name, value in desired.settings.result().items():
        if value is not None and value != current[name]:
            properties[SETTING_PROPERTIES[name]] = value
            before[name], after[name] = current[name], value
    network = desired.network_rule_set
    if network is not None:
        rules_wanted = {"default_action": network.default_action, "ip_rules": sorted(network.ip_rules)}
        if rules_wanted != registry.network_rule_set.result():
            properties["networkRuleSet"] = _network_body(network)
            before["network_rule_set"], after["network_rule_set"] = registry.network_rule_set.result(), rules_wanted
    body: Body = {"properties": properties} if properties else {}
    new_tags = tags.merged(desired.tags, registry.tags, append=desired.append_tags)
    if new_tags is not None:
        body["tags"] = new_tags
        before["tags"], after["tags"] = registry.tags, new_tags
    return body


def _attach_steps(desired: Desired, registry: Registry, before: Side, after: Side) -> list[RegistryStep]:
    add, system = missing_identities(desired, registry)
    if not add and not system:
        return []
    attached = registry.identities.resource_ids
    before["identities"], after["identities"] = sorted(attached), sorted([*attached, *add])
    body: Body = {"identity": identity_block(registry, add=add, system=system)}
    text = f"attach {names_of(add, system=system)} to the registry {registry.name}"
    return [RegistryStep("update_registry", text, body=body)]


def _let_go_steps(
    desired: Desired, registry: Registry, encryption: Encryption, before: Side, after: Side
) -> list[RegistryStep]:
    """Take identities off, after the key is reached as the one that stays."""
    surplus, system = surplus_identities(desired, registry, encryption)
    if not surplus and not system:
        return []
    gone = [user.resource_id for user in surplus]
    attached = registry.identities.resource_ids
    left = [name for name in attached if name not in gone]
    left += absent(desired.identity_ids, left)
    keeps_system = not system and bool(registry.identities.system_assigned or desired.system_assigned)
    before.setdefault("identities", sorted(attached))
    after["identities"] = sorted(left)
    body: Body = {"identity": block(left, system=keeps_system, gone=gone)}
    text = f"take {names_of(gone, system=system)} off the registry {registry.name}"
    return [RegistryStep("update_registry", text, body=body)]


def _key_steps(
    desired: Desired, registry: Registry, encryption: Encryption, before: Side, after: Side
) -> list[RegistryStep]:
    current: KeyIdentifier | None = encryption.key
    key = desired.key or current
    identity = (desired.identity.key_identity if desired.identity else None) or encryption.identity
    same_identity = identity.lower() == encryption.identity.lower()
    if key is None or (str(key) == str(current) and same_identity):
        return []
    old_name = registry.identity_name(encryption.identity)
    new_name = desired.identity.name if desired.identity else old_name
    before["encryption"] = {"key_identifier": encryption.key_identifier, "identity": old_name}
    after["encryption"] = {"key_identifier": str(key), "identity": new_name}
    what = f"the key {key}" if str(key) != str(current) else f"the identity {new_name} to reach its key"
    text = f"have the registry {registry.name} use {what}"
    body = encryption_body(str(key), identity)
    return [RegistryStep("set_encryption", text, body=body, key=key, identity=identity)]
