# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What a firewall lets in: IPv4 addresses and ranges, and subnets of virtual networks."""

from __future__ import annotations

import ipaddress
import re

from . import names
from .failure import Failure
from .words import shown

_SUBNET = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/Microsoft\.Network"
    r"/virtualNetworks/[\w.-]{1,80}/subnets/[\w.-]{1,80}/?",
    re.IGNORECASE | re.ASCII,
)


def check_ipv4(text: str, *, parameter: str) -> str:
    """An IPv4 address or range.

    :raises Failure: for anything else.
    """
    try:
        ipaddress.IPv4Network(text, strict=False)
    except ValueError as error:
        raise Failure(
            f"{shown(text)} is not an IPv4 address or range.",
            parameter=parameter,
            hint="Write 203.0.113.10 or 203.0.113.0/24.",
            code="malformed_address",
        ) from error
    return text


def check_subnet(text: str, *, parameter: str) -> str:
    """The resource id of a subnet.

    :raises Failure: for anything else.
    """
    match = _SUBNET.fullmatch(text)
    if match and names.is_guid(match["subscription"]) and names.is_name("resource group", match["group"]):
        return text
    raise Failure(
        f"{shown(text)} is not the resource id of a subnet.",
        parameter=parameter,
        hint="Such an id looks like /subscriptions/GUID/resourceGroups/GROUP/providers/Microsoft.Network/"
        "virtualNetworks/NETWORK/subnets/SUBNET.",
        code="malformed_resource_id",
    )
