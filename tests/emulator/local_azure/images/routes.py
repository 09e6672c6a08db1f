# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OCI distribution API: push and pull, as Docker, skopeo and the SDKs speak it, and the storage behind it."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import re
import typing
import urllib.parse

from ..clouds import CLOUDS
from ..routing import Call, Refusal, Reply, Router
from . import errors, tokens
from .state import Store, digest_of

ROUTER = Router()
_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}
_MANIFEST_LIMIT = 4 * 1024 * 1024
_LINK_SECONDS = 1200
_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


def store(call: Call, scope: str) -> Store:
    """The registry's content, for a caller whose token covers the scope."""
    tokens.require(call, call.params["registry"], call.host, scope)  # type: ignore[arg-type]
    return Store(call.world, call.params["registry"])  # type: ignore[arg-type]


def repository_scope(call: Call, actions: str) -> str:
    """``repository:NAME:ACTIONS`` for the repository in the path."""
    return f"repository:{call.params['name']}:{actions}"


def listed(call: Call, names: list[str], key: str, *, more: dict[str, typing.Any] | None = None) -> Reply:
    """A list in pages: ``n`` and ``last``, and a ``Link`` to the next page."""
    last, size = call.query.get("last", ""), int(call.query.get("n") or 100)
    after = [name for name in sorted(names) if name > last]
    shown, headers = after[:size], dict(_VERSION)
    if len(after) > size:
        query = urllib.parse.urlencode({"last": shown[-1], "n": size})
        headers["Link"] = f'<{call.path}?{query}>; rel="next"'
    return Reply(200, {key: shown, **(more or {})}, headers)


@ROUTER.route("GET", "/v2/")
def ping(call: Call) -> Reply:
    tokens.require(call, call.params["registry"], call.host, "")  # type: ignore[arg-type]
    return Reply(200, {}, _VERSION)


@ROUTER.route("GET", "/v2/_catalog")
def catalog(call: Call) -> Reply:
    return listed(call, list(store(call, "registry:catalog:*").repositories), "repositories")


@ROUTER.route("GET", "/v2/{name...}/tags/list")
def tags(call: Call) -> Reply:
    known = store(call, repository_scope(call, "pull")).repository(call.params["name"])
    return listed(call, list(known["tags"]), "tags", more={"name": call.params["name"]})


# --- blobs -------------------------------------------------------------------------------------------------------


@ROUTER.route("POST", "/v2/{name...}/blobs/uploads")
def begin_upload(call: Call) -> Reply:
    content, name = store(call, repository_scope(call, "pull,push")), call.params["name"]
    mount = call.query.get("mount", "")
    if mount and content.has_blob(call.query.get("from", ""), mount):
        content.link(name, mount)
        return _created(name, mount)
    upload = content.begin_upload(name)
    if call.query.get("digest"):
        content.append(upload, name, call.raw)
        content.finish(upload, name, call.query["digest"])
        return _created(name, call.query["digest"])
    return _progress(name, upload, 0)


def _created(name: str, digest: str) -> Reply:
    where = {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest}
    return Reply(201, None, {**_VERSION, **where})


def _progress(name: str, upload: str, length: int, status: int = 202) -> Reply:
    headers = {
        "Location": f"/v2/{name}/blobs/uploads/{upload}",
        "Docker-Upload-UUID": upload,
        "Range": f"0-{max(0, length - 1)}",
    }
    return Reply(status, None, {**_VERSION, **headers})


@ROUTER.route("PATCH", "/v2/{name...}/blobs/uploads/{upload}")
def continue_upload(call: Call) -> Reply:
    content, name, upload = store(call, repository_scope(call, "pull,push")), call.params["name"], call.params["upload"]
    start = call.headers.get("content-range", "").removeprefix("bytes ").split("-")[0]
    if start and int(start) != len(content.uploaded(upload, name)):
        raise errors.upload_invalid("the range does not follow what has arrived so far")
    return _progress(name, upload, content.append(upload, name, call.raw))


