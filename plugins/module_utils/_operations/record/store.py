# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""The place of a record, whatever it is."""

from __future__ import annotations

import os
import typing

from ..._azure.append_blobs import AppendBlob
from ..._azure.session import Session
from ..._domain.record_place import BlobPlace, Place, check_cloud
from ..._rules.record.chain import Tail
from .file import RecordFile


class Store(typing.Protocol):
    """Where records are written, and read from."""

    def read(self) -> bytes | None:
        """All that is there; None if there is nothing of that name."""

    def end(self) -> Tail:
        """The end of what is there."""

    def check_writable(self) -> None:
        """Look whether a record could be written, without writing anything."""

    def append(self, make: typing.Callable[[Tail], bytes], *, begins: bool = False) -> None:
        """Write lines after the last one, of which no other writer can come between.

        :param begins: more is to be written after them; where there would be no room for that, they are refused.
        """


def store(place: Place, session: typing.Callable[[], Session], clock: typing.Any, patience: float) -> Store:
    """The place of a record.

    :param session: signs in; called only for a blob.
    :param patience: seconds to wait for another writer.
    :raises Failure: for a blob of another cloud.
    """
    if isinstance(place, BlobPlace):
        signed_in = session()
        return AppendBlob(signed_in, typing.cast(BlobPlace, check_cloud(place, signed_in.cloud)))
    home = os.path.expanduser("~")
    return RecordFile(place.path, home, clock.sleep, patience)
