# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What a registry's repositories hold, read and changed on its own data plane.

Sources: Microsoft's description of the data plane (``containerregistry`` 2021-07-01); the OCI distribution
specification 1.1, "Listing Referrers".
"""

from __future__ import annotations

import dataclasses
import hashlib
import typing
import urllib.parse

from .._domain import wire as json
from .._domain.artifact import UNLOCKED, Artifact, Contents, Locks, Tag
from .._domain.failure import Failure
from .._domain.image import Manifest
from .._domain.wire import Body, Wire
from . import errors, images, sdk
from .session import Session

#: How many a page has at most.
_PAGE = 500
_INDEX = "application/vnd.oci.image.index.v1+json"
#: Whatever a manifest can be; a registry answers with the first that it has.
_ACCEPTED = ", ".join(
    (
        _INDEX,
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.artifact.manifest.v1+json",
        "*/*",
    )
)


class DataPlane:
    """A registry's data plane.

    Whatever cannot be read is a :class:`Failure`, never "there is none".

    :param login_server: the registry's host.
    """

    def __init__(self, session: Session, login_server: str) -> None:
        self._host = login_server
        self._client = images.client(session, login_server)

    def repositories(self) -> list[str]:
        """The names of all repositories.

        :raises Failure: when they cannot be listed.
        """
        with errors.explained(f"listing the repositories of {self._host}"):
            return list(self._client.list_repository_names(results_per_page=_PAGE))

    def contents(self, repository: str) -> Contents | None:
        """A repository with its artifacts and tags; None if it is not there.

        :raises Failure: when they cannot be listed.
        """
        core = sdk.module("azure.core.exceptions", "azure-core")
        with errors.explained(f"listing what {self._host}/{repository} holds"):
            try:
                properties = self._client.get_repository_properties(repository)
            except core.ResourceNotFoundError:
                return None
            artifacts = {
                one.digest: Artifact(one.digest, one.size_in_bytes or 0, _locks(one))
                for one in self._client.list_manifest_properties(repository, results_per_page=_PAGE)
            }
            tags = {
                # the digest as it is known already: each text once
                one.name: Tag(one.name, artifacts.get(one.digest, one).digest, _locks(one))
                for one in self._client.list_tag_properties(repository, results_per_page=_PAGE)
            }
        hidden = max(0, (properties.manifest_count or 0) - len(artifacts)) + max(
            0, (properties.tag_count or 0) - len(tags)
        )
        return Contents(repository, _locks(properties), artifacts, tags, hidden)

    def manifest(self, repository: str, digest: str) -> Manifest | None:
        """A manifest, proven to be the one of that digest; None if it is not there.

        :raises Failure: when it cannot be read, or is another.
        """
        doing = f"reading {self._host}/{repository}@{digest}"
        response = self._ask("GET", f"/v2/{repository}/manifests/{digest}", doing, accept=_ACCEPTED)
        if response is None:
            return None
        own_digest = f"sha256:{hashlib.sha256(response.content).hexdigest()}"
        if digest.startswith("sha256:") and own_digest != digest:
            raise errors.failure(errors.unreadable(f"it is {own_digest}"), doing)
        return Manifest.from_wire(response.json())

    def referrers(self, repository: str, digest: str) -> list[str] | None:
        """The digests of what refers to an artifact: signatures, SBOMs, attestations.

        None where the registry has no API for it, as one under a customer-managed key, or knows no such artifact.

        :raises Failure: when they cannot be listed; that says nothing of whether there are any.
        """
        digests: list[str] = []
        path: str | None = f"/v2/{repository}/referrers/{digest}"
        while path:
            response = self._ask("GET", path, f"listing what refers to {self._host}/{repository}@{digest}")
            if response is None:
                return None
            digests += [json.text(one, "digest") or "" for one in json.blocks(response.json(), "manifests")]
            path = _next(response.headers.get("Link", ""))
        return digests

    def put_referrers_index(self, repository: str, subject: str, tag: str, digests: typing.Sequence[str]) -> None:
        """List what refers to an artifact under the tag at which clients look, beside what is listed there already.

        :raises Failure: when it cannot be written, for which the caller needs a right to push; when the tag stands for
            something else; when one of what refers to it is not there.
        """
        doing = f"listing what refers to {repository}@{subject} under the tag {tag}, which takes a right to push"
        answer = self._ask("GET", f"/v2/{repository}/manifests/{tag}", doing, accept=_ACCEPTED)
        listed_now: Wire = answer.json() if answer is not None else {"manifests": []}
        if "manifests" not in listed_now:
            raise Failure(
                f"The tag {tag} of {self._host}/{repository} is no list of what refers to {subject}.",
                hint="Look what it is, take it away, and run the same task again.",
                code="tag_in_use",
            )
        entries = json.blocks(listed_now, "manifests")
        listed = {json.text(one, "digest") for one in entries}
        for digest in digests:
            if digest not in listed:
                one = self._ask("GET", f"/v2/{repository}/manifests/{digest}", doing, accept=_ACCEPTED)
                if one is None:
                    raise Failure(
                        f"{self._host}/{repository}@{digest}, which refers to {subject}, is not there.",
                        hint="Run the same task again.",
                        code="not_moved",
                    )
                entries.append(_descriptor(digest, one.json(), one.headers, len(one.content)))
        index = {"schemaVersion": 2, "mediaType": _INDEX, "manifests": entries}
        with errors.explained(doing):
            self._client.set_manifest(repository, index, tag=tag, media_type=_INDEX)

    def has_blob(self, repository: str, digest: str) -> bool:
        """Whether a blob is there, without reading it.

        :raises Failure: when nobody says.
        """
        doing = f"looking for {self._host}/{repository}@{digest}"
        return self._ask("HEAD", f"/v2/{repository}/blobs/{digest}", doing) is not None

    def blob_is_whole(self, repository: str, digest: str) -> bool:
        """Whether a blob, read to its end, is the one of its digest.

        :raises Failure: when it cannot be read.
        """
        core = sdk.module("azure.core.exceptions", "azure-core")
        digester = hashlib.sha256()
        with errors.explained(f"reading {self._host}/{repository}@{digest}"):
            try:
                for chunk in self._client.download_blob(repository, digest):
                    digester.update(chunk)
            except core.ResourceNotFoundError:
                return False
        return digest == f"sha256:{digester.hexdigest()}"

    def set_locks(self, repository: str, name: str, locks: Locks) -> None:
        """Set the locks of a repository (``name`` empty), a tag, or an artifact (``name`` a digest).

        :raises Failure: when the registry refuses.
        """
        wish = dataclasses.asdict(locks)
        with errors.explained(f"setting the locks of {self._host}/{repository} {name}".strip()):
            if not name:
                self._client.update_repository_properties(repository, **wish)
            elif ":" in name:
                self._client.update_manifest_properties(repository, name, **wish)
            else:
                self._client.update_tag_properties(repository, name, **wish)

    def _ask(self, method: str, path: str, doing: str, accept: str = "application/json") -> typing.Any:
        """A request that the SDK has no method for, through its own sign-in; None for what is not there."""
        request = sdk.module("azure.core.rest", "azure-core").HttpRequest(
            method, f"https://{self._host}{urllib.parse.quote(path, safe='/:?=&%')}", headers={"Accept": accept}
        )
        core = sdk.module("azure.core.exceptions", "azure-core")
        with errors.explained(doing):
            response = self._client._client.send_request(request)
            if response.status_code == 404:
                return None
            if response.status_code >= 400:
                raise core.HttpResponseError(response=response)
            return response


def _locks(properties: typing.Any) -> Locks:
    """What is not said is not locked; what is not locked, as most, is the same for all."""
    locks = Locks(
        properties.can_delete is not False,
        properties.can_write is not False,
        properties.can_list is not False,
        properties.can_read is not False,
    )
    return UNLOCKED if locks == UNLOCKED else locks


def _descriptor(digest: str, manifest: Wire, headers: typing.Mapping[str, str], size: int) -> Body:
    """A referrer as an index has it (OCI image specification, "Guidelines for Artifact Usage")."""
    kind = json.text(manifest, "artifactType") or json.text(manifest, "config", "mediaType")
    notes = json.tags(manifest, "annotations")
    media_type = json.text(manifest, "mediaType") or headers.get("Content-Type", "")
    return {
        "mediaType": media_type,
        "digest": digest,
        "size": size,
        **({"artifactType": kind} if kind else {}),
        **({"annotations": notes} if notes else {}),
    }


def _next(link: str) -> str | None:
    """The path of the next page, out of a ``Link`` header."""
    if 'rel="next"' not in link:
        return None
    address = urllib.parse.urlsplit(link.partition("<")[2].partition(">")[0])
    return f"{address.path}?{address.query}"
