# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Append blobs: lines are written after the last one, by several writers, of whom none can come between another's."""

from __future__ import annotations

import contextlib
import typing

from .._domain.failure import Failure
from .._domain.record_place import BlobPlace
from .._rules.record import chain
from .._rules.record.chain import Tail
from . import errors, sdk
from .guard import Guarded
from .session import Session

#: How much of the end is read at first, in bytes.
_WINDOW = 1 << 18
#: What a single answer may hold, in bytes: a blob that grows while it is read in several is refused.
_AT_ONCE = 256 << 20
#: How often lines are written anew, whose place others took meanwhile.
_ATTEMPTS = 100
#: How many blocks leave room for what came of a change whose intent is written.
_NEARLY_FULL = 49_900
_FULL = "An append blob has 50,000 blocks at most. Leave this one as it is, and give another name for what comes next."


class AppendBlob:
    """A record in an append blob, which is made when it is first written.

    Other writers may be on other machines: a block is taken only at the place for which it was made (the condition of
    the operation Append Block on the append position, Azure Storage documentation).
    """

    def __init__(self, session: Session, place: BlobPlace) -> None:
        self._session = session
        self._place = place
        #: where this writer's own last lines end, and what they are
        self._own: tuple[int, Tail] | None = None

    @property
    def _client(self) -> typing.Any:
        return self._session.once(f"blob {self._place}", self._make)

    def _make(self) -> typing.Any:
        session, place = self._session, self._place
        return Guarded(
            sdk.client_class("blobs")(
                f"https://{place.host}",
                place.container,
                place.name,
                credential=session.credential,
                transport=session.storage_transport(place.host),
                retry_total=4,
                retry_connect=1,
                max_single_get_size=_AT_ONCE,
            )
        )

    def read(self) -> bytes | None:
        """All that is there; None if there is no blob of that name.

        :raises Failure: when it cannot be read.
        """
        with self._explained("read"):
            state = self._state()
            return None if state is None else self._part(0, state.size)

    def end(self) -> Tail:
        """The end of what is there.

        :raises Failure: when it cannot be read.
        """
        with self._explained("read"):
            state = self._state()
            return Tail() if state is None else self._tail(state.size)

    def check_writable(self) -> None:
        """Look whether a record could be written, as far as that can be seen without writing.

        :raises Failure: when it could not.
        """
        with self._explained("written"):
            state = self._state()
            if state is not None:
                self._check_room(state)
                self._tail(state.size)

    def append(self, make: typing.Callable[[Tail], bytes], *, begins: bool = False) -> None:
        """Write lines after the last one.

        :param make: takes the end of what is there; returns the lines, 4 MiB at most (Append Block, before version
            2022-11-02 of the service).
        :param begins: more is to be written after them, and there has to be room for that.
        :raises Failure: when they cannot be written.
        """
        with self._explained("written"):
            for attempt in range(_ATTEMPTS):
                size, end = self._own or self._place_to_write(begins=begins)
                data = end.gap + make(end)
                if self._is_taken(data, size):
                    self._own = (size + len(data), chain.tail(b"\n" + data, is_all=False) or Tail())
                    return
                self._own = None
                self._session.clock.sleep(min(1.0, 0.05 * attempt), "other writers of the record")
        raise Failure(
            f"Others write to {self._place} again and again.",
            parameter="record",
            hint="Run the same task again, or give it a record of its own.",
            code="record_locked",
        )

    # --- the blob --------------------------------------------------------------------------------------------------

    def _state(self) -> typing.Any:
        """The blob's properties; None if there is none of that name."""
        core = sdk.module("azure.core.exceptions", "azure-core")
        try:
            state = self._client.get_blob_properties()
        except core.ResourceNotFoundError as error:
            if _code(error) == "ContainerNotFound":
                raise
            return None
        kind = str(getattr(state.blob_type, "value", state.blob_type))
        if kind != "AppendBlob":
            raise self._refused(f"it is a blob of another kind ({kind})")
        return state

    def _place_to_write(self, *, begins: bool) -> tuple[int, Tail]:
        """Where the blob ends, and how; it is made if there is none."""
        state = self._state()
        if state is None:
            core = sdk.module("azure.core.exceptions", "azure-core")
            package = sdk.module("azure.storage.blob", "azure-storage-blob")
            with contextlib.suppress(core.ResourceExistsError):
                self._client.create_append_blob(
                    content_settings=package.ContentSettings(content_type="application/x-ndjson"),
                    # else one that somebody else made meanwhile would be emptied
                    match_condition=sdk.module("azure.core", "azure-core").MatchConditions.IfMissing,
                )
            state = self._state()
        if begins:
            self._check_room(state)
        return (state.size, self._tail(state.size)) if state is not None else (0, Tail())

    def _check_room(self, state: typing.Any) -> None:
        """What is begun has room for its end."""
        if (getattr(state, "append_blob_committed_block_count", 0) or 0) > _NEARLY_FULL:
            raise self._refused("it is nearly full", _FULL)

    def _tail(self, size: int) -> Tail:
        window = _WINDOW
        while True:
            start = max(0, size - window)
            end = chain.tail(self._part(start, size), is_all=start == 0, place=self._place)
            if end is not None:
                return end
            window *= 4

    def _part(self, start: int, end: int) -> bytes:
        if start >= end:
            return b""
        content: bytes = self._client.download_blob(offset=start, length=end - start).readall()
        return content

    def _is_taken(self, data: bytes, size: int) -> bool:
        """Write at a place; whether it was free, for what somebody else wrote there is not overwritten."""
        core = sdk.module("azure.core.exceptions", "azure-core")
        try:
            self._client.append_block(data, length=len(data), appendpos_condition=size)
        except core.AzureError as error:
            is_another_s = _code(error) == "AppendPositionConditionNotMet"
            if not (is_another_s or errors.is_lost_answer(error)):
                raise
            # sent again because its answer was lost, it meets itself there
            state = self._state()
            if state is not None and state.size >= size + len(data):
                return self._part(size, size + len(data)) == data
            if not is_another_s and state is not None and state.size == size:
                raise
            return False
        return True

    # --- words -----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _explained(self, what: str) -> typing.Iterator[None]:
        """Say what Azure's refusals mean for a record."""
        core = sdk.module("azure.core.exceptions", "azure-core")
        try:
            yield
        except core.AzureError as error:
            raise self._failure(error, what) from error

    def _refused(self, why: str, hint: str = "Give the address of another blob.", *, code: str = "") -> Failure:
        text = f"{self._place} cannot be a record: {why}."
        return Failure(text, parameter="record", hint=hint, code=code or "record_unwritable")

    def _failure(self, error: Exception, what: str) -> Failure:
        place = self._place
        if errors.is_unreachable(error):
            return self._refused(
                f"{place.host} could not be reached",
                "Look whether there is a storage account of that name, and at the way there (proxy, DNS, private "
                "endpoint).",
                code="unreachable",
            )
        hint = self._hint(_code(error))
        failure = errors.failure(error, f"{'reading' if what == 'read' else 'writing'} the record {place}")
        failure.parameter = "record"
        if hint:
            failure.hint = hint
        if failure.code == "azure":
            failure.code = "record_unreadable" if what == "read" else "record_unwritable"
        return failure

    def _hint(self, code: str) -> str | None:
        place, caller = self._place, self._session.caller
        account = f'"$(az storage account show --name {place.account} --query id --output tsv)'
        scope = f'{account}/blobServices/default/containers/{place.container}"'
        hints = {
            "ContainerNotFound": "Make the container first: az storage container create --account-name "
            f"{place.account} --name {place.container} --auth-mode login.",
            "AuthorizationPermissionMismatch": 'Ask for: az role assignment create --role "Storage Blob Data '
            f'Contributor" --assignee-object-id {caller.object_id} --assignee-principal-type {caller.principal_type} '
            f"--scope {scope}",
            "AuthorizationFailure": "The firewall of the storage account keeps you out, or it takes no sign-in from "
            f"here: az storage account network-rule add --account-name {place.account}.",
            "BlobImmutableDueToPolicy": "The container's retention policy lets nothing be added: it needs protected "
            "append writes (--allow-protected-append-writes true), which only a policy that is not locked yet takes.",
            "BlockCountExceedsLimit": _FULL,
            "BlobIsSealed": "It is sealed: nothing can be added any more. Give another name for what comes next.",
            "InvalidBlobType": "It is a blob of another kind. Give another name.",
        }
        return hints.get(code)


def _code(error: BaseException) -> str:
    """The storage service's own code of an error (``x-ms-error-code``)."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")
