# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A plan: the list of steps that a real run takes and that check mode prints."""

from __future__ import annotations

import dataclasses
import typing

T = typing.TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Step:
    """One change.

    :param action: which change; the operation's table of actions knows how to make it.
    :param text: the change in words, as an instruction: "create the registry contosoacr".
    :param details: what is needed to make it; plain data.
    """

    action: str
    text: str
    details: dict[str, typing.Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Plan:
    """Steps in order, and what they turn into what. ``before`` and ``after`` are for the diff only."""

    steps: tuple[Step, ...] = ()
    before: dict[str, typing.Any] = dataclasses.field(default_factory=dict)
    after: dict[str, typing.Any] = dataclasses.field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.steps)

    @property
    def words(self) -> list[str]:
        """The steps for a reader."""
        return [step.text for step in self.steps]


def changes(wanted: dict[str, typing.Any], known: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """The wanted values that differ from the known ones; None means not asked for."""
    return {name: value for name, value in wanted.items() if value is not None and known.get(name) != value}


def merged_tags(wanted: dict[str, str] | None, known: dict[str, str] | None, *, append: bool) -> dict[str, str] | None:
    """The tags to write, or None when they are as wanted.

    :param append: keep tags that are not mentioned.
    """
    if wanted is None:
        return None
    known = known or {}
    goal = {**(known if append else {}), **{str(name): str(value) for name, value in wanted.items()}}
    return None if goal == known else goal


def listed(items: typing.Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    names = list(items)
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}" if names else "nothing"
