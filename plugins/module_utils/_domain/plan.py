# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A plan: the list of steps that a real run takes and that check mode prints."""

from __future__ import annotations

import dataclasses
import typing

#: What a diff shows of one side, by the result's own names.
Side = dict[str, object]


@dataclasses.dataclass(frozen=True)
class Step:
    """One change; what is needed to make it stands in the fields of its subject's own kind of step.

    :param action: which change; the operation's table of actions knows how to make it.
    :param text: the change in words, as an instruction: "create the registry contosoacr".
    """

    action: str
    text: str


S = typing.TypeVar("S", bound=Step)


@dataclasses.dataclass(frozen=True)
class Plan(typing.Generic[S]):
    """Steps in order, and what they turn into what. ``before`` and ``after`` are for the diff only."""

    steps: tuple[S, ...] = ()
    before: Side = dataclasses.field(default_factory=dict)
    after: Side = dataclasses.field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.steps)

    @property
    def words(self) -> list[str]:
        """The steps for a reader."""
        return [step.text for step in self.steps]


def deletion(*steps: S) -> Plan[S]:
    """The plan that takes something away that is there; without steps there is nothing to take away."""
    return Plan(steps, {"state": "present"} if steps else {}, {"state": "absent"} if steps else {})
