# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A registry is moved under a key with nothing lost; nothing is called moved that was not seen."""

from __future__ import annotations

import json
import re
import typing

import pytest
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.contoso import Contoso
from support.direct import Direct
from support.images import Image, digest_of
from support.movers import NEW, ODD, OLD, Movers

REGISTRY = "contosoacr.azurecr.io"
OWNER, CONTRIBUTOR = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "b24988ac-6180-42a0-ab88-20f7382dd24c"
BROKEN: dict[str, typing.Any] = {"status": 500, "body": {"errors": [{"code": "UNKNOWN", "message": "try later"}]}}
BUSY: dict[str, typing.Any] = {"status": 429, "body": {"errors": [{"code": "TOOMANYREQUESTS", "message": "busy"}]}}


@pytest.fixture
def movers(with_registry: Contoso, azure: LocalAzure, direct: Direct, control: Control) -> Movers:
    return Movers(azure, direct, control)


# --- all of it ---------------------------------------------------------------------------------------------------


def test_a_registry_with_everything_in_it_is_moved_and_the_same_again_changes_nothing(movers: Movers) -> None:
    movers.everything()
    before = movers.contents(OLD)
    foreseen = movers.move(check=True)
    assert (foreseen["changed"], movers.contents(NEW)) == (True, {})
    first = movers.moved()
    assert (first["changed"], first["verified"], first["moved"], first["plan"]) == (True, True, False, foreseen["plan"])
    assert movers.same()
    assert movers.contents(OLD) == before
    again = movers.moved()
    assert (again["changed"], again["verified"]) == (False, True)
    last = movers.moved(finish=True)
    assert (last["changed"], last["moved"]) == (True, True)
    end = movers.moved(finish=True)
    assert (end["changed"], end["moved"], end["plan"]) == (False, True, [])


def test_what_is_copied_is_what_was_there_before_the_source_was_closed(movers: Movers) -> None:
    movers.everything()
    before = movers.contents(OLD)
    movers.moved(finish=True)
    new = movers.contents(NEW)
    assert all(new[name][part] == shown for name, parts in before.items() for part, shown in parts.items())
    assert movers.contents(OLD)["team/app"][""]["writeEnabled"] is False
    refused = movers.old.put("team/app", "late", Image().manifest)
    assert refused.status_code == 405, refused.text


def test_signatures_are_found_at_the_target_where_clients_look(movers: Movers) -> None:
    """A registry under a customer-managed key has no referrers API: they are listed under a tag."""
    movers.everything()
    movers.moved()
    image = Image("hello")
    listed = movers.new.get(f"/v2/team/app/manifests/{image.digest.replace(':', '-')}").json()
    (signature,) = listed["manifests"]
    assert signature["artifactType"] == "application/vnd.dev.cosign.artifact.sig.v1+json"
    assert movers.new.get(f"/v2/team/app/manifests/{signature['digest']}").status_code == 200
    (sbom,) = movers.new.get(f"/v2/team/app/manifests/{signature['digest'].replace(':', '-')}").json()["manifests"]
    assert sbom["artifactType"] == "application/spdx+json"
    assert not movers.moved()["changed"]


def test_where_the_target_tells_of_referrers_no_list_is_made(movers: Movers) -> None:
    movers.control.settings(cmk_referrers=True)
    movers.everything()
    movers.moved()
    assert not [tag for tag in movers.contents(NEW)["team/app"] if tag.startswith("sha256-") and "." not in tag]
    assert len(movers.new.get(f"/v2/team/app/referrers/{Image('hello').digest}").json()["manifests"]) == 1
    assert not movers.moved()["changed"]


