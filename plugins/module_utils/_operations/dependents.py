# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Who depends on a key, a key store or an identity: every destructive operation asks here first."""

from __future__ import annotations

import dataclasses
import typing

from .._azure import graph
from .._operation import Result, Task
from .._rules import dependents as rules
from .._rules import key_identifier, revocation
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from .._rules.registry_facts import Facts
from . import resolve


@dataclasses.dataclass(frozen=True)
class Dependents:
    """Registries (their facts), other resources (``{name, id, type, kind}``), and what could not be known."""

    registries: tuple[Facts, ...] = ()
    others: tuple[dict[str, str], ...] = ()
    unseen: tuple[str, ...] = ()

    def show(self) -> Result:
        """The parts of a result that tell of them."""
        return {
            "would_lose_access": revocation.affected(self.registries),
            "others_would_lose_access": list(self.others),
            "dependents_complete": not self.unseen,
        }


def _others(
    task: Task, query: str, pick: typing.Callable[[list[rules.Row]], list[dict[str, str]]]
) -> tuple[list[dict[str, str]], list[str]]:
    try:
        rows = task.session.once(query, lambda: graph.query(task.session, query))
    except Failure as failure:
        text = (
            "It is not known which other Azure resources (storage accounts, disks, databases, …) use it: "
            f"{failure.message} Ask somebody with Reader rights on all subscriptions."
        )
        task.warn(text)
        return [], [text]
    return pick(rows), []


def of_key(task: Task, key: KeyIdentifier, *, version: str | None = None) -> Dependents:
    """Who uses a key, or one version of it.

    :raises Failure: when the registries cannot be listed.
    """
    everyone = resolve.all_registries(task.session)
    registries = revocation.users_of_key(everyone, key, task.session.cloud, version=version)
    others, unseen = _others(
        task, rules.key_query(key.host), lambda rows: rules.users(rows, key.host, key=key.name, version=version)
    )
    return Dependents(tuple(registries), tuple(others), tuple(unseen))


def of_vault(task: Task, host: str) -> Dependents:
    """Who has a key in a key store.

    :param host: its host name.
    :raises Failure: when the registries cannot be listed.
    """
    registries = revocation.users_of_store(resolve.all_registries(task.session), host, task.session.cloud)
    others, unseen = _others(task, rules.key_query(host), lambda rows: rules.users(rows, host))
    return Dependents(tuple(registries), tuple(others), tuple(unseen))


def of_identity(task: Task, client_id: str, resource_id: str) -> Dependents:
    """Who goes to its key as a user-assigned identity, and what else it is attached to.

    :raises Failure: when the registries cannot be listed.
    """
    registries = revocation.users_of_identity(resolve.all_registries(task.session), client_id)
    known = {str(registry["id"]).lower() for registry in registries}

    def pick(rows: list[rules.Row]) -> list[dict[str, str]]:
        return [rules.shown(row) for row in rows if str(row["id"]).lower() not in known]

    others, unseen = _others(task, rules.identity_query(resource_id), pick)
    return Dependents(tuple(registries), tuple(others), tuple(unseen))


def gather(task: Task) -> Result:
    """The operation of the module ``cmk_dependents_info``."""
    params, session = task.params, task.session
    if params["key_identifier"]:
        key = key_identifier.parse(params["key_identifier"], session.cloud)
        found, what = of_key(task, key, version=key.version or None), f"the key {key}"
    elif params["vault"]:
        host = resolve.vault_host(session.cloud, params["vault"])
        found, what = of_vault(task, host), f"the key store {host}"
    elif params["identity"]:
        identity = resolve.find_identity(session, params["identity"], params["resource_group"])
        if identity is None:
            text = f"There is no identity {params['identity']}."
            raise Failure(text, parameter="identity", hint="Check its name and resource_group.", code="not_found")
        found = of_identity(task, str(identity.client_id), str(identity.resource_id))
        what = f"the identity {params['identity']}"
    else:
        text = "Nothing says whose dependents to look for."
        raise Failure(
            text, parameter="key_identifier", hint="Give key_identifier, vault or identity.", code="missing_parameter"
        )
    count = f"{len(found.registries)} registries and {len(found.others)} other resources depend on {what}."
    return {
        "changed": False,
        "msg": count if not found.unseen else f"{count} {found.unseen[0]}",
        "registries": list(found.registries),
        "others": list(found.others),
        "complete": not found.unseen,
        "unseen": list(found.unseen),
    }
