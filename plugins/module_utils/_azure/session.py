# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""A signed-in session: one credential, one transport, the clients made from them, and work done side by side."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import queue
import threading
import typing

from .._clock import Stop
from .._domain.failure import Failure
from .._domain.wire import Wire
from .._rules.sign_in import check_ids, choose
from . import credentials, errors, operations, sdk, transport
from .guard import Guarded
from .hosts import CloudGuard, ManagedIdentityGuard, SignInGuard, StorageGuard
from .pace import Pace

T = typing.TypeVar("T")
A = typing.TypeVar("A")
B = typing.TypeVar("B")
C = typing.TypeVar("C")

_Outcome = concurrent.futures.Future[typing.Any]

#: Requests under way at once. A subscription's bucket refills by 25 reads and 10 writes a second (Azure Resource
#: Manager documentation, "Understand how Azure Resource Manager throttles requests").
SIDE_BY_SIDE = 8
#: Seconds for which an identity that was made a moment ago may not be found when a registry is to have it: who has just
#: made one meets 404 for a while (azurerm #32865 and #32935, cloud-credential-operator #878).
IDENTITY_SPREAD = 60.0
#: How many calls are lined up at once.
_AT_ONCE = 2000


class _Patience:
    """For how long a task has waited for others, all its waits together; what threads wait side by side counts once.

    :param monotonic: the clock's seconds.
    """

    def __init__(self, monotonic: typing.Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._waited = self._until = 0.0

    def take(self, seconds: float) -> float:
        """The seconds until now; from now on so many more are waited."""
        now = self._monotonic()
        with self._lock:
            before = self._waited - max(0.0, self._until - now)
            end = max(self._until, now + seconds)
            self._waited += end - max(self._until, now)
            self._until = end
            return before


@dataclasses.dataclass(frozen=True)
class Caller:
    """Who is signed in, from its own token: object id (of the principal), tenant id, client id of the application."""

    object_id: str
    tenant_id: str
    client_id: str
    #: ``User`` or ``ServicePrincipal``, as a role assignment has to say it
    principal_type: str = "ServicePrincipal"
    #: of a person the sign-in name, of an application its client id
    name: str = ""


class Session:
    """What an operation needs to talk to Azure.

    :param params: the module's options.
    :param environ: environment variables.
    :param clock: ``monotonic()`` and ``sleep(seconds)``, and ``stop``, which tells the task to end.
    :raises Failure: when how to sign in cannot be decided.
    """

    def __init__(
        self, params: typing.Mapping[str, typing.Any], environ: typing.Mapping[str, str], clock: typing.Any
    ) -> None:
        self.sign_in = choose(params, environ, credentials.profiles(environ))
        check_ids(self.sign_in)
        self.cloud = self.sign_in.cloud
        self.clock = clock
        #: seconds for which something that passes by itself is waited out
        self.wait_timeout = float(params.get("wait_timeout") or 900)
        self.meter = transport.Meter()
        self.pace = Pace(clock.monotonic)
        self._environ = environ
        self._patience = _Patience(clock.monotonic)
        self._answers: dict[str, typing.Any] = {}
        guard = ManagedIdentityGuard(environ) if self.sign_in.method == "msi" else SignInGuard(self.cloud)
        # what it takes to sign in is not counted
        self._sign_in_transport = transport.transport(transport.Meter(), clock, guard)
        self._credential = credentials.credential(self.sign_in, environ, _Shared(self._sign_in_transport))
        self._transport = transport.transport(self.meter, clock, CloudGuard(self.cloud), self._credential, self.pace)
        #: requests of the record that is kept of this: none of them changes what a task is about
        self.record_meter = transport.Meter()
        self._storage: dict[str, typing.Any] = {}

    @functools.cached_property
    def subscription_id(self) -> str:
        """The subscription to work in.

        :raises Failure: when none was given and the az CLI has no default.
        """
        subscription_id = self.sign_in.subscription_id
        if not subscription_id and self.sign_in.method == "cli":
            subscription_id = credentials.default_subscription(self._environ)
        if not subscription_id:
            raise Failure(
                "No subscription was given.",
                parameter="subscription_id",
                hint="Set the option or AZURE_SUBSCRIPTION_ID.",
                code="missing_parameter",
            )
        return subscription_id

    def now(self) -> float:
        """Azure's time, seconds since 1970."""
        return self.meter.now()

    @functools.cached_property
    def caller(self) -> Caller:
        """Who the caller is.

        :raises Failure: when signing in fails.
        """
        with errors.explained("to sign you in"):
            token = self._credential.get_token(self.cloud.management_scope).token
        claims = credentials.claims(token)
        return Caller(
            claims.get("oid", ""),
            claims.get("tid", ""),
            claims.get("appid", ""),
            credentials.principal_type(claims),
            credentials.name(claims),
        )

    def client(self, name: str, subscription_id: str | None = None) -> typing.Any:
        """The SDK's client for a part of Resource Manager.

        :param name: see :mod:`.sdk`.
        :param subscription_id: another subscription than the session's.
        """
        scope = () if name in ("subscriptions", "graph") else (subscription_id or self.subscription_id,)
        return self.once(f"client {name} {scope}", lambda: self._client(name, scope))

    def _client(self, name: str, scope: tuple[str, ...]) -> typing.Any:
        # no policy is shared among clients: it belongs to one pipeline, and a request of one thread ran into the
        # half-made client of another
        return Guarded(
            sdk.client_class(name)(
                self._credential,
                *scope,
                base_url=f"https://{self.cloud.management}",
                credential_scopes=[self.cloud.management_scope],
                transport=_Shared(self._transport),
                retry_total=10,
                retry_status=6,
            )
        )

    def key_client(self, host: str) -> typing.Any:
        """The SDK's client for the keys of a vault.

        The SDK itself refuses to send a token to a host outside the challenge's domain; that the host is one of this
        cloud's vaults was checked when its name was read.
        """
        return self.once(f"keys of {host}", lambda: self._data_client("keys", host))

    def _data_client(self, name: str, host: str) -> typing.Any:
        return Guarded(
            sdk.client_class(name)(
                vault_url=f"https://{host}",
                credential=self._credential,
                transport=_Shared(self._transport),
                retry_total=6,
                # a vault that is gone does not resolve: no use in trying for long
                retry_connect=1,
            )
        )

    def local_roles_client(self, host: str) -> typing.Any:
        """The SDK's client for the local roles of a Managed HSM; imported only where there is one."""
        return self.once(f"local roles of {host}", lambda: self._data_client("local_roles", host))

    @property
    def credential(self) -> typing.Any:
        """The token credential, for a client of another data plane."""
        return self._credential

    def shared_transport(self) -> typing.Any:
        """The session's transport, for a client of another data plane."""
        return _Shared(self._transport)

    def storage_transport(self, host: str) -> typing.Any:
        """A transport to one storage account alone, whose requests are counted apart."""
        if host not in self._storage:
            guard = StorageGuard(self.cloud, host)
            self._storage[host] = transport.transport(self.record_meter, self.clock, guard, self._credential)
        return _Shared(self._storage[host])

    def side_by_side(self, *calls: typing.Callable[[], T], width: int = SIDE_BY_SIDE) -> list[T]:
        """Make independent calls at the same time, and return their results in order.

        All are waited for; then the first failure, if any, is raised. If the wait itself is interrupted (the task's
        time-out, a signal), none is waited for any longer, and those that wait for their turn are not made.

        :param width: how many are under way at once.
        """
        if len(calls) < 2:
            return [call() for call in calls]
        if len(calls) > _AT_ONCE:
            # what waits for its turn takes memory
            parts = (calls[start : start + _AT_ONCE] for start in range(0, len(calls), _AT_ONCE))
            return [outcome for part in parts for outcome in self.side_by_side(*part, width=width)]
        self._sign_in_once()
        outcomes = [_Outcome() for _call in calls]
        turns = queue.SimpleQueue[tuple[_Outcome, typing.Callable[[], typing.Any]]]()
        for turn in zip(outcomes, calls, strict=True):
            turns.put(turn)
        try:
            for _worker in range(min(width, len(calls))):
                # an executor's threads would be waited for when the process ends, however long their requests hang
                threading.Thread(target=_take_turns, args=(turns, self.clock.stop), daemon=True).start()
            concurrent.futures.wait(outcomes)
        except BaseException:
            self.clock.stop.set()
            raise
        return [outcome.result() for outcome in outcomes]

    def pair(self, one: typing.Callable[[], A], other: typing.Callable[[], B]) -> tuple[A, B]:
        """Two calls of different kinds at the same time."""
        answers: list[typing.Any] = self.side_by_side(one, other)
        return answers[0], answers[1]

    def triple(
        self, one: typing.Callable[[], A], other: typing.Callable[[], B], third: typing.Callable[[], C]
    ) -> tuple[A, B, C]:
        """Three calls of different kinds at the same time."""
        answers: list[typing.Any] = self.side_by_side(one, other, third)
        return answers[0], answers[1], answers[2]

    def in_turn(self, what: str, send: typing.Callable[[], T]) -> T:
        """Send a change, and again while another one is under way, as long as the task may wait; or for a moment, where
        an identity is not found that is there.

        :param what: what is changed, as in "the vault".
        :raises azure.core.exceptions.HttpResponseError: for any other refusal.
        """
        core = sdk.module("azure.core.exceptions", "azure-core")
        began = self.clock.monotonic()
        while True:
            try:
                return send()
            except core.HttpResponseError as error:
                waited = self.clock.monotonic() - began
                is_fresh = bool(errors.missing_identity(error)) and waited < IDENTITY_SPREAD
                pause = 1.0 + operations.poll_delay(waited)
                passes = is_fresh or errors.is_passing_conflict(error)
                if not passes or self._patience.take(pause) >= self.wait_timeout:
                    raise
                self.clock.sleep(pause, "an identity to be found" if is_fresh else f"another change of {what} to end")

    def _sign_in_once(self) -> None:
        """Get a token before threads start, so that they do not all ask for one."""
        _caller = self.caller

    def once(self, name: str, ask: typing.Callable[[], T]) -> T:
        """Ask for something once in a session, and remember the answer.

        :param name: what is asked for.
        """
        if name not in self._answers:
            self._answers[name] = ask()
        return typing.cast(T, self._answers[name])

    def forget(self) -> None:
        """Forget the answers, but for the clients: something may have changed."""
        self._answers = {name: answer for name, answer in self._answers.items() if isinstance(answer, Guarded)}

    def close(self) -> None:
        """Close the connections."""
        for storage in self._storage.values():
            storage.close()
        self._transport.close()
        self._sign_in_transport.close()


def _take_turns(turns: queue.SimpleQueue[tuple[_Outcome, typing.Callable[[], typing.Any]]], stop: Stop) -> None:
    """Make one call after another, until there is none left."""
    while True:
        try:
            outcome, call = turns.get_nowait()
        except queue.Empty:
            return
        try:
            stop.check()
            outcome.set_result(call())
        except BaseException as error:
            # whatever it is, who waits for the outcome gets it
            outcome.set_exception(error)


class _Shared(transport.Around):
    """The shared transport as one client sees it: closing the client must not close it for the others."""

    def __enter__(self) -> typing.Any:
        self._inner.open()
        return self

    def __exit__(self, *_details: typing.Any) -> None:
        """Leave it open."""

    def close(self) -> None:
        """Leave it open."""


def named(models: typing.Iterable[typing.Any], name: str) -> Wire | None:
    """The one of that name, in any case, out of a list of SDK models, as JSON; None if there is none."""
    return next((wire(model) for model in models if str(model.name).lower() == name.lower()), None)


def wire(model: typing.Any) -> Wire:
    """An SDK model as the JSON that Azure sent, with either generation of the SDK's models."""
    answer: Wire = model.serialize(keep_readonly=True) if hasattr(model, "serialize") else model.as_dict()
    return answer
