# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The registry's own additions to the OCI API: the token exchange, and metadata of repositories, tags and manifests."""

from __future__ import annotations

import json
import typing

from ..clouds import CLOUDS
from ..routing import Call, Reply, Router
from . import errors, locks, names, paging, quarantine, tokens
from .access import registry_of, repository_store
from .manifests import catalog, untag
from .state import Store, moment

ROUTER = Router()


def audiences(call: Call) -> set[str]:
    """Entra ID tokens of Resource Manager (both spellings) and of the registry service are taken."""
    registry = registry_of(call)
    own = {"https://containerregistry.azure.net"}
    policy = registry["properties"]["policies"].get("azureADAuthenticationAsArmPolicy") or {}
    if policy.get("status") == "disabled":
        return own
    cloud = CLOUDS[call.world.cloud]
    return own | cloud.management_audiences


@ROUTER.route("POST", "/oauth2/exchange")
def exchange(call: Call) -> Reply:
    registry = registry_of(call)
    kind = call.body.get("grant_type", "")
    if call.body.get("service") != call.host:
        raise errors.wrong_sign_in("service is not this registry")
    if kind == "access_token":
        subject = tokens.from_entra(call, registry, call.body.get("access_token", ""), audiences(call))
    elif kind == "refresh_token":
        subject = tokens.from_refresh(call, call.host, call.body.get("refresh_token", ""))
    else:
        raise errors.refuse(400, "UNSUPPORTED", f"unsupported grant_type '{kind}'")
    return Reply(200, {"refresh_token": tokens.refresh_token(call, call.host, subject)})


@ROUTER.route("POST", "/oauth2/token")
def token(call: Call) -> Reply:
    registry = registry_of(call)
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
    registry = registry_of(call)
    given = tokens.basic(call)
    subject = tokens.from_password(call, registry, call.host, *given) if given else tokens.ANONYMOUS
    return _token(call, registry, subject, call.query.get("scope", ""))


def _token(call: Call, registry: dict[str, typing.Any], subject: str, scope: str) -> Reply:
    if subject == tokens.ANONYMOUS and not registry["properties"]["anonymousPullEnabled"]:
        raise errors.unauthorized(call.host, scope.split(" ")[0])
    return Reply(200, {"access_token": tokens.access_token(call, registry, call.host, subject, scope)})


@ROUTER.route("GET", "/acr/v1/{name...}/_streaming")
@ROUTER.route("POST", "/acr/v1/{name...}/_streaming")
@ROUTER.route("GET", "/acr/v1/{name...}/_streaming/{digest}")
@ROUTER.route("POST", "/acr/v1/{name...}/_streaming/{digest}")
@ROUTER.route("GET", "/acr/v1/{name...}/_operations/{operation}")
def streaming(call: Call) -> Reply:
    """Artifact streaming itself (azure-cli, ``acr artifact-streaming``): nothing says what these answer."""
    raise errors.not_emulated(f"{call.method} {call.path}")


# --- metadata ----------------------------------------------------------------------------------------------------


def _tag(repository: dict[str, typing.Any], tag: str) -> dict[str, typing.Any]:
    known = repository["tags"].get(tag)
    if known is None:
        raise errors.tag_unknown(tag)
    return {
        "name": tag,
        "digest": known["digest"],
        "createdTime": moment(known["created"]),
        "lastUpdateTime": moment(known["updated"]),
        "signed": False,
        "changeableAttributes": locks.attributes(known),
    }


def _manifest(content: Store, name: str, digest: str) -> dict[str, typing.Any]:
    names.check_digest(digest)
    repository, order = content.repository(name), content.order(name)
    known = repository["manifests"].get(digest)
    if known is None:
        raise errors.manifest_unknown(name, digest)
    shown = {
        "digest": digest,
        "imageSize": content.image_size(name, digest),
        "createdTime": moment(known["created"]),
        "lastUpdateTime": moment(known["updated"]),
        "mediaType": known["mediaType"],
        "tags": list(order.tags_of.get(digest, [])),
        "changeableAttributes": locks.attributes(known),
    }
    config = json.loads(content.open(digest)).get("config")
    if config:
        shown |= {"configMediaType": config["mediaType"]} if config.get("mediaType") else {}
        try:
            told = json.loads(content.open(config["digest"]))
        except ValueError:
            told = {}
        shown |= {name: told[name] for name in ("architecture", "os") if isinstance(told, dict) and name in told}
    return shown


def _page(call: Call, content: Store, kind: str) -> tuple[list[str], dict[str, str]]:
    """The tags or manifests on this page, those in hiding left out."""
    repository, order = content.repository(call.params["name"]), content.order(call.params["name"])
    entries, wanted = repository[kind], call.query.get("digest")
    tags = order.tags_of.get(wanted, []) if wanted else None

    def is_shown(name: str) -> bool:
        return locks.is_listed(call, entries[name])

    def time(name: str) -> float | None:
        known: float | None = entries[name]["updated"] if name in entries else repository["gone"].get(name)
        return known

    if not paging.order(call):
        return paging.page(call, order.ordered(kind) if tags is None else tags, is_shown)
    places = order.by_time(kind) if tags is None else sorted((entries[tag]["updated"], tag) for tag in tags)
    return paging.page_by_time(call, places, time, is_shown)


