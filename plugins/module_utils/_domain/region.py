# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Azure's regions."""

from __future__ import annotations

import difflib
import typing

from .failure import Failure

_NAMES = """
australiacentral australiacentral2 australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth
brazilsoutheast canadacentral canadaeast centralindia centralus chilecentral eastasia eastus eastus2 francecentral
francesouth germanynorth germanywestcentral indonesiacentral israelcentral italynorth japaneast japanwest
jioindiacentral jioindiawest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth northcentralus
northeurope norwayeast norwaywest polandcentral qatarcentral southafricanorth southafricawest southcentralus
southeastasia southindia spaincentral swedencentral swedensouth switzerlandnorth switzerlandwest uaecentral uaenorth
uksouth ukwest westcentralus westeurope westindia westus westus2 westus3
"""
#: Regions of the public cloud (Microsoft's "Azure regions list"). Of any other Azure itself is asked.
WELL_KNOWN = frozenset(_NAMES.split())


def slug(location: str) -> str:
    """``West Europe`` and ``westeurope`` are the same place."""
    return location.replace(" ", "").lower()


def check(location: str, regions: typing.Collection[str]) -> None:
    """Let a region pass that there is.

    :param regions: the names of those that a subscription has, as in ``westeurope``.
    :raises Failure: that names what is near.
    """
    name = slug(location)
    if name in regions:
        return
    near = difflib.get_close_matches(name, sorted(regions), 3, 0.5)
    near += [one for one in sorted(regions) if one.startswith(name) and one not in near][:3]
    suggestion = f" Near are {', '.join(near)}." if near else ""
    raise Failure(
        f"{location!r} is no region of Azure that the subscription has.{suggestion}",
        parameter="location",
        hint="Write a region without spaces, as in westeurope: on the command line -e ends a value at a space.",
        code="location_not_available",
    )
