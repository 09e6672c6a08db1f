# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Look at many registries' ways to their keys: what several share is looked at once."""

from __future__ import annotations

import typing

from ..._domain.failure import Failure
from ..._domain.identity import is_system
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.registry import Registry
from ..._operation import Task
from ..._rules.health.observation import Observation
from ..identity.lookup import key_identity
from . import observe

#: Takes what could not be looked at and why, instead of the failure; it may raise it all the same.
Note = typing.Callable[[KeyIdentifier, Failure], None]


def fail(_key: KeyIdentifier, failure: Failure) -> None:
    """Nothing is left out: the failure is raised."""
    raise failure


def ways_to_keys(
    task: Task, pairs: typing.Sequence[tuple[Registry, KeyIdentifier]], note: Note = fail
) -> dict[str, Observation]:
    """What stands between registries and their keys, by the registry's id; each way once, side by side.

    :param pairs: registries, each with the key version that it uses.
    :param note: takes what cannot be looked at, which is then left out.
    :raises Failure: when one cannot be looked at, unless ``note`` takes it.
    """
    ways: dict[str, tuple[Registry, KeyIdentifier]] = {}
    for registry, key in pairs:
        ways.setdefault(_way(registry), (registry, key))
    looks = task.session.side_by_side(*(_looker(task, *way, note) for way in ways.values()))
    by_way = dict(zip(ways, looks, strict=True))
    return {registry.id: look for registry, _key in pairs if (look := by_way[_way(registry)])}


def _way(registry: Registry) -> str:
    """What makes two registries' ways to their key the same: key version, identity, and how it is attached."""
    encryption = registry.encryption
    if encryption is None or is_system(encryption.identity):
        return registry.id
    attached = encryption.identity_resource_id or ""
    users = sorted(str(user.client_id) for user in registry.identities.user_assigned if user.resource_id == attached)
    return f"{encryption.versioned_key_identifier}|{encryption.identity}|{attached}|{users}"


def _looker(task: Task, registry: Registry, key: KeyIdentifier, note: Note) -> typing.Callable[[], Observation | None]:
    session = task.session

    def look() -> Observation | None:
        try:
            return observe.of_registry(session, key, key_identity(session, registry), registry)
        except Failure as failure:
            note(key, failure)
            return None

    return look
