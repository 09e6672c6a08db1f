# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Who depends on a key, a key store or an identity: every destructive operation asks here first."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import graph
from ..._domain.failure import Failure
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.registry import Registry
from ..._domain.resource import Resource
from ..._domain.wire import Wire
from ..._operation import Result, Task
from ..._rules.dependents import references
from ..._rules.dependents.registries import (
    users_by_principal,
    users_of_identity,
    users_of_key,
    users_of_store,
)
from ..._rules.revocation.confirmation import affected, labels
from ..registry.lookup import all_registries


@dataclasses.dataclass(frozen=True)
class Dependents:
    """Registries, other resources, and what could not be known."""

    registries: tuple[Registry, ...] = ()
    others: tuple[Resource, ...] = ()
    unseen: tuple[str, ...] = ()

    def result(self) -> Result:
        """The parts of a result that tell of them."""
        return {
            "would_lose_access": affected(self.registries),
            "others_would_lose_access": [other.result() for other in self.others],
            "confirm": labels(self.registries, self.others),
            "dependents_complete": not self.unseen,
        }


def together(parts: typing.Iterable[Dependents]) -> Dependents:
    """All of several, each once."""
    parts = list(parts)
    registries = {registry.id: registry for one in parts for registry in one.registries}
    others = {other.id.lower(): other for one in parts for other in one.others}
    unseen = dict.fromkeys(text for one in parts for text in one.unseen)
    return Dependents(tuple(registries.values()), tuple(others.values()), tuple(unseen))


def _with_others(
    task: Task,
    registries: typing.Sequence[Registry],
    query: str,
    users: typing.Callable[[list[Wire]], list[Resource]],
) -> Dependents:
    try:
        rows = task.session.once(query, lambda: graph.query(task.session, query, purpose="who else uses it"))
    except Failure as failure:
        text = (
            "It is not known which other Azure resources (storage accounts, disks, databases, …) use it: "
            f"{failure.message} Ask somebody with Reader rights on all subscriptions."
        )
        task.warn(text)
        return Dependents(tuple(registries), (), (text,))
    return Dependents(tuple(registries), tuple(users(rows)))


def of_key(task: Task, key: KeyIdentifier, *, version: str | None = None) -> Dependents:
    """Who uses a key, or one version of it.

    :raises Failure: when the registries cannot be listed.
    """
    registries = users_of_key(all_registries(task.session), key, version=version)
    return _with_others(
        task,
        registries,
        references.key_query(key.host),
        lambda rows: references.users(rows, key.host, key=key.name, version=version),
    )


def of_vault(task: Task, host: str) -> Dependents:
    """Who has a key in a key store.

    :param host: its host name.
    :raises Failure: when the registries cannot be listed.
    """
    registries = users_of_store(all_registries(task.session), host)
    return _with_others(task, registries, references.key_query(host), lambda rows: references.users(rows, host))


def of_access(task: Task, host: str, principal_id: str, identity_id: str | None = None) -> Dependents:
    """Who loses the key when a principal's access to a key store is taken away: the registries that go there as it, and
    other resources that it is attached to and whose key is there (AzureTRE #4149: services share both).

    :param host: the key store's.
    :param identity_id: the identity's resource id, where it is known; else a registry that has it attached tells it.
    :raises Failure: when the registries cannot be listed.
    """
    everyone = all_registries(task.session)
    registries = users_by_principal(everyone, host, principal_id)
    attached = [user for registry in everyone for user in registry.identities.user_assigned]
    own_ids = [user.resource_id for user in attached if user.is_principal(principal_id)]
    shared_id = identity_id or next(iter(own_ids), None)
    if shared_id is None:
        # a registry's own identity serves nobody else
        return Dependents(tuple(registries))
    return _with_others(
        task, registries, references.identity_key_query(shared_id), lambda rows: references.users(rows, host)
    )


def of_identity(task: Task, client_id: str, resource_id: str) -> Dependents:
    """Who goes to its key as a user-assigned identity, and what else it is attached to.

    :raises Failure: when the registries cannot be listed.
    """
    registries = users_of_identity(all_registries(task.session), client_id)
    ids = {registry.id.lower() for registry in registries}

    def others(rows: list[Wire]) -> list[Resource]:
        return [one for one in map(references.resource, rows) if one.id.lower() not in ids]

    return _with_others(task, registries, references.identity_query(resource_id), others)
