# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a request for an import asks for, with the rules of Microsoft's description."""

from __future__ import annotations

import dataclasses
import typing

from ..images import names
from . import errors

_LATEST = "latest"


@dataclasses.dataclass(frozen=True)
class Request:
    """An import: where from, which image, where to.

    ``resource_id`` or ``registry_uri`` names the source, the other is empty; ``tag`` or ``digest`` the image.
    ``targets`` are pairs of repository and tag, or of repository and nothing for a manifest without a tag.
    """

    resource_id: str
    registry_uri: str
    user: str
    password: str
    repository: str
    tag: str
    digest: str
    targets: tuple[tuple[str, str], ...]
    is_forced: bool

    @property
    def reference(self) -> str:
        return self.digest or self.tag


def read(body: dict[str, typing.Any]) -> Request:
    """An import from a request's body.

    :raises Refusal: 400 for what Azure could not make sense of.
    """
    source, credentials = body["source"], body["source"].get("credentials") or {}
    resource_id, registry_uri = source.get("resourceId") or "", source.get("registryUri") or ""
    if bool(resource_id) == bool(registry_uri):
        raise errors.not_valid("The source is named by one of resourceId and registryUri.")
    mode = body.get("mode") or "NoForce"
    if mode.lower() not in ("noforce", "force"):
        raise errors.not_valid(f"The mode '{mode}' is not one of NoForce, Force.")
    repository, tag, digest = _image(source["sourceImage"])
    targets = [_target(text, tag) for text in body.get("targetTags") or ()]
    targets += [(_repository(text), "") for text in body.get("untaggedTargetRepositories") or ()]
    if not targets:
        raise errors.not_valid("There is neither one of targetTags nor one of untaggedTargetRepositories.")
    return Request(
        resource_id,
        registry_uri.lower(),
        credentials.get("username") or "",
        credentials.get("password") or "",
        repository,
        tag,
        digest,
        tuple(dict.fromkeys(targets)),
        mode.lower() == "force",
    )


def _image(text: str) -> tuple[str, str, str]:
    """Repository, tag and digest; by a repository alone its tag ``latest`` is meant."""
    repository, at, digest = text.partition("@")
    if at:
        if not names.is_good_digest(digest):
            raise errors.not_valid(f"The digest of the source image '{text}' is not valid.")
        return _repository(repository), "", digest
    repository, tag = _split(text)
    return _repository(repository), _tag(tag or _LATEST), ""


def _target(text: str, source_tag: str) -> tuple[str, str]:
    """Repository and tag; without one the source's tag, or ``latest``."""
    repository, tag = _split(text)
    return _repository(repository), _tag(tag or source_tag or _LATEST)


def _split(text: str) -> tuple[str, str]:
    repository, colon, tag = text.partition(":")
    if colon and not tag:
        raise errors.not_valid(f"The image '{text}' is not of the form repository[:tag].")
    return repository, tag


def _repository(text: str) -> str:
    if not names.is_good_repository(text):
        raise errors.not_valid(f"The repository name '{text}' is not valid.")
    return text


def _tag(text: str) -> str:
    if not names.is_good_tag(text):
        raise errors.not_valid(f"The tag '{text}' is not valid.")
    return text
