# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sample of the sweep: some faults of each operation. ``make sweep`` tries all of them."""

from __future__ import annotations

import os
import typing

import pytest
from sweep.bench import Bench, bench
from sweep.cases import CASES
from sweep.judgement import WRONG
from sweep.trials import carry_out, plans, sample, told

#: Of each operation so many; another seed draws others.
EACH, SEED = int(os.environ.get("OWNKEY_SWEEP_EACH", "1")), int(os.environ.get("OWNKEY_SWEEP_SEED", "1"))


@pytest.fixture(scope="module")
def at() -> typing.Iterator[Bench]:
    with bench() as it:
        yield it


@pytest.mark.parametrize("part", range(4))
def test_every_operation_bears_some_faults(part: int, at: Bench) -> None:
    wrong = []
    for name in list(CASES)[part::4]:
        drawn = sample({name: plans(name, at.undisturbed(name))}, EACH, SEED)
        outcomes = [carry_out(at, plan) for plan in drawn]
        wrong += [told(outcome) for outcome in outcomes if outcome.verdict.kind == WRONG]
    assert not wrong, "\n".join(wrong)
