# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource providers and their registration in a subscription."""

from __future__ import annotations

import re
import typing

from ..authorization import decide
from ..routing import Call, Reply, Router
from . import errors
from .scope import SUBSCRIPTION

ROUTER = Router()

NAMESPACES = {
    "microsoft.containerregistry": "Microsoft.ContainerRegistry",
    "microsoft.keyvault": "Microsoft.KeyVault",
    "microsoft.managedidentity": "Microsoft.ManagedIdentity",
    "microsoft.authorization": "Microsoft.Authorization",
    "microsoft.resources": "Microsoft.Resources",
}
_ALWAYS = ("microsoft.authorization", "microsoft.resources")
_ONE = SUBSCRIPTION + "/providers/{namespace}"


def _absent(call: Call, subscription: str) -> list[str]:
    """The namespaces that a subscription is not registered for."""
    absent: list[str] = call.world.data["unregistered"].setdefault(subscription.lower(), [])
    return absent


def refuse_if_not_registered(call: Call) -> None:
    """Refuse a resource of a provider that the subscription is not registered for.

    :raises Refusal: 409 MissingSubscriptionRegistration.
    """
    match = re.match("/subscriptions/([^/]+)/resourcegroups/[^/]+/providers/([^/]+)/", call.path, re.IGNORECASE)
    if match and call.method == "PUT" and match[2].lower() in _absent(call, match[1]):
        raise errors.not_registered(NAMESPACES[match[2].lower()], call.world.settings.unregistered_status)


def _provider(call: Call) -> Reply:
    namespace = call.params["namespace"].lower()
    name = NAMESPACES.get(namespace)
    if name is None:
        text = f"The resource namespace '{call.params['namespace']}' is invalid."
        raise errors.refuse(404, "InvalidResourceNamespace", text)
    registered = namespace not in _absent(call, call.params["subscription"])
    body: dict[str, typing.Any] = {
        "id": f"/subscriptions/{call.params['subscription']}/providers/{name}",
        "namespace": name,
        "registrationState": "Registered" if registered else "NotRegistered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [],
    }
    return Reply(200, body)


@ROUTER.route("GET", _ONE, "Microsoft.Resources/subscriptions/providers/read")
def get_provider(call: Call) -> Reply:
    return _provider(call)


def _change(call: Call, verb: str) -> list[str]:
    """The list to change, for a caller who may."""
    action = f"{call.params['namespace']}/{verb}/action"
    if not decide.allowed(call.world, call.principal, action, f"/subscriptions/{call.params['subscription']}"):
        raise errors.not_authorized(call.caller or {}, action, f"/subscriptions/{call.params['subscription']}")
    return _absent(call, call.params["subscription"])


@ROUTER.route("POST", _ONE + "/register")
def register_provider(call: Call) -> Reply:
    absent, namespace = _change(call, "register"), call.params["namespace"].lower()
    if namespace in absent:
        absent.remove(namespace)
    return _provider(call)


@ROUTER.route("POST", _ONE + "/unregister")
def unregister_provider(call: Call) -> Reply:
    absent, namespace = _change(call, "unregister"), call.params["namespace"].lower()
    if namespace in NAMESPACES and namespace not in (*absent, *_ALWAYS):
        absent.append(namespace)
    return _provider(call)
