# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a registry's data plane says when it says no (docs/azure-behaviour.md, "The registry's data plane")."""

from __future__ import annotations

import typing

from ..routing import Refusal


def refuse(
    status: int, code: str, message: str, detail: typing.Any = None, headers: dict[str, typing.Any] | None = None
) -> Refusal:
    """The envelope of the OCI distribution specification."""
    error = {"code": code, "message": message}
    if detail is not None:
        error["detail"] = detail
    return Refusal(status, {"errors": [error]}, {"Docker-Distribution-Api-Version": "registry/2.0", **(headers or {})})


def unauthorized(login_server: str, scope: str, *, invalid: bool = False) -> Refusal:
    challenge = f'Bearer realm="https://{login_server}/oauth2/token",service="{login_server}"'
    detail = None
    if scope:
        challenge += f',scope="{scope}"'
        kind, rest = scope.split(":", 1)
        name, action = rest.rsplit(":", 1)
        detail = [{"Type": kind, "Name": name, "Action": action}]
    if invalid:
        challenge += ',error="invalid_token"'
    text = "authentication required, visit https://aka.ms/acr/authorization for more information."
    return refuse(401, "UNAUTHORIZED", text, detail, {"Www-Authenticate": challenge})


def insufficient(login_server: str, scope: str) -> Refusal:
    """A valid token whose holder lacks the right: 401 again, as Docker's token protocol has it."""
    refusal = unauthorized(login_server, scope)
    refusal.reply.headers["Www-Authenticate"] += ',error="insufficient_scope"'
    return refusal


def key_forbidden(status: int) -> Refusal:
    """The key cannot be used (the message is documented, code and status inferred)."""
    return refuse(
        status,
        "DENIED",
        "Access to Key Encryption Key is forbidden. View troubleshooting steps at https://aka.ms/acr/cmk",
    )


def identity_inactive() -> Refusal:
    text = (
        "The identity associated with the registry is inactive. This could be due to attempted removal of the "
        "identity. Reassign the identity manually"
    )
    return refuse(403, "DENIED", text)


def client_address(address: str) -> Refusal:
    text = f"client with IP '{address}' is not allowed access. Refer https://aka.ms/acr/firewall to grant access."
    return refuse(403, "DENIED", text)


def name_unknown(repository: str) -> Refusal:
    return refuse(404, "NAME_UNKNOWN", "repository name not known to registry", {"name": repository})


def manifest_unknown(repository: str, reference: str) -> Refusal:
    if ":" in reference:
        # the text: azure-cli #29974
        detail = {"Name": repository, "Revision": reference}
        return refuse(404, "MANIFEST_UNKNOWN", f"manifest {reference} is not found", detail)
    text, detail = f'manifest tagged by "{reference}" is not found', {"Name": repository, "Tag": reference}
    return refuse(404, "MANIFEST_UNKNOWN", text, detail)


def not_accepted(one: str, many: str) -> Refusal:
    """Azure/acr #764 and Azure/acr-cli #132 have it as it comes."""
    return refuse(404, "MANIFEST_UNKNOWN", f"OCI {one} found, but accept header does not support OCI {many}")


def tag_unknown(reference: str) -> Refusal:
    return refuse(404, "TAG_UNKNOWN", "the specified tag does not exist", {"Tag": reference})


def blob_unknown(digest: str) -> Refusal:
    return refuse(404, "BLOB_UNKNOWN", "blob unknown to registry", digest)


def upload_unknown() -> Refusal:
    return refuse(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")


def upload_invalid(text: str) -> Refusal:
    return refuse(416, "BLOB_UPLOAD_INVALID", text)


def digest_invalid() -> Refusal:
    return refuse(400, "DIGEST_INVALID", "provided digest did not match uploaded content")


def manifest_invalid(text: str) -> Refusal:
    return refuse(400, "MANIFEST_INVALID", text)


def manifest_too_large() -> Refusal:
    """Over the limit of 4 MiB (status: OCI distribution specification, "Pushing manifests")."""
    return refuse(413, "SIZE_INVALID", "the manifest is larger than 4 MiB")


def manifest_blob_unknown(digest: str) -> Refusal:
    return refuse(404, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry", {"digest": digest})


def size_invalid(text: str) -> Refusal:
    return refuse(400, "SIZE_INVALID", text)


def name_invalid(name: str) -> Refusal:
    return refuse(400, "NAME_INVALID", "invalid repository name", {"name": name})


def tag_invalid(tag: str) -> Refusal:
    return refuse(400, "TAG_INVALID", "manifest tag did not match URI", {"tag": tag})


def page_size_invalid(text: str) -> Refusal:
    return refuse(400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested", {"n": text})


def order_invalid(text: str) -> Refusal:
    return refuse(400, "UNSUPPORTED", f"orderby '{text}' is not one of timeasc, timedesc, none")


def attribute_invalid(text: str) -> Refusal:
    return refuse(400, "UNSUPPORTED", text)


def not_by_tag() -> Refusal:
    """Where only digests are deleted (docker/distribution #3174)."""
    return refuse(405, "UNSUPPORTED", "The operation is unsupported.")


def too_many(seconds: int | None) -> Refusal:
    """AKS #1400; whether it says when to come again is inferred."""
    where = "https://aka.ms/acr/skus#sku-feature-matrix"
    text = f"Too many requests. Please visit {where} to view limits of all service tiers."
    return refuse(429, "TOOMANYREQUESTS", text, headers={"Retry-After": str(seconds)} if seconds else None)


def exports_disabled() -> Refusal:
    """Nothing goes from here to another registry ("Disable export of artifacts"); code and text are inferred."""
    return refuse(403, "DENIED", "exports are disabled on this registry").inferred()


def not_known(method: str, path: str) -> Refusal:
    return refuse(404, "NOT_FOUND", f"{method} {path} is not known to this registry")


def disallowed() -> Refusal:
    """A lock stands in the way (Azure/azure-sdk-for-net #22827)."""
    text = (
        "The operation is disallowed on this registry, repository or image. View troubleshooting steps at "
        "https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation"
    )
    return refuse(405, "REGISTRY_DISALLOWED_OPERATION", text, {})


def deleted_unknown(digest: str) -> Refusal:
    return refuse(404, "MANIFEST_UNKNOWN", f'deleted manifest "{digest}" is not found', {"Revision": digest})


def tag_exists(tag: str) -> Refusal:
    return refuse(409, "TAG_ALREADY_EXISTS", f"tag '{tag}' is there; restore with force to move it", {"Tag": tag})


def wrong_sign_in(text: str) -> Refusal:
    return refuse(401, "UNAUTHORIZED", text)


def cached(repository: str) -> Refusal:
    """That a repository of a cache rule takes no push is told (Azure/acr #845); status, code and text are inferred."""
    return refuse(403, "DENIED", f"The repository {repository} is filled by a cache rule and takes no push.").inferred()


def not_emulated(part: str) -> Refusal:
    """A part of the data plane that the local Azure does not know how to carry out."""
    return refuse(501, "NotEmulated", f"The local Azure does not emulate {part}.")


def no_streaming() -> Refusal:
    """That there is no streaming under a customer-managed key is described; status, code and text are inferred."""
    text = "Artifact streaming is not supported for a registry that is encrypted with a customer-managed key."
    return refuse(400, "UNSUPPORTED", text).inferred()
