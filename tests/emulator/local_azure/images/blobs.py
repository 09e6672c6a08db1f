# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blobs of the OCI distribution API: uploads whole, in pieces and by mounting; pulls by way of the storage behind."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import urllib.parse

from ..clock import iso_plain
from ..clouds import CLOUDS
from ..routing import Call, Refusal, Reply, Router
from ..world import storage_place
from . import errors, locks, names, tokens
from .access import VERSION, registry_of, repository_store
from .state import Store

ROUTER = Router()
_LINK_SECONDS = 1200
#: Further than any content goes, and short enough to be read.
_FAR = 10**18


def _position(text: str) -> int:
    """A place in content, of however many digits."""
    return int(text) if len(text) <= 18 else _FAR


def _for_upload(call: Call) -> tuple[Store, str, str]:
    """The content, the repository's name, and the upload's id in the path."""
    content, name = repository_store(call, "pull,push"), call.params["name"]
    locks.require("write", content.repositories.get(name, {}))
    return content, name, call.params.get("upload", "")


@ROUTER.route("POST", "/v2/{name...}/blobs/uploads")
def begin_upload(call: Call) -> Reply:
    content, name, _upload = _for_upload(call)
    mount, source = call.query.get("mount", ""), call.query.get("from", "")
    if mount:
        names.check_digest(mount)
    if mount and source:
        tokens.require(call, registry_of(call), call.host, f"repository:{source}:pull")
        if content.has_blob(source, mount):
            content.link(name, mount)
            return _created(name, mount, content.blob_size(mount))
    if call.query.get("digest"):
        names.check_digest(call.query["digest"])
    upload = content.begin_upload(name)
    if call.query.get("digest"):
        content.append(upload, name, call.raw)
        content.finish(upload, name, call.query["digest"])
        return _created(name, call.query["digest"], len(call.raw))
    return _progress(name, upload, 0)


def _created(name: str, digest: str, length: int) -> Reply:
    where = {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest, "Range": _range(length)}
    return Reply(201, None, {**VERSION, **where})


def _range(length: int) -> str:
    return f"0-{max(0, length - 1)}"


def _progress(name: str, upload: str, length: int, status: int = 202) -> Reply:
    # a location with a query, to which a digest is to be added; what the state holds is the registry's own matter
    state = base64.urlsafe_b64encode(json.dumps({"Name": name, "UUID": upload, "Offset": length}).encode()).decode()
    query = urllib.parse.urlencode({"_nouploadcache": "false", "_state": state})
    headers = {
        "Location": f"/v2/{name}/blobs/uploads/{upload}?{query}",
        "Docker-Upload-UUID": upload,
        "Range": _range(length),
    }
    return Reply(status, None, {**VERSION, **headers})


def _check_range(call: Call, arrived: int) -> None:
    """A piece says where it belongs, or comes next.

    :raises Refusal: 416 for one that does not follow what has arrived, 400 for one that is not as long as it says.
    """
    text = call.headers.get("content-range", "")
    if not text:
        return
    match = re.fullmatch(r"(?:bytes )?(\d+)-(\d+)(?:/\d+|/\*)?", text)
    if not match or _position(match[1]) != arrived:
        raise errors.upload_invalid("the range does not follow what has arrived so far")
    if _position(match[2]) - arrived + 1 != len(call.raw):
        raise errors.size_invalid("the range is not as long as the content")


@ROUTER.route("PATCH", "/v2/{name...}/blobs/uploads/{upload}")
def continue_upload(call: Call) -> Reply:
    content, name, upload = _for_upload(call)
    _check_range(call, len(content.uploaded(upload, name)))
    return _progress(name, upload, content.append(upload, name, call.raw))


@ROUTER.route("PUT", "/v2/{name...}/blobs/uploads/{upload}")
def finish_upload(call: Call) -> Reply:
    content, name, upload = _for_upload(call)
    digest, arrived = call.query.get("digest", ""), len(content.uploaded(upload, name))
    names.check_digest(digest)
    if call.raw:
        _check_range(call, arrived)
        arrived = content.append(upload, name, call.raw)
    content.finish(upload, name, digest)
    return _created(name, digest, arrived)


