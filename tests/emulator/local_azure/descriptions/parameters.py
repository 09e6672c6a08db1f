# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent beside the body: in path, query, headers and forms."""

from __future__ import annotations

import functools
import re
import typing

from . import shapes
from .documents import Operation, Parameter, Schema

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

#: What a service puts into the addresses of further pages by itself.
_OF_PAGES = ("$skiptoken",)
#: Without a meaning: azure-mgmt-authorization sends it when it asks for a role definition by its id.
_MEANINGLESS = ("disambiguation_dummy",)


def differences(
    operation: Operation,
    path: str,
    query: typing.Mapping[str, str],
    headers: typing.Mapping[str, str],
    form: object,
) -> Iterator[tuple[Parameter | str, str]]:
    """The parameters that are not as described, each with what is wrong; a query option that is not described by its
    name alone.
    """
    given = {
        "path": _in_path(operation, path),
        "query": query,
        "header": headers,
        "formData": form if isinstance(form, dict) else {},
    }
    for parameter in operation.parameters:
        yield from _of_one(operation, parameter, given[parameter.place].get(parameter.name.lower()))
    yield from _undescribed(operation, query)


@functools.lru_cache(maxsize=4096)
def of_query(operation: Operation, query: tuple[tuple[str, str], ...]) -> tuple[tuple[Parameter | str, str], ...]:
    """As :func:`differences`, of the query alone; asked for with each request."""
    given = dict(query)
    known = (one for one in operation.parameters if one.place == "query")
    wrong = (pair for one in known for pair in _of_one(operation, one, given.get(one.name.lower())))
    return (*wrong, *_undescribed(operation, given))


def _of_one(operation: Operation, parameter: Parameter, value: str | None) -> Iterator[tuple[Parameter, str]]:
    if value is None:
        if parameter.required:
            yield parameter, "it is required"
    elif parameter.name != "api-version":
        for one in shapes.REQUESTS.differences(operation.document, parameter.schema, read(parameter.schema, value)):
            if one.rule != "open":
                yield parameter, one.text


def _undescribed(operation: Operation, query: typing.Iterable[str]) -> Iterator[tuple[str, str]]:
    described = operation.options("query")
    for name in query:
        if name not in described and name != "api-version" and name not in (*_OF_PAGES, *_MEANINGLESS):
            yield name, f"the query option {name!r} is not described"


def read(schema: Schema, text: str) -> object:
    """The value that a text stands for, by the type that its schema has; the text itself where it stands for none."""
    kind = schema.get("type")
    if kind == "integer" and re.fullmatch(r"-?\d{1,20}", text):
        return int(text)
    if kind == "boolean" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind == "array":
        return text.split(",")
    return text


def _in_path(operation: Operation, path: str) -> dict[str, str]:
    match = operation.pattern.fullmatch(path)
    names = re.findall(r"\{([^}]*)\}", operation.path)
    values = match.groups() if match else ()
    return {name.lower(): value for name, value in zip(names, values, strict=False) if value is not None}
