# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Where a playbook works, in a sentence: cloud, subscription, tenant, and as whom.

It is what the options and the environment say; nothing is asked of Azure for it.
"""

from __future__ import annotations

import typing

from .._domain import resource_id
from .roles import values
from .sign_in import SignIn

#: The ways to sign in, as people call them.
_WAYS = {
    "secret": "the application {who}",
    "certificate": "the application {who}, by a certificate",
    "workload_identity": "the application {who}, by a federated token",
    "msi": "the managed identity {who}",
    "cli": "{who}",
}


class Session(typing.NamedTuple):
    """What the az CLI's own profile tells of the subscription in use."""

    subscription_id: str = ""
    tenant: str = ""
    user: str = ""


class Reach(typing.NamedTuple):
    """How far a playbook reaches beyond the subscription in use.

    :ivar hosts: on how many registries as hosts it works; each has its own subscription.
    :ivar is_everywhere: whether it works on all that is seen.
    :ivar subscriptions: those that resource ids name.
    """

    hosts: int = 1
    is_everywhere: bool = False
    subscriptions: tuple[str, ...] = ()


def reach(registries: object, resource_group: str, hosts: int) -> Reach:
    """How far a playbook reaches.

    :param registries: as people write them, names, ids or ``all``; what cannot be read is refused later, by its name.
    """
    try:
        several = values.several(registries)
    except values.Unreadable:
        several = []
    ids = (resource_id.parse(one) for one in several)
    subscriptions = tuple(dict.fromkeys(one.subscription for one in ids if one))
    is_everywhere = not resource_group and any(one.lower() == "all" for one in several)
    return Reach(hosts, is_everywhere, subscriptions)


def sentence(way: SignIn, session: Session, reach: Reach, *, is_local: bool) -> str:
    """Where a playbook works.

    :param session: of the az CLI, where that is the way.
    :param is_local: whether all goes to a local Azure.
    """
    cloud = "Azure" if way.cloud.name == "AzureCloud" else way.cloud.name
    subscription = way.subscription_id or session.subscription_id
    where = f"subscription {subscription}" if subscription else "no subscription was named"
    others = [one for one in reach.subscriptions if one.lower() != subscription.lower()]
    if reach.hosts > 1:
        where = f"{reach.hosts} registries, each in its own subscription"
    elif reach.is_everywhere:
        where = "every subscription that is seen, unless some are named"
    elif others:
        where = f"{where}, and {', '.join(others)} by a registry's id"
    tenant = way.tenant or session.tenant
    whole = f"{where}, tenant {tenant}" if tenant else f"{where}, in the tenant of who is signed in"
    # whether there is a session of which the CLI's profile says nothing, the first task finds out
    person = (
        f"{session.user}, by the az CLI's session"
        if session.user
        else "whoever signed in by the az CLI, if anybody did"
    )
    who = {"cli": person, "msi": way.client_id or "of this machine"}
    text = _WAYS[way.method].format(who=who.get(way.method, way.client_id))
    return f"{'The local Azure' if is_local else cloud}: {whole}; as {text}."