def test_a_source_of_another_subscription_by_its_id(movers: Movers) -> None:
    other = "00000000-0000-4000-8000-00000000ac13"
    world = movers.azure.world
    world.data["subscriptions"][other] = {"displayName": "Other", "tenant": world.data["tenant"]}
    movers.control.grant(scope=f"/subscriptions/{other}", role=OWNER, principal=movers.clients.oid)
    group = f"/subscriptions/{other}/resourceGroups/there"
    assert movers.clients.arm("PUT", group, {"location": "westeurope"}).ok
    source = f"{group}/providers/Microsoft.ContainerRegistry/registries/otheracr"
    body = {"location": "westeurope", "sku": {"name": "Premium"}}
    assert movers.clients.arm("PUT", source, body, "2025-11-01").ok
    movers.control.advance(5)
    movers.everything("otheracr")
    result = movers.moved(source=source)
    assert (result["verified"], result["from"], movers.same("otheracr")) == (True, "otheracr.azurecr.io", True)
    assert movers.moved(source=source, finish=True)["moved"]
    again = movers.moved(source=source, finish=True)
    assert (again["changed"], again["moved"], again["plan"]) == (False, True, [])


def test_by_whoever_may_contribute_to_both_registries(movers: Movers, azure: LocalAzure) -> None:
    movers.everything()
    person = movers.control.principal("mover")
    for name in (OLD, NEW):
        scope = movers.clients.registries.get("contoso", name).id
        movers.control.grant(scope=scope, role=CONTRIBUTOR, principal=person["oid"])
    movers.control.advance(900)
    source = movers.clients.registries.get("contoso", OLD).id
    result = movers.moved(source=source, finish=True, client_id=person["client_id"], secret=person["secret"])
    assert (result["moved"], movers.moved(finish=True)["changed"]) == (True, False)


def test_an_empty_registry(movers: Movers) -> None:
    result = movers.moved(finish=True)
    assert (result["artifacts"], result["moved"]) == (0, True)


# --- what happens meanwhile ----------------------------------------------------------------------------------------


def test_what_is_pushed_between_two_runs_comes_along(movers: Movers) -> None:
    movers.old.image("app", "v1")
    movers.moved()
    movers.old.image("app", "v1", "newer")
    movers.old.image("fresh", "v1", "other")
    result = movers.moved(finish=True)
    assert (result["moved"], movers.new.get("/v2/app/manifests/v1").content) == (True, Image("newer").manifest)
    assert movers.new.get("/v2/fresh/manifests/v1").status_code == 200


def test_what_is_pushed_into_a_closed_source_is_told_and_taken_along_the_next_time(movers: Movers) -> None:
    movers.old.image("app", "v1")
    movers.moved(finish=True)
    movers.old.image("fresh", "v1", "a repository that there was not can be pushed")
    foreseen = movers.move(check=True, finish=True)
    assert foreseen["plan"][0].startswith("copy 1 artifact and 1 tag of fresh")
    assert movers.moved(finish=True)["moved"]
    assert movers.new.get("/v2/fresh/manifests/v1").status_code == 200
    assert not movers.moved(finish=True)["changed"]


def test_a_tag_that_moves_during_the_import_is_no_tag_that_is_lost(movers: Movers) -> None:
    movers.control.settings(import_race=True)
    movers.old.image("app", "v1")
    movers.moved()
    assert movers.same()


@pytest.mark.parametrize(
    "setting",
    [
        {"import_at_once": True},
        {"import_poll_needs_right": True},
        {"import_failure_says_why": True},
        {"import_retry_after": 2},
        {"registry_retry_after": False},
    ],
    ids=str,
)
def test_whatever_azure_does_of_what_is_not_known(movers: Movers, setting: dict[str, typing.Any]) -> None:
    movers.control.settings(**setting)
    movers.old.image("app", "v1")
    assert movers.moved(finish=True)["moved"]
    assert not movers.moved(finish=True)["changed"]


def test_a_tag_that_moves_at_the_source_while_this_runs_is_told(movers: Movers) -> None:
    first, second = movers.old.image("app", "v1"), movers.old.image("app", "v2", "second")
    movers.control.fault(host=REGISTRY, path=f"/v2/app/manifests/{first.digest}", **BROKEN)
    moving = movers.direct.clock.sleep

    def sleep(seconds: float) -> None:
        movers.old.put("app", "v1", second.manifest)
        moving(seconds)

    movers.direct.clock.sleep = sleep
    result = movers.moved()
    assert (result["behind"], result["moved"]) == (["app:v1"], False)
    movers.direct.clock.sleep = moving
    assert movers.moved(finish=True)["moved"]
    assert movers.new.get("/v2/app/manifests/v1").content == second.manifest


