# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which replicas a registry is to get, and what of them can still change."""

from __future__ import annotations

import typing

from ..._domain.failure import Failure
from ..._domain.region import slug
from ..._domain.registry import Replica
from ..._domain.wire import Body
from .desired import DesiredReplica
from .steps import RegistryStep


def is_zone_conflict(wanted: str | None, shown: str | None) -> bool:
    """Whether zone redundancy is not as wanted. Azure has it on in every region with zones, whatever was set, and what
    it shows turns from Disabled to Enabled with time (container-registry/zone-redundancy)."""
    return wanted is not None and wanted != shown and not (wanted == "Disabled" and shown == "Enabled")


def check_home_replica(replicas: typing.Sequence[DesiredReplica], home: str) -> None:
    """A registry has no replica in its own region (azurerm #15787).

    :raises Failure: when one is asked for.
    """
    if any(slug(replica.location) == slug(home) for replica in replicas):
        raise Failure(
            f"{home} is the registry's own region; a replica is for another one.",
            parameter="replicas",
            hint="Leave it out of replicas.",
            code="home_region",
        )


def new_replica(registry_name: str, replica: DesiredReplica) -> RegistryStep:
    """The step that makes a replica."""
    properties: Body = {
        "zoneRedundancy": replica.zone_redundancy,
        "regionEndpointEnabled": replica.region_endpoint_enabled,
    }
    body: Body = {
        "location": replica.location,
        "tags": dict(replica.tags or {}),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }
    text = f"replicate the registry {registry_name} to {replica.location}"
    return RegistryStep("put_replica", text, body=body, location=slug(replica.location))


def replica_steps(
    registry_name: str, desired: typing.Sequence[DesiredReplica], replicas: typing.Sequence[Replica]
) -> list[RegistryStep]:
    """The steps for the replicas that are wanted.

    :param replicas: those that there are, the home region among them.
    :raises Failure: for what is set at creation.
    """
    by_location = {replica.location: replica for replica in replicas}
    steps = []
    for wanted in desired:
        replica = by_location.get(slug(wanted.location))
        if replica is None:
            steps.append(new_replica(registry_name, wanted))
            continue
        if is_zone_conflict(wanted.zone_redundancy, replica.zone_redundancy):
            raise Failure(
                f"The replica in {wanted.location} has zone redundancy {replica.zone_redundancy}; it is "
                "set at creation.",
                parameter="replicas",
                hint="Remove the replica in Azure and let this task make it again.",
                code="fixed_zone_redundancy",
            )
        endpoint = wanted.region_endpoint_enabled
        if endpoint is not None and endpoint != replica.region_endpoint_enabled:
            text = f"turn the regional endpoint in {wanted.location} {'on' if endpoint else 'off'}"
            body: Body = {"properties": {"regionEndpointEnabled": endpoint}}
            steps.append(RegistryStep("patch_replica", text, body=body, location=replica.location))
    return steps
