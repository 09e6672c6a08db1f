# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Tags of resources and keys."""

from __future__ import annotations

import typing

from .failure import Failure

Tags = typing.Mapping[str, str]


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
    texts = {str(name): str(value) for name, value in wanted.items()}
    spelling: dict[str, str] = {}
    if ignore_case:
        check(texts)
        spelling = {name.lower(): name for name in current}
    goal = {**(current if append else {}), **{spelling.get(name.lower(), name): value for name, value in texts.items()}}
    return None if goal == current else goal


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
