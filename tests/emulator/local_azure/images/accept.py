# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which manifests a client says it can read (docs/azure-behaviour.md, "The registry's data plane")."""

from __future__ import annotations

import typing

from ..routing import Call
from . import errors
from .state import INDEX

_NAMES = {"application/vnd.oci.image.manifest.v1+json": ("manifest", "manifests"), INDEX: ("index", "indexes")}
#: What a client sends that reads whatever there is.
EVERYTHING = ", ".join(_NAMES)


def require(call: Call, media_type: str) -> None:
    """What OCI defines is given to those alone that name its type; ``*/*``, which curl sends, names none.

    :raises Refusal: 404 MANIFEST_UNKNOWN.
    """
    accepted = {part.split(";")[0].strip().lower() for part in call.headers.get("accept", "").split(",")}
    if media_type in _NAMES and media_type not in accepted:
        raise errors.not_accepted(*_NAMES[media_type])


def in_one(app: typing.Any) -> typing.Any:
    """An ASGI application that is shown one Accept header, where Docker and skopeo send one for each type."""

    async def shown(scope: typing.Any, receive: typing.Any, send: typing.Any) -> None:
        headers = scope.get("headers", [])
        types = [value for name, value in headers if name == b"accept"]
        if len(types) > 1:
            rest = [(name, value) for name, value in headers if name != b"accept"]
            scope = {**scope, "headers": [*rest, (b"accept", b", ".join(types))]}
        await app(scope, receive, send)

    return shown
