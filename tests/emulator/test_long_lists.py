# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists of any length, how often they may be asked for, and what else a registry does not answer without end."""

from __future__ import annotations

import base64
import json
import time
import typing

from local_azure.client import Control
from local_azure.images.state import Store
from local_azure.server import LocalAzure
from support.images import INDEX, MANIFEST
from support.oci import Wire, code, digest_of

SERVER = "plainacr.azurecr.io"


# --- how often a registry may be asked ----------------------------------------------------------------------------


def test_lists_of_referrers_have_a_limit_of_their_own(wire: Wire, control: Control, azure: LocalAzure) -> None:
    image = wire.image("app", "v1")
    path = f"/v2/app/referrers/{image.digest}"
    azure.world.settings.change({"throttle": True, "referrers_per_minute": 3})
    assert [wire.get(path).status_code for _time in range(4)] == [200, 200, 200, 429]
    refused = wire.get(path)
    assert (code(refused), 0 < int(refused.headers["Retry-After"]) <= 60) == ("TOOMANYREQUESTS", True)
    # all else goes on, and so does somebody else
    assert wire.get("/v2/app/manifests/v1").status_code == 200
    someone = control.principal("someone")
    control.grant(
        scope=f"/subscriptions/{azure.environment['AZURE_SUBSCRIPTION_ID']}",
        role="7f951dda-4ed3-4680-a7ca-43fe172d538d",
        principal=someone["oid"],
    )
    assert Wire(wire.base, (someone["client_id"], someone["secret"])).get(path).status_code == 200
    control.advance(60)
    assert wire.get(path).status_code == 200


def test_tokens_and_the_limits_of_a_tier(wire: Wire, control: Control, azure: LocalAzure) -> None:
    azure.world.settings.change({"throttle": True, "tokens_per_minute": 2, "registry_retry_after": False})
    asked = [wire.get("/oauth2/token?service=plainacr.azurecr.io&scope=registry:catalog:*") for _time in range(3)]
    assert [one.status_code for one in asked] == [200, 200, 429]
    assert "Retry-After" not in asked[2].headers
    registry = next(iter(azure.world.data["registries"].values()))
    registry["sku"] = "Basic"
    control.advance(60)
    uploads = [wire.ask("POST", "/v2/app/blobs/uploads/").status_code for _time in range(101)]
    assert (set(uploads[:100]), uploads[100]) == ({202}, 429)
    assert wire.get("/v2/").status_code == 200


# --- long lists --------------------------------------------------------------------------------------------------


def test_referrers_in_pages(wire: Wire) -> None:
    image = wire.image("app", "v1")
    kinds = ["application/sbom", "application/signature"]
    wanted: dict[str, list[str]] = {kind: [] for kind in kinds}
    for number in range(5):
        manifest = wire.referrer("app", image, kinds[number % 2]).replace(
            b"{", b'{"annotations":{"n":"%d"},' % number, 1
        )
        assert wire.put("app", digest_of(manifest), manifest).headers["OCI-Subject"] == image.digest
        wanted[kinds[number % 2]].append(digest_of(manifest))
    for kind in ("", *kinds):
        path, found = f"/v2/app/referrers/{image.digest}?n=2{f'&artifactType={kind}' if kind else ''}", []
        while path:
            page = wire.get(path)
            assert page.headers.get("OCI-Filters-Applied") == ("artifactType" if kind else None)
            assert len(page.json()["manifests"]) <= 2
            found += [one["digest"] for one in page.json()["manifests"]]
            path = page.links["next"]["url"] if page.links else ""
        assert sorted(found) == sorted(wanted[kind] if kind else [one for each in wanted.values() for one in each])


def test_an_index_that_refers_to_an_image_names_no_type_unless_it_has_one(wire: Wire) -> None:
    image = wire.image("app", "v1")
    subject = {"mediaType": MANIFEST, "digest": image.digest, "size": len(image.manifest)}
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [], "subject": subject}
    for given in ({}, {"artifactType": "application/list"}):
        data = json.dumps({**index, **given}).encode()
        assert wire.put("app", digest_of(data), data, INDEX).headers["OCI-Subject"] == image.digest
    told = wire.get(f"/v2/app/referrers/{image.digest}").json()["manifests"]
    assert sorted(one.get("artifactType", "") for one in told) == ["", "application/list"]


def test_a_list_of_any_length_costs_a_page_at_a_time(wire: Wire, sdk: typing.Any, azure: LocalAzure) -> None:
    """Ten of 20,000 cost much less than a thousand of them, wherever in the list they stand."""
    content = Store(azure.world, next(iter(azure.world.data["registries"].values())))
    blob = content.seal(b"{}")
    content.link("app", blob)
    for number in range(20_000):
        manifest = b'{"schemaVersion":2,"config":{"digest":"%s"},"layers":[],"n":%d}' % (blob.encode(), number)
        reference = f"t{number}" if number % 10 == 0 else digest_of(manifest)
        content.put_manifest("app", reference, manifest, MANIFEST, [blob])

    def seconds(path: str) -> float:
        began = time.process_time()
        answer = azure.azure.near("GET", f"https://{SERVER}{path}", headers, b"")
        assert answer[0] == 200
        return time.process_time() - began

    headers = {"authorization": f"Basic {base64.b64encode(':'.join(wire.auth).encode()).decode()}"}
    last = content.order("app").ordered("manifests")[15_000]
    seconds("/acr/v1/app/_manifests?n=1")
    for kind, behind in (("manifests", last), ("tags", "t5")):
        ten = min(seconds(f"/acr/v1/app/_{kind}?n=10&last={behind}") for _time in range(5))
        thousand = min(seconds(f"/acr/v1/app/_{kind}?n=1000&last={behind}") for _time in range(2))
        assert ten < thousand / 4, (kind, ten, thousand)
    names = [tag.name for tag in sdk.list_tag_properties("app", results_per_page=1000)]
    assert (len(names), names == sorted(set(names))) == (2000, True)


def test_who_begins_anew_has_not_asked_too_often(wire: Wire, control: Control, azure: LocalAzure) -> None:
    azure.world.settings.change({"throttle": True, "tokens_per_minute": 1})
    control.advance(86400)
    path, state = "/oauth2/token?service=plainacr.azurecr.io&scope=registry:catalog:*", control.state()
    assert [wire.get(path).status_code for _time in range(2)] == [200, 429]
    control.load({**state, "clock_offset": 0.0})
    assert wire.get(path).status_code == 200
