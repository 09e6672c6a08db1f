# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What registries do beyond the OCI specification: locks, soft delete, lists by time, what refers to an image."""

from __future__ import annotations

import typing

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from local_azure.client import Control
from local_azure.server import LocalAzure
from support.clients import Clients
from support.images import MANIFEST
from support.oci import Wire, code, digest_of, index_of

SERVER = "plainacr.azurecr.io"


def disallowed(answer: typing.Any) -> bool:
    return (answer.status_code, answer.status_code == 405 and code(answer)) == (405, "REGISTRY_DISALLOWED_OPERATION")


# --- lists -------------------------------------------------------------------------------------------------------


def test_a_list_by_time_stays_in_order_from_page_to_page(wire: Wire, sdk: typing.Any, control: Control) -> None:
    for tag in ("b", "c", "a", "d"):
        wire.image("app", tag, tag)
        control.advance(60)
    first = wire.get("/acr/v1/app/_tags?n=2&orderby=timedesc")
    assert [tag["name"] for tag in first.json()["tags"]] == ["d", "a"]
    assert "orderby=timedesc" in first.links["next"]["url"]
    assert [tag["name"] for tag in wire.get(first.links["next"]["url"]).json()["tags"]] == ["c", "b"]
    tags = sdk.list_tag_properties("app", order_by="timeasc", results_per_page=1)
    assert [tag.name for tag in tags] == ["b", "c", "a", "d"]
    assert wire.get("/acr/v1/app/_tags?orderby=size").status_code == 400


@pytest.mark.parametrize(("order", "rest"), [("", ["c", "d"]), ("timeasc", ["d"]), ("timedesc", ["c", "b"])])
def test_a_list_goes_on_behind_an_entry_that_is_gone(wire: Wire, control: Control, order: str, rest: list[str]) -> None:
    for tag in ("b", "c", "a", "d"):
        wire.image("app", tag, tag)
        control.advance(60)
    gone = "b" if not order else "a"
    assert wire.ask("DELETE", f"/acr/v1/app/_tags/{gone}").status_code == 202
    told = wire.get(f"/acr/v1/app/_tags?last={gone}&orderby={order}").json()["tags"]
    assert [tag["name"] for tag in told] == rest


def test_a_list_of_manifests_by_time(wire: Wire, sdk: typing.Any, control: Control) -> None:
    images = []
    for number in range(4):
        images.append(wire.image("app", f"v{number}", str(number)))
        control.advance(60)
    told = sdk.list_manifest_properties("app", order_by="timedesc", results_per_page=1)
    assert [one.digest for one in told] == [image.digest for image in reversed(images)]
    wire.ask("DELETE", f"/v2/app/manifests/{images[2].digest}")
    rest = wire.get(f"/acr/v1/app/_manifests?last={images[2].digest}&orderby=timedesc").json()["manifests"]
    assert [one["digest"] for one in rest] == [images[1].digest, images[0].digest]


def test_a_page_of_nothing_and_a_page_of_no_number(wire: Wire) -> None:
    wire.image("app", "v1")
    for path, key in (("_tags", "tags"), ("_manifests", "manifests")):
        assert wire.get(f"/acr/v1/app/{path}?n=0").json()[key] == []
        assert wire.get(f"/acr/v1/app/{path}?n=x").status_code == 400
    assert wire.get("/v2/_catalog?n=0").json() == {"repositories": []}
    assert wire.get("/v2/_catalog?n=x").status_code == 400


# --- deleting by tag ---------------------------------------------------------------------------------------------


def test_where_only_digests_are_deleted_a_tag_is_refused(wire: Wire, azure: LocalAzure) -> None:
    azure.world.settings.manifest_delete_by_tag = "refuse"
    image = wire.image("app", "v1")
    refused = wire.ask("DELETE", "/v2/app/manifests/v1")
    assert (refused.status_code, code(refused)) == (405, "UNSUPPORTED")
    assert wire.get("/v2/app/manifests/v1").content == image.manifest


# --- locks -------------------------------------------------------------------------------------------------------


def test_a_tag_without_write_is_neither_moved_nor_deleted(wire: Wire, sdk: typing.Any) -> None:
    image = wire.image("app", "v1")
    wire.put("app", "latest", image.manifest)
    told = sdk.update_tag_properties("app", "v1", can_write=False)
    assert (told.can_write, told.can_delete, told.can_read, told.can_list) == (False, True, True, True)
    other = wire.image("app", "other", "other")
    assert disallowed(wire.put("app", "v1", other.manifest))
    for path in ("/v2/app/manifests/v1", "/acr/v1/app/_tags/v1", f"/v2/app/manifests/{image.digest}", "/acr/v1/app"):
        assert disallowed(wire.ask("DELETE", path))
    # another tag of the same image moves all the same
    assert wire.put("app", "latest", other.manifest).status_code == 201
    assert wire.get("/v2/app/manifests/v1").content == image.manifest
    assert sdk.update_tag_properties("app", "v1", can_write=True).can_write
    assert wire.put("app", "v1", other.manifest).status_code == 201


