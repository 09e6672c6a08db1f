# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an import that is refused says, and what one that fails late says (docs/azure-behaviour.md, "Imports")."""

from __future__ import annotations

import http
import json
import typing

from ..registries.errors import refused
from ..resource_manager.errors import refuse
from ..routing import Refusal

#: The right at the target, and the one that Resource Manager asks for at a source that is named by its resource id.
ACTION = "Microsoft.ContainerRegistry/registries/importImage/action"
Failure = dict[str, str]


def not_valid(text: str) -> Refusal:
    """A request that makes no sense; code and text are inferred."""
    return refused("InvalidParameters", text).inferred()


def no_right_to_source(caller: dict[str, typing.Any], target: str, source: str) -> Refusal:
    """MicrosoftDocs/azure-docs #33442."""
    text = (
        f"The client '{caller.get('appid')}' with object id '{caller.get('oid')}' has permission to perform action "
        f"'{ACTION}' on scope '{target}'; however, it does not have permission to perform action 'read' on the linked "
        f"scope(s) '{source}'."
    )
    return refuse(403, "LinkedAuthorizationFailed", text)


def other_tenant(target: str, tenant: str, subscription: str) -> Refusal:
    """The form that all of Resource Manager has (azure-cli #27201, #30431)."""
    text = (
        f"The client has permission to perform action '{ACTION}' on scope '{target}', however the current tenant "
        f"'{tenant}' is not authorized to access linked subscription '{subscription}'."
    )
    return refuse(403, "LinkedAuthorizationFailed", text)


def source_not_found(source: str) -> Refusal:
    """Code and text are inferred."""
    return refused("ResourceNotFound", f"The source registry '{source}' was not found.", 404).inferred()


def tag_exists(operation: str, target: str, tag: str) -> Refusal:
    """Told with code and text, by people who import without force."""
    text = f"Operation registries-{operation} failed. Resource {target} Tag {tag} already exists in target registry."
    return refused("Conflict", text, 409)


# --- what is told at the end of an operation -----------------------------------------------------------------------


def answered(refusal: Refusal) -> Failure:
    """A registry on the way said no (MicrosoftDocs/azure-docs #115975, Azure/acr #181, #435, #457)."""
    phrase = http.HTTPStatus(refusal.reply.status).phrase.replace(" ", "")
    body = json.dumps(refusal.reply.body, separators=(",", ":"))
    return {"code": "InvalidParameters", "message": f"Invalid message {phrase} {phrase} {body}"}


def access_denied(server: str) -> Failure:
    """The target's network rules keep the service out (Azure/acr #571)."""
    return {"code": "InvalidParameters", "message": f"Access to {server} denied."}


def throttled() -> Failure:
    """A registry is asked too often (dotnet/docker-tools #1062)."""
    return {"code": "InvalidParameters", "message": "Invalid message 429 Too Many Requests Too Many Requests (HAP429)."}


def not_copied(reason: str) -> Failure:
    """Blobs could not be copied (Azure/acr #632); the reason behind it is inferred."""
    return {"code": "InvalidParameters", "message": f"Error copying blobs. {reason}"}


def failed(error: Failure, *, says_why: bool) -> Refusal:
    """The answer to a look at an import that failed: with its reason, or a bare ``BadRequest`` (docker-tools #1062)."""
    if not says_why:
        return refuse(400, "BadRequest", "Long running operation failed with status 'BadRequest'.")
    return refused(error["code"], error["message"])
