# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Look at registries' keys, and say what is wrong, why it matters and what to do; changes nothing."""

from __future__ import annotations

import typing

from ..._azure import errors, keys, sdk
from ..._domain import duration
from ..._domain.failure import Failure
from ..._domain.key import KeyVersion, RotationPolicy
from ..._domain.key_identifier import KeyIdentifier
from ..._domain.registry import Registry
from ..._operation import Result, Task
from ..._rules.health import findings as rules
from ..._rules.health.findings import SEVERITIES, Thresholds, View
from ..._rules.health.observation import Finding
from ..registry.lookup import all_registries, registries_by_reference, registries_of_group
from . import looks


def gather(task: Task) -> Result:
    """The operation of the module ``cmk_health_info``."""
    params = task.params
    if params["registries"]:
        registries = registries_by_reference(task, with_all=True)
    elif params["resource_group"]:
        registries = registries_of_group(task, params["resource_group"])
    else:
        registries = all_registries(task.session)
    rows, lines = [], []
    for view, findings in examine(task, registries):
        row = {"name": view.name, "id": view.registry.id, "worst": rules.worst(findings)}
        rows.append({**row, "findings": [finding.result() for finding in findings]})
        lines += [f"{one.severity} {one.code} ({view.name}): {one.sentence()}" for one in findings]
    worst = max((SEVERITIES.index(str(row["worst"])) for row in rows if row["worst"] != "none"), default=-1)
    summary = _summary(rows)
    limit = params["fail_on"]
    result = {"changed": False, "msg": summary, "registries": rows, "findings": lines, "healthy": worst < 1}
    if limit != "never" and worst >= SEVERITIES.index(limit):
        raise Failure(
            f"{summary} The worst is of severity {SEVERITIES[worst]}.",
            hint="See findings; ownkey.acr.restore mends what keeps a registry from its key.",
            code="unhealthy",
            details={name: value for name, value in result.items() if name != "msg"},
        )
    return result


def examine(
    task: Task, registries: typing.Sequence[Registry], note: looks.Note = looks.fail
) -> list[tuple[View, list[Finding]]]:
    """Each registry as it was seen, and what is wrong, by the options ``max_age``, ``expiry_within``, ``min_size`` and
    ``expect``: each key and each way to a key is looked at once.

    :param note: takes what Azure does not tell, which then counts as not seen.
    :raises Failure: when Azure does not tell, unless ``note`` takes it.
    """
    return [(view, rules.diagnose(view)) for view in _views(task, registries, _thresholds(task), note)]


def _thresholds(task: Task) -> Thresholds:
    params = task.params

    def seconds(name: str) -> float | None:
        return duration.parse(params[name], parameter=name).total_seconds if params[name] else None

    return Thresholds(
        max_age=seconds("max_age"),
        expiry_within=seconds("expiry_within") or 0.0,
        min_size=params["min_size"],
        expect=tuple(params["expect"] or ()),
    )


def _summary(rows: typing.Sequence[Result]) -> str:
    counts = {level: sum(row["worst"] == level for row in rows) for level in ("error", "warning", "info", "none")}
    words = {"error": "in trouble", "warning": "to be looked after", "info": "with a note", "none": "healthy"}
    parts = [f"{count} {words[level]}" for level, count in counts.items() if count]
    noun = "registry" if len(rows) == 1 else "registries"
    return f"{len(rows)} {noun}: {', '.join(parts)}." if rows else "There is no registry that you can see."


class KeyHistory(typing.NamedTuple):
    """A key's versions, oldest first, and its rotation policy; None for what the caller may not see."""

    versions: tuple[KeyVersion, ...] | None = None
    policy: RotationPolicy | None = None


def _views(task: Task, registries: typing.Sequence[Registry], thresholds: Thresholds, note: looks.Note) -> list[View]:
    """Look at each key and each way to a key once, side by side, however many registries share them."""
    session = task.session
    in_use = {registry.id: registry.encryption.current for registry in registries if registry.encryption}
    pairs = [(one, key) for one in registries if (key := in_use.get(one.id))]
    observations = looks.ways_to_keys(task, pairs, note)
    stored_keys = {str(key.versionless): key.versionless for key in in_use.values() if key}
    histories = session.side_by_side(*(_historian(task, key, note) for key in stored_keys.values()))
    by_key = dict(zip(stored_keys, histories, strict=True))
    views = []
    for registry in registries:
        observation = observations.get(registry.id)
        history = by_key.get(str(observation.key_identifier.versionless), KeyHistory()) if observation else KeyHistory()
        views.append(View(registry, observation, history.versions, history.policy, session.now(), thresholds))
    return views


def _historian(task: Task, key: KeyIdentifier, note: looks.Note) -> typing.Callable[[], KeyHistory]:
    core = sdk.module("azure.core.exceptions", "azure-core")

    def refuse(error: Exception, doing: str) -> None:
        try:
            _let_pass(error, doing)
        except Failure as failure:
            note(key, failure)

    def read() -> KeyHistory:
        try:
            versions = keys.versions(task.session, key)
        except core.AzureError as error:
            refuse(error, f"listing the versions of the key {key.name}")
            return KeyHistory()
        try:
            return KeyHistory(versions, keys.get_policy(task.session, key) if versions else None)
        except core.AzureError as error:
            refuse(error, f"reading the rotation policy of {key.name}")
            return KeyHistory(versions)

    return read


def _let_pass(error: Exception, doing: str) -> None:
    """Pass over what the caller may not see, or is not there; the findings say so elsewhere.

    :raises Failure: for anything else: "none" would be untrue.
    """
    if errors.status_of(error) not in (403, 404) and not errors.is_unreachable(error):
        raise errors.failure(error, doing) from error
