# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How repositories, tags and digests are spelled (OCI distribution specification 1.1, "Pulling manifests")."""

from __future__ import annotations

import re

from . import errors

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}")
_REPOSITORY_LENGTH = 255


def is_good_repository(name: str) -> bool:
    """Whether a repository can have the name."""
    return len(name) <= _REPOSITORY_LENGTH and _REPOSITORY.fullmatch(name) is not None


def is_good_tag(name: str) -> bool:
    """Whether a tag can have the name."""
    return _TAG.fullmatch(name) is not None


def is_good_digest(text: str) -> bool:
    """Whether a text is a digest."""
    return _DIGEST.fullmatch(text) is not None


def check_repository(name: str) -> None:
    """Let a repository's name pass.

    :raises Refusal: 400 NAME_INVALID.
    """
    if not is_good_repository(name):
        raise errors.name_invalid(name)


def is_digest(reference: str) -> bool:
    """Whether a reference is a digest (and not a tag), whatever its spelling."""
    return ":" in reference


def check_digest(text: str) -> None:
    """Let a digest pass.

    :raises Refusal: 400 DIGEST_INVALID.
    """
    if not is_good_digest(text):
        raise errors.digest_invalid()


def check_new_reference(reference: str) -> None:
    """Let the tag or digest pass under which a manifest is to be stored.

    :raises Refusal: 400.
    """
    if is_digest(reference):
        check_digest(reference)
    elif not is_good_tag(reference):
        raise errors.tag_invalid(reference)
