# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import region
from ansible_collections.ownkey.acr.plugins.module_utils._domain.failure import Failure


@pytest.mark.parametrize("location", ["westeurope", "West Europe", "WESTEUROPE", "west europe"])
def test_a_region_in_any_spelling(location):
    region.check(location, region.WELL_KNOWN)


@pytest.mark.parametrize(
    ("location", "near"),
    [("westeurop", "westeurope"), ("West", "westeurope"), ("UK", "uksouth"), ("east-us", "eastus"), ("eu-west-1", "")],
)
def test_what_is_no_region_is_told_with_what_is_near(location, near):
    with pytest.raises(Failure) as caught:
        region.check(location, region.WELL_KNOWN)
    assert caught.value.parameter == "location"
    assert near in caught.value.message
    assert "without spaces" in caught.value.hint
