# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a move costs: requests for each artifact, memory, and time beside what the limits alone make it.

``move.py [REPOSITORIES TAGS]``: so many repositories with so many tags each; each tag is of an image of its own with a
signature. Time is real: an import takes 0.2 seconds, and the limits of registries and subscriptions hold. The move is
carried out in a process of its own.
"""

from __future__ import annotations

import collections
import json
import pathlib
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
from support.movers import MOVE, OLD, Movers
from support.playbooks import Ansible, fresh_folder

from benchmark import limits, page
from benchmark.bench import operation
from benchmark.page import Row


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
    for word in _WORDS:
        if word in path:
            return f"{request['method']} {word.strip('/')}"
    return "the rest"


def _measure(azure: LocalAzure, control: Control, environment: dict[str, str], *, artifacts: int) -> Row:
    """A first run in a process of its own: what it took, beside what the limits alone allow for its two parts."""
    control.forget_requests()
    own = operation("acr_cmk_move", environment, **MOVE)
    requests = control.requests()
    kinds = collections.Counter(_kind(one) for one in requests)
    looks = limits.looks_at_referrers(artifacts, azure.world.settings.referrers_per_minute)
    imports = limits.changes(artifacts, operation=azure.world.settings.import_seconds)
    print(f"{own['msg']}\n  {', '.join(f'{number} {kind}' for kind, number in kinds.most_common())}")
    refused = sum(one["status"] == 429 for one in requests)
    ratio = own["seconds"] / (looks + imports)
    told = f"{own['seconds']:.0f} s: {ratio:.2f} times {looks:.0f} s for looks at referrers and {imports:.0f} s for "
    told += f"imports; {len(requests) / artifacts:.1f} requests an artifact, {refused} throttled; {own['memory']} MB"
    target = "≤ 1.3 times what the registries' limits and the subscription's bucket allow"
    return Row(f"a move of {artifacts:,} artifacts, half of them signatures", target, told, ratio <= 1.3)


def main() -> int:
    repositories, tags = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 2 else (20, 20)
    with (
        running(Settings(operation_seconds=0.05)) as azure,
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        environment = {**azure.environment, "HOME": folder}
        for name, value in environment.items():
            patch.setenv(name, value)
        control, direct = Control(azure.url), Direct(environment, SystemClock(Stop()))
        Contoso(Ansible(fresh_folder(pathlib.Path(folder) / "home"), azure.environment)).registry()
        movers = Movers(azure, direct, control)
        control.settings(throttle=True)
        _fill(azure, movers, repositories, tags)
        row = _measure(azure, control, environment, artifacts=2 * repositories * tags)
    print(f"{row.work}\n  target {row.target}\n  {row.measured}: {'met' if row.met else 'NOT MET'}")
    page.keep("move", [row])
    page.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
