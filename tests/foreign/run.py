# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Foreign clients as judges of the local Azure: run suites, print a table.

Usage: python tests/foreign/run.py [SUITE ...]. The exit status is 1 if anything was wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime
import os
import pathlib
import sys
import tempfile
import time
import typing

HERE = pathlib.Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "reliability.md"
sys.path[:0] = [str(HERE.parent), str(HERE)]

import generated  # noqa: E402
from gaps import bugs, gaps  # noqa: E402
from local_azure.client import Control  # noqa: E402
from local_azure.server import LocalAzure, running  # noqa: E402
from local_azure.settings import Settings  # noqa: E402
from suite import Case, NotHere, Suite, cases  # noqa: E402
from suites import SUITES  # noqa: E402


@dataclasses.dataclass
class Result:
    """What a suite came to."""

    name: str
    tools: str
    cases: list[Case]
    gaps: dict[tuple[str, str], int]
    problems: list[str]
    seconds: float
    here: bool = True

    def row(self) -> str:
        """A row of the table."""
        passed = sum(not case.problem for case in self.cases)
        count = f"{len(self.cases):4} {passed:7} {sum(self.gaps.values()):5} {len(self.problems):6}"
        return (
            f"{self.name:16} {count if self.here else '   -       -     -      -'} {self.seconds:6.0f} s  {self.tools}"
        )

    def table_row(self) -> str:
        """A row of the page's table."""
        if not self.here:
            return f"| {self.name} | | | | | {self.tools} |"
        passed = sum(not case.problem for case in self.cases)
        numbers = (len(self.cases), passed, sum(self.gaps.values()), len(self.problems))
        return f"| {self.name} | {' | '.join(f'{number:,}' for number in numbers)} | {self.tools} |"


@contextlib.contextmanager
def _inside(azure: LocalAzure) -> typing.Iterator[None]:
    """This process's own clients reach the local Azure, for as long."""
    before = dict(os.environ)
    os.environ.update(azure.environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def outcome(suite: Suite) -> Result:
    """Run a suite in a local Azure of its own."""
    started = time.monotonic()
    try:
        program = suite.prepare()
    except NotHere as missing:
        return Result(suite.name, f"not here: {missing}", [], {}, [], 0, here=False)
    with running(Settings(operation_seconds=0.05), managed_hsms=("fg-hsm",)) as azure:
        with _inside(azure):
            suite.furnish(azure)
        with tempfile.TemporaryDirectory(prefix="foreign-") as folder:
            tried = cases(program, azure, pathlib.Path(folder))
        entries = Control(azure.url).requests()
    missing = gaps(entries)
    problems = [f"{case.name}: {case.problem}" for case in tried if case.problem]
    problems += [f"501 for {name} ({count} times)" for (name, why), count in missing.items() if not why]
    return Result(suite.name, program.versions, tried, missing, problems + bugs(entries), time.monotonic() - started)


def _write(results: list[Result]) -> None:
    """Put the figures of a whole run in their place in ``docs/reliability.md``."""
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    lines = [
        f"On {day}:",
        "",
        "| suite | cases | passed | answered with 501 | wrong | with |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
        *(result.table_row() for result in results),
        "",
    ]
    generated.write(PAGE, "foreign", "\n".join(lines))


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", nargs="*", help=f"which: {', '.join(suite.name for suite in SUITES)} (default: all)")
    wanted = parser.parse_args().suite
    unknown = set(wanted) - {suite.name for suite in SUITES}
    if unknown:
        parser.error(f"no such suite: {', '.join(sorted(unknown))}")
    results = []
    for suite in SUITES:
        if wanted and suite.name not in wanted:
            continue
        results.append(outcome(suite))
        for problem in results[-1].problems:
            print(f"wrong: {suite.name}: {problem}", flush=True)
    print(f"\n{'suite':16} {'run':>4} {'passed':>7} {'501':>5} {'wrong':>6} {'took':>8}  with")
    for result in results:
        print(result.row())
    if not wanted:
        _write(results)
    told = sorted({(name, why) for result in results for (name, why) in result.gaps})
    print("\nAnswered with 501:" if told else "\nNothing was answered with 501.")
    for name, why in told:
        print(f"  {name}: {why or 'WRONG'}")
    return 1 if any(result.problems for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