@ROUTER.route("GET", "/acr/v1/_catalog")
def list_repositories(call: Call) -> Reply:
    return catalog(call)


@ROUTER.route("GET", "/acr/v1/{name...}/_tags")
def list_tags(call: Call) -> Reply:
    content = repository_store(call, "metadata_read")
    repository = content.repository(call.params["name"])
    shown, headers = _page(call, content, "tags")
    body = {"registry": call.host, "imageName": call.params["name"]}
    return Reply(200, {**body, "tags": [_tag(repository, tag) for tag in shown]}, headers)


@ROUTER.route("GET", "/acr/v1/{name...}/_tags/{tag}")
def get_tag(call: Call) -> Reply:
    return _told_tag(call, repository_store(call, "metadata_read").repository(call.params["name"]))


def _told_tag(call: Call, repository: dict[str, typing.Any]) -> Reply:
    body = {"registry": call.host, "imageName": call.params["name"]}
    return Reply(200, {**body, "tag": _tag(repository, call.params["tag"])})


@ROUTER.route("PATCH", "/acr/v1/{name...}/_tags/{tag}")
def lock_tag(call: Call) -> Reply:
    repository = repository_store(call, "metadata_write").repository(call.params["name"])
    _tag(repository, call.params["tag"])
    locks.change(repository["tags"][call.params["tag"]], call.body)
    return _told_tag(call, repository)


@ROUTER.route("DELETE", "/acr/v1/{name...}/_tags/{tag}")
def delete_tag(call: Call) -> Reply:
    content, name, tag = repository_store(call, "delete"), call.params["name"], call.params["tag"]
    _tag(content.repository(name), tag)
    untag(content, name, tag)
    return Reply(202)


@ROUTER.route("GET", "/acr/v1/{name...}/_manifests")
def list_manifests(call: Call) -> Reply:
    content, name = repository_store(call, "metadata_read"), call.params["name"]
    shown, headers = _page(call, content, "manifests")
    body = {"registry": call.host, "imageName": name}
    return Reply(200, {**body, "manifests": [_manifest(content, name, digest) for digest in shown]}, headers)


@ROUTER.route("GET", "/acr/v1/{name...}/_manifests/{digest}")
def get_manifest(call: Call) -> Reply:
    return _told_manifest(call, repository_store(call, "metadata_read"))


def _told_manifest(call: Call, content: Store) -> Reply:
    name = call.params["name"]
    body = {"registry": call.host, "imageName": name}
    return Reply(200, {**body, "manifest": _manifest(content, name, call.params["digest"])})


@ROUTER.route("PATCH", "/acr/v1/{name...}/_manifests/{digest}")
def lock_manifest(call: Call) -> Reply:
    content, name, digest = repository_store(call, "metadata_write"), call.params["name"], call.params["digest"]
    _manifest(content, name, digest)
    known = content.repository(name)["manifests"][digest]
    quarantine.change(call, registry_of(call), known)
    locks.change(known, call.body)
    return _told_manifest(call, content)


@ROUTER.route("GET", "/acr/v1/{name...}")
def get_repository(call: Call) -> Reply:
    return _told_repository(call, repository_store(call, "metadata_read"))


def _told_repository(call: Call, content: Store) -> Reply:
    name = call.params["name"]
    known = content.repository(name)
    counts = {
        kind: sum(
            call.world.settings.counts_include_unlisted or locks.is_listed(call, one) for one in known[kind].values()
        )
        for kind in ("manifests", "tags")
    }
    body = {
        "registry": call.host,
        "imageName": name,
        "createdTime": moment(known["created"]),
        "lastUpdateTime": moment(known["updated"]),
        "manifestCount": counts["manifests"],
        "tagCount": counts["tags"],
        "changeableAttributes": {"teleportEnabled": False, **locks.attributes(known)},
    }
    return Reply(200, body)


@ROUTER.route("PATCH", "/acr/v1/{name...}")
def lock_repository(call: Call) -> Reply:
    content = repository_store(call, "metadata_write")
    if call.body.get("teleportEnabled") and registry_of(call)["encryption"]:
        raise errors.no_streaming()
    locks.change(content.repository(call.params["name"]), call.body, more=("teleportEnabled",))
    return _told_repository(call, content)


@ROUTER.route("DELETE", "/acr/v1/{name...}")
def delete_repository(call: Call) -> Reply:
    content, name = repository_store(call, "delete"), call.params["name"]
    known = content.repository(name)
    locks.require("delete", known, *known["manifests"].values(), *known["tags"].values())
    body = {"manifestsDeleted": sorted(known["manifests"]), "tagsDeleted": sorted(known["tags"])}
    for digest in body["manifestsDeleted"]:
        content.delete_manifest(name, digest)
    if name in content.repositories:
        content.remove_repository(name)
    return Reply(202, body)
