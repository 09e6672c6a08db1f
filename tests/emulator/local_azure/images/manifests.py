# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manifests, tags and the catalog of the OCI distribution API."""

from __future__ import annotations

import json
import typing

from ..registries import cache_rules
from ..routing import Call, Reply, Router
from . import accept, errors, locks, names, paging, quarantine, referrers, tokens
from .access import VERSION, registry_of, registry_store, repository_store
from .state import INDEXES, Store, digest_of

ROUTER = Router()
#: "Service tier features and limits": the largest manifest.
_MANIFEST_LIMIT = 4 * 1024 * 1024


@ROUTER.route("GET", "/v2/")
def ping(call: Call) -> Reply:
    tokens.require(call, registry_of(call), call.host, "")
    return Reply(200, {}, VERSION)


@ROUTER.route("GET", "/v2/_catalog")
def catalog(call: Call) -> Reply:
    content = registry_store(call, "registry:catalog:*")
    shown, headers = paging.page(call, content.names, lambda name: locks.is_listed(call, content.repositories[name]))
    return paging.reply(shown, "repositories", headers)


@ROUTER.route("GET", "/v2/{name...}/tags/list")
def tags(call: Call) -> Reply:
    # told: Azure/acr #423, renovate #14708, argocd-image-updater #1502
    content, name = repository_store(call, "metadata_read"), call.params["name"]
    repository = content.repository(name)
    locks.require("read", repository)
    ordered = content.order(name).ordered("tags")
    shown, headers = paging.page(call, ordered, lambda tag: locks.is_listed(call, repository["tags"][tag]))
    return paging.reply(shown, "tags", headers, name=name)


@ROUTER.route("PUT", "/v2/{name...}/manifests/{reference}")
def put_manifest(call: Call) -> Reply:
    content, name, reference = repository_store(call, "pull,push"), call.params["name"], call.params["reference"]
    names.check_new_reference(reference)
    repository = content.repositories.get(name, {"blobs": {}, "manifests": {}, "tags": {}})
    locks.require("write", repository, repository["tags"].get(reference, {}))
    if len(call.raw) > _MANIFEST_LIMIT:
        raise errors.manifest_too_large()
    media_type = call.headers.get("content-type", "").split(";")[0].strip()
    manifest, references = _read(call.raw, media_type)
    media_type = media_type or manifest.get("mediaType", "")
    if names.is_digest(reference) and reference != digest_of(call.raw):
        raise errors.digest_invalid()
    pool = repository["manifests"] if media_type in INDEXES else repository["blobs"]
    for one in references:
        if one not in pool:
            raise errors.manifest_blob_unknown(one)
    subject = (manifest.get("subject") or {}).get("digest", "")
    digest = content.put_manifest(name, reference, call.raw, media_type, references, subject)
    where = {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest}
    if subject and referrers.supported(call):
        where["OCI-Subject"] = subject
    return Reply(201, None, {**VERSION, **where})


def _read(data: bytes, media_type: str) -> tuple[dict[str, typing.Any], list[str]]:
    """A manifest, and the digests of what it is made of.

    :raises Refusal: 400 MANIFEST_INVALID, also where it says to be of another type than its header does.
    """
    try:
        manifest = json.loads(data)
        references = _references(manifest)
        subject = (manifest.get("subject") or {}).get("digest", "")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise errors.manifest_invalid("the manifest is not valid") from None
    if manifest.get("schemaVersion") != 2:
        raise errors.manifest_invalid("the manifest's schemaVersion is not 2")
    if media_type and manifest.get("mediaType", media_type) != media_type:
        raise errors.manifest_invalid("the manifest's mediaType is not that of the request")
    for digest in (*references, subject):
        if not isinstance(digest, str):
            raise errors.manifest_invalid("a digest in the manifest is not valid")
    if subject:
        names.check_digest(subject)
    return manifest, references


def _references(manifest: dict[str, typing.Any]) -> list[str]:
    if "manifests" in manifest:
        return [one["digest"] for one in manifest["manifests"]]
    layers = [one["digest"] for one in manifest["layers"] if not one.get("urls")]
    return [manifest["config"]["digest"], *layers]


@ROUTER.route("GET", "/v2/{name...}/manifests/{reference}")
@ROUTER.route("HEAD", "/v2/{name...}/manifests/{reference}")
def get_manifest(call: Call) -> Reply:
    content, name, reference = repository_store(call, "pull"), call.params["name"], call.params["reference"]
    if names.is_digest(reference):
        names.check_digest(reference)
    if name not in content.repositories and cache_rules.about(call.world, registry_of(call), name):
        raise errors.not_emulated(f"pulling {name} through its cache rule")
    digest, repository = content.resolve(name, reference), content.repository(name)
    known = repository["manifests"][digest]
    locks.require("read", repository, known, repository["tags"].get(reference, {}))
    quarantine.require_passed(call, registry_of(call), known)
    accept.require(call, known["mediaType"])
    headers = {"Content-Type": known["mediaType"], "Docker-Content-Digest": digest, "ETag": f'"{digest}"'}
    return Reply(200, content.open(digest), {**VERSION, **headers})


@ROUTER.route("DELETE", "/v2/{name...}/manifests/{reference}")
def delete_manifest(call: Call) -> Reply:
    """A digest takes the manifest with its tags and with what refers to it, a tag the tag alone."""
    content, name, reference = repository_store(call, "delete"), call.params["name"], call.params["reference"]
    if not names.is_digest(reference):
        if call.world.settings.manifest_delete_by_tag == "refuse":
            raise errors.not_by_tag()
        content.resolve(name, reference)
        untag(content, name, reference)
        return Reply(202, None, VERSION)
    names.check_digest(reference)
    content.resolve(name, reference)
    repository = content.repository(name)
    family = [reference, *(content.descendants(name, reference) if referrers.supported(call) else [])]
    tagged = [tag for tag in repository["tags"].values() if tag["digest"] in family]
    locks.require("delete", repository, *(repository["manifests"][one] for one in family), *tagged)
    for one in family:
        content.delete_manifest(name, one)
    return Reply(202, None, VERSION)


def untag(content: Store, name: str, tag: str) -> None:
    """Take a tag off; its manifest stays.

    :raises Refusal: 405 for a locked one.
    """
    repository = content.repository(name)
    locks.require("delete", repository, repository["tags"][tag])
    content.untag(name, tag)
