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


class _Sieve(typing.NamedTuple):
    """What of a value of some kind an api-version does not have: by its own name, or further inside."""

    hidden: frozenset[str]
    inside: dict[str, _Sieve]

    @property
    def lets_all_through(self) -> bool:
        return not (self.hidden or self.inside)


#: The name under which a sieve has the one for the entries of a list.
_ENTRY = ""


def shown(operation: Operation, version: str, status: int, body: Json) -> Json:
    """A body without what an api-version does not have.

    :param version: the one asked for; the operation may be that of the nearest one.
    """
    return _shown(_sieve_of(operation, version, status), body)


@functools.lru_cache(maxsize=4096)
def _sieve_of(operation: Operation, version: str, status: int) -> _Sieve:
    # a deletion may answer with the resource although it does not say so
    same = [each for each in operation.document.operations if each.path == operation.path and each.method == "GET"]
    answers = [operation.answers.get(str(status)), *(each.answers["200"] for each in same if status < 300)]
    described = [each.schema for each in answers if each is not None]
    schema = next((each for each in described if each is not None), {})
    return _sieve(operation.document, version, schema, ())


def _sieve(document: Document, version: str, schema: Schema, above: tuple[str, ...]) -> _Sieve:
    """The sieve of a schema.

    :param above: the definitions that it stands in; one inside itself is not looked into again.
    """
    name = schema["$ref"].rsplit("/", 1)[-1] if "$ref" in schema else ""
    if name in above:
        return _Sieve(frozenset(), {})
    whole, above = document.resolve(schema), (*above, name) if name else above
    properties, known = whole.get("properties", {}), _elsewhere(document.service, name) if name else frozenset()
    hidden = (key for key in known if key not in properties and version >= _SHOWN_BEFORE.get((name, key), ""))
    parts = {**properties, **({_ENTRY: whole["items"]} if "items" in whole else {})}
    inside = {key: _sieve(document, version, part, above) for key, part in parts.items()}
    return _Sieve(frozenset(hidden), {key: each for key, each in inside.items() if not each.lets_all_through})


def _shown(sieve: _Sieve, value: Json) -> Json:
    if isinstance(value, list):
        entry = sieve.inside.get(_ENTRY)
        return value if entry is None else [_shown(entry, one) for one in value]
    if not isinstance(value, dict) or sieve.lets_all_through:
        return value
    return {
        key: _shown(sieve.inside[key], inner) if key in sieve.inside else inner
        for key, inner in value.items()
        if key not in sieve.hidden
    }
