# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from benchmark import limits


@pytest.mark.parametrize(
    ("number", "seconds"), [(0, 0.0), (1, 12.0), (200, 12.0), (201, 12.1), (1000, 92.0), (2000, 192.0)]
)
def test_a_thousand_changes_take_eighty_seconds_and_an_operation(number: int, seconds: float) -> None:
    assert limits.changes(number, operation=12.0) == pytest.approx(seconds)


@pytest.mark.parametrize(("number", "seconds"), [(1, 0), (20, 0), (21, 10), (1000, 490)])
def test_a_vault_makes_so_many_versions_in_ten_seconds(number: int, seconds: float) -> None:
    assert limits.new_versions(number) == seconds


def test_in_hardware_it_makes_half_as_many() -> None:
    assert limits.new_versions(20, hardware=True) == 10


@pytest.mark.parametrize(("number", "seconds"), [(0, 0), (300, 0), (301, 60), (3400, 660)])
def test_a_registry_tells_of_referrers_by_the_minute(number: int, seconds: float) -> None:
    assert limits.looks_at_referrers(number, 300) == seconds
