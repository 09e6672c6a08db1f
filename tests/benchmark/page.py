# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures of the benchmarks: kept beside the tests' other things, and written into ``docs/performance.md``."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import pathlib
import platform
import typing

ROOT = pathlib.Path(__file__).resolve().parents[2]
KEPT = ROOT / ".cache" / "performance.json"
PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
#: The parts of the table, in order; the last one is written by ``move.py``.
ORDER = ("versionless", "pinned", "told", "one_play", "create_again", "local_azure", "move")


@dataclasses.dataclass(frozen=True)
class Row:
    """A row of a table: the work, what it should cost, what it did, and whether that is met (None: it is no target)."""

    work: str
    target: str
    measured: str
    met: bool | None = None


def keep(name: str, rows: typing.Sequence[Row]) -> None:
    """Keep what came of a part of a benchmark, with the day."""
    known = _kept()
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    known[name] = {"day": day, "rows": [dataclasses.asdict(row) for row in rows]}
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(known), encoding="utf-8")


def _kept() -> dict[str, typing.Any]:
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


def write() -> None:
    """Put the figures in their place on the page."""
    page, known = PAGE.read_text(encoding="utf-8"), _kept()
    before, after = page.partition(BEGIN)[0], page.partition(END)[2]
    rows = [Row(**row) for name in ORDER if name in known for row in known[name]["rows"]]
    days = sorted({part["day"] for part in known.values()})
    text = "\n".join([_machine(days), "", *_table(rows)])
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
    print(f"The figures are in {PAGE.relative_to(ROOT)}.")


def _machine(days: list[str]) -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    return f"{when}, {cores} cores, Python {platform.python_version()}; the local Azure runs on the same cores."


def _table(rows: typing.Sequence[Row]) -> list[str]:
    met = {True: "yes", False: "**no**", None: ""}
    lines = [f"| {row.work} | {row.target} | {row.measured} | {met[row.met]} |" for row in rows]
    return ["| work | target | measured | met |", "| --- | --- | --- | --- |", *lines]
