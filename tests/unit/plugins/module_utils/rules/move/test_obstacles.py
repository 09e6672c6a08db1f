# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot come along is found before anything starts, and only its word lets it stay behind."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure
from ansible_collections.ownkey.acr.plugins.module_utils._domain.image import Descriptor, Manifest
from ansible_collections.ownkey.acr.plugins.module_utils._rules.move import obstacles
from samples import registry

LAYER = Descriptor("sha256:l", 1, "application/vnd.oci.image.layer.v1.tar+gzip")
CASES = {
    None: Manifest((LAYER,), ()),
    "large_indexes": Manifest((), (LAYER,) * 51),
    "foreign_layers": Manifest((dataclasses.replace(LAYER, is_foreign=True),), ()),
    "artifact_streaming": Manifest((LAYER,), (), artifact_type="application/vnd.azure.artifact.streaming.v1"),
}


@pytest.mark.parametrize("kind", CASES)
def test_each_kind(kind):
    found = obstacles.of_manifest("team/app", "sha256:a", CASES[kind])
    assert (found and found.kind) == kind
    if found:
        assert found.what == "team/app@sha256:a"


def test_fifty_manifests_come_along():
    assert obstacles.of_manifest("team/app", "sha256:a", Manifest((), (LAYER,) * 50)) is None


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    ],
)
def test_a_layer_that_nobody_may_distribute_is_foreign_by_its_type(media_type):
    layer = {"digest": "sha256:l", "size": 1, "mediaType": media_type}
    manifest = Manifest.from_wire({"layers": [layer]})
    assert obstacles.of_manifest("team/app", "sha256:a", manifest).kind == "foreign_layers"


def test_content_trust_is_a_matter_of_the_whole_registry():
    assert [one.kind for one in obstacles.of_registry(registry(policies={"trustPolicy": {"status": "enabled"}}))] == [
        "content_trust"
    ]
    assert obstacles.of_registry(registry()) == []


def test_all_that_is_in_the_way_is_told_at_once():
    some = [obstacles.Obstacle("large_indexes", f"a@{n}") for n in range(7)] + [obstacles.Obstacle("hidden", "b (2)")]
    with pytest.raises(Failure, match="large_indexes") as caught:
        obstacles.check(some, [])
    assert (caught.value.parameter, len(caught.value.details["left_behind"])) == ("leave_behind", 8)
    assert "hidden" in str(caught.value)
    with pytest.raises(Failure) as caught:
        obstacles.check(some, ["large_indexes"])
    assert "a@0" not in str(caught.value)
    obstacles.check(some, ["large_indexes", "hidden"])