def test_limits_are_waited_out(movers: Movers) -> None:
    """Fewer lists of referrers in a minute than there are artifacts, and the limits of registries and subscriptions."""
    for number in range(12):
        movers.old.image(f"app{number % 3}", f"v{number}", f"image {number}")
    movers.control.settings(throttle=True, referrers_per_minute=5)
    since = movers.control.mark()
    result = movers.moved(finish=True)
    refused = [one for one in movers.control.requests(since) if one["status"] == 429]
    assert (result["moved"], bool(refused)) == (True, True)


def test_an_import_that_never_ends_is_given_up_and_the_rest_is_done(movers: Movers) -> None:
    movers.old.image("app", "v1")
    movers.old.image("other", "v1", "another")
    movers.control.fault(method="POST", path=".*importImage", ends="Never")
    result = movers.move(wait_timeout=60)
    assert (result["failure"]["code"], result["changed"], len(result["done"])) == ("timeout", True, 1), result
    movers.control.clear_faults()
    assert movers.moved()["verified"]


def test_what_stands_under_the_tag_of_a_list_is_not_overwritten(movers: Movers) -> None:
    movers.everything()
    movers.new.image("team/app", Image("hello").digest.replace(":", "-"), "somebody's own")
    result = movers.move()
    assert (result["failure"]["code"], result["changed"]) == ("tag_in_use", True), result


def test_what_only_the_target_has_stays_and_is_told(movers: Movers) -> None:
    movers.old.image("app", "v1")
    movers.new.image("app", "own", "mine")
    movers.new.image("mine", "v1", "mine")
    result = movers.moved(finish=True)
    assert result["only_at_target"] == ["mine", f"app@{Image('mine').digest}", "app:own"]
    assert movers.new.get("/v2/app/manifests/own").status_code == 200


# --- what cannot come along --------------------------------------------------------------------------------------


def _large(movers: Movers) -> None:
    image = movers.old.image("app", "v1")
    entry = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": image.digest, "size": 1}
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [entry] * 51}
    assert movers.old.put("app", "large", json.dumps(index).encode(), str(index["mediaType"])).status_code == 201


def _foreign(movers: Movers) -> None:
    image = movers.old.image("app", "v1")
    manifest = json.loads(image.manifest)
    manifest["layers"][0] |= {
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "urls": ["https://elsewhere.example/layer"],
    }
    assert movers.old.put("app", "windows", json.dumps(manifest).encode()).status_code == 201


def _streaming(movers: Movers) -> None:
    image = movers.old.image("app", "v1")
    converted = movers.old.referrer("app", image, "application/vnd.azure.artifact.streaming.v1")
    assert movers.old.put("app", "overlay", converted).status_code == 201


def _unreadable(movers: Movers) -> None:
    movers.old.image("app", "v1")
    movers.lock(OLD, f"app/_manifests/{movers.old.image('app', 'closed', 'secret').digest}", readEnabled=False)


def _hidden(movers: Movers) -> None:
    movers.old.image("app", "v1")
    movers.lock(OLD, f"app/_manifests/{movers.old.image('app', 'h', 'hidden').digest}", listEnabled=False)


def _trusting(movers: Movers) -> None:
    movers.old.image("app", "v1")
    policies = {"trustPolicy": {"type": "Notary", "status": "enabled"}}
    movers.clients.registries.begin_update("contoso", OLD, {"properties": {"policies": policies}}).result()


#: How each comes about, and the tag that is not at the target then.
OBSTACLES: dict[str, tuple[typing.Callable[[Movers], None], str]] = {
    "large_indexes": (_large, "large"),
    "foreign_layers": (_foreign, ""),
    "artifact_streaming": (_streaming, "overlay"),
    "unreadable": (_unreadable, "closed"),
    "hidden": (_hidden, ""),
    "content_trust": (_trusting, ""),
}


