# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Block blobs of reports in a container, which may be one in which nothing can be changed any more."""

from __future__ import annotations

import contextlib
import typing

from .._domain.record_place import BlobPlace
from . import errors, sdk
from .guard import Guarded
from .session import Session

#: What each kind of file is, by the end of its name.
_TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json", ".csv": "text/csv; charset=utf-8"}


class ReportBlobs:
    """Files of reports below a place in a container.

    :param place: its name is what the names of all begin with, without the slash; empty for the container itself.
    """

    def __init__(self, session: Session, place: BlobPlace) -> None:
        self._session, self._place = session, place

    @property
    def _client(self) -> typing.Any:
        place, session = self._place, self._session
        return session.once(f"container {place.host}/{place.container}", self._make)

    def _make(self) -> typing.Any:
        place, session = self._place, self._session
        return Guarded(
            sdk.client_class("containers")(
                f"https://{place.host}",
                place.container,
                credential=session.credential,
                transport=session.storage_transport(place.host),
                retry_total=4,
                retry_connect=1,
            )
        )

    def _path(self, name: str) -> str:
        return f"{self._place.name}/{name}" if self._place.name else name

    def names(self) -> list[str]:
        """What there is, by the names below the place.

        :raises Failure: when the container cannot be listed.
        """
        start = self._path("")
        with self._explained("listing"):
            return [str(name).removeprefix(start) for name in self._client.list_blob_names(name_starts_with=start)]

    def read(self, name: str) -> bytes:
        """What is in a blob.

        :raises Failure: when it cannot be read.
        """
        with self._explained("reading"):
            content: bytes = self._client.download_blob(self._path(name)).readall()
            return content

    def write(self, name: str, data: bytes) -> None:
        """Make a blob; what is there is never written over.

        One that is there with the same content is this one: a request whose answer was lost is sent again, and then
        storage says that there is such a blob already.

        :raises Failure: when it cannot be written.
        """
        package = sdk.module("azure.storage.blob", "azure-storage-blob")
        kind = next((kind for end, kind in _TYPES.items() if name.endswith(end)), "application/octet-stream")
        with self._explained("writing"):
            settings = package.ContentSettings(content_type=kind)
            try:
                self._client.upload_blob(self._path(name), data, overwrite=False, content_settings=settings)
            except sdk.module("azure.core.exceptions", "azure-core").ResourceExistsError:
                if not self._holds(name, data):
                    raise

    def _holds(self, name: str, data: bytes) -> bool:
        """Whether a blob has a certain content; no more of it is fetched than that takes."""
        there: bytes = self._client.download_blob(self._path(name), offset=0, length=len(data) + 1).readall()
        return there == data

    @contextlib.contextmanager
    def _explained(self, doing: str) -> typing.Iterator[None]:
        core = sdk.module("azure.core.exceptions", "azure-core")
        try:
            yield
        except core.AzureError as error:
            place = f"{self._place.host}/{self._place.container}"
            failure = errors.failure(error, f"{doing} reports in {place}")
            failure.parameter = "to"
            failure.hint = failure.hint or (
                "Look whether there is such a container, and whether you have the role Storage Blob Data Contributor "
                "at it."
            )
            raise failure from error
