# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a move costs: requests for each artifact, time beside what the limits for changes alone make it, memory.

``move.py [REPOSITORIES TAGS]``: so many repositories with so many tags each; each tag is of an image of its own with a
signature. Time is real: an import takes 0.2 seconds, and the limits of registries and subscriptions hold.
"""

from __future__ import annotations

import collections
import json
import pathlib
import resource
import sys
import tempfile
import typing

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / ".cache" / "collections"))

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._clock import Stop, SystemClock
from local_azure.client import Control
from local_azure.images.state import Store
from local_azure.server import LocalAzure, running
from local_azure.settings import Settings
from support.contoso import Contoso
from support.direct import Direct
from support.images import CONFIG, LAYER, MANIFEST, digest_of
from support.movers import OLD, Movers
from support.playbooks import Ansible, fresh_folder


def _fill(azure: LocalAzure, movers: Movers, repositories: int, tags: int) -> None:
    """Images and signatures, put where the local Azure keeps them: pushing them would take longer than all the rest."""
    registry = next(one for one in azure.world.data["registries"].values() if one["name"] == OLD)
    store = Store(azure.world, registry)
    for number in range(repositories):
        name = f"team{number % 10}/app{number}"
        layer, config = store.seal(f"layer {number}".encode()), store.seal(b"{}")
        for blob in (layer, config):
            store.link(name, blob)
        for version in range(tags):
            image = _manifest(config, layer, {"version": f"{number}.{version}"})
            store.put_manifest(name, f"v{version}", image, MANIFEST, [layer, config])
            signature = _manifest(config, layer, {}, subject=image)
            store.put_manifest(name, digest_of(signature), signature, MANIFEST, [layer, config], digest_of(image))


def _manifest(config: str, layer: str, notes: dict[str, str], *, subject: bytes = b"") -> bytes:
    manifest: dict[str, typing.Any] = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": CONFIG, "digest": config, "size": 2},
        "layers": [{"mediaType": LAYER, "digest": layer, "size": 8}],
        "annotations": notes,
    }
    if subject:
        manifest["subject"] = {"mediaType": MANIFEST, "digest": digest_of(subject), "size": len(subject)}
        manifest["artifactType"] = "application/vnd.dev.cosign.artifact.sig.v1+json"
    return json.dumps(manifest).encode()


_WORDS = ("importimage", "operation", "referrers", "/blobs/", "/manifests/", "_manifests", "_tags", "oauth2", "/acr/v1")


def _kind(request: dict[str, typing.Any]) -> str:
    path = request["path"].lower()
    for word in (
        "importimage",
        "operation",
        "referrers",
        "/blobs/",
        "/manifests/",
        "_manifests",
        "_tags",
        "oauth2",
        "/acr/v1",
    ):
        if word in path:
            return f"{request['method']} {word.strip('/')}"
    return "the rest"


def _measure(words: str, movers: Movers, control: Control, *, artifacts: int) -> None:
    since, began = control.mark(), control.now()
    result = movers.move()
    took, requests = control.now() - began, control.requests(since)
    kinds = collections.Counter(_kind(one) for one in requests)
    refused = sum(one["status"] == 429 for one in requests)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{words}: {result['msg']}")
    print(f"  {len(requests)} requests, {len(requests) / artifacts:.1f} an artifact; {took:.0f} s of Azure's time")
    print("  " + ", ".join(f"{number} {kind}" for kind, number in kinds.most_common()))
    print(f"  {refused} throttled; at most {memory:.0f} MB, with the local Azure in the same process", flush=True)


def main() -> int:
    repositories, tags = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (100, 17)
    with (
        running(Settings(operation_seconds=0.05)) as azure,
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in {**azure.environment, "HOME": folder}.items():
            patch.setenv(name, value)
        control, direct = Control(azure.url), Direct({**azure.environment, "HOME": folder}, SystemClock(Stop()))
        Contoso(Ansible(fresh_folder(pathlib.Path(folder) / "home"), azure.environment)).registry()
        movers = Movers(azure, direct, control)
        control.settings(throttle=True)
        _fill(azure, movers, repositories, tags)
        for words in ("first run", "again"):
            _measure(words, movers, control, artifacts=2 * repositories * tags)
    return 0


if __name__ == "__main__":
    sys.exit(main())
