# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What registries are called as hosts: each name once, and the same whatever order they come in."""

from __future__ import annotations

import collections
import typing


class Candidate(typing.NamedTuple):
    """What a registry may be called, in lower case where names are compared.

    :param wish: the name that the user's expressions give; None if there are none, or they give nothing.
    :param label: its name, or its login server if it has a domain name label: with one, two registries may share a name
        (azure-cli PR #30404).
    :param id: its resource id.
    """

    wish: str | None
    label: str
    id: str


#: What Ansible takes for something else: its own hosts, its own groups, and ours.
RESERVED = frozenset(
    ("localhost", "127.0.0.1", "::1", "all", "ungrouped", "registries", "registries_missing", "vars", "children")
)


def host_names(candidates: typing.Sequence[Candidate]) -> list[str]:
    """A name for each. Who would share a name with another is called by its label, and whoever shares that too by name,
    resource group and subscription: all of them, not all but the first. So is whoever would take one of Ansible's
    own names: a play on localhost would run on a registry."""
    steps = [[one.wish or one.label, one.label, _whole(one.id)] for one in candidates]
    levels = [0] * len(candidates)
    while True:
        names = [step[level] for step, level in zip(steps, levels, strict=True)]
        counts = collections.Counter(name.lower() for name in names)
        shared = [
            number
            for number, name in enumerate(names)
            if (counts[name.lower()] > 1 or name.lower() in RESERVED) and levels[number] < 2
        ]
        if not shared:
            return names
        for number in shared:
            levels[number] += 1


def _whole(resource_id: str) -> str:
    """A name that nothing else can have: ``contosoacr.contoso.SUBSCRIPTION``."""
    parts = resource_id.strip("/").split("/")
    return ".".join([parts[7], parts[3], parts[1]]) if len(parts) > 7 else resource_id
