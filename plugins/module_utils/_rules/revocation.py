# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Whoever loses the key loses the images: who depends on it, and whether the caller confirmed it in so many words."""

from __future__ import annotations

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


def users_of_vault(registries: typing.Iterable[Facts], vault: str) -> list[Facts]:
    """The registries whose key is in a vault of that name."""
    return [k for k in registries if is_encrypted(k) and str(k["encryption"]["vault"]).lower() == vault.lower()]


def users_of_identity(registries: typing.Iterable[Facts], client_id: str, *, principal_id: str = "") -> list[Facts]:
    """The registries that go to their key as an identity."""
    found = []
    for known in registries:
        used = str(known["encryption"].get("identity") or "").lower()
        system = used == "system" and principal_id and known["identity"]["principal_id"] == principal_id
        if used and (used == client_id.lower() or system):
            found.append(known)
    return found


def in_group(registries: typing.Iterable[Facts], group_id: str) -> list[Facts]:
    """The registries in a resource group."""
    return [known for known in registries if resource_id.within(group_id, known["id"])]


def names(confirm: typing.Any) -> list[str]:
    """The names in a confirmation: a list, or one text with names separated by commas."""
    if confirm is None:
        return []
    given = confirm if isinstance(confirm, (list, tuple)) else [confirm]
    return [name.strip().lower() for text in given for name in str(text).split(",") if name.strip()]


def require_confirmation(losing: typing.Sequence[Facts], confirm: typing.Any, *, what: str) -> None:
    """Let nothing pass that makes data unreadable unless each registry that loses it is named.

    :param losing: the registries whose data would become unreadable.
    :param what: the deed, as in "deleting the key K".
    :raises Failure: that lists every registry, and says how to confirm.
    """
    named = set(names(confirm))
    unnamed = [known for known in losing if known["name"].lower() not in named]
    if not unnamed:
        return
    everyone = plan.listed(sorted(known["name"] for known in losing))
    missing = ", ".join(sorted(known["name"] for known in unnamed))
    count = "registry" if len(losing) == 1 else "registries"
    raise Failure(
        f"{what[0].upper()}{what[1:]} makes every image unreadable in the {count} {everyone}.",
        parameter="confirm",
        hint="Nothing was changed. If that is what you want, name in confirm (acr_cmk_confirm for the playbooks) what "
        f"is not confirmed yet: {missing}.",
        code="confirmation_needed",
        details={"would_lose_access": [{"name": k["name"], "id": k["id"]} for k in losing]},
    )


def affected(losing: typing.Sequence[Facts]) -> list[dict[str, typing.Any]]:
    """The registries that lose access, as a result lists them."""
    return [{"name": known["name"], "id": known["id"], "login_server": known["login_server"]} for known in losing]
