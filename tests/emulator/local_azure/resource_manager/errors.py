# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Resource Manager itself says when it says no (docs/azure-behaviour.md, "Resource Manager")."""

from __future__ import annotations

import typing

from ..clock import us_date
from ..routing import Refusal

GATEWAY = {"x-ms-failure-cause": "gateway"}


def refuse(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Refusal:
    """The envelope of every management error: ``{"error": {"code", "message"}}``."""
    return Refusal(status, {"error": {"code": code, "message": message}}, headers)


def missing_token() -> Refusal:
    return refuse(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.", GATEWAY)


def invalid_token() -> Refusal:
    return refuse(401, "InvalidAuthenticationToken", "The access token is invalid.", GATEWAY)


def wrong_tenant(tenant: str, right: str, login: str) -> Refusal:
    """A token of another directory than the subscription's."""
    authority = f"https://{login}/{right}"
    text = (
        f"The access token is from the wrong issuer 'https://sts.windows.net/{tenant}/'. It must match the tenant "
        f"'https://sts.windows.net/{right}/' associated with this subscription. Please use the authority (URL) "
        f"'{authority}' to get the token."
    )
    challenge = f'Bearer authorization_uri="{authority}", error="invalid_token", error_description="{text}"'
    return refuse(401, "InvalidAuthenticationTokenTenant", text, {**GATEWAY, "WWW-Authenticate": challenge})


def expired_token(expiry: float, now: float) -> Refusal:
    text = f"The access token expiry UTC time '{us_date(expiry)}' is earlier than current UTC time '{us_date(now)}'."
    return refuse(401, "ExpiredAuthenticationToken", text, GATEWAY)


def missing_api_version() -> Refusal:
    text = "The api-version query parameter (?api-version=) is required for all requests."
    return refuse(400, "MissingApiVersionParameter", text, GATEWAY)


def invalid_api_version(version: str) -> Refusal:
    text = f"The api-version '{version}' is invalid. The supported versions are dates, as in '2025-11-01'."
    return refuse(400, "InvalidApiVersionParameter", text, GATEWAY)


def subscription_not_found(subscription: str) -> Refusal:
    return refuse(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.", GATEWAY)


def group_not_found(group: str) -> Refusal:
    return refuse(404, "ResourceGroupNotFound", f"Resource group '{group}' could not be found.", GATEWAY)


def invalid_group(name: str, wrong: str = "") -> Refusal:
    """A group cannot have this name.

    :param wrong: the characters that it must not have; with none, it is the length or the end.
    """
    text = f"The provided resource group name '{name}' cannot be longer than 90 characters or end with a period."
    if wrong:
        text = (
            f"The provided resource group name '{name}' has these invalid characters: '{wrong}'. The name can only be "
            "a letter, digit, '-', '.', '(', ')' or '_'."
        )
    return refuse(400, "InvalidResourceGroup", text)


def in_other_place(name: str, place: str, group: str, asked: str) -> Refusal:
    """A resource stays where it is."""
    text = (
        f"The resource '{name}' already exists in location '{place}' in resource group '{group}'. A resource with the "
        f"same name cannot be created in location '{asked}'. Please select a new resource name."
    )
    return refuse(409, "InvalidResourceLocation", text)


def resource_not_found(type_and_name: str, group: str) -> Refusal:
    text = (
        f"The Resource '{type_and_name}' under resource group '{group}' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix"
    )
    return refuse(404, "ResourceNotFound", text, GATEWAY)


def not_authorized(caller: dict[str, typing.Any], action: str, scope: str) -> Refusal:
    text = (
        f"The client '{caller.get('upn') or caller.get('appid')}' with object id '{caller.get('oid')}' does not have "
        "authorization to "
        f"perform action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, "
        "please refresh your credentials."
    )
    return refuse(403, "AuthorizationFailed", text, GATEWAY)


def not_registered(namespace: str, status: int) -> Refusal:
    text = (
        f"The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found for how "
        "to register subscriptions."
    )
    refusal = refuse(status, "MissingSubscriptionRegistration", text)
    detail = {"code": "MissingSubscriptionRegistration", "target": namespace, "message": text}
    refusal.reply.body["error"]["details"] = [detail]
    return refusal


def throttled(kind: str, subscription: str, seconds: int) -> Refusal:
    text = (
        f"Number of '{kind}' requests for subscription '{subscription}' exceeded the allowed rate. Please try again "
        f"after '{seconds}' seconds."
    )
    return refuse(429, "SubscriptionRequestsThrottled", text, {**GATEWAY, "Retry-After": str(seconds)})


def no_such_region(code: str, name: str, resource_type: str, regions: list[str]) -> Refusal:
    """The region is not there, or does not have the type; the list of those that do is part of the text."""
    known = ",".join(regions)
    if not resource_type:
        text = f"The provided location '{name}' is not available for resource group. List of available regions is "
        return refuse(400, "LocationNotAvailableForResourceGroup", f"{text}'{known}'.")
    if code == "NoRegisteredProviderFound":
        text = (
            f"No registered resource provider found for location '{name}' and API version for type "
            f"'{resource_type.split('/', 1)[1]}'. The supported locations are '{known}'."
        )
        return refuse(400, code, text)
    text = (
        f"The provided location '{name}' is not available for resource type '{resource_type}'. List of available "
        f"regions for the resource type is '{known}'."
    )
    return refuse(400, code, text)


def location_required() -> Refusal:
    return bad_request("The location property is required for this definition.", "LocationRequired")


def bad_request(message: str, code: str = "BadRequest") -> Refusal:
    return refuse(400, code, message)


def not_emulated(part: str) -> Refusal:
    """A part of a request that the local Azure does not know how to carry out."""
    return refuse(501, "NotEmulated", f"The local Azure does not emulate {part}.")
