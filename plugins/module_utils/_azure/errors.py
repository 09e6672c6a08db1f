# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What the SDK raises, turned into the one kind of failure, with Azure's own code and request id kept."""

from __future__ import annotations

import contextlib
import functools
import json
import re
import typing

from .._domain.failure import AzureError, Failure
from . import answers, sdk


def status_of(error: BaseException) -> int | None:
    """The HTTP status behind an SDK error, None if no answer came."""
    status: int | None = getattr(error, "status_code", None)
    return status


#: How Resource Graph's messages begin, which say nothing themselves.
_SUPPORT = "Please provide below info when asking for support"


def _parts(error: typing.Any) -> tuple[str, str, str]:
    """Code, message and inner code of an SDK error."""
    detail = getattr(error, "error", None)
    code, message = getattr(detail, "code", None), getattr(detail, "message", None)
    inner = getattr(detail, "innererror", None) or {}
    inner_code = inner.get("code", "") if isinstance(inner, dict) else ""
    details = getattr(detail, "details", None)
    if details and str(message or "").startswith(_SUPPORT):
        # what is wrong stands in the first detail alone (azure-cli-extensions #3325)
        code, message = details[0].code, details[0].message
    if not code and getattr(error, "response", None) is not None:
        with contextlib.suppress(Exception):
            if hasattr(error.response, "read"):
                # the body of an answer that was to be streamed has not been read yet
                error.response.read()
            text = error.response.text()
            if not text and error.response.request.method != "HEAD":
                message = f"{getattr(error, 'message', '') or error}, with an empty body"
            body = json.loads(text)
            # a registry's data plane answers with a list, as the OCI distribution specification has it
            block = (body.get("errors") or [None])[0] or body.get("error", body)
            if isinstance(block, dict):
                code, message = block.get("code"), block.get("message")
                inner_code = (block.get("innererror") or {}).get("code", "")
    return str(code or ""), _plain(message or getattr(error, "message", "") or error), str(inner_code)


def _plain(message: object) -> str:
    """A text; of a page that somebody on the way made of it, the title."""
    text = str(message)
    before, mark, rest = text.partition("<!DOCTYPE") if "<!DOCTYPE" in text else text.partition("<html")
    title = answers.page(f"{mark}{rest}".encode()) if mark else None
    return (
        text if title is None else f"{before.removesuffix('Content: ').strip()} a page with the title '{title}'".strip()
    )


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
    if status_of(error) != 403 or is_disallowed_by_policy(error):
        return False
    return code_of(error) in (
        "ForbiddenByRbac",
        "AccessDenied",
        "ForbiddenByPolicy",
        "Forbidden",
        "AuthorizationFailed",
    )


def is_disallowed_by_policy(error: BaseException) -> bool:
    """Whether Azure Policy forbids it, in Resource Manager or inside a vault; no role and no waiting helps.

    Sources: azure-powershell #18280 (``RequestDisallowedByPolicy``), azurerm #20742 (Key Vault, ``ForbiddenByPolicy``).
    """
    by_policy = code_of(error) == "RequestDisallowedByPolicy" or _parts(error)[0] == "RequestDisallowedByPolicy"
    return by_policy or "disallowed by policy" in message_of(error).lower()


def is_kept_out(error: BaseException) -> bool:
    """Whether a vault's firewall or network security perimeter keeps the caller out."""
    return code_of(error) in ("ForbiddenByFirewall", "ForbiddenByConnection")


def is_passing_conflict(error: BaseException) -> bool:
    """Whether another change, or an earlier one that is not over, is in the way; that passes by itself.

    Sources: azure-sdk-for-net #38464 (``Conflict``), azurerm #12285 (``ObjectIsBeingDeleted``), azurerm #15127
    (``ConflictError`` of a vault, which has the same code as a name that is taken); Resource Manager's documentation of
    throttling (``RetryableErrorDueToAnotherOperation``).
    """
    if code_of(error) == "RetryableErrorDueToAnotherOperation":
        return True
    if status_of(error) != 409:
        return False
    if code_of(error) == "ConflictError":
        return "parallel operations" in message_of(error)
    return code_of(error) in ("ObjectIsBeingDeleted", "ObjectIsBeingRecovered") or (
        code_of(error) == "Conflict" and "sequential" in message_of(error)
    )


