# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local Azure in the same process, without a network: for tests that make very many requests by the real SDKs."""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import itertools
import pathlib
import time
import typing

import pytest
import requests
import requests.adapters
import urllib3
from ansible_collections.ownkey.acr.plugins.module_utils._azure.session import Session
from ansible_collections.ownkey.acr.plugins.module_utils._clock import Stop
from azure.core.pipeline.transport import RequestsTransport
from local_azure.clock import Clock
from local_azure.keys import crypto
from local_azure.server import LocalAzure
from local_azure.settings import Settings

T = typing.TypeVar("T")


class StillClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.time()

    def now(self) -> float:
        return self._began + self.offset


class NearClock:
    """Sleeping moves the local Azure's clock; its ``stop`` too, by which the SDK waits before it tries again."""

    def __init__(self, azure: LocalAzure) -> None:
        self._azure = azure
        self.slept = 0.0

    @property
    def stop(self) -> Stop:
        """A new task's end."""
        return NearStop(self)

    def monotonic(self) -> float:
        return self._azure.world.clock.now()

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self._azure.world.clock.advance(seconds)


class NearStop(Stop):
    """Waiting by a clock that moves."""

    def __init__(self, clock: NearClock) -> None:
        super().__init__()
        self._clock = clock

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)
        self.check()


def _broken(error: OSError, request: requests.PreparedRequest) -> requests.exceptions.RequestException:
    """A broken connection as ``requests`` tells of it."""
    if isinstance(error, TimeoutError):
        return requests.exceptions.ReadTimeout(str(error), request=request)
    if isinstance(error, ConnectionResetError):
        inner: Exception = urllib3.exceptions.ProtocolError("Connection aborted.", error)
    else:
        reason = urllib3.exceptions.NewConnectionError(typing.cast(typing.Any, None), str(error))
        inner = urllib3.exceptions.MaxRetryError(typing.cast(typing.Any, None), str(request.url), reason)
    return requests.exceptions.ConnectionError(inner, request=request)


def _one_after_another(session: Session, *calls: typing.Callable[[], T], width: int = 1) -> list[T]:
    """In place of :meth:`Session.side_by_side`: all are made; then the first failure, if any, is raised."""
    del session, width
    outcomes: list[T] = []
    failures: list[Exception] = []
    for call in calls:
        try:
            outcomes.append(call())
        except Exception as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return outcomes


@contextlib.contextmanager
def near(
    folder: pathlib.Path, settings: Settings | None = None, *, still: bool = False, alone: bool = False
) -> typing.Iterator[LocalAzure]:
    """A local Azure to which everything in this process that uses ``requests`` talks by plain calls.

    :param still: time passes by the moving of its clock alone, for all of this process.
    :param alone: requests go out one after another, in the same order each time.

    Its new keys come from a small stock, since making an RSA key takes longer than all else.
    """
    azure = LocalAzure(settings or Settings(operation_seconds=0.0))
    make, stock = crypto.generate, itertools.cycle([crypto.generate("RSA", 2048, "") for _number in range(16)])
    others = functools.cache(make)

    def key(kty: str, size: int, curve: str) -> str:
        return next(stock) if kty.startswith("RSA") and size == 2048 else others(kty, size, curve)

    def send(_self: typing.Any, request: requests.PreparedRequest, **_options: typing.Any) -> requests.Response:
        body = request.body or b""
        raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else b"".join(body)
        try:
            status, headers, content = azure.azure.near(str(request.method), str(request.url), request.headers, raw)
        except OSError as error:
            raise _broken(error, request) from error
        if request.method == "HEAD":
            # as a server does, whatever the same GET answers
            content = b""
        reply = requests.Response()
        reply.status_code, reply.url, reply.request = status, str(request.url), request
        reply.reason = http.client.responses.get(status, "")
        reply.headers = requests.structures.CaseInsensitiveDict(headers)
        reply.raw = urllib3.HTTPResponse(
            io.BytesIO(content),
            headers=headers,
            status=status,
            preload_content=False,
            request_method=str(request.method),
        )
        return reply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.adapters.HTTPAdapter, "send", send)
        patch.setattr(crypto, "generate", key)
        # nobody's proxy or password is looked for, with each request anew
        patch.setattr(requests.sessions, "get_environ_proxies", lambda *_url, **_options: {})
        patch.setattr(requests.sessions, "get_netrc_auth", lambda _url: None)
        # a sign-in that is tried again waits by the same clock
        patch.setattr(RequestsTransport, "sleep", lambda _self, seconds: azure.world.clock.advance(seconds))
        if alone:
            patch.setattr(Session, "side_by_side", _one_after_another)
        if still:
            azure.world.clock = StillClock()
            patch.setattr(time, "time", azure.world.clock.now)
        for name, value in {**variables(azure), "HOME": str(folder)}.items():
            patch.setenv(name, value)
        for name in ("HTTPS_PROXY", "https_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            patch.delenv(name, raising=False)
        yield azure


def variables(azure: LocalAzure) -> dict[str, str]:
    """The variables to sign in with; none is needed to get there."""
    known = azure.credentials.environment(url="", authority=pathlib.Path())
    return {name: value for name, value in known.items() if name.startswith("AZURE_")}