def test_a_manifest_without_delete_stays(wire: Wire, sdk: typing.Any) -> None:
    image = wire.image("app", "v1")
    assert not sdk.update_manifest_properties("app", image.digest, can_delete=False).can_delete
    assert disallowed(wire.ask("DELETE", f"/v2/app/manifests/{image.digest}"))
    assert disallowed(wire.ask("DELETE", "/acr/v1/app"))
    # its tag is another matter
    assert wire.ask("DELETE", "/acr/v1/app/_tags/v1").status_code == 202
    assert not sdk.get_manifest_properties("app", image.digest).can_delete
    sdk.update_manifest_properties("app", image.digest, can_delete=True)
    assert wire.ask("DELETE", f"/v2/app/manifests/{image.digest}").status_code == 202


def test_a_repository_s_lock_counts_for_all_in_it(wire: Wire, sdk: typing.Any) -> None:
    image = wire.image("app", "v1")
    blob = digest_of(image.config)
    told = sdk.update_repository_properties("app", can_delete=False)
    assert (told.can_delete, told.can_write) == (False, True)
    wire.image("app", "v2", "may be pushed")
    for path in (f"/v2/app/manifests/{image.digest}", "/acr/v1/app/_tags/v1", "/acr/v1/app", f"/v2/app/blobs/{blob}"):
        assert disallowed(wire.ask("DELETE", path))
    sdk.update_repository_properties("app", can_write=False)
    assert disallowed(wire.put("app", "v3", image.manifest))
    assert disallowed(wire.ask("POST", "/v2/app/blobs/uploads/"))
    assert wire.get("/v2/app/manifests/v1").status_code == 200
    sdk.update_repository_properties("app", can_write=True, can_delete=True)
    sdk.delete_repository("app")


@pytest.mark.parametrize("kind", ["repository", "tag", "manifest"])
def test_what_may_not_be_read_is_not_pulled(wire: Wire, sdk: typing.Any, kind: str) -> None:
    image = wire.image("app", "v1")
    paths = {"repository": "", "tag": "/_tags/v1", "manifest": f"/_manifests/{image.digest}"}
    path = f"/acr/v1/app{paths[kind]}"
    assert wire.ask("PATCH", path, json={"readEnabled": False}).status_code == 200
    assert disallowed(wire.get("/v2/app/manifests/v1"))
    with pytest.raises(HttpResponseError):
        sdk.get_manifest("app", "v1")
    blob = wire.ask("GET", f"/v2/app/blobs/{digest_of(image.config)}")
    assert disallowed(blob) is (kind == "repository")
    assert wire.get(path).status_code == 200
    assert wire.ask("PATCH", path, json={"readEnabled": True}).status_code == 200
    assert wire.get("/v2/app/manifests/v1").status_code == 200


def test_what_may_not_be_listed_is_left_out(wire: Wire, sdk: typing.Any) -> None:
    image = wire.image("app", "v1")
    wire.put("app", "v2", image.manifest)
    sdk.update_tag_properties("app", "v1", can_list=False)
    assert [tag.name for tag in sdk.list_tag_properties("app")] == ["v2"]
    assert wire.get("/v2/app/tags/list").json()["tags"] == ["v2"]
    assert wire.get("/v2/app/manifests/v1").status_code == 200
    sdk.update_manifest_properties("app", image.digest, can_list=False)
    assert list(sdk.list_manifest_properties("app")) == []
    sdk.update_repository_properties("app", can_list=False)
    assert list(sdk.list_repository_names()) == []


def test_a_lock_needs_a_right_a_thing_and_a_truth(
    wire: Wire, sdk: typing.Any, clients: Clients, control: Control
) -> None:
    image = wire.image("app", "v1")
    with pytest.raises(ResourceNotFoundError):
        sdk.update_tag_properties("app", "none", can_write=False)
    with pytest.raises(ResourceNotFoundError):
        sdk.update_repository_properties("none", can_write=False)
    for body in ({"writeEnabled": "false"}, {"writeable": False}):
        assert wire.ask("PATCH", "/acr/v1/app/_tags/v1", json=body).status_code == 400
    someone = control.principal("reader")
    scope = next(iter(clients.registries.list())).id
    control.grant(scope=scope, role="7f951dda-4ed3-4680-a7ca-43fe172d538d", principal=someone["oid"])
    reader = Wire(wire.base, (someone["client_id"], someone["secret"]))
    assert reader.get("/acr/v1/app/_tags/v1").status_code == 200
    assert reader.ask("PATCH", "/acr/v1/app/_tags/v1", json={"writeEnabled": False}).status_code == 401
    assert reader.get(f"/v2/app/manifests/{image.digest}").status_code == 200


# --- what refers to an image -------------------------------------------------------------------------------------


def test_what_refers_to_an_image_goes_with_it(wire: Wire) -> None:
    image = wire.image("app", "v1")
    signature = wire.referrer("app", image, "text/sign")
    wire.put("app", digest_of(signature), signature)
    assert wire.ask("DELETE", f"/v2/app/manifests/{image.digest}").status_code == 202
    assert wire.get(f"/v2/app/manifests/{digest_of(signature)}").status_code == 404