def missing_identity(error: BaseException) -> str:
    """The resource id of the identity without which a change of identities was refused; empty for another refusal.

    It may be one that was attached all along, and deleted since. Sources: aad-pod-identity #339 and #515,
    azure-libraries-for-net #839 (``FailedIdentityOperation``).
    """
    if code_of(error) != "FailedIdentityOperation":
        return ""
    match = re.search(r"Resource \W?(/subscriptions/[^'\"]+?)\W? was not found", message_of(error))
    return match[1] if match else ""


def is_taken_vault_name(error: BaseException) -> bool:
    """Whether the name of a vault is in use, or held by a deleted one."""
    in_deleted_state = code_of(error) == "ConflictError" and "already exists" in message_of(error)
    return code_of(error) == "VaultAlreadyExists" or in_deleted_state


def require_absence(error: BaseException) -> None:
    """That a resource is not found says that it is not there; that its subscription is not found says nothing of it.

    :raises azure.core.exceptions.AzureError: the error itself, if it is of the second kind.
    """
    if code_of(error) in _NO_SUBSCRIPTION:
        raise error


#: Reported: azure-cli #33657; vscode-azureappservice #1646.
_NO_SUBSCRIPTION = ("SubscriptionNotFound", "InvalidSubscriptionId")


def is_unreachable(error: BaseException) -> bool:
    """Whether the host could not be reached at all (a vault that is gone has no name in the DNS)."""
    core = sdk.module("azure.core.exceptions", "azure-core")
    return isinstance(error, core.ServiceRequestError)


@functools.cache
def _unreadable_class() -> typing.Any:
    base = sdk.module("azure.core.exceptions", "azure-core").ServiceResponseError

    class UnreadableAnswer(base):  # type: ignore[misc, valid-type]
        """Something answered, but nothing that Azure says: azure-core's own kind for an answer not understood, so that
        a GET is sent again and a change counts as one that may have taken effect.

        :param foreign: what answered is not Azure.
        """

        def __init__(self, text: str, *, foreign: bool = False) -> None:
            super().__init__(text)
            self.foreign = foreign

    return UnreadableAnswer


def unreadable(text: str, *, foreign: bool = False, is_refusal: bool = False) -> Exception:
    """The error for an answer that cannot be read.

    :param text: what is wrong with it.
    :param foreign: what answered is not Azure.
    :param is_refusal: its status says that nothing took effect.
    """
    error: Exception = _unreadable_class()(text, foreign=foreign)
    error.is_refusal = is_refusal  # type: ignore[attr-defined]
    return error


def is_unreadable(error: BaseException) -> bool:
    """Whether something answered that cannot be read."""
    return isinstance(error, _unreadable_class())


def unanswered_sign_in(trouble: str) -> Exception:
    """The error for a sign-in that nobody refused: no answer of Entra ID's came.

    :param trouble: what came instead.
    """
    core = sdk.module("azure.core.exceptions", "azure-core")
    error: Exception = core.ClientAuthenticationError(f"Entra ID did not answer, {trouble}")
    error.is_unanswered = True  # type: ignore[attr-defined]
    return error


def is_lost_answer(error: BaseException) -> bool:
    """Whether a request may have taken effect although no proper answer came, at whichever try of the SDK's.

    What the SDK sent again may be refused because of the first, as another change that is under way.
    """
    if has_doubt(error) or has_doubt(getattr(getattr(error, "response", None), "request", None)):
        return True
    core = sdk.module("azure.core.exceptions", "azure-core")
    is_broken = isinstance(error, core.ServiceResponseError) and not getattr(error, "is_refusal", False)
    return is_broken or (status_of(error) or 0) >= 500


#: What an error, or the request that it answers, has where an earlier try may have taken effect.
_DOUBT = "may_have_taken_effect"


def mark_doubt(place: object) -> None:
    """Have an error, or a request, tell that a try of it may have taken effect."""
    setattr(place, _DOUBT, True)


