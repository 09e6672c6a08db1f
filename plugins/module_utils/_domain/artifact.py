# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""What a registry's repositories hold: artifacts by digest, tags, and what may be done with them.

An artifact is whatever has a manifest: an image, an index of several, a signature or an SBOM. Shapes: Microsoft's
description of the registry's data plane (``containerregistry`` 2021-07-01, ``ManifestAttributesBase``,
``TagAttributesBase``, ``changeableAttributes``).
"""

from __future__ import annotations

import dataclasses
import typing


@dataclasses.dataclass(frozen=True, slots=True)
class Locks:
    """What may be done with a repository, a tag or an artifact (``changeableAttributes``); all of it at first."""

    can_delete: bool = True
    can_write: bool = True
    can_list: bool = True
    can_read: bool = True


UNLOCKED = Locks()


@dataclasses.dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact as a repository lists it. ``size`` in bytes, without what other artifacts share with it."""

    digest: str
    size: int = 0
    locks: Locks = UNLOCKED


@dataclasses.dataclass(frozen=True, slots=True)
class Tag:
    """A tag, and the digest that it stands for."""

    name: str
    digest: str
    locks: Locks = UNLOCKED


@dataclasses.dataclass(frozen=True)
class Contents:
    """A repository: its artifacts by digest, its tags by name.

    ``hidden``: how many more there are than the lists show (``listEnabled: false``).
    """

    name: str
    locks: Locks = UNLOCKED
    artifacts: dict[str, Artifact] = dataclasses.field(default_factory=dict)
    tags: dict[str, Tag] = dataclasses.field(default_factory=dict)
    hidden: int = 0

    def without(self, digests: typing.Collection[str]) -> Contents:
        """The repository without some artifacts and their tags."""
        if not digests:
            return self
        return dataclasses.replace(
            self,
            artifacts={digest: one for digest, one in self.artifacts.items() if digest not in digests},
            tags={name: one for name, one in self.tags.items() if one.digest not in digests},
        )
