# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which registries come first, and when nothing more is begun."""

from __future__ import annotations

import dataclasses
import math
import re
import typing

from ..._domain import names, resource_id
from ..._domain.failure import Failure
from ..._domain.registry import Registry
from ..._domain.words import listed, shown


@dataclasses.dataclass(frozen=True)
class Canary:
    """So many of the registries that are to be changed, such a part of them in percent, or these."""

    count: int = 0
    percent: int = 0
    names: tuple[str, ...] = ()

    def chosen(self, registries: typing.Sequence[Registry]) -> tuple[Registry, ...]:
        """Those that come first, of those that are to be changed, in their order; of a part of them at least one."""
        if self.names:
            return tuple(one for one in registries if any(is_meant(one, name) for name in self.names))
        count = self.count or math.ceil(len(registries) * self.percent / 100)
        return tuple(registries[:count])

    def check_names(self, registries: typing.Sequence[Registry]) -> None:
        """A canary that is none of the registries would never sing.

        :raises Failure: for one that is not among them.
        """
        strange = [name for name in self.names if not any(is_meant(one, name) for one in registries)]
        if strange:
            raise Failure(
                f"{listed(strange)} {'is' if len(strange) == 1 else 'are'} not among the registries.",
                parameter="canary",
                hint="Give names or resource ids out of registries, a number, or a part as in 10%.",
                code="canary_missing",
            )


def is_meant(registry: Registry, reference: str) -> bool:
    """Whether a name or resource id stands for a registry."""
    if reference.startswith("/"):
        return resource_id.same(registry.id, reference)
    return reference.lower() == registry.name.lower()


def canary(texts: typing.Sequence[str]) -> Canary | None:
    """The canary that was asked for; None if none was.

    :raises Failure: for what is neither a number, nor a part, nor names of registries.
    """
    references = [text.strip() for text in texts if text and text.strip()]
    if not references:
        return None
    number = re.fullmatch(r"([0-9]{1,9})( *%)?", references[0])
    if number and len(references) == 1:
        value, is_part = int(number[1]), bool(number[2])
        if value < 1 or (is_part and value > 100):
            raise _unusable(references[0])
        return Canary(percent=value) if is_part else Canary(count=value)
    for text in references:
        if not re.search(r"[a-z]", text, re.IGNORECASE) or "%" in text:
            raise _unusable(text)
        if text.startswith("/"):
            resource_id.check(text, resource_id.REGISTRY, parameter="canary")
        else:
            names.check("registry", text, parameter="canary")
    return Canary(names=tuple(references))


def _unusable(text: str) -> Failure:
    return Failure(
        f"{shown(text)} says nothing of which registries come first.",
        parameter="canary",
        hint="Give a number (1), a part (10%), or names of registries.",
        code="invalid_canary",
    )


def is_beyond(failed: int, of: int, percentage: float | None) -> bool:
    """Whether so many failed that nothing more is to be begun: more than the percentage, as Ansible's own keyword.

    :param of: how many are to be changed in all.
    :param percentage: None: all of them are tried.
    """
    return percentage is not None and failed > 0 and failed * 100 > percentage * of