def has_doubt(place: object) -> bool:
    """Whether an error, or a request, tells that."""
    return bool(getattr(place, _DOUBT, False))


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
            hint="Look at the way to it (HTTPS_PROXY, a gateway), then run the same task again."
            if getattr(error, "is_unanswered", False)
            else "Check client_id, secret and tenant (or their environment variables), and auth_source.",
            code="sign_in",
            azure=described(error),
        )
    answer = described(error)
    if is_unreadable(error):
        return _unreadable_failure(error, doing, answer)
    cause, hint = _cause(error)
    code = f" ({answer.code})" if answer.code else ""
    return Failure(
        f"Azure refused {doing}{code}: {answer.message}"
        if answer.status
        else f"Azure could not be reached for {doing}: {answer.message}",
        hint=hint,
        code=cause,
        azure=answer,
    )


def _unreadable_failure(error: typing.Any, doing: str, answer: AzureError) -> Failure:
    if error.foreign:
        return Failure(
            f"Something that is not Azure answered for {doing}: {answer.message}.",
            hint="Look at the way to Azure: a proxy (HTTPS_PROXY), a gateway or a network's sign-in page answers in "
            "its place.",
            code="not_azure",
            azure=answer,
        )
    return Failure(
        f"Azure's answer for {doing} cannot be read: {answer.message}.",
        hint="Run the same task again. If it stays so, something on the way (a proxy, a gateway) changes the answers.",
        code="unreadable_answer",
        azure=answer,
    )


def _cause(error: BaseException) -> tuple[str, str | None]:
    """The failure's code, and the way out: a refusal has its own cause."""
    if is_disallowed_by_policy(error):
        return "disallowed_by_policy", (
            f"Azure Policy{_policy_names(error)} forbids it: no role and no waiting helps. Give what the policy asks "
            "for, or ask its owner for an exemption."
        )
    if is_kept_out(error):
        return "firewall", (
            "The vault's firewall, or its network security perimeter, keeps you out: no role and no waiting helps. Run "
            "this from a network that it lets in, or have yours added (az keyvault network-rule add)."
        )
    code = code_of(error)
    if code == "ScopeLocked":
        return "resource_locked", (
            "A lock forbids it: az lock list shows it, az lock delete takes it away. Then run the same task again."
        )
    if is_passing_conflict(error):
        return "parallel_change", "Something else changes the same thing right now. Run the same task again."
    if code == "MissingSubscriptionRegistration":
        namespace = re.search(r"namespace '([\w.]+)'", message_of(error))
        return "provider_not_registered", registration_hint(namespace[1] if namespace else "NAMESPACE")
    if code in _NO_SUBSCRIPTION:
        return "subscription_missing", (
            "Check subscription_id and who is signed in: it is another tenant's, you have no right in it any more, or "
            "it is gone."
        )
    if code == "ReadOnlyDisabledSubscription":
        return "subscription_disabled", (
            "Nothing can be changed in it until it is enabled again: whoever owns it sees why in the portal, under "
            "Subscriptions. Then run the same task again."
        )
    if code.startswith("LocationNotAvailable") or code == "NoRegisteredProviderFound":
        return "location_not_available", "Give one of the regions that Azure names."
    hints = {
        403: "The caller lacks the right to do this; the message names the action that its role must allow.",
        429: "Azure throttles; wait and run the same task again.",
    }
    return "azure", hints.get(status_of(error) or 0)


def registration_hint(namespace: str) -> str:
    """How a resource provider is registered, for a whole subscription: by somebody who may."""
    return (
        f"Ask somebody with rights on the subscription for: az provider register --namespace {namespace}. Then run the "
        "same task again."
    )


def _policy_names(error: typing.Any) -> str:
    """The names of the policy assignments that forbid something, for a sentence."""
    names = []
    for info in getattr(getattr(error, "error", None), "additional_info", None) or []:
        details = getattr(info, "info", None) or {}
        name = details.get("policyAssignmentDisplayName") or details.get("policyAssignmentName")
        names += [str(name)] if name else []
    return f" ({', '.join(dict.fromkeys(names))})" if names else ""


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
