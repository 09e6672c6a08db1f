# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scope maps: which actions on which repositories a token permits.

Sources: the recording ``repository_token_create``; Microsoft, "Non-Microsoft Entra token-based repository permissions"
(actions, wildcards) and "Service tiers" (limits). The five that every registry has, with their actions and
descriptions: Azure's own exports of registries (Terraform's and Bicep's, docs/azure-behaviour.md).
"""

from __future__ import annotations

import re
import typing

from ..clock import iso_offset
from ..routing import Call, Router
from ..world import World, lower
from . import errors
from .children import Kind, Record, made, serve

ROUTER = Router()

#: By a name in a scope map's action, what it permits in the words of Docker's token protocol (azure-cli,
#: ``RepoAccessTokenPermission``).
RIGHTS = {
    "content/read": "pull",
    "content/write": "push",
    "content/delete": "delete",
    "metadata/read": "metadata_read",
    "metadata/write": "metadata_write",
}
_GATEWAY = ("config/read", "config/write", "message/read", "message/write")
_ACTION = re.compile(r"(repositories|gateway)/(.+)/((?:content|metadata|config|message)/(?:read|write|delete))")
#: Actions and repositories that one scope map may have.
MOST_ACTIONS = 500
MOST_REPOSITORIES = 500

#: The one that lists the catalog too (told: Azure/acr #675; described: no scope map does).
ADMIN = "_repositories_admin"
_READ, _WRITE = ("content/read",), ("content/read", "content/write")
_METADATA = ("metadata/read", "metadata/write")
_BUILT_IN = (
    (
        ADMIN,
        "Can perform all read, write and delete operations on the registry",
        (*_METADATA, *_WRITE, "content/delete"),
    ),
    ("_repositories_pull", "Can pull any repository of the registry", _READ),
    (
        "_repositories_pull_metadata_read",
        "Can perform all read operations on the registry",
        (*_READ, "metadata/read"),
    ),
    ("_repositories_push", "Can push to any repository of the registry", _WRITE),
    (
        "_repositories_push_metadata_write",
        "Can perform all read and write operations on the registry",
        (*_METADATA, *_WRITE),
    ),
)


def _built_in(registry: Record) -> list[Record]:
    return [
        {
            "id": f"{registry['id']}/scopeMaps/{name}",
            "name": name,
            "created": registry["created"],
            "built_in": True,
            "description": description,
            "actions": [f"repositories/*/{one}" for one in actions],
        }
        for name, description, actions in _BUILT_IN
    ]


def _take(call: Call, registry: Record, record: Record, replace: bool) -> None:
    asked = call.body.get("properties") or {}
    if replace:
        record |= {"description": None, "actions": []}
    if asked.get("description") is not None:
        record["description"] = asked["description"]
    if asked.get("actions") is not None:
        record["actions"] = list(asked["actions"])
    elif replace:
        raise errors.bad_child("The property actions of a scope map is required.")
    _check(record["actions"])


def _check(actions: list[str]) -> None:
    """Actions have the form ``repositories/NAME/content/read``; a wildcard is all of a name, or what ends it."""
    repositories = set()
    for action in actions:
        match = _ACTION.fullmatch(action)
        known: typing.Iterable[str] = ()
        if match:
            known = RIGHTS if match[1] == "repositories" else _GATEWAY
            repositories.add(match[2])
        name = match[2] if match else ""
        if not match or match[3] not in known or ("*" in name and name != "*" and not re.fullmatch(r"[^*]+/\*", name)):
            raise errors.bad_child(f"The action '{action}' in the property actions is not valid.")
    if len(actions) > MOST_ACTIONS:
        raise errors.bad_child(f"The property actions has more than {MOST_ACTIONS} actions.")
    if len(repositories) > MOST_REPOSITORIES:
        raise errors.bad_child(f"The property actions names more than {MOST_REPOSITORIES} repositories.")


def _show(world: World, record: Record) -> Record:
    described = {} if record["description"] is None else {"description": record["description"]}
    kind = "SystemDefined" if record.get("built_in") else "UserDefined"
    more = {"type": kind, "creationDate": iso_offset(record["created"]), "actions": list(record["actions"])}
    return {"properties": {**described, **more}}


def _before_deletion(call: Call, registry: Record, record: Record) -> None:
    """One that a token has stays."""
    tokens = made(call.world, registry, "tokens")
    held = [one["name"] for one in tokens if lower(one["scope_map"]) == lower(record["id"])]
    if held and call.world.settings.scope_map_in_use_stays:
        raise errors.in_use("scope map", record["name"], "tokens", held)


SCOPE_MAPS = Kind(
    name="scopeMaps",
    prefix="scopemap",
    pattern=re.compile(r"[A-Za-z0-9_-]{5,50}"),
    take=_take,
    show=_show,
    most={"Basic": 100, "Standard": 500, "Premium": 50_000},
    built_in=_built_in,
    before_deletion=_before_deletion,
)
serve(ROUTER, SCOPE_MAPS)


def rights(scope_map: Record, repository: str) -> set[str]:
    """What a scope map permits in a repository, in the words of Docker's token protocol."""
    held = set()
    for action in scope_map["actions"]:
        match = _ACTION.fullmatch(action)
        if match and match[1] == "repositories" and _concerns(match[2], repository):
            held.add(RIGHTS[match[3]])
    return held


def _concerns(name: str, repository: str) -> bool:
    return name in ("*", repository) or (name.endswith("/*") and repository.startswith(name[:-1]))