@ROUTER.route("GET", "/v2/{name...}/blobs/uploads/{upload}")
def upload_status(call: Call) -> Reply:
    content, name, upload = _for_upload(call)
    return _progress(name, upload, len(content.uploaded(upload, name)), 204)


@ROUTER.route("DELETE", "/v2/{name...}/blobs/uploads/{upload}")
def cancel_upload(call: Call) -> Reply:
    content, name, upload = _for_upload(call)
    content.cancel(upload, name)
    return Reply(204, None, VERSION)


def _blob(call: Call, act: str, actions: str) -> Store:
    content, name, digest = repository_store(call, actions), call.params["name"], call.params["digest"]
    names.check_digest(digest)
    locks.require(act, content.repositories.get(name, {}))
    if not content.has_blob(name, digest):
        raise errors.blob_unknown(digest)
    return content


@ROUTER.route("HEAD", "/v2/{name...}/blobs/{digest}")
def head_blob(call: Call) -> Reply:
    data = _blob(call, "read", "pull").open(call.params["digest"])
    headers = {"Docker-Content-Digest": call.params["digest"], "Content-Type": "application/octet-stream"}
    return Reply(200, data, {**VERSION, **headers})


@ROUTER.route("GET", "/v2/{name...}/blobs/{digest}")
def get_blob(call: Call) -> Reply:
    """Blobs come from the storage behind the registry: a redirect with a signature of its own."""
    _blob(call, "read", "pull")
    registry = registry_of(call)
    digest, expiry = call.params["digest"], iso_plain(call.now + _LINK_SECONDS)
    path = f"/{storage_place(registry['id'])}/blobs/{digest.replace(':', '/')}/data"
    query = {"se": expiry, "sp": "r", "sr": "b", "sig": _signature(call, path, expiry)}
    host = f"local{registry['location']}managed{CLOUDS[call.world.cloud].storage_suffix}"
    if registry["properties"]["dataEndpointEnabled"]:
        name, _dot, rest = call.host.partition(".")
        host = f"{name}.{registry['location']}.data.{rest}"
    location = f"https://{host}{path}?{urllib.parse.urlencode(query)}"
    return Reply(307, None, {**VERSION, "Location": location, "Docker-Content-Digest": digest})


def _signature(call: Call, path: str, expiry: str) -> str:
    key = call.world.data["signing_key"].encode()
    return hmac.new(key, f"{path}|{expiry}".encode(), hashlib.sha256).hexdigest()


def storage(call: Call) -> Reply:
    """The storage that a pull is redirected to; it asks for no token, but for the signature in the address.

    :raises Refusal: 403 for a bad or expired signature, and when the registry cannot use its key.
    """
    expiry = call.query.get("se", "")
    good = hmac.compare_digest(call.query.get("sig", "").encode(), _signature(call, call.path, expiry).encode())
    # moments in this form are in the order of their letters
    if not good or iso_plain(call.now) >= expiry or call.method not in ("GET", "HEAD"):
        raise Refusal(403, {"error": {"code": "AuthenticationFailed", "message": "Signature did not match."}})
    place, _blobs, algorithm, value = call.path.strip("/").split("/")[:4]
    for registry in call.world.shelf("registries").having(place):
        return _ranged(call, Store(call.world, registry).open(f"{algorithm}:{value}"))
    raise Refusal(404, {"error": {"code": "BlobNotFound", "message": "The specified blob does not exist."}})


def _ranged(call: Call, data: bytes) -> Reply:
    """The whole, or with ``Range: bytes=A-B`` the part asked for; a range that ends before it begins is none."""
    headers = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", call.headers.get("range", ""))
    if not match or (match[2] and _position(match[2]) < _position(match[1])):
        return Reply(200, data, headers)
    start, end = _position(match[1]), min(_position(match[2] or str(len(data))), len(data) - 1)
    if start >= len(data):
        raise Refusal(416, {"error": {"code": "InvalidRange", "message": "The range specified is invalid."}})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
    return Reply(206, data[start : end + 1], headers)


@ROUTER.route("DELETE", "/v2/{name...}/blobs/{digest}")
def delete_blob(call: Call) -> Reply:
    _blob(call, "delete", "delete").unlink(call.params["name"], call.params["digest"])
    return Reply(202, None, VERSION)
