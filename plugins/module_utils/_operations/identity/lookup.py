# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Identities by what people write: a name, a resource id, a client id, or ``system``."""

from __future__ import annotations

from ..._azure import identities
from ..._azure.session import Session
from ..._domain import names, resource_id
from ..._domain.failure import Failure
from ..._domain.identity import Identity, ManagedIdentity, is_system
from ..._domain.registry import Registry
from ..._domain.resource_id import ResourceId

#: Seconds after which what was not found is looked for once more: just after a change it may not be for a moment.
AGAIN = 1.0


def identity_id(session: Session, reference: str, group: str | None, *, parameter: str) -> ResourceId:
    """The resource id of an identity given by name or resource id.

    :param group: the resource group in which a name is looked up.
    :raises Failure: for a name that Azure would not take, or one without a resource group.
    """
    if reference.startswith("/"):
        return resource_id.check(reference, resource_id.IDENTITY, parameter=parameter)
    names.check("identity", reference, parameter=parameter)
    if not group:
        text = f"The identity {reference} was given by name, but no resource group to look in."
        raise Failure(
            text, parameter=parameter, hint="Give its resource id, or resource_group.", code="missing_parameter"
        )
    return ResourceId(session.subscription_id, group, resource_id.IDENTITY, reference)


def identity_at(session: Session, where: ResourceId) -> ManagedIdentity | None:
    """An identity as a resource, looked for twice before it is said that there is none: one that was made just now may
    not be found for a moment.

    :raises Failure: for anything but "not there".
    """
    resource = identities.get(session, where)
    if resource is None:
        session.clock.sleep(AGAIN, "an identity to be found")
        resource = identities.get(session, where)
    return resource


def find_identity(
    session: Session,
    reference: str,
    group: str | None,
    *,
    registry: Registry | None = None,
    parameter: str = "identity",
) -> Identity | None:
    """An identity given by name, resource id, client id or ``system``; None if there is none such.

    One that is attached to the registry under that name is taken from there, without a request.

    :raises Failure: for what cannot be an identity.
    """
    if is_system(reference):
        return Identity("system", None, registry.identities.principal_id if registry else None, None)
    for user in registry.identities.user_assigned if registry else ():
        if reference.lower() in (str(user.client_id).lower(), user.resource_id.lower(), user.name.lower()):
            return Identity(reference, user.client_id, user.principal_id, user.resource_id)
    if names.is_guid(reference):
        own = [registry.resource_id.subscription] if registry else []
        places = dict.fromkeys([*own, session.subscription_id])
        matches = (identities.find_by_client_id(session, reference, place) for place in places)
        resource = next((one for one in matches if one is not None), None)
    else:
        resource = identity_at(session, identity_id(session, reference, group, parameter=parameter))
    return resource.as_identity(reference) if resource else None


def key_principal(session: Session, registry: Registry) -> str | None:
    """The object id, in lower case, as which a registry goes to its key, of an identity too that was taken off it; None
    if it is not seen.

    :raises Failure: when it cannot be looked up.
    """
    principal = registry.key_principal
    if principal is None:
        identity = session.once(f"identity of {registry.id}", lambda: key_identity(session, registry))
        principal = (identity.principal_id or "").lower() if identity else None
    return principal or None


def key_identity(session: Session, registry: Registry) -> Identity | None:
    """The identity by which a registry goes to its key; None if there is none such any more.

    :raises Failure: when it cannot be looked up.
    """
    if registry.encryption is None:
        return None
    return find_identity(session, registry.encryption.identity, None, registry=registry)
