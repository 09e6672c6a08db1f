# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves of what is named in every way that is allowed, and of more than a page holds."""

from __future__ import annotations

import pytest
from local_azure.client import Control
from local_azure.images.state import Store
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct
from support.images import MANIFEST, Image, digest_of
from support.movers import NEW, OLD, Movers

#: All letters, digits and separators; words that stand in the addresses of registries; the shortest and a long one.
REPOSITORIES = (
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "a.b_c__d-e--f",
    "0",
    "tags/list",
    "app/manifests/x",
    "app/blobs/uploads",
    "app/referrers/x",
    "v2/acr/v1",
    "a/b/c/d/e/f",
    "long/" + "x" * 200,
)
TAGS = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "_0.1-2__3", "9", "t" * 128)

#: 10,000 tags, which take 21 pages; few artifacts, as each costs some ten requests.
ARTIFACTS, TAGS_EACH = 50, 202


@pytest.fixture
def movers(with_registry: Contoso, azure: LocalAzure, direct: Direct, control: Control) -> Movers:
    return Movers(azure, direct, control)


def test_every_character_that_a_name_may_have(movers: Movers) -> None:
    for number, name in enumerate(REPOSITORIES):
        for tag in TAGS if number < 2 else TAGS[:1]:
            image = movers.old.image(name, tag, name)
        movers.old.referrer(name, image, "application/spdx+json")
        movers.lock(OLD, f"{name}/_tags/{TAGS[0]}", deleteEnabled=False)
    assert movers.moved()["verified"]
    assert movers.same()
    assert sorted(movers.contents(NEW)) == sorted(REPOSITORIES)
    assert movers.moved(finish=True)["moved"]
    assert not movers.moved(finish=True)["changed"]


def fill(movers: Movers, azure: LocalAzure) -> None:
    """Put images where the local Azure keeps them: pushing them would take longer than all the rest."""
    registry = next(one for one in azure.world.data["registries"].values() if one["name"] == OLD)
    store = Store(azure.world, registry)
    for number in range(ARTIFACTS):
        image = Image(f"{number}")
        blobs = [store.seal(blob) for blob in (image.config, image.layer)]
        for blob in blobs:
            store.link("app", blob)
        manifest = image.manifest
        for tag in range(TAGS_EACH):
            store.put_manifest("app", f"v{number}.{tag}", manifest, MANIFEST, blobs)


def test_a_repository_of_ten_thousand_tags(movers: Movers, azure: LocalAzure) -> None:
    fill(movers, azure)
    first = movers.moved()
    assert (first["artifacts"], first["tags"], first["verified"]) == (ARTIFACTS, ARTIFACTS * TAGS_EACH, True)
    for number in (0, ARTIFACTS - 1):
        found = movers.new.get(f"/v2/app/manifests/v{number}.{TAGS_EACH - 1}")
        assert digest_of(found.content) == Image(f"{number}").digest
    # a check alone: every list is long
    again = movers.move(check=True)
    assert (again["changed"], again["tags"], again["plan"]) == (False, ARTIFACTS * TAGS_EACH, [])
