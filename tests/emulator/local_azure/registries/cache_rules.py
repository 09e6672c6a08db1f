# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Cache rules: repositories that a registry fills from another one when they are pulled. Here nothing is fetched.

Sources: azure-cli ``test_acr_cache`` (recorded 2026); Microsoft, "Artifact cache"; what people met (codes and texts),
docs/azure-behaviour.md, "Registries".
"""

from __future__ import annotations

import re
import typing

from ..clock import iso_offset
from ..routing import Call, Router
from ..world import World, lower
from . import errors
from .children import Kind, Record, made, named, serve
from .credential_sets import CREDENTIAL_SETS

ROUTER = Router()
#: The registry whose cache rules need credentials.
_DOCKER_HUB = "docker.io"
_MOST = 1000


def _take(call: Call, registry: Record, record: Record, replace: bool) -> None:
    asked = call.body.get("properties") or {}
    before = record.get("target")
    if replace:
        for name in ("sourceRepository", "targetRepository"):
            if not asked.get(name):
                raise errors.bad_child(f"The property {name} of a cache rule is required.")
        record |= {"source": asked["sourceRepository"], "target": asked["targetRepository"], "credential_set": None}
    # recorded: null in a PATCH leaves the credential set where it is
    record["credential_set"] = asked.get("credentialSetResourceId") or record["credential_set"]
    if record["credential_set"] and named(call.world, registry, CREDENTIAL_SETS, record["credential_set"]) is None:
        wrong = f"The credentialSetResourceId '{record['credential_set']}'"
        raise errors.bad_child(f"{wrong} is not one of a credential set of the registry.")
    if record["source"].split("/")[0] == _DOCKER_HUB and not record["credential_set"]:
        raise errors.docker_hub_needs_credentials()
    if record["target"] != before:
        _check_target(call.world, registry, record)


def _check_target(world: World, registry: Record, record: Record) -> None:
    """The target is no repository that is there, nor within the target of another rule, or around it."""
    target = record["target"]
    if any(_concerns(target, name) for name in _repositories(world, registry)):
        raise errors.target_prefix_exists(target) if target.endswith("*") else errors.target_exists(target)
    for other in made(world, registry, CACHE_RULES.name):
        overlaps = _concerns(other["target"], target) or _concerns(target, other["target"])
        if overlaps and lower(other["id"]) != lower(record["id"]):
            raise errors.bad_child(f"The targetRepository '{target}' overlaps with that of {other['name']}.")


def _repositories(world: World, registry: Record) -> typing.Iterable[str]:
    content = world.data["images"].get(registry["id"].lower(), {"repositories": {}})
    return typing.cast("dict[str, Record]", content["repositories"])


def _concerns(target: str, repository: str) -> bool:
    return target == repository or (target.endswith("*") and repository.startswith(target[:-1]))


def _show(world: World, record: Record) -> Record:
    held = {"credentialSetResourceId": record["credential_set"]} if record["credential_set"] else {}
    return {
        "properties": {
            **held,
            "sourceRepository": record["source"],
            "targetRepository": record["target"],
            "creationDate": iso_offset(record["created"]),
        }
    }


CACHE_RULES = Kind(
    name="cacheRules",
    prefix="cacherules",
    pattern=re.compile(r"[A-Za-z0-9-]{5,50}"),
    take=_take,
    show=_show,
    lasts=True,
    deletion_lasts=True,
    most=dict.fromkeys(("Basic", "Standard", "Premium"), _MOST),
)
serve(ROUTER, CACHE_RULES)


def about(world: World, registry: Record, repository: str) -> Record | None:
    """The rule that fills a repository; None for an ordinary one."""
    rules = made(world, registry, CACHE_RULES.name)
    return next((rule for rule in rules if _concerns(rule["target"], repository)), None)


def keeps_writers_out(world: World, registry: Record, repository: str) -> bool:
    """Whether a repository takes no push and no import, since a rule fills it (told: Azure/acr #845)."""
    is_writable = registry["properties"].get("writableCacheRepos") == "Enabled"
    return not is_writable and about(world, registry, repository) is not None