@ROUTER.route("PUT", "/v2/{name...}/blobs/uploads/{upload}")
def finish_upload(call: Call) -> Reply:
    content, name, upload = store(call, repository_scope(call, "pull,push")), call.params["name"], call.params["upload"]
    if call.raw:
        content.append(upload, name, call.raw)
    content.finish(upload, name, call.query.get("digest", ""))
    return _created(name, call.query["digest"])


@ROUTER.route("GET", "/v2/{name...}/blobs/uploads/{upload}")
def upload_status(call: Call) -> Reply:
    content, name, upload = store(call, repository_scope(call, "pull,push")), call.params["name"], call.params["upload"]
    return _progress(name, upload, len(content.uploaded(upload, name)), 204)


@ROUTER.route("DELETE", "/v2/{name...}/blobs/uploads/{upload}")
def cancel_upload(call: Call) -> Reply:
    store(call, repository_scope(call, "pull,push")).cancel(call.params["upload"], call.params["name"])
    return Reply(204, None, _VERSION)


def _blob(call: Call, actions: str) -> Store:
    content = store(call, repository_scope(call, actions))
    if not content.has_blob(call.params["name"], call.params["digest"]):
        raise errors.blob_unknown(call.params["digest"])
    return content


@ROUTER.route("HEAD", "/v2/{name...}/blobs/{digest}")
def head_blob(call: Call) -> Reply:
    data = _blob(call, "pull").open(call.params["digest"])
    headers = {"Docker-Content-Digest": call.params["digest"], "Content-Type": "application/octet-stream"}
    return Reply(200, data, {**_VERSION, **headers})


@ROUTER.route("GET", "/v2/{name...}/blobs/{digest}")
def get_blob(call: Call) -> Reply:
    """Blobs come from the storage behind the registry: a redirect with a signature of its own."""
    _blob(call, "pull")
    registry: dict[str, typing.Any] = call.params["registry"]  # type: ignore[assignment]
    digest, expiry = call.params["digest"], int(call.now) + _LINK_SECONDS
    path = f"/{hashlib.sha256(registry['id'].lower().encode()).hexdigest()[:32]}/blobs/{digest.replace(':', '/')}/data"
    query = {"se": str(expiry), "sp": "r", "sr": "b", "sig": _signature(call, path, expiry)}
    host = f"local{registry['location']}managed{CLOUDS[call.world.cloud].storage_suffix}"
    if registry["properties"]["dataEndpointEnabled"]:
        name, _dot, rest = call.host.partition(".")
        host = f"{name}.{registry['location']}.data.{rest}"
    location = f"https://{host}{path}?{urllib.parse.urlencode(query)}"
    return Reply(307, None, {**_VERSION, "Location": location, "Docker-Content-Digest": digest})


def _signature(call: Call, path: str, expiry: int) -> str:
    key = call.world.data["signing_key"].encode()
    return hmac.new(key, f"{path}|{expiry}".encode(), hashlib.sha256).hexdigest()


def storage(call: Call) -> Reply:
    """The storage that a pull is redirected to; it asks for no token, but for the signature in the address.

    :raises Refusal: 403 for a bad or expired signature, and when the registry cannot use its key.
    """
    expiry = int(call.query.get("se") or 0)
    good = hmac.compare_digest(call.query.get("sig", ""), _signature(call, call.path, expiry))
    if not good or call.now >= expiry or call.method not in ("GET", "HEAD"):
        raise Refusal(403, {"error": {"code": "AuthenticationFailed", "message": "Signature did not match."}})
    place, _blobs, algorithm, value = call.path.strip("/").split("/")[:4]
    for key, registry in call.world.data["registries"].items():
        if hashlib.sha256(key.encode()).hexdigest()[:32] == place:
            return _ranged(call, Store(call.world, registry).open(f"{algorithm}:{value}"))
    raise Refusal(404, {"error": {"code": "BlobNotFound", "message": "The specified blob does not exist."}})


