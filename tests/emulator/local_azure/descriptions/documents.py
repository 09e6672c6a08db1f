# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The descriptions as they stand in ``data``: a document for each service and api-version, with its operations."""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
import re
import typing

DATA = pathlib.Path(__file__).parent / "data"

Schema = dict[str, typing.Any]


@dataclasses.dataclass(frozen=True)
class Parameter:
    """A parameter; ``place`` is ``path``, ``query``, ``header`` or ``formData``."""

    name: str
    place: str
    required: bool
    schema: Schema


@dataclasses.dataclass(frozen=True)
class Answer:
    """An answer by its status: the schema of its body (None: no body), and its headers in lower case."""

    schema: Schema | None
    headers: frozenset[str]


@dataclasses.dataclass(frozen=True, eq=False)
class Operation:
    """An operation of one api-version.

    ``versions`` are the api-versions that it is described for, nearly always its document's alone; the keys of
    ``answers`` are texts, ``default`` among them.
    """

    name: str
    document: Document
    method: str
    path: str
    versions: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: Schema | None
    body_required: bool
    answers: dict[str, Answer]
    long_running: bool

    @property
    def title(self) -> str:
        return f"{self.document.service} {self.document.version} {self.name}"

    def options(self, place: str) -> dict[str, Parameter]:
        """The parameters of a place, by lower-case name."""
        return {one.name.lower(): one for one in self.parameters if one.place == place}

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        return _pattern(self)


@dataclasses.dataclass(eq=False)
class Document:
    """A service's description of one api-version; ``host`` is ``management``, ``vault``, ``hsm`` or ``registry``."""

    service: str
    version: str
    host: str
    definitions: dict[str, Schema]
    operations: list[Operation] = dataclasses.field(default_factory=list)

    def resolve(self, schema: Schema) -> Schema:
        """The schema itself, or the definition that it refers to."""
        while "$ref" in schema:
            schema = self.definitions[schema["$ref"].rsplit("/", 1)[-1]]
        return schema


def documents() -> list[Document]:
    """All the descriptions."""
    return [_document(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(DATA.glob("*.json"))]


def _document(raw: dict[str, typing.Any]) -> Document:
    definitions = raw["definitions"]
    whole = {name: _whole(schema, definitions) for name, schema in definitions.items()}
    for schema in whole.values():
        _mark_read_only(schema, whole)
    document = Document(raw["service"], raw["api-version"], raw["host"], whole)
    document.operations = [_operation(name, each, document) for name, each in raw["operations"].items()]
    return document


def _whole(schema: Schema, definitions: dict[str, Schema]) -> Schema:
    """A definition together with those that it extends: one list of properties."""
    merged: Schema = {name: value for name, value in schema.items() if name != "allOf"}
    for part in schema.get("allOf", ()):
        parent = _whole(definitions[part["$ref"].rsplit("/", 1)[-1]], definitions)
        merged["properties"] = {**parent.get("properties", {}), **merged.get("properties", {})}
        merged["required"] = [*parent.get("required", ()), *merged.get("required", ())]
    if "properties" in merged:
        merged.setdefault("type", "object")  # which some of the descriptions leave out
    return merged


def _mark_read_only(schema: Schema, definitions: dict[str, Schema]) -> None:
    """Say of each property itself what the definition it refers to says of it."""
    for inner in schema.get("properties", {}).values():
        if "$ref" in inner and "readOnly" not in inner:
            inner["readOnly"] = bool(definitions[inner["$ref"].rsplit("/", 1)[-1]].get("readOnly"))


def _operation(name: str, raw: dict[str, typing.Any], document: Document) -> Operation:
    parameters = tuple(_parameter(one) for one in raw["parameters"])
    fixed = [one.schema["enum"] for one in parameters if one.name == "api-version" and "enum" in one.schema]
    body = raw.get("body") or {}
    return Operation(
        name=name,
        document=document,
        method=raw["method"],
        path=raw["path"].split("?")[0],
        versions=tuple(fixed[0]) if fixed else (raw.get("api-version", document.version),),
        parameters=parameters,
        body=body.get("schema"),
        body_required=bool(body.get("required")),
        answers={
            status: Answer(each.get("schema"), frozenset(header.lower() for header in each.get("headers", ())))
            for status, each in raw["responses"].items()
        },
        long_running=bool(raw.get("x-ms-long-running-operation")),
    )


def _parameter(raw: dict[str, typing.Any]) -> Parameter:
    schema = {name: value for name, value in raw.items() if name not in ("name", "in", "required", "x-greedy")}
    return Parameter(raw["name"], raw["in"], bool(raw.get("required")), schema)


#: Path parameters that stand for several segments where a path begins with them, and what they must end with.
_LEADING = {
    "scope": "",
    "roleId": "/roleDefinitions/[^/]+",
    "roleDefinitionId": "/roleDefinitions/[^/]+",
    "roleAssignmentId": "/roleAssignments/[^/]+",
    "nextBlobUuidLink": "/blobs/uploads/[^/]*",
}
#: Path parameters that a client may leave out.
_OPTIONAL = ("key-version", "secret-version")


def _pattern(operation: Operation) -> re.Pattern[str]:
    """The paths that mean an operation, compared without regard to case."""
    text = ""
    for number, part in enumerate(re.split(r"/?\{([^}]*)\}", operation.path.rstrip("/"))):
        if number % 2 == 0:
            text += re.escape(part)
        elif text == "" and part in _LEADING:
            text += f"(?P<p{number}>/?.*?{_LEADING[part]})"
        elif part == "name" and operation.path.startswith(("/v2/", "/acr/v1/")):
            text += f"/(?P<p{number}>[^_/].*?)"  # a repository
        elif part in _OPTIONAL:
            text += f"(?:/(?P<p{number}>[^/]*))?"
        else:
            text += f"/(?P<p{number}>[^/]+)"
    return re.compile(f"{text}/?", re.IGNORECASE)
