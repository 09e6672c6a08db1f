# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Whoever loses the key loses the images: who depends on it, and whether the caller confirmed it in so many words."""

from __future__ import annotations

import dataclasses
import typing

from . import plan, resource_id
from .clouds import Cloud
from .failure import Failure
from .key_identifier import KeyIdentifier, try_parse
from .registry_facts import Facts, is_encrypted


def users_of_key(
    registries: typing.Iterable[Facts], key: KeyIdentifier, cloud: Cloud, *, version: str | None = None
) -> list[Facts]:
    """The registries that read their data by a key; with ``version``, by that version of it."""
    found = []
    for known in registries:
        in_use = try_parse(known["encryption"].get("versioned_key_identifier"), cloud) if is_encrypted(known) else None
        in_use = in_use or try_parse(known["encryption"].get("key_identifier"), cloud)
        if in_use and in_use.same_key(key) and (not version or in_use.version == version.lower()):
            found.append(known)
    return found


def users_of_identity(registries: typing.Iterable[Facts], client_id: str, *, principal_id: str = "") -> list[Facts]:
    """The registries that go to their key as an identity."""
    found = []
    for known in registries:
        used = str(known["encryption"].get("identity") or "").lower()
        system = used == "system" and principal_id and known["identity"]["principal_id"] == principal_id
        if used and (used == client_id.lower() or system):
            found.append(known)
    return found


def users_of_store(registries: typing.Iterable[Facts], host: str, cloud: Cloud) -> list[Facts]:
    """The registries whose key is in the key store at a host."""
    found = []
    for known in registries:
        key = try_parse(known["encryption"].get("key_identifier"), cloud) if is_encrypted(known) else None
        if key and key.host == host.lower():
            found.append(known)
    return found


def principal_of(known: Facts) -> str | None:
    """The object id that a registry goes to its key store as; None if its identity is not attached any more."""
    identity = str(known["encryption"].get("identity") or "").lower()
    if identity == "system":
        return str(known["identity"]["principal_id"]).lower() if known["identity"]["principal_id"] else None
    users = known["identity"]["user_assigned"]
    return next((str(u["principal_id"]).lower() for u in users if str(u["client_id"]).lower() == identity), None)


@dataclasses.dataclass(frozen=True)
class AccessPlan:
    """What takes an identity's access away: ``steps``, the active ways that ``remain``, and those that are dormant."""

    steps: tuple[plan.Step, ...]
    remaining: tuple[dict[str, typing.Any], ...]
    dormant: tuple[dict[str, typing.Any], ...]


def access_plan(ways: typing.Iterable[dict[str, typing.Any]], principal: str, key: KeyIdentifier) -> AccessPlan:
    """The plan to take an identity's access to a key away.

    Taken away is what the identity itself was given at the key store or the key. What comes from above, through a
    group or by a role that we do not know may serve others: it is told, not removed.

    :param ways: as :func:`.access.ways` returns them.
    """
    steps, remaining, dormant = [], [], []
    for way in ways:
        if not way["active"]:
            dormant.append(way)
        elif not (way["direct"] and way["here"] and way["certain"]):
            remaining.append(way)
        elif way["kind"] == "policy":
            text = f"take get, wrapKey and unwrapKey from the access policy of {principal} on the {key.place}"
            steps.append(plan.Step("remove_policy", text))
        else:
            text = f"remove the role {way['name']} of {principal} at {way['scope']}"
            steps.append(plan.Step("unassign", text, {"id": way["id"], "scope": way["scope"]}))
    return AccessPlan(tuple(steps), tuple(remaining), tuple(dormant))


def way_words(way: dict[str, typing.Any]) -> str:
    """A way in, for a sentence."""
    through = "" if way["direct"] else " through a group"
    return f"{way['name']} at {way['scope']}{through}"


def in_group(registries: typing.Iterable[Facts], group_id: str) -> list[Facts]:
    """The registries in a resource group."""
    return [known for known in registries if resource_id.within(group_id, known["id"])]


def names(confirm: typing.Any) -> list[str]:
    """The names in a confirmation: a list, or one text with names separated by commas."""
    if confirm is None:
        return []
    given = confirm if isinstance(confirm, (list, tuple)) else [confirm]
    return [name.strip().lower() for text in given for name in str(text).split(",") if name.strip()]


def require_confirmation(
    losing: typing.Sequence[Facts],
    confirm: typing.Any,
    *,
    what: str,
    others: typing.Sequence[dict[str, str]] = (),
) -> None:
    """Let nothing pass that makes data unreadable unless each registry, and each other resource, is named.

    :param losing: the registries whose data would become unreadable.
    :param others: other resources that would lose their key, as :func:`.dependents.users` returns them.
    :param what: the deed, as in "deleting the key K".
    :raises Failure: that lists every registry, and says how to confirm.
    """
    named = set(names(confirm))
    unnamed = [known["name"] for known in (*losing, *others) if known["name"].lower() not in named]
    if not unnamed:
        return
    everyone = plan.listed(sorted(known["name"] for known in losing))
    missing = ", ".join(sorted(unnamed))
    count = "registry" if len(losing) == 1 else "registries"
    effects = [f"makes every image unreadable in the {count} {everyone}"] if losing else []
    if others:
        named_others = plan.listed(f"the {one['kind']} {one['name']}" for one in others)
        effects.append(f"takes the key away from {named_others}")
    raise Failure(
        f"{what[0].upper()}{what[1:]} {' and '.join(effects)}.",
        parameter="confirm",
        hint="Nothing was changed. If that is what you want, name in confirm (acr_cmk_confirm for the playbooks) what "
        f"is not confirmed yet: {missing}.",
        code="confirmation_needed",
        details={
            "would_lose_access": [{"name": k["name"], "id": k["id"]} for k in losing],
            "others_would_lose_access": list(others),
        },
    )


def affected(losing: typing.Sequence[Facts]) -> list[dict[str, typing.Any]]:
    """The registries that lose access, as a result lists them."""
    return [{"name": known["name"], "id": known["id"], "login_server": known["login_server"]} for known in losing]
