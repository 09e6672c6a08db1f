# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Some of the random sequences: 10,000 steps. ``make sequences`` runs more; how many, says OWNKEY_STEPS."""

from __future__ import annotations

import os

import pytest
from sequences.sequence import STEPS, Sequence, world

PARTS = 8
SEQUENCES = int(os.environ.get("OWNKEY_STEPS", "10000")) // (PARTS * STEPS) + 1


@pytest.mark.parametrize("part", range(PARTS))
def test_no_sequence_loses_data(part: int) -> None:
    with world() as it:
        for number in range(part * SEQUENCES, (part + 1) * SEQUENCES):
            Sequence(it, number).run()
