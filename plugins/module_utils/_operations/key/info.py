# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Keys: one with its versions and rotation policy, or all of a vault."""

from __future__ import annotations

import dataclasses
import typing

from ..._azure import keys
from ..._domain import names
from ..._domain.failure import Failure
from ..._domain.key import KeyVersion
from ..._domain.key_identifier import KeyIdentifier
from ..._operation import Result, Task
from ..._rules.key.fitness import check_key
from ..access import caller
from ..key_store.lookup import key_in

#: What a list of versions tells.
_LISTED = ("version", "key_identifier", "enabled", "created", "not_before", "expires_on")


def gather(task: Task) -> Result:
    """The operation of the module ``keyvault_rsa_key_info``."""
    params, session = task.params, task.session
    any_key = key_in(session.cloud, params["vault"], "any")
    if params["name"]:
        names.check("key", params["name"])
        key = key_in(session.cloud, params["vault"], params["name"]).at(params["version"] or "")
        rows = [row for row in [_row(task, key)] if row]
        if not rows and params["must_exist"]:
            raise Failure(f"There is no key {key.name} in the {key.place}.", parameter="name", code="key_missing")
        return {"changed": False, "found_keys": rows}
    listed = caller.with_right(task, any_key, "listing the keys", lambda: keys.names(session, any_key.host))
    everything = session.side_by_side(*(_reader(task, dataclasses.replace(any_key, name=name)) for name in listed))
    return {"changed": False, "found_keys": [row for row in everything if row]}


def _reader(task: Task, key: KeyIdentifier) -> typing.Callable[[], Result | None]:
    return lambda: _row(task, key)


def _row(task: Task, key: KeyIdentifier) -> Result | None:
    """One key, None if it is not there."""
    params, session = task.params, task.session
    doing = f"reading the key {key.name}"
    version = caller.with_right(task, key, doing, lambda: keys.find(session, key))
    if version is None:
        return None
    row: Result = version.result()
    row["age_days"] = int(version.age(session.now()) // 86400)
    row["usable_by_registries"] = _is_usable(version, session.now())
    if params["versions"]:
        doing = f"listing the versions of {key.name}"
        versions = caller.with_right(task, key, doing, lambda: keys.versions(session, key))
        row["versions"] = [{name: one.result()[name] for name in _LISTED} for one in versions]
    if params["rotation_policy"]:
        doing = f"reading the rotation policy of {key.name}"
        policy = caller.with_right(task, key, doing, lambda: keys.get_policy(session, key))
        row["rotation_policy"] = policy.result()
    return row


def _is_usable(version: KeyVersion, now: float) -> bool:
    try:
        check_key(version, now=now)
    except Failure:
        return False
    return True
