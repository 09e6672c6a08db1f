# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""How requests go out: counted, with Azure's own clock read off the answers, and signed in anew if a token expired."""

from __future__ import annotations

import email.utils
import functools
import re
import threading
import time
import typing

from .._clock import TellingClock
from .._domain.failure import Failure
from . import answers, errors, sdk
from .hosts import Guard
from .pace import Pace, lane

T = typing.TypeVar("T")
#: How many requests are ever under way at once.
CONNECTIONS = 64


class Meter:
    """Counts requests, and those that changed something, and remembers what time Azure says it is.

    Ages and due dates are reckoned by Azure's clock (the ``Date`` header of its answers), not by the controller's.
    """

    def __init__(self) -> None:
        self.requests = 0
        self.writes = 0
        #: changes whose answer never came: they may have taken effect
        self.unanswered_writes = 0
        #: what keeps a record of changes; None where none is kept
        self.witness: Witness | None = None
        self._ahead: float | None = None
        self._lock = threading.Lock()

    def answered(self, date: str | None) -> None:
        """Note a request and the ``Date`` header of its answer."""
        with self._lock:
            self.requests += 1
            moment = _moment(date)
            if moment is not None:
                self._ahead = moment - time.time()

    def changed(self, *, answered: bool) -> None:
        """Note a request that changed something, or may have."""
        with self._lock:
            if answered:
                self.writes += 1
            else:
                self.unanswered_writes += 1

    def now(self) -> float:
        """Azure's time, seconds since 1970; the controller's until Azure has answered once."""
        return time.time() + (self._ahead or 0.0)

    @property
    def is_azure_s(self) -> bool:
        """Whether :meth:`now` is Azure's time."""
        return self._ahead is not None


