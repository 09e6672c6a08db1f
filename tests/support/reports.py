# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports made up without an Azure: for what is told of what was seen, and for how a page of many looks."""

from __future__ import annotations

import functools
import pathlib
import typing

import yaml
from ansible_collections.ownkey.acr.plugins.module_utils._domain import duration
from ansible_collections.ownkey.acr.plugins.module_utils._rules.health.observation import Finding
from ansible_collections.ownkey.acr.plugins.module_utils._rules.inventory.scope import Missing
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report import controls
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.change import Change, Earlier
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.checks import Policy
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.facts import Due, ProofFacts, RegistryFacts
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.history import History
from ansible_collections.ownkey.acr.plugins.module_utils._rules.report.report import Maker, Report, Scope, report

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAY = 86400.0
#: 31 January 2027, noon.
NOW = 1801396800.0
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
MAX_AGE = 90 * DAY


def registry_id(name: str, subscription: str = SUBSCRIPTION, group: str = "contoso") -> str:
    """A registry's resource id."""
    place = f"/subscriptions/{subscription}/resourceGroups/{group}"
    return f"{place}/providers/Microsoft.ContainerRegistry/registries/{name}"


def registry(name: str = "contosoacr", *, age: float | None = 10.0, **changes: typing.Any) -> RegistryFacts:
    """A registry that follows its key, and in which nothing is wrong.

    :param age: of the version in use, in days; None if it could not be seen.
    """
    created = None if age is None else NOW - age * DAY
    subscription, group = changes.get("subscription", SUBSCRIPTION), changes.get("resource_group", "contoso")
    values: dict[str, typing.Any] = {
        "id": registry_id(name, subscription, group),
        "name": name,
        "resource_group": "contoso",
        "subscription": SUBSCRIPTION,
        "location": "westeurope",
        "sku": "Premium",
        "tags": (),
        "encrypted": True,
        "key": "https://contoso-kv.vault.azure.net/keys/cmk",
        "key_name": "cmk",
        "store": "contoso-kv",
        "version": "a" * 32,
        "newest": "a" * 32,
        "key_state": "there" if age is not None else "denied",
        "created": created,
        "newest_created": created,
        "enabled": True,
        "size": 2048,
        "key_type": "RSA",
        "mode": "automatic",
        "rotates": False,
        "purge_protection": True,
        "retention_days": 90,
        "access_model": "rbac",
        "identity": "contoso-id",
        "system_identity": False,
        "allowed": True,
        "means": ("Key Vault Crypto Service Encryption User",),
        "dues": () if created is None else (Due(created + MAX_AGE, "max_age"),),
        "now": NOW,
    }
    return RegistryFacts(**{**values, **changes})


def plain(name: str = "plainacr", **changes: typing.Any) -> RegistryFacts:
    """A registry without a key of one's own."""
    return RegistryFacts(
        id=registry_id(name),
        name=name,
        resource_group="contoso",
        subscription=SUBSCRIPTION,
        location="westeurope",
        sku="Basic",
        tags=(),
        encrypted=False,
        findings=(Finding("no_cmk", "info", f"The registry {name} is encrypted with Azure's key.", "Make a new one."),),
        now=NOW,
        **changes,
    )


def finding(code: str = "key_disabled", severity: str = "error", what: str = "The key is disabled.") -> Finding:
    """Something that is wrong."""
    return Finding(code, severity, what, "Enable it.")


@functools.cache
def own_controls() -> tuple[controls.Control, ...]:
    """The controls that the collection brings."""
    text = (ROOT / "roles" / "report" / "files" / "controls.yml").read_text(encoding="utf-8")
    return controls.controls(yaml.safe_load(text)["controls"])


def a_report(
    *registries: RegistryFacts,
    unread: typing.Sequence[Missing] = (),
    lists: frozenset[str] | None = None,
    history: History = History(),
    earlier: Earlier | None = None,
    no_earlier: Change = Change(),
    max_age: float | None = MAX_AGE,
    **more: typing.Any,
) -> Report:
    """A report of some registries."""
    return report(
        registries,
        time=NOW,
        since=NOW - 365 * DAY,
        maker=Maker("99999999-8888-7777-6666-555555555555", "auditor", "77777777-0000-0000-0000-000000000000"),
        scope=Scope((f"subscription {SUBSCRIPTION}",), "AzureCloud", lists=lists),
        policy=Policy(max_age, 2048),
        gaps=unread,
        history=history,
        earlier=earlier,
        no_earlier=no_earlier,
        controls_of=more.pop("controls_of", own_controls()),
        **more,
    )


def many(count: int) -> list[RegistryFacts]:
    """A fleet as fleets are: in twenty subscriptions, on some hundred keys, of every age, and not all well."""
    old = finding("key_old", "warning", f"The version in use of the key cmk is {duration.words(100 * DAY)} old.")
    rows = []
    for number in range(count):
        key, age = number % max(1, count // 25), number * 37 % 140
        rows.append(
            registry(
                f"fleet{number:05}",
                age=float(age),
                subscription=f"{number % 20:08x}-2222-3333-4444-555555555555",
                resource_group=f"team-{number % 200:03}",
                key=f"https://fleet-{key % 40:02}-kv.vault.azure.net/keys/cmk-{key:04}",
                key_name=f"cmk-{key:04}",
                store=f"fleet-{key % 40:02}-kv",
                version=f"{number:032x}",
                newest=f"{number:032x}" if number % 9 else "b" * 32,
                tags=(("environment", "production"), ("team", f"team-{number % 200:03}")),
                findings=(finding(),) if number % 97 == 0 else (old,) if age >= 90 else (),
                unseen=("the key's rotation policy",) if number % 211 == 5 else (),
                proof=ProofFacts("readable", NOW, "now", "read team/app@sha256:1234567…"),
            )
        )
    return rows
