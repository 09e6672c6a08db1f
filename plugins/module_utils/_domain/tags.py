# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Tags of resources and keys."""

from __future__ import annotations

import dataclasses
import typing

from .failure import Failure
from .words import flaw, shown

Tags = typing.Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class Limits:
    """How many tags there may be, how long their names and values, and what a name cannot have in it."""

    number: int
    name: int
    value: int
    forbidden: str = ""


#: "Use tags to organize your Azure resources", limitations.
OF_A_RESOURCE = Limits(50, 512, 256, "<>%&\\?/")
#: "About keys": at most 15 tags of 256 characters.
OF_A_KEY = Limits(15, 256, 256)


def merged(
    wanted: typing.Mapping[str, object] | None, current: Tags, *, append: bool, ignore_case: bool = True
) -> dict[str, str] | None:
    """The tags to write, or None when they are as wanted.

    :param append: keep tags that are not mentioned.
    :param ignore_case: the names of a resource's tags are compared without regard to case, and the spelling that is
        there stays ("Use tags to organize your Azure resources"); those of a key are case-sensitive.
    :raises Failure: for one name in two spellings.
    """
    if wanted is None:
        return None
    texts = {str(name): _text(value) for name, value in wanted.items()}
    spelling: dict[str, str] = {}
    if ignore_case:
        check(texts)
        spelling = {name.lower(): name for name in current}
    goal = {**(current if append else {}), **{spelling.get(name.lower(), name): value for name, value in texts.items()}}
    return None if goal == current else goal


def _text(value: object) -> str:
    return "" if value is None else str(value)


def check_limits(wanted: typing.Mapping[str, object], limits: Limits, *, parameter: str) -> None:
    """Tags that Azure would take, each for itself.

    :raises Failure: for the first that it would not.
    """
    for name, value in wanted.items():
        problem = _problem(str(name), value, limits)
        if problem:
            raise Failure(problem, parameter=parameter, hint="Change that tag.", code="invalid_tag")
    if len(wanted) > limits.number:
        raise Failure(
            f"{len(wanted)} tags are more than the {limits.number} that Azure takes.",
            parameter=parameter,
            hint="Leave some out.",
            code="invalid_tag",
        )


def _problem(name: str, value: object, limits: Limits) -> str | None:
    bad = sorted(set(name) & set(limits.forbidden))
    if not name.strip():
        return "A tag has an empty name."
    if bad:
        return f"The name of the tag {shown(name)} has {' '.join(bad)} in it; Azure takes none of {limits.forbidden}."
    trouble = flaw(name, longest=limits.name)
    if trouble:
        return f"The name of the tag {shown(name)} {trouble}."
    if isinstance(value, (dict, list, tuple)):
        return (
            f"The value of the tag {shown(name)} is a {'dictionary' if isinstance(value, dict) else 'list'}, no text."
        )
    trouble = flaw(_text(value), longest=limits.value, lines=True)
    return f"The value of the tag {shown(name)} {trouble}." if trouble else None


def check(wanted: typing.Mapping[str, object] | None) -> None:
    """Tags that Azure would take for one.

    :raises Failure: for one name in two spellings.
    """
    names = [str(name) for name in wanted or {}]
    twice = sorted(name for name in names if sum(other.lower() == name.lower() for other in names) > 1)
    if twice:
        raise Failure(
            f"{' and '.join(twice)} are one tag: Azure pays no heed to the case of a tag's name.",
            parameter="tags",
            hint="Keep one of the spellings.",
            code="contradiction",
        )
