# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locks on repositories, tags and manifests: their changeable attributes, and what each keeps from being done.

Without ``writeEnabled`` nothing is updated and nothing deleted (Azure/acr #561); without ``deleteEnabled`` nothing is
deleted; without ``readEnabled`` nothing is pulled ("Lock a container image"). Without ``listEnabled`` it is not listed.
"""

from __future__ import annotations

import typing

from ..routing import Call
from . import errors

_FREE = {"deleteEnabled": True, "writeEnabled": True, "readEnabled": True, "listEnabled": True}
_NEEDS = {
    "read": ("readEnabled",),
    "write": ("writeEnabled",),
    "delete": ("writeEnabled", "deleteEnabled"),
}

#: A repository, tag or manifest as the store keeps it.
Entry = typing.Mapping[str, typing.Any]


def attributes(entry: Entry) -> dict[str, bool]:
    """What may be done with a repository, tag or manifest."""
    return {**_FREE, **entry.get("attributes", {})}


def require(act: str, *entries: Entry) -> None:
    """Let an act pass that no lock forbids.

    :param act: ``read``, ``write`` or ``delete``.
    :raises Refusal: 405 REGISTRY_DISALLOWED_OPERATION.
    """
    if not all(attributes(entry)[right] for entry in entries for right in _NEEDS[act]):
        raise errors.disallowed()


def is_listed(call: Call, entry: Entry) -> bool:
    """Whether a repository, tag or manifest is not hidden from lists."""
    return bool(entry.get("attributes", {}).get("listEnabled", True)) or not call.world.settings.unlisted_is_hidden


def change(entry: dict[str, typing.Any], wanted: dict[str, typing.Any], more: tuple[str, ...] = ()) -> None:
    """Set what is named, and leave the rest; a lock never keeps itself from being taken off.

    :param more: attributes beside the usual ones.
    :raises Refusal: 400 for an unknown attribute, or a value that is neither true nor false.
    """
    for name, value in wanted.items():
        if name not in (*_FREE, *more):
            raise errors.attribute_invalid(f"unknown attribute '{name}'")
        if not isinstance(value, bool):
            raise errors.attribute_invalid(f"'{name}' is neither true nor false")
    entry["attributes"] = {**entry.get("attributes", {}), **wanted}
