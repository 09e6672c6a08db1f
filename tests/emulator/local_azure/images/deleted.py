# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was deleted while the registry's soft delete policy was on, and how it comes back.

Paths, scopes and fields are those of the az CLI (``az acr repository list-deleted``, ``az acr manifest list-deleted``,
``list-deleted-tags``, ``restore``) and of its tests.
"""

from __future__ import annotations

import typing

from ..routing import Call, Reply, Router
from . import errors, locks, names, paging
from .access import registry_store, repository_store
from .state import Store, moment

ROUTER = Router()


@ROUTER.route("GET", "/acr/v1/_deleted/_catalog")
def list_deleted_repositories(call: Call) -> Reply:
    content = registry_store(call, "registry:deleted_catalog:*")
    newest = {
        entry["repository"]: entry for entry in content.deleted if entry["repository"] not in content.repositories
    }
    shown, headers = paging.page(call, sorted(newest))
    return Reply(200, {"repositories": [{"repository": one, **_times(newest[one])} for one in shown]}, headers)


@ROUTER.route("GET", "/acr/v1/_deleted/{name...}/_manifests")
def list_deleted_manifests(call: Call) -> Reply:
    entries = [entry for entry in _entries(call, repository_store(call, "deleted_read")) if not entry["tag"]]
    shown = [{"digest": entry["digest"], **_times(entry)} for entry in entries]
    return Reply(200, {"registry": call.host, "imageName": call.params["name"], "manifests": shown})


@ROUTER.route("GET", "/acr/v1/_deleted/{name...}/_tags")
def list_deleted_tags(call: Call) -> Reply:
    entries = [entry for entry in _entries(call, repository_store(call, "deleted_read")) if entry["tag"]]
    shown = [{"tag": entry["tag"], "digest": entry["digest"], **_times(entry)} for entry in entries]
    return Reply(200, {"registry": call.host, "imageName": call.params["name"], "tags": shown})


@ROUTER.route("POST", "/acr/v1/_deleted/{name...}/_manifests/{digest}")
def restore_manifest(call: Call) -> Reply:
    content, name = repository_store(call, "deleted_read,deleted_restore"), call.params["name"]
    digest = call.params["digest"]
    names.check_digest(digest)
    tag = call.body.get("tag") or ""
    if tag:
        names.check_new_reference(tag)
    repository = content.repositories.get(name, {"manifests": {}, "tags": {}})
    held = repository["tags"].get(tag, {}).get("digest", digest)
    if held != digest and call.query.get("force", "").lower() != "true":
        raise errors.tag_exists(tag)
    locks.require("write", repository, repository["tags"].get(tag, {}))
    if not any((entry["digest"], entry["tag"]) == (digest, "") for entry in _entries(call, content)):
        raise errors.deleted_unknown(digest)
    content.restore(name, digest, tag)
    return Reply(200, {"digest": digest, "tag": tag})


def _entries(call: Call, content: Store) -> list[dict[str, typing.Any]]:
    return [entry for entry in content.deleted if entry["repository"] == call.params["name"]]


def _times(entry: dict[str, typing.Any]) -> dict[str, str]:
    return {"createdAt": moment(entry["known"]["created"]), "deletedAt": moment(entry["deleted"])}
