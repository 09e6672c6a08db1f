# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""From what people write to what Azure takes: identities and resource ids by name, vaults and keys by name."""

from __future__ import annotations

import typing

from .._azure import groups, identities, registries
from .._azure.session import Session
from .._operation import Task
from .._rules import encryption, key_identifier, names, plan, resource_id
from .._rules.clouds import Cloud
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from .._rules.registry_facts import Facts, facts
from .._rules.registry_plan import Identity


def identity_from(wire: dict[str, typing.Any], reference: str) -> Identity:
    """An identity from Resource Manager's JSON."""
    properties = wire.get("properties") or {}
    return Identity(reference, properties.get("clientId"), properties.get("principalId"), wire.get("id"))


def identity_id(session: Session, reference: str, group: str | None, *, parameter: str) -> resource_id.ResourceId:
    """The resource id of an identity given by name or resource id.

    :param group: the resource group in which a name is looked up.
    :raises Failure: for a name that Azure would not take, or one without a resource group.
    """
    where = resource_id.parse(reference, resource_id.IDENTITY)
    if where:
        return where
    if reference.startswith("/"):
        form = "/subscriptions/S/resourceGroups/G/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME"
        raise Failure(
            f"{reference!r} is not the resource id of a user-assigned identity.",
            parameter=parameter,
            hint=f"Such an id looks like {form}.",
            code="malformed_resource_id",
        )
    names.check("identity", reference, parameter=parameter)
    if not group:
        text = f"The identity {reference} was given by name, but no resource group to look in."
        raise Failure(
            text, parameter=parameter, hint="Give its resource id, or resource_group.", code="missing_parameter"
        )
    return resource_id.ResourceId(session.subscription_id, group, resource_id.IDENTITY, reference)


def find_identity(
    session: Session, reference: str, group: str | None, *, registry: Facts | None = None, parameter: str = "identity"
) -> Identity | None:
    """An identity given by name, resource id, client id or ``system``; None if there is none such.

    One that is attached to the registry under that name is taken from there, without a request.

    :raises Failure: for what cannot be an identity.
    """
    if encryption.is_system(reference):
        principal = registry["identity"]["principal_id"] if registry else None
        return Identity("system", None, principal, None)
    if registry:
        for user in registry["identity"]["user_assigned"]:
            id_name = str(user["resource_id"]).rsplit("/", 1)[-1]
            if reference.lower() in (str(user["client_id"]).lower(), str(user["resource_id"]).lower(), id_name.lower()):
                return Identity(reference, user["client_id"], user["principal_id"], user["resource_id"])
    if names.is_guid(reference):
        found = identities.find_by_client_id(session, reference)
    else:
        found = identities.get(session, identity_id(session, reference, group, parameter=parameter))
    return identity_from(found, reference) if found else None


def registry_id(session: Session, reference: str, group: str | None) -> resource_id.ResourceId | None:
    """The resource id of a registry given by resource id, or by name within a resource group; None if that is open.

    :raises Failure: for a name that Azure would not take.
    """
    where = resource_id.parse(reference, resource_id.REGISTRY)
    if where:
        return where
    names.check("registry", reference, parameter="registries")
    return resource_id.ResourceId(session.subscription_id, group, resource_id.REGISTRY, reference) if group else None


def vault_host(cloud: Cloud, reference: str, *, parameter: str = "vault") -> str:
    """The host of a vault given by name or address.

    :raises Failure: for what is neither, or is in another cloud.
    """
    if "://" not in reference and "." not in reference:
        return cloud.vault_host(names.check("vault", reference, parameter=parameter))
    text = reference if "://" in reference else f"https://{reference}"
    return key_identifier.parse(f"{text.rstrip('/')}/keys/any", cloud, parameter=parameter).host


def key_in(cloud: Cloud, store: str, name: str, *, parameter: str = "vault") -> KeyIdentifier:
    """A key of a key store, which is given as :func:`vault_host` takes it.

    :raises Failure: for what is no key store.
    """
    host = vault_host(cloud, store, parameter=parameter)
    return KeyIdentifier(host, name, "", "managed_hsm" if host.endswith(cloud.hsm_suffix) else "vault")


def all_registries(session: Session) -> list[Facts]:
    """The registries of every subscription that the caller sees, listed side by side, once in a session.

    :raises Failure: when a list cannot be read; then nobody can say who depends on what.
    """
    return session.once("all registries", lambda: listed(session, groups.subscriptions(session)))


def _lister(session: Session, subscription: str) -> typing.Callable[[], list[dict[str, typing.Any]]]:
    return lambda: registries.list_in(session, subscription)


def listed(session: Session, subscriptions: typing.Sequence[str]) -> list[Facts]:
    """The registries of some subscriptions, listed side by side.

    :raises Failure: when a list cannot be read.
    """
    lists = session.side_by_side(*(_lister(session, one) for one in subscriptions))
    return [facts(wire, session.cloud) for found in lists for wire in found]


def registries_by_reference(task: Task) -> list[Facts]:
    """The registries that the option ``registries`` names: one by its own GET, many by their subscriptions' lists.

    :raises Failure: when one of them is not there.
    """
    session, group = task.session, task.params["resource_group"]
    given = [name for name in dict.fromkeys(task.params["registries"]) if name]
    if not given:
        raise Failure(
            "No registry was given.",
            parameter="registries",
            hint="Name at least one (acr_cmk_registry or acr_cmk_registries for the playbooks).",
            code="missing_parameter",
        )
    ids = [registry_id(session, reference, group) for reference in given]
    if len(ids) == 1 and ids[0] is not None:
        wire = registries.get(session, ids[0])
        seen = [facts(wire, session.cloud)] if wire else []
    else:
        subscriptions = dict.fromkeys(where.subscription if where else session.subscription_id for where in ids)
        seen = listed(session, list(subscriptions))
    found = [_pick(seen, reference, where) for reference, where in zip(given, ids, strict=True)]
    missing = [reference for reference, known in zip(given, found, strict=True) if known is None]
    if missing:
        raise Failure(
            f"There is no registry {plan.listed(missing)} that you can see.",
            parameter="registries",
            hint="Give the resource id of a registry in another subscription; check names and resource_group.",
            code="not_found",
        )
    return list({str(known["id"]).lower(): known for known in found if known}.values())


def _pick(seen: list[Facts], reference: str, where: resource_id.ResourceId | None) -> Facts | None:
    for known in seen:
        if where is None and str(known["name"]).lower() == reference.lower():
            return known
        if where is not None and resource_id.same(known["id"], str(where)):
            return known
    return None