def test_a_registry_under_its_customer_s_key_leaves_referrers_to_a_tag(
    clients: Clients, azure: LocalAzure, wire: Wire
) -> None:
    clients.registry()
    sealed = Wire("https://contosoacr.azurecr.io", wire.auth)
    image = sealed.image("app", "v1")
    signature = sealed.referrer("app", image, "text/sign")
    pushed = sealed.put("app", digest_of(signature), signature)
    assert (pushed.status_code, "OCI-Subject" in pushed.headers) == (201, False)
    assert sealed.get(f"/v2/app/referrers/{image.digest}").status_code == 404
    tag = image.digest.replace(":", "-")
    assert sealed.put("app", tag, index_of(image), "application/vnd.oci.image.index.v1+json").status_code == 201
    azure.world.settings.cmk_referrers = True
    told = sealed.get(f"/v2/app/referrers/{image.digest}").json()["manifests"]
    assert [(one["digest"], one["mediaType"]) for one in told] == [(digest_of(signature), MANIFEST)]


# --- soft delete -------------------------------------------------------------------------------------------------


@pytest.fixture
def keeping(wire: Wire, azure: LocalAzure) -> Wire:
    """The registry, with its soft delete policy on."""
    (registry,) = azure.world.data["registries"].values()
    registry["properties"]["policies"]["softDeletePolicy"] = {"status": "enabled", "retentionDays": 7}
    return wire


def test_without_the_policy_nothing_is_kept(wire: Wire) -> None:
    wire.image("app", "v1")
    wire.ask("DELETE", "/acr/v1/app")
    assert wire.get("/acr/v1/_deleted/_catalog").json() == {"repositories": []}


def test_a_deleted_repository_is_listed_for_the_days_of_the_policy(keeping: Wire, control: Control) -> None:
    image = keeping.image("app", "v1")
    control.advance(60)
    assert keeping.ask("DELETE", "/acr/v1/app").status_code == 202
    (told,) = keeping.get("/acr/v1/_deleted/_catalog").json()["repositories"]
    assert told["repository"] == "app"
    assert told["createdAt"] < told["deletedAt"]
    (manifest,) = keeping.get("/acr/v1/_deleted/app/_manifests").json()["manifests"]
    assert manifest["digest"] == image.digest
    (tag,) = keeping.get("/acr/v1/_deleted/app/_tags").json()["tags"]
    assert (tag["tag"], tag["digest"]) == ("v1", image.digest)
    control.advance(8 * 86400)
    assert keeping.get("/acr/v1/_deleted/_catalog").json() == {"repositories": []}
    assert keeping.get("/acr/v1/_deleted/app/_manifests").json()["manifests"] == []


def test_a_deleted_manifest_comes_back_with_its_tag(keeping: Wire) -> None:
    image = keeping.image("app", "v1")
    keeping.ask("DELETE", f"/v2/app/manifests/{image.digest}")
    path = f"/acr/v1/_deleted/app/_manifests/{image.digest}"
    restored = keeping.ask("POST", path, json={"tag": "v1"})
    assert (restored.status_code, restored.json()) == (200, {"digest": image.digest, "tag": "v1"})
    assert keeping.get("/v2/app/manifests/v1").content == image.manifest
    assert keeping.get(f"/v2/app/blobs/{digest_of(image.layer)}").content == image.layer
    assert keeping.ask("POST", path, json={"tag": "v1"}).status_code == 404
    assert keeping.get("/acr/v1/_deleted/app/_manifests").json()["manifests"] == []


def test_a_tag_that_stands_for_something_else_by_now_is_moved_by_force_alone(keeping: Wire) -> None:
    old = keeping.image("app", "v1", "old")
    keeping.ask("DELETE", f"/v2/app/manifests/{old.digest}")
    new = keeping.image("app", "v1", "new")
    path = f"/acr/v1/_deleted/app/_manifests/{old.digest}"
    assert keeping.ask("POST", path, json={"tag": "v1"}).status_code == 409
    assert keeping.get("/v2/app/manifests/v1").content == new.manifest
    assert keeping.ask("POST", path, params={"force": "True"}, json={"tag": "v1"}).status_code == 200
    assert keeping.get("/v2/app/manifests/v1").content == old.manifest


# --- every attribute ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["repository", "tag", "manifest"])
def test_every_attribute_is_set_and_read_by_the_sdk(wire: Wire, sdk: typing.Any, kind: str) -> None:
    image = wire.image("app", "v1")
    names = {"repository": ("app",), "tag": ("app", "v1"), "manifest": ("app", image.digest)}[kind]
    change, read = (getattr(sdk, f"{verb}_{kind}_properties") for verb in ("update", "get"))
    rights = ("can_delete", "can_write", "can_list", "can_read")
    for right in rights:
        change(*names, **{right: False})
        assert {one: getattr(read(*names), one) for one in rights} == {one: one != right for one in rights}
        change(*names, **{right: True})
    change(*names, **dict.fromkeys(rights, False))
    assert not any(getattr(read(*names), one) for one in rights)
    # a lock never keeps itself from being taken off
    change(*names, **dict.fromkeys(rights, True))
    assert sdk.get_manifest("app", "v1").digest == image.digest
