# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make sweep``: all trials in several processes, or the ones that are named.

``python -m sweep``                   everything; the figures go into docs/reliability.md
``python -m sweep CASE STRIKE...``    one trial, as it is printed of a wrong one: 'key: rotate' 'reset after@4:once'
``python -m sweep --playbooks``       real playbooks alone
``python -m sweep --only TEXT``       the cases whose names contain a text; no figures are written
``python -m sweep --fault TEXT``      the faults whose words contain a text; likewise
``python -m sweep --again``           what was wrong the last time, again; the figures of the rest stay
"""

from __future__ import annotations

import argparse
import collections
import re
import sys
import time
import typing

from support import workers

from . import figures, playbooks
from .bench import Bench, bench
from .cases import CASES
from .judgement import WRONG, Verdict
from .trials import Outcome, Plan, Strike, carry_out, plans, row, sample, told

_BENCH: list[Bench] = []
#: Trials of one case are shared out in parts, so that no process is left alone with a long one.
PARTS, SEED = 4, 1

Row = dict[str, typing.Any]


class Part(typing.NamedTuple):
    """What a process does in one go: a part of a case's trials, ``count`` of them (0: all), or those that are named."""

    case: str
    number: int
    count: int
    deep: bool
    named: tuple[Plan, ...] = ()
    fault: str = ""

    @property
    def words(self) -> str:
        return f"{self.case} ({self.number + 1}/{PARTS})"


def _start() -> None:
    _BENCH[:] = [workers.open_here(bench())]


def _carry_out(part: Part) -> tuple[Part, list[Outcome], float]:
    began = time.perf_counter()
    try:
        listed = plans(part.case, _BENCH[0].undisturbed(part.case), deep=part.deep)
    except AssertionError as error:
        outcome = Outcome(Plan(part.case, (Strike("nothing", 0),)), Verdict(WRONG, (str(error),)), waited=False)
        return part, [outcome], time.perf_counter() - began
    listed = sample({part.case: listed}, part.count, SEED) if part.count else listed
    chosen = part.named or [plan for plan in listed if part.fault in plan.command][part.number :: PARTS]
    return part, [carry_out(_BENCH[0], plan) for plan in chosen], time.perf_counter() - began


def everything(work: typing.Sequence[Part], processes: int) -> list[Row]:
    """Carry all parts out, tell how it goes, and print what is wrong."""
    rows: list[Row] = []
    with workers.pool(processes, _start) as pool:
        for number, (part, outcomes, seconds) in enumerate(pool.imap_unordered(_carry_out, work), 1):
            rows += [row(outcome) for outcome in outcomes]
            bad = [outcome for outcome in outcomes if outcome.verdict.kind == WRONG]
            all_bad = sum(one["verdict"] == WRONG for one in rows)
            print(
                f"{number}/{len(work)} {part.words}: {len(outcomes)} cases in {seconds:.0f} s, {len(bad)} wrong; "
                f"{len(rows)} so far, {all_bad} wrong",
                flush=True,
            )
            for outcome in bad:
                print(told(outcome), flush=True)
            figures.keep(rows)
    return rows


def kinds_of_wrong(rows: typing.Sequence[Row]) -> str:
    """What is wrong, each kind once, with how often it is met and one trial."""
    groups: dict[str, list[Row]] = {}
    for one in rows:
        for why in one["why"][:1]:
            groups.setdefault(re.sub(r"[\d.]+", "N", why)[:110], []).append(one)
    lines = []
    for group in sorted(groups.values(), key=len, reverse=True):
        one = group[0]
        kinds = ", ".join(f"{kind} {n}" for kind, n in collections.Counter(o["kind"] for o in group).most_common(6))
        lines.append(f"{len(group):5} {one['why'][0][:300]}\n      {kinds}\n      {one['command']}")
    return "\n".join(lines)


def one(case: str, strikes: typing.Sequence[str]) -> int:
    """Carry one trial out and print all that came of it."""
    with bench() as it:
        plan = Plan(case, tuple(Strike.parse(text) for text in strikes))
        for asked in it.undisturbed(case).asked:
            print(asked.number, asked.method, f"https://{asked.host}{asked.path}")
        outcome = carry_out(it, plan)
        for result in it.results:
            print(f"-> {result}")
        print(outcome.verdict.kind, *outcome.verdict.why, sep="\n      ")
    return int(outcome.verdict.kind == WRONG)


def _work(options: argparse.Namespace) -> list[Part]:
    if options.again:
        by_case: dict[str, list[Plan]] = {}
        for known in figures.kept():
            if known["verdict"] == WRONG:
                plan = Plan(known["case"], tuple(Strike.parse(text) for text in known["strikes"]))
                by_case.setdefault(plan.case, []).append(plan)
        return [Part(case, 0, 0, options.deep, tuple(named)) for case, named in by_case.items()]
    names = [name for name in CASES if options.only in name]
    rest = (options.sample, options.deep, (), options.fault)
    return [Part(name, part, *rest) for part in range(PARTS) for name in names]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="?", choices=CASES)
    parser.add_argument("strikes", nargs="*")
    parser.add_argument("--only", default="", help="cases whose names contain this")
    parser.add_argument("--fault", default="", help="the faults that contain this, as in '403@' or ':everything'")
    parser.add_argument("--sample", type=int, default=0, help="so many of each case, 0 for all")
    parser.add_argument("--deep", action="store_true", help="strike sign-in and data plane in every case")
    parser.add_argument("--playbooks", action="store_true", help="real playbooks alone")
    parser.add_argument("--again", action="store_true", help="what was wrong the last time")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    if options.case:
        return one(options.case, options.strikes)
    began, before = time.monotonic(), figures.kept() if options.again else []
    rows = everything(_work(options), options.processes)
    if options.again:
        tried = {one["command"] for one in rows}
        rows += [known for known in before if known["command"] not in tried]
    elif not (options.only or options.sample or options.fault):
        for real in playbooks.everything():
            print(f"{real['verdict']}: {real['command']}", *real["why"], sep="\n      ", flush=True)
            rows.append(real)
    figures.keep(rows)
    print(kinds_of_wrong(rows))
    counted = collections.Counter(one["verdict"] for one in rows)
    print(f"{len(rows)} cases in {time.monotonic() - began:.0f} s:", dict(counted))
    if not (options.only or options.fault):
        figures.write(rows, options.sample)
    return int(bool(counted[WRONG]))


if __name__ == "__main__":
    sys.exit(main())
