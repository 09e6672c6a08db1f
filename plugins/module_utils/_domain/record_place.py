# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Where records are kept: a file of the controller, or an append blob."""

from __future__ import annotations

import dataclasses
import re
import typing
import urllib.parse

from .cloud import CLOUDS, Cloud
from .failure import Failure
from .words import flaw, shown

#: The environment variable that names it, unless a task does.
VARIABLE = "OWNKEY_ACR_RECORD"
#: A place that is none, for a task that keeps no record where the environment names one.
NONE = "none"
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
#: Source: "Naming and referencing containers, blobs, and metadata" (Azure Storage documentation).
_CONTAINER = re.compile(r"(?=.{3,63}\Z)[a-z0-9](?:-?[a-z0-9])*")


@dataclasses.dataclass(frozen=True)
class FilePlace:
    """A file, by its whole path; ``~`` stands for the home folder of whoever runs this."""

    path: str

    def __str__(self) -> str:
        return self.path


@dataclasses.dataclass(frozen=True)
class BlobPlace:
    """An append blob.

    :ivar host: of the storage account, as ``contosoevidence.blob.core.windows.net``.
    :ivar name: may have slashes in it.
    """

    host: str
    container: str
    name: str

    def __str__(self) -> str:
        return f"https://{self.host}/{self.container}/{urllib.parse.quote(self.name)}"

    @property
    def account(self) -> str:
        """The storage account's name."""
        return self.host.partition(".")[0]


Place: typing.TypeAlias = "FilePlace | BlobPlace"


def kept(text: str, *, parameter: str = "record") -> Place | None:
    """Where a task that changes something keeps its record; None for :data:`NONE`.

    :raises Failure: as :func:`parse`.
    """
    return None if text.strip().lower() == NONE else parse(text, parameter=parameter)


def parse(text: str, *, parameter: str = "record") -> Place:
    """The place that a person named.

    :raises Failure: for what is neither a whole path nor the address of a blob in one of Azure's clouds.
    """
    trouble = flaw(text, longest=4096)
    if trouble:
        raise Failure(f"The place of the record {trouble}.", parameter=parameter, code="malformed_place")
    if "://" in text or text.lower().startswith(("http:", "https:")):
        return _blob(text, parameter)
    if "?" in text and not text.startswith(("/", "~/")):
        raise _too_much(parameter)
    if not text.startswith(("/", "~/")) or text.endswith("/"):
        raise Failure(
            f"{shown(text)} is not the whole path of a file.",
            parameter=parameter,
            hint="Give one that begins with / or ~/, or the address of a blob: "
            "https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME.",
            code="malformed_place",
        )
    return FilePlace(text)


def container(text: str, *, parameter: str) -> BlobPlace:
    """A container, or a place in it, that a person named; its name is empty for the container itself.

    :raises Failure: for what is no address of a container in one of Azure's clouds.
    """
    try:
        place = _blob(f"{text.rstrip('/')}/x", parameter)
    except Failure as failure:
        raise Failure(
            f"{shown(text)} is not the address of a container."
            if failure.message.endswith("address of a blob.")
            else failure.message,
            parameter=parameter,
            hint="Write https://ACCOUNT.blob.core.windows.net/CONTAINER, with the host of your cloud, and nothing but "
            "a path after it.",
            code="malformed_place",
        ) from failure
    return dataclasses.replace(place, name=place.name.rpartition("/")[0])


def _blob(text: str, parameter: str) -> BlobPlace:
    # what comes after a question mark may be a signature that opens the account: it is repeated nowhere
    address, mark, _query = text.partition("?")
    if mark or "#" in address or "@" in address:
        raise _too_much(parameter)
    scheme, _colon, rest = address.partition("://")
    host, _slash, path = rest.partition("/")
    host = host.lower().removesuffix(":443")
    container, _slash, quoted = path.partition("/")
    name = urllib.parse.unquote(quoted)
    account, dot, suffix = host.partition(".")
    is_storage = any(cloud.blob_suffix == dot + suffix for cloud in CLOUDS.values())
    if scheme.lower() != "https" or not is_storage or not _ACCOUNT.fullmatch(account):
        raise _malformed(text, parameter)
    if not _CONTAINER.fullmatch(container) or not _is_name(name):
        raise _malformed(text, parameter)
    return BlobPlace(host, container, name)


def _too_much(parameter: str) -> Failure:
    return Failure(
        "The address of the blob has more in it than where it is.",
        parameter=parameter,
        hint="Leave out what comes after the name, a SAS token too: the blob is written as whoever signs in.",
        code="malformed_place",
    )


def _is_name(name: str) -> bool:
    parts = name.split("/")
    is_plain = all(part not in ("", ".", "..") for part in parts) and "\\" not in name and name.isprintable()
    return is_plain and 1 <= len(name) <= 1024 and not name.endswith(".") and len(parts) <= 254


def _malformed(text: str, parameter: str) -> Failure:
    return Failure(
        f"{shown(text)} is not the address of a blob.",
        parameter=parameter,
        hint="Write https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME, with the host of your cloud.",
        code="malformed_place",
    )


def check_cloud(place: Place, cloud: Cloud, *, parameter: str = "record") -> Place:
    """A place, if its host is one of a cloud's.

    :raises Failure: for the host of another cloud, to which no token of this one is sent.
    """
    if isinstance(place, BlobPlace) and not cloud.is_storage(place.host):
        raise Failure(
            f"{place.host} is not a host of {cloud.name}.",
            parameter=parameter,
            hint=f"Its storage is at ACCOUNT{cloud.blob_suffix}; or give cloud_environment.",
            code="foreign_host",
        )
    return place
