# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves of what is named in every way that is allowed, and of more than a page holds."""

from __future__ import annotations

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct
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
