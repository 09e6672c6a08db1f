# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A registry's own tokens, kept while they are good.

The SDK asks for a new one at each request: a refused request, two exchanges and the request again, four for one
(azure-containerregistry 1.2, ``ContainerRegistryChallengePolicy``: "future caching").
"""

from __future__ import annotations

import re
import threading
import typing

from . import credentials, transport

#: Seconds before its end after which a token is not used any more.
_MARGIN = 120.0
_DATA = re.compile(r"^https://[^/]+/v2/.+?(?=/(?:manifests|blobs|referrers)/)")
_METADATA = re.compile(r"^https://[^/]+/acr/v1/.+?(?=/_(?:manifests|tags)(?:/|\?|$)|\?|$)")


class TokenKeeper(transport.Around):
    """A transport that signs a request with the token that the last one of its kind had.

    What a token is for is not looked at: one that does not do is refused, and the SDK then asks for another.

    :param inner: the session's transport.
    :param now: Azure's time, seconds since 1970.
    """

    def __init__(self, inner: typing.Any, now: typing.Callable[[], float]) -> None:
        super().__init__(inner)
        self._now = now
        self._tokens: dict[tuple[str, str], tuple[str, float]] = {}
        self._lock = threading.Lock()

    def send(self, request: typing.Any, **options: typing.Any) -> typing.Any:
        """Send a request."""
        kind = _kind(request)
        if "Authorization" not in request.headers:
            kept = self._kept(kind)
            if kept:
                request.headers["Authorization"] = kept
        response = self._inner.send(request, **options)
        token = request.headers.get("Authorization")
        if response.status_code in (401, 403):
            # a right may be gone, or one that the token does not know yet may have come
            with self._lock:
                self._tokens.pop(kind, None)
        elif token and (response.status_code < 400 or response.status_code == 404):
            self._keep(kind, token)
        return response

    def _kept(self, kind: tuple[str, str]) -> str | None:
        with self._lock:
            token, end = self._tokens.get(kind, ("", 0.0))
        return token if token and self._now() < end - _MARGIN else None

    def _keep(self, kind: tuple[str, str], token: str) -> None:
        end = credentials.end_of(token.removeprefix("Bearer "))
        if end is not None:
            with self._lock:
                self._tokens[kind] = (token, end)


def _kind(request: typing.Any) -> tuple[str, str]:
    """What the tokens of some requests have in common: the repository's data or metadata, and what is done with it."""
    repository = _DATA.match(request.url) or _METADATA.match(request.url)
    done = "read" if request.method in ("GET", "HEAD") else request.method
    return repository[0] if repository else request.url.partition("?")[0], done
