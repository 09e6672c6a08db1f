# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Facts of keys: one with its versions and rotation policy, or all of a vault."""

from __future__ import annotations

import dataclasses
import typing

from .._azure import keys, sdk
from .._operation import Result, Task
from .._rules import encryption, key_facts, names
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from . import caller, resolve


def gather(task: Task) -> Result:
    """The operation of the module ``keyvault_rsa_key_info``."""
    params, session = task.params, task.session
    any_key = resolve.key_in(session.cloud, params["vault"], "any")
    if params["name"]:
        names.check("key", params["name"])
        key = resolve.key_in(session.cloud, params["vault"], params["name"]).at(params["version"] or "")
        found = [one for one in [_one(task, key)] if one]
        if not found and params["must_exist"]:
            raise Failure(f"There is no key {key.name} in the {key.place}.", parameter="name", code="key_missing")
        return {"changed": False, "found_keys": found}
    listed = caller.with_right(task, any_key, "listing the keys", lambda: keys.names(session, any_key.host))
    everything = session.side_by_side(*(_reader(task, dataclasses.replace(any_key, name=name)) for name in listed))
    return {"changed": False, "found_keys": [known for known in everything if known]}


def _reader(task: Task, key: KeyIdentifier) -> typing.Callable[[], key_facts.Facts | None]:
    return lambda: _one(task, key)


def _one(task: Task, key: KeyIdentifier) -> dict[str, typing.Any] | None:
    core = sdk.module("azure.core.exceptions", "azure-core")
    session, params = task.session, task.params

    def read() -> dict[str, typing.Any] | None:
        try:
            return keys.get(session, key)
        except core.ResourceNotFoundError:
            return None

    known = caller.with_right(task, key, f"reading the key {key.name}", read)
    if known is None:
        return None
    shown = dict(known)
    shown["age_days"] = int(key_facts.age(known, session.now()) // 86400)
    shown["usable_by_registries"] = _usable(known, session.now())
    if params["versions"]:
        listed = caller.with_right(
            task, key, f"listing the versions of {key.name}", lambda: keys.versions(session, key)
        )
        kept = ("version", "key_identifier", "enabled", "created", "not_before", "expires_on")
        shown["versions"] = [{name: version[name] for name in kept} for version in listed]
    if params["rotation_policy"]:
        doing = f"reading the rotation policy of {key.name}"
        shown["rotation_policy"] = caller.with_right(task, key, doing, lambda: keys.get_policy(session, key))
    return shown


def _usable(known: key_facts.Facts, now: float) -> bool:
    try:
        encryption.check_key(known, now=now)
    except Failure:
        return False
    return True
