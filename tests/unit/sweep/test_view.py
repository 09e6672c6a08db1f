# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two states that came to the same look the same, and others do not."""

from __future__ import annotations

import typing
import uuid

from sweep import view


def state(now: float = 1.0, enabled: bool = True) -> dict[str, typing.Any]:
    principal, client, version = str(uuid.uuid4()), str(uuid.uuid4()), uuid.uuid4().hex
    kid = f"https://kv.vault.azure.net/keys/cmk/{version}"
    registry = {
        "name": "acr",
        "system_principal": None,
        "modified": now,
        "encryption": {"kid": kid, "identity": client},
    }
    key = {"name": "cmk", "order": [version], "versions": {version: {"enabled": enabled, "created": now}}}
    return {
        "apps": {"a": {"name": "me", "oid": "00000000-0000-0000-0000-000000000001"}},
        "identities": {"/i": {"name": "id", "principal_id": principal, "client_id": client}},
        "registries": {"/r": registry},
        "keys": {"kv": {"cmk": key}},
        "deleted_keys": {},
        "assignments": {f"/a/{uuid.uuid4()}": {"name": str(uuid.uuid4()), "role": "r", "principal": principal}},
        "images": {},
    }


def test_ids_and_times_are_of_no_account() -> None:
    assert view.view(state(1.0)) == view.view(state(2.0))
    shown = view.view(state())
    assert shown["registries"]["/r"]["encryption"] == {
        "kid": "https://kv.vault.azure.net/keys/cmk/cmk#1",
        "identity": "client of id",
    }
    assert shown["assignments"] == [{"principal": "principal of id", "role": "r"}]


def test_what_counts_is_told_by_its_place() -> None:
    told = view.differences(view.view(state(enabled=False)), view.view(state()))
    assert told == ["/keys/kv/cmk/versions/cmk#1/enabled: false for true"]
    assert view.differences({"a": 1}, {"b": [1]}) == ["/a: only there", "/b: not there"]


def test_versions_are_counted_of_deleted_keys_too() -> None:
    data = state()
    data["deleted_keys"] = {"kv": {"old": {"key": {"name": "old", "order": ["x", "y"]}}}}
    assert {key: len(found) for key, found in view.versions(data).items()} == {"kv/cmk": 1, "kv/old": 2}
