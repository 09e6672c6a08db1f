# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resource providers and their registration in a subscription."""

from __future__ import annotations

import re
import typing

from ..authorization import decide
from ..routing import Call, Reply, Router
from . import errors, lists, regions
from .scope import SUBSCRIPTION

ROUTER = Router()

NAMESPACES = {
    "microsoft.containerregistry": "Microsoft.ContainerRegistry",
    "microsoft.keyvault": "Microsoft.KeyVault",
    "microsoft.managedidentity": "Microsoft.ManagedIdentity",
    "microsoft.authorization": "Microsoft.Authorization",
    "microsoft.resources": "Microsoft.Resources",
}
#: What each has here, with api-versions that Microsoft describes, the newest first.
TYPES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Microsoft.ContainerRegistry": (
        (
            "registries",
            "registries/replications",
            "registries/scopeMaps",
            "registries/tokens",
            "registries/webhooks",
            "registries/cacheRules",
            "registries/credentialSets",
        ),
        ("2026-09-01-preview", "2025-11-01", "2023-11-01-preview", "2023-07-01", "2022-12-01", "2019-05-01"),
    ),
    "Microsoft.KeyVault": (
        ("vaults", "vaults/accessPolicies", "managedHSMs", "deletedVaults", "deletedManagedHSMs"),
        ("2026-05-15", "2026-02-01", "2024-04-01-preview", "2023-07-01", "2019-09-01"),
    ),
    "Microsoft.ManagedIdentity": (("userAssignedIdentities",), ("2024-11-30", "2023-01-31", "2018-11-30")),
    "Microsoft.Authorization": (("roleAssignments", "roleDefinitions"), ("2022-05-01-preview", "2022-04-01")),
    "Microsoft.Resources": (
        ("subscriptions", "resourceGroups", "subscriptions/resourceGroups"),
        ("2025-04-01", "2024-11-01", "2024-03-01", "2021-04-01"),
    ),
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
    name = NAMESPACES.get(call.params["namespace"].lower())
    if name is None:
        text = f"The resource namespace '{call.params['namespace']}' is invalid."
        raise errors.refuse(404, "InvalidResourceNamespace", text)
    return Reply(200, _show(call, name))


def _show(call: Call, name: str) -> dict[str, typing.Any]:
    registered = name.lower() not in _absent(call, call.params["subscription"])
    types, versions = TYPES[name]
    places = regions.NAMES[call.world.cloud]
    return {
        "id": f"/subscriptions/{call.params['subscription']}/providers/{name}",
        "namespace": name,
        "registrationState": "Registered" if registered else "NotRegistered",
        "registrationPolicy": "RegistrationFree" if name.lower() in _ALWAYS else "RegistrationRequired",
        "resourceTypes": [
            {
                "resourceType": one,
                "locations": [] if name.lower() in _ALWAYS else places,
                "apiVersions": list(versions),
                "defaultApiVersion": next(version for version in versions if not version.endswith("preview")),
                "capabilities": "None",
            }
            for one in types
        ],
    }


@ROUTER.route("GET", SUBSCRIPTION + "/providers", "Microsoft.Resources/subscriptions/providers/read")
def list_providers(call: Call) -> Reply:
    """Those that are emulated here."""
    return lists.page(call, [_show(call, name) for name in NAMESPACES.values()])


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
