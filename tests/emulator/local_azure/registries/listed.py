# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a registry is listed and read here, and neither made nor changed.

Connected registries, the pipelines of ACR Transfer and their runs, tasks, agent pools, archives of packages, private
endpoint connections. Which there are is said from outside (control interface, ``POST /children``).
"""

from __future__ import annotations

import re

from ..resource_manager import lists
from ..resource_manager.scope import GROUP
from ..routing import Call, Reply, Router
from ..world import World
from . import state
from .children import Kind, Record, made, render, serve
from .lookup import registry_of

ROUTER = Router()
_NAMES = (
    "connectedRegistries",
    "exportPipelines",
    "importPipelines",
    "pipelineRuns",
    "tasks",
    "agentPools",
    "taskRuns",
    "privateEndpointConnections",
)
_ID = re.compile(r"(/subscriptions/.*/registries/[^/]+)/(\w+|packages/[^/]+/archives)/([^/]+)", re.IGNORECASE)


def _nothing(call: Call, registry: Record, record: Record, replace: bool) -> None:
    return None


def _show(world: World, record: Record) -> Record:
    return dict(record["shown"])


def _kind(name: str) -> Kind:
    return Kind(name=name, prefix=name.lower(), pattern=re.compile(".+"), take=_nothing, show=_show)


KINDS = tuple(_kind(name) for name in _NAMES)
for _each in KINDS:
    serve(ROUTER, _each, writes=False)


@ROUTER.route(
    "GET",
    f"{GROUP}/providers/{state.TYPE}/{{name}}/packages/{{package}}/archives",
    f"{state.TYPE}/packages/archives/read",
)
def list_archives(call: Call) -> Reply:
    kind = _kind(f"packages/{call.params['package']}/archives")
    return lists.page(call, [render(call.world, kind, one) for one in made(call.world, registry_of(call), kind.name)])


def add(world: World, shown: Record) -> Record:
    """Put something in place below a registry, as it is to be shown.

    :param shown: ``id``, and what else a GET shows of it.
    :raises ValueError: for an id of no kind that is only listed, or of no registry that is there.
    """
    match = _ID.fullmatch(str(shown["id"]))
    known = match and (match[2].lower() in {name.lower() for name in _NAMES} or "/" in match[2])
    if not match or not known or state.settle(world, match[1].lower()) is None:
        raise ValueError(f"{shown['id']} is not the id of a thing that a registry has and that is only listed here")
    record = {"id": shown["id"], "name": match[3], "operation": None, "verb": "Creating", "shown": shown}
    world.data["children"][shown["id"].lower()] = record
    return record
