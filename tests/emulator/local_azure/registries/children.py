# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a registry has below it, one kind like the other: list, read, create, change, delete, and their operations.

A record is ``{id, name, created, made, changed, operation, verb}`` and what its kind keeps in it. It has its new values
from the request on; whether an operation about it is under way is its ``provisioningState``.
"""

from __future__ import annotations

import copy
import dataclasses
import re
import typing

from ..resource_manager import lists, operations, system_data
from ..resource_manager.scope import GROUP
from ..routing import Call, Reply, Router
from ..world import World, lower
from . import errors
from .lookup import registry_of
from .state import TYPE

Record = dict[str, typing.Any]

_REGISTRY = GROUP + f"/providers/{TYPE}/{{name}}"


def _none(registry: Record) -> list[Record]:
    return []


def _nothing(call: Call, registry: Record, record: Record) -> None:
    return None


@dataclasses.dataclass(frozen=True)
class Kind:
    """A type of child.

    :param name: its segment of the path, as in ``scopeMaps``.
    :param prefix: what the ids of its operations begin with.
    :param pattern: the names that one may have (Microsoft's descriptions).
    :param take: takes what a request asks for over into a record, or refuses it; ``replace`` for a PUT.
    :param show: what a record shows beside ``id``, ``name``, ``type``, ``systemData`` and ``provisioningState``.
    :param lasts: creating or changing one begins an operation; deleting one does if ``deletion_lasts``.
    :param most: how many a registry may have, by its SKU.
    :param built_in: those that every registry has.
    :param before_deletion: refuses a deletion, if something stands in its way.
    """

    name: str
    prefix: str
    pattern: re.Pattern[str]
    take: typing.Callable[[Call, Record, Record, bool], None]
    show: typing.Callable[[World, Record], Record]
    lasts: bool = False
    deletion_lasts: bool = False
    most: typing.Mapping[str, int] = dataclasses.field(default_factory=dict)
    built_in: typing.Callable[[Record], list[Record]] = _none
    before_deletion: typing.Callable[[Call, Record, Record], None] = _nothing

    @property
    def type(self) -> str:
        return f"{TYPE}/{self.name}"


def _prefix(registry: Record, kind: Kind) -> str:
    return lower(f"{registry['id']}/{kind.name}")


def made(world: World, registry: Record, name: str) -> list[Record]:
    """The children of a kind (``tokens``) that somebody made, but for those whose deletion has ended."""
    shelf, place = world.shelf("children"), lower(registry["id"])
    there = []
    for key in shelf.below(place):
        if not key.startswith(f"{place}/{name.lower()}/"):
            continue
        record = shelf[key]
        operation = world.data["operations"].get(record["operation"] or "")
        gone = operation and record["verb"] == "Deleting" and operations.ended(world, operation["id"])
        if gone and operation["error"] is None:
            del shelf[key]
        else:
            there.append(record)
    return there


def all_of(world: World, registry: Record, kind: Kind) -> list[Record]:
    """The children of a kind, those first that every registry has."""
    return [*kind.built_in(registry), *made(world, registry, kind.name)]


def there(world: World, registry: Record, kind: Kind, name: str) -> Record | None:
    """The child of a name; None if there is none."""
    return next((one for one in all_of(world, registry, kind) if one["name"].lower() == name.lower()), None)


def named(world: World, registry: Record, kind: Kind, resource_id: str) -> Record | None:
    """The child of a resource id; None for one that is not there, or is another registry's."""
    above, _slash, name = resource_id.rpartition("/")
    return there(world, registry, kind, name) if lower(above) == _prefix(registry, kind) else None


def find(call: Call, registry: Record, kind: Kind) -> Record:
    """The child in the path.

    :raises Refusal: 404.
    """
    record = there(call.world, registry, kind, call.params["child"])
    if record is None:
        raise errors.child_not_found(call.params["child"])
    return record


def _state(world: World, record: Record) -> str:
    operation = world.data["operations"].get(record.get("operation") or "")
    if operation is None:
        return "Succeeded"
    if not operations.ended(world, operation["id"]):
        return str(record["verb"])
    return "Failed" if operation["error"] else "Succeeded"


def render(world: World, kind: Kind, record: Record) -> Record:
    """A child as Resource Manager shows it."""
    shown = kind.show(world, record)
    properties = {"provisioningState": _state(world, record), **shown.get("properties", {})}
    shown = {"type": kind.type, "id": record["id"], "name": record["name"], **shown, "properties": properties}
    return {**shown, "systemData": system_data.show(record)} if "made" in record else shown


def serve(router: Router, kind: Kind, *, writes: bool = True) -> None:
    """The routes of a kind. The rights for them have the names that Microsoft's list of operations gives.

    :param writes: one can be made, changed and deleted here.
    """
    many = f"{_REGISTRY}/{kind.name}"
    one = many + "/{child}"
    router.route("GET", many, f"{kind.type}/read")(lambda call: _list(call, kind))
    router.route("GET", one, f"{kind.type}/read")(lambda call: _get(call, kind))
    if not writes:
        return
    router.route("PUT", one, f"{kind.type}/write")(lambda call: _put(call, kind))
    router.route("PATCH", one, f"{kind.type}/write")(lambda call: _patch(call, kind))
    router.route("DELETE", one, f"{kind.type}/delete")(lambda call: _delete(call, kind))
    polls = one + "/operationStatuses/{operation}"
    router.route("GET", polls, f"{kind.type}/operationStatuses/read")(operations.async_operation)


def one_of(router: Router, kind: Kind, method: str, verb: str, action: str) -> typing.Callable[[typing.Any], None]:
    """A further route about one child; the handler gets the call and the record."""

    def register(handler: typing.Callable[[Call, Record], Reply]) -> None:
        path = f"{_REGISTRY}/{kind.name}/{{child}}/{verb}"
        router.route(method, path, f"{kind.type}/{action}")(
            lambda call: handler(call, find(call, registry_of(call), kind))
        )

    return register


def _list(call: Call, kind: Kind) -> Reply:
    known = all_of(call.world, registry_of(call), kind)
    return lists.page(call, [render(call.world, kind, record) for record in known])


def _get(call: Call, kind: Kind) -> Reply:
    return Reply(200, render(call.world, kind, find(call, registry_of(call), kind)))


def _put(call: Call, kind: Kind) -> Reply:
    registry, name = registry_of(call), call.params["child"]
    known = there(call.world, registry, kind, name)
    if known is None:
        if not kind.pattern.fullmatch(name):
            raise errors.invalid_child_name(kind.name, name)
        most = kind.most.get(registry["sku"])
        if most is not None and len(made(call.world, registry, kind.name)) >= most:
            raise errors.too_many(kind.name, most, registry["sku"])
    fresh = {"id": f"{registry['id']}/{kind.name}/{name}", "name": name, "created": call.now}
    return _change(call, kind, registry, copy.deepcopy(known) if known else fresh, replace=True)


def _patch(call: Call, kind: Kind) -> Reply:
    registry = registry_of(call)
    return _change(call, kind, registry, copy.deepcopy(find(call, registry, kind)), replace=False)


def _change(call: Call, kind: Kind, registry: Record, record: Record, *, replace: bool) -> Reply:
    if record.get("built_in"):
        raise errors.built_in(kind.name, record["name"])
    is_new = "made" not in record
    kind.take(call, registry, record, replace)
    system_data.note(call, record)
    call.world.data["children"][record["id"].lower()] = record
    record["operation"] = None
    if not (kind.lasts or call.world.ending):
        return Reply(200, render(call.world, kind, record))
    operation = _begin(call, kind, record, "Creating" if is_new else "Updating")
    where = f"https://{call.host}{record['id']}/operationStatuses/{kind.prefix}-{operation}"
    headers = {"Azure-AsyncOperation": f"{where}?api-version={call.query['api-version']}"}
    return Reply(201, render(call.world, kind, record), headers)


def _begin(call: Call, kind: Kind, record: Record, verb: str) -> str:
    seconds = call.world.settings.operation_seconds
    doing = "InProgress" if verb == "Deleting" else verb
    operation = operations.start(
        call.world, kind=kind.name, resource=record["id"].lower(), seconds=seconds, doing=doing
    )
    record |= {"operation": operation["id"], "verb": verb}
    return str(operation["id"])


def _delete(call: Call, kind: Kind) -> Reply:
    registry = registry_of(call)
    record = there(call.world, registry, kind, call.params["child"])
    if record is None:
        return Reply(204)
    if record.get("built_in"):
        raise errors.built_in(kind.name, record["name"])
    kind.before_deletion(call, registry, record)
    if not (kind.deletion_lasts or call.world.ending):
        del call.world.data["children"][record["id"].lower()]
        return Reply(200)
    operation = _begin(call, kind, record, "Deleting")
    provider = f"/subscriptions/{call.params['subscription']}/providers/Microsoft.ContainerRegistry"
    where = f"https://{call.host}{provider}/locations/{registry['location']}/operationResults/{kind.prefix}-{operation}"
    return Reply(202, None, {"Location": f"{where}?api-version={call.query['api-version']}", **operations.EMPTY})
