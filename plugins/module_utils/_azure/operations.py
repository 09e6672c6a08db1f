# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""How Azure's operations are followed to their end: with patience for a bad poll, and without a thread where many are
under way."""

from __future__ import annotations

import functools
import math
import typing

from .._domain.failure import Failure
from . import errors, sdk

T = typing.TypeVar("T")


@functools.cache
def _polling_class() -> typing.Any:
    base = sdk.module("azure.mgmt.core.polling.arm_polling", "azure-mgmt-core").ARMPolling
    core = sdk.module("azure.core.exceptions", "azure-core")

    class Polling(base):  # type: ignore[misc, valid-type]
        """Polls quickly at first, then at a tenth of the time already waited.

        A registry's operation sends no Retry-After, and the SDK would then sleep 30 seconds between polls. A poll that
        is refused or cannot be read says nothing of the operation, with which Azure goes on: the next one may tell.
        """

        def __init__(self, clock: typing.Any, timeout: float) -> None:
            super().__init__(timeout=0)
            self._clock = clock
            self._began = clock.monotonic()
            self._limit = timeout
            self._end: BaseException | None = None

        def initialize(self, client: typing.Any, initial_response: typing.Any, callback: typing.Any) -> None:
            """Take over an operation from its first answer: its time begins now, however long its turn took to come."""
            self._began = self._clock.monotonic()
            super().initialize(client, initial_response, callback)

        def run(self) -> None:
            """Poll, in a thread of the SDK's: what ends the task, and is no :class:`Exception`, it would only print."""
            try:
                super().run()
            except Exception:
                raise
            except BaseException as end:
                self._end = end

        def resource(self) -> typing.Any:
            """What came of the operation.

            :raises Stopped: when the task was told to end meanwhile.
            """
            if self._end is not None:
                raise self._end
            return super().resource()

        def _delay(self) -> None:
            waited = self._clock.monotonic() - self._began
            if waited >= self._limit:
                raise still_running(waited)
            self._clock.sleep(self._extract_delay() or poll_delay(waited), "Azure to finish what it began")

        def update_status(self) -> None:
            """Poll."""
            self._bear(super().update_status)

        def request_status(self, status_link: str) -> typing.Any:
            """Ask for the state, and at the end for the resource."""

            def ask() -> typing.Any:
                answer = base.request_status(self, status_link)
                if answer.http_response.status_code >= 400:
                    raise core.HttpResponseError(response=answer.http_response)
                return answer

            return self._bear(ask)

        def _bear(self, ask: typing.Callable[[], T]) -> T:
            return patient(self._clock, ask, until=self._began + self._limit)

    return Polling


#: How many polls in a row may fail before nobody can say any more how far an operation is.
_BAD_POLLS = 5


def patient(clock: typing.Any, ask: typing.Callable[[], T], *, until: float = math.inf) -> T:
    """Ask how far an operation is: a poll that is refused or cannot be read says nothing of it, with which Azure goes
    on.

    :param until: no poll is begun again after this moment of the clock: one that is throttled takes minutes.
    :raises Failure: when some in a row are.
    """
    bad = sdk.module("azure.core.polling.base_polling", "azure-core")
    core = sdk.module("azure.core.exceptions", "azure-core")
    for patience in range(_BAD_POLLS, -1, -1):
        try:
            return ask()
        except (core.AzureError, bad.BadStatus, bad.BadResponse) as error:
            if not patience or clock.monotonic() >= until:
                raise _not_followed(error) from error
        clock.sleep(1.0, "Azure to say how far it is")
    raise AssertionError


def _not_followed(error: Exception) -> Failure:
    why = "Azure could not be reached: " if errors.is_unreachable(error) else ""
    return Failure(
        f"Azure took on what was asked for, but how far it is cannot be read: {why}{errors.message_of(error)}",
        hint="Azure goes on with it. Run the same task again: it waits for the end, and goes on from there.",
        code="not_followed",
        azure=errors.described(error),
    )


def still_running(waited: float) -> Failure:
    """The failure for an operation that takes longer than the task may wait.

    :param waited: seconds so far.
    """
    return Failure(
        f"The operation is still running after {int(waited)} seconds.",
        parameter="wait_timeout",
        hint="Azure goes on with it; run the same task again to wait on, or raise wait_timeout.",
        code="timeout",
    )


def poll_delay(waited: float) -> float:
    """Seconds until the next poll after ``waited`` seconds: a tenth of them, at least 0.2 and at most 10."""
    return min(10.0, max(0.2, waited / 10))


class Watched:
    """An operation that is looked at when somebody asks, as a polling method of the SDK's.

    It holds no thread and keeps nothing but where to look. The SDK's own keeps some 28 kB, of each of thousands.

    :param clock: by which bad polls are waited out.
    """

    def __init__(self, clock: typing.Any) -> None:
        self._clock = clock
        self._client: typing.Any = None
        self._url = ""

    def initialize(self, client: typing.Any, initial_response: typing.Any, _callback: typing.Any) -> None:
        """Take over an operation from its first answer."""
        headers = initial_response.http_response.headers
        self._client = client
        # an operation's own state comes before its result's (Resource Manager's documentation, "Track asynchronous
        # Azure operations")
        self._url = headers.get("Azure-AsyncOperation") or headers.get("Location") or ""

    def finished(self) -> bool:
        """There is nothing to be polled by the SDK."""
        return True

    def status(self) -> str:
        """As the SDK asks for it."""
        return "Succeeded"

    def resource(self) -> None:
        """Nothing: the registry itself is read when it is over."""

    def has_ended(self, *, until: float = math.inf) -> bool:
        """Look at it, once; with one request, or none if Azure was done at once.

        :param until: as of :func:`patient`.

        :raises azure.core.exceptions.HttpResponseError: for one that ended with a refusal.
        :raises Failure: when its state cannot be read.
        """
        if not self._url:
            return True
        core = sdk.module("azure.core.exceptions", "azure-core")
        rest = sdk.module("azure.core.rest", "azure-core")

        def ask() -> typing.Any:
            response = self._client.send_request(rest.HttpRequest("GET", self._url))
            response.raise_for_status()
            return response

        response = patient(self._clock, ask, until=until)
        if response.status_code == 202:
            return False
        body = response.json() if response.content else {}
        state = str(body.get("status") or "Succeeded").lower() if isinstance(body, dict) else "succeeded"
        if state in ("failed", "canceled"):
            raise core.HttpResponseError(response=response)
        return state == "succeeded"


def polling(clock: typing.Any, timeout: float) -> typing.Any:
    """A polling method for one long-running operation.

    :param timeout: seconds after which to give up with a :class:`Failure`.
    """
    return _polling_class()(clock, timeout)
