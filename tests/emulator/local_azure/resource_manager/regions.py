# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure's regions: which there are in each cloud, and which of them have availability zones.

From Microsoft's "Azure regions list" (docs/azure-behaviour.md, "Regions"); the two for early updates (``…euap``), which
it leaves out, from recordings.
"""

from __future__ import annotations

from ..world import World
from . import errors

_PUBLIC = """
Australia Central, Australia Central 2, Australia East, Australia Southeast, Austria East, Belgium Central,
Brazil South, Brazil Southeast, Canada Central, Canada East, Central India, Central US, Central US EUAP,
Chile Central, East Asia, East US, East US 2, East US 2 EUAP, France Central, France South, Germany North,
Germany West Central, Indonesia Central, Israel Central, Italy North, Japan East, Japan West, Jio India Central,
Jio India West, Korea Central, Korea South, Malaysia West, Mexico Central, New Zealand North, North Central US,
North Europe, Norway East, Norway West, Poland Central, Qatar Central, South Africa North, South Africa West,
South Central US, Southeast Asia, South India, Spain Central, Sweden Central, Sweden South, Switzerland North,
Switzerland West, UAE Central, UAE North, UK South, UK West, West Central US, West Europe, West India, West US,
West US 2, West US 3
"""
#: By cloud, as people write them.
NAMES = {
    "AzureCloud": sorted(name.strip() for name in _PUBLIC.replace("\n", " ").split(",")),
    "AzureUSGovernment": ["USDoD Central", "USDoD East", "USGov Arizona", "USGov Texas", "USGov Virginia"],
    "AzureChinaCloud": ["China East", "China East 2", "China East 3", "China North", "China North 2", "China North 3"],
}
#: Those with availability zones.
_ZONED = """
australiaeast austriaeast belgiumcentral brazilsouth canadacentral centralindia centralus chilecentral eastasia eastus
eastus2 francecentral germanywestcentral indonesiacentral israelcentral italynorth japaneast japanwest koreacentral
malaysiawest mexicocentral newzealandnorth northeurope norwayeast polandcentral qatarcentral southafricanorth
southcentralus southeastasia spaincentral swedencentral switzerlandnorth uaenorth uksouth westeurope westus2 westus3
usgovvirginia chinanorth3
"""
WITH_ZONES = frozenset(_ZONED.split())


def slug(name: str) -> str:
    """A region's name as Azure gives it back: ``West Europe`` is ``westeurope``."""
    return name.replace(" ", "").lower()


#: By cloud, as Azure gives them back.
REGIONS = {cloud: sorted(slug(name) for name in names) for cloud, names in NAMES.items()}


def place(world: World, name: str, resource_type: str) -> str:
    """The slug of a region that a resource is to be made in.

    :param resource_type: as in ``Microsoft.KeyVault/vaults``; empty for a resource group.
    :raises Refusal: 400 for a region that there is not, or (switch ``closed_regions``) without this type.
    """
    region, there = slug(name), REGIONS[world.cloud]
    closed = {slug(one) for one in world.settings.closed_regions.split(",")} if resource_type else set()
    open_there = [one for one in there if one not in closed]
    if region not in open_there:
        raise errors.no_such_region(world.settings.unknown_region_code, name, resource_type, open_there)
    return region
