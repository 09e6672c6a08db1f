# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A state of the local Azure in a form that can be compared: without times, random ids and secrets."""

from __future__ import annotations

import json
import re
import typing

#: What differs between two runs that came to the same.
_PASSING = frozenset(
    (
        "apps",
        "at",
        "certificates",
        "created",
        "created_by",
        "by",
        "data_key",
        "deleted",
        "deleted_date",
        "purge_date",
        "modified",
        "next_check",
        "operations",
        "passwords",
        "pem",
        "policy_created",
        "policy_updated",
        "rotated",
        "public",
        "purged_keys",
        "recovered",
        "retention_updated",
        "replicated",
        "signing_key",
        "started",
        "until",
        "updated",
        "users",
        "visible",
        "value",
        "verb",
        "operation",
    )
)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE)

State = dict[str, typing.Any]


def view(data: typing.Mapping[str, typing.Any]) -> State:
    """The comparable form of the ``data`` of a state in which nothing is under way.

    Ids are named by what they belong to; key versions by their number.
    """
    names = symbols(data)
    plain = _plain({kind: value for kind, value in data.items() if kind != "images"}, names)
    assert isinstance(plain, dict)
    plain["images"] = {place: _contents(known) for place, known in data["images"].items()}
    return plain


def _contents(registry: typing.Mapping[str, typing.Any]) -> State:
    """What a registry holds: by repository its attributes, manifests and tags."""
    return {
        name: {
            "attributes": repository.get("attributes"),
            "manifests": {digest: one.get("attributes") for digest, one in repository["manifests"].items()},
            "tags": {tag: (one["digest"], one.get("attributes")) for tag, one in repository["tags"].items()},
        }
        for name, repository in registry["repositories"].items()
    }


def named(value: typing.Any, data: typing.Mapping[str, typing.Any]) -> typing.Any:
    """A result with its ids named, as :func:`view` names them."""
    return json.loads(_replaced(json.dumps(value, sort_keys=True), symbols(data)))


def symbols(data: typing.Mapping[str, typing.Any]) -> dict[str, str]:
    """A name for each id that is made anew in each run."""
    names: dict[str, str] = {}
    for identity in data["identities"].values():
        names |= {identity["principal_id"]: f"principal of {identity['name']}"}
        names |= {identity["client_id"]: f"client of {identity['name']}"}
    for registry in data["registries"].values():
        if registry["system_principal"]:
            names[registry["system_principal"]] = f"system of {registry['name']}"
    for app in data["apps"].values():
        names[app["oid"]] = f"principal of {app['name']}"
    for place in (data["keys"], data["deleted_keys"]):
        for keys in place.values():
            for key in keys.values():
                key = key.get("key", key)
                names |= {version: f"{key['name']}#{number}" for number, version in enumerate(key["order"], 1)}
    return names


def versions(data: typing.Mapping[str, typing.Any]) -> dict[str, tuple[str, ...]]:
    """By key store and key, the ids of the versions, those of deleted keys too."""
    found: dict[str, tuple[str, ...]] = {}
    for place in (data["keys"], data["deleted_keys"]):
        for store, keys in place.items():
            for key in keys.values():
                key = key.get("key", key)
                found[f"{store}/{key['name']}"] = tuple(key["order"])
    return found


def differences(one: typing.Any, other: typing.Any, path: str = "") -> list[str]:
    """Where two values differ, in words."""
    if isinstance(one, dict) and isinstance(other, dict):
        found: list[str] = []
        for name in sorted({*one, *other}):
            at = f"{path}/{name}"
            if name not in one or name not in other:
                found.append(f"{at}: {'only there' if name in one else 'not there'}")
            else:
                found += differences(one[name], other[name], at)
        return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            text for n, pair in enumerate(zip(one, other, strict=True)) for text in differences(*pair, f"{path}/{n}")
        ]
    return [] if one == other else [f"{path}: {_short(one)} for {_short(other)}"]


def _short(value: typing.Any) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) < 160 else f"{text[:160]}…"


def _replaced(text: str, names: typing.Mapping[str, str]) -> str:
    return _ID.sub(lambda match: names.get(match[0].lower(), names.get(match[0], "*")), text)


def _plain(value: typing.Any, names: typing.Mapping[str, str]) -> typing.Any:
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if key not in _PASSING}
        if kept and all(isinstance(one, dict) and "role" in one and "principal" in one for one in kept.values()):
            # role assignments, whose own names are of no account
            rows = [_plain({k: v for k, v in one.items() if k != "name"}, names) for one in kept.values()]
            return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
        return {_replaced(key, names): _plain(one, names) for key, one in kept.items()}
    if isinstance(value, list):
        return [_plain(one, names) for one in value]
    return _replaced(value, names) if isinstance(value, str) else value
