# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which operation of which api-version a request means."""

from __future__ import annotations

import functools
import re
import typing

from .documents import Operation, documents

#: Whose descriptions count for a service of the local Azure (see ``clouds.service_of``).
_HOSTS = {"management": ("management",), "vault": ("vault",), "hsm": ("vault", "hsm"), "registry": ("registry",)}


@functools.cache
def operations() -> tuple[Operation, ...]:
    """Every operation of every document."""
    return tuple(operation for document in documents() for operation in document.operations)


@functools.cache
def _candidates(service: str, method: str) -> tuple[tuple[int, Operation], ...]:
    """The most particular paths first, each with the length of what is fixed in it."""
    hosts = _HOSTS.get(service, ())
    fitting = [each for each in operations() if each.method == method and each.document.host in hosts]
    fixed = [(len(re.sub(r"\{[^}]*\}", "", each.path)), each) for each in fitting]
    return tuple(sorted(fixed, key=lambda pair: -pair[0]))


@functools.lru_cache(maxsize=4096)
def _fitting(service: str, method: str, path: str) -> tuple[Operation, ...]:
    """The operations of all api-versions whose path is as particular as can be."""
    literal, fitting = 0, list[Operation]()
    for length, each in _candidates(service, method):
        if fitting and length < literal:
            break
        if each.pattern.fullmatch(path):
            literal = length
            fitting.append(each)
    return tuple(fitting)


def find(
    service: str, method: str, path: str, query: typing.Mapping[str, str], headers: typing.Mapping[str, str]
) -> Operation | None:
    """The operation that a request means: of its api-version, or else of the nearest one that is described.

    :param service: as ``clouds.service_of`` names it.
    :param path: decoded; two slashes in a row count as one.
    :param query: with lower-case names.
    """
    chosen = _of_version(_fitting(service, method, path.rstrip("/") or "/"), query.get("api-version", ""))
    if len(chosen) == 1:
        return chosen[0]
    return max(chosen, key=lambda each: _meant(each, query, headers), default=None)


@functools.lru_cache(maxsize=4096)
def _of_version(fitting: tuple[Operation, ...], version: str) -> tuple[Operation, ...]:
    """Those that an api-version has, or else the nearest one that is described."""
    exact = [each for each in fitting if version in each.versions]
    dated = [each for each in fitting if each.versions == (each.document.version,)]
    return tuple(exact or _nearest(dated, version))


def _nearest(fitting: list[Operation], version: str) -> list[Operation]:
    """Those of the newest api-version that is not newer than the one asked for; else of the oldest."""
    dated = [each for each in fitting if each.document.version.startswith("20") == version.startswith("20")] or fitting
    versions = sorted({each.document.version for each in dated})
    earlier = [each for each in versions if each <= version]
    wanted = (earlier[-1] if earlier else versions[0]) if versions else ""
    return [each for each in dated if each.document.version == wanted]


def _meant(operation: Operation, query: typing.Mapping[str, str], headers: typing.Mapping[str, str]) -> int:
    """Of several operations at one path, that one is meant of which more is there and nothing is missing."""
    given = {"query": query, "header": {name.lower(): value for name, value in headers.items()}}
    wanted = [one for one in operation.parameters if one.required and one.place in given and one.name != "api-version"]
    missing = [one for one in wanted if one.name.lower() not in given[one.place]]
    # Key Vault describes Resource Manager's own list of resources too, for one value of its filter
    options = [one for one in operation.parameters if one.place == "query" and one.name.lower() in query]
    others = [one for one in options if query[one.name.lower()] not in one.schema.get("enum", query.values())]
    return -1 if missing or others else len(wanted)
