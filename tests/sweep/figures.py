# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures of a sweep: kept beside the tests' other things, and written into ``docs/reliability.md``."""

from __future__ import annotations

import collections
import datetime
import importlib.metadata
import json
import pathlib
import platform
import typing

import generated

from .judgement import RECOVERS, WRONG

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ROOT / ".cache" / "sweep.json"
PAGE = ROOT / "docs" / "reliability.md"
#: What the figures depend on.
LIBRARIES = (
    "ansible-core",
    "azure-core",
    "azure-identity",
    "azure-keyvault-keys",
    "azure-mgmt-containerregistry",
    "azure-mgmt-keyvault",
    "azure-containerregistry",
)

Row = dict[str, typing.Any]


def keep(rows: typing.Sequence[Row]) -> None:
    """Keep what came of the last sweep."""
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(list(rows)), encoding="utf-8")


def kept() -> list[Row]:
    """What came of the last sweep."""
    return typing.cast(list[Row], json.loads(KEPT.read_text(encoding="utf-8"))) if KEPT.exists() else []


def write(rows: typing.Sequence[Row], each: int = 0) -> None:
    """Put the figures in their place on the page.

    :param each: so many of each operation were drawn, 0 if all were tried.
    """
    generated.write(PAGE, "figures", text(rows, each))


def text(rows: typing.Sequence[Row], each: int = 0) -> str:
    """The figures as Markdown; see :func:`write`."""
    told = [
        f"Python {platform.python_version()}",
        *(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES),
    ]
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    wrong = sum(one["verdict"] == WRONG for one in rows)
    drawn = f", {each} drawn of each operation," if each else ""
    lines = [
        f"{len(rows):,} cases{drawn} on {day}, {wrong:,} wrong. With {', '.join(told)}.",
        "",
        *_table("operation", rows, "case"),
        "",
        *_table("fault", rows, "kind"),
        "",
    ]
    return "\n".join(lines)


def _table(title: str, rows: typing.Sequence[Row], by: str) -> list[str]:
    groups: dict[str, list[Row]] = {}
    for one in rows:
        groups.setdefault(one[by], []).append(one)
    return [
        f"| {title} | cases | right | of them waited out | of them failures that recover | wrong |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *(_line(name, group) for name, group in sorted(groups.items())),
        _line("all", rows),
    ]


def _line(name: str, rows: typing.Sequence[Row]) -> str:
    counted = collections.Counter(one["verdict"] for one in rows)
    waited = sum(one["waited"] for one in rows if one["verdict"] not in (WRONG, RECOVERS))
    right = len(rows) - counted[WRONG]
    return f"| {name} | {len(rows):,} | {right:,} | {waited:,} | {counted[RECOVERS]:,} | {counted[WRONG]:,} |"
