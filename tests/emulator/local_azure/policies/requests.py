# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Azure Policy in Resource Manager: a PUT or PATCH is judged before its provider sees it."""

from __future__ import annotations

import re
import typing

from ..resource_graph import state as inventory
from ..routing import Call
from ..world import lower
from . import errors, rules

_GROUP = re.compile("/subscriptions/[^/]+/resourcegroups/([^/]+)", re.IGNORECASE)
_GROUP_TYPE = "Microsoft.Resources/subscriptions/resourceGroups"


def refuse_if_disallowed(call: Call) -> None:
    """Refuse what an assigned policy forbids. The recovery of a deleted vault is judged like its creation.

    :raises Refusal: 403 RequestDisallowedByPolicy.
    """
    if call.method not in ("PUT", "PATCH") or not call.world.data["policy_assignments"]:
        return
    path = call.path.rstrip("/")
    target = _target(path)
    if target is None:
        return
    kind, name = target
    resource = {**(_merged(_now(call, path), call.body) if call.method == "PATCH" else call.body), "name": name}
    violations = rules.violated(call.world, path, lambda field: _value(field, kind, resource))
    if violations:
        raise errors.disallowed(name, violations)


def _target(path: str) -> tuple[str, str] | None:
    """Type and name of the resource that a path is about; None for what is not judged (locks, policies)."""
    if _GROUP.fullmatch(path):
        return _GROUP_TYPE, path.rsplit("/", 1)[-1]
    before, provider, rest = path.rpartition("/providers/")
    parts = rest.split("/")
    if not provider or not before or len(parts) < 3:
        return None
    if parts[0].lower() == "microsoft.authorization" and parts[1].lower() != "roleassignments":
        return None
    return "/".join([parts[0], *parts[1::2]]), parts[-1]


def _now(call: Call, path: str) -> dict[str, typing.Any]:
    rows = (row for row in inventory.everything(call.world) if lower(row["id"]) == lower(path))
    return next(rows, call.world.data["groups"].get(lower(path), {}))


def _merged(before: typing.Any, change: typing.Any) -> typing.Any:
    if not isinstance(before, dict) or not isinstance(change, dict):
        return before if change is None else change
    return {**before, **{name: _merged(before.get(name), value) for name, value in change.items()}}


def _value(field: str, kind: str, resource: dict[str, typing.Any]) -> typing.Any:
    tag = re.fullmatch(r"tags\[?'?\.?([^'\]]+)'?\]?", field)
    if field.lower() == "type":
        return kind
    if tag:
        tags = {name.lower(): value for name, value in (resource.get("tags") or {}).items()}
        return tags.get(tag[1].lower())
    if not field.lower().startswith(f"{kind.lower()}/"):
        return _inside(resource, field) if "/" not in field else None
    path = field[len(kind) + 1 :]
    inside = _inside(resource.get("properties") or {}, path)
    return inside if inside is not None else _inside(resource, path)


def _inside(value: typing.Any, path: str) -> typing.Any:
    for part in path.split("."):
        if not isinstance(value, dict):
            return None
        value = {name.lower(): one for name, one in value.items()}.get(part.lower())
    return value
