# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What the SDK raises, turned into the one kind of failure, with Azure's own code and request id kept."""

from __future__ import annotations

import contextlib
import json
import typing

from .._domain.failure import AzureError, Failure
from . import sdk


def status_of(error: BaseException) -> int | None:
    """The HTTP status behind an SDK error, None if no answer came."""
    status: int | None = getattr(error, "status_code", None)
    return status


def _parts(error: typing.Any) -> tuple[str, str, str]:
    """Code, message and inner code of an SDK error."""
    detail = getattr(error, "error", None)
    code, message = getattr(detail, "code", None), getattr(detail, "message", None)
    inner = getattr(detail, "innererror", None) or {}
    inner_code = inner.get("code", "") if isinstance(inner, dict) else ""
    if not code and getattr(error, "response", None) is not None:
        with contextlib.suppress(Exception):
            if hasattr(error.response, "read"):
                # the body of an answer that was to be streamed has not been read yet
                error.response.read()
            body = json.loads(error.response.text())
            # a registry's data plane answers with a list, as the OCI distribution specification has it
            block = (body.get("errors") or [None])[0] or body.get("error", body)
            if isinstance(block, dict):
                code, message = block.get("code"), block.get("message")
                inner_code = (block.get("innererror") or {}).get("code", "")
    return str(code or ""), str(message or getattr(error, "message", "") or error), str(inner_code)


def code_of(error: BaseException) -> str:
    """Azure's error code, the inner one where there is one; empty if no answer came."""
    code, _message, inner = _parts(error)
    return inner or code


def message_of(error: BaseException) -> str:
    """Azure's own text, on one line."""
    return " ".join(_parts(error)[1].split())


def is_key_refusal(error: BaseException) -> bool:
    """Whether Azure gave its one opaque message for every trouble with a key."""
    text = message_of(error)
    return "Failed to access KeyId" in text or "does not have access to identity" in text


def is_denied(error: BaseException) -> bool:
    """Whether the caller lacks a right.

    Key Vault's inner code was ForbiddenByPolicy and is now AccessDenied or ForbiddenByRbac; a missing one counts too.
    Firewalls, disabled keys and purge protection are 403 as well but no matter of rights.
    """
    if status_of(error) != 403:
        return False
    return code_of(error) in (
        "ForbiddenByRbac",
        "AccessDenied",
        "ForbiddenByPolicy",
        "Forbidden",
        "AuthorizationFailed",
    )


def is_unreachable(error: BaseException) -> bool:
    """Whether the host could not be reached at all (a vault that is gone has no name in the DNS)."""
    core = sdk.module("azure.core.exceptions", "azure-core")
    return isinstance(error, core.ServiceRequestError)


def is_lost_answer(error: BaseException) -> bool:
    """Whether a request may have taken effect although no proper answer came."""
    core = sdk.module("azure.core.exceptions", "azure-core")
    return isinstance(error, core.ServiceResponseError) or (status_of(error) or 0) >= 500


def described(error: BaseException) -> AzureError:
    """Azure's part of a failure."""
    response = getattr(error, "response", None)
    headers = getattr(response, "headers", None) or {}
    return AzureError(code_of(error), message_of(error), status_of(error), headers.get("x-ms-request-id"))


def failure(error: BaseException, doing: str) -> Failure:
    """A failure for an SDK error that nothing more particular explains.

    :param doing: what was being done, as in "reading the registry contosoacr".
    """
    if isinstance(error, Failure):
        return error
    core = sdk.module("azure.core.exceptions", "azure-core")
    if isinstance(error, core.ClientAuthenticationError) and status_of(error) is None:
        return Failure(
            f"Signing in to Azure failed: {message_of(error)}",
            hint="Check client_id, secret and tenant (or their environment variables), and auth_source.",
            code="sign_in",
            azure=described(error),
        )
    hints = {
        403: "The caller lacks the right to do this; the message names the action that its role must allow.",
        429: "Azure throttles; wait and run the same task again.",
    }
    answer = described(error)
    code = f" ({answer.code})" if answer.code else ""
    return Failure(
        f"Azure refused {doing}{code}: {answer.message}"
        if answer.status
        else f"Azure could not be reached for {doing}: {answer.message}",
        hint=hints.get(answer.status or 0),
        code="azure",
        azure=answer,
    )


def unexpected(error: Exception) -> Failure | None:
    """A failure for an SDK error that nobody explained; None for any other exception, which is a bug of ours."""
    if not type(error).__module__.startswith("azure."):
        return None
    return failure(error, "what this task asked for")


@contextlib.contextmanager
def explained(doing: str) -> typing.Iterator[None]:
    """Turn whatever the SDK raises inside into a :class:`Failure`."""
    core = sdk.module("azure.core.exceptions", "azure-core")
    try:
        yield
    except core.AzureError as error:
        raise failure(error, doing) from error
