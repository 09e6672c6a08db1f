# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An api-version shows what it describes: properties that only other versions have are left out of its answers."""

from __future__ import annotations

import functools
import typing

from . import library

if typing.TYPE_CHECKING:
    from .documents import Document, Operation, Schema

Json = typing.Any

#: Shown in versions before the one named too, whether they describe it or not (recorded, see ``exceptions``).
_SHOWN_BEFORE = {("NetworkRuleSet", "virtualNetworkRules"): "2022", ("GenericResourceExpanded", "systemData"): "9999"}


@functools.cache
def _elsewhere(service: str, definition: str) -> frozenset[str]:
    """The properties that a definition has in any version."""
    documents = {operation.document for operation in library.operations() if operation.document.service == service}
    schemas = [document.definitions.get(definition, {}) for document in documents]
    return frozenset(name for schema in schemas for name in schema.get("properties", ()))


def shown(operation: Operation, version: str, status: int, body: Json) -> Json:
    """A body without what an api-version does not have.

    :param version: the one asked for; the operation may be that of the nearest one.
    """
    # a deletion may answer with the resource although it does not say so
    same = [each for each in operation.document.operations if each.path == operation.path and each.method == "GET"]
    answers = [operation.answers.get(str(status)), *(each.answers["200"] for each in same if status < 300)]
    described = [each.schema for each in answers if each is not None]
    schema = next((each for each in described if each is not None), None)
    return body if schema is None else _shown(operation.document, version, schema, body)


def _shown(document: Document, version: str, schema: Schema, value: Json) -> Json:
    name = schema["$ref"].rsplit("/", 1)[-1] if "$ref" in schema else ""
    whole = document.resolve(schema)
    if isinstance(value, list):
        return [_shown(document, version, whole.get("items", {}), one) for one in value]
    if not isinstance(value, dict):
        return value
    properties, known = whole.get("properties", {}), _elsewhere(document.service, name) if name else frozenset()
    return {
        key: _shown(document, version, properties.get(key, {}), inner)
        for key, inner in value.items()
        if key in properties or key not in known or version < _SHOWN_BEFORE.get((name, key), "")
    }