def _moment(date: str | None) -> float | None:
    """Seconds since 1970 of a ``Date`` header; None for none, and for what some proxy wrote there."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() if date else None
    except (ValueError, TypeError, OverflowError):
        return None


class Witness(typing.Protocol):
    """Keeps a record of changes."""

    def before_change(self, method: str, url: str) -> None:
        """Let a change be sent, or raise :class:`Failure`."""

    def changed(self, method: str, url: str, status: int, headers: typing.Mapping[str, str]) -> None:
        """Note a request that changed something, or may have; of status 0 if no answer came."""


@functools.cache
def _transport_class() -> typing.Any:
    base = sdk.module("azure.core.pipeline.transport", "azure-core").RequestsTransport

    class Transport(base):  # type: ignore[misc, valid-type]
        """The SDK's own transport, with a meter and a guard, that sends nothing for a task that was told to end."""

        def __init__(
            self, meter: Meter, clock: TellingClock, guard: Guard, tokens: Tokens | None, pace: Pace | None
        ) -> None:
            super().__init__(connection_timeout=20, read_timeout=120)
            self._pace = pace
            self._meter = meter
            self._clock = clock
            self._guard = guard
            self._tokens = tokens

        def open(self) -> None:
            """Open it, without the passwords of ``~/.netrc``, which would take the place of every token; with as many
            connections kept as are ever used at once."""
            is_new = self.session is None
            super().open()
            self.session.auth = _as_it_is
            if is_new:
                adapters = sdk.module("requests", "requests").adapters
                retries = self.session.get_adapter("https://").max_retries
                self.session.mount("https://", adapters.HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=retries))
                self.session.merge_environment_settings = _once_a_host(self.session.merge_environment_settings)

        def sleep(self, duration: float) -> None:
            """Wait before a request is sent again."""
            self._clock.sleep(duration, "Azure, to be asked again")

        def send(self, request: typing.Any, **options: typing.Any) -> typing.Any:
            """Send, and read the meter; send anew, once, with a fresh token if a service refuses the first.

            Whatever the clocks say, and whichever client sends: the SDK's policies differ in what they do about it.

            :raises Stopped: when the task was told to end.
            :raises azure.core.exceptions.ServiceResponseError: for an answer that did not come whole, or is none of
                Azure's, see :mod:`.answers`.
            :raises Failure: when it would go elsewhere than to Azure, see :mod:`.hosts`.
            :raises Failure: for what nobody asked for: the SDK would register a resource provider by itself, which is
                a change of the whole subscription (azure-mgmt-core, ``ARMAutoResourceProviderRegistrationPolicy``).
            """
            token = _token(request)
            if self._tokens is None or not token:
                return self._send(request, options)
            _set_token(request, self._tokens.current(token))
            response = self._send(request, options)
            fresh = self._tokens.renewed(_token(request)) if response.status_code == 401 else None
            if fresh is None:
                return response
            _set_token(request, fresh)
            return self._send(request, options)

        def _send(self, request: typing.Any, options: dict[str, typing.Any]) -> typing.Any:
            """Send once; not while Azure asked to be left alone, whoever it was that it told so."""
            self._clock.stop.check()
            where = lane(request.method, request.url) if self._pace else None
            if self._pace and where:
                closed = self._pace.closed(where)
                if closed:
                    self._clock.sleep(closed, "Azure, which throttles")
                self._pace.take(where)
            is_bare = not any(name in request.headers for name in _TELLING) and not _has_body(request)
            self._guard.check(request.method, request.url, is_bare=is_bare)
            provider = _REGISTRATION.search(request.url.partition("?")[0])
            if provider and request.method == "POST":
                raise Failure(
                    f"The subscription is not registered for {provider[1]}.",
                    hint=errors.registration_hint(provider[1]),
                    code="provider_not_registered",
                )
            witness = self._meter.witness if _is_write(request) else None
            if witness:
                witness.before_change(request.method, request.url)
            try:
                response = super().send(request, **options)
                flaw = _flaw(request, response) if self._tokens else None
            except Exception as error:
                self._meter.answered(None)
                core = sdk.module("azure.core.exceptions", "azure-core")
                broken = _was_sent(error) or isinstance(error, core.IncompleteReadError)
                if (broken or isinstance(error, core.ServiceResponseError)) and _is_write(request):
                    # an answer that did not come in time, or not whole, says nothing of the change
                    self._meter.changed(answered=False)
                    errors.mark_doubt(request)
                    if witness:
                        witness.changed(request.method, request.url, 0, {})
                if broken:
                    raise _with_doubt(core.ServiceResponseError(error, error=error), request) from error
                _with_doubt(error, request)
                raise
            self._meter.answered(response.headers.get("Date") if flaw is None else None)
            if self._pace and where:
                self._pace.answered(where, request.method, response.status_code, response.headers)
            if response.status_code in _MAY_HAVE_CHANGED and _is_write(request):
                is_answered = flaw is None and response.status_code < 300
                self._meter.changed(answered=is_answered)
                if not is_answered:
                    errors.mark_doubt(request)
                if witness:
                    witness.changed(request.method, request.url, response.status_code, response.headers)
            elif witness and response.status_code == 204:
                # a purge of Key Vault's; of another service, that there was nothing to be taken away
                witness.changed(request.method, request.url, response.status_code, response.headers)
            self._guard.check_answer(request.url, response.status_code, response.headers)
            if flaw is not None:
                is_refusal = response.status_code not in _MAY_HAVE_CHANGED
                raise _with_doubt(errors.unreadable(flaw.text, foreign=flaw.foreign, is_refusal=is_refusal), request)
            return response

    return Transport


#: Headers that a stranger must not read.
_TELLING = ("Authorization", "Cookie", "x-ms-authorization-auxiliary")


def _once_a_host(settings: typing.Callable[..., dict[str, object]]) -> typing.Callable[..., dict[str, object]]:
    """Proxy and certificates that the environment has for a host, asked for once.

    requests goes through the whole environment for each request, a tenth of what one costs.
    """
    by_host: dict[tuple[object, ...], dict[str, object]] = {}

    def of_host(url: str, proxies: object, stream: object, verify: object, cert: object) -> dict[str, object]:
        host = (*url.split("/", 3)[:3], repr(proxies), stream, verify, cert)
        if host not in by_host:
            by_host[host] = settings(url, proxies, stream, verify, cert)
        return by_host[host]

    return of_host


