# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Private to the collection ownkey.acr: may change at any time.

"""Look at registries' keys, and say what is wrong, why it matters and what to do; changes nothing."""

from __future__ import annotations

import typing

from .._azure import keys, sdk
from .._operation import Result, Task
from .._rules import diagnosis, durations, health, key_facts, key_identifier
from .._rules.failure import Failure
from .._rules.key_identifier import KeyIdentifier
from .._rules.registry_facts import Facts, is_encrypted
from . import observe, resolve


def gather(task: Task) -> Result:
    """The operation of the module ``cmk_health_info``."""
    params = task.params
    known = resolve.registries_by_reference(task) if params["registries"] else resolve.all_registries(task.session)
    wanted = _thresholds(params)
    views = _views(task, known, wanted)
    rows, lines = [], []
    for view in views:
        findings = diagnosis.diagnose(view)
        shown = {"name": view.registry["name"], "id": view.registry["id"], "worst": diagnosis.worst(findings)}
        rows.append({**shown, "findings": [finding.show() for finding in findings]})
        lines += [f"{f.severity} {f.code} ({view.registry['name']}): {f.sentence()}" for f in findings]
    worst = max((diagnosis.SEVERITIES.index(r["worst"]) for r in rows if r["worst"] != "none"), default=-1)
    told = _told(rows)
    limit = params["fail_on"]
    result = {"changed": False, "msg": told, "registries": rows, "findings": lines, "healthy": worst < 1}
    if limit != "never" and worst >= diagnosis.SEVERITIES.index(limit):
        raise Failure(
            f"{told} The worst is of severity {diagnosis.SEVERITIES[worst]}.",
            hint="See findings; ownkey.acr.restore mends what keeps a registry from its key.",
            code="unhealthy",
            details={name: value for name, value in result.items() if name != "msg"},
        )
    return result


def _thresholds(params: dict[str, typing.Any]) -> diagnosis.Thresholds:
    def seconds(name: str) -> float | None:
        return durations.parse(params[name], parameter=name).total_seconds if params[name] else None

    return diagnosis.Thresholds(
        max_age=seconds("max_age"),
        expiry_within=seconds("expiry_within") or 0.0,
        min_size=params["min_size"],
        expect=tuple(params["expect"] or ()),
    )


def _told(rows: list[dict[str, typing.Any]]) -> str:
    counts = {level: sum(row["worst"] == level for row in rows) for level in ("error", "warning", "info", "none")}
    words = {"error": "in trouble", "warning": "to be looked after", "info": "with a note", "none": "healthy"}
    parts = [f"{count} {words[level]}" for level, count in counts.items() if count]
    noun = "registry" if len(rows) == 1 else "registries"
    return f"{len(rows)} {noun}: {', '.join(parts)}." if rows else "There is no registry that you can see."


def _views(task: Task, known: list[Facts], wanted: diagnosis.Thresholds) -> list[diagnosis.View]:
    """Look at each key and each way to a key once, side by side, however many registries share them."""
    ways: dict[str, tuple[Facts, KeyIdentifier]] = {}
    stores: dict[str, KeyIdentifier] = {}
    for registry in known:
        block = registry["encryption"]
        key = key_identifier.try_parse(
            block.get("versioned_key_identifier") or block.get("key_identifier"), task.session.cloud
        )
        if is_encrypted(registry) and key:
            ways.setdefault(_way(registry), (registry, key))
            stores.setdefault(str(key.versionless), key.versionless)
    seen = dict(zip(ways, task.session.side_by_side(*(_looker(task, *way) for way in ways.values())), strict=True))
    details = dict(
        zip(stores, task.session.side_by_side(*(_detailer(task, key) for key in stores.values())), strict=True)
    )
    views = []
    for registry in known:
        way = seen.get(_way(registry)) if is_encrypted(registry) else None
        versionless = way.key_identifier.rsplit("/", 1)[0] if way else ""
        versions, policy = details.get(versionless, (None, None))
        views.append(diagnosis.View(registry, way, versions, policy, task.session.now(), wanted))
    return views


def _way(registry: Facts) -> str:
    """What makes two registries' ways to their key the same: key version, identity, and how it is attached."""
    block, identity = registry["encryption"], registry["identity"]
    if block.get("identity") == "system":
        return f"{registry['id']}"
    attached = block.get("identity_resource_id") or ""
    users = sorted(str(user["client_id"]) for user in identity["user_assigned"] if user["resource_id"] == attached)
    return f"{block.get('versioned_key_identifier')}|{block.get('identity')}|{attached}|{users}"


def _looker(task: Task, registry: Facts, key: KeyIdentifier) -> typing.Callable[[], health.Observed]:
    def look() -> health.Observed:
        block = registry["encryption"]
        identity = resolve.find_identity(task.session, block["identity"], None, registry=registry)
        reference = str(block["identity_resource_id"] or block["identity"]).rsplit("/", 1)[-1]
        return observe.everything(task.session, key, identity, reference=reference, registry=registry)

    return look


def _detailer(
    task: Task, key: KeyIdentifier
) -> typing.Callable[[], tuple[list[key_facts.Facts] | None, dict[str, typing.Any] | None]]:
    """Reads a key's versions, oldest first, and its rotation policy; None for what the caller may not see."""
    core = sdk.module("azure.core.exceptions", "azure-core")

    def detail() -> tuple[list[key_facts.Facts] | None, dict[str, typing.Any] | None]:
        try:
            versions = keys.versions(task.session, key)
        except core.AzureError:
            versions = None
        try:
            policy = keys.get_policy(task.session, key) if versions else None
        except core.AzureError:
            policy = None
        return versions, policy

    return detail
