# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of all trials, a sample of it, and one trial carried out."""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
import typing

from .bench import LIMIT, Bench, Disturbance, Undisturbed
from .cases import CASES, CONFIRM, REGISTRY, Call
from .judgement import Ran, Trial, Verdict, judge
from .kinds import ALL, IN_PAIRS, KINDS, LASTING, LOSSES, ONCE, OUTAGES, SAME, Asked, fault

KILLED = "killed"
#: Takes away what a failed creation left, as the modules tell their user to do.
LEFTOVER: Call = ("acr_cmk_registry", {**REGISTRY, "state": "absent", **CONFIRM})
BEFORE, AFTER = "before", "after"
#: What the same code asks in every operation: tried in one case of each module, and in all with ``--deep``.
SHARED = ("login", "registry", "storage")


@dataclasses.dataclass(frozen=True)
class Strike:
    """A fault at a request: its kind, the request's number, how long it lasts. A kill lasts ``before`` or ``after``."""

    kind: str
    number: int
    lasts: str = ONCE

    def __str__(self) -> str:
        return f"{self.kind}@{self.number}:{self.lasts}"

    @classmethod
    def parse(cls, text: str) -> Strike:
        kind, _at, rest = text.rpartition("@")
        number, _colon, lasts = rest.partition(":")
        return cls(kind, int(number), lasts or ONCE)


@dataclasses.dataclass(frozen=True)
class Plan:
    """What is tried: a case, and the one or two faults that strike it."""

    case: str
    strikes: tuple[Strike, ...]

    @property
    def command(self) -> str:
        """The line that tries it again."""
        told = " ".join(f"'{strike}'" for strike in self.strikes)
        return f"make sweep ONE=\"'{self.case}' {told}\""

    @property
    def kind(self) -> str:
        """The fault, for the tables."""
        if len(self.strikes) > 1:
            return "two faults"
        strike = self.strikes[0]
        if strike.kind == KILLED:
            return f"killed {strike.lasts} a request"
        return strike.kind


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A trial that was carried out."""

    plan: Plan
    verdict: Verdict
    waited: bool


def points(asked: typing.Sequence[Asked], *, deep: bool) -> list[Asked]:
    """The requests at which faults are tried: of those that are asked again and again the first and the last.

    :param deep: at sign-in and at the registry's data plane too.
    """
    by_route: dict[tuple[str, str, str], list[Asked]] = {}
    for one in asked:
        by_route.setdefault(one.route, []).append(one)
    kept = {one.number for group in by_route.values() for one in (group[0], group[-1])}
    return [one for one in asked if one.number in kept and (deep or one.service not in SHARED)]


def plans(name: str, course: Undisturbed, *, deep: bool = False) -> list[Plan]:
    """All that is tried of a case.

    :param deep: as of :func:`points`, for every case.
    """
    deep = deep or CASES[name].deep
    at = points(course.asked, deep=deep)
    found: list[Strike] = []
    for kind, what in KINDS.items():
        struck = [one for one in at if what.strikes(one)]
        found += [Strike(kind, one.number) for one in struck]
        first = {one.route: one for one in reversed(struck)}.values()
        found += [Strike(kind, one.number, SAME) for one in first if kind in LASTING]
        for_all = kind in LOSSES or (kind in OUTAGES and deep)
        found += [Strike(kind, one.number, ALL) for one in struck if for_all]
    found += [Strike(KILLED, one.number, when) for one in at for when in (BEFORE, AFTER)]
    single = [Plan(name, (strike,)) for strike in found]
    return single + (_pairs(name, at) if CASES[name].pairs else [])


def _pairs(name: str, at: typing.Sequence[Asked]) -> list[Plan]:
    """Two faults at any two requests; which kinds, turns."""
    kinds = itertools.cycle(itertools.product(IN_PAIRS, IN_PAIRS))
    made = []
    for first, second in itertools.combinations(at, 2):
        one, other = next(kinds)
        made.append(Plan(name, (Strike(one, first.number), Strike(other, second.number))))
    return [plan for plan in made if all(KINDS[s.kind].strikes(_at(at, s.number)) for s in plan.strikes)]


def _at(asked: typing.Sequence[Asked], number: int) -> Asked:
    return next(one for one in asked if one.number == number)


def sample(groups: typing.Mapping[str, typing.Sequence[Plan]], count: int, seed: int) -> list[Plan]:
    """So many of all, the same for the same seed: case by case in turn, and of each case kind by kind."""
    mixed = []
    for name, group in groups.items():
        source = random.Random(f"{seed} {name}")
        by_kind: dict[str, list[Plan]] = {}
        for plan in source.sample(list(group), len(group)):
            by_kind.setdefault(plan.kind, []).append(plan)
        rows = itertools.zip_longest(*source.sample(list(by_kind.values()), len(by_kind)))
        mixed.append([plan for row in rows for plan in row if plan is not None])
    chosen = (plan for row in itertools.zip_longest(*mixed) for plan in row if plan is not None)
    return list(itertools.islice(chosen, count))


def carry_out(bench: Bench, plan: Plan) -> Outcome:
    """Begin anew, disturb, look, and run again if it did not come to its end."""
    course, case = bench.undisturbed(plan.case), CASES[plan.case]
    bench.begin(course.start, case)
    disturbed = bench.run(case.calls, _disturbance(course, plan))
    killed = plan.strikes[0].kind == KILLED
    again: Ran | None = None
    if disturbed.error or disturbed.result is None or disturbed.result.get("failed"):
        left = case.calls[bench.ended :] if case.several else case.calls
        again = bench.run(left, Disturbance())
        if ((again.result or {}).get("failure") or {}).get("code") == "failed_creation":
            # the way that the message names
            bench.run([LEFTOVER], Disturbance())
            again = bench.run(left, Disturbance())
    kinds = [KINDS[strike.kind] for strike in plan.strikes if strike.kind != KILLED]
    trial = Trial(
        course.before,
        course.ran,
        disturbed,
        again,
        says="|".join(kind.says for kind in kinds),
        loses=case.loses,
        repeats=case.repeats,
        lost=any(kind.loses for kind in kinds),
        killed=killed,
        limit=LIMIT,
    )
    return Outcome(plan, judge(trial), disturbed.seconds > course.ran.seconds + 0.5)


def _disturbance(course: Undisturbed, plan: Plan) -> Disturbance:
    strike = plan.strikes[0]
    if strike.kind == KILLED:
        return Disturbance(kill=strike.number, kill_after=strike.lasts == AFTER)
    faults = []
    for strike in plan.strikes:
        asked = _at(course.asked, strike.number)
        before = course.asked[: strike.number]
        nth = sum(one.route == asked.route for one in before)
        if strike.kind in LOSSES and strike.lasts == ALL:
            nth = sum(one.service != "login" for one in before)
        faults.append(fault(strike.kind, asked, strike.lasts, nth))
    return Disturbance(tuple(faults))


def told(outcome: Outcome) -> str:
    """A wrong outcome in words, with the line that tries it again."""
    return f"WRONG {outcome.plan.command}\n" + "".join(f"      {line}\n" for line in outcome.verdict.why)


def row(outcome: Outcome) -> dict[str, typing.Any]:
    """An outcome as JSON."""
    plan = outcome.plan
    strikes = [str(strike) for strike in plan.strikes]
    verdict = {"verdict": outcome.verdict.kind, "why": list(outcome.verdict.why), "waited": outcome.waited}
    return json.loads(
        json.dumps({"case": plan.case, "kind": plan.kind, "strikes": strikes, "command": plan.command, **verdict})
    )
