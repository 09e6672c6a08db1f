# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A move in words: its steps, how long Azure's limits alone make it, and what consumers must change."""

from __future__ import annotations

import dataclasses
import math

from ..._domain.plan import Step
from ..._domain.registry import Registry
from .contents import Difference

#: A subscription's bucket of writes: so many at once, and so many more a second (Resource Manager's documentation,
#: "Understand how Azure Resource Manager throttles requests").
_BUCKET, _REFILL = 200, 10
#: The tag by which a source is known to be closed, or about to be.
CLOSED_TAG = "ownkey-moved-to"


@dataclasses.dataclass(frozen=True)
class MoveStep(Step):
    """A step of a move; ``action`` is ``copy``, ``close``, or one of the settings'."""

    # again, since some tools do not see what is inherited
    action: str
    text: str


def repository_step(one: Difference) -> MoveStep | None:
    """The step for a repository; None if all of it is there."""
    parts = []
    if one.imports:
        parts.append(f"copy {count(one.missing, 'artifact')} and {count(one.tags, 'tag')} of {one.repository}")
    if one.indexes:
        parts.append(f"list what refers to {count(len(one.indexes), 'artifact')} of {one.repository} under their tags")
    if one.locks:
        parts.append(f"set {count(len(one.locks), 'lock')} of {one.repository} again")
    return MoveStep("copy", ", ".join(parts)) if parts else None


def close_step(source: Registry, target: Registry | None, target_name: str) -> MoveStep:
    """The step that lets nobody push to the source any more."""
    where = target.login_server if target else target_name
    return MoveStep("close", f"close the repositories of {source.label} for writing, and tag it {CLOSED_TAG}: {where}")


def seconds(imports: int) -> int:
    """How long Azure's limit for changes alone makes so many imports, in whole seconds."""
    return math.ceil(max(0, imports - _BUCKET) / _REFILL)


def amount(size: int) -> str:
    """So many bytes, for a reader."""
    value, unit = float(size), "bytes"
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"


def count(number: int, noun: str) -> str:
    """``1 tag``, ``2 tags``."""
    return f"{number} {noun}" + ("" if number == 1 else "s")
