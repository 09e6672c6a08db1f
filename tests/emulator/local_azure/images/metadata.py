# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry's own additions to the OCI API: the token exchange, and metadata of repositories, tags and manifests."""

from __future__ import annotations

import json
import typing

from ..clouds import CLOUDS
from ..routing import Call, Reply, Router
from . import errors, tokens
from .routes import catalog, repository_scope, store
from .state import Store, moment

ROUTER = Router()
_FREE = {"deleteEnabled": True, "writeEnabled": True, "readEnabled": True, "listEnabled": True}


def _audiences(call: Call) -> set[str]:
    """Entra ID tokens of Resource Manager (both spellings) and of the registry service are taken."""
    registry: dict[str, typing.Any] = call.params["registry"]  # type: ignore[assignment]
    own = {"https://containerregistry.azure.net"}
    policy = registry["properties"]["policies"].get("azureADAuthenticationAsArmPolicy") or {}
    if policy.get("status") == "disabled":
        return own
    cloud = CLOUDS[call.world.cloud]
    return own | cloud.management_audiences


@ROUTER.route("POST", "/oauth2/exchange")
def exchange(call: Call) -> Reply:
    registry: dict[str, typing.Any] = call.params["registry"]  # type: ignore[assignment]
    kind = call.body.get("grant_type", "")
    if call.body.get("service") != call.host:
        raise errors.wrong_sign_in("service is not this registry")
    if kind == "access_token":
        subject = tokens.from_entra(call, registry, call.body.get("access_token", ""), _audiences(call))
    elif kind == "refresh_token":
        subject = tokens.from_refresh(call, call.host, call.body.get("refresh_token", ""))
    else:
        raise errors.refuse(400, "UNSUPPORTED", f"unsupported grant_type '{kind}'")
    return Reply(200, {"refresh_token": tokens.refresh_token(call, call.host, subject)})


@ROUTER.route("POST", "/oauth2/token")
def token(call: Call) -> Reply:
    registry: dict[str, typing.Any] = call.params["registry"]  # type: ignore[assignment]
    kind = call.body.get("grant_type", "")
    if kind == "refresh_token":
        subject = tokens.from_refresh(call, call.host, call.body.get("refresh_token", ""))
    elif kind == "password" and call.body.get("username"):
        user, password = call.body["username"], call.body.get("password", "")
        subject = tokens.from_password(call, registry, call.host, user, password)
    elif kind == "password":
        subject = tokens.ANONYMOUS
    else:
        raise errors.refuse(400, "UNSUPPORTED", f"unsupported grant_type '{kind}'")
    return _token(call, registry, subject, call.body.get("scope", ""))


@ROUTER.route("GET", "/oauth2/token")
def token_by_password(call: Call) -> Reply:
    registry: dict[str, typing.Any] = call.params["registry"]  # type: ignore[assignment]
    given = tokens.basic(call)
    subject = tokens.from_password(call, registry, call.host, *given) if given else tokens.ANONYMOUS
    return _token(call, registry, subject, call.query.get("scope", ""))


def _token(call: Call, registry: dict[str, typing.Any], subject: str, scope: str) -> Reply:
    if subject == tokens.ANONYMOUS and not registry["properties"]["anonymousPullEnabled"]:
        raise errors.unauthorized(call.host, scope.split(" ")[0])
    return Reply(200, {"access_token": tokens.access_token(call, registry, call.host, subject, scope)})


# --- metadata ----------------------------------------------------------------------------------------------------


def _tag(content: Store, name: str, tag: str) -> dict[str, typing.Any]:
    known = content.repository(name)["tags"].get(tag)
    if known is None:
        raise errors.tag_unknown(tag)
    return {
        "name": tag,
        "digest": known["digest"],
        "createdTime": moment(known["created"]),
        "lastUpdateTime": moment(known["updated"]),
        "signed": False,
        "changeableAttributes": _FREE,
    }