@pytest.mark.parametrize("kind", OBSTACLES)
def test_what_cannot_come_along_is_refused_before_anything_or_left_behind_by_its_word(
    movers: Movers, kind: str
) -> None:
    prepare, left = OBSTACLES[kind]
    prepare(movers)
    since = movers.control.mark()
    for check in (True, False):
        result = movers.move(check=check)
        assert (result["failure"]["code"], result["failure"]["parameter"]) == ("cannot_be_moved", "leave_behind")
        assert kind in result["msg"]
    assert not [r for r in movers.control.requests(since) if r["method"] == "POST" and "importImage" in r["path"]]
    result = movers.moved(leave_behind=[kind], finish=True)
    assert (result["moved"], result["behind"]) == (True, []), result
    assert [one["kind"] for one in result["left_behind"]][:1] == [kind]
    assert not left or movers.new.get(f"/v2/app/manifests/{left}").status_code == 404
    assert movers.new.get("/v2/app/manifests/v1").status_code == 200
    assert not movers.moved(leave_behind=[kind], finish=True)["changed"]


# --- look-ups that fail, runs that end ---------------------------------------------------------------------------

LOOKS = ["/acr/v1/_catalog", "/acr/v1/app/_manifests", "/acr/v1/app/_tags", "/acr/v1/app", "/v2/app/referrers/.*"]


@pytest.mark.parametrize("path", LOOKS)
def test_an_answer_of_another_shape_is_no_empty_one(movers: Movers, path: str) -> None:
    movers.old.image("app", "v1")
    movers.control.fault(host="oldacr.azurecr.io", method="GET", path=path, times=0, status=200, body={})
    result = movers.move()
    assert (result.get("failed"), result["changed"]) == (True, False), result
    assert "cannot be read" in result["msg"]


def test_a_repository_that_is_listed_and_not_found_is_no_empty_one(movers: Movers) -> None:
    movers.old.image("app", "v1")
    movers.control.fault(host="oldacr.azurecr.io", method="GET", path="/acr/v1/app", status=404, body={"errors": []})
    assert movers.move()["failure"]["code"] == "source_changes"


@pytest.mark.parametrize("trouble", ["busy", "broken"])
@pytest.mark.parametrize("path", LOOKS)
def test_a_look_that_fails_is_never_none(movers: Movers, path: str, trouble: str) -> None:
    movers.old.image("app", "v1")
    movers.control.fault(host="oldacr.azurecr.io", path=path, times=0, **(BUSY if trouble == "busy" else BROKEN))
    result = movers.move()
    assert (result.get("failed"), result["changed"]) == (True, False), result["msg"]
    movers.control.clear_faults()
    assert movers.moved()["verified"]
    assert movers.same()


def test_a_list_of_referrers_that_is_not_found_once_is_not_none(movers: Movers) -> None:
    movers.everything()
    image = Image("hello").digest
    movers.control.fault(
        host="oldacr.azurecr.io", path=f"/v2/team/app/referrers/{image}", status=404, body={"errors": []}
    )
    result = movers.move()
    assert (result["failure"]["code"], result["changed"]) == ("source_changes", False), result
    assert movers.moved()["verified"]


def test_what_is_missing_at_the_target_is_no_move(movers: Movers) -> None:
    image = movers.old.image("app", "v1")
    blob = digest_of(image.layer)
    movers.control.fault(host=REGISTRY, method="HEAD", path=f"/v2/app/blobs/{blob}", times=0, status=404, raw="")
    result = movers.move(finish=True)
    assert (result["failure"]["code"], result["failure"].get("missing") or result["missing"]) == (
        "not_moved",
        [f"the blob app@{blob}"],
    )


def test_every_byte_is_read_where_that_is_asked_for(movers: Movers) -> None:
    image = movers.old.image("app", "v1")
    since = movers.control.mark()
    assert movers.moved(verify="bytes")["verified"]
    paths = [r["path"] for r in movers.control.requests(since) if r["method"] == "GET" and r["host"] == REGISTRY]
    assert f"/v2/app/blobs/{digest_of(image.layer)}" in paths


