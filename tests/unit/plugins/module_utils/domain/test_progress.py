# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import progress


@pytest.mark.parametrize(
    ("done", "failed", "seconds", "text"),
    [
        (0, 0, 5, "Progress: 0 of 100 registries done, 100 left."),
        (20, 0, 10, "Progress: 20 of 100 registries done, 80 left, about 40 seconds to go."),
        (20, 5, 50, "Progress: 20 of 100 registries done, 5 failed, 75 left, about 2 minutes to go."),
        (100, 0, 50, "Progress: 100 of 100 registries done, 0 left."),
    ],
)
def test_how_far_it_is(done, failed, seconds, text):
    assert progress.so_far(done, failed, 100, seconds, "registries") == text


@pytest.mark.parametrize(
    ("environ", "is_in_awx"),
    [({}, False), ({"JOB_ID": "1"}, False), ({"AWX_HOST": "x"}, True), ({"JOB_ID": "1", "INVENTORY_ID": "2"}, True)],
)
def test_whether_a_job_of_awx_runs_it(environ, is_in_awx):
    assert progress.is_in_awx(environ) is is_in_awx


def test_many_steps_are_told_by_the_first_of_them():
    assert progress.steps(["a", "b"]) == "a; b"
    assert progress.steps([str(number) for number in range(12)]).endswith("8; 9; 2 more")
