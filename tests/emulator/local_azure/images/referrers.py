# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What refers to a manifest by its ``subject``: signatures, bills of materials (OCI distribution specification 1.1).

A registry under a customer-managed key does not have the referrers API: clients find a 404 and no ``OCI-Subject``, and
keep an index of their own under the tag ``sha256-…`` (MicrosoftDocs/azure-management-docs #35).
"""

from __future__ import annotations

import functools
import json
import typing

from ..routing import Call, Reply, Router
from . import errors, locks, names, paging
from .access import registry_of, repository_store
from .state import INDEX, Store

ROUTER = Router()


def supported(call: Call) -> bool:
    """Whether the registry keeps count of referrers."""
    return registry_of(call)["encryption"] is None or call.world.settings.cmk_referrers


@ROUTER.route("GET", "/v2/{name...}/referrers/{digest}")
def list_referrers(call: Call) -> Reply:
    name, subject = call.params["name"], call.params["digest"]
    content = repository_store(call, "pull")
    if not supported(call):
        raise errors.not_known(call.method, call.path)
    names.check_digest(subject)
    repository = content.repository(name)
    locks.require("read", repository)
    manifests, wanted = repository["manifests"], call.query.get("artifacttype")
    descriptors = functools.cache(lambda digest: _descriptor(content, digest, manifests[digest]))
    digests = content.order(name).referrers_of.get(subject, [])
    fits = (lambda digest: descriptors(digest).get("artifactType") == wanted) if wanted else (lambda _digest: True)
    shown, headers = paging.page(call, digests, fits)
    headers["Content-Type"] = INDEX
    if wanted:
        headers["OCI-Filters-Applied"] = "artifactType"
    found = [descriptors(digest) for digest in shown]
    return Reply(200, {"schemaVersion": 2, "mediaType": INDEX, "manifests": found}, headers)


def _descriptor(content: Store, digest: str, known: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """A referrer as the list has it: an index that names no type of its own is shown without one."""
    manifest = json.loads(content.open(digest))
    kind = manifest.get("artifactType") or (manifest.get("config") or {}).get("mediaType", "")
    shown = {"mediaType": known["mediaType"], "digest": digest, "size": known["size"]}
    more = {"artifactType": kind, "annotations": manifest.get("annotations")}
    return {**shown, **{name: value for name, value in more.items() if value}}