def test_an_import_that_fails_late_is_told_and_the_rest_is_done(movers: Movers) -> None:
    movers.old.image("app", "v1")
    movers.old.image("other", "v1", "another")
    movers.control.fault(method="POST", path=".*importImage", ends="Failed")
    result = movers.move()
    assert (result["changed"], len(result["failed_imports"])) == (True, 1), result
    assert len(result["done"]) == 1
    assert movers.moved()["verified"]
    assert movers.same()


def test_a_target_whose_key_is_out_of_reach(movers: Movers) -> None:
    movers.old.image("app", "v1")
    movers.direct("cmk_revoke", registries=[NEW], resource_group="contoso", confirm=[NEW])
    result = movers.move()
    assert result["failed"]
    assert movers.contents(OLD)[ODD if ODD in movers.contents(OLD) else "app"]


# --- refusals ------------------------------------------------------------------------------------------------------

REFUSALS: dict[str, tuple[dict[str, typing.Any], str, str]] = {
    "itself": ({"source": NEW}, "same_registry", "source"),
    "no source": ({"source": "noacr12"}, "not_found", "source"),
    "no target": ({"name": "noacr12"}, "not_found", "name"),
    "a target without a key": ({"source": NEW, "name": OLD}, "created_without_cmk", "name"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refused_before_anything(movers: Movers, case: str) -> None:
    options, code, parameter = REFUSALS[case]
    result = movers.move(**options)
    assert (result["failure"]["code"], result["failure"]["parameter"]) == (code, parameter), result["msg"]
    assert not result["changed"]


def test_a_long_copy_tells_how_far_it_is(movers: Movers) -> None:
    movers.everything()
    movers.control.settings(import_seconds=60.0)
    lines: list[str] = []
    movers.direct.tell = lines.append
    movers.moved()
    progress = [line for line in lines if line.startswith("Progress: ")]
    assert progress
    assert re.search(r"^Progress: \d+ of \d+ artifacts done \(.+ of .+\), \d+ left", progress[0]), progress


@pytest.mark.parametrize("pushes", [1, 100])
def test_a_repository_that_is_pushed_meanwhile_is_closed_too_or_it_is_no_move(movers: Movers, pushes: int) -> None:
    """A lock is a repository's: whoever makes a new one is not kept out by it."""
    movers.old.image("app", "v1")
    movers.control.settings(import_seconds=30.0)
    clock, made = movers.direct.clock, list[str]()
    sleep = clock.sleep

    def push(seconds: float) -> None:
        sleep(seconds)
        name = f"late{len(made)}"
        if len(made) < pushes and (not made or movers.new.get(f"/v2/{made[-1]}/manifests/v1").status_code == 200):
            made.append(name)
            movers.old.image(name, "v1", name)

    clock.sleep = push
    try:
        result = movers.moved(finish=True)
    finally:
        clock.sleep = sleep
    assert made
    assert result["moved"] is (pushes == 1), result["msg"]
    if not result["moved"]:
        assert any(made[-1] in what or "late" in what for what in result["behind"])
        assert "closed for writing" not in result["msg"]
    result = movers.moved(finish=True)
    assert result["moved"]
    locks = [movers.old.get(f"/acr/v1/{name}").json()["changeableAttributes"]["writeEnabled"] for name in made]
    assert not any(locks)
    assert not movers.moved(finish=True)["changed"]


def test_what_could_not_be_copied_is_told_beside_what_could(movers: Movers) -> None:
    movers.old.image("app", "v1")
    movers.old.image("app", "v2", "other")
    movers.control.fault(method="POST", path=".*/importImage", ends="Failed")
    result = movers.move()
    assert result["failed"]
    assert result["done"] == ["copy 1 artifact of app"]
    assert result["not_done"][0] == "copy the other 1 artifact of app, and set its locks"


def test_a_retention_that_is_set_at_the_end_is_named_until_then(movers: Movers) -> None:
    policy = {"policies": {"retentionPolicy": {"status": "enabled", "days": 9}}}
    client = movers.parts().registries
    client.begin_update("contoso", OLD, {"properties": policy}).result()
    movers.old.image("app", "v1")
    assert "retention" in {one["kind"] for one in movers.moved()["left_behind"]}
    assert "retention" not in {one["kind"] for one in movers.moved(finish=True)["left_behind"]}