def _with_doubt(error: Exception, request: typing.Any) -> Exception:
    """An error that tells of its request's earlier tries."""
    if errors.has_doubt(request):
        errors.mark_doubt(error)
    return error


def _flaw(request: typing.Any, response: typing.Any) -> answers.Flaw | None:
    if answers.is_binary(request.url) and request.method != "HEAD":
        return None
    return answers.flaw(request.method, request.url, response.status_code, response.headers, content(response))


def content(response: typing.Any) -> bytes:
    """The body of an answer, read where requests keeps it for whoever reads it after this, as a stream too.

    The SDKs have some answers (one that begins an operation, manifests) come as a stream; what each then makes of it
    differs (azure-mgmt-keyvault 10 with azure-core 1.31 reads it as a stream a second time).

    :raises azure.core.exceptions.IncompleteReadError: for one that does not come whole.
    """
    requests = sdk.module("requests", "requests")
    try:
        body: bytes = response.internal_response.content
    except requests.exceptions.RequestException as error:
        core = sdk.module("azure.core.exceptions", "azure-core")
        raise core.IncompleteReadError(error, error=error) from error
    return body


#: Of a change: it took effect, or may have: an error of the service, or of a gateway before it, says nothing of that.
_MAY_HAVE_CHANGED = (200, 201, 202, 500, 502, 504)
_REGISTRATION = re.compile(r"/providers/([^/]+)/register$", re.IGNORECASE)
#: POSTs that only ask: sign-in, Resource Graph, free names, backups, and the key operations that
#: change nothing.
_ASKING = re.compile(
    r"/oauth2/|/resources$|/checknameavailability$|/backup$|/(un)?wrapkey$|/sign$|/list\w+$", re.IGNORECASE
)


def _token(request: typing.Any) -> str:
    """The token in a request, empty if there is none."""
    kind, _space, token = str(request.headers.get("Authorization", "")).partition(" ")
    return token if kind == "Bearer" else ""


def _set_token(request: typing.Any, token: str) -> None:
    request.headers["Authorization"] = f"Bearer {token}"


def _as_it_is(request: typing.Any) -> typing.Any:
    return request


def _has_body(request: typing.Any) -> bool:
    return any(getattr(request, name, None) for name in ("data", "content", "_data", "_files"))


def _is_write(request: typing.Any) -> bool:
    """Whether a request changes something."""
    if request.method in ("PUT", "PATCH", "DELETE"):
        return True
    return request.method == "POST" and not _ASKING.search(request.url.partition("?")[0])


def _was_sent(error: typing.Any) -> bool:
    """Whether a connection broke when it was up already.

    Behind a proxy urllib3 calls every broken connection "Unable to connect to proxy", and azure-core then takes it that
    nothing was sent and sends a POST again, which may have taken effect (seen with azure-core 1.41, urllib3 2).
    """
    arguments = getattr(getattr(error, "inner_exception", None), "args", None) or (None,)
    original = getattr(getattr(arguments[0], "reason", arguments[0]), "original_error", None)
    return isinstance(original, ConnectionError) and not isinstance(original, ConnectionRefusedError)


def transport(
    meter: Meter, clock: TellingClock, guard: Guard, tokens: Tokens | None = None, pace: Pace | None = None
) -> typing.Any:
    """One transport for all clients of a session, so that they share its connections.

    :param tokens: those of the session; None where no service of Azure's answers, but the one that signs in.
    :param pace: what is known of Azure's buckets; None likewise.
    """
    return _transport_class()(meter, clock, guard, tokens, pace)


class Around:
    """A transport that does something with what is sent through another one.

    :param inner: the other.
    """

    def __init__(self, inner: typing.Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> typing.Any:
        return getattr(self._inner, name)

    def __enter__(self) -> typing.Any:
        self._inner.__enter__()
        return self

    def __exit__(self, *details: typing.Any) -> None:
        self._inner.__exit__(*details)


class Tokens(typing.Protocol):
    """The tokens that a session's requests have in them."""

    def current(self, token: str) -> str:
        """A token, or what took its place."""

    def renewed(self, token: str) -> str | None:
        """What takes the place of a token that a service refused; None if it is not one of these."""
