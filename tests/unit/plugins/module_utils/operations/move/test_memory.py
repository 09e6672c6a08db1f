# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a move holds of a registry with very many artifacts: its own share of 200 MB for 100,000 manifests."""

from __future__ import annotations

import gc
import tracemalloc
import typing

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.artifact import UNLOCKED, Artifact, Contents, Tag
from ansible_collections.ownkey.acr.plugins.module_utils._domain.image import Descriptor, Manifest
from ansible_collections.ownkey.acr.plugins.module_utils._operations.move import contents

T = typing.TypeVar("T")


class Session:
    """Calls one after the other."""

    def pair(self, one: typing.Callable[[], T], other: typing.Callable[[], T]) -> tuple[T, T]:
        return one(), other()

    def side_by_side(self, *calls: typing.Callable[[], T], width: int) -> list[T]:
        return [call() for call in calls]


class Task:
    session = Session()


class Plane:
    """A data plane that makes up what it tells: images with a tag and a signature each, every text a new one."""

    def __init__(self, repositories: int, images: int) -> None:
        self._repositories, self._images = repositories, images

    def repositories(self) -> list[str]:
        return [f"team/app{number}" for number in range(self._repositories)]

    def _digest(self, repository: str, number: int) -> str:
        return f"sha256:{hash(repository) & 0xFFFFFF:024x}{number:040x}"

    def contents(self, repository: str) -> Contents:
        digests = [self._digest(repository, number) for number in range(2 * self._images)]
        artifacts = {digest: Artifact(digest, 1000) for digest in digests}
        # as of the data plane: the digest of a tag is the artifact's own text
        tags = {f"v1.{n}": Tag(f"v1.{n}", artifacts[self._digest(repository, n)].digest) for n in range(self._images)}
        return Contents(repository, UNLOCKED, artifacts, tags)

    def manifest(self, repository: str, digest: str) -> Manifest:
        number = int(digest[-40:], 16)
        layers = tuple(Descriptor(f"sha256:{number:032x}{layer:032x}", 10, "layer") for layer in range(10))
        subject = self._digest(repository, number - self._images) if number >= self._images else ""
        return Manifest(layers, (), subject, "")

    def referrers(self, repository: str, digest: str) -> list[str]:
        number = int(digest[-40:], 16)
        return [self._digest(repository, number + self._images)] if number < self._images else []


#: Bytes for each artifact, and for the answers that are lined up at once. So 100,000 take 80 MB, beside 70 of libraries
#: and interpreter.
EACH, AT_ONCE = 700, 8_000_000


@pytest.mark.parametrize(("repositories", "images"), [(20, 50), (1, 3000)], ids=["many-repositories", "a-large-one"])
def test_looking_at_a_registry_holds_little_of_each_artifact(repositories: int, images: int) -> None:
    task, plane = typing.cast(typing.Any, Task()), typing.cast(typing.Any, Plane(repositories, images))
    gc.collect()
    tracemalloc.start()
    try:
        before, _peak = tracemalloc.get_traced_memory()
        found = contents.survey(task, plane, None, waived=(), keep_write=False)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.artifacts == len(found.imports) == 2 * repositories * images
    assert peak - before < EACH * found.artifacts + AT_ONCE
