# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a task has waited for others."""

from __future__ import annotations

from ansible_collections.ownkey.acr.plugins.module_utils._azure.session import _Patience


def test_waits_one_after_another_add_up() -> None:
    now = [0.0]
    patience = _Patience(lambda: now[0])
    waits = []
    for _turn in range(3):
        waits.append(patience.take(5.0))
        now[0] += 5.0
    now[0] += 100.0
    assert (waits, patience.take(1.0)) == ([0.0, 5.0, 10.0], 15.0)


def test_what_is_waited_side_by_side_counts_once() -> None:
    now = [0.0]
    patience = _Patience(lambda: now[0])
    assert [patience.take(1.0) for _thread in range(8)] == [0.0] * 8
    now[0] = 1.0
    assert [patience.take(2.0) for _thread in range(8)] == [1.0] * 8
    now[0] = 3.0
    assert patience.take(1.0) == 3.0
