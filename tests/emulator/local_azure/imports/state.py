# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Imports under way: records that are carried out when their time has come, and only then take effect.

A record is ``{operation, target, source, repository, tag, digest, targets}``: the digest that the tag had in the
beginning, and pairs of repository and tag.
"""

from __future__ import annotations

import typing

from ..images import access, limits, locks
from ..images import errors as image_errors
from ..images.state import Store
from ..registries import state as registries
from ..resource_manager import operations
from ..routing import Call, Refusal
from ..world import World, lower
from . import errors, graph, source
from .request import Request

KIND = "imports"
Record = dict[str, typing.Any]


def begin(call: Call, request: Request, target: source.Registry) -> str:
    """Start an import; the id of its operation.

    :raises Refusal: where it is refused before an operation begins.
    """
    world, settings = call.world, call.world.settings
    came_from = source.named(call, request, target)
    record: Record = {
        "target": lower(target["id"]),
        "source": lower(came_from["id"]) if came_from else "",
        "repository": request.repository,
        "tag": request.tag,
        "digest": request.digest,
        "targets": [list(pair) for pair in request.targets],
    }
    error = _source_refuses(call, request, came_from, target, record)
    # some never end (Azure/acr #537, #617)
    seconds = operations.FOR_EVER if settings.imports_hang else settings.import_seconds
    if settings.import_at_once:
        seconds = 0.0
    operation = operations.start(world, kind=KIND, resource=record["target"], seconds=seconds, error=error)
    _refuse_tags(world, request, target, operation["id"])
    if settings.import_refusals == "request":
        error = error or _cannot(world, record)
        if error:
            raise errors.failed(error, says_why=True)
    world.data["imports"][operation["id"]] = record
    if settings.import_at_once:
        settle(world)
    return str(operation["id"])


def _source_refuses(
    call: Call, request: Request, came_from: source.Registry | None, target: source.Registry, record: Record
) -> errors.Failure | None:
    """Why the source does not give the image to who asks, or None: then the record has its digest."""
    if came_from is None:
        return errors.not_copied(f"The registry '{request.registry_uri}' cannot be reached.")
    policy = came_from["properties"]["policies"].get("exportPolicy", {})
    if policy.get("status") == "disabled" and came_from["id"].lower() != target["id"].lower():
        return errors.answered(image_errors.exports_disabled())
    if call.world.settings.import_counts and any(
        limits.is_too_much(call.world, registry, kind)
        for registry, kind in ((came_from, "read"), (target, "write"))
        if "sku" in registry
    ):
        return errors.throttled()
    try:
        record["digest"] = source.digest(call, request, came_from)
    except Refusal as refusal:
        return errors.answered(refusal)
    return None


def _refuse_tags(world: World, request: Request, target: source.Registry, operation: str) -> None:
    """Without force no tag is moved.

    :raises Refusal: 409 for one that is there.
    """
    if request.is_forced:
        return
    try:
        content = Store(world, target)
    except Refusal:
        return  # what is there cannot be told without the key
    for repository, tag in request.targets:
        if tag and tag in content.repositories.get(repository, {"tags": {}})["tags"]:
            raise errors.tag_exists(operation, target["id"], f"{repository}:{tag}")


def _cannot(world: World, record: Record) -> errors.Failure | None:
    """Why an import cannot be carried out as things are, whoever asked for it; or None."""
    target, came_from = (source.by_place(world, record[side]) for side in ("target", "source"))
    if target is None or came_from is None:
        return errors.not_copied("A registry is gone.")
    if not source.is_open_to_services(target):
        return errors.access_denied(registries.login_server(world, target))
    try:
        content, taken = Store(world, came_from), Store(world, target)
        digests = graph.manifests_of(content, record["repository"], record["digest"])
        if len(digests) - 1 > graph.MOST_MANIFESTS:
            return errors.not_copied(f"The image has more than {graph.MOST_MANIFESTS} manifests.")
        if world.settings.import_foreign_layers == "refuse" and any(
            graph.has_foreign_layers(content, digest) for digest in digests
        ):
            return errors.not_copied("The image has layers that are not to be distributed.")
        for name, tag in record["targets"]:
            repository = taken.repositories.get(name, {"tags": {}})
            locks.require("write", repository, repository["tags"].get(tag, {}))
            access.refuse_if_cached(world, target, name)
    except Refusal as refusal:
        return errors.answered(refusal)
    return None


def settle(world: World) -> None:
    """Carry out the imports whose time has come, in the order of their ends."""
    known = world.data["operations"]
    due = [operation for operation in world.data["imports"] if operations.ended(world, operation)]
    for operation in sorted(due, key=lambda one: float(known[one]["ends"])):
        _finish(world, known[operation], world.data["imports"].pop(operation))


def _finish(world: World, operation: dict[str, typing.Any], record: Record) -> None:
    error = operation["error"] or _cannot(world, record)
    if error:
        operation |= {"error": error, "status": operation["status"] or "Failed"}
        return
    came_from, target = (Store(world, _known(world, record[side])) for side in ("source", "target"))
    name, wanted = record["repository"], record["digest"]
    digests = graph.manifests_of(came_from, name, wanted)
    now = came_from.repository(name)["tags"].get(record["tag"], {}).get("digest", wanted)
    for repository, tag in record["targets"]:
        for digest in digests:
            graph.copy(came_from, target, name, digest, repository)
        if tag:
            # the tag is looked up anew, what it stood for in the beginning was copied (azure-cli #21944, #29974)
            target.tag(repository, tag, now if world.settings.import_race else wanted)


def _known(world: World, place: str) -> source.Registry:
    registry = source.by_place(world, place)
    assert registry is not None
    return registry
