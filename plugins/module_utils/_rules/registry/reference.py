# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which registry a reference means: a resource id, or a name."""

from __future__ import annotations

import typing

from ..._domain.failure import Failure
from ..._domain.registry import Registry
from ..._domain.resource_id import ResourceId
from ..._domain.words import listed


class Candidates:
    """Registries by id and by name: each of thousands of references is met without a look at all of them."""

    def __init__(self, candidates: typing.Sequence[Registry]) -> None:
        self._by_id = {one.id.rstrip("/").lower(): one for one in candidates}
        self._by_name: dict[str, list[Registry]] = {}
        for one in candidates:
            self._by_name.setdefault(one.name.lower(), []).append(one)

    def match(self, reference: str, where: ResourceId | None, *, parameter: str = "registries") -> Registry | None:
        """The one registry that is meant.

        :param where: the reference as a resource id, None where it is a name.
        :raises Failure: for a name that stands for two: names with a domain name label are unique in their scope
            alone (azure-cli PR #30404).
        """
        if where is not None:
            return self._by_id.get(str(where).lower())
        same_name = self._by_name.get(reference.lower(), [])
        if len(same_name) > 1:
            raise Failure(
                f"The name {reference} stands for {len(same_name)} registries: {listed(one.id for one in same_name)}.",
                parameter=parameter,
                hint="Give the resource id of the one that is meant"
                + (", or resource_group." if parameter == "registries" else "."),
                code="ambiguous",
            )
        return same_name[0] if same_name else None
