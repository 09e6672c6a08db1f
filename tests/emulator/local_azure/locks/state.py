# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Locks, and which of them stand in the way of a request to Resource Manager."""

from __future__ import annotations

import re
import typing

from ..resource_manager.scope import within
from ..routing import Call
from . import errors

TYPE = "Microsoft.Authorization/locks"
LEVELS = {"cannotdelete": "CanNotDelete", "readonly": "ReadOnly"}


def refuse_if_locked(call: Call) -> None:
    """Refuse what a lock at the scope, above it, or (for a deletion) below it forbids.

    CanNotDelete stands in the way of deletions alone, those of role assignments included; an access policy is taken
    by a PUT. ReadOnly stands in the way of every change. A lock itself can always be removed.

    :raises Refusal: 409 ScopeLocked.
    """
    path = call.path.rstrip("/")
    if re.search(f"/providers/{TYPE}/", path, re.IGNORECASE) or call.method not in ("PUT", "PATCH", "POST", "DELETE"):
        return
    if call.method == "POST" and "/resourcegroups/" not in path.lower():
        return
    deletes = call.method == "DELETE"
    scopes = [
        lock["scope"]
        for lock in call.world.data["locks"].values()
        if (deletes or lock["level"] == "ReadOnly")
        and (within(lock["scope"], path) or (deletes and within(path, lock["scope"])))
    ]
    if scopes:
        raise errors.scope_locked(path, "delete" if deletes else "write", scopes)


def render(lock: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """The lock as Resource Manager shows it."""
    properties = {"level": lock["level"], **({"notes": lock["notes"]} if lock["notes"] else {})}
    return {
        "properties": properties,
        "id": f"{lock['scope']}/providers/{TYPE}/{lock['name']}",
        "type": TYPE,
        "name": lock["name"],
    }