def _ranged(call: Call, data: bytes) -> Reply:
    """The whole, or with ``Range: bytes=A-B`` the part asked for."""
    headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", call.headers.get("range", ""))
    if not match:
        return Reply(200, data, headers)
    start, end = int(match[1]), min(int(match[2] or len(data)), len(data) - 1)
    if start >= len(data):
        raise Refusal(416, {"error": {"code": "InvalidRange", "message": "The range specified is invalid."}})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
    return Reply(206, data[start : end + 1], headers)


@ROUTER.route("DELETE", "/v2/{name...}/blobs/{digest}")
def delete_blob(call: Call) -> Reply:
    _blob(call, "delete").unlink(call.params["name"], call.params["digest"])
    return Reply(202, None, _VERSION)


# --- manifests ---------------------------------------------------------------------------------------------------


@ROUTER.route("PUT", "/v2/{name...}/manifests/{reference}")
def put_manifest(call: Call) -> Reply:
    content, name, reference = (
        store(call, repository_scope(call, "pull,push")),
        call.params["name"],
        call.params["reference"],
    )
    if len(call.raw) > _MANIFEST_LIMIT:
        raise errors.manifest_invalid("the manifest is larger than 4 MiB")
    try:
        manifest = json.loads(call.raw)
        references = _references(manifest)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise errors.manifest_invalid("the manifest is not valid") from None
    if ":" in reference and reference != digest_of(call.raw):
        raise errors.digest_invalid()
    media_type = call.headers.get("content-type", "").split(";")[0] or manifest.get("mediaType", "")
    known = content.repositories.get(name, {"blobs": [], "manifests": {}})
    pool = known["manifests"] if media_type in _INDEXES else known["blobs"]
    for one in references:
        if one not in pool:
            raise errors.manifest_blob_unknown(one)
    digest = content.put_manifest(name, reference, call.raw, media_type, references)
    where = {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest}
    return Reply(201, None, {**_VERSION, **where})


def _references(manifest: dict[str, typing.Any]) -> list[str]:
    if "manifests" in manifest:
        return [one["digest"] for one in manifest["manifests"]]
    layers = [one["digest"] for one in manifest["layers"] if not one.get("urls")]
    return [manifest["config"]["digest"], *layers]


@ROUTER.route("GET", "/v2/{name...}/manifests/{reference}")
@ROUTER.route("HEAD", "/v2/{name...}/manifests/{reference}")
def get_manifest(call: Call) -> Reply:
    content, name = store(call, repository_scope(call, "pull")), call.params["name"]
    digest = content.resolve(name, call.params["reference"])
    media_type = content.repository(name)["manifests"][digest]["mediaType"]
    headers = {"Content-Type": media_type, "Docker-Content-Digest": digest, "ETag": f'"{digest}"'}
    return Reply(200, content.open(digest), {**_VERSION, **headers})


@ROUTER.route("DELETE", "/v2/{name...}/manifests/{reference}")
def delete_manifest(call: Call) -> Reply:
    content, name = store(call, repository_scope(call, "delete")), call.params["name"]
    content.delete_manifest(name, content.resolve(name, call.params["reference"]))
    return Reply(202, None, _VERSION)


def allowed_address(call: Call, registry: dict[str, typing.Any]) -> None:
    """The registry's own firewall.

    :raises Refusal: 403 DENIED.
    """
    known, address = registry["properties"], call.world.settings.client_address
    if known["publicNetworkAccess"] == "Disabled":
        raise errors.client_address(address)
    rules = known["networkRuleSet"]
    if rules["defaultAction"] == "Deny" and not any(
        ipaddress.ip_address(address) in ipaddress.ip_network(rule["value"], strict=False) for rule in rules["ipRules"]
    ):
        raise errors.client_address(address)
