# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make sequences``: many sequences in several processes, or the one that is named.

``python -m sequences``                    100,000 steps; the figures go into docs/reliability.md
``python -m sequences NUMBER``             one sequence, as it is printed of a wrong one, step by step
``python -m sequences --steps 1000000``    another number of steps; of fewer than 10,000 no figures are written
``python -m sequences --first 5000``       other sequences
"""

from __future__ import annotations

import argparse
import collections
import itertools
import sys
import time
import typing

from support import workers
from support.small_world import SmallWorld

from . import figures
from .sequence import STEPS, Sequence, WrongStep, world

_WORLD: list[SmallWorld] = []
#: So many steps, as a test run makes, are worth figures.
FIGURES = 10_000
#: How many sequences are drawn between two lines that tell how it goes.
_LINE = 100


class Done(typing.NamedTuple):
    """What came of a sequence: its steps by kind, and what is wrong."""

    counts: collections.Counter[str]
    wrong: str


def _start() -> None:
    _WORLD[:] = [workers.open_here(world())]


def _run(number: int) -> Done:
    sequence = Sequence(_WORLD[0], number)
    try:
        sequence.run()
    except WrongStep as error:
        return Done(sequence.counts, str(error))
    return Done(sequence.counts, "")


def _one(number: int) -> int:
    with world() as it:
        sequence = Sequence(it, number)
        try:
            sequence.run()
        except WrongStep as error:
            print(error)
            return 1
        print(*sequence.told, sep="\n")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("number", nargs="?", type=int)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first sequence")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    if options.number is not None:
        return _one(options.number)
    counts: collections.Counter[str] = collections.Counter()
    began, wrong, done, minutes = time.monotonic(), 0, 0, 0.0
    with workers.pool(options.processes, _start, tasks=500) as pool:
        # no further ahead than a little: what is enough is known by the steps that were made
        numbers = itertools.count(options.first)
        while counts.total() < options.steps:
            left = -(-(options.steps - counts.total()) // STEPS)
            for one in pool.imap_unordered(_run, itertools.islice(numbers, min(_LINE, left))):
                counts += one.counts
                done += 1
                if one.wrong:
                    wrong += 1
                    print(f"WRONG {one.wrong}", flush=True)
            minutes = (time.monotonic() - began) / 60
            print(f"{counts.total():,} steps in {done:,} sequences, {wrong} wrong, {minutes:.1f} minutes", flush=True)
    if options.steps >= FIGURES:
        figures.write(counts, done, wrong, minutes)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
