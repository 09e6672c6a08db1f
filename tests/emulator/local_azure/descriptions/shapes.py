# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A body held against its schema: jsonschema's draft 4, with what Swagger adds to it.

Of what a client sends, a property that is read-only may be anything (clients send whole resources back), and null says
nothing. Of what is answered, null needs the description's leave, and what is required has to be there.
"""

from __future__ import annotations

import dataclasses
import json
import re
import typing

import jsonschema

from .formats import FORMATS

if typing.TYPE_CHECKING:
    from collections.abc import Iterator

    from .documents import Document, Schema

Json = typing.Any
Errors: typing.TypeAlias = "Iterator[jsonschema.ValidationError]"


@dataclasses.dataclass(frozen=True)
class Difference:
    """What differs: where (``properties.sku.name``, ``value[].id``), by which rule, and in words.

    The rules are jsonschema's keywords, and ``unknown`` (a property that is not described), ``null``, ``open`` (a value
    outside an enumeration that may grow) and ``unreadable`` (a property that is never answered).
    """

    place: str
    rule: str
    text: str


def _type(validator: typing.Any, kind: str, value: Json, schema: Schema) -> Errors:
    anything = kind == "object" and "properties" not in schema and "additionalProperties" not in schema
    if anything or kind == "file":
        return
    yield from jsonschema.Draft4Validator.VALIDATORS["type"](validator, kind, value, schema)


def _enum(validator: typing.Any, values: list[Json], value: Json, schema: Schema) -> Errors:
    if value not in values:
        rule = "enum" if schema.get("x-open") is False else "open"
        yield jsonschema.ValidationError(f"{value!r} is not one of {', '.join(map(str, values))}", validator=rule)


def _sent_enum(validator: typing.Any, values: list[Json], value: Json, schema: Schema) -> Errors:
    """Services read the values of enumerations without regard to case, and clients send back what they were shown."""
    if str(value).lower() not in (str(one).lower() for one in values):
        yield from _enum(validator, values, value, schema)


def _unknown(properties: Schema, value: dict[str, Json], schema: Schema) -> Errors:
    if not schema.get("additionalProperties") and "discriminator" not in schema:
        for name in value:
            if name not in properties:
                yield jsonschema.ValidationError(f"{name!r} is not described", validator="unknown", path=[name])


def _sent_properties(validator: typing.Any, properties: Schema, value: Json, schema: Schema) -> Errors:
    if not isinstance(value, dict):
        return
    yield from _unknown(properties, {name: one for name, one in value.items() if one is not None}, schema)
    for name, inner in properties.items():
        if value.get(name) is not None and not inner.get("readOnly"):
            yield from validator.descend(value[name], inner, path=name, schema_path=name)


def _sent_required(validator: typing.Any, names: list[str], value: Json, schema: Schema) -> Errors:
    properties = schema.get("properties", {})
    wanted = [name for name in names if not properties.get(name, {}).get("readOnly")]
    given = {name for name, inner in value.items() if inner is not None} if isinstance(value, dict) else value
    yield from _answered_required(validator, wanted, given, schema)


def _sent_additional(validator: typing.Any, inner: Json, value: Json, schema: Schema) -> Errors:
    if isinstance(value, dict):
        value = {name: one for name, one in value.items() if one is not None}
    yield from jsonschema.Draft4Validator.VALIDATORS["additionalProperties"](validator, inner, value, schema)


def _answered_required(validator: typing.Any, names: list[str], value: Json, schema: Schema) -> Errors:
    for name in names if isinstance(value, dict | set) else ():
        if name not in value:
            yield jsonschema.ValidationError(f"{name!r} is required", validator="required", path=[name])


def _answered_properties(validator: typing.Any, properties: Schema, value: Json, schema: Schema) -> Errors:
    if not isinstance(value, dict):
        return
    yield from _unknown(properties, value, schema)
    for name, inner in properties.items():
        if name not in value:
            continue
        if "read" not in inner.get("x-ms-mutability", ["read"]):
            yield jsonschema.ValidationError(f"{name!r} is never answered", validator="unreadable", path=[name])
        if value[name] is not None:
            yield from validator.descend(value[name], inner, path=name, schema_path=name)
        elif not inner.get("x-nullable"):
            yield jsonschema.ValidationError(f"{name!r} is null", validator="null", path=[name])


_SENT = {
    "type": _type,
    "enum": _sent_enum,
    "properties": _sent_properties,
    "required": _sent_required,
    "additionalProperties": _sent_additional,
}
_ANSWERED = {"type": _type, "enum": _enum, "properties": _answered_properties, "required": _answered_required}
_KINDS = {
    "request": jsonschema.validators.extend(jsonschema.Draft4Validator, _SENT),
    "answer": jsonschema.validators.extend(jsonschema.Draft4Validator, _ANSWERED),
}

#: Days that every year has: what has only the form of a moment is looked at by itself.
_DAY = r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_MOMENT = rf"(?!0000)\d{{4}}-{_DAY}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{{1,7}})?(?=Z|\+00:00)"
#: What is different each time and is well-formed nevertheless, and what stands for it when bodies are compared.
_VARIABLE = (
    (
        re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        "00000000-0000-4000-8000-0000000000ac",
    ),
    (re.compile(_MOMENT), "2026-01-31T10:00:00"),
    (re.compile(r"(?<=[/\"])[0-9a-f]{32}(?=[/\"])"), "0" * 32),
    (re.compile(r"(?<=\")[A-Za-z0-9_-]{43,}(?=\")"), "A" * 43),
    (re.compile(r"(?<= )[12]\d{9}(?=[,}])"), "1700000000"),
)


#: Bodies whose differences are remembered.
_KEPT = 20_000


class Shapes:
    """Validators of one direction (``request`` or ``answer``), each made once, and what they said of each body."""

    def __init__(self, direction: str) -> None:
        self._kind = _KINDS[direction]
        self._validators: dict[tuple[int, int], typing.Any] = {}
        self._said: dict[tuple[int, int, str], tuple[Difference, ...]] = {}

    def differences(self, document: Document, schema: Schema, value: Json) -> tuple[Difference, ...]:
        """How a body differs from its schema; of bodies that differ in times and random parts alone, one is looked at.

        :param schema: one that the document holds, not a copy.
        """
        key, text = (id(document), id(schema)), json.dumps(value)
        for pattern, stand_in in _VARIABLE:
            text = pattern.sub(stand_in, text)
        said = self._said.get((*key, text))
        if said is None:
            if len(self._said) > _KEPT:
                self._said.clear()
            errors = self._validator(key, document, schema).iter_errors(value)
            said = self._said[(*key, text)] = tuple(_difference(error) for error in errors)
        return said

    def _validator(self, key: tuple[int, int], document: Document, schema: Schema) -> typing.Any:
        if key not in self._validators:
            whole = {"allOf": [schema], "definitions": document.definitions}
            self._validators[key] = self._kind(whole, format_checker=FORMATS)
        return self._validators[key]


def _difference(error: jsonschema.ValidationError) -> Difference:
    steps = ("[]" if isinstance(step, int) else ".*" if "/" in step else f".{step}" for step in error.absolute_path)
    place = "".join(steps).lstrip(".")
    return Difference(place, str(error.validator), error.message[:300])


REQUESTS, ANSWERS = Shapes("request"), Shapes("answer")
