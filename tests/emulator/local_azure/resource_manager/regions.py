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
australiacentral australiacentral2 australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth
brazilsoutheast canadacentral canadaeast centralindia centralus centraluseuap chilecentral eastasia eastus eastus2
eastus2euap francecentral francesouth germanynorth germanywestcentral indonesiacentral israelcentral italynorth
japaneast japanwest jioindiacentral jioindiawest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth
northcentralus northeurope norwayeast norwaywest polandcentral qatarcentral southafricanorth southafricawest
southcentralus southeastasia southindia spaincentral swedencentral swedensouth switzerlandnorth switzerlandwest
uaecentral uaenorth uksouth ukwest westcentralus westeurope westindia westus westus2 westus3
"""
REGIONS = {
    "AzureCloud": sorted(_PUBLIC.split()),
    "AzureUSGovernment": ["usdodcentral", "usdodeast", "usgovarizona", "usgovtexas", "usgovvirginia"],
    "AzureChinaCloud": ["chinaeast", "chinaeast2", "chinaeast3", "chinanorth", "chinanorth2", "chinanorth3"],
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
