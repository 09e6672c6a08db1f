# Copyright (c) 2026 the ownkey.acr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.ownkey.acr.plugins.module_utils._domain import resource_id
from samples import GROUP, SUBSCRIPTION, VAULT

CORP = "/providers/Microsoft.Management/managementGroups/corp"


@pytest.mark.parametrize(
    ("scope", "inside"),
    [
        (VAULT, True),
        (VAULT.upper() + "/", True),
        (GROUP, True),
        (f"/subscriptions/{SUBSCRIPTION}", True),
        ("/", True),
        (CORP, True),
        (CORP.upper(), True),
        (f"{GROUP}2", False),
        (f"{VAULT}/keys/cmk", False),
        ("/subscriptions/other", False),
    ],
)
def test_what_stands_below_a_scope(scope, inside):
    assert resource_id.within(scope, VAULT) is inside


def test_a_management_group_is_below_no_vault():
    assert not resource_id.within(VAULT, CORP)
    assert not resource_id.within(f"{CORP}2", CORP)
