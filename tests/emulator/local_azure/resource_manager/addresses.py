# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The addresses that a firewall's rules let in."""

from __future__ import annotations

import ipaddress
import typing

from .errors import bad_request

_PRIVATE = tuple(ipaddress.IPv4Network(one) for one in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def check(rules: typing.Sequence[dict[str, typing.Any]], place: str, *, public: bool) -> None:
    """Refuse a rule that is about no IPv4 address, and no range of such.

    :param place: where in the request the rules stand.
    :param public: private addresses are refused too.
    :raises Refusal: 400 BadRequest.
    """
    for number, rule in enumerate(rules):
        text, where = str(rule.get("value")), f"Invalid value found at {place}[{number}].value"
        try:
            network = ipaddress.IPv4Network(text, strict=False)
        except ValueError:
            raise bad_request(f"{where}: {text} is no IPv4 address or range.").inferred() from None
        for private in _PRIVATE:
            if public and network.subnet_of(private):
                ends = f"{private[0]}–{private[-1]} (private IP addresses)"
                raise bad_request(f"{where}: {text} belongs to forbidden range {ends}")
