# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Which identities are attached to a registry, and which are let go; never the one in use."""

from __future__ import annotations

import typing

from ..._domain import resource_id
from ..._domain.failure import Failure
from ..._domain.identity import is_system
from ..._domain.registry import AttachedIdentity, Encryption, Registry
from ..._domain.wire import Body
from ..._domain.words import listed
from .desired import Desired


def identity_block(registry: Registry, *, add: typing.Iterable[str] = (), system: bool = False) -> Body:
    """The ``identity`` of a PATCH that adds identities and loses none.

    :param add: resource ids.
    :param system: True adds the system-assigned one; False leaves it as it is.
    """
    attached = registry.identities.resource_ids
    return block([*attached, *absent(add, attached)], system=system or registry.identities.system_assigned)


def block(resource_ids: typing.Sequence[str], *, system: bool, gone: typing.Iterable[str] = ()) -> Body:
    """The ``identity`` of a PATCH with just these identities.

    In a PATCH null takes an identity off (Azure Resource Manager, "Managed identities"; inferred for registries).

    :param gone: resource ids that are taken off.
    """
    kinds = [*(["SystemAssigned"] if system else []), *(["UserAssigned"] if resource_ids else [])]
    body: Body = {"type": ", ".join(kinds) or "None"}
    if resource_ids:
        body["userAssignedIdentities"] = {**{name: {} for name in resource_ids}, **dict.fromkeys(gone)}
    return body


def without(body: Body, gone: str, attached: typing.Sequence[str], *, subject: str = "") -> Body | None:
    """A PATCH that leaves out an attached identity that does not exist any more; None if it does not say that that one
    is to stay, if nothing would be left of what it says, or if that one is what it is about.

    :param gone: its resource id; empty if there is none such.
    :param subject: the resource id of the identity that the change is about.
    """
    identity = typing.cast(Body, body.get("identity") or {})
    named = typing.cast(Body, identity.get("userAssignedIdentities") or {})
    kept = {name: value for name, value in named.items() if value is None or not resource_id.same(name, gone)}
    was_attached = any(resource_id.same(gone, name) for name in attached)
    if not was_attached or resource_id.same(gone, subject) or len(kept) == len(named) or not kept:
        return None
    return {**body, "identity": {**identity, "userAssignedIdentities": kept}}


def absent(resource_ids: typing.Iterable[str], attached: typing.Sequence[str]) -> list[str]:
    """Those of some resource ids that are not among the attached ones."""
    unique = dict.fromkeys(resource_ids)
    return [name for name in unique if not any(resource_id.same(name, other) for other in attached)]


def missing_identities(desired: Desired, registry: Registry) -> tuple[list[str], bool]:
    """What has to be attached: resource ids, and whether the system-assigned one too."""
    system = desired.system_assigned is True and not registry.identities.system_assigned
    return absent(desired.identity_ids, registry.identities.resource_ids), system


def surplus_identities(
    desired: Desired, registry: Registry, encryption: Encryption
) -> tuple[list[AttachedIdentity], bool]:
    """What is to be let go: attached identities, and whether the system-assigned one too.

    :raises Failure: when that would be the one by which the registry goes to its key.
    """
    used = (desired.identity and desired.identity.key_identity) or encryption.identity
    surplus = [
        user
        for user in registry.identities.user_assigned
        if desired.purge_identities
        and not user.is_client(used)
        and not any(resource_id.same(user.resource_id, name) for name in desired.identity_ids)
    ]
    system = desired.system_assigned is False and registry.identities.system_assigned
    if system and is_system(used):
        raise Failure(
            f"The registry {registry.name} goes to its key as its system-assigned identity, so it cannot lose it.",
            parameter="system_assigned_identity",
            hint="First have it go there as a user-assigned one: identity with that one's name.",
            code="identity_in_use",
        )
    return surplus, system


def names_of(resource_ids: typing.Iterable[str], *, system: bool) -> str:
    """Identities in words."""
    names = [name.rsplit("/", 1)[-1] for name in resource_ids]
    return listed(names + (["the system-assigned identity"] if system else []))