def _manifest(content: Store, name: str, digest: str) -> dict[str, typing.Any]:
    repository = content.repository(name)
    known = repository["manifests"].get(digest)
    if known is None:
        raise errors.manifest_unknown(name, digest)
    shown = {
        "digest": digest,
        "imageSize": content.image_size(name, digest),
        "createdTime": moment(known["created"]),
        "lastUpdateTime": moment(known["updated"]),
        "mediaType": known["mediaType"],
        "tags": sorted(tag for tag, one in repository["tags"].items() if one["digest"] == digest),
        "changeableAttributes": _FREE,
    }
    config = json.loads(content.open(digest)).get("config")
    if config:
        shown["configMediaType"] = config.get("mediaType")
        try:
            told = json.loads(content.open(config["digest"]))
        except ValueError:
            told = {}
        shown |= {name: told[name] for name in ("architecture", "os") if name in told}
    return shown


def _list(call: Call, key: str, entries: list[dict[str, typing.Any]], by: str) -> Reply:
    last, size = call.query.get("last", ""), int(call.query.get("n") or 100)
    newest_first = call.query.get("orderby", "") == "timedesc"
    entries = sorted(
        entries, key=lambda entry: entry["lastUpdateTime" if "time" in call.query.get("orderby", "") else by]
    )
    entries = entries[::-1] if newest_first else entries
    names = [entry[by] for entry in entries]
    start = names.index(last) + 1 if last in names else 0
    shown, headers = entries[start : start + size], {}
    if start + size < len(entries):
        headers["Link"] = f'<{call.path}?last={shown[-1][by]}&n={size}>; rel="next"'
    body = {"registry": call.host, "imageName": call.params["name"], key: shown}
    return Reply(200, body, headers)


@ROUTER.route("GET", "/acr/v1/_catalog")
def list_repositories(call: Call) -> Reply:
    return catalog(call)


@ROUTER.route("GET", "/acr/v1/{name...}/_tags")
def list_tags(call: Call) -> Reply:
    content, name = store(call, repository_scope(call, "metadata_read")), call.params["name"]
    tags = [_tag(content, name, tag) for tag in content.repository(name)["tags"]]
    if call.query.get("digest"):
        tags = [tag for tag in tags if tag["digest"] == call.query["digest"]]
    return _list(call, "tags", tags, "name")


@ROUTER.route("GET", "/acr/v1/{name...}/_tags/{tag}")
def get_tag(call: Call) -> Reply:
    content, name = store(call, repository_scope(call, "metadata_read")), call.params["name"]
    shown = _tag(content, name, call.params["tag"])
    return Reply(200, {"registry": call.host, "imageName": name, "tag": shown})


@ROUTER.route("DELETE", "/acr/v1/{name...}/_tags/{tag}")
def delete_tag(call: Call) -> Reply:
    repository = store(call, repository_scope(call, "delete")).repository(call.params["name"])
    if call.params["tag"] not in repository["tags"]:
        raise errors.tag_unknown(call.params["tag"])
    del repository["tags"][call.params["tag"]]
    return Reply(202)


@ROUTER.route("GET", "/acr/v1/{name...}/_manifests")
def list_manifests(call: Call) -> Reply:
    content, name = store(call, repository_scope(call, "metadata_read")), call.params["name"]
    shown = [_manifest(content, name, digest) for digest in content.repository(name)["manifests"]]
    return _list(call, "manifests", shown, "digest")


@ROUTER.route("GET", "/acr/v1/{name...}/_manifests/{digest}")
def get_manifest(call: Call) -> Reply:
    content, name = store(call, repository_scope(call, "metadata_read")), call.params["name"]
    shown = _manifest(content, name, call.params["digest"])
    return Reply(200, {"registry": call.host, "imageName": name, "manifest": shown})


@ROUTER.route("GET", "/acr/v1/{name...}")
def get_repository(call: Call) -> Reply:
    name = call.params["name"]
    known = store(call, repository_scope(call, "metadata_read")).repository(name)
    body = {
        "registry": call.host,
        "imageName": name,
        "createdTime": moment(known["created"]),
        "lastUpdateTime": moment(known["updated"]),
        "manifestCount": len(known["manifests"]),
        "tagCount": len(known["tags"]),
        "changeableAttributes": {**_FREE, "teleportEnabled": False},
    }
    return Reply(200, body)


@ROUTER.route("DELETE", "/acr/v1/{name...}")
def delete_repository(call: Call) -> Reply:
    content, name = store(call, repository_scope(call, "delete")), call.params["name"]
    known = content.repository(name)
    body = {"manifestsDeleted": sorted(known["manifests"]), "tagsDeleted": sorted(known["tags"])}
    del content.repositories[name]
    return Reply(202, body)
