# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests of every described operation as Hypothesis makes them up: as described, nearly so, and nonsense."""

from __future__ import annotations

import dataclasses
import functools
import typing

from hypothesis import strategies as st
from local_azure.descriptions import library

from .clients import PLACE
from .described import HSM_USER, IDENTITY, KEY, REGISTRY, REPLICA, ROLE, VAULT

if typing.TYPE_CHECKING:
    from local_azure.descriptions.documents import Document, Operation, Schema

Json = typing.Any

GUID = "00000000-0000-4000-8000-00000000beef"
_WORDS = (
    PLACE,
    REPLICA,
    REGISTRY,
    "contoso",
    "hello",
    "Premium",
    "Basic",
    "RSA",
    "P1Y",
    "P90D",
    "P30D",
    GUID,
    "2027-01-31T10:00:00Z",
    "Microsoft.ContainerRegistry/registries",
    "Microsoft.KeyVault/vaults",
    f"https://{VAULT}.vault.azure.net/keys/{KEY}",
    f"/subscriptions/{GUID}/providers/Microsoft.Authorization/roleDefinitions/{HSM_USER}",
    "198.51.100.0/24",
    "resources | where type =~ 'microsoft.containerregistry/registries' | project id",
    "",
    "ü/../%2e",
    "x" * 300,
)
_FORMATS = {
    "uuid": st.sampled_from((GUID, HSM_USER)),
    "date-time": st.just("2027-01-31T10:00:00Z"),
    "base64url": st.sampled_from(("AQAB", "", "x" * 342)),
}
_ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(_WORDS)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(("name", "id", "x")), inner, max_size=2)
    ),
    max_leaves=4,
)
_OPTIONS = {
    "$top": ("1", "0", "x", ""),
    "$filter": ("atScope()", "roleName eq 'AcrPull'", "name eq 'x'", "'", "resourceType eq 'x' or name eq 'y'"),
    "$skiptoken": ("1", "x", "-1", "99999999999999999999"),
    "$expand": ("x",),
    "maxresults": ("1", "25", "26", "0", "x", ""),
    "n": ("1", "0", "-1", "abc", ""),
    "last": ("hello", ""),
    "orderby": ("timedesc", "x"),
    "nonsense": ("1",),
    "api-version": ("2019-05-01", "7.0", "2099-01-01", "x", ""),
}
_NAMES = ("a", "x" * 200, "ü", "a b", IDENTITY, VAULT, ROLE, "westus2", "add", "none", "..", "a/b")


@dataclasses.dataclass(frozen=True)
class Arbitrary:
    """A request; ``names`` are other names in its path."""

    operation: Operation
    body: Json
    raw: bytes | None
    kind: str
    query: dict[str, str]
    names: dict[str, str]

    def __repr__(self) -> str:
        sent = self.raw if self.raw is not None else self.body
        return f"{self.operation.title} {self.names} {self.query} {self.kind} {sent!r}"


def as_described(document: Document, schema: Schema, depth: int = 0) -> st.SearchStrategy[Json]:
    """Bodies that a schema allows."""
    whole = document.resolve(schema)
    if "enum" in whole:
        return st.sampled_from(whole["enum"])
    kind = whole.get("type", "object" if "properties" in whole else "")
    if kind == "array":
        return st.lists(as_described(document, whole["items"], depth + 1), max_size=2 if depth < 6 else 0)
    if kind == "object" and "properties" in whole:
        return _objects(document, whole, depth)
    if kind == "object" and isinstance(whole.get("additionalProperties"), dict):
        inner = as_described(document, whole["additionalProperties"], depth + 1)
        return st.dictionaries(st.sampled_from(("a", "b", "A", "x" * 600)), inner, max_size=2)
    if kind == "integer":
        return st.integers(whole.get("minimum", -1), whole.get("maximum", 4096)) | st.sampled_from((7, 30, 2048, 65537))
    plain: dict[str, st.SearchStrategy[Json]] = {"boolean": st.booleans(), "number": st.floats(0, 10), **_FORMATS}
    return plain.get(kind, plain.get(whole.get("format", ""), st.sampled_from(_WORDS)))


def _objects(document: Document, whole: Schema, depth: int) -> st.SearchStrategy[Json]:
    required = set(whole.get("required", ()))
    deep = depth > 6
    strategies = {
        name: as_described(document, inner, depth + 1)
        for name, inner in whole["properties"].items()
        if name in required or not deep
    }
    fixed = {name: strategies[name] for name in strategies if name in required or depth == 0}
    return st.fixed_dictionaries(fixed, optional={n: s for n, s in strategies.items() if n not in fixed})


@st.composite
def _nearly(draw: st.DrawFn, body: st.SearchStrategy[Json]) -> Json:
    """A body in which one thing is something else, is missing, or is too much."""
    whole = draw(body)
    at = whole
    for _depth in range(draw(st.integers(0, 4))):
        inner = list(at.values() if isinstance(at, dict) else at)
        further = [one for one in inner if isinstance(one, dict | list) and one]
        if not further:
            break
        at = draw(st.sampled_from(further))
    if isinstance(at, dict):
        name = draw(st.sampled_from([*at, "nonsense"]))
        if name in at and draw(st.booleans()):
            del at[name]
        else:
            at[name] = draw(_ANYTHING)
    elif isinstance(at, list):
        at.append(draw(_ANYTHING))
    return whole


@functools.cache
def _bodies(operation: Operation) -> st.SearchStrategy[Json]:
    if operation.body is None:
        return st.none()
    described = as_described(operation.document, operation.body)
    return described | _nearly(described) | _ANYTHING


@st.composite
def requests(draw: st.DrawFn) -> Arbitrary:
    """A request of any operation."""
    operation = draw(st.sampled_from(library.operations()))
    body, raw, kind = draw(_bodies(operation)), None, "application/json"
    if draw(st.integers(0, 15)) == 0:
        raw = draw(st.sampled_from((b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b"{}", b'{"a": NaN}', b"[" * 3000)))
        kind = draw(st.sampled_from((kind, "text/plain", "", "application/x-www-form-urlencoded")))
    described_options = [name for name in operation.options("query") if name in _OPTIONS]
    names = draw(
        st.lists(st.sampled_from([*described_options, *_OPTIONS]), max_size=draw(st.sampled_from((0, 0, 1, 2))))
    )
    query = {name: draw(st.sampled_from(_OPTIONS[name])) for name in names}
    parts = [one.name for one in operation.parameters if one.place == "path" and one.name != "subscriptionId"]
    changed = draw(st.sampled_from(parts)) if parts and draw(st.integers(0, 3)) == 0 else ""
    return Arbitrary(operation, body, raw, kind, query, {changed: draw(st.sampled_from(_NAMES))} if changed else {})
